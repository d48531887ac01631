/**
 * How much of what the predicted network knows of the labels a linear model explains, step by step.
 * @module
 */
import {
  classify,
  fitLogistic,
  type LearningCurve,
  learningPhases,
  type PredictedComplexityRecorder,
  recordLearningCurve,
  recordPredictedComplexity,
} from "../complexity/index.js";
import { classesOf } from "../data/index.js";
import { isForetrainError } from "../errors.js";
import { countText, numberText, percentText } from "../figures/index.js";
import { type Matrix, matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { breathe, type LongWork } from "../progress.js";
import type { MeasuredComplexity, ReportComplexity } from "../report/index.js";
import type { ForecastInputs } from "./inputs.js";

const NAME = "logistic regression";
/** Ridge of the linear model over the mean square of a feature: beyond it the fit to a few hundred samples no longer helps on others. */
const RIDGE = 0.01;
/** Of the gradient: no prediction depends on what is left. */
const TOLERANCE = 1e-6;
/** Tables have the third power of the number of classes; with more, most of their cells would be empty. */
const MOST_CLASSES = 24;
/** Multiplications that the linear model may take: some 400 products with the Hessian of n d k each are the rule. */
const MOST_WORK = 2e11;
const PRODUCTS = 800;

/** The linear model's answers on the test samples, and what takes the network's. */
export interface ComplexityMeasure {
  readonly ridge: number;
  readonly predictions: Int32Array;
  readonly recorder: PredictedComplexityRecorder;
}

const flat = ({ data, shape }: NdArray<Float64Array>): Matrix =>
  matrix(shape[0]!, sizeOf(shape.slice(1)), data);

/** Multiplications that the fit of the linear model takes as a rule; a text says why there is none. */
export function logisticWork({ train, classNames }: ForecastInputs): number | string {
  const classes = classNames.length;
  if (classes > MOST_CLASSES)
    return `tables of ${classes} classes need more than these samples; keep at most ${MOST_CLASSES} (data.classes, --classes)`;
  const [samples, features] = flat(train.x).shape;
  const work = PRODUCTS * samples * features * classes;
  return work > MOST_WORK
    ? `logistic regression on ${countText(samples)} samples of ${countText(features)} features would take longer than the rest; use fewer samples`
    : work;
}

/** Fits the linear model; a text says why there is none. */
export async function complexityMeasure(
  inputs: ForecastInputs,
  stable: boolean,
  { signal, onProgress }: LongWork,
): Promise<ComplexityMeasure | string> {
  const { train, test, classNames, statistics } = inputs;
  const classes = classNames.length;
  if (!stable) return "training diverges at this learning rate";
  const work = logisticWork(inputs);
  if (typeof work === "string") return work;
  const x = flat(train.x);
  await breathe(signal);
  const ridge = RIDGE * statistics.meanSquare;
  try {
    const model = await fitLogistic(x, train.labels, {
      classes,
      ridge,
      tolerance: TOLERANCE,
      signal,
      onProgress,
    });
    const predictions = classify(model, flat(test.x));
    const recorder = recordPredictedComplexity({
      labels: test.labels,
      explainers: [{ name: NAME, predictions }],
      classes,
      outputs: classes,
      correctBias: true,
    });
    return { ridge, predictions, recorder };
  } catch (error) {
    if (isForetrainError(error, "ERR_NUMERICAL")) return error.message;
    throw error;
  }
}

const share = (explained: number, network: number) => percentText(Math.max(0, explained / network));
const bits = (value: number) => `${numberText(Math.max(0, value), 3)} bits`;

/** Less than this many standard errors above 0, and what explains how much of it is not known. */
const KNOWN = 4;

function sentenceOf(
  curve: LearningCurve,
  single: { readonly network: number; readonly explained: number },
  unit: string,
): string {
  const { network, steps } = curve;
  const { explained, information, phases } = curve.explainers[0]!;
  const last = steps.length - 1;
  const knows = (t: number) => network[t]!.value > KNOWN * network[t]!.error;
  const at = (t: number) => `${unit} ${numberText(steps[t]!)}`;
  if (!knows(last))
    return "The predicted network learns too little of the test labels for a share of it to be known.";
  const ofSingle =
    single.network > KNOWN * network[last]!.error
      ? `; a single network knows ${bits(single.network)}, ${share(single.explained, single.network)} of them the linear model's`
      : "";
  const end = `At ${at(last)} it knows ${bits(network[last]!.value)}, ${share(explained[last]!.value, network[last]!.value)} of them the linear model's${ofSingle}.`;
  return phases.end === null
    ? `The mean of many networks never knows as much of the test labels as ${NAME} does (${bits(information.value)}). ${end}`
    : `At ${at(phases.end)} the mean of many networks knows as much of the test labels as ${NAME} (${bits(information.value)}); ${share(explained[phases.end]!.value, network[phases.end]!.value)} of what it knows is what the linear model knows. ${end}`;
}

/** What the recorder has seen, for the first `shown` steps. */
export function forecastComplexity(
  measure: ComplexityMeasure | string,
  unit: string,
  measured: MeasuredComplexity | null,
): ReportComplexity {
  if (typeof measure === "string") return { reason: measure, found: null };
  const { mean, single } = measure.recorder.result();
  const { explained, information, accuracy, phases } = mean.explainers[0]!;
  const ofSingle = single!.explainers[0]!.explained;
  const last = mean.steps.length - 1;
  const values = (list: readonly { readonly value: number }[]) => list.map(({ value }) => value);
  const errors = (list: readonly { readonly error: number }[]) => list.map(({ error }) => error);
  const singlePhases = learningPhases({
    network: single!.network.median,
    explained: ofSingle.median,
    simple: information.value,
  });
  const stepOf = (end: number | null) => (end === null ? null : mean.steps[end]!);
  return {
    reason: null,
    found: {
      steps: mean.steps,
      model: NAME,
      ridge: measure.ridge,
      classes: mean.classes,
      testSamples: mean.samples,
      networkSamples: single!.samples,
      linear: { accuracy, information: information.value, error: information.error },
      mean: {
        network: { value: values(mean.network), error: errors(mean.network) },
        explained: { value: values(explained), error: errors(explained) },
      },
      single: { network: single!.network, explained: ofSingle },
      phaseEnd: { mean: stepOf(phases.end), single: stepOf(singlePhases.end) },
      firstPhaseShare: phases.firstPhaseShare,
      retention: phases.retention,
      sentence: sentenceOf(
        mean,
        { network: single!.network.median[last]!, explained: ofSingle.median[last]! },
        unit,
      ),
      measured,
    },
  };
}

/** The same of real networks, from their outputs [records, n, k] on the first n test samples. */
export function measuredComplexity(
  outputs: readonly NdArray<Float64Array>[],
  steps: readonly number[],
  labels: Int32Array,
  { predictions }: ComplexityMeasure,
): MeasuredComplexity {
  const curves = outputs.map(({ data, shape }) => {
    const [, n, k] = shape as readonly [number, number, number];
    const recorder = recordLearningCurve({
      labels,
      explainers: [{ name: NAME, predictions: predictions.subarray(0, n) }],
      classes: k,
      correctBias: true,
    });
    steps.forEach((step, t) => {
      recorder.add(step, classesOf(matrix(n, k, data.subarray(t * n * k, (t + 1) * n * k))));
    });
    return recorder.result();
  });
  const rangeOf = (value: (curve: LearningCurve, t: number) => number) => {
    const columns = steps.map((_, t) => curves.map((curve) => value(curve, t)));
    return {
      mean: columns.map((values) => values.reduce((sum, v) => sum + v / values.length, 0)),
      low: columns.map((values) => Math.min(...values)),
      high: columns.map((values) => Math.max(...values)),
    };
  };
  return {
    networks: curves.length,
    steps,
    network: rangeOf((curve, t) => curve.network[t]!.value),
    explained: rangeOf((curve, t) => curve.explainers[0]!.explained[t]!.value),
  };
}
