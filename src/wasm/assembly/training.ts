/**
 * Forward and backward passes of finite networks in float32: WebAssembly module. The host lays memory out and says where
 * everything is; addresses and strides in bytes, counts in numbers.
 *
 * Arrays that are walked as one piece (`n` numbers) start at multiples of 16 bytes and have room for whole vectors: what lies
 * between n and the next multiple of 4 is read and written too.
 * @module
 */
import { gemm, GEMM_SCRATCH } from "./linalg/gemm";

/** First address that the module does not use itself. */
export function heapStart(): usize {
  return __heap_base;
}

/** Bytes of scratch memory for {@link sgemm}. */
export function gemmScratch(): usize {
  return GEMM_SCRATCH;
}

/** C[m, n] += alpha A[m, k] B[k, n]. */
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
  scratch: usize,
): void {
  gemm<f32>(m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc, 0, scratch);
}

export {
  arctan, elu, erfOf, exponential, gaussian, gelu, piecewiseLinear, relu, reluBack, sigmoid, silu, sine, softplus, softsign, tanh,
} from "./training/activations";
export { addRows, addTo, clear, columnSums, copyRows, fillRows, multiply, multiplyAdd, subtractScaled } from "./training/elementwise";
export { layerNorm, layerNormBack } from "./training/layer-norm";
export {
  batchMoments, normalizeBatch, normalizeBatchBack, normalizeBatchSums, runningMoments, trackMoments,
} from "./training/batch-norm";
export { maxPool, maxPoolBack } from "./training/max-pool";
export { gather, pool, poolBack, scatter } from "./training/windows";
