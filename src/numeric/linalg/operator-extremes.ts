/**
 * Both ends of the spectrum of a symmetric operator that is known by its products with vectors only.
 *
 * Lanczos' method with full reorthogonalization (Parlett 1980, The Symmetric Eigenvalue Problem, chapter 13): after m products
 * the eigenvalues of an m x m tridiagonal matrix approach those of the operator from inside, the outermost first. An
 * eigenvector y of the projection has the residual |A v - theta v| = beta_m |y_m|, and some eigenvalue lies that close to theta.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { breathe, type LongWork } from "../../progress.js";
import { createRng } from "../random.js";
import { implicitQl } from "./tridiagonal-eigen.js";

export interface OperatorExtremesOptions extends LongWork {
  /** ends that must converge; default both */
  readonly ends?: readonly ("largest" | "smallest")[] | undefined;
  /** Largest residual relative to the largest absolute eigenvalue. Default 1e-8: values are good to about its square over the relative gap. */
  readonly tolerance?: number | undefined;
  /** Most products. Default 200. */
  readonly maxProducts?: number | undefined;
  /** Seed of the start vector. Default 0. */
  readonly seed?: number | undefined;
  /** in the report of progress; default "Lanczos" */
  readonly label?: string | undefined;
}

/** One end of a spectrum. */
export interface ExtremeEigenvalue {
  readonly value: number;
  /** |A v - value v| for a v of length 1: some eigenvalue lies within this distance of `value` */
  readonly residual: number;
  /** [n], of length 1 */
  readonly vector: Float64Array;
}

/** Largest and smallest eigenvalue of a symmetric operator, with error bounds. */
export interface OperatorExtremes {
  readonly largest: ExtremeEigenvalue;
  readonly smallest: ExtremeEigenvalue;
  /** `max-iterations`: the residuals of the ends asked for are above the tolerance, the values are inner bounds still */
  readonly status: "converged" | "max-iterations";
  readonly products: number;
}

const LOOK_EVERY = 4;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const lengthOf = (a: Float64Array) => Math.sqrt(dot(a, a));

function subtractMultiple(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!;
}

/** Eigenvalues of tridiag(beta, alpha, beta), and eigenvector i in row i of `vectors`. */
export function projection(alpha: readonly number[], beta: readonly number[]) {
  const m = alpha.length;
  const values = Float64Array.from(alpha).reverse(); // QL wants the large entries at the end, Lanczos finds them first
  const couplings = new Float64Array(m);
  for (let i = 0; i < m - 1; i++) couplings[i] = beta[m - 2 - i]!;
  const vectors = new Float64Array(m * m);
  for (let i = 0; i < m; i++) vectors[i * m + m - 1 - i] = 1; // columns in the order of the steps again
  implicitQl(values, couplings, m, vectors, m, 0, 0, m);
  return { values, vectors };
}

/**
 * The largest and the smallest eigenvalue of the symmetric operator `product` on vectors of n numbers, with eigenvectors and
 * residuals. Keeps one vector for each product: 8 n `maxProducts` bytes at most. Deterministic for a seed.
 *
 * @throws ERR_DOMAIN for n < 1, a tolerance that is not positive or a number of products < 1
 * @throws ERR_DATA when the operator gives NaN or Infinity; ERR_ABORTED
 */
export async function operatorExtremes(
  product: (v: Float64Array) => Float64Array,
  n: number,
  options: OperatorExtremesOptions = {},
): Promise<OperatorExtremes> {
  const { ends = ["largest", "smallest"], tolerance = 1e-8, maxProducts = 200, seed = 0 } = options;
  const { signal, onProgress, label = "Lanczos" } = options;
  requireArguments(n, tolerance, maxProducts);
  const most = Math.min(n, maxProducts);
  const basis: Float64Array[] = [];
  const alpha: number[] = [];
  const beta: number[] = [];
  let w = createRng(seed).fork("lanczos").normals(new Float64Array(n));
  let length = lengthOf(w);
  for (;;) {
    await breathe(signal);
    const v = w.map((value) => value / length);
    basis.push(v);
    w = Float64Array.from(product(v));
    alpha.push(dot(v, w));
    // twice is enough: the second pass removes what rounding left of the first
    for (let pass = 0; pass < 2; pass++) for (const b of basis) subtractMultiple(w, dot(b, w), b);
    length = lengthOf(w);
    if (!Number.isFinite(length)) {
      throw new ForetrainError("ERR_DATA", "operatorExtremes: the operator gave NaN or Infinity", {
        product: basis.length,
      });
    }
    beta.push(length);
    onProgress?.({ label, done: basis.length, total: most, unit: "products" });
    const size = Math.max(...alpha.map(Math.abs), ...beta.slice(0, -1));
    const closed = basis.length === n || length <= 8 * Math.sqrt(n) * Number.EPSILON * size;
    const last = closed || basis.length === most;
    if (!last && basis.length % LOOK_EVERY !== 0) continue;
    const { values, vectors } = projection(alpha, beta);
    const m = alpha.length;
    const [low, high] = [values.indexOf(Math.min(...values)), values.indexOf(Math.max(...values))];
    const norm = Math.max(Math.abs(values[low]!), Math.abs(values[high]!));
    const residual = (i: number) =>
      closed ? Number.EPSILON * norm : length * Math.abs(vectors[i * m + m - 1]!);
    const settled = ends.every((end) => residual(end === "largest" ? high : low) <= tolerance * norm);
    if (!settled && !last) continue;
    const pair = (i: number): ExtremeEigenvalue => {
      const vector = new Float64Array(n);
      basis.forEach((b, j) => {
        subtractMultiple(vector, -vectors[i * m + j]!, b);
      });
      return { value: values[i]!, residual: residual(i), vector };
    };
    const status = settled ? "converged" : "max-iterations";
    return { largest: pair(high), smallest: pair(low), status, products: m };
  }
}

function requireArguments(n: number, tolerance: number, maxProducts: number): void {
  const refuse = (argument: string, got: number, expected: string): never => {
    throw new ForetrainError("ERR_DOMAIN", `operatorExtremes: ${argument} is ${got}, expected ${expected}`, {
      argument,
      got,
      expected,
    });
  };
  if (!(Number.isInteger(n) && n >= 1)) refuse("n", n, "a whole number >= 1");
  if (!(tolerance > 0)) refuse("tolerance", tolerance, "a positive number, 1e-8 for example");
  if (!(Number.isInteger(maxProducts) && maxProducts >= 1)) {
    refuse("maxProducts", maxProducts, "a whole number >= 1");
  }
}
