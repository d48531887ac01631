/**
 * Fixed points of the correlation map for many (q, sigma_w^2) at once.
 *
 * With m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), the mean squared gain of differences, the fixed point
 * equation 1 - C(c) = 1 - c at q = q* reads sigma_w^2 m(q*, c) = 1 and biases drop out. m is smooth in
 * theta = acos c and in sqrt(q), for activations with kinks too: it is tabulated at Chebyshev points in theta over
 * [0, pi / 2], where every stable fixed point lies, and equidistant points of a coordinate that is sqrt(q) for small q,
 * log q in the middle and 1 / sqrt(q) for large q, where activations look more and more like their asymptotes. For
 * solving, the series are written out at equidistant theta: one point then needs a bisection over nodes and a few steps
 * on one polynomial.
 * @module
 */
import { type Activation, prepareDual } from "../activations/index.js";
import { breathe, type LongWork } from "../progress.js";
import {
  CENTRE,
  fitStencil,
  STENCIL,
  slopeAt,
  stencilOf,
  stencilWeights,
  valueAt,
} from "./local-polynomial.js";
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

/**
 * Solves sigma_w^2 m(q, c) = 1 for c; null where there is no c < 1 (ordered and critical layers). The next call reuses the
 * result.
 */
export type CorrelationSolver = (q: number, weightVariance: number) => TabulatedFixedPoint | null;

export interface CorrelationTable {
  readonly solve: CorrelationSolver;
  /** pairs (q, c) at which m was computed */
  readonly evaluations: number;
}

/** s = sqrt(q) where the coordinate turns from s to log s, and from log s to 1 / s. */
const [FIRST_TURN, SECOND_TURN] = [0.25, 3];

/** log((1 + s / a) / (1 + s / b)): like s for small s, down to 0, and bounded for large s. */
function coordinate(q: number): number {
  const s = Math.sqrt(q);
  return Math.log((1 + s / FIRST_TURN) / (1 + s / SECOND_TURN));
}

