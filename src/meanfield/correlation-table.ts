/**
 * Fixed points of the correlation map for many (q, sigma_w^2) at once.
 *
 * With m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), the mean squared gain of differences, the fixed point
 * equation 1 - C(c) = 1 - c at q = q* reads sigma_w^2 m(q*, c) = 1 and biases drop out. m is smooth in
 * theta = acos c, for activations with kinks too, and in log q: it is tabulated at Chebyshev points in theta over
 * [0, pi / 2], where every stable fixed point lies, and equidistant points of a coordinate that is log q for small q
 * and 1 / sqrt(q) for large q, where activations look more and more like their asymptotes.
 * @module
 */
import { type Activation, prepareDual } from "../activations/index.js";
import { breathe, type LongWork } from "../progress.js";
import { firstNode, INTERPOLATION_POINTS, lagrangeWeights } from "./moment-table.js";
import { meanSquaredSlope } from "./moments.js";

/** Of E[phi(u) phi(v)], relative to E[phi^2]: far below what the interpolation leaves. */
const DUAL_TOLERANCE = 1e-11;
/** Error of m that the tables may leave, relative to chi_1 / sigma_w^2. c* loses a digit or two of it. */
const TABLE_TOLERANCE = 1e-8;
const COARSEST_STEP = 0.2;
const FINEST_STEP = 0.0125;
const LEAST_DEGREE = 24;
const GREATEST_DEGREE = 192;
/** Places between nodes at which a table is compared with m itself. */
const PROBES = 5;
const HALF_PI = Math.PI / 2;

/** A fixed point of the tabulated map. */
export interface TabulatedFixedPoint {
  readonly deficit: number;
  /** sigma_w^2 E[phi'(u) phi'(v)] there */
  readonly slope: number;
}

/** Solves sigma_w^2 m(q, c) = 1 for c; null where there is no c < 1 (ordered and critical layers). */
export type CorrelationSolver = (q: number, weightVariance: number) => TabulatedFixedPoint | null;

/** Where the coordinate turns from log q to 1 / sqrt(q). */
const TURN = 10;

/** log q - 2 log(1 + sqrt(q / TURN)), bounded for large q. */
function coordinate(q: number): number {
  return Math.log(q) - 2 * Math.log1p(Math.sqrt(q / TURN));
}

function atCoordinate(g: number): number {
  const root = Math.exp(g / 2);
  return (root / (1 - root / Math.sqrt(TURN))) ** 2;
}

/** Chebyshev series of m in theta at one q. */
function gainSeries(activation: Activation, q: number, degree: number): Float64Array {
  const variance = Float64Array.of(q);
  const pair = prepareDual(activation, variance, variance, { derivative: false, tolerance: DUAL_TOLERANCE });
  const out = new Float64Array(4);
  const samples = new Float64Array(degree + 1);
  samples[degree] = meanSquaredSlope(activation, q);
  for (let j = 0; j < degree; j++) {
    const theta = (HALF_PI / 2) * (1 + Math.cos((Math.PI * j) / degree));
    const half = Math.sin(theta / 2);
    const deficit = 2 * half * half;
    pair.pair(0, 0, q * Math.cos(theta), q * deficit, out);
    samples[j] = out[2]! / (q * deficit);
  }
  return chebyshevCoefficients(samples);
}

/** The degree at which the last coefficients at `q` (the largest q bends most) have died out. */
function degreeFor(activation: Activation, q: number): number {
  for (let degree = LEAST_DEGREE; degree < GREATEST_DEGREE; degree *= 2) {
    const series = gainSeries(activation, q, degree);
    let total = 0;
    for (const coefficient of series) total += Math.abs(coefficient);
    const tail = Math.max(...series.subarray(degree - 3).map(Math.abs));
    if (tail <= TABLE_TOLERANCE * 1e-2 * total) return degree;
  }
  return GREATEST_DEGREE;
}

