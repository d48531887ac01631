/**
 * Fixed points of the correlation map for many (q, sigma_w^2) at once.
 *
 * With m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), the mean squared gain of differences, the fixed point
 * equation 1 - C(c) = 1 - c at q = q* reads sigma_w^2 m(q*, c) = 1 and biases drop out. m is smooth in
 * theta = acos c and in sqrt(q), for activations with kinks too: it is computed at Chebyshev points in theta over
 * [0, pi / 2], where every stable fixed point lies, and in a coordinate that is sqrt(q) for small q, log q in the middle
 * and 1 / sqrt(q) for large q, where activations look more and more like their asymptotes. For solving, the series are
 * written out at equidistant points of both: one fixed point then needs a search among nodes, which starts where the
 * last one was found, and a few steps on one polynomial.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { isForetrainError } from "../errors.js";
import { chebyshevCoefficients, chebyshevValue } from "../numeric/chebyshev-series.js";
import { breathe, type LongWork } from "../progress.js";
import { type GainSampler, gainSampler } from "./correlation-gain.js";
import {
  CENTRE,
  fitStencil,
  STENCIL,
  slopeAt,
  stencilOf,
  stencilWeights,
  valueAt,
} from "./local-polynomial.js";
import { isUnsettled, settledOr } from "./moments.js";

/** Error of m that the tables may leave, relative to m(q, 1). c* loses a digit or two of it. */
const TABLE_TOLERANCE = 1e-8;
/** Last coefficients, relative to all, of a series of the greatest degree that still leaves c* its six digits. */
const ADMITTED = 1e-7;
const LEAST_DEGREE = 24;
const GREATEST_DEGREE = 192;
/** Chebyshev degrees in the coordinate of q: each keeps the points of the one before. */
const [LEAST_Q_DEGREE, GREATEST_Q_DEGREE] = [16, 128];
/** Ranges of the coordinate that are shorter than this, those of one q among them, may do with half the least degree. */
const SHORT_RANGE = 0.01;
/** Last coefficients of a series that must have died out. */
const TAIL = 4;
/** Distance of the written out nodes in the coordinate of q: polynomials of degree 5 between them leave 1e-10. */
const Q_STEP = 0.0125;
/** Nodes in theta for each Chebyshev term: polynomials of degree 5 between them leave 1e-9 of what the series hold. */
const NODES_PER_TERM = 5;
const THETA_TOLERANCE = 1e-14;
const MOST_STEPS = 80;
/** Milliseconds of work between two chances for timers and cancellation. */
const BREATH = 20;
const HALF_PI = Math.PI / 2;

/** A fixed point of the tabulated map. */
export interface TabulatedFixedPoint {
  deficit: number;
  /** sigma_w^2 E[phi'(u) phi'(v)] there */
  slope: number;
}

export interface CorrelationTable {
  /**
   * Solves sigma_w^2 m(q, c) = 1 for c; false where there is no c < 1 (ordered and critical layers). Neighbours in
   * the plane one after the other are found fastest.
   */
  readonly solve: (q: number, weightVariance: number, out: TabulatedFixedPoint) => boolean;
  /** pairs (q, c) at which m was computed */
  readonly evaluations: number;
  /** values of m that the solutions so far took from the table */
  readonly lookups: () => number;
  /** the greatest q that the table has: beyond, m is not settled */
  readonly greatest: number;
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

/** Sum of the sizes of coefficients: no value of the series is greater. */
function size(coefficients: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) sum += Math.abs(coefficients[k]!);
  return sum;
}

const tailShare = (coefficients: Float64Array): number =>
  size(coefficients.subarray(-TAIL)) / size(coefficients);

const hasDiedOut = (coefficients: Float64Array): boolean => tailShare(coefficients) <= TABLE_TOLERANCE * 1e-2;

/** m as a series in theta at equidistant coordinates of q. */
interface GainTable {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly terms: number;
  /** [q node, Chebyshev coefficient in theta] */
  readonly series: Float64Array;
}

/**
 * A solver for q from `least` to `greatest`, or to where m is no longer settled (expectations that are not, or series in theta that do
 * not end). The degrees in theta and in the coordinate of q are raised until the series have died out. Null where m is settled nowhere.
 */
