/**
 * Hermite coefficients of phi(sqrt(q) z) for one variance: a_k(q) = E[phi(sqrt(q) z) he_k(z)], he_k orthonormal under
 * N(0, 1). With them E[phi(u) phi(v)] = sum_k a_k(q1) a_k(q2) c^k (Mehler).
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";
import { legendreTail } from "../../numeric/quadrature/legendre-tail.js";
import type { Activation } from "../activation.js";
import { derivativeSecondMoment } from "../moments.js";

/** Coefficients of one variance. `centre` = phi(0) is kept apart from coefficient 0, so small variances keep digits. */
export interface HermiteExpansion {
  readonly q: number;
  readonly centre: number;
  /** coefficients of phi - phi(0); zero beyond `terms` */
  readonly values: Float64Array;
  /** coefficients of phi': sqrt(k + 1) a_{k+1} / sqrt(q) */
  readonly slopes: Float64Array;
  readonly terms: number;
  /** rest[m] = sum of values[k]^2 over k >= m, length terms + 1: what a pair adds up once c^k has died out */
  readonly rest: Float64Array;
  /** the same of slopes */
  readonly slopeRest: Float64Array;
  /** For odd phi - phi(0): the odd coefficients alone and the slopes between them, so that a pair costs half. */
  readonly odd: {
    readonly values: Float64Array;
    readonly slopes: Float64Array;
    readonly rest: Float64Array;
    readonly slopeRest: Float64Array;
  } | null;
  /** E[(phi - phi(0))^2] by the same quadrature */
  readonly spread: number;
  /** E phi^2 */
  readonly second: number;
  /** E phi'^2, NaN when phi' is not known */
  readonly derivativeSecond: number;
  /** E phi'(x) phi'(-x), NaN when phi' is not known: slopes of even k against those of odd k */
  readonly mirroredSlopes: number;
  /** E phi'^2, from the slopes when phi' is not known */
  readonly slopeSecond: number;
  /** what the truncation leaves out of `spread` and of `derivativeSecond`, relative to them */
  readonly tail: number;
  readonly derivativeTail: number;
}

const ORDER = 32;
const LEGENDRE_TAIL = 4; // highest Legendre coefficients that must have died out on a panel
// rounding of the samples alone leaves 1e-15; a product with he_k decays further before degree 63
const RESOLVED = 3e-14;
// a term of the series of Dd near c = 1 against its sum: some four such terms follow
const CURVATURE = 0.25;
const MAX_DEPTH = 12; // panels of 0.01 at the least: phi is then as good as undeclared broken
const legendre = gaussLegendre(ORDER);
const tailPolynomials = legendreTail(ORDER, LEGENDRE_TAIL);