function atCoordinate(g: number): number {
  const ratio = Math.exp(g);
  return ((ratio - 1) / (1 / FIRST_TURN - ratio / SECOND_TURN)) ** 2;
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

const weights = new Float64Array(STENCIL);

/** First of the six q nodes around coordinate g; writes their weights. */
function stencilAround({ start, step, count }: GainTable, g: number): number {
  const position = (g - start) / step;
  const first = stencilOf(Math.floor(position), count);
  stencilWeights(position - first - CENTRE, weights);
  return first;
}

/** Writes the series at coordinate g. */
function interpolate(table: GainTable, g: number, out: Float64Array): void {
  const first = stencilAround(table, g);
  const { terms, series } = table;
  out.fill(0);
  for (let i = 0; i < STENCIL; i++) {
    const weight = weights[i]!;
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
): Promise<CorrelationTable> {
  const degree = degreeFor(activation, greatest);
  const start = coordinate(least);
  // one q alone still needs a stencil around it
  const length = Math.max(coordinate(greatest) - start, 1e-3 * start);
  const coarsest = Math.max(STENCIL - 1, Math.ceil(length / COARSEST_STEP));
  const known = new Map<number, Float64Array>();
  // positions are fractions of the length, so that refining keeps what was computed
  const seriesAt = async (fraction: number): Promise<Float64Array> => {
    let series = known.get(fraction);
    if (series === undefined) {
      series = gainSeries(activation, atCoordinate(start + fraction * length), degree);
      known.set(fraction, series);
      // without a closed form one node takes milliseconds
      if (activation.closedDual === null) await breathe(signal);
    }
    return series;
  };

  const at = new Float64Array(degree + 1);
  let table: GainTable;
  for (let cells = coarsest; ; cells *= 2) {
    const step = length / cells;
    const series = new Float64Array((cells + 1) * (degree + 1));
    for (let i = 0; i <= cells; i++) series.set(await seriesAt(i / cells), i * (degree + 1));
    table = { start, step, count: cells + 1, terms: degree + 1, series };
    if (step <= FINEST_STEP) break;
    let worst = 0;
    for (let probe = 0; probe < PROBES; probe++) {
      const cell = Math.floor(((cells - 1) * probe) / (PROBES - 1));
      const exact = await seriesAt((cell + 0.5) / cells);
      interpolate(table, start + (cell + 0.5) * step, at);
      let [difference, total] = [0, 0];
      for (let k = 0; k <= degree; k++) {
        difference += Math.abs(exact[k]! - at[k]!);
        total += Math.abs(exact[k]!);
      }
      worst = Math.max(worst, difference / total);
    }
    if (worst <= TABLE_TOLERANCE) break;
  }

  return gridSolver(table, known.size * (degree + 1));
}

/** Nodes in theta for each Chebyshev term: polynomials of degree 5 between them leave 1e-9 of what the series hold. */
const NODES_PER_TERM = 5;
const THETA_TOLERANCE = 1e-14;
const MOST_STEPS = 80;

function gridSolver(table: GainTable, evaluations: number): CorrelationTable {
  const { count, terms, series } = table;
  const cells = NODES_PER_TERM * terms;
  const nodes = cells + 1;
  const width = HALF_PI / cells;
  // [theta node, q node]: the six q nodes of a point lie side by side
  const grid = new Float64Array(nodes * count);
  for (let i = 0; i < count; i++) {
    const row = series.subarray(i * terms, (i + 1) * terms);
    for (let j = 0; j < nodes; j++) grid[j * count + i] = clenshaw(row, (2 * j) / cells - 1);
  }
  const gathered = new Float64Array(STENCIL);
  const polynomial = new Float64Array(STENCIL);
  let first = 0;
  /** m at theta node j for the q that the weights were made for */
  const gainAt = (j: number): number => {
    const at = j * count + first;
    return (
      weights[0]! * grid[at]! +
      weights[1]! * grid[at + 1]! +
      weights[2]! * grid[at + 2]! +
      weights[3]! * grid[at + 3]! +
      weights[4]! * grid[at + 4]! +
      weights[5]! * grid[at + 5]!
    );
  };
  const result = { deficit: 0, slope: 0 };
  const solve: CorrelationSolver = (q, weightVariance) => {
    first = stencilAround(table, coordinate(q));
    const target = 1 / weightVariance;
    if (!(gainAt(0) > target)) return null;
    // m falls with theta; c* = 0 exactly for odd activations without biases, which rounding may put on the other side
    let low = 0;
    let high = cells;
    const beyond = gainAt(cells) >= target;
    if (beyond) low = cells - 1;
    while (!beyond && high - low > 1) {
      const middle = (low + high) >> 1;
      if (gainAt(middle) > target) low = middle;
      else high = middle;
    }
    const stencil = stencilOf(low, nodes);
    for (let i = 0; i < STENCIL; i++) gathered[i] = gainAt(stencil + i);
    fitStencil(gathered, 0, polynomial, 0);
    let a = low - stencil - CENTRE;
    let b = a + 1;
    let x = beyond ? b : (a + b) / 2;
    for (let step = 0; !beyond && step < MOST_STEPS; step++) {
      const gap = valueAt(polynomial, 0, x) - target;
      if (gap > 0) a = x;
      else b = x;
      let next = x - gap / slopeAt(polynomial, 0, x);
      if (!(next >= a && next <= b)) next = (a + b) / 2;
      const moved = Math.abs(next - x);
      x = next;
      if (moved <= THETA_TOLERANCE * cells) break;
    }
    const theta = (x + CENTRE + stencil) * width;
    const half = Math.sin(theta / 2);
    result.deficit = 2 * half * half;
    // D = q (1 - c) m, so Td = dD / d(q (1 - c)) = m + tan(theta / 2) dm / dtheta
    const perTheta = slopeAt(polynomial, 0, x) / width;
    result.slope = weightVariance * (valueAt(polynomial, 0, x) + Math.tan(theta / 2) * perTheta);
    return result;
  };
  return { solve, evaluations };
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

/** A Chebyshev series at x. */
function clenshaw(series: Float64Array, x: number): number {
  let b1 = 0;
  let b2 = 0;
  for (let k = series.length - 1; k >= 1; k--) {
    const b = 2 * x * b1 - b2 + series[k]!;
    b2 = b1;
    b1 = b;
  }
  return x * b1 - b2 + series[0]!;
}