export async function tabulateCorrelations(
  activation: Activation,
  least: number,
  greatest: number,
  { signal }: Pick<LongWork, "signal"> = {},
): Promise<CorrelationTable | null> {
  const sampler = gainSampler(activation);
  const top = await greatestSettled(sampler, least, greatest, signal);
  if (top === null) return null;
  try {
    return await tableUpTo(sampler, least, top, signal);
  } catch (error) {
    const q = isUnsettled(error) && isForetrainError(error) ? error.details["q"] : null;
    // not settled in the middle: what lies below may be
    if (typeof q !== "number" || !(q > least && q < top.q)) throw error;
    return tabulateCorrelations(activation, least, between(least, q), { signal });
  }
}

/** Half way in the coordinate. */
const between = (low: number, high: number) => atCoordinate((coordinate(low) + coordinate(high)) / 2);

/** A q at which m is settled, and the degree in theta that it takes there. */
interface Settled {
  readonly q: number;
  readonly degree: number;
}

/** Steps in which the greatest q is looked for: of a part of the range each half as wide as the one before. */
const MOST_HALVINGS = 5;

async function greatestSettled(
  sampler: GainSampler,
  least: number,
  greatest: number,
  signal: AbortSignal | undefined,
): Promise<Settled | null> {
  const at = async (q: number): Promise<Settled | null> => {
    await breathe(signal);
    const degree = settledOr(null, () => degreeAt(sampler, q));
    return degree === null ? null : { q, degree };
  };
  // the largest q bends most
  const whole = await at(greatest);
  if (whole !== null || !(greatest > least)) return whole;
  let best = await at(least);
  if (best === null) return null;
  let [low, high] = [least, greatest];
  for (let halving = 0; halving < MOST_HALVINGS; halving++) {
    const middle = await at(between(low, high));
    if (middle === null) high = between(low, high);
    else {
      low = middle.q;
      best = middle;
    }
  }
  return best;
}

/** The degree at which the series in theta has died out, or nearly so at the greatest one; null: it does not. */
function degreeAt(sampler: GainSampler, q: number): number | null {
  for (let degree = LEAST_DEGREE; ; degree *= 2) {
    const series = chebyshevCoefficients(sampler(q, degree));
    if (hasDiedOut(series)) return degree;
    if (degree >= GREATEST_DEGREE) return tailShare(series) <= ADMITTED ? degree : null;
  }
}

async function tableUpTo(
  sampler: GainSampler,
  least: number,
  { q: greatest, degree }: Settled,
  signal: AbortSignal | undefined,
): Promise<CorrelationTable> {
  const terms = degree + 1;
  const start = coordinate(least);
  // one q alone still needs a stencil around it
  const length = Math.max(coordinate(greatest) - start, 1e-3 * start);
  // by their place among the points of the highest degree, which hold those of all others
  const known = new Map<number, Float64Array>();
  let last = performance.now();
  const seriesAt = async (place: number): Promise<Float64Array> => {
    let series = known.get(place);
    if (series === undefined) {
      const fraction = (1 + Math.cos((Math.PI * place) / GREATEST_Q_DEGREE)) / 2;
      series = chebyshevCoefficients(sampler(atCoordinate(start + fraction * length), degree));
      known.set(place, series);
      if (performance.now() - last > BREATH) {
        await breathe(signal);
        last = performance.now();
      }
    }
    return series;
  };

  let ofQ: Float64Array[] = [];
  const leastCells = length < SHORT_RANGE ? LEAST_Q_DEGREE / 2 : LEAST_Q_DEGREE;
  for (let cells = leastCells; ; cells *= 2) {
    const rows: Float64Array[] = [];
    for (let j = 0; j <= cells; j++) rows.push(await seriesAt((j * GREATEST_Q_DEGREE) / cells));
    // for every coefficient in theta its series in the coordinate of q
    ofQ = Array.from({ length: terms }, (_, k) =>
      chebyshevCoefficients(Float64Array.from(rows, (row) => row[k]!)),
    );
    let tail = 0;
    for (const series of ofQ) for (const last of series.subarray(-TAIL)) tail += Math.abs(last);
    // where m falls with q by orders of magnitude, its digits count at the smallest one too
    const smallest = Math.min(...rows.map(size));
    if (tail <= TABLE_TOLERANCE * smallest || cells >= GREATEST_Q_DEGREE) break;
  }
  const count = Math.max(STENCIL, Math.ceil(length / Q_STEP) + 1);
  const step = length / (count - 1);
  const series = new Float64Array(count * terms);
  for (let k = 0; k < terms; k++) {
    const of = ofQ[k]!;
    for (let i = 0; i < count; i++) {
      series[i * terms + k] = chebyshevValue(of, 0, of.length, (2 * i) / (count - 1) - 1);
    }
  }
  return gridSolver({ start, step, count, terms, series }, known.size * terms, greatest);
}

