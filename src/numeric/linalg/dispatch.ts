/**
 * Chooses who does the heavy part of a problem: a native library that was plugged in, the package's own WebAssembly, or
 * plain TypeScript.
 * @module
 */
import type { DenseImplementation, GemmFunction, HoldThreads, SingleProduct } from "./implementation.js";
import { plainGemm } from "./plain-gemm.js";
import { linearAlgebraThreads } from "./thread-count.js";
import { embedded } from "./wasm.js";

type Routine = keyof DenseImplementation["smallest"];

/** "auto" takes the best there is; the others never go beyond what they name. */
export type LinearAlgebraChoice = "auto" | "wasm" | "typescript";

let choice: LinearAlgebraChoice = "auto";
let native: DenseImplementation | null = null;

/**
 * Plugs a native implementation in, for this thread; null takes it out. Without one everything works, only slower.
 */
export function setNativeImplementation(implementation: DenseImplementation | null): void {
  native = implementation;
}

/** For measurements and tests: which implementations this thread may use from now on. */
export function selectLinearAlgebra(next: LinearAlgebraChoice): void {
  choice = next;
}

/** What {@link selectLinearAlgebra} chose. */
export function linearAlgebraChoice(): LinearAlgebraChoice {
  return choice;
}

/** Those that take a problem of so many multiplications, best first; after them comes plain TypeScript. */
export function candidates(routine: Routine, multiplications: number): readonly DenseImplementation[] {
  const all = choice === "typescript" ? [] : choice === "wasm" ? [embedded] : [native, embedded];
  return all.filter(
    (one): one is DenseImplementation => one !== null && multiplications >= one.smallest[routine],
  );
}

/** The float32 product of the native library that is plugged in; null without one. */
export function nativeSingleProduct(): SingleProduct | null {
  return choice === "auto" ? (native?.singleProduct ?? null) : null;
}

/** {@link HoldThreads} of the native library that is plugged in; without one it does nothing. */
export const holdNativeThreads: HoldThreads = (threads) => native?.holdThreads?.(threads) ?? (() => {});

/** What computes large problems in this thread, for people: "OpenBLAS 0.3.21", "WebAssembly" or "TypeScript". */
export function linearAlgebraName(): string {
  if (choice === "auto" && native !== null) return native.name;
  return choice === "typescript" ? "TypeScript" : "WebAssembly";
}

/** C += alpha A B by the best implementation for its size; the default of threads is {@link linearAlgebraThreads}. */
export const gemm: GemmFunction = (m, n, k, alpha, a, b, c, cOffset, cStride, region = "full", threads) => {
  for (const one of candidates("gemm", m * n * k)) {
    const most = threads ?? linearAlgebraThreads();
    if (one.gemm(m, n, k, alpha, a, b, c, cOffset, cStride, region, most)) return;
  }
  plainGemm(m, n, k, alpha, a, b, c, cOffset, cStride, region);
};
