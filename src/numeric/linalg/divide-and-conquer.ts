/**
 * Eigenvectors of a symmetric tridiagonal matrix by divide and conquer: tear the matrix in two by a rank-one change, solve
 * the halves, join them by the roots of the secular equation. Nearly all work is matrix products, and eigenvalues that the
 * join does not move (many, for kernel matrices) cost nothing.
 *
 * Method of Cuppen 1981 with the recomputed rank-one vector of Gu and Eisenstat 1995, which makes the eigenvectors
 * orthogonal to machine precision however close the eigenvalues are.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { gemm } from "./dispatch.js";
import { view } from "./plain-gemm.js";
import type { Steps } from "./tridiagonal.js";
import { implicitQl, rotateRows } from "./tridiagonal-eigen.js";

const EPS = Number.EPSILON;
const LEAF = 32; // implicit QL below this size; 16 to 64 differ by some per cent
const ROOT_STEPS = 200; // per root of the secular equation; 3 to 6 are usual, bisection alone needs < 110

/**
 * Eigen-decomposition of tridiag(e, d, e) with d [n], e [n - 1], both destroyed. Returns values in ascending order;
 * row i of `vectors` [n, n] belongs to values[i]. At most 8/3 n^3 flops.
 */
export function* divideAndConquer(
  d: Float64Array,
  e: Float64Array,
): Steps<{ values: Float64Array; vectors: Float64Array }> {
  const n = d.length;
  const z = new Float64Array(n * n);
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
    const share = (0.75 * size ** 3) / total; // sizes halve: the joins' costs sum to n^3 / 0.75
    for (const part of join(d, z, n, lo, mid, hi, coupling)) yield Math.min(1, done + share * part);
    done += share;
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
  const values = new Float64Array(size);
  const source = new Int32Array(size); // >= 0: row of the new vectors, < 0: -1 - row of q that stays as it is
  let slot = k;
  const isKept = new Uint8Array(size);
  for (const i of kept) isKept[i] = 1;
  for (let i = 0; i < size; i++) {
    if (isKept[i]) continue;
    values[slot] = d[lo + i]!;
    source[slot++] = -1 - i;
  }

  let fresh: Float64Array | null = null;
  if (k > 0) {
    const poles = Float64Array.from(kept, (i) => d[lo + i]!);
    const weights = Float64Array.from(kept, (i) => z[i]!);
    const u = new Float64Array(k * k); // row i: d_j - lambda_i, then eigenvector i of the rank-one problem
    for (let i = 0; i < k; i++) {
      values[i] = secularRoot(i, poles, weights, rho, u.subarray(i * k, (i + 1) * k));
      source[i] = i;
      if (i % 64 === 63) yield (0.2 * i) / k;
    }
    recomputeWeights(poles, weights, u, k);
    // columns grouped by type, so that each product reads only rows that are not zero in its block
    const columns = [LEFT, BOTH, RIGHT].flatMap((t) =>
      Array.from(kept.keys()).filter((j) => type[kept[j]!] === t),
    );
    const firstRight = kept.reduce((count, i) => count + (type[i] === LEFT ? 1 : 0), 0);
    const lastLeft = k - kept.reduce((count, i) => count + (type[i] === RIGHT ? 1 : 0), 0);
    rankOneVectors(weights, u, k, columns);
    const qLeft = new Float64Array(lastLeft * left);
    const qRight = new Float64Array((k - firstRight) * right);
    columns.forEach((j, c) => {
      const row = (lo + kept[j]!) * n;
      if (c < lastLeft) qLeft.set(q.subarray(row + lo, row + mid), c * left);
      if (c >= firstRight) qRight.set(q.subarray(row + mid, row + hi), (c - firstRight) * right);
    });
    fresh = new Float64Array(k * size);
    const chunk = Math.max(64, Math.ceil(1e8 / (k * size))); // rows per step: some tens of milliseconds
    for (let i0 = 0; i0 < k; i0 += chunk) {
      const rows = Math.min(chunk, k - i0);
      gemm(rows, left, lastLeft, 1, view(u, i0 * k, k), view(qLeft, 0, left), fresh, i0 * size, size);
      gemm(
        rows,
        right,
        k - firstRight,
        1,
        view(u, i0 * k + firstRight, k),
        view(qRight, 0, right),
        fresh,
        i0 * size + left,
        size,
      );
      yield 0.2 + (0.8 * (i0 + rows)) / k;
    }
  }

  const sorted = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  const stay = new Map<number, Float64Array>();
  for (const i of sorted) {
    const from = source[i]!;
    if (from < 0) stay.set(from, q.slice((lo - 1 - from) * n + lo, (lo - 1 - from) * n + hi));
  }
  sorted.forEach((i, position) => {
    const from = source[i]!;
    const row = from < 0 ? stay.get(from)! : fresh!.subarray(from * size, (from + 1) * size);
    q.set(row, (lo + position) * n + lo);
    d[lo + position] = values[i]!;
  });
}

/**
 * Root i of 1 + rho sum_j z_j^2 / (d_j - lambda) = 0 for ascending poles d, in (d_i, d_i+1), the last above d_k-1.
 * Writes d_j - lambda for all j to `delta`, each with small relative error: the unknown is the distance to the nearest pole.
 * Interpolation by two poles that matches the sums on both sides of the root and their slopes, inside a bracket.
 */
