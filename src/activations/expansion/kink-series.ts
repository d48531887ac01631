/**
 * Dual of an activation with kinks at one common variance: Mehler's series of what is left without the kinks.
 *
 * The Hermite coefficients of phi fall like those of its kinks, g(x) = sum_j J_j relu(x - x_j) with J_j the jumps of phi', once those
 * of everything smooth have died out. With b_k = a_k(q)^2 and kappa_k the coefficients of g,
 *
 *     D(c) = sum_k (b_k - kappa_k^2) (1 - c^k) + D_g(c),
 *
 * a series that ends where the smooth part ends, and the dual of a piecewise linear function. Dd is the same of the slopes. Where the
 * kinks are jumps of higher derivatives too, the series goes on like a power of k, which is summed as such.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import type { PairMap } from "../pair-map.js";
import { hermiteExpansion } from "./hermite-expansion.js";
import { type Kink, type KinkPairs, kinkPairs, kinkSquares, kinksOf } from "./kink-pairs.js";
import {
  type KinkTail,
  type ParityMasses,
  type TailedSeries,
  type TailSums,
  tailedSeries,
  tailSums,
} from "./kink-tail.js";
import type { Samples } from "./maps.js";

/** Terms that are tried, twice as many each time: a wave of frequency w at variance q needs some w^2 q and a few roots of it more. */
const [FEWEST, MOST] = [128, 32768];
/** Where more than this is not known, next to nothing is: four times as many terms are tried next. */
const FAR_OFF = 1e-4;
/** What a tail of powers leaves falls like this power of the number of terms at best: some series never get there. */
const FASTEST = 3.5;
/** Longer series than this are not tried for the sake of the last digits. */
const LONG = 2048;
/** What c^k may be when the sum ends. */
const DEAD = 1e-18;

/** sum_j c^j sums[j], for |c| <= 1. */
function powerSum(sums: Float64Array, c: number): number {
  let total = 0;
  let power = 1;
  for (let j = 0; j < sums.length && Math.abs(power) > DEAD; j++) {
    total += power * sums[j]!;
    power *= c;
  }
  return total;
}

interface KinkSeries {
  /** sum over k > j of b_k - kappa_k^2 up to the last term, and the same of the slopes: D and Dd are (1 - c) sum_j c^j of these, ... */
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  /** ... what the terms beyond add, and what the kinks add */
  readonly tail: KinkTail;
  readonly second: number;
  readonly slopeSecond: number;
  /** what is not known of E phi^2 and E phi'^2, relative to them */
  readonly error: number;
}

function seriesOf(
  { activation, tolerance }: Samples,
  q: number,
  kinks: readonly Kink[],
  pairs: KinkPairs,
  terms: number,
): KinkSeries {
  const expansion = hermiteExpansion(activation, q, { maxTerms: terms, minTerms: terms, tolerance: 0 });
  const { values: a, spread, second, derivativeSecond, mirroredSlopes } = expansion;
  const squares = kinkSquares(kinks, terms);
  const all = squares.map((square, k) => (a[k] ?? 0) ** 2 - q * square);
  // (-1)^(k-1) is c^(k-1) at c = -1
  const opposite = { value: 0, slope: 0 };
  pairs.at(Math.PI, opposite);
  const masses: ParityMasses = [
    0.5 * q * (derivativeSecond - mirroredSlopes - opposite.slope),
    0.5 * q * (derivativeSecond + mirroredSlopes - 2 * pairs.slopeTotal + opposite.slope),
  ];
  // what is missing of E phi^2 - phi(0)^2 is known to the rounding of E phi^2
  const missing = (found: number) => Math.abs(spread - q * pairs.valueTotal - found) / second;
  const slopeScale = 1 / (q * derivativeSecond);
  let { rest, tail }: TailedSeries = { rest: all, tail: [] };
  let [sum, slopeSum] = sums(all);
  let error = Math.max(missing(sum), Math.abs(masses[0] + masses[1] - slopeSum) * slopeScale);
  if (error > tolerance) {
    const sharp = kinks.every(({ at }) => at === 0);
    const tailed = tailedSeries(all, terms, masses, sharp);
    const changes = greatestChange(tailed, tailedSeries(all, terms / 2, masses, sharp));
    const beyond: TailSums = { value: 0, slope: 0 };
    tailSums(tailed.tail, 1, beyond);
    const miss = missing(sums(tailed.rest)[0] + beyond.value) + changes.value / second;
    const tailedError = Math.max(miss, changes.slope * slopeScale);
    if (tailedError < error) [error, rest, tail] = [tailedError, tailed.rest, tailed.tail];
  }
  const values = new Float64Array(terms);
  const slopes = new Float64Array(terms);
  // smallest first
  [sum, slopeSum] = [0, 0];
  for (let k = terms - 1; k >= 1; k--) {
    sum += rest[k]!;
    values[k - 1] = sum;
    // of the slopes it is those before that differ from c^k = 1
    slopes[k - 1] = slopeSum;
    slopeSum += (k * rest[k]!) / q;
  }
  return { values, slopes, tail, second, slopeSecond: derivativeSecond, error };
}

