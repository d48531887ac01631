/**
 * Predictions without a clock: infinite training of all layers (NTK), of the last layer (NNGP), the mean predictor.
 * @module
 */

import { classFrequencies, oneHotCentred } from "../data/index.js";
import { accuracy, meanOutputs, type SpectralModel, squaredLoss } from "../dynamics/index.js";
import type { Matrix } from "../numeric/matrix.js";
import type { Forecast } from "./forecast.js";
import type { ForecastInputs } from "./inputs.js";

const FOREVER = [{ kind: "flow", time: Number.POSITIVE_INFINITY }] as const;

function frobenius({ data }: Matrix): number {
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
}

/** Accuracy and loss of the mean of infinitely many networks trained for ever. */
export function trainedLimit(model: SpectralModel, testTrain: Matrix, inputs: ForecastInputs) {
  const [outputs] = meanOutputs(model, { targets: inputs.train.targets, testTrain }, FOREVER);
  const k = inputs.classNames.length;
  return {
    trainAccuracy: accuracy(outputs!.train, inputs.train.labels, k)[0]!,
    testAccuracy: accuracy(outputs!.test!, inputs.test.labels, k)[0]!,
    testLoss: squaredLoss(outputs!.test!, inputs.test.targets)[0]!,
  };
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

export function forecastLimits(
  models: { readonly ntk: SpectralModel; readonly nngp: SpectralModel },
  testTrain: { readonly ntk: Matrix; readonly nngp: Matrix },
  inputs: ForecastInputs,
): Forecast["limits"] {
  const centred = centredTargets(inputs);
  const [centredOutputs] = meanOutputs(
    models.ntk,
    { targets: centred.train, testTrain: testTrain.ntk },
    FOREVER,
  );
  return {
    ntk: trainedLimit(models.ntk, testTrain.ntk, inputs),
    nngp: trainedLimit(models.nngp, testTrain.nngp, inputs),
    meanPredictorNorm: predictorNorm(centredOutputs!.test!, centred.test),
  };
}
