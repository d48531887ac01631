/**
 * Cholesky factorization and triangular solves.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type Matrix, matrix } from "../matrix.js";
import { candidates } from "./dispatch.js";
import { numbers } from "./numbers.js";
import { plainFactor, plainSolve } from "./plain-triangular.js";
import { type Threaded, threadsOf } from "./thread-count.js";

const EPS = Number.EPSILON;
const SAFE_RIDGE = Math.sqrt(EPS); // of the norm: half of the digits of a solution are then right, whatever the right-hand side

/**
 * Cholesky factor L (lower triangular, zeros above) of a symmetric positive definite matrix: `a = L L^T`.
 *
 * Only the lower triangle of `a` is read. A pivot below `4 sqrt(n) eps a_ii` is rounding noise, so the matrix counts as
 * singular there: nothing that it would be divided into has a correct digit. Backward error |a - L L^T| <= about
 * sqrt(n) eps max a_ii. Cost n^3 / 3 flops.
 *
 * @throws ERR_SHAPE when `a` is not square
 * @throws ERR_DATA when an entry of the lower triangle is NaN or infinite
 * @throws ERR_MEMORY when there is no memory for the factor
 * @throws ERR_DOMAIN when `threads` is not a whole number above 0
 * @throws ERR_SINGULAR when a pivot is not positive; `details` has `pivot` (its index), `value`, `conditionEstimate` (a lower
 *   bound), `suggestedRidge` (to add to the diagonal) and `suggestedDiagReg` (the same relative to the mean diagonal)
 */
export function cholesky(a: Matrix, options: Threaded = {}): Matrix {
  const threads = threadsOf(options.threads, "cholesky");
  const n = squareSide(a, "cholesky");
  const out = matrix(n, n, numbers(n * n, "cholesky"));
  const l = out.data;
  const source = a.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const x = source[i * n + j]!;
      if (!Number.isFinite(x)) {
        throw new ForetrainError(
          "ERR_DATA",
          `cholesky: entry [${i}, ${j}] is ${x}, expected finite numbers`,
          {
            argument: "a",
            index: [i, j],
            got: x,
          },
        );
      }
      l[i * n + j] = x;
    }
  }
  const floor = 4 * Math.sqrt(n) * EPS;
  const floors = Float64Array.from({ length: n }, (_, i) => floor * source[i * n + i]!);
  const failed = factorBest(source, l, n, floors, threads);
  if (failed >= 0) throw singular(a, failed, floors[failed]!);
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n);
  return out;
}

/** The factor by the best implementation that can; -1 or the pivot that failed, its value then in `floors`. */
function factorBest(
  source: Float64Array,
  l: Float64Array,
  n: number,
  floors: Float64Array,
  threads: number,
): number {
  for (const one of candidates("factor", n ** 3 / 6)) {
    const failed = one.factor(source, l, n, floors, threads);
    if (failed !== "unavailable") return failed;
  }
  return plainFactor(l, n, floors);
}

function singular(a: Matrix, pivot: number, value: number): ForetrainError {
  const n = a.shape[0];
  let norm = 0;
  let trace = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row += Math.abs(a.data[j <= i ? i * n + j : j * n + i]!);
    norm = Math.max(norm, row);
    trace += a.data[i * n + i]!;
  }
  const conditionEstimate = norm / Math.max(Math.abs(value), EPS * norm);
  const meanDiagonal = trace / n;
  const suggestedRidge = upToPowerOfTen(Math.max(SAFE_RIDGE * norm, 2 * Math.max(0, -value)));
  const suggestedDiagReg = upToPowerOfTen(suggestedRidge / Math.abs(meanDiagonal));
  // rounding makes pivots of a singular matrix slightly negative; beyond that the matrix is something else
  const what =
    value < -SAFE_RIDGE * norm
      ? "the matrix is not positive definite (is it a kernel?). "
      : `the matrix is numerically singular (condition number about ${conditionEstimate.toExponential(1)} or more). `;
  return new ForetrainError(
    "ERR_SINGULAR",
    `cholesky: pivot ${pivot} of ${n} is ${value}, expected a positive number: ${what}` +
      `Add a ridge of ${suggestedRidge} to its diagonal, i.e. diagReg >= ${suggestedDiagReg} of its mean.`,
    { argument: "a", pivot, value, conditionEstimate, suggestedRidge, suggestedDiagReg },
  );
}

function upToPowerOfTen(x: number): number {
  return x > 0 && Number.isFinite(x) ? Number(`1e${Math.ceil(Math.log10(x))}`) : EPS;
}

const FEWEST_COPIED = 8; // right-hand sides: with fewer, copying the triangle costs more than solving

/** Options of {@link solveTriangular}. */
export interface TriangularOptions extends Threaded {
  /** Solve with L^T instead of L. Default false. */
  readonly transpose?: boolean | undefined;
}

