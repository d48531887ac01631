/**
 * The ways to compute the duals of many pairs, each as a {@link PairMap}.
 * @module
 */
import type { Activation } from "../activation.js";
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import { derivativeSecondMoment, secondMoment } from "../moments.js";
import type { ExpansionShare, PairMap } from "../pair-map.js";
import { angleSeries, evaluateAngleSeries } from "./angle-series.js";
import { equalVariancePair, equalVarianceTable } from "./equal-variance.js";
import { combineExpansions, type HermiteExpansion, hermiteExpansion } from "./hermite-expansion.js";
import { mehlerPair } from "./mehler.js";
import { nearSlopeDeficit } from "./near-slope-deficit.js";
import { averageSlope, radialMean, slopeSource, valueMean } from "./pair-means.js";
import { varianceNodeCount, varianceNodes, varianceWeights } from "./variance-table.js";

/** What a map is prepared for. */
export interface Samples {
  readonly activation: Activation;
  readonly qRows: Float64Array;
  readonly qCols: Float64Array;
  readonly derivative: boolean;
  readonly tolerance: number;
}

const MAX_TERMS = 24576; // 96 * 4^4: the last length that an expansion tries
export function varianceRange(
  qRows: Float64Array,
  qCols: Float64Array,
): { readonly low: number; readonly high: number; readonly distinct: number } {
  const all = new Set([...qRows, ...qCols]);
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const q of all) {
    low = Math.min(low, q);
    high = Math.max(high, q);
  }
  return { low, high, distinct: all.size };
}

/** Per-sample values computed once for each distinct variance. */
export function perSample<T>(
  samples: Samples,
  of: (q: number) => T,
): { readonly rows: T[]; readonly cols: T[] } {
  const known = new Map<number, T>();
  const get = (q: number): T => {
    let value = known.get(q);
    if (value === undefined) {
      value = of(q);
      known.set(q, value);
    }
    return value;
  };
  const rows = Array.from(samples.qRows, get);
  return { rows, cols: samples.qCols === samples.qRows ? rows : Array.from(samples.qCols, get) };
}

type Moments = Pick<PairMap, "rowSecond" | "colSecond" | "rowDerivativeSecond" | "colDerivativeSecond">;

export function moments(samples: Samples): Moments {
  const { activation, derivative } = samples;
  const second = perSample(samples, (q) => secondMoment(activation, q));
  const slope = perSample(samples, (q) => (derivative ? derivativeSecondMoment(activation, q) : Number.NaN));
  return {
    rowSecond: Float64Array.from(second.rows),
    colSecond: Float64Array.from(second.cols),
    rowDerivativeSecond: Float64Array.from(slope.rows),
    colDerivativeSecond: Float64Array.from(slope.cols),
  };
}

export function closedMap(samples: Samples): PairMap {
  const { qRows, qCols, derivative } = samples;
  const closed = samples.activation.closedDual!;
  const all = moments(samples);
  const { rowSecond, colSecond, rowDerivativeSecond, colDerivativeSecond } = all;
  const head = { method: "closed", errorBound: 0, ...all } as const;
  const { pairWithoutDeficit } = closed;
  if (pairWithoutDeficit === undefined) {
    return {
      ...head,
      pair(i, j, k, d, out) {
        closed.pair(qRows[i]!, qCols[j]!, k, d, out);
      },
    };
  }
  return {
    ...head,
    pair(i, j, k, d, out) {
      pairWithoutDeficit(qRows[i]!, qCols[j]!, k, d, out);
      const mean = 0.5 * (rowSecond[i]! + colSecond[j]!);
      const deficit = mean - out[0]!;
      const slopeMean = 0.5 * (rowDerivativeSecond[i]! + colDerivativeSecond[j]!);
      const slopeDeficit = slopeMean - out[1]!;
      // far pairs lose at most three bits of D and seven of Dd in the differences; near ones take the longer way
      if (deficit > 0.125 * mean && (!derivative || slopeDeficit > 0.01 * slopeMean)) {
        out[2] = deficit;
        out[3] = slopeDeficit;
      } else closed.pair(qRows[i]!, qCols[j]!, k, d, out);
    },
  };
}

/** Mehler's formula; null when a sample needs more than `limit` terms. */
export function shortMehlerMap(samples: Samples, limit: number): PairMap | null {
  return mehlerMap(samples, limit, true);
}

/** Mehler's formula with at most `limit` terms: `errorBound` says what is missing. */
export function longMehlerMap(samples: Samples, limit = MAX_TERMS): PairMap {
  return mehlerMap(samples, limit, false)!;
}

