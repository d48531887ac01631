/**
 * Eigen-decomposition of symmetric matrices.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../../progress.js";
import { type Matrix, matrix } from "../matrix.js";
import { squareSide } from "./cholesky.js";
import { divideAndConquer } from "./divide-and-conquer.js";
import { applyReflectors, type Steps, tridiagonalize } from "./tridiagonal.js";
import { implicitQl } from "./tridiagonal-eigen.js";

export interface EigenOptions extends LongWork {
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
 * about sqrt(n) eps |a|; residual and loss of orthogonality at 1e-14 for n = 1000. Small eigenvalues carry that absolute
 * error: below n eps |a| they are noise, negative ones of a positive semidefinite matrix included.
 * The matrix is read as (a + a^T) / 2 and not changed. The sign of a vector is that of its largest component: positive.
 * Cost about 6 n^3 flops with vectors, 4/3 n^3 without; n = 0 gives empty results.
 *
 * @throws ERR_SHAPE when `a` is not square
 * @throws ERR_DATA when an entry is NaN or infinite, or |a - a^T| > 1e-10 max |a|
 * @throws ERR_ABORTED when the signal fires
 */
export async function eigenSymmetric(a: Matrix, options: EigenOptions = {}): Promise<EigenDecomposition> {
  const { vectors = true, signal, onProgress } = options;
  throwIfAborted(signal);
  const steps = decompose(a, vectors);
  let last = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) {
      onProgress?.({ label: "eigen-decomposition", done: 100, total: 100, unit: "%" });
      return step.value;
    }
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
}

function* decompose(a: Matrix, wantVectors: boolean): Steps<EigenDecomposition> {
  const n = squareSide(a, "eigenSymmetric");
  const { work, scale } = symmetricCopy(a, n);
  const reduced = yield* share(tridiagonalize(work, n), 0, wantVectors ? 0.4 : 0.95);
  const d = reduced.diagonal.slice();
  if (!wantVectors) {
    const e = new Float64Array(n);
    e.set(reduced.offDiagonal.reverse()); // the reduction leaves the large entries at the top, QL wants them at the end
    implicitQl(d.reverse(), e, n);
    const values = d.sort().reverse();
    for (let i = 0; i < n; i++) values[i]! *= scale;
    return { values, vectors: null };
  }
  const { values: ascending, vectors: rows } = yield* share(
    divideAndConquer(d, reduced.offDiagonal.slice()),
    0.4,
    0.65,
  );
  yield* share(applyReflectors(reduced, rows, n), 0.65, 1);
  const values = new Float64Array(n);
  const out = matrix(n, n);
  const sign = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    values[i] = ascending[n - 1 - i]! * scale;
    const row = rows.subarray((n - 1 - i) * n, (n - i) * n);
    let largest = 0;
    for (let j = 0; j < n; j++) if (Math.abs(row[j]!) > Math.abs(largest)) largest = row[j]!;
    sign[i] = largest < 0 ? -1 : 1;
  }
  const TILE = 32; // 32 x 32 doubles = 8 KiB: source and target tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += TILE) {
    for (let j0 = 0; j0 < n; j0 += TILE) {
      for (let i = i0; i < Math.min(n, i0 + TILE); i++) {
        const from = (n - 1 - i) * n;
        for (let j = j0; j < Math.min(n, j0 + TILE); j++) out.data[j * n + i] = sign[i]! * rows[from + j]!;
      }
    }
  }
  return { values, vectors: out };
}

/** Runs a part of the work and maps its progress to [from, to]. */
function* share<T>(steps: Steps<T>, from: number, to: number): Steps<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield from + (to - from) * step.value;
  }
}

/** (a + a^T) / 2 divided by its largest entry, so that no square overflows or vanishes. */
function symmetricCopy(a: Matrix, n: number): { work: Float64Array; scale: number } {
  let scale = 0;
  for (let i = 0; i < a.data.length; i++) {
    const x = Math.abs(a.data[i]!);
    if (!(x < Number.POSITIVE_INFINITY)) {
      throw new ForetrainError(
        "ERR_DATA",
        `eigenSymmetric: entry [${Math.floor(i / n)}, ${i % n}] is ${a.data[i]}, expected finite numbers`,
        { argument: "a", index: [Math.floor(i / n), i % n], got: a.data[i] },
      );
    }
    if (x > scale) scale = x;
  }
  const work = new Float64Array(n * n);
  if (scale === 0) return { work, scale: 1 };
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const x = a.data[i * n + j]!;
      const y = a.data[j * n + i]!;
      if (Math.abs(x - y) > ASYMMETRY * scale) {
        throw new ForetrainError(
          "ERR_DATA",
          `eigenSymmetric: entries [${i}, ${j}] = ${x} and [${j}, ${i}] = ${y} differ, expected a symmetric matrix`,
          { argument: "a", index: [i, j], got: [x, y] },
        );
      }
      work[i * n + j] = x / scale / 2 + y / scale / 2;
    }
  }
  return { work, scale };
}
