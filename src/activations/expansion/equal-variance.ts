/**
 * Dual of an activation at one common variance as Chebyshev series in the angle: a few dozen multiplications a pair.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import {
  angleCoefficients,
  anglePoint,
  angleSeries,
  averageToOne,
  evaluateAngleSeries,
} from "./angle-series.js";
import type { SlopeSource } from "./pair-means.js";

/**
 * Td(theta), the mean of Td between c and 1, from which D = q (1 - c) mean and T = E phi^2 - D, and `drop`, from which
 * Dd = theta drop where phi' jumps (`kinked`) and Dd = (1 - c) drop elsewhere.
 */
export interface EqualVarianceTable {
  readonly q: number;
  readonly second: number;
  readonly slope: Float64Array;
  readonly average: Float64Array;
  readonly drop: Float64Array;
  readonly kinked: boolean;
  readonly tail: number;
}

export function equalVarianceTable(q: number, second: number, source: SlopeSource): EqualVarianceTable {
  const s = Math.sqrt(q);
  const { coefficients: slope, degree, tail } = angleSeries((theta) => source.slope(s, s, theta));
  const average = averageToOne(slope, Math.max(16, slope.length - 1));
  const { steepness, spread } = source;
  const kinked = steepness === null;
  let drop: Float64Array;
  if (kinked) {
    drop = angleCoefficients(
      Float64Array.from({ length: degree + 1 }, (_, m) => {
        const theta = anglePoint(m, degree);
        return theta === 0 ? source.jump(s, s) : spread!(s, s, theta) / theta;
      }),
    );
  } else {
    const steep = angleSeries((theta) => steepness(s, s, theta)).coefficients;
    drop = averageToOne(steep, Math.max(16, steep.length - 1));
  }
  return { q, second, slope, average, drop, kinked, tail };
}

/** Writes `[T, Td, D, Dd]`. */
export function equalVariancePair(table: EqualVarianceTable, k: number, d: number, out: Float64Array): void {
  const { q } = table;
  const theta = angle(rootDeterminant(q, q, k, d), k);
  const miss = gap(q, q, k, d);
  const deficit = miss * evaluateAngleSeries(table.average, theta);
  out[0] = table.second - deficit;
  out[1] = evaluateAngleSeries(table.slope, theta);
  out[2] = Math.max(deficit, 0);
  out[3] = Math.max((table.kinked ? theta : miss / q) * evaluateAngleSeries(table.drop, theta), 0);
}
