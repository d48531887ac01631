/**
 * Eigenvectors of a symmetric tridiagonal matrix by divide and conquer: tear the matrix in two by a rank-one change, solve
 * the halves, join them by the roots of the secular equation. Nearly all work is matrix products, and eigenvalues that the
 * join does not move (many, for kernel matrices) cost nothing.
 *
 * Method of Cuppen 1981 with the recomputed rank-one vector of Gu and Eisenstat 1995, which makes the eigenvectors
 * orthogonal to machine precision however close the eigenvalues are.
 * @module
 */
import { view } from "./plain-gemm.js";
import { rankOneVectors, recomputedWeights, secularRoots } from "./secular.js";
import { type Steps, share } from "./steps.js";
import { implicitQl, rotateRows } from "./tridiagonal-eigen.js";
import { cut, type Product, type Workspace } from "./workspace.js";

const EPS = Number.EPSILON;
const LEAF = 32; // implicit QL below this size; 16 to 64 differ by some per cent
const SLICE = 3e8; // multiplications between two steps: some tens of milliseconds
const FEWEST_ROWS = 256; // of a product, which packs its other operand once for all of them

/** Numbers that {@link divideAndConquer} allocates, at most. */
export function divideAndConquerMemory(n: number): number {
  return 2 * n * n + chunkMemory(n);
}

/** Rows of a product of [., k] x [k, size] between two steps. */
function chunkRows(k: number, size: number): number {
  return Math.min(k, Math.max(FEWEST_ROWS, Math.ceil(SLICE / (k * size))));
}

/** The largest k * chunkRows(k, size) for k <= size <= n, with some room for rounding. */
function chunkMemory(n: number): number {
  return Math.min(n * n, FEWEST_ROWS * n + Math.ceil(SLICE ** (2 / 3)) + n);
}

/**
 * Eigen-decomposition of tridiag(e, d, e) with d [n], e [n - 1], both destroyed. Returns values in ascending order;
 * row i of `vectors` [n, n], which is of the workspace, belongs to values[i]. At most 8/3 n^3 flops.
 */
export function* divideAndConquer(
  work: Workspace,
  d: Float64Array,
  e: Float64Array,
): Steps<{ values: Float64Array; vectors: Float64Array }> {
  const n = d.length;
  const z = work.allocate(n * n);
  z.fill(0);
  const total = n ** 3;
  let done = 0;
  function* solve(lo: number, hi: number): Steps<void> {
    const size = hi - lo;
    if (size <= LEAF) {
      leaf(d, e, z, n, lo, hi);
      return;
    }
    const mid = lo + (size >> 1);
    const coupling = e[mid - 1]!;
    const rho = Math.abs(coupling);
    d[mid - 1]! -= rho;
    d[mid]! -= rho;
    yield* solve(lo, mid);
    yield* solve(mid, hi);
    const part = (0.75 * size ** 3) / total; // sizes halve: the joins' costs sum to n^3 / 0.75
    yield* share(join(work, d, z, n, lo, mid, hi, coupling), done, Math.min(1, done + part));
    done = Math.min(1, done + part);
  }
  yield* solve(0, n);
  return { values: d, vectors: z };
}

function leaf(d: Float64Array, e: Float64Array, z: Float64Array, n: number, lo: number, hi: number): void {
  const size = hi - lo;
  for (let i = 0; i < size; i++) z[(lo + i) * n + hi - 1 - i] = 1; // upside down: QL wants the large entries at the end
  const values = d.slice(lo, hi).reverse();
  const off = new Float64Array(size);
  off.set(e.slice(lo, hi - 1).reverse());
  implicitQl(values, off, size, z, n, lo, lo, size);
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  const rows = order.map((i) => z.slice((lo + i) * n + lo, (lo + i) * n + hi));
  order.forEach((i, k) => {
    d[lo + k] = values[i]!;
    z.set(rows[k]!, (lo + k) * n + lo);
  });
}

/** Where the nonzeros of a row lie: left block only, both, right block only. */
const LEFT = 0;
const BOTH = 1;
const RIGHT = 2;

/**
 * Joins two solved halves [lo, mid) and [mid, hi): the matrix is diag(d) + rho z z^T in their eigenbasis.
 */
