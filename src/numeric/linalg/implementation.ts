/**
 * Who does the heavy part: plain TypeScript, the package's own WebAssembly, or a native library that was plugged in.
 *
 * The public functions of this folder check their arguments, make the arrays and throw the errors; an implementation only
 * computes. All agree to rounding. Small problems stay in plain TypeScript, which needs no copies.
 * @module
 */
import type { Steps } from "./steps.js";

/** A strided window on a float64 array: element (i, j) is `data[offset + i * rowStride + j * colStride]`. */
export interface View {
  readonly data: Float64Array;
  readonly offset: number;
  readonly rowStride: number;
  readonly colStride: number;
}

/** Which part of C is wanted; tiles entirely outside it are skipped, tiles on the diagonal are written whole. */
export type Region = "full" | "lower" | "upper";

/**
 * C[m, n] += alpha A[m, k] B[k, n]; C is row-major with row stride `cStride`, in elements. A view is contiguous along one of
 * its sides. At most so many threads where the implementation lets them be chosen; the result has the same bits for
 * any number.
 */
export type GemmFunction<Result = void> = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: View,
  b: View,
  c: Float64Array,
  cOffset: number,
  cStride: number,
  region?: Region,
  threads?: number,
) => Result;

/** Eigenvalues in ascending order; row i of `rows` [n, n] is the eigenvector of value i, null when not asked for. */
export interface AscendingEigen {
  readonly values: Float64Array;
  readonly rows: Float64Array | null;
  /** Gives memory behind `rows` back; after it `rows` must not be read. */
  close(): void;
}

/** Where a float32 operand starts and the numbers from one row to the next; `transposed` when its rows are the columns. */
export interface SingleOperand {
  readonly data: Float32Array;
  readonly stride: number;
  readonly transposed: boolean;
}

/** C[m, n] += alpha A[m, k] B[k, n] in float32; C starts at the first number of `c`. */
export type SingleProduct = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: SingleOperand,
  b: SingleOperand,
  c: Float32Array,
  cStride: number,
) => void;

/**
 * Lets every call in this process take at most so many threads, for the time in which several of its threads call at once; gives
 * what ends that.
 */
export type HoldThreads = (threads: number) => () => void;

/** The heavy routines; arguments are checked by the callers. */
export interface DenseImplementation {
  /** for people, e.g. "OpenBLAS 0.3.21" */
  readonly name: string;
  /** problems with fewer multiplications go to the next implementation */
  readonly smallest: {
    readonly gemm: number;
    readonly factor: number;
    readonly solve: number;
    readonly eigen: number;
  };
  /** false when it cannot, with nothing changed */
  readonly gemm: GemmFunction<boolean>;
  /** see {@link HoldThreads}; none where the threads are chosen call by call */
  readonly holdThreads?: HoldThreads;
  /** for whoever keeps float32 matrices; the others compute in float64 only */
  readonly singleProduct?: SingleProduct;
  /**
   * Lower Cholesky factor of the lower triangle of l [n, n], in place; what is above the diagonal may be overwritten.
   * Returns -1, or the index of the first pivot that is not above its floor, with the pivot in `floors` at that index.
   * "unavailable": this implementation cannot do it (too large for its memory, or singular in a library that does not say
   * where) and the lower triangle of l is that of `source` again.
   */
  factor(
    source: Float64Array,
    l: Float64Array,
    n: number,
    floors: Float64Array,
    threads: number,
  ): number | "unavailable";
  /** L X = B (or L^T X = B) in place for x [n, k]; false when it cannot, with nothing changed. */
  solve(l: Float64Array, x: Float64Array, n: number, k: number, transpose: boolean, threads: number): boolean;
  /**
   * Eigen-decomposition of (a + a^T) / 2 / scale, a [n, n], in steps or in the background, with at most so many threads
   * where the implementation lets them be chosen; null when it cannot.
   */
  eigen(
    a: Float64Array,
    n: number,
    scale: number,
    vectors: boolean,
    threads: number,
  ): Steps<AscendingEigen> | Promise<AscendingEigen> | null;
}
