/**
 * The maps of finite networks as data.
 * @module
 */
import type { DepthScales, ScaleCurve } from "../depth-scales.js";

/** Accuracies over [depths, weight variances], of train and of test samples. */
export interface FiniteMaps {
  readonly weightVariance: readonly number[];
  readonly depths: readonly number[];
  readonly width: number;
  readonly steps: number;
  /** c of eta = c 2 / lambda_max */
  readonly factor: number;
  /** [depth][weight variance][network] */
  readonly finite: Record<"train" | "test", readonly (readonly (readonly number[])[])[]>;
  /** expected accuracy of one network of infinite width, [depth][weight variance] */
  readonly predicted: Record<"train" | "test", readonly (readonly number[])[]>;
  /** of each weight variance */
  readonly scales: readonly DepthScales[];
  readonly curves: readonly ScaleCurve[];
  /** share of the commonest label */
  readonly chance: Record<"train" | "test", number>;
  readonly samples: Record<"train" | "test", number>;
}
