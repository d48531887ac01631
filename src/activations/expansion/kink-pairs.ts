/**
 * Dual of a piecewise linear function: what the kinks of an activation alone give a pair of one common variance.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";
import type { Activation } from "../activation.js";

/** A jump of phi' by `jump` at `at` standard deviations. */
export interface Kink {
  readonly at: number;
  readonly jump: number;
}

const TINY = 1e-200;
/** Farther out the normal density is 0 in doubles. */
const FARTHEST = 38;

/** The kinks of phi, in units of the standard deviation. */
export function kinksOf({ breakPoints, derivative }: Activation, s: number): Kink[] {
  return breakPoints
    .filter(({ at, order }) => order === 1 && Math.abs(at) < FARTHEST * s)
    .map(({ at }) => {
      // one-sided limits: a declared point may be a few roundings off the real one
      const step = at === 0 ? TINY : 4 * Number.EPSILON * Math.abs(at);
      return { at: at / s, jump: derivative!(at + step) - derivative!(at - step) };
    });
}

/**
 * Squares of the Hermite coefficients of g(z) = sum_j J_j relu(z - t_j) from k = 2 on (those of 0 and 1 are left out):
 * kappa_k = sum_j J_j p(t_j) he_{k-2}(t_j) / sqrt(k (k - 1)), p the normal density, since g'' is a sum of deltas.
 */
export function kinkSquares(kinks: readonly Kink[], terms: number): Float64Array {
  const sums = new Float64Array(terms);
  for (const { at, jump } of kinks) {
    // he_k times the root of exp(-t^2 / 2) stays below 1
    const root = Math.exp(-0.25 * at * at);
    const factor = (jump * root) / Math.sqrt(2 * Math.PI);
    let [before, current] = [0, root];
    for (let k = 0; k + 2 < terms; k++) {
      sums[k + 2] = sums[k + 2]! + factor * current;
      const next = (at * current - Math.sqrt(k) * before) / Math.sqrt(k + 1);
      before = current;
      current = next;
    }
  }
  return sums.map((sum, k) => (k < 2 ? 0 : (sum * sum) / (k * (k - 1))));
}

const RULE = gaussLegendre(16);
/** Panels narrow by this factor towards 0 and pi, so that any two kinks are told apart on some of them. */
const RATIO = 2;
const PANELS = 24;

/** Edges from 0 to pi. */
function panelEdges(): Float64Array {
  const rising = Array.from({ length: PANELS }, (_, m) => (Math.PI / 2) * RATIO ** (m + 1 - PANELS));
  return Float64Array.from([
    0,
    ...rising,
    ...rising
      .slice(0, -1)
      .reverse()
      .map((x) => Math.PI - x),
    Math.PI,
  ]);
}

const EDGES = panelEdges();

/** Sums over k >= 2 of kappa_k^2 (1 - c^k) and of k kappa_k^2 (1 - c^(k - 1)) at c = cos(theta). */
export interface KinkPairs {
  at(theta: number, out: { value: number; slope: number }): void;
  /** their limits for a long series: the sums of kappa_k^2 and of k kappa_k^2 */
  readonly valueTotal: number;
  readonly slopeTotal: number;
}

/**
 * By Mehler sum_k k (k - 1) kappa_k^2 c^(k - 2) = sum_ij J_i J_j p(t_i, t_j; c), the density of a pair; integrated over the angle,
 * with W(a) = sum_ij J_i J_j exp(-(t_i^2 - 2 t_i t_j cos a + t_j^2) / (2 sin^2 a)),
 *
 *     slope(theta) = 1 / (2 pi) int_0^theta W(a) da
 *     value(theta) = slope(pi / 2) (1 - cos theta) - 1 / (2 pi) int_0^theta (cos a - cos theta) W(a) da,
 *
 * W smooth and 0 to all orders where different kinks come together. Relative error about 1e-14 (tested against sums).
 */
export function kinkPairs(kinks: readonly Kink[]): KinkPairs {
  const weightAt = (angle: number): number => {
    const half = Math.sin(angle / 2);
    const cosHalf = Math.cos(angle / 2);
    let sum = 0;
    for (let i = 0; i < kinks.length; i++) {
      const { at: t, jump } = kinks[i]!;
      for (let j = 0; j <= i; j++) {
        const { at: u, jump: other } = kinks[j]!;
        // (t - u)^2 / (8 sin^2(a/2)) + (t + u)^2 / (8 cos^2(a/2)), each half of the exponent's two squares
        const apart = t === u ? 0 : (t - u) / half;
        const together = t === -u ? 0 : (t + u) / cosHalf;
        sum += (i === j ? 1 : 2) * jump * other * Math.exp(-(apart * apart + together * together) / 8);
      }
    }
    return sum / (2 * Math.PI);
  };
  const { nodes, weights } = RULE;
  // integrals of W and of (1 - cos a) W up to each edge
  const whole = new Float64Array(EDGES.length);
  const versed = new Float64Array(EDGES.length);
  const panel = (left: number, right: number): readonly [number, number] => {
    const width = right - left;
    let [sum, moment] = [0, 0];
    for (let i = 0; i < nodes.length; i++) {
      const angle = left + (width * (1 + nodes[i]!)) / 2;
      const w = (width / 2) * weights[i]! * weightAt(angle);
      const half = Math.sin(angle / 2);
      sum += w;
      moment += 2 * half * half * w;
    }
    return [sum, moment];
  };
  for (let e = 1; e < EDGES.length; e++) {
    const [sum, moment] = panel(EDGES[e - 1]!, EDGES[e]!);
    whole[e] = whole[e - 1]! + sum;
    versed[e] = versed[e - 1]! + moment;
  }
  const slopeTotal = whole[PANELS]!;
  const at = (theta: number, out: { value: number; slope: number }): void => {
    let e = 0;
    while (e + 2 < EDGES.length && EDGES[e + 1]! <= theta) e++;
    const [sum, moment] = panel(EDGES[e]!, theta);
    const half = Math.sin(theta / 2);
    const miss = 2 * half * half;
    out.slope = whole[e]! + sum;
    // cos a - cos theta = (1 - cos theta) - (1 - cos a)
    out.value = miss * (slopeTotal - out.slope) + versed[e]! + moment;
  };
  const right = { value: 0, slope: 0 };
  at(Math.PI / 2, right);
  return { at, valueTotal: right.value, slopeTotal };
}