function mehlerMap(samples: Samples, limit: number, strict: boolean): PairMap | null {
  const { activation, qRows, qCols, derivative, tolerance } = samples;
  const options = { maxTerms: limit, tolerance: tolerance / 4 };
  const { high, distinct } = varianceRange(qRows, qCols);
  const low = [qRows, qCols].reduce(
    (least, q) => q.reduce((m, x) => (x > 0 ? Math.min(m, x) : m), least),
    high,
  );
  // The largest variance has the longest series. All others go to the same length: what a short series leaves out is
  // small in its own norm, but not against the coefficients that the long one still has there.
  const longest = hermiteExpansion(activation, high, options);
  let errorBound = 0;
  const admit = (e: HermiteExpansion): HermiteExpansion => {
    errorBound = Math.max(errorBound, e.tail, e.derivativeTail > 0 && derivative ? e.derivativeTail : 0);
    return e;
  };
  admit(longest);
  if (strict && errorBound > options.tolerance) return null;
  const fixed = { ...options, minTerms: longest.terms, maxTerms: longest.terms };
  const expand = (q: number): HermiteExpansion => admit(hermiteExpansion(activation, q, fixed));
  const count = low > 0 ? varianceNodeCount(Math.sqrt(low), Math.sqrt(high)) : Number.POSITIVE_INFINITY;
  const smooth = activation.breakPoints.length === 0;
  const interpolate = smooth && distinct > 2 * count ? interpolator(low, high, count, expand) : null;
  const usable = interpolate !== null && interpolate.error <= options.tolerance;
  const nodes: HermiteExpansion[] = usable ? [...interpolate.nodes] : [];
  const shares = perSample(samples, (q): ExpansionShare => {
    if (usable && q > 0) return interpolate.weights(q);
    return nodes.push(expand(q)) - 1;
  });
  if (usable) errorBound = Math.max(errorBound, interpolate.error);
  const slopeOf = (e: HermiteExpansion): number => {
    if (!derivative) return Number.NaN;
    if (activation.derivative !== null) return e.derivativeSecond;
    return e.slopes.reduce((sum, x) => sum + x * x, 0);
  };
  const mixed = (of: readonly ExpansionShare[], value: (e: HermiteExpansion) => number): Float64Array => {
    const values = nodes.map(value);
    return Float64Array.from(of, (share) =>
      typeof share === "number" ? values[share]! : share.reduce((sum, w, a) => sum + w * values[a]!, 0),
    );
  };
  // without phi' a mixture's own slopes have to be summed
  const slopeSecond = (of: readonly ExpansionShare[], q: Float64Array): Float64Array =>
    activation.derivative === null && derivative
      ? Float64Array.from(of, (_, i) => slopeOf(expansionOf(of, q, i)))
      : mixed(of, slopeOf);
  const known = new Map<ExpansionShare, HermiteExpansion>();
  const expansionOf = (of: readonly ExpansionShare[], q: Float64Array, i: number): HermiteExpansion => {
    const share = of[i]!;
    if (typeof share === "number") return nodes[share]!;
    let expansion = known.get(share);
    if (expansion === undefined) {
      expansion = combineExpansions(q[i]!, nodes.slice(0, share.length), share);
      known.set(share, expansion);
    }
    return expansion;
  };
  return {
    method: "mehler",
    errorBound,
    expansions: { nodes, rows: shares.rows, cols: shares.cols },
    rowSecond: mixed(shares.rows, (e) => e.second),
    colSecond: mixed(shares.cols, (e) => e.second),
    rowDerivativeSecond: slopeSecond(shares.rows, qRows),
    colDerivativeSecond: slopeSecond(shares.cols, qCols),
    pair(i, j, k, d, out) {
      mehlerPair(expansionOf(shares.rows, qRows, i), expansionOf(shares.cols, qCols, j), k, d, out);
    },
  };
}

/** Expansions of many variances from those of `count` nodes: the coefficients are analytic in log q. */
function interpolator(
  low: number,
  high: number,
  count: number,
  expand: (q: number) => HermiteExpansion,
): {
  readonly nodes: readonly HermiteExpansion[];
  readonly weights: (q: number) => Float64Array;
  readonly error: number;
} {
  const nodes = varianceNodes(Math.sqrt(low), Math.sqrt(high), count);
  const known = Array.from(nodes.nodes, (s) => expand(s * s));
  const weights = (q: number): Float64Array => varianceWeights(nodes, Math.sqrt(q));
  let error = 0;
  for (const x of [0.037, 0.523, 0.951]) {
    const exact = expand(low * (high / low) ** x);
    const near = combineExpansions(exact.q, known, weights(exact.q));
    // worst over c of the errors in T and Td of equal samples
    let miss = 0;
    let missSlope = 0;
    let slopes = 0;
    for (let k = 0; k < exact.terms; k++) {
      miss += Math.abs(near.values[k]! ** 2 - exact.values[k]! ** 2);
      missSlope += Math.abs(near.slopes[k]! ** 2 - exact.slopes[k]! ** 2);
      slopes += exact.slopes[k]! ** 2;
    }
    error = Math.max(error, miss / exact.spread, missSlope / slopes);
  }
  return { nodes: known, weights, error };
}

/**
 * How an error of Td, relative to `slopeSecond`, comes out in T = E phi^2 - s1 s2 (1 - c) mean Td, relative to E phi^2:
 * large for bounded phi at large variance.
 */
