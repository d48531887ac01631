/**
 * A few eigenvalues at one end of the spectrum of a symmetric matrix.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { throwIfAborted } from "../../progress.js";
import { type Matrix, matrix } from "../matrix.js";
import { createRng } from "../random.js";
import { squareSide } from "./cholesky.js";
import { linearAlgebraChoice } from "./dispatch.js";
import {
  type EigenDecomposition,
  type EigenOptions,
  eigenSymmetric,
  runSteps,
  symmetricScale,
} from "./eigen.js";
import { lanczosMemory, largestEigenpairs } from "./lanczos.js";
import { plainWorkspace } from "./plain-workspace.js";
import { copyUpper } from "./symmetric.js";
import { paddedStride, wasmWorkspace } from "./wasm-workspace.js";

export interface ExtremalOptions extends EigenOptions {
  /** Which end of the spectrum. Default "largest". */
  readonly end?: "largest" | "smallest" | undefined;
  /** Largest residual |A v - value v| relative to the norm of the matrix. Default 1e-13. */
  readonly tolerance?: number | undefined;
  /** Seed of the start vectors. Default 0. */
  readonly seed?: number | undefined;
}

/** Below this side, or for more than this share of the spectrum, the whole decomposition takes no longer. */
const SMALLEST_SIDE = 128;
const LARGEST_SHARE = 1 / 8;
/** Vectors of the search, as a share of n: beyond it the whole decomposition is faster. */
const MOST_VECTORS = 1 / 3;

/**
 * The `count` largest (or smallest) eigenvalues of a symmetric matrix, from that end inwards, with their eigenvectors.
 *
 * Lanczos' method with full reorthogonalization: some tens of products of the matrix with a vector where the wanted values
 * stand apart, as the first of a kernel matrix do. Where they do not, and where the whole decomposition takes no longer,
 * that is computed. Multiple eigenvalues are found as often as they occur. Errors of the values are about the square of the
 * tolerance over the distance to the next value, and never below eps times the norm; vectors have the largest component positive.
 *
 * @throws ERR_SHAPE when `a` is not square
 * @throws ERR_DOMAIN when `count` is not a whole number from 0 to n, or the tolerance is not positive
 * @throws ERR_DATA when an entry is NaN or infinite, or |a - a^T| > 1e-10 max |a|
 * @throws ERR_ABORTED when the signal fires
 */
export async function eigenExtremal(
  a: Matrix,
  count: number,
  options: ExtremalOptions = {},
): Promise<EigenDecomposition> {
  const { vectors = true, end = "largest", tolerance = 1e-13, seed = 0, signal } = options;
  throwIfAborted(signal);
  const n = squareSide(a, "eigenExtremal");
  if (!(Number.isInteger(count) && count >= 0 && count <= n)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `eigenExtremal: count is ${count}, expected a whole number from 0 to ${n}`,
      { argument: "count", got: count, expected: [0, n] },
    );
  }
  if (!(tolerance > 0)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `eigenExtremal: tolerance is ${tolerance}, expected a positive number, 1e-13 for example`,
      { argument: "tolerance", got: tolerance },
    );
  }
  if (n < SMALLEST_SIDE || count > n * LARGEST_SHARE) return await fromAll(a, count, options);
  const scale = symmetricScale(a, n, "eigenExtremal");
  const stride = paddedStride(n);
  const most = Math.max(Math.ceil(n * MOST_VECTORS), Math.min(n, 2 * count + 64));
  const length = n * stride + lanczosMemory(n, most, count);
  const work =
    (linearAlgebraChoice() === "typescript" ? null : wasmWorkspace(length, 24)) ?? plainWorkspace();
  try {
    const copy = work.allocate(n * stride);
    copyUpper(a.data, n, end === "largest" ? scale : -scale, copy, stride);
    const rng = createRng(seed).fork("lanczos");
    const steps = largestEigenpairs(work, copy, n, stride, count, most, tolerance, rng);
    const found = await runSteps(steps, options);
    if (found === null) return await fromAll(a, count, options);
    const sign = end === "largest" ? scale : -scale;
    const values = Float64Array.from(found.values, (x) => x * sign);
    return { values, vectors: vectors ? columns(found.rows, n, count) : null };
  } finally {
    work.close();
  }
}

/** The rows as columns, each with its largest component positive. */
function columns(rows: Float64Array, n: number, count: number): Matrix {
  const out = matrix(n, count);
  for (let k = 0; k < count; k++) {
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const x = rows[k * n + i]!;
      if (Math.abs(x) > Math.abs(largest)) largest = x;
    }
    const sign = largest < 0 ? -1 : 1;
    for (let i = 0; i < n; i++) out.data[i * count + k] = sign * rows[k * n + i]!;
  }
  return out;
}

/** From the whole decomposition. */
async function fromAll(a: Matrix, count: number, options: ExtremalOptions): Promise<EigenDecomposition> {
  const { values, vectors } = await eigenSymmetric(a, options);
  const n = a.shape[0];
  const at = (k: number) => (options.end === "smallest" ? n - 1 - k : k);
  const picked = Float64Array.from({ length: count }, (_, k) => values[at(k)]!);
  if (vectors === null) return { values: picked, vectors };
  const out = matrix(n, count);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < count; k++) out.data[i * count + k] = vectors.data[i * n + at(k)]!;
  return { values: picked, vectors: out };
}
