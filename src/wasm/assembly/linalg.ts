/**
 * Dense linear algebra: WebAssembly module. The host lays memory out: matrices row-major, strides in bytes, a scratch area of
 * `gemmScratch()` bytes.
 * @module
 */
import { madd, splat } from "./lanes";
import { gemm, GEMM_SCRATCH } from "./linalg/gemm";
import { factor, half, solveLeft } from "./linalg/triangular";

/** Whether this build multiplies and adds with one rounding. */
export function fused(): i32 {
  const e: f64 = 1e-9;
  const r = madd<f64>(splat<f64>(1 + e), splat<f64>(1 - e), splat<f64>(-1));
  return f64x2.extract_lane(r, 0) != 0 ? 1 : 0;
}

/** First address that the module does not use itself. */
export function heapStart(): usize {
  return __heap_base;
}

/** Bytes of scratch memory for the functions below. */
export function gemmScratch(): usize {
  return GEMM_SCRATCH;
}

/** C[m, n] += alpha A[m, k] B[k, n], float64. `region` 1: only tiles that meet the lower triangle of C. */
export function dgemm(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  ars: usize,
  acs: usize,
  b: usize,
  brs: usize,
  bcs: usize,
  c: usize,
  ldc: usize,
  region: i32,
  scratch: usize,
): void {
  gemm<f64>(m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc, region, scratch);
}

/** The same in float32. */
export function sgemm(
  m: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  ars: usize,
  acs: usize,
  b: usize,
  brs: usize,
  bcs: usize,
  c: usize,
  ldc: usize,
  region: i32,
  scratch: usize,
): void {
  gemm<f32>(m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc, region, scratch);
}

/** Lower Cholesky factor in place, float64; -1, or the index of the pivot that failed (its value then in `floors`). */
export function dpotrf(n: i32, a: usize, ld: usize, floors: usize, scratch: usize): i32 {
  return factor(n, a, ld, floors, scratch);
}

/** L X = B in place for lower triangular L [n, n], B [n, k]. */
export function dtrsm(
  n: i32,
  k: i32,
  l: usize,
  lrs: usize,
  lcs: usize,
  x: usize,
  ldx: usize,
  scratch: usize,
): void {
  solveLeft(n, k, l, lrs, lcs, x, ldx, scratch);
}

/** Where {@link dpotrf} cuts a matrix of side n > 32: a caller that cuts at the same places gets the same bits. */
export function factorCut(n: i32): i32 {
  return half(n);
}

export { solveRight } from "./linalg/triangular";
export { pairPanel, reduceColumns, symmetricProduct } from "./linalg/tridiagonal";
export { projectOut } from "./linalg/vectors";
