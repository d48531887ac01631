/**
 * Dual of an activation at one common variance as Chebyshev series in the angle: a few dozen multiplications a pair.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import { type AngleSeries, angleSeries, averageToOne, evaluateAngleSeries } from "./angle-series.js";

/** Td(theta) and the mean of Td between c and 1, from which D = q (1 - c) mean and T = E phi^2 - D. */
export interface EqualVarianceTable {
  readonly q: number;
  readonly second: number;
  readonly slope: Float64Array;
  readonly average: Float64Array;
  readonly tail: number;
}

/** @param slopeAt  Td as a function of theta */
export function equalVarianceTable(
  q: number,
  second: number,
  slopeAt: (theta: number) => number,
): EqualVarianceTable {
  const series: AngleSeries = angleSeries(slopeAt);
  const slope = series.coefficients;
  const average = averageToOne(slope, Math.max(16, slope.length - 1));
  return { q, second, slope, average, tail: series.tail };
}

export function equalVariancePair(table: EqualVarianceTable, k: number, d: number, out: Float64Array): void {
  const { q } = table;
  const theta = angle(rootDeterminant(q, q, k, d), k);
  const deficit = gap(q, q, k, d) * evaluateAngleSeries(table.average, theta);
  out[0] = table.second - deficit;
  out[1] = evaluateAngleSeries(table.slope, theta);
  out[2] = Math.max(deficit, 0);
}