/** Sums of r_k and of k r_k. */
function sums(rest: Float64Array): [number, number] {
  let [sum, slopeSum] = [0, 0];
  for (let k = rest.length - 1; k >= 0; k--) {
    sum += rest[k]!;
    slopeSum += k * rest[k]!;
  }
  return [sum, slopeSum];
}

/** Deficits 1 - c over the number of terms at which two lengths are compared: where the last terms count, and those beyond. */
const COMPARED = [0.01, 0.1, 0.3, 1, 3, 10, 30, 100, 300];

/**
 * The largest change of the sums over r_k (1 - c^k) and k r_k (1 - c^(k-1)), c near 1 and near -1, where the series has half as many
 * terms: more than what it misses itself, since each doubling takes at least a factor of 2.8 from that.
 */
function greatestChange(long: TailedSeries, short: TailedSeries): TailSums {
  const worst: TailSums = { value: 0, slope: 0 };
  const one: TailSums = { value: 0, slope: 0 };
  const other: TailSums = { value: 0, slope: 0 };
  const terms = long.rest.length;
  const half = short.rest.length;
  for (const share of COMPARED) {
    const near = Math.min(1, share / terms);
    for (const miss of [near, 2 - near]) {
      tailSums(long.tail, miss, one);
      tailSums(short.tail, miss, other);
      const c = 1 - miss;
      // the short one begins to go over into its tail at a quarter
      const first = half / 4;
      let power = c ** (first - 1);
      let value = one.value - other.value;
      let slope = one.slope - other.slope;
      for (let k = first; k < terms; k++) {
        const change = long.rest[k]! - (k < half ? short.rest[k]! : 0);
        slope += k * change * (1 - power);
        power *= c;
        value += change * (1 - power);
      }
      worst.value = Math.max(worst.value, Math.abs(value));
      worst.slope = Math.max(worst.slope, Math.abs(slope));
    }
  }
  return worst;
}

/** Whether phi is continuous with breaks at some points. */
export function isKinked({ activation: { breakPoints, derivative } }: Samples): boolean {
  return derivative !== null && breakPoints.length > 0 && breakPoints.every(({ order }) => order >= 1);
}

/**
 * The pairs of one common variance q > 0; null where the series misses more than `admitted`: phi has jumps of higher derivatives that
 * count, breaks that are not declared, or oscillates faster than the longest series follows.
 */
export function kinkSeriesMap(samples: Samples, q: number, admitted: number): PairMap | null {
  const { activation, qRows, qCols, derivative, tolerance } = samples;
  const kinks = kinksOf(activation, Math.sqrt(q));
  const pairs = kinkPairs(kinks);
  let series: KinkSeries | null = null;
  for (let terms = FEWEST; terms <= MOST; terms *= 2) {
    const tried = seriesOf(samples, q, kinks, pairs, terms);
    // longer ones only gather rounding
    if (series !== null && series.error <= admitted && !(tried.error < series.error)) break;
    const falls = series !== null && tried.error < 0.7 * series.error;
    series = tried;
    if (falls && tried.error < FAR_OFF && tried.error > admitted * (MOST / terms) ** FASTEST) break;
    if (series.error <= tolerance || (terms >= LONG && series.error <= admitted)) break;
    if (series.error > FAR_OFF && terms < MOST / 2) terms *= 2;
  }
  if (series === null || !(series.error <= admitted)) return null;
  const { values, slopes, tail, second, slopeSecond, error } = series;
  const filled = (like: Float64Array, value: number) => new Float64Array(like.length).fill(value);
  const ofKinks = { value: 0, slope: 0 };
  const beyond: TailSums = { value: 0, slope: 0 };
  return {
    method: "table",
    errorBound: error,
    rowSecond: filled(qRows, second),
    colSecond: filled(qCols, second),
    rowDerivativeSecond: filled(qRows, derivative ? slopeSecond : Number.NaN),
    colDerivativeSecond: filled(qCols, derivative ? slopeSecond : Number.NaN),
    pair(_i, _j, k, d, out) {
      const miss = Math.min(2, gap(q, q, k, d) / q);
      const c = 1 - miss;
      pairs.at(angle(rootDeterminant(q, q, k, d), k), ofKinks);
      tailSums(tail, miss, beyond);
      const deficit = Math.max(0, miss * powerSum(values, c) + beyond.value + q * ofKinks.value);
      out[0] = second - deficit;
      out[2] = deficit;
      const slopeDeficit = derivative
        ? Math.max(0, miss * powerSum(slopes, c) + beyond.slope / q + ofKinks.slope)
        : Number.NaN;
      out[1] = slopeSecond - slopeDeficit;
      out[3] = slopeDeficit;
    },
  };
}
