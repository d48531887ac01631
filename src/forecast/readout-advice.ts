/**
 * How much of a single network's error is the noise of its own initialization, and what a smaller readout would do.
 * @module
 */
import { accuracy } from "../dynamics/index.js";
import { numberText, percentText } from "../figures/index.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { sortedQuantile } from "../numeric/statistics/index.js";
import type { Advice } from "../report/index.js";
import type { CurvesEnd } from "./curves.js";

/** Factors on the variances of the last layer that are tried. */
const FACTORS = [0.1, 0.01];
/** A gain below this is not worth a line. */
const LEAST_GAIN = 0.02;

/** Outputs `mean` [m, k] + `scale` times the deviations of `single` [m, draws k] from it. */
export function drawnTogether(mean: Matrix, single: Matrix, scale: number): Matrix {
  const [m, columns] = single.shape;
  const k = mean.shape[1];
  const out = matrix(m, columns);
  for (let i = 0; i < m; i++) {
    for (let c = 0; c < columns; c++) {
      const center = mean.data[i * k + (c % k)]!;
      out.data[i * columns + c] = center + scale * (single.data[i * columns + c]! - center);
    }
  }
  return out;
}

/** The last layer where it is dense and in the ntk parameterization. */
function readoutOf({ layers, parameterization = "ntk" }: Network): { weightVariance: number } | null {
  const last = layers.at(-1);
  if (last?.kind !== "dense" || (last.parameterization ?? parameterization) !== "ntk") return null;
  return { weightVariance: last.weightVariance ?? 1 };
}

/**
 * In the ntk parameterization, multiplying both variances of the last dense layer by s multiplies nngp and ntk by s: with a
 * learning rate 1/s times larger the mean is the same at every step, and a single network's deviation from it is
 * sqrt(s) times smaller. So what s does to the accuracy of single networks is known without another kernel.
 */
export function readoutAdvice(network: Network, { mean, single, labels }: CurvesEnd): Advice[] {
  const readout = readoutOf(network);
  if (readout === null) return [];
  const medianAt = (factor: number) => {
    const each = accuracy(drawnTogether(mean, single, Math.sqrt(factor)), labels, mean.shape[1]);
    return sortedQuantile(each.sort(), 0.5);
  };
  const now = medianAt(1);
  const best = FACTORS.map((factor) => ({ factor, accuracy: medianAt(factor) }));
  // the least change that brings nearly all of the gain
  const top = Math.max(...best.map((variant) => variant.accuracy));
  const chosen = best.find((variant) => variant.accuracy >= top - LEAST_GAIN / 2)!;
  if (chosen.accuracy - now < LEAST_GAIN) return [];
  const from = numberText(readout.weightVariance);
  const to = numberText(readout.weightVariance * chosen.factor);
  return [
    {
      text:
        `The random outputs at initialization cost a single network accuracy: with sigma_w^2 = ${to} instead of ${from} in the last layer ` +
        `(its sigma_b^2 scaled alike, learning rate times ${1 / chosen.factor}), the median network goes from ${percentText(now)} to ${percentText(chosen.accuracy)} test accuracy ` +
        "at the same steps. Averaging several networks does the same.",
      gain: chosen.accuracy - now,
    },
  ];
}
