/**
 * Trained shallow networks against what is forecast for them.
 * @module
 */
import { normalQuantile } from "../numeric/special/index.js";
import { averageOf, meanOf, studentTail } from "../numeric/statistics/index.js";
import { columnStatistics, type ShallowEnsemble } from "./ensemble.js";
import type { GammaPoint } from "./solution.js";

/** Measured against predicted at one gamma. */
export interface ShallowComparison {
  /** mean squared error of single networks, at every time, on training and test points */
  readonly trainError: readonly number[];
  readonly testError: readonly number[];
  /** standard errors of the two, over the networks; NaN for one network */
  readonly trainErrorError: readonly number[];
  readonly testErrorError: readonly number[];
  /**
   * over all points: root mean square and largest |z| of the means. Standard errors come from the networks, few as they are, so the
   * t = difference / error of n networks is said as the z of N(0, 1) that is as rare as t is in Student's law with n - 1 degrees
   */
  readonly z: { readonly rms: number; readonly largest: number };
  /** measured over predicted variance, means over points; null where there is none */
  readonly varianceRatio: number | null;
}

/** The deviate of N(0, 1) that is exceeded as rarely as t; where both are rarer than any number, t itself. */
function normalDeviate(t: number, degrees: number): number {
  const tail = studentTail(Math.abs(t), degrees);
  return tail > 0 ? -Math.sign(t) * normalQuantile(tail) : t;
}

/**
 * Errors at every time; z of the measured against the predicted means, and variances, at one time (default: the last).
 * @param trained with test points
 */
export function compareShallow(
  trained: Pick<ShallowEnsemble, "train" | "test">,
  point: Pick<GammaPoint, "train" | "test">,
  targets: { readonly train: Float64Array; readonly test: Float64Array },
  time = trained.train.length - 1,
): ShallowComparison {
  const error = (side: "train" | "test") =>
    trained[side]!.map(({ data, shape: [networks, columns] }) => {
      let sum = 0;
      const single = new Float64Array(networks);
      for (let i = 0; i < data.length; i++) {
        const square = (data[i]! - targets[side][i % columns]!) ** 2;
        sum += square;
        single[Math.floor(i / columns)]! += square / columns;
      }
      return { value: sum / data.length, error: networks > 1 ? meanOf(single).error : Number.NaN };
    });
  const [onTrain, onTest] = [error("train"), error("test")];
  const z: number[] = [];
  let [measured, predicted] = [0, 0];
  for (const side of ["train", "test"] as const) {
    const outputs = trained[side]![time]!;
    const statistics = columnStatistics(outputs);
    const degrees = outputs.shape[0] - 1;
    const expected = point[side]!;
    statistics.mean.forEach(({ value, error: standard }, i) => {
      if (standard > 0) z.push(normalDeviate((value - expected.mean[time]![i]!) / standard, degrees));
      measured += statistics.variance[i]!.value;
      predicted += expected.variance?.[time]?.[i] ?? Number.NaN;
    });
  }
  return {
    trainError: onTrain.map(({ value }) => value),
    testError: onTest.map(({ value }) => value),
    trainErrorError: onTrain.map(({ error: standard }) => standard),
    testErrorError: onTest.map(({ error: standard }) => standard),
    z: {
      rms: z.length === 0 ? Number.NaN : Math.sqrt(averageOf(z.map((value) => value * value))),
      largest: Math.max(0, ...z.map(Math.abs)),
    },
    varianceRatio: Number.isFinite(measured / predicted) ? measured / predicted : null,
  };
}
