/**
 * Dual of an activation with kinks at one common variance: Mehler's series of what is left without the kinks.
 *
 * The Hermite coefficients of phi fall like those of its kinks, g(x) = sum_j J_j relu(x - x_j) with J_j the jumps of phi', once those
 * of everything smooth have died out. With b_k = a_k(q)^2 and kappa_k the coefficients of g,
 *
 *     D(c) = sum_k (b_k - kappa_k^2) (1 - c^k) + D_g(c),
 *
 * a series that ends where the smooth part ends, and the dual of a piecewise linear function. Dd is the same of the slopes.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import type { PairMap } from "../pair-map.js";
import { hermiteExpansion } from "./hermite-expansion.js";
import { type Kink, type KinkPairs, kinkPairs, kinkSquares, kinksOf } from "./kink-pairs.js";
import type { Samples } from "./maps.js";

/** Terms that are tried: a wave of frequency w at variance q needs some w^2 q and a few roots of it more. */
const TERMS = [128, 512, 2048, 8192, 16384];
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
  /** sum over k > j of b_k - kappa_k^2, and the same of the slopes: D and Dd are (1 - c) sum_j c^j of these, and what the kinks add */
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  readonly second: number;
  readonly slopeSecond: number;
  /** what the series misses of E phi^2 and E phi'^2, relative to them */
  readonly error: number;
}

function seriesOf(
  { activation }: Samples,
  q: number,
  kinks: readonly Kink[],
  pairs: KinkPairs,
  terms: number,
): KinkSeries {
  const expansion = hermiteExpansion(activation, q, { maxTerms: terms, minTerms: terms, tolerance: 0 });
  const { values: a, spread, second, derivativeSecond } = expansion;
  const rest = kinkSquares(kinks, terms).map((square, k) => (a[k] ?? 0) ** 2 - q * square);
  const values = new Float64Array(terms);
  const slopes = new Float64Array(terms);
  // smallest first
  let [sum, slopeSum] = [0, 0];
  for (let k = terms - 1; k >= 1; k--) {
    sum += rest[k]!;
    values[k - 1] = sum;
    // of the slopes it is those before that differ from c^k = 1
    slopes[k - 1] = slopeSum;
    slopeSum += (k * rest[k]!) / q;
  }
  const missing = Math.abs(spread - q * pairs.valueTotal - (sum + rest[0]!));
  const missingSlope = Math.abs(derivativeSecond - pairs.slopeTotal - slopeSum);
  return {
    values,
    slopes,
    second,
    slopeSecond: derivativeSecond,
    error: Math.max(missing / second, missingSlope / derivativeSecond),
  };
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
  for (const terms of TERMS) {
    const tried = seriesOf(samples, q, kinks, pairs, terms);
    // longer ones only gather rounding
    if (series !== null && series.error <= admitted && !(tried.error < series.error)) break;
    series = tried;
    if (series.error <= tolerance || (terms >= LONG && series.error <= admitted)) break;
  }
  if (series === null || !(series.error <= admitted)) return null;
  const { values, slopes, second, slopeSecond, error } = series;
  const filled = (like: Float64Array, value: number) => new Float64Array(like.length).fill(value);
  const ofKinks = { value: 0, slope: 0 };
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
      const deficit = Math.max(0, miss * powerSum(values, c) + q * ofKinks.value);
      out[0] = second - deficit;
      out[2] = deficit;
      const slopeDeficit = derivative ? Math.max(0, miss * powerSum(slopes, c) + ofKinks.slope) : Number.NaN;
      out[1] = slopeSecond - slopeDeficit;
      out[3] = slopeDeficit;
    },
  };
}