/**
 * Solves `L X = B` (or `L^T X = B`) for a lower triangular L [n, n] and B [n, k]; entries above the diagonal are not read.
 * Cost n^2 k flops.
 * @throws ERR_SHAPE when the sides do not fit
 * @throws ERR_SINGULAR when a diagonal entry is 0 or NaN
 * @throws ERR_DOMAIN when `threads` is not a whole number above 0
 */
export function solveTriangular(l: Matrix, b: Matrix, options: TriangularOptions = {}): Matrix {
  const n = squareSide(l, "solveTriangular");
  const { transpose = false } = options;
  const threads = threadsOf(options.threads, "solveTriangular");
  if (b.shape[0] !== n) {
    throw new ForetrainError("ERR_SHAPE", `solveTriangular: b has ${b.shape[0]} rows, expected ${n}`, {
      argument: "b",
      got: b.shape,
      expected: [n, b.shape[1]],
    });
  }
  const t = l.data;
  for (let i = 0; i < n; i++) {
    if (!(Math.abs(t[i * n + i]!) > 0)) {
      throw new ForetrainError(
        "ERR_SINGULAR",
        `solveTriangular: diagonal entry ${i} of ${n} is ${t[i * n + i]}, expected a number other than 0`,
        { argument: "l", pivot: i, value: t[i * n + i] },
      );
    }
  }
  const k = b.shape[1];
  const out = matrix(n, k, b.data.slice());
  const x = out.data;
  const solved = candidates("solve", (n * n * k) / 2).some(
    (one) => k >= FEWEST_COPIED && one.solve(t, x, n, k, transpose, threads),
  );
  if (!solved) plainSolve(t, x, n, k, transpose);
  return out;
}

/** Solves `a X = B` given the Cholesky factor L of a: two triangular solves, 2 n^2 k flops. */
export function choleskySolve(l: Matrix, b: Matrix, { threads }: Threaded = {}): Matrix {
  return solveTriangular(l, solveTriangular(l, b, { threads }), { transpose: true, threads });
}

/** log det a = 2 sum_i log L_ii, given the Cholesky factor L of a. */
export function logDeterminant(l: Matrix): number {
  const n = squareSide(l, "logDeterminant");
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(l.data[i * n + i]!);
  return 2 * sum;
}

/** A Cholesky factor of `a + jitter I`. */
export interface JitteredCholesky {
  readonly lower: Matrix;
  /** what was added to the diagonal, absolute; 0 when the matrix was positive definite as it is */
  readonly jitter: number;
  /** factorizations tried */
  readonly attempts: number;
}

const FIRST_JITTER = 1e-14; // about the rounding level of a kernel matrix relative to its diagonal
const LAST_JITTER = 1e-6; // beyond it the samples of a Gaussian process would visibly differ

/**
 * Cholesky factor of a positive semidefinite matrix: adds nothing if it can, else a growing multiple of the mean diagonal
 * (1e-14, 1e-13, ..., 1e-6) until the factorization succeeds. For drawing from a Gaussian process, whose covariance is
 * singular whenever two inputs coincide; the error of the covariance is the reported jitter.
 * @throws ERR_SINGULAR (from {@link cholesky}) when even the last jitter is too small: the matrix is indefinite
 */
export function choleskyWithJitter(a: Matrix, options: Threaded = {}): JitteredCholesky {
  const n = squareSide(a, "choleskyWithJitter");
  let mean = 0;
  for (let i = 0; i < n; i++) mean += a.data[i * n + i]! / n;
  if (mean === 0 && a.data.every((x) => x === 0)) return { lower: matrix(n, n), jitter: 0, attempts: 0 };
  let jitter = 0;
  for (let attempts = 1; ; attempts++) {
    try {
      return { lower: cholesky(jitter === 0 ? a : addToDiagonal(a, jitter), options), jitter, attempts };
    } catch (error) {
      const next = jitter === 0 ? FIRST_JITTER * mean : jitter * 10;
      const retry = error instanceof ForetrainError && error.code === "ERR_SINGULAR" && mean > 0;
      if (!retry || next > 1.01 * LAST_JITTER * mean) throw error;
      jitter = next;
    }
  }
}

/** A new matrix `a + ridge I`. */
export function addToDiagonal(a: Matrix, ridge: number): Matrix {
  const n = squareSide(a, "addToDiagonal");
  const out = matrix(n, n, a.data.slice());
  for (let i = 0; i < n; i++) out.data[i * n + i]! += ridge;
  return out;
}

/** Side of a square matrix; ERR_SHAPE otherwise. */
export function squareSide(a: Matrix, caller: string): number {
  const [n, m] = a.shape;
  if (n !== m) {
    throw new ForetrainError("ERR_SHAPE", `${caller}: matrix is [${n}, ${m}], expected a square one`, {
      argument: "a",
      got: a.shape,
    });
  }
  return n;
}