interface GainTable {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly terms: number;
  /** [q node, Chebyshev coefficient] */
  readonly series: Float64Array;
}

const value = new Float64Array(INTERPOLATION_POINTS);
const slope = new Float64Array(INTERPOLATION_POINTS);

/** Writes the series at coordinate g. */
function interpolate(table: GainTable, g: number, out: Float64Array): void {
  const first = firstNode(table, g);
  lagrangeWeights((g - table.start) / table.step - first, value, slope);
  const { terms, series } = table;
  out.fill(0);
  for (let i = 0; i < INTERPOLATION_POINTS; i++) {
    const weight = value[i]!;
    const row = (first + i) * terms;
    for (let k = 0; k < terms; k++) out[k] = out[k]! + weight * series[row + k]!;
  }
}

/**
 * A solver for q in [least, greatest]. The step in q and the degree in theta are refined until the table meets m
 * between its nodes.
 */
export async function tabulateCorrelations(
  activation: Activation,
  least: number,
  greatest: number,
  { signal }: Pick<LongWork, "signal"> = {},
): Promise<CorrelationSolver> {
  const degree = degreeFor(activation, greatest);
  const end = coordinate(greatest);
  const length = end - coordinate(least);
  const known = new Map<number, Float64Array>();
  // positions are counted down from the end in units of the finest step, so that refining keeps what was computed
  const seriesAt = async (units: number): Promise<Float64Array> => {
    let series = known.get(units);
    if (series === undefined) {
      series = gainSeries(activation, atCoordinate(end - units * (FINEST_STEP / 2)), degree);
      known.set(units, series);
      // without a closed form one node takes milliseconds
      if (activation.closedDual === null) await breathe(signal);
    }
    return series;
  };

  const at = new Float64Array(degree + 1);
  let table: GainTable;
  for (let step = COARSEST_STEP; ; step /= 2) {
    const units = Math.round((2 * step) / FINEST_STEP);
    const count = Math.max(INTERPOLATION_POINTS, Math.ceil(length / step) + 1);
    const series = new Float64Array(count * (degree + 1));
    for (let i = 0; i < count; i++) {
      series.set(await seriesAt((count - 1 - i) * units), i * (degree + 1));
    }
    table = { start: end - (count - 1) * step, step, count, terms: degree + 1, series };
    if (step <= FINEST_STEP) break;
    let worst = 0;
    for (let probe = 0; probe < PROBES; probe++) {
      const cell = Math.floor(((count - 2) * probe) / (PROBES - 1));
      const exact = await seriesAt(cell * units + units / 2);
      interpolate(table, end - (cell + 0.5) * step, at);
      let [difference, total] = [0, 0];
      for (let k = 0; k <= degree; k++) {
        difference += Math.abs(exact[k]! - at[k]!);
        total += Math.abs(exact[k]!);
      }
      worst = Math.max(worst, difference / total);
    }
    if (worst <= TABLE_TOLERANCE) break;
  }

  const sums = new Float64Array(2);
  return (q, weightVariance) => {
    interpolate(table, coordinate(q), at);
    return solve(at, weightVariance, sums);
  };
}

/** Newton safeguarded by bisection in s = (4 theta / pi) - 1 on [-1, 1], where w m decreases. */
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
      if (moved <= 1e-14 || high - low <= 1e-15) break;
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
function chebyshevCoefficients(samples: Float64Array): Float64Array {
  const n = samples.length - 1;
  const out = new Float64Array(n + 1);
  for (let k = 0; k <= n; k++) {
    let sum = (samples[0]! + (k % 2 === 0 ? 1 : -1) * samples[n]!) / 2;
    for (let j = 1; j < n; j++) sum += samples[j]! * Math.cos((Math.PI * ((j * k) % (2 * n))) / n);
    out[k] = ((k === 0 || k === n ? 1 : 2) * sum) / n;
  }
  return out;
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
