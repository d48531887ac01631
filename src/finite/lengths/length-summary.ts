/**
 * What a sample of length processes says: means, fluctuations, distances from the length map against the width, and
 * theory beside each.
 * @module
 */
import { isForetrainError } from "../../errors.js";
import { type LengthBand, lengthBand } from "../../meanfield/index.js";
import {
  type Estimate,
  type LineFit,
  logLogFit,
  meanOf,
  quantileEstimate,
  varianceOf,
} from "../../numeric/statistics/index.js";
import type { LengthSamples } from "./sample-lengths.js";

/** One layer at one set of widths. */
export interface LayerLengths {
  /** 1 for the first hidden layer */
  readonly layer: number;
  readonly width: number;
  /** the length map; null where there is none or it is infinite */
  readonly limit: number | null;
  readonly mean: Estimate;
  /** the median of q_l, which exists where the mean does not */
  readonly median: Estimate;
  /** width times the variance of q_l over initializations */
  readonly scaledVariance: Estimate;
  /** its limit 2 q_l^2 + v_l, for equal widths; null where there is none */
  readonly expectedScaledVariance: number | null;
  /** quantiles of |q_l - limit|, in the order asked for; of q_l itself where there is no limit */
  readonly deviation: readonly Estimate[];
}

/** Means, medians and quantiles of sampled lengths, layer by layer, with power laws over the width. */
export interface LengthSummary {
  readonly quantiles: readonly number[];
  readonly sets: readonly { readonly widths: readonly number[]; readonly layers: readonly LayerLengths[] }[];
  /** for each layer and quantile the power law of the distances over the width, slope -1/2 where Var phi^2 is finite; null with fewer than two widths */
  readonly slopes: readonly (readonly (LineFit | null)[])[];
  /** for each layer the power law of the median length over the width: slope 0 where lengths converge, 1 for 1/x */
  readonly growth: readonly (LineFit | null)[];
  /** why there is no length map; null where there is one */
  readonly reason: string | null;
}

const DEFAULT_QUANTILES = [0.5, 0.9, 0.99] as const;

/**
 * Sums up what `sampleLengths` drew: for each layer and set of widths mean, median, N Var(q_l) and quantiles of
 * |q_l - limit| with standard errors, theory beside them, and the power laws over the width.
 *
 * @param quantiles in (0, 1), default 0.5, 0.9 and 0.99
 * @see paper D, length process
 * @example
 * const samples = await sampleLengths(repeatedLayer(layer, 3), { widths: [10, 100, 1000] });
 * lengthSummary(samples).slopes[2][0].slope // about -1/2
 */
export function lengthSummary(
  samples: LengthSamples,
  quantiles: readonly number[] = DEFAULT_QUANTILES,
): LengthSummary {
  const { layers, widths, inputMeanSquare, repetitions } = samples;
  let reason: string | null = null;
  const bands = widths.map((set): LengthBand | null => {
    try {
      return lengthBand(layers, set, inputMeanSquare);
    } catch (error) {
      if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
      reason = error.message.replace(/^lengthBand: /, "");
      return null;
    }
  });
  const sets = widths.map((set, s) => {
    const band = bands[s]!;
    const { data } = samples.q[s]!;
    return {
      widths: set,
      layers: set.map((width, l): LayerLengths => {
        const q = Float64Array.from({ length: repetitions }, (_, draw) => data[draw * set.length + l]!);
        const infinite = band === null || !(band.q[l]! < Number.POSITIVE_INFINITY);
        const limit = infinite ? null : band.q[l]!;
        const distances = limit === null ? q.slice() : q.map((value) => Math.abs(value - limit));
        distances.sort();
        const variance = varianceOf(q);
        const expected = infinite ? null : width * band.standardDeviation[l]! ** 2;
        const mean = meanOf(q);
        q.sort();
        return {
          layer: l + 1,
          width,
          limit,
          mean,
          median: quantileEstimate(q, 0.5),
          scaledVariance: { value: width * variance.value, error: width * variance.error },
          expectedScaledVariance: expected,
          deviation: quantiles.map((p) => quantileEstimate(distances, p)),
        };
      }),
    };
  });
  const against = (estimate: (layer: LayerLengths) => Estimate, l: number): LineFit | null =>
    logLogFit(
      sets.map(({ layers: all }) => all[l]!.width),
      sets.map(({ layers: all }) => estimate(all[l]!)),
    );
  return {
    quantiles,
    sets,
    slopes: layers.map((_, l) => quantiles.map((_p, i) => against(({ deviation }) => deviation[i]!, l))),
    growth: layers.map((_, l) => against(({ median }) => median, l)),
    reason,
  };
}