/** Nodes and weights on [0, reach]; f is sampled at +-z. */
interface HalfLineRule {
  readonly z: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Composite Gauss-Legendre panels on which both f(z) e^{-z^2/4} and f(-z) e^{-z^2/4} are polynomials of degree 31 to
 * rounding, no wider than `width`.
 */
function halfLineRule(f: (z: number) => number, breakPoints: readonly number[], width: number): HalfLineRule {
  let peak = 0;
  let reach = 8;
  for (let z = 0.05; z <= 37; z += 0.25) {
    const size = (Math.abs(f(z)) + Math.abs(f(-z))) * Math.exp(-0.25 * z * z);
    if (!(size < Number.POSITIVE_INFINITY)) break;
    peak = Math.max(peak, size);
    if (size > 1e-18 * peak) reach = Math.max(reach, z + 0.5);
  }
  const edges = [0, ...new Set(breakPoints.map(Math.abs).filter((x) => x > 0 && x < reach)), reach].sort(
    (x, y) => x - y,
  );
  const z: number[] = [];
  const weight: number[] = [];
  const samples = new Float64Array(ORDER);
  const resolved = (left: number, right: number): boolean => {
    const half = (right - left) / 2;
    const mid = (left + right) / 2;
    for (const side of [1, -1]) {
      for (let i = 0; i < ORDER; i++) {
        const x = mid + half * legendre.nodes[i]!;
        samples[i] = f(side * x) * Math.exp(-0.25 * x * x);
      }
      for (const row of tailPolynomials) {
        let sum = 0;
        for (let i = 0; i < ORDER; i++) sum += row[i]! * samples[i]!;
        if (Math.abs(sum) > RESOLVED * peak) return false;
      }
    }
    return true;
  };
  const place = (left: number, right: number, depth: number): void => {
    if (depth < MAX_DEPTH && (right - left > width || !resolved(left, right))) {
      const mid = (left + right) / 2;
      place(left, mid, depth + 1);
      place(mid, right, depth + 1);
      return;
    }
    const half = (right - left) / 2;
    for (let i = 0; i < ORDER; i++) {
      z.push((left + right) / 2 + half * legendre.nodes[i]!);
      weight.push(half * legendre.weights[i]!);
    }
  };
  for (let i = 0; i + 1 < edges.length; i++) place(edges[i]!, edges[i + 1]!, 0);
  return { z: Float64Array.from(z), weight: Float64Array.from(weight) };
}

export interface ExpansionOptions {
  readonly maxTerms: number;
  readonly tolerance: number;
  /** Goes on to this many terms even if fewer would do. */
  readonly minTerms?: number;
}

/**
 * Expands phi(sqrt(q) z) until the Parseval remainders of phi and of phi' are below `tolerance`, relative to
 * E[(phi - phi(0))^2] and E phi'^2, or `maxTerms` are used (then `tail`, `derivativeTail` say what is missing).
 */
export function hermiteExpansion(
  a: Activation,
  q: number,
  { maxTerms, tolerance, minTerms = 1 }: ExpansionOptions,
): HermiteExpansion {
  const centre = a.value(0);
  if (q === 0) return atZero(a, centre);
  for (let cap = Math.min(Math.max(96, minTerms), maxTerms); ; cap = Math.min(4 * cap, maxTerms)) {
    const expansion = expandWith(a, q, centre, cap, minTerms, tolerance);
    const done = expansion.tail <= tolerance && !(expansion.derivativeTail > tolerance);
    if (done || cap >= maxTerms) return expansion;
  }
}

function atZero(a: Activation, centre: number): HermiteExpansion {
  const values = new Float64Array(1);
  const slopes = new Float64Array(1);
  const { derivative } = a;
  const TINY = 1e-200;
  // without phi' the slope at 0 comes from a difference, exact to about 1e-10 for a smooth phi
  slopes[0] =
    derivative !== null
      ? 0.5 * (derivative(TINY) + derivative(-TINY))
      : a.breakPoints.some((b) => b.order === 0 && b.at === 0)
        ? Number.NaN
        : centralSlope(a.value);
  const derivativeSecond = derivative === null ? slopes[0]! ** 2 : derivativeSecondMoment(a, 0);
  return {
    q: 0,
    centre,
    values,
    slopes,
    terms: 1,
    rest: new Float64Array(2),
    slopeRest: restOf(slopes),
    odd: null,
    spread: 0,
    second: centre * centre,
    derivativeSecond,
    mirroredSlopes: derivative === null ? slopes[0]! ** 2 : derivative(TINY) * derivative(-TINY),
    slopeSecond: derivativeSecond,
    tail: 0,
    derivativeTail: 0,
  };
}

function centralSlope(f: (x: number) => number): number {
  const h = 2 ** -10;
  const difference = (step: number) => (f(step) - f(-step)) / (2 * step);
  return (4 * difference(h / 2) - difference(h)) / 3;
}

function expandWith(
  a: Activation,
  q: number,
  centre: number,
  cap: number,
  minTerms: number,
  tolerance: number,
): HermiteExpansion {
  const s = Math.sqrt(q);
  // he_k oscillates with wave number sqrt(k): 32 points carry a phase of 18 across a panel to rounding
  const { z, weight } = halfLineRule(
    (x) => a.value(s * x) - centre,
    a.breakPoints.map((b) => b.at / s),
    18 / Math.sqrt(cap),
  );
  const n = z.length;
  const even = new Float64Array(n);
  const odd = new Float64Array(n);
  const previous = new Float64Array(n);
  const current = new Float64Array(n);
  let spread = 0;
  let second = 0;
  let slopeSquare = 0;
  let mirrored = 0;
  const { derivative } = a;
  for (let i = 0; i < n; i++) {
    const x = z[i]!;
    const root = Math.exp(-0.25 * x * x) * 0.6316187777460647; // sqrt of the density, (2 pi)^{-1/4}
    const plus = a.value(s * x);
    const minus = a.value(-s * x);
    const up = plus - centre;
    const down = minus - centre;
    const w = weight[i]! * root;
    even[i] = w * (up + down);
    odd[i] = w * (up - down);
    current[i] = root;
    spread += w * root * (up * up + down * down);
    second += w * root * (plus * plus + minus * minus);
    if (derivative !== null) {
      const [right, left] = [derivative(s * x), derivative(-s * x)];
      slopeSquare += w * root * (right * right + left * left);
      mirrored += 2 * w * root * right * left;
    }
  }
  const values = new Float64Array(cap);
  const pairOfSums = new Float64Array(2);
  let found = 0;
  let foundSlope = 0;
  let foundCurvature = 0;
  let terms = cap;
  let quiet = 0;
  for (let k = 0; k < cap; k++) {
    if (k % 2 === 0) projectTwo(even, odd, z, k, current, previous, pairOfSums);
    const sum = pairOfSums[k % 2]!;
    values[k] = sum;
    found += sum * sum;
    foundSlope += (k * sum * sum) / q;
    const left = spread - found;
    const leftSlope = derivative === null ? (k * sum * sum) / q : slopeSquare - foundSlope;
    // without phi' there is no Parseval sum to compare with: wait until the terms themselves have died out
    const scale = derivative === null ? foundSlope * 1e-3 : slopeSquare;
    // Dd near c = 1 is a sum of k a'_k^2: its terms must have died out too, down to rounding
    const curvature = (k * (k - 1) * sum * sum) / q;
    foundCurvature += curvature;
    const flat = curvature <= CURVATURE * tolerance * foundCurvature || curvature <= 1e-30 * foundSlope;
    quiet = left <= tolerance * spread && leftSlope <= tolerance * scale && flat ? quiet + 1 : 0;
    if (quiet >= 4 && k + 1 >= minTerms) {
      terms = k + 1;
      break;
    }
  }
  const slopes = new Float64Array(terms);
  for (let k = 0; k + 1 < terms; k++) slopes[k] = (Math.sqrt(k + 1) * values[k + 1]!) / s;
  const kept = values.slice(0, terms);
  const slopeRest = restOf(slopes);
  return {
    q,
    centre,
    values: kept,
    slopes,
    terms,
    rest: restOf(kept),
    slopeRest,
    odd: even.every((x) => x === 0) ? oddPart(kept, slopes) : null,
    spread,
    second,
    derivativeSecond: derivative === null ? Number.NaN : slopeSquare,
    mirroredSlopes: derivative === null ? Number.NaN : mirrored,
    slopeSecond: derivative === null ? slopeRest[0]! : slopeSquare,
    tail: spread > 0 ? Math.max(0, spread - found) / spread : 0,
    derivativeTail:
      derivative === null
        ? Number.NaN
        : slopeSquare > 0
          ? Math.max(0, slopeSquare - foundSlope) / slopeSquare
          : 0,
  };
}

/**
 * Sums of `even` times the polynomial in `current`, of even degree k, and of `odd` times the next one; both arrays move on by two degrees.
 * The hot loop, compiled by itself.
 */
function projectTwo(
  even: Float64Array,
  odd: Float64Array,
  z: Float64Array,
  k: number,
  current: Float64Array,
  previous: Float64Array,
  out: Float64Array,
): void {
  const [up, down] = [1 / Math.sqrt(k + 1), Math.sqrt(k / (k + 1))];
  const [up2, down2] = [1 / Math.sqrt(k + 2), Math.sqrt((k + 1) / (k + 2))];
  let [sum, next] = [0, 0];
  for (let i = 0; i < z.length; i++) {
    const x = z[i]!;
    const h = current[i]!;
    sum += even[i]! * h;
    const h1 = up * x * h - down * previous[i]!;
    next += odd[i]! * h1;
    current[i] = up2 * x * h1 - down2 * h;
    previous[i] = h1;
  }
  out[0] = sum;
  out[1] = next;
}

/** The expansion at variance q as a weighted sum of others (interpolation weights in the variance). */
export function combineExpansions(
  q: number,
  nodes: readonly HermiteExpansion[],
  weights: Float64Array,
): HermiteExpansion {
  const terms = nodes.reduce((most, e) => Math.max(most, e.terms), 0);
  const values = new Float64Array(terms);
  const slopes = new Float64Array(terms);
  let second = 0;
  let spread = 0;
  let derivativeSecond = 0;
  let mirroredSlopes = 0;
  nodes.forEach((e, a) => {
    const w = weights[a]!;
    for (let k = 0; k < e.terms; k++) {
      values[k] = values[k]! + w * e.values[k]!;
      slopes[k] = slopes[k]! + w * e.slopes[k]!;
    }
    second += w * e.second;
    spread += w * e.spread;
    derivativeSecond += w * e.derivativeSecond;
    mirroredSlopes += w * e.mirroredSlopes;
  });
  const slopeRest = restOf(slopes);
  return {
    q,
    centre: nodes[0]!.centre,
    values,
    slopes,
    terms,
    rest: restOf(values),
    slopeRest,
    odd: nodes.every((e) => e.odd !== null) ? oddPart(values, slopes) : null,
    spread,
    second,
    derivativeSecond,
    mirroredSlopes,
    slopeSecond: Number.isNaN(derivativeSecond) ? slopeRest[0]! : derivativeSecond,
    tail: nodes.reduce((most, e) => Math.max(most, e.tail), 0),
    derivativeTail: nodes.reduce((most, e) => Math.max(most, e.derivativeTail), 0),
  };
}

function oddPart(values: Float64Array, slopes: Float64Array): NonNullable<HermiteExpansion["odd"]> {
  const kept = values.filter((_, k) => k % 2 === 1);
  // as many slopes as values: slope k belongs to value k + 1
  const keptSlopes = slopes.filter((_, k) => k % 2 === 0).slice(0, kept.length);
  return { values: kept, slopes: keptSlopes, rest: restOf(kept), slopeRest: restOf(keptSlopes) };
}

function restOf(values: Float64Array): Float64Array {
  const rest = new Float64Array(values.length + 1);
  for (let k = values.length - 1; k >= 0; k--) rest[k] = rest[k + 1]! + values[k]! * values[k]!;
  return rest;
}
