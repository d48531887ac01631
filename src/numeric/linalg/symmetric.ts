/**
 * The eigen-decomposition of a symmetric matrix in a workspace: reduction to tridiagonal form, divide and conquer (or
 * implicit QL where only the values are wanted), back-transformation.
 * @module
 */
import { applyReflectors, reflectorMemory } from "./back-transform.js";
import { divideAndConquer, divideAndConquerMemory } from "./divide-and-conquer.js";
import type { AscendingEigen } from "./implementation.js";
import { type Steps, share } from "./steps.js";
import { implicitQl } from "./tridiagonal-eigen.js";
import type { Workspace } from "./workspace.js";

/** Numbers that {@link decompose} allocates at most beside what the reduction itself needs, in 12 allocations. */
export function eigenMemory(n: number, stride: number, vectors: boolean): number {
  return n * stride + (vectors ? divideAndConquerMemory(n) + reflectorMemory(n) : 0);
}

/** Writes (a + a^T) / 2 / scale for row-major a [n, n] to the upper triangle of rows of `stride` numbers. */
export function copyUpper(a: Float64Array, n: number, scale: number, to: Float64Array, stride: number): void {
  const TILE = 32; // 32 x 32 doubles = 8 KiB: both tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += TILE) {
    const i1 = Math.min(n, i0 + TILE);
    for (let j0 = i0; j0 < n; j0 += TILE) {
      const j1 = Math.min(n, j0 + TILE);
      for (let i = i0; i < i1; i++) {
        for (let j = Math.max(i, j0); j < j1; j++) {
          to[i * stride + j] = a[i * n + j]! / scale / 2 + a[j * n + i]! / scale / 2;
        }
      }
    }
  }
}

/**
 * Eigen-decomposition of `a` / scale, ascending. The result's rows live in the workspace, which is closed with the result, or
 * here when the work ends early.
 */
export function* decompose(
  work: Workspace,
  a: Float64Array,
  n: number,
  stride: number,
  scale: number,
  vectors: boolean,
): Steps<AscendingEigen> {
  let solved = false;
  try {
    const copy = work.allocate(n * stride);
    copyUpper(a, n, scale, copy, stride);
    const reduced = yield* share(work.tridiagonalize(copy, n, stride), 0, vectors ? 0.35 : 0.95);
    const d = reduced.diagonal.slice();
    const close = () => work.close();
    if (!vectors) {
      const e = new Float64Array(n);
      e.set(reduced.offDiagonal.slice().reverse()); // the reduction leaves the large entries at the top, QL wants them at the end
      implicitQl(d.reverse(), e, n);
      solved = true;
      return { values: d.sort(), rows: null, close };
    }
    const result = yield* share(divideAndConquer(work, d, reduced.offDiagonal.slice()), 0.35, 0.65);
    yield* share(applyReflectors(work, reduced, result.vectors, n), 0.65, 1);
    solved = true;
    return { values: result.values, rows: result.vectors, close };
  } finally {
    if (!solved) work.close();
  }
}
