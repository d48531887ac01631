/**
 * What is found of predicted and of trained networks.
 * @module
 */
import { recordLearningCurve } from "../../complexity/index.js";
import { classesOf } from "../../data/index.js";
import { matrix, type NdArray } from "../../numeric/matrix.js";

export type PredictedPhase = "ordered" | "critical" | "chaotic";

interface Estimates {
  readonly value: readonly number[];
  readonly error: readonly number[];
}
interface Spread {
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Bits over the steps. */
export interface PredictedCurves {
  readonly steps: readonly number[];
  readonly learningRate: number;
  /** I(L; Y) */
  readonly information: number;
  readonly mean: { readonly network: Estimates; readonly explained: Estimates };
  readonly single: { readonly network: Spread; readonly explained: Spread };
  /** index of T0 of the mean, and the shares of `learningPhases` */
  readonly end: number | null;
  readonly firstPhaseShare: number | null;
  readonly retention: number | null;
}

/** Mean over networks and its standard error. */
interface MeanOverNetworks {
  readonly mean: readonly number[];
  readonly error: readonly number[];
}

export interface TrainedCurves {
  readonly steps: readonly number[];
  readonly network: MeanOverNetworks;
  readonly explained: MeanOverNetworks;
}

export interface PredictedOutcome {
  /** for people, and for names */
  readonly task: string;
  readonly id: string;
  readonly phase: PredictedPhase;
  readonly predicted: PredictedCurves;
  readonly trained: TrainedCurves | null;
}

/** The curves of real networks, from their outputs [records, n, 2] on the test samples. */
export function trainedCurves(
  outputs: readonly NdArray<Float64Array>[],
  steps: readonly number[],
  labels: Int32Array,
  predictions: Int32Array,
): TrainedCurves {
  const curves = outputs.map(({ data, shape }) => {
    const [, n, k] = shape as readonly [number, number, number];
    const recorder = recordLearningCurve({ labels, explainers: [{ name: "L", predictions }], classes: 2 });
    steps.forEach((step, t) => {
      recorder.add(step, classesOf(matrix(n, k, data.subarray(t * n * k, (t + 1) * n * k))));
    });
    return recorder.result();
  });
  const over = (value: (curve: (typeof curves)[number], t: number) => number): MeanOverNetworks => {
    const columns = steps.map((_, t) => curves.map((curve) => value(curve, t)));
    const mean = columns.map((values) => values.reduce((sum, v) => sum + v, 0) / values.length);
    return {
      mean,
      error: columns.map((values, t) => {
        const squares = values.reduce((sum, v) => sum + (v - mean[t]!) ** 2, 0);
        return Math.sqrt(squares / (values.length * Math.max(1, values.length - 1)));
      }),
    };
  };
  return {
    steps,
    network: over((curve, t) => curve.network[t]!.value),
    explained: over((curve, t) => curve.explainers[0]!.explained[t]!.value),
  };
}
