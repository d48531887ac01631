/**
 * The largest eigenvalues of a symmetric matrix by Lanczos' method, without the others.
 *
 * One product with the matrix per step, and every new vector made orthogonal to all before it, twice (Parlett 1980, The
 * Symmetric Eigenvalue Problem, chapter 13). One start vector meets each eigenspace in one direction only; so values found
 * are put aside and the search goes on from another random vector orthogonal to them, until it brings nothing above
 * the smallest value kept. Multiple eigenvalues are so found as often as they occur.
 * @module
 */
import type { Rng } from "../random.js";
import { divideAndConquer } from "./divide-and-conquer.js";
import { view } from "./plain-gemm.js";
import { plainWorkspace } from "./plain-workspace.js";
import type { Steps } from "./steps.js";
import { implicitQl } from "./tridiagonal-eigen.js";
import type { Workspace } from "./workspace.js";

const EPS = Number.EPSILON;
const LOOK_EVERY = 8; // steps between two looks at what has converged

/** Numbers that {@link largestEigenpairs} allocates, at most. */
export function lanczosMemory(n: number, steps: number, count: number): number {
  return (steps + 2 * count + 8) * n + 2 * (steps + count);
}

/** Eigenpairs put aside: values, and vectors in the first rows of `basis`. */
interface Found {
  readonly values: number[];
  readonly basis: Float64Array;
}

/**
 * The `count` largest eigenvalues, largest first, with eigenvectors as rows (of n numbers, in the workspace); null when
 * `most` vectors do not suffice, which is when many eigenvalues lie close to the wanted ones.
 * @param a  n rows of `stride` numbers, upper triangle
 * @param tolerance  of residuals, relative to the norm
 */
export function* largestEigenpairs(
  work: Workspace,
  a: Float64Array,
  n: number,
  stride: number,
  count: number,
  most: number,
  tolerance: number,
  rng: Rng,
): Steps<{ readonly values: number[]; readonly rows: Float64Array } | null> {
  // found vectors, then those of the running search
  const basis = work.allocate((most + 1) * n);
  const next = work.allocate(n);
  const found: Found = { values: [], basis };
  let norm = 0;
  for (;;) {
    const locked = found.values.length;
    const checking = locked >= count;
    const smallest = checking
      ? [...found.values].sort((x, y) => y - x)[count - 1]!
      : Number.NEGATIVE_INFINITY;
    if (locked === n) break;
    const pass = yield* search(work, a, n, stride, found, next, {
      wanted: checking ? 1 : count - locked,
      floor: smallest,
      most,
      tolerance,
      norm,
      rng,
    });
    if (pass === null) return null;
    norm = Math.max(norm, pass.norm);
    const fresh = checking ? pass.values.filter((x) => x > smallest + 10 * tolerance * norm) : pass.values;
    if (checking && fresh.length === 0) break;
    if (locked + fresh.length >= most) return null;
    basis.set(pass.rows.subarray(0, fresh.length * n), locked * n);
    work.release(pass.mark);
    found.values.push(...fresh);
  }
  const order = Array.from(found.values.keys()).sort((i, j) => found.values[j]! - found.values[i]!);
  const best = order.slice(0, count);
  const rows = work.allocate(best.length * n);
  best.forEach((from, i) => {
    rows.set(basis.subarray(from * n, (from + 1) * n), i * n);
  });
  return { values: best.map((i) => found.values[i]!), rows };
}

interface SearchOptions {
  readonly wanted: number;
  /** the search may end when it is clear that nothing lies above it */
  readonly floor: number;
  readonly most: number;
  readonly tolerance: number;
  readonly norm: number;
  readonly rng: Rng;
}

interface Pass {
  readonly values: number[];
  /** eigenvectors as rows */
  readonly rows: Float64Array;
  readonly norm: number;
  /** of the workspace, before `rows` */
  readonly mark: number;
}

