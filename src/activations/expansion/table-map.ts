/**
 * Pairs of different variances from a table over their range.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import type { PairMap } from "../pair-map.js";
import { angleSeries } from "./angle-series.js";
import {
  amplification,
  moments,
  perSample,
  quadratureMap,
  type Samples,
  slopeTolerance,
  varianceRange,
} from "./maps.js";
import { type PairAt, radialMean, slopeRadialMean, slopeSource } from "./pair-means.js";
import { pairSeries } from "./pair-series.js";
import {
  interpolatedSlope,
  settledNodeCount,
  type VarianceTable,
  varianceNodeCount,
  varianceTable,
  varianceWeights,
} from "./variance-table.js";

// the table over variances spans at most this ratio; samples below are computed one by one
const MAX_RATIO = 1e4;
const SMALL_DEFICIT = 1e-2; // relative to E phi'^2: below it Dd comes from its own table
const SETTLED = 3e-14; // of the coefficients in the angle and in the variance, relative to the largest value

/** Different variances: table over their range. Samples of (almost) zero variance go through quadrature. */
export function varianceTableMap(samples: Samples): PairMap {
  const { qRows, qCols } = samples;
  const { high } = varianceRange(qRows, qCols);
  let low = high;
  for (const values of [qRows, qCols])
    for (const q of values) if (q >= high / MAX_RATIO) low = Math.min(low, q);
  const { table, error, scale } = buildTable(samples, Math.sqrt(low), Math.sqrt(high));
  const all = moments(samples);
  const inside = (q: number): Float64Array | null => (q >= low ? varianceWeights(table, Math.sqrt(q)) : null);
  const weights = perSample(samples, inside);
  const outsiders = quadratureMap(samples);
  const series = pairSeries(table, weights.rows, weights.cols);
  return {
    method: "table",
    errorBound: Math.max(1, amplification(samples, scale)) * error,
    ...all,
    pair(i, j, k, d, out) {
      if (weights.rows[i] === null || weights.cols[j] === null) {
        outsiders.pair(i, j, k, d, out);
        return;
      }
      const q1 = qRows[i]!;
      const q2 = qCols[j]!;
      const theta = angle(rootDeterminant(q1, q2, k, d), k);
      series.evaluate(i, j, 1 - (2 / Math.PI) * theta);
      const { values } = series;
      const s1 = Math.sqrt(q1);
      const s2 = Math.sqrt(q2);
      const difference = (q1 - q2) / (s1 + s2);
      const miss = gap(q1, q2, k, d);
      const deficit = difference * difference * values[2]! + miss * values[1]!;
      out[0] = 0.5 * (all.rowSecond[i]! + all.colSecond[j]!) - deficit;
      out[1] = values[0]!;
      out[2] = Math.max(deficit, 0);
      const slopeMean = 0.5 * (all.rowDerivativeSecond[i]! + all.colDerivativeSecond[j]!);
      let slopeDeficit = slopeMean - values[0]!;
      if (slopeDeficit < SMALL_DEFICIT * slopeMean) {
        series.evaluateDrop(i, j, 1 - (2 / Math.PI) * theta);
        const measure = table.kinked ? theta : miss / (s1 * s2);
        slopeDeficit = difference * difference * values[1]! + measure * values[0]!;
      }
      out[3] = Math.max(slopeDeficit, 0);
    },
  };
}

function buildTable(
  samples: Samples,
  bottom: number,
  top: number,
): { readonly table: VarianceTable; readonly error: number; readonly scale: number } {
  const { activation, tolerance } = samples;
  const source = slopeSource(activation, slopeTolerance(samples, top * top), top);
  const scale = Math.abs(source.slope(top, top, 0));
  let angles = 9;
  for (const [s1, s2] of [
    [bottom, bottom],
    [top, top],
    [top, bottom],
  ] as const) {
    const { coefficients } = angleSeries((theta) => source.slope(s1, s2, theta), 256);
    let end = coefficients.length;
    while (end > 1 && Math.abs(coefficients[end - 1]!) <= SETTLED * scale) end--;
    angles = Math.max(angles, end);
  }
  const most = varianceNodeCount(bottom, top);
  let count = 4;
  for (const [other, theta] of [
    [bottom, 0.4],
    [top, 0.4],
    [top, 2.5],
  ] as const) {
    const f = (s: number) => source.slope(s, other, theta);
    count = Math.max(count, settledNodeCount(bottom, top, most, f, SETTLED));
  }
  const parts = {
    ...source,
    radial: (s1: number, s2: number) => radialMean(activation, s1, s2),
    slopeRadial: (s1: number, s2: number) => slopeRadialMean(activation, s1, s2),
  };
  let table = varianceTable(bottom, top, count, angles, parts);
  let miss = tableError(table, source.slope) / scale;
  if (miss > tolerance) {
    // less smooth in the variance than the count assumes (a steep or oscillating function of the user)
    table = varianceTable(bottom, top, 2 * Math.max(count, most), angles, parts);
    miss = tableError(table, source.slope) / scale;
  }
  return { table, error: source.error() + miss, scale };
}

/** Largest error of the interpolated Td at points that are no nodes. */
function tableError(table: VarianceTable, slope: PairAt): number {
  let worst = 0;
  for (const [x, y, t] of CHECK_POINTS) {
    const s1 = table.low * (table.high / table.low) ** x;
    const s2 = table.low * (table.high / table.low) ** y;
    worst = Math.max(worst, Math.abs(interpolatedSlope(table, s1, s2, t) - slope(s1, s2, t)));
  }
  return worst;
}

// irregular points of (position of s1, of s2 in the range, angle): nowhere near the nodes
const CHECK_POINTS: readonly (readonly [number, number, number])[] = [
  [0.031, 0.473, 0.21],
  [0.962, 0.907, 0.05],
  [0.713, 0.071, 1.93],
  [0.273, 0.317, 2.87],
  [0.557, 0.993, 1.11],
];
