/**
 * Loads the embedded WebAssembly modules: the variant with fused multiply-add where the runtime has relaxed SIMD, else
 * the one with 128-bit SIMD. Where there is neither (or no WebAssembly), callers use the plain TypeScript code.
 * @module
 */

/** The two builds of one module, base64. */
export interface Binary {
  readonly simd: string;
  readonly relaxed: string;
}

export type Variant = "relaxed" | "simd";

export interface LoadedModule {
  readonly module: WebAssembly.Module;
  readonly variant: Variant;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly getBuiltinModule?: (name: string) => { setFlagsFromString(flags: string): void } | undefined;
}

let flagTried = false;

/** Node 20 has relaxed SIMD behind a flag of V8 that can be set before a module is compiled; later ones have it on. */
function allowRelaxedSimd(): void {
  if (flagTried) return;
  flagTried = true;
  const { process } = globalThis as unknown as { readonly process?: NodeProcess };
  if (process?.versions?.node?.startsWith("20.") !== true) return;
  process.getBuiltinModule?.("node:v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/**
 * Compiles a module; null where the runtime has no WebAssembly SIMD.
 * @param only  takes this variant, or null where the runtime does not have it; default the best there is
 */
export function loadModule(binary: Binary, only?: Variant): LoadedModule | null {
  if (typeof WebAssembly === "undefined") return null;
  allowRelaxedSimd();
  for (const variant of only === undefined ? (["relaxed", "simd"] as const) : [only]) {
    const bytes = decode(binary[variant]);
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), variant };
  }
  return null;
}