function* join(
  work: Workspace,
  d: Float64Array,
  q: Float64Array,
  n: number,
  lo: number,
  mid: number,
  hi: number,
  coupling: number,
): Steps<void> {
  const size = hi - lo;
  const left = mid - lo;
  const right = hi - mid;
  const rho = 2 * Math.abs(coupling); // |v|^2 = 2 for v = (.., 1, sign, ..); z is normalized instead
  const sign = coupling < 0 ? -1 : 1;
  const z = new Float64Array(size);
  const type = new Uint8Array(size);
  let dMax = 0;
  let zMax = 0;
  for (let i = 0; i < size; i++) {
    z[i] = Math.SQRT1_2 * (i < left ? q[(lo + i) * n + mid - 1]! : sign * q[(lo + i) * n + mid]!);
    type[i] = i < left ? LEFT : RIGHT;
    dMax = Math.max(dMax, Math.abs(d[lo + i]!));
    zMax = Math.max(zMax, Math.abs(z[i]!));
  }
  const tolerance = 8 * EPS * Math.max(dMax, zMax);
  const order = Array.from(z.keys()).sort((i, j) => d[lo + i]! - d[lo + j]!);
  const kept: number[] = [];
  let previous = -1;
  for (const i of order) {
    if (rho * Math.abs(z[i]!) <= tolerance) continue; // deflated: the rank-one term does not reach this eigenvector
    if (previous >= 0) {
      const norm = Math.sqrt(z[i]! * z[i]! + z[previous]! * z[previous]!);
      const c = z[i]! / norm;
      const s = z[previous]! / norm;
      const di = d[lo + i]!;
      const dp = d[lo + previous]!;
      if (Math.abs((di - dp) * c * s) <= tolerance) {
        // deflated: of two (nearly) equal eigenvalues one combination does not meet the rank-one term
        z[i] = norm;
        z[previous] = 0;
        rotateRows(q, (lo + previous) * n + lo, (lo + i) * n + lo, size, c, s);
        d[lo + previous] = dp * c * c + di * s * s;
        d[lo + i] = dp * s * s + di * c * c;
        if (type[i] !== type[previous]) type[i] = BOTH;
      } else {
        kept.push(previous);
      }
    }
    previous = i;
  }
  if (previous >= 0) kept.push(previous);
  const k = kept.length;
  const isKept = new Uint8Array(size);
  for (const i of kept) isKept[i] = 1;
  const values = new Float64Array(size); // of the new rows: k that the join makes, then those that stay as they are
  const mark = work.mark();
  if (k > 0) {
    const poles = Float64Array.from(kept, (i) => d[lo + i]!);
    const weights = Float64Array.from(kept, (i) => z[i]!);
    const roots = yield* share(secularRoots(poles, weights, rho), 0, 0.2);
    values.set(roots.values);
    recomputedWeights(roots, weights);
    // columns grouped by type, so that each product reads only rows that are not zero in its block
    const columns = [LEFT, BOTH, RIGHT].flatMap((t) =>
      Array.from(kept.keys()).filter((j) => type[kept[j]!] === t),
    );
    const firstRight = kept.reduce((count, i) => count + (type[i] === LEFT ? 1 : 0), 0);
    const lastLeft = k - kept.reduce((count, i) => count + (type[i] === RIGHT ? 1 : 0), 0);
    const qLeft = work.allocate(lastLeft * left);
    const qRight = work.allocate((k - firstRight) * right);
    columns.forEach((j, c) => {
      const row = (lo + kept[j]!) * n;
      if (c < lastLeft) qLeft.set(q.subarray(row + lo, row + mid), c * left);
      if (c >= firstRight) qRight.set(q.subarray(row + mid, row + hi), (c - firstRight) * right);
    });
    moveDeflated(d, q, n, lo, hi, isKept, values, k);
    const chunk = chunkRows(k, size);
    const u = work.allocate(chunk * k);
    for (let i0 = 0; i0 < k; i0 += chunk) {
      const rows = Math.min(chunk, k - i0);
      rankOneVectors(roots, weights, columns, i0, rows, u);
      const at = (lo + i0) * n + lo;
      for (let i = 0; i < rows; i++) q.fill(0, at + i * n, at + i * n + size);
      const right0 = k - firstRight;
      work.products(
        cut(rows, work.lanes).map(([from, to]): Product[] => {
          const c = at + from * n;
          return [
            [to - from, left, lastLeft, 1, view(u, from * k, k), view(qLeft, 0, left), q, c, n],
            [
              to - from,
              right,
              right0,
              1,
              view(u, from * k + firstRight, k),
              view(qRight, 0, right),
              q,
              c + left,
              n,
            ],
          ];
        }),
      );
      yield 0.2 + (0.8 * (i0 + rows)) / k;
    }
  } else {
    values.set(d.subarray(lo, hi));
  }
  work.release(mark);
  const sorted = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  sorted.forEach((i, position) => {
    d[lo + position] = values[i]!;
  });
  permuteRows(q, n, lo, size, sorted);
}

/** Moves the rows that the join leaves alone to the end of the block, in their order, and notes their values from slot k on. */
function moveDeflated(
  d: Float64Array,
  q: Float64Array,
  n: number,
  lo: number,
  hi: number,
  isKept: Uint8Array,
  values: Float64Array,
  k: number,
): void {
  let slot = hi - lo;
  for (let i = hi - lo - 1; slot > k; i--) {
    if (isKept[i]) continue;
    values[--slot] = d[lo + i]!;
    const from = (lo + i) * n;
    if (slot !== i) q.copyWithin((lo + slot) * n + lo, from + lo, from + hi);
  }
}

/** Row `order[i]` of the block becomes row i, in place, along the cycles of the permutation. */
function permuteRows(q: Float64Array, n: number, lo: number, size: number, order: readonly number[]): void {
  const at = (i: number) => (lo + i) * n + lo;
  const done = new Uint8Array(size);
  for (let start = 0; start < size; start++) {
    if (done[start] || order[start] === start) continue;
    const saved = q.slice(at(start), at(start) + size);
    let i = start;
    for (;;) {
      done[i] = 1;
      const from = order[i]!;
      if (from === start) break;
      q.copyWithin(at(i), at(from), at(from) + size);
      i = from;
    }
    q.set(saved, at(i));
  }
}