/** One run of Lanczos' method, orthogonal to what was found. */
function* search(
  work: Workspace,
  a: Float64Array,
  n: number,
  stride: number,
  { values: locked, basis }: Found,
  w: Float64Array,
  { wanted, floor, most, tolerance, norm: known, rng }: SearchOptions,
): Steps<Pass | null> {
  const first = locked.length;
  const row = (i: number) => basis.subarray((first + i) * n, (first + i + 1) * n);
  const alpha: number[] = [];
  const beta: number[] = [];
  rng.normals(w);
  work.projectOut(basis, n, first, w);
  normalize(w);
  work.projectOut(basis, n, first, w);
  normalize(w);
  for (let j = 0; ; j++) {
    if (first + j >= most) return null;
    row(j).set(w);
    work.symmetricProduct(a, n, stride, row(j), w);
    let along = 0;
    const v = row(j);
    for (let i = 0; i < n; i++) along += v[i]! * w[i]!;
    alpha.push(along);
    work.projectOut(basis, n, first + j + 1, w);
    work.projectOut(basis, n, first + j + 1, w);
    const length = normalize(w);
    beta.push(length);
    const size = j + 1;
    const norm = Math.max(known, ...bounds(alpha, beta));
    const closed = first + size === n || length <= 8 * Math.sqrt(n) * EPS * norm; // nothing is left outside
    if (!closed && (size < wanted || size % LOOK_EVERY !== 0)) {
      yield Math.min(0.9, (first + j) / most);
      continue;
    }
    const { values, last } = ritzValues(alpha, beta);
    const take = Math.min(wanted, size);
    const residual = (i: number) => Math.abs(length * last[i]!);
    const settled = values.slice(0, take).every((_, i) => residual(i) <= tolerance * norm);
    const hopeless = size >= 4 * LOOK_EVERY && residual(0) <= 0.01 * (floor - values[0]!);
    if (!closed && !settled && !hopeless) continue;
    const keep = hopeless && !settled ? 0 : take;
    const mark = work.mark();
    const rows = yield* ritzVectors(work, alpha, beta, basis.subarray(first * n), n, keep);
    return { values: values.slice(0, keep), rows, norm, mark };
  }
}

/** Scales x to length 1 and returns the length it had. */
function normalize(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / largest) ** 2;
  const length = largest * Math.sqrt(sum);
  for (let i = 0; i < x.length; i++) x[i]! /= length;
  return length;
}

/** A lower bound of the norm of the matrix, from its tridiagonal projection. */
function bounds(alpha: readonly number[], beta: readonly number[]): [number, number] {
  const j = alpha.length - 1;
  return [Math.abs(alpha[j]!), j > 0 ? beta[j - 1]! : 0];
}

/** Eigenvalues of the projection, largest first, and the last component of each eigenvector. */
function ritzValues(
  alpha: readonly number[],
  beta: readonly number[],
): { readonly values: number[]; readonly last: number[] } {
  const m = alpha.length;
  const d = Float64Array.from(alpha).reverse(); // QL wants the large entries at the end; the first found are at the start
  const e = new Float64Array(m);
  for (let i = 0; i < m - 1; i++) e[i] = beta[m - 2 - i]!;
  const z = new Float64Array(m);
  z[0] = 1; // component m - 1 in the reversed order
  implicitQl(d, e, m, z, 1, 0, 0, 1);
  const order = Array.from(d.keys()).sort((i, j) => d[j]! - d[i]!);
  return { values: order.map((i) => d[i]!), last: order.map((i) => z[i]!) };
}

/** Eigenvectors of the `count` largest values of the projection, as rows in the coordinates of the matrix. */
function* ritzVectors(
  work: Workspace,
  alpha: readonly number[],
  beta: readonly number[],
  basis: Float64Array,
  n: number,
  count: number,
): Steps<Float64Array> {
  const m = alpha.length;
  const rows = work.allocate(count * n);
  if (count === 0) return rows;
  const { vectors } = yield* divideAndConquer(
    plainWorkspace(),
    Float64Array.from(alpha),
    Float64Array.from(beta.slice(0, m - 1)),
  );
  const s = work.allocate(count * m);
  for (let i = 0; i < count; i++) s.set(vectors.subarray((m - 1 - i) * m, (m - i) * m), i * m);
  rows.fill(0);
  work.gemm(count, n, m, 1, view(s, 0, m), view(basis, 0, n), rows, 0, n);
  return rows;
}
