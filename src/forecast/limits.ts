/**
 * Predictions without a clock: infinite training of all layers (NTK), of the last layer (NNGP), the mean predictor.
 * @module
 */

import { classFrequencies, oneHotCentred } from "../data/index.js";
import { accuracy, meanOutputs, type Outputs, type SpectralModel, squaredLoss } from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { type Matrix, sizeOf } from "../numeric/matrix.js";
import type { ReportLimit } from "../report/index.js";
import type { Forecast } from "./forecast.js";
import type { ForecastInputs, ForecastSplit } from "./inputs.js";

const FOREVER = [{ kind: "flow", time: Number.POSITIVE_INFINITY }] as const;

function frobenius({ data }: Matrix): number {
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
}

/** Accuracy and loss of the mean of infinitely many networks trained for ever; null for a singular kernel. */
function trainedLimit(model: SpectralModel, testTrain: Matrix, inputs: ForecastInputs): ReportLimit | null {
  const outputs = outputsForever(model, testTrain, inputs.train.targets);
  if (outputs === null) return null;
  const k = inputs.classNames.length;
  return {
    trainAccuracy: accuracy(outputs.train, inputs.train.labels, k)[0]!,
    testAccuracy: accuracy(outputs.test!, inputs.test.labels, k)[0]!,
    testLoss: squaredLoss(outputs.test!, inputs.test.targets)[0]!,
  };
}

function outputsForever(model: SpectralModel, testTrain: Matrix, targets: Matrix): Outputs | null {
  try {
    return meanOutputs(model, { targets, testTrain }, FOREVER).next().value ?? null;
  } catch (error) {
    if (isForetrainError(error, "ERR_SINGULAR")) return null;
    throw error;
  }
}

/** True when two train samples are equal and have different labels: no network can fit them both. */
function hasContradiction({ x, labels }: ForecastSplit): boolean {
  const n0 = sizeOf(x.shape.slice(1));
  const row = (i: number) => x.data.subarray(i * n0, (i + 1) * n0);
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      if (labels[i] !== labels[j] && row(i).every((value, c) => value === x.data[j * n0 + c])) return true;
    }
  }
  return false;
}

/** Targets whose columns sum to zero over the train samples, as the mean predictor of paper B needs them. */
export function centredTargets(inputs: ForecastInputs): { readonly train: Matrix; readonly test: Matrix } {
  const k = inputs.classNames.length;
  const frequencies = classFrequencies(inputs.train.labels, k);
  return {
    train: oneHotCentred(inputs.train.labels, k, frequencies),
    test: oneHotCentred(inputs.test.labels, k, frequencies),
  };
}

/** |P(Theta) Y| over the norm of the test targets; 0: the network answers the same to everything. */
export function predictorNorm(prediction: Matrix, testTargets: Matrix): number {
  return frobenius(prediction) / frobenius(testTargets);
}

/**
 * The limits of infinite training. A kernel that is singular although no inputs contradict each other (deep in the ordered
 * phase, or fewer features than samples in a linear network) has limits null: training is then a question of time.
 *
 * @throws ForetrainError `ERR_SINGULAR` with the ridge to use, when equal inputs have different labels
 */
export function forecastLimits(
  models: { readonly ntk: SpectralModel; readonly nngp: SpectralModel },
  testTrain: { readonly ntk: Matrix; readonly nngp: Matrix },
  inputs: ForecastInputs,
): Forecast["limits"] {
  const ntk = trainedLimit(models.ntk, testTrain.ntk, inputs);
  if (ntk === null && hasContradiction(inputs.train)) {
    // thrown again, with the ridge to use
    meanOutputs(models.ntk, { targets: inputs.train.targets }, FOREVER).next();
  }
  const centred = centredTargets(inputs);
  const outputs = outputsForever(models.ntk, testTrain.ntk, centred.train);
  return {
    ntk,
    nngp: trainedLimit(models.nngp, testTrain.nngp, inputs),
    meanPredictorNorm: outputs && predictorNorm(outputs.test!, centred.test),
  };
}
