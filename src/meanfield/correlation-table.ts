/**
 * Fixed points of the correlation map for many (q, sigma_w^2) at once.
 *
 * With m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), the mean squared gain of differences, the fixed point
 * equation 1 - C(c) = 1 - c at q = q* reads sigma_w^2 m(q*, c) = 1 and biases drop out. m is smooth in
 * theta = acos c, for activations with kinks too, and in log q: it is tabulated at Chebyshev points in theta over
 * [0, pi / 2], where every stable fixed point lies, and equidistant log q.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { firstNode, type LogGrid, lagrangeWeights } from "./moment-table.js";
import { meanSquaredSlope, pairMoments } from "./moments.js";

const POINTS = 6;
const STEP = 0.06;
/** Chebyshev degree in theta. */
const DEGREE = 40;
const HALF_PI = Math.PI / 2;

/** A fixed point of the tabulated map. */
export interface TabulatedFixedPoint {
  readonly deficit: number;
  /** sigma_w^2 E[phi'(u) phi'(v)] there */
  readonly slope: number;
}

/** Solves sigma_w^2 m(q, c) = 1 for c; null where there is no c < 1 (ordered and critical layers). */
export type CorrelationSolver = (q: number, weightVariance: number) => TabulatedFixedPoint | null;

/** A solver for q in [least, greatest]. */
export function tabulateCorrelations(
  activation: Activation,
  least: number,
  greatest: number,
): CorrelationSolver {
  const logStart = Math.log(least) - STEP;
  const count = Math.max(POINTS, Math.ceil((Math.log(greatest) - logStart) / STEP) + 2);
  const grid: LogGrid = { logStart, step: STEP, count };
  const terms = DEGREE + 1;
  const series = new Float64Array(count * terms); // [q node, Chebyshev coefficient]
  const pair = pairMoments(activation);
  const out = new Float64Array(3);
  const samples = new Float64Array(terms);
  for (let i = 0; i < count; i++) {
    const q = Math.exp(logStart + i * STEP);
    samples[DEGREE] = meanSquaredSlope(activation, q);
    for (let j = 0; j < DEGREE; j++) {
      const theta = (HALF_PI / 2) * (1 + Math.cos((Math.PI * j) / DEGREE));
      const half = Math.sin(theta / 2);
      const deficit = 2 * half * half;
      pair(q, q, q * Math.cos(theta), q * deficit, out);
      samples[j] = out[2]! / (q * deficit);
    }
    chebyshevCoefficients(samples, series.subarray(i * terms, (i + 1) * terms));
  }

  const value = new Float64Array(POINTS);
  const slope = new Float64Array(POINTS);
  const at = new Float64Array(terms);
  const sums = new Float64Array(2);
  return (q, weightVariance) => {
    const first = firstNode(grid, Math.log(q));
    lagrangeWeights((Math.log(q) - logStart) / STEP - first, value, slope);
    at.fill(0);
    for (let i = 0; i < POINTS; i++) {
      const weight = value[i]!;
      const row = (first + i) * terms;
      for (let k = 0; k < terms; k++) at[k] = at[k]! + weight * series[row + k]!;
    }
    return solve(at, weightVariance, sums);
  };
}

/** Bisection safeguarded Newton in s = (4 theta / pi) - 1 on [-1, 1], where w m decreases. */
function solve(series: Float64Array, weightVariance: number, sums: Float64Array): TabulatedFixedPoint | null {
  clenshaw(series, -1, sums);
  if (!(weightVariance * sums[0]! > 1)) return null;
  let low = -1;
  let high = 1;
  let s = 0;
  clenshaw(series, 1, sums);
  if (weightVariance * sums[0]! >= 1) {
    // c* = 0 exactly for odd activations without biases; rounding may put it on the other side
    s = 1;
  } else {
    for (let step = 0; step < 60; step++) {
      clenshaw(series, s, sums);
      const gap = weightVariance * sums[0]! - 1;
      if (gap > 0) low = s;
      else high = s;
      let next = s - gap / (weightVariance * sums[1]!);
      if (!(next > low && next < high)) next = (low + high) / 2;
      const moved = Math.abs(next - s);
      s = next;
      if (moved <= 1e-15 || high - low <= 1e-15) break;
    }
    clenshaw(series, s, sums);
  }
  const theta = ((1 + s) * HALF_PI) / 2;
  const half = Math.sin(theta / 2);
  const deficit = 2 * half * half;
  // D = q (1 - c) m, so Td = dD / d(q (1 - c)) = m + (1 - c) (dm / dtheta) / sin theta
  const perTheta = (sums[1]! * 2) / HALF_PI;
  const td = sums[0]! + (theta > 0 ? (deficit / Math.sin(theta)) * perTheta : 0);
  return { deficit, slope: weightVariance * td };
}

/** Coefficients of the interpolant through samples at cos(pi j / n). */
function chebyshevCoefficients(samples: Float64Array, out: Float64Array): void {
  const n = samples.length - 1;
  for (let k = 0; k <= n; k++) {
    let sum = (samples[0]! + (k % 2 === 0 ? 1 : -1) * samples[n]!) / 2;
    for (let j = 1; j < n; j++) sum += samples[j]! * Math.cos((Math.PI * ((j * k) % (2 * n))) / n);
    out[k] = ((k === 0 || k === n ? 1 : 2) * sum) / n;
  }
}

/** Value and derivative of a Chebyshev series at x. */
function clenshaw(series: Float64Array, x: number, out: Float64Array): void {
  let b1 = 0;
  let b2 = 0;
  let d1 = 0;
  let d2 = 0;
  for (let k = series.length - 1; k >= 1; k--) {
    const d = 2 * x * d1 - d2 + 2 * b1;
    const b = 2 * x * b1 - b2 + series[k]!;
    d2 = d1;
    d1 = d;
    b2 = b1;
    b1 = b;
  }
  out[0] = x * b1 - b2 + series[0]!;
  out[1] = x * d1 - d2 + b1;
}