function secularRoot(i: number, d: Float64Array, z: Float64Array, rho: number, delta: Float64Array): number {
  const k = d.length;
  const last = i === k - 1;
  let sumSquares = 0;
  for (let j = 0; j < k; j++) sumSquares += z[j]! * z[j]!;
  let origin = i;
  let lo = 0; // bracket of mu = lambda - d[origin]
  let hi = rho * sumSquares;
  let mu: number;
  if (k === 1) {
    delta[0] = -hi;
    return d[0]! + hi;
  }
  // first guess: the two neighbouring poles exactly, all others frozen at the middle of the interval
  const l = last ? k - 2 : i; // the two poles of the interpolation
  const r = l + 1;
  const gap = d[r]! - d[l]!;
  const middle = last ? hi / 2 : gap / 2;
  let rest = 1;
  const base = d[i]!;
  for (let j = 0; j < k; j++) if (j !== l && j !== r) rest += (rho * z[j]! * z[j]!) / (d[j]! - base - middle);
  const zl = rho * z[l]! * z[l]!;
  const zr = rho * z[r]! * z[r]!;
  if (last) {
    const value = rest + zl / (-gap - middle) + zr / -middle;
    if (value <= 0) lo = middle;
    else hi = middle;
    // rest + zl / (-gap - mu) + zr / (-mu) = 0
    mu = quadraticRoot(rest, zl + zr - rest * gap, -zr * gap, true);
  } else {
    const value = rest + zl / -middle + zr / (gap - middle);
    if (value >= 0) {
      hi = middle;
      mu = quadraticRoot(rest, rest * gap + zl + zr, zl * gap, false); // rest + zl / (-mu) + zr / (gap - mu) = 0
    } else {
      origin = r;
      lo = -middle;
      hi = 0;
      mu = quadraticRoot(rest, -rest * gap + zl + zr, -zr * gap, false); // poles at -gap and 0
    }
  }
  if (!(mu > lo && mu < hi)) mu = inside(lo, hi);
  const d0 = d[origin]!;
  for (let step = 0; ; step++) {
    let psi = 0;
    let psiSlope = 0;
    for (let j = 0; j <= l; j++) {
      const gapJ = d[j]! - d0 - mu;
      delta[j] = gapJ;
      const t = z[j]! / gapJ;
      psi += z[j]! * t;
      psiSlope += t * t;
    }
    let phi = 0;
    let phiSlope = 0;
    for (let j = k - 1; j > l; j--) {
      const gapJ = d[j]! - d0 - mu;
      delta[j] = gapJ;
      const t = z[j]! / gapJ;
      phi += z[j]! * t;
      phiSlope += t * t;
    }
    psi *= rho;
    phi *= rho;
    psiSlope *= rho;
    phiSlope *= rho;
    const value = 1 + psi + phi;
    const noise = EPS * (1 + 8 * (Math.abs(psi) + Math.abs(phi)) + Math.abs(mu) * (psiSlope + phiSlope));
    if (Math.abs(value) <= noise || hi - lo <= 2 * EPS * Math.max(Math.abs(lo), Math.abs(hi))) return d0 + mu;
    if (step === ROOT_STEPS) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `eigenSymmetric: root ${i} of ${k} of a secular equation did not converge`,
        {
          index: i,
        },
      );
    }
    if (value < 0) lo = mu;
    else hi = mu;
    const dl = delta[l]!;
    const dr = delta[r]!;
    const c = value - dl * psiSlope - dr * phiSlope;
    const a = (dl + dr) * value - dl * dr * (psiSlope + phiSlope);
    const next = mu + quadraticRoot(c, a, dl * dr * value, last);
    mu = next > lo && next < hi && next !== mu ? next : inside(lo, hi);
  }
}

/**
 * The root of c x^2 - a x + b = 0 between the two poles, or beyond both (`outer`), without cancellation.
 */
function quadraticRoot(c: number, a: number, b: number, outer: boolean): number {
  const root = Math.sqrt(Math.max(0, a * a - 4 * b * c));
  if (outer) return a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
  return a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
}

/** A point that halves the bracket, on a logarithmic scale where it spans many orders of magnitude. */
function inside(lo: number, hi: number): number {
  const small = Math.min(Math.abs(lo), Math.abs(hi));
  const large = Math.max(Math.abs(lo), Math.abs(hi));
  if (small * 4 >= large) return lo + (hi - lo) / 2;
  const size = small > 0 ? Math.sqrt(small) * Math.sqrt(large) : large * 2 ** -10;
  return lo < 0 ? -size : size;
}

/** The weights for which the computed roots are exact (Loewner's formula); this is what makes the vectors orthogonal. */
function recomputeWeights(d: Float64Array, z: Float64Array, delta: Float64Array, k: number): void {
  for (let j = 0; j < k; j++) {
    let product = delta[j * k + j]!;
    const dj = d[j]!;
    for (let i = 0; i < k; i++) if (i !== j) product *= delta[i * k + j]! / (dj - d[i]!);
    z[j] = z[j]! < 0 ? -Math.sqrt(Math.abs(product)) : Math.sqrt(Math.abs(product));
  }
}

/** Row i of `u`, which holds d_j - lambda_i, becomes the unit vector z_j / (d_j - lambda_i) with its columns reordered. */
function rankOneVectors(z: Float64Array, u: Float64Array, k: number, columns: readonly number[]): void {
  const row = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    const at = i * k;
    let norm = 0;
    for (let j = 0; j < k; j++) {
      const x = z[j]! / u[at + j]!;
      row[j] = x;
      norm += x * x;
    }
    const scale = 1 / Math.sqrt(norm);
    for (let c = 0; c < k; c++) u[at + c] = row[columns[c]!]! * scale;
  }
}