/** m at equidistant theta and coordinates of q. */
function writeOut({ count, terms, series }: GainTable, cells: number): Float64Array {
  // [theta node, q node]: the six q nodes of a point lie side by side
  const grid = new Float64Array((cells + 1) * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= cells; j++) {
      grid[j * count + i] = chebyshevValue(series, i * terms, terms, (2 * j) / cells - 1);
    }
  }
  return grid;
}

/** Whether m falls with theta at every node of q: the search may then start anywhere. */
function fallsWithTheta(grid: Float64Array, count: number): boolean {
  for (let at = count; at < grid.length; at++) if (!(grid[at]! <= grid[at - count]!)) return false;
  return true;
}

function gridSolver(table: GainTable, evaluations: number, greatest: number): CorrelationTable {
  const { start, step, count, terms } = table;
  const cells = NODES_PER_TERM * terms;
  const nodes = cells + 1;
  const width = HALF_PI / cells;
  const grid = writeOut(table, cells);
  const falls = fallsWithTheta(grid, count);
  const weights = new Float64Array(STENCIL);
  const gathered = new Float64Array(STENCIL);
  const polynomial = new Float64Array(STENCIL);
  let first = 0;
  let lookups = 0;
  let hint = cells >> 1;
  /** m at theta node j for the q that the weights were made for */
  const gainAt = (j: number): number => {
    const at = j * count + first;
    lookups++;
    return (
      weights[0]! * grid[at]! +
      weights[1]! * grid[at + 1]! +
      weights[2]! * grid[at + 2]! +
      weights[3]! * grid[at + 3]! +
      weights[4]! * grid[at + 4]! +
      weights[5]! * grid[at + 5]!
    );
  };
  /** The cell with m > target at its left and m <= target at its right node, known to be there. */
  const cellOf = (target: number): number => {
    let low = 0;
    let high = cells;
    if (falls) {
      // from the last cell outwards, in growing strides
      let stride = 1;
      if (gainAt(hint) > target) {
        low = hint;
        while (low + stride < high && gainAt(low + stride) > target) {
          low += stride;
          stride *= 2;
        }
        high = Math.min(high, low + stride);
      } else {
        high = hint;
        while (high - stride > low && !(gainAt(high - stride) > target)) {
          high -= stride;
          stride *= 2;
        }
        low = Math.max(low, high - stride);
      }
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (gainAt(middle) > target) low = middle;
      else high = middle;
    }
    return low;
  };
  const solve = (q: number, weightVariance: number, out: TabulatedFixedPoint): boolean => {
    const position = (coordinate(q) - start) / step;
    first = stencilOf(Math.floor(position), count);
    stencilWeights(position - first - CENTRE, weights);
    const target = 1 / weightVariance;
    if (!(gainAt(0) > target)) return false;
    // c* = 0 exactly for odd activations without biases, which rounding may put on the other side
    const beyond = gainAt(cells) >= target;
    const low = beyond ? cells - 1 : cellOf(target);
    hint = Math.max(low, 1);
    const stencil = stencilOf(low, nodes);
    for (let i = 0; i < STENCIL; i++) gathered[i] = gainAt(stencil + i);
    fitStencil(gathered, 0, polynomial, 0);
    let a = low - stencil - CENTRE;
    let b = a + 1;
    let x = b;
    if (!beyond) {
      const [left, right] = [gathered[low - stencil]!, gathered[low - stencil + 1]!];
      x = a + (left - target) / (left - right);
      if (!(x >= a && x <= b)) x = (a + b) / 2;
      for (let step = 0; step < MOST_STEPS; step++) {
        const gap = valueAt(polynomial, 0, x) - target;
        if (gap > 0) a = x;
        else b = x;
        let next = x - gap / slopeAt(polynomial, 0, x);
        if (!(next >= a && next <= b)) next = (a + b) / 2;
        const moved = Math.abs(next - x);
        x = next;
        if (moved <= THETA_TOLERANCE * cells) break;
      }
    }
    const theta = (x + CENTRE + stencil) * width;
    const half = Math.sin(theta / 2);
    out.deficit = 2 * half * half;
    // D = q (1 - c) m, so Td = dD / d(q (1 - c)) = m + tan(theta / 2) dm / dtheta
    const perTheta = slopeAt(polynomial, 0, x) / width;
    out.slope = weightVariance * (valueAt(polynomial, 0, x) + Math.tan(theta / 2) * perTheta);
    return true;
  };
  return { solve, evaluations, lookups: () => lookups, greatest };
}
