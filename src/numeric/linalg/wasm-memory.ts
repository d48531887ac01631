/**
 * The linear algebra module's WebAssembly instance of this thread and its memory.
 *
 * One instance is kept for many small jobs. Memory of WebAssembly can only grow, so after a job that needed much the
 * instance is dropped, and its memory with it.
 * @module
 */
import * as binary from "../../wasm/generated/linalg.js";
import { type LoadedModule, loadModule, type Variant } from "../../wasm/load.js";

/** The module's functions: addresses and strides in bytes, matrices row-major. */
export interface LinearAlgebraExports {
  readonly memory: WebAssembly.Memory;
  heapStart(): number;
  gemmScratch(): number;
  dgemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    aRowStride: number,
    aColStride: number,
    b: number,
    bRowStride: number,
    bColStride: number,
    c: number,
    cRowStride: number,
    region: number,
    scratch: number,
  ): void;
  sgemm: LinearAlgebraExports["dgemm"];
  dpotrf(n: number, a: number, rowStride: number, floors: number, scratch: number): number;
  dtrsm(
    n: number,
    k: number,
    l: number,
    lRowStride: number,
    lColStride: number,
    x: number,
    xRowStride: number,
    scratch: number,
  ): void;
  solveRight(m: number, n: number, l: number, b: number, rowStride: number, scratch: number): void;
  /** where the recursion of dpotrf cuts a matrix of side n */
  factorCut(n: number): number;
  reduceColumns(
    n: number,
    a: number,
    rowStride: number,
    k0: number,
    from: number,
    to: number,
    panel: number,
    diagonal: number,
    offDiagonal: number,
    tau: number,
    pairs: number,
    coefficients: number,
  ): void;
  pairPanel(
    n: number,
    a: number,
    rowStride: number,
    k0: number,
    size: number,
    panel: number,
    pairs: number,
    swapped: number,
  ): void;
  symmetricProduct(n: number, a: number, rowStride: number, x: number, y: number): void;
  projectOut(
    count: number,
    n: number,
    rows: number,
    rowStride: number,
    x: number,
    coefficients: number,
  ): void;
}

/** An instance with at least the memory that was asked for. */
export interface LinearAlgebraMemory {
  readonly exports: LinearAlgebraExports;
  /** address of the scratch area of the module's functions */
  readonly scratch: number;
  /** first free address, a multiple of 64 */
  readonly start: number;
  /** Gives the memory back. */
  close(): void;
}

export const PAGE = 65_536;
/** 32-bit addresses */
export const MOST_BYTES = 2 ** 32 - PAGE;
/** An instance up to this size stays for the next job. */
const KEPT_BYTES = 64 * 2 ** 20;

let wanted: Variant | undefined;
let loaded: LoadedModule | null | undefined;
let idle: LinearAlgebraExports | null = null;

/** The variant that is asked for; undefined for the best. */
export function wantedVariant(): Variant | undefined {
  return wanted;
}

/** The variant in use, or null where the runtime has no WebAssembly SIMD. */
export function linearAlgebraVariant(): Variant | null {
  if (loaded === undefined) loaded = loadModule(binary, wanted);
  return loaded?.variant ?? null;
}

/** For tests and measurements: takes this variant from now on; undefined takes the best. */
export function selectLinearAlgebraVariant(variant: Variant | undefined): void {
  if (variant === wanted) return;
  wanted = variant;
  loaded = undefined;
  idle = null;
}

/**
 * An instance with `bytes` of free memory after its scratch area; null where there is no WebAssembly SIMD or not so much
 * memory. The contents of the memory are whatever the last job left there.
 */
export function openLinearAlgebra(bytes: number): LinearAlgebraMemory | null {
  if (linearAlgebraVariant() === null || loaded == null) return null;
  let exports = idle;
  idle = null;
  exports ??= new WebAssembly.Instance(loaded.module, {}).exports as unknown as LinearAlgebraExports;
  const scratch = roundUp(exports.heapStart(), 64);
  const start = roundUp(scratch + exports.gemmScratch(), 64);
  const missing = start + bytes - exports.memory.buffer.byteLength;
  if (missing > 0) {
    try {
      if (start + bytes > MOST_BYTES) throw new RangeError("beyond 32-bit addresses");
      exports.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      idle = exports;
      return null;
    }
  }
  const opened = exports;
  return {
    exports: opened,
    scratch,
    start,
    close() {
      idle = opened.memory.buffer.byteLength <= KEPT_BYTES ? opened : null;
    },
  };
}

export function roundUp(x: number, step: number): number {
  return Math.ceil(x / step) * step;
}
