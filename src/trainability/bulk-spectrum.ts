/**
 * Spectra of kernels whose samples hardly differ, from their gap matrices.
 *
 * In deep ordered networks a kernel is one large number in every entry, up to differences that float64 does not hold: the
 * eigenvalue of the constant vector, and a bulk that shrinks as chi_1^depth (paper B, section 4). The bulk lives on
 * centred vectors, where K acts as minus its gap matrix G = (q + q') / 2 - K does, and G is carried with all its digits.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { eigenSymmetric, type Threaded } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";

/** Spectrum of a kernel, split into its largest eigenvalue and the others. Plain JSON data. */
export interface BulkSpectrum {
  /** largest first */
  readonly eigenvalues: readonly number[];
  readonly lambdaMax: number;
  /** smallest eigenvalue */
  readonly lambdaMin: number;
  /** lambdaMax / lambdaMin; Infinity where lambdaMin is not above 0 */
  readonly kappa: number;
}

/** Largest ratio of bulk to constant mode for which the expansion below is exact to rounding (its error is the cube). */
const SMALL = 1e-5;

function requireSquare(kernel: Matrix, gap: Matrix): number {
  const [n, cols] = kernel.shape;
  if (n !== cols || gap.shape[0] !== n || gap.shape[1] !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `bulkSpectrum: kernel is ${n} x ${cols}, gap ${gap.shape.join(" x ")}; expected two square matrices of one size, ` +
        "a kernel between samples and themselves and its gap",
      { argument: "gap", got: gap.shape, expected: kernel.shape },
    );
  }
  return n;
}

/** Columns 2 ... n of the reflection that takes the first axis to the constant vector: an orthonormal centred basis. */
function reflect(values: Float64Array, n: number): Float64Array {
  // u = (e - 1 / sqrt(n)) / norm, H = I - 2 u u^T
  const u = new Float64Array(n).fill(-1 / Math.sqrt(n));
  u[0]! += 1;
  const norm2 = u.reduce((sum, value) => sum + value * value, 0);
  const out = values.slice();
  for (let row = 0; row < values.length / n; row++) {
    let along = 0;
    for (let j = 0; j < n; j++) along += u[j]! * out[row * n + j]!;
    for (let j = 0; j < n; j++) out[row * n + j]! -= (2 * along * u[j]!) / norm2;
  }
  return out;
}

function transposed(values: Float64Array, n: number): Float64Array {
  return values.map((_, at) => values[(at % n) * n + Math.floor(at / n)]!);
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/**
 * Eigenvalues of a kernel to nearly full relative accuracy when its bulk is far below its largest eigenvalue, from the
 * kernel and its gap matrix (`computeKernel` with `get: ["ntk", "ntkGap"]`, for instance). `kernelSpectrum` knows the
 * kernel only, whose entries hold the bulk to about 1e-16 of the largest eigenvalue.
 *
 * In an orthonormal basis that starts with the constant vector, K = [[a, b^T], [b, C]] with C = -G on centred vectors.
 * Eliminating the constant mode leaves C - b b^T / (a - lambda) for an eigenvalue lambda of the bulk. Where the bulk is not
 * small against a, the eigenvalues are those of `kernel`.
 * Theory notes B4.
 *
 * @param kernel [n, n] between samples and themselves
 * @param gap    [n, n], (K_ii + K_jj) / 2 - K_ij
 * @returns relative error of each bulk eigenvalue about n eps lambda_2 / lambda, lambda_2 the largest of the bulk
 * @throws ERR_SHAPE for matrices that are not square or of two sizes, and as `eigenSymmetric`
 * @example
 * const { ntk, ntkGap } = await computeKernel(net, x, null, { get: ["ntk", "ntkGap"] });
 * const { kappa } = await bulkSpectrum(ntk, ntkGap); // 1e33, say
 */
export async function bulkSpectrum(
  kernel: Matrix,
  gap: Matrix,
  options: LongWork & Threaded = {},
): Promise<BulkSpectrum> {
  const n = requireSquare(kernel, gap);
  const values = (await splitEigenvalues(kernel, gap, n, options)) ?? [
    ...(await eigenSymmetric(kernel, { ...options, vectors: false })).values,
  ];
  const [lambdaMax, lambdaMin] = [values[0]!, values.at(-1)!];
  return {
    eigenvalues: values,
    lambdaMax,
    lambdaMin,
    kappa: lambdaMin > 0 ? lambdaMax / lambdaMin : Number.POSITIVE_INFINITY,
  };
}

/** The eigenvalues by elimination of the constant mode; null where the bulk is not small, or there is none. */
async function splitEigenvalues(
  kernel: Matrix,
  gap: Matrix,
  n: number,
  options: LongWork & Threaded,
): Promise<number[] | null> {
  if (n < 2) return null;
  const constant = sum(kernel.data) / n; // a
  const inBasis = reflect(transposed(reflect(gap.data, n), n), n);
  // b: rows of K sum to n q_i / 2 + const - (rows of G); only differences of the q_i are seen
  const first = kernel.data[0]!;
  const rows = Float64Array.from({ length: n }, (_, i) => {
    const variance = (0.5 * n * (kernel.data[i * n + i]! - first)) / Math.sqrt(n);
    return variance - sum(gap.data.subarray(i * n, (i + 1) * n)) / Math.sqrt(n);
  });
  const coupling = reflect(rows, n);
  const size = n - 1;
  const bulk = matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const b = coupling[i + 1]! * (coupling[j + 1]! / constant);
      bulk.data[i * size + j] = -inBasis[(i + 1) * n + j + 1]! - b;
    }
  }
  const { values, vectors } = await eigenSymmetric(bulk, options);
  if (!(constant > 0 && values[0]! <= SMALL * constant)) return null;
  // lambda = sigma - (b . v)^2 (1 / (a - lambda) - 1 / a), once with lambda = sigma
  const corrected = Array.from(values, (sigma, k) => {
    let along = 0;
    for (let i = 0; i < size; i++) along += coupling[i + 1]! * vectors!.data[i * size + k]!;
    return sigma - (((along / constant) * along) / (constant - sigma)) * sigma;
  }).sort((a, b) => b - a);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += kernel.data[i * n + i]!;
  return [corrected.reduce((rest, value) => rest - value, trace), ...corrected];
}
