/**
 * What is found of predicted and of trained networks.
 * @module
 */
import { type LearningCurve, type NetworkMean, recordLearningCurve } from "../../complexity/index.js";
import { classesOf } from "../../data/index.js";
import { matrix } from "../../numeric/matrix.js";
import { type Estimate, meanOf, sortedQuantile } from "../../numeric/statistics/index.js";

export type PredictedPhase = "ordered" | "critical" | "chaotic";

interface Estimates {
  readonly value: readonly number[];
  readonly error: readonly number[];
}

/** Single networks at every step: their mean with its standard error, the median, and what 80 % of them lie between. */
export interface OverNetworks {
  readonly mean: readonly number[];
  readonly error: readonly number[];
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** I(F_t; Y) and mu(F_t; L) of single networks, bits. */
export interface SingleCurves {
  readonly network: OverNetworks;
  readonly explained: OverNetworks;
}

/** Bits over the steps. */
export interface PredictedCurves {
  readonly steps: readonly number[];
  readonly learningRate: number;
  /** I(L; Y) */
  readonly information: number;
  readonly mean: { readonly network: Estimates; readonly explained: Estimates };
  /** what the mean output says of the test samples, a digit each, for every step */
  readonly said: readonly string[];
  readonly single: SingleCurves;
  /** index of T0 of the mean, and the shares of `learningPhases` */
  readonly end: number | null;
  readonly firstPhaseShare: number | null;
  readonly retention: number | null;
}

export interface TrainedCurves extends SingleCurves {
  readonly steps: readonly number[];
  readonly width: number;
  readonly networks: number;
}

/** Numbers of the mean output with errors over test samples, T0 and extremes chosen anew in the bootstrap; NaN without T0. */
export interface MeanStatements {
  /** mu / I(F; Y) at T0, and what it is over that of models whose errors are independent */
  readonly atEnd: NetworkMean;
  readonly aboveStrangers: NetworkMean;
  /** the largest I(F_t; Y) minus I(L; Y), bits */
  readonly beyond: NetworkMean;
  /** the least mu / I(L; Y) after T0 */
  readonly retained: NetworkMean;
  /** the largest mu / I(L; Y) minus that at the last step */
  readonly lost: NetworkMean;
}

export interface PredictedOutcome {
  /** for people, and for names */
  readonly task: string;
  readonly id: string;
  readonly phase: PredictedPhase;
  readonly predicted: PredictedCurves;
  readonly statements: MeanStatements;
  /** by width, ascending; none were trained: empty */
  readonly trained: readonly TrainedCurves[];
}

function overNetworks(curves: readonly (readonly Estimate[])[]): OverNetworks {
  const columns = curves[0]!.map((_, t) => curves.map((curve) => curve[t]!.value).sort((a, b) => a - b));
  const means = columns.map((values) => meanOf(values));
  return {
    mean: means.map(({ value }) => value),
    error: means.map(({ error }) => error),
    median: columns.map((values) => sortedQuantile(values, 0.5)),
    low: columns.map((values) => sortedQuantile(values, 0.1)),
    high: columns.map((values) => sortedQuantile(values, 0.9)),
  };
}

/** The curves of networks [network][step] from their outputs [n, 2] on the test samples. */
export function singleCurves(
  outputs: readonly (readonly Float64Array[])[],
  steps: readonly number[],
  labels: Int32Array,
  predictions: Int32Array,
): SingleCurves {
  const curves = outputs.map((own): LearningCurve => {
    const recorder = recordLearningCurve({ labels, explainers: [{ name: "L", predictions }], classes: 2 });
    steps.forEach((step, t) => {
      recorder.add(step, classesOf(matrix(labels.length, 2, own[t]!)));
    });
    return recorder.result();
  });
  return {
    network: overNetworks(curves.map(({ network }) => network)),
    explained: overNetworks(curves.map(({ explainers }) => explainers[0]!.explained)),
  };
}

/**
 * What trained networks of two widths have at a step if their mean is m + a / N: m, with the standard error of both means.
 * What is left is of order 1 / N^2.
 */
export function atInfiniteWidth(
  trained: readonly TrainedCurves[],
  of: keyof SingleCurves,
  record: number,
): Estimate {
  const [narrow, wide] = trained as readonly [TrainedCurves, TrainedCurves];
  const ratio = wide.width / narrow.width;
  const value = (ratio * wide[of].mean[record]! - narrow[of].mean[record]!) / (ratio - 1);
  return {
    value,
    error: Math.hypot(ratio * wide[of].error[record]!, narrow[of].error[record]!) / (ratio - 1),
  };
}
