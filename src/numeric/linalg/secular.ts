/**
 * The rank-one problem of divide and conquer: eigenvalues and eigenvectors of diag(d) + rho z z^T.
 *
 * Roots are kept as an origin (the nearest pole) and a distance from it, so that differences to the poles have small
 * relative errors and need not be stored.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Steps } from "./steps.js";

const EPS = Number.EPSILON;
const ROOT_STEPS = 200; // per root; 3 to 6 are usual, bisection alone needs < 110

interface Root {
  /** index of the pole */
  readonly origin: number;
  /** the root minus that pole */
  readonly shift: number;
}

/** All roots of a secular equation. */
export interface SecularRoots {
  readonly poles: Float64Array;
  readonly values: Float64Array;
  readonly origins: Int32Array;
  readonly shifts: Float64Array;
  /** for each pole d_j: (lambda_j - d_j) prod_{i != j} (lambda_i - d_j) / (d_i - d_j), the square of the weight times rho */
  readonly products: Float64Array;
}

/** Roots of 1 + rho sum_j z_j^2 / (d_j - lambda) = 0 for ascending poles d, rho > 0 and weights z other than 0. */
export function* secularRoots(poles: Float64Array, z: Float64Array, rho: number): Steps<SecularRoots> {
  const k = poles.length;
  const values = new Float64Array(k);
  const origins = new Int32Array(k);
  const shifts = new Float64Array(k);
  const products = new Float64Array(k).fill(1);
  const delta = new Float64Array(k); // d_j - lambda_i
  for (let i = 0; i < k; i++) {
    const { origin, shift } = secularRoot(i, poles, z, rho, delta);
    const pole = poles[i]!;
    origins[i] = origin;
    shifts[i] = shift;
    values[i] = poles[origin]! + shift;
    for (let j = 0; j < i; j++) products[j]! *= delta[j]! / (poles[j]! - pole);
    products[i]! *= delta[i]!;
    for (let j = i + 1; j < k; j++) products[j]! *= delta[j]! / (poles[j]! - pole);
    if (i % 64 === 63) yield i / k;
  }
  return { poles, values, origins, shifts, products };
}

/**
 * Replaces the weights by those for which the computed roots are exact (Loewner's formula), up to a common factor that
 * normalization removes; this is what makes the vectors orthogonal.
 */
export function recomputedWeights({ products }: SecularRoots, z: Float64Array): void {
  for (let j = 0; j < z.length; j++) {
    const size = Math.sqrt(Math.abs(products[j]!));
    z[j] = z[j]! < 0 ? -size : size;
  }
}

/** Rows i0 .. i0 + rows of the eigenvectors, unit vectors z_j / (d_j - lambda_i), with their columns reordered, to u. */
export function rankOneVectors(
  { poles, origins, shifts }: SecularRoots,
  z: Float64Array,
  columns: readonly number[],
  i0: number,
  rows: number,
  u: Float64Array,
): void {
  const k = poles.length;
  const row = new Float64Array(k);
  for (let r = 0; r < rows; r++) {
    const at = r * k;
    const pole = poles[origins[i0 + r]!]!;
    const shift = shifts[i0 + r]!;
    let norm = 0;
    for (let j = 0; j < k; j++) {
      const x = z[j]! / (poles[j]! - pole - shift);
      row[j] = x;
      norm += x * x;
    }
    const scale = 1 / Math.sqrt(norm);
    for (let c = 0; c < k; c++) u[at + c] = row[columns[c]!]! * scale;
  }
}

/**
 * Root i of 1 + rho sum_j z_j^2 / (d_j - lambda) = 0 for ascending poles d, in (d_i, d_i+1), the last above d_k-1.
 * Writes d_j - lambda for all j to `delta`, each with small relative error: the unknown is the distance to the nearest pole.
 * Interpolation by two poles that matches the sums on both sides of the root and their slopes, inside a bracket.
 */
function secularRoot(i: number, d: Float64Array, z: Float64Array, rho: number, delta: Float64Array): Root {
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
    return { origin: 0, shift: hi };
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
    if (Math.abs(value) <= noise || hi - lo <= 2 * EPS * Math.max(Math.abs(lo), Math.abs(hi)))
      return { origin, shift: mu };
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