export function amplification({ activation, qRows, qCols }: Samples, slopeSecond: number): number {
  let worst = 0;
  for (const q of new Set([...qRows, ...qCols])) {
    if (q > 0) worst = Math.max(worst, (2 * q * slopeSecond) / secondMoment(activation, q));
  }
  return worst < Number.POSITIVE_INFINITY ? worst : 1;
}

/** What Td may miss so that T keeps the tolerance; not below what sums of squares can resolve. */
export function slopeTolerance(samples: Samples, high: number): number {
  const slopeSecond = derivativeSecondMoment(samples.activation, high);
  const factor = slopeSecond > 0 ? amplification(samples, slopeSecond) : 1;
  return Math.max(samples.tolerance / (4 * Math.max(1, factor)), Math.min(samples.tolerance / 4, 2e-14));
}

/** One common variance q > 0: series of Td in the angle. */
export function equalVarianceMap(samples: Samples, q: number): PairMap {
  const { activation, derivative } = samples;
  const s = Math.sqrt(q);
  const source = slopeSource(activation, slopeTolerance(samples, q), s);
  const table = equalVarianceTable(q, secondMoment(activation, q), source);
  // without phi' its second moment is the end of the series
  const slope =
    activation.derivative === null
      ? evaluateAngleSeries(table.slope, 0)
      : derivativeSecondMoment(activation, q);
  const { qRows, qCols } = samples;
  const filled = (like: Float64Array, value: number): Float64Array =>
    new Float64Array(like.length).fill(value);
  return {
    method: "table",
    errorBound: Math.max(1, amplification(samples, slope)) * (table.tail + source.error()),
    rowSecond: filled(qRows, table.second),
    colSecond: filled(qCols, table.second),
    rowDerivativeSecond: filled(qRows, derivative ? slope : Number.NaN),
    colDerivativeSecond: filled(qCols, derivative ? slope : Number.NaN),
    pair(_i, _j, k, d, out) {
      equalVariancePair(table, k, d, out);
    },
  };
}

/** One common variance, T alone: for functions that jump. */
export function valueSeriesMap(samples: Samples, q: number): PairMap {
  const { activation } = samples;
  const second = secondMoment(activation, q);
  const s = Math.sqrt(q);
  const value = valueMean(activation);
  const series = angleSeries((theta) => value.at(s, s, theta));
  return {
    method: "table",
    errorBound: series.tail + value.error(),
    ...moments(samples),
    pair(_i, _j, k, d, out) {
      const dual = evaluateAngleSeries(series.coefficients, angle(rootDeterminant(q, q, k, d), k));
      out[0] = dual;
      out[1] = Number.NaN;
      out[2] = Math.max(0, second - dual);
      out[3] = Number.NaN;
    },
  };
}

const SMALL_DEFICIT = 1e-2; // relative to the second moments: below it D and Dd are computed on their own

/** Quadrature of every pair. */
export function quadratureMap(samples: Samples): PairMap {
  const { activation, qRows, qCols, derivative, tolerance } = samples;
  const top = Math.sqrt(varianceRange(qRows, qCols).high);
  const source = derivative ? slopeSource(activation, tolerance / 4, top) : null;
  const value = valueMean(activation);
  // settles the rules for the largest variance, so that the error is known before the first pair
  value.at(top, top, 0.7);
  source?.slope(top, top, 0.7);
  const all = moments(samples);
  return {
    method: "quadrature",
    errorBound: Math.max(value.error(), source?.error() ?? 0),
    ...all,
    pair(i, j, k, d, out) {
      const q1 = qRows[i]!;
      const q2 = qCols[j]!;
      const theta = angle(rootDeterminant(q1, q2, k, d), k);
      const s1 = Math.sqrt(q1);
      const s2 = Math.sqrt(q2);
      const mean = 0.5 * (all.rowSecond[i]! + all.colSecond[j]!);
      const dual = value.at(s1, s2, theta);
      out[0] = dual;
      out[2] = Math.max(0, mean - dual);
      out[1] = Number.NaN;
      out[3] = Number.NaN;
      if (source === null) return;
      const slope = source.slope(s1, s2, theta);
      const slopeMean = 0.5 * (all.rowDerivativeSecond[i]! + all.colDerivativeSecond[j]!);
      out[1] = slope;
      out[3] = Math.max(0, slopeMean - slope);
      if (!(q1 > 0 && q2 > 0 && theta <= 1)) return;
      const difference = (q1 - q2) / (s1 + s2);
      const miss = gap(q1, q2, k, d);
      if (!(mean - dual > SMALL_DEFICIT * mean)) {
        const near = theta > 0 ? miss * averageSlope(source.slope, s1, s2, theta) : 0;
        out[2] = Math.max(0, radialMean(activation, s1, s2) * difference * difference + near);
      }
      if (!(slopeMean - slope > SMALL_DEFICIT * slopeMean)) {
        out[3] = nearSlopeDeficit(activation, source, s1, s2, difference, theta, miss / (s1 * s2));
      }
    },
  };
}
