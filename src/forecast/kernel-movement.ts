/**
 * Why real networks part from the prediction, measured: how far their tangent kernel is from that of infinite width before
 * training, and how far training moves it. At infinite width both are 0.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { computeEmpiricalKernels, type FiniteModel, type FloatArray } from "../finite/index.js";
import { type Matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import type { KernelMovement } from "../report/index.js";

/** Train samples that the kernels are taken on: 136 entries say a distance to a few percent of itself. */
const SAMPLES = 16;

/** |a - b| / |b| over all entries. */
function distance(a: Float64Array, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

/**
 * Relative distances, in the Frobenius norm, on the first samples of `x`:
 *
 *   start = |Theta_0 - Theta| / |Theta|,   moved = |Theta_T - Theta_0| / |Theta_0|
 *
 * with the mean over outputs of one network's tangent kernel Theta_t and the infinite network's Theta. With the width N the first falls
 * like N^(-1/2), the second like 1 / N; single networks scatter around either by factors of 2. Null where the kernels do not fit into memory.
 *
 * @param ntk of the infinite network on all train samples [n, n], in the order of `x`
 * @see paper B, training of wide networks; paper A, terms beyond the linear model
 */
export async function kernelMovement(
  model: FiniteModel,
  before: FloatArray,
  after: FloatArray,
  x: NdArray,
  ntk: Matrix,
  { signal }: LongWork,
): Promise<KernelMovement | null> {
  const n = x.shape[0]!;
  const samples = Math.min(SAMPLES, n);
  const shape = [samples, ...x.shape.slice(1)];
  const few: NdArray = { data: x.data.subarray(0, sizeOf(shape)), shape };
  const kernelOf = async (parameters: FloatArray) =>
    (await computeEmpiricalKernels(model, parameters, few, null, { get: ["ntk"], signal })).ntk!.data;
  try {
    const start = await kernelOf(before);
    const end = await kernelOf(after);
    const infinite = Float64Array.from(
      { length: samples * samples },
      (_, at) => ntk.data[Math.floor(at / samples) * n + (at % samples)]!,
    );
    return { samples, start: distance(start, infinite), moved: distance(end, start) };
  } catch (error) {
    if (!isForetrainError(error, "ERR_MEMORY")) throw error;
    return null;
  }
}
