/**
 * Single networks as theory has them, as a band of a figure of curves.
 * @module
 */
import type { CurveBand } from "../figures/index.js";
import { BAND_DEVIATIONS, type PredictedSpread } from "./verification-data.js";

/**
 * Mean of single networks, and 2 standard deviations below and above it, as `curvesFigure` draws them with `bands: "deviations"`:
 * middle m_i, ends m_i -+ 2 s_i, cut to [0, most], where losses and accuracies are.
 * @param ensemble of the mean output over infinitely many networks, at least as many steps
 * @param spread mean m and standard deviation s at every step
 * @param most the largest value that there is: 1 of accuracies; default none
 */
export function deviationBand(
  ensemble: readonly number[],
  { mean, deviation }: PredictedSpread,
  most = Number.POSITIVE_INFINITY,
): CurveBand {
  const end = (side: number) =>
    mean.map((value, i) => Math.min(most, Math.max(0, value + side * BAND_DEVIATIONS * deviation[i]!)));
  return { mean: ensemble.slice(0, mean.length), median: mean, low: end(-1), high: end(1) };
}
