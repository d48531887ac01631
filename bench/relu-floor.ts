/**
 * What a layer of a relu network costs at least: the bare recursion of assembly/relu-recursion.ts, compiled here with the
 * options of the package's own modules.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Variant } from "../src/wasm/load.js";

type Recursion = (
  n: number,
  layers: number,
  k: number,
  t: number,
  row: number,
  columns: number,
  weightVariance: number,
  biasVariance: number,
) => void;

interface FloorExports {
  readonly memory: WebAssembly.Memory;
  readonly recursion32: Recursion;
  readonly recursion64: Recursion;
}

const root = join(import.meta.dirname, "..");
const OPTIONS = ["-O3", "--noAssert", "--converge", "--runtime", "stub", "--enable", "simd"];

async function compile(variant: Variant): Promise<Uint8Array<ArrayBuffer>> {
  const compiler = join(root, "node_modules/assemblyscript/dist/asc.js");
  const asc = (await import(pathToFileURL(compiler).href)) as {
    main(args: string[], io: Record<string, unknown>): Promise<{ error: Error | null; stderr: unknown }>;
  };
  let bytes = new Uint8Array();
  const relaxed = variant === "relaxed" ? ["--enable", "relaxed-simd"] : [];
  const args = ["bench/assembly/relu-recursion.ts", "--outFile", "floor.wasm", ...OPTIONS, ...relaxed];
  const { error, stderr } = await asc.main(args, {
    readFile: (name: string) => {
      const file = join(root, name);
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    },
    writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) => {
      if (name.endsWith(".wasm")) bytes = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`bench/assembly/relu-recursion.ts does not compile:\n${stderr}`);
  return bytes;
}

function cost(
  memory: WebAssembly.Memory,
  run: Recursion,
  View: typeof Float64Array | typeof Float32Array,
): number {
  const [n, layers, repeats] = [256, 10, 20];
  const [weightVariance, biasVariance] = [2, 0.1];
  const size = View.BYTES_PER_ELEMENT;
  const k = 65_536; // behind the module's own data
  const t = k + n * size;
  const row = t + n * size;
  const columns = row + 2 * layers * size;
  // unit variances: the row's features carry the weight variance
  new View(memory.buffer, row, 2 * layers + 2 * layers * n).fill(1);
  for (let layer = 0; layer < layers; layer++) {
    new View(memory.buffer, row, 2 * layers)[2 * layer] = weightVariance / (2 * Math.PI);
  }
  const values = new View(memory.buffer, k, 2 * n);
  const reset = () => {
    for (let i = 0; i < n; i++) {
      values[i] = 0.9 * Math.sin(0.7 * i);
      values[n + i] = 1;
    }
  };
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 200; round++) {
    let spent = 0;
    for (let i = 0; i < repeats; i++) {
      reset();
      const start = performance.now();
      run(n, layers, k, t, row, columns, weightVariance, biasVariance);
      spent += performance.now() - start;
    }
    least = Math.min(least, spent);
  }
  return (1e6 * least) / (n * layers * repeats);
}

/** ns per entry and layer of the bare recursion, nngp and ntk, by the build and precision; of builds that this runtime runs. */
export async function reluFloors(variants: readonly Variant[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const variant of variants) {
    const module = new WebAssembly.Module(await compile(variant));
    const exports = new WebAssembly.Instance(module).exports as unknown as FloorExports;
    exports.memory.grow(4);
    found.set(`${variant} float64`, cost(exports.memory, exports.recursion64, Float64Array));
    found.set(`${variant} float32`, cost(exports.memory, exports.recursion32, Float32Array));
  }
  return found;
}
