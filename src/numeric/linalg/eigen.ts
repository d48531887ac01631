/**
 * Eigen-decomposition of symmetric matrices.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../../progress.js";
import { type Matrix, matrix } from "../matrix.js";
import { squareSide } from "./cholesky.js";
import { candidates } from "./dispatch.js";
import type { AscendingEigen } from "./implementation.js";
import { numbers } from "./numbers.js";
import { plainWorkspace } from "./plain-workspace.js";
import type { Steps } from "./steps.js";
import { decompose } from "./symmetric.js";
import { type Threaded, threadsOf } from "./thread-count.js";

export interface EigenOptions extends LongWork, Threaded {
  /** Also the eigenvectors. Default true; without them the work is about a third. */
  readonly vectors?: boolean | undefined;
}

/** `a = V diag(values) V^T`. */
export interface EigenDecomposition {
  /** largest first */
  readonly values: Float64Array;
  /** [n, n], column k belongs to values[k]; null when not asked for */
  readonly vectors: Matrix | null;
}

const ASYMMETRY = 1e-10; // a kernel computed in two orders differs by rounding; more than this is a mistake of the caller
const SLICE_MS = 25; // longest time between two looks at the abort signal

/**
 * Eigenvalues (largest first) and eigenvectors of a symmetric matrix.
 *
 * Householder reduction to tridiagonal form, divide and conquer, blocked back-transformation. Absolute error of the values
 * about sqrt(n) eps |a|; the largest entries of |A V - V diag(values)| / |A| and of |V^T V - 1| are below 1e-14 for n = 2000.
 * Small eigenvalues carry that absolute error: below n eps |a| they are noise, negative ones of a positive semidefinite
 * matrix included.
 * The matrix is read as (a + a^T) / 2 and not changed. The sign of a vector is that of its largest component: positive.
 * Cost about 6 n^3 flops with vectors, 4/3 n^3 without; n = 0 gives empty results.
 *
 * @throws ERR_SHAPE when `a` is not square
 * @throws ERR_DATA when an entry is NaN or infinite, or |a - a^T| > 1e-10 max |a|
 * @throws ERR_DOMAIN when `threads` is not a whole number above 0
 * @throws ERR_MEMORY when there is no memory for the work: about 4 n^2 numbers with vectors
 * @throws ERR_ABORTED when the signal fires
 */
export async function eigenSymmetric(a: Matrix, options: EigenOptions = {}): Promise<EigenDecomposition> {
  const { vectors = true, signal, onProgress } = options;
  throwIfAborted(signal);
  const n = squareSide(a, "eigenSymmetric");
  const threads = threadsOf(options.threads, "eigenSymmetric");
  const scale = symmetricScale(a, n, "eigenSymmetric");
  const solved = await start(a.data, n, scale, vectors, threads, options);
  try {
    onProgress?.({ label: "eigen-decomposition", done: 100, total: 100, unit: "%" });
    const values = solved.values.slice().reverse();
    for (let i = 0; i < n; i++) values[i]! *= scale;
    return { values, vectors: solved.rows === null ? null : columnsDescending(solved.rows, n) };
  } finally {
    solved.close();
  }
}

/** The decomposition of a / scale by the best implementation that can. */
async function start(
  a: Float64Array,
  n: number,
  scale: number,
  vectors: boolean,
  threads: number,
  work: LongWork,
): Promise<AscendingEigen> {
  for (const one of candidates("eigen", n ** 3)) {
    const started = one.eigen(a, n, scale, vectors, threads);
    if (started instanceof Promise) {
      const solved = await started;
      throwIfAborted(work.signal);
      return solved;
    }
    if (started !== null) return await runSteps(started, work);
  }
  return await runSteps(decompose(plainWorkspace(), a, n, n, scale, vectors), work);
}

/** Runs the steps; between them, every 25 ms, others may work and the abort signal is looked at. */
export async function runSteps<T>(steps: Steps<T>, { signal, onProgress }: LongWork): Promise<T> {
  let last = performance.now();
  try {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      const now = performance.now();
      if (now - last > SLICE_MS) {
        onProgress?.({
          label: "eigen-decomposition",
          done: Math.floor(100 * step.value),
          total: 100,
          unit: "%",
        });
        await breathe(signal);
        last = performance.now();
      }
    }
  } finally {
    steps.return(undefined as T); // gives memory and threads back when the work ends early
  }
}

/**
 * Rows in ascending order become columns in descending order, each with its largest component positive. Norms are made 1 to
 * about eps: they drift by sqrt(n) eps through the products, farther than any two vectors come to depend on each other.
 */
function columnsDescending(rows: Float64Array, n: number): Matrix {
  const out = matrix(n, n, numbers(n * n, "eigenSymmetric"));
  const factor = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const from = (n - 1 - i) * n;
    let largest = 0;
    for (let j = 0; j < n; j++) if (Math.abs(rows[from + j]!) > Math.abs(largest)) largest = rows[from + j]!;
    factor[i] = (largest < 0 ? -1 : 1) / Math.sqrt(sumOfSquares(rows, from, from + n));
  }
  const TILE = 32; // 32 x 32 doubles = 8 KiB: source and target tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += TILE) {
    for (let j0 = 0; j0 < n; j0 += TILE) {
      for (let i = i0; i < Math.min(n, i0 + TILE); i++) {
        const from = (n - 1 - i) * n;
        for (let j = j0; j < Math.min(n, j0 + TILE); j++) out.data[j * n + i] = factor[i]! * rows[from + j]!;
      }
    }
  }
  return out;
}

/** In parts of 64: sums of parts have an error of some eps, one long sum of sqrt(n) eps. */
function sumOfSquares(x: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i0 = from; i0 < to; i0 += 64) {
    let part = 0;
    for (let i = i0; i < Math.min(to, i0 + 64); i++) part += x[i]! * x[i]!;
    sum += part;
  }
  return sum;
}

/** The largest |entry| (1 for the zero matrix), by which the work is divided so that no square overflows or vanishes. */
export function symmetricScale(a: Matrix, n: number, caller: string): number {
  let scale = 0;
  for (let i = 0; i < a.data.length; i++) {
    const x = Math.abs(a.data[i]!);
    if (!(x < Number.POSITIVE_INFINITY)) {
      throw new ForetrainError(
        "ERR_DATA",
        `${caller}: entry [${Math.floor(i / n)}, ${i % n}] is ${a.data[i]}, expected finite numbers`,
        { argument: "a", index: [Math.floor(i / n), i % n], got: a.data[i] },
      );
    }
    if (x > scale) scale = x;
  }
  const TILE = 32; // 32 x 32 doubles = 8 KiB: both tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += TILE) {
    for (let j0 = i0; j0 < n; j0 += TILE) {
      for (let i = i0; i < Math.min(n, i0 + TILE); i++) {
        for (let j = Math.max(i, j0); j < Math.min(n, j0 + TILE); j++) {
          const x = a.data[i * n + j]!;
          const y = a.data[j * n + i]!;
          if (Math.abs(x - y) > ASYMMETRY * scale) {
            throw new ForetrainError(
              "ERR_DATA",
              `${caller}: entries [${i}, ${j}] = ${x} and [${j}, ${i}] = ${y} differ, expected a symmetric matrix`,
              { argument: "a", index: [i, j], got: [x, y] },
            );
          }
        }
      }
    }
  }
  return scale === 0 ? 1 : scale;
}
