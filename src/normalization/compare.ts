/**
 * Trained shallow networks against what is forecast for them.
 * @module
 */
import { columnStatistics, type ShallowEnsemble } from "./ensemble.js";
import type { GammaPoint } from "./solution.js";

/** Measured against predicted at one gamma. */
export interface ShallowComparison {
  /** mean squared error of single networks, at every time, on training and test points */
  readonly trainError: readonly number[];
  readonly testError: readonly number[];
  /** over all points: root mean square and largest |z| of the means */
  readonly z: { readonly rms: number; readonly largest: number };
  /** measured over predicted variance, means over points; null where there is none */
  readonly varianceRatio: number | null;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Errors at every time; z = (measured mean - predicted mean) / standard error, and variances, at one time (default: the last).
 * @param trained with test points
 */
export function compareShallow(
  trained: Pick<ShallowEnsemble, "train" | "test">,
  point: Pick<GammaPoint, "train" | "test">,
  targets: { readonly train: Float64Array; readonly test: Float64Array },
  time = trained.train.length - 1,
): ShallowComparison {
  const error = (side: "train" | "test") =>
    trained[side]!.map(({ data, shape: [, columns] }) => {
      let sum = 0;
      for (let i = 0; i < data.length; i++) sum += (data[i]! - targets[side][i % columns]!) ** 2;
      return sum / data.length;
    });
  const z: number[] = [];
  let [measured, predicted] = [0, 0];
  for (const side of ["train", "test"] as const) {
    const statistics = columnStatistics(trained[side]![time]!);
    const expected = point[side]!;
    statistics.mean.forEach(({ value, error: standard }, i) => {
      if (standard > 0) z.push((value - expected.mean[time]![i]!) / standard);
      measured += statistics.variance[i]!.value;
      predicted += expected.variance?.[time]?.[i] ?? Number.NaN;
    });
  }
  return {
    trainError: error("train"),
    testError: error("test"),
    z: {
      rms: z.length === 0 ? Number.NaN : Math.sqrt(mean(z.map((value) => value * value))),
      largest: Math.max(0, ...z.map(Math.abs)),
    },
    varianceRatio: Number.isFinite(measured / predicted) ? measured / predicted : null,
  };
}
