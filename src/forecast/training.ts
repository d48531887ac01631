/**
 * Training alone: the predicted curves of a recipe, and real networks beside them, without the rest of a forecast. For whoever
 * changes a recipe and looks again.
 * @module
 */
import type { Dataset } from "../data/index.js";
import { type SpectralModel, spectralModel } from "../dynamics/index.js";
import type { TrainingRecord } from "../finite/index.js";
import type { Network } from "../network/index.js";
import type { LongWork } from "../progress.js";
import type { ReportVerification } from "../report/index.js";
import { largestLearningRate } from "../trainability/index.js";
import { BAND_TEST_SAMPLES, forecastCurves } from "./curves.js";
import type { Forecast } from "./forecast.js";
import { type ForecastInputs, forecastInputs, resolveNetwork } from "./inputs.js";
import {
  engineOf,
  type ForecastKernels,
  forecastKernels,
  type KernelWork,
  planForecast,
  requireFits,
} from "./kernels.js";
import type { ForecastRecipe } from "./spec.js";
import {
  type PredictedSpreads,
  requireVerifiable,
  type VerifyOptions,
  verifyForecast,
} from "./verification.js";

/** Half of the stability limit is the fastest rate for the largest mode without overshooting. */
const DEFAULT_RATE_SHARE = 0.5;

/** What the predicted curves of a recipe are computed from; holds for every learning rate and number of steps. */
export interface OpenForecast {
  readonly recipe: ForecastRecipe;
  readonly inputs: ForecastInputs;
  readonly network: Network;
  readonly kernels: ForecastKernels;
  /** of the NTK on the train samples */
  readonly model: SpectralModel;
  /** 2 / lambda_max of gradient descent: the largest stable learning rate at infinite width */
  readonly limit: number;
}

/** Learning rate of a recipe: its own, or half of the largest stable one. */
export function usedLearningRate({ training }: ForecastRecipe, limit: number): Forecast["learningRate"] {
  const used = training.learningRate ?? DEFAULT_RATE_SHARE * limit;
  return { limit, used, stable: training.optimizer === "flow" || used < limit };
}

/**
 * The samples of `recipe` out of `dataset`, their kernels, and the spectrum of the NTK.
 *
 * Cost: O((n + m) n (n_0 + depth)) for the kernels, O(n^3) for the spectrum.
 * @throws ForetrainError as `runForecast`
 */
export async function openForecast(
  recipe: ForecastRecipe,
  dataset: Dataset,
  work: KernelWork = {},
): Promise<OpenForecast> {
  const inputs = forecastInputs(dataset, recipe);
  const network = resolveNetwork(recipe, inputs);
  requireFits(
    planForecast(network, inputs, {
      ...engineOf(work),
      networks: recipe.training.ensemble,
      networkTestSamples: BAND_TEST_SAMPLES,
    }),
    inputs,
  );
  const kernels = await forecastKernels(network, inputs, work);
  const { signal, onProgress } = work;
  const model = await spectralModel(kernels.train.ntk, {
    signal,
    onProgress: onProgress && ((progress) => onProgress({ ...progress, label: "spectrum of the ntk" })),
    diagReg: recipe.training.diagReg,
    threads: work.threads,
  });
  const limit = largestLearningRate(model.conditioning.lambdaMax, inputs.train.labels.length);
  return { recipe, inputs, network, kernels, model, limit };
}

/** Predicted training of a recipe: the curves of its forecast, and what real networks are compared with. */
export interface PredictedTraining {
  readonly curves: Forecast["curves"];
  readonly learningRate: Forecast["learningRate"];
  /** accuracy of always answering the commonest test label */
  readonly chance: number;
  /** mean and standard deviation over single networks at the steps of the curves */
  readonly spreads: PredictedSpreads;
}

/**
 * Loss and accuracy over steps of an open forecast, the same numbers as those of `runForecast`: of the mean of infinitely many
 * networks, and quantiles of single ones.
 *
 * @param training values instead of those of the recipe that was opened
 */
export async function predictTraining(
  { recipe, inputs, network, kernels, model, limit }: OpenForecast,
  training: Partial<Pick<ForecastRecipe["training"], "learningRate" | "steps" | "ensemble">> = {},
  work: KernelWork = {},
): Promise<PredictedTraining> {
  const asked = { ...recipe, training: { ...recipe.training, ...training } };
  const learningRate = usedLearningRate(asked, limit);
  const { curves, spreads } = await forecastCurves(
    {
      network,
      inputs,
      kernels,
      model,
      recipe: asked,
      learningRate: learningRate.used,
      noisy: learningRate.stable,
      recorder: null,
    },
    work,
  );
  return { curves, learningRate, chance: inputs.chance, spreads };
}

/** How real networks are trained beside a prediction. */
export interface VerifyTrainingOptions extends VerifyOptions, LongWork {
  /** networks that are trained at a time, at most; default all cores */
  readonly threads?: number | undefined;
  /** the network that is trained, with widths of its own; default that of the forecast */
  readonly network?: Network | undefined;
  /** told every record of every network as it is made */
  readonly onRecord?: ((record: TrainingRecord, seed: number) => void) | undefined;
}

/**
 * Trains real networks by the recipe of a prediction and compares them with it, as `foretrain forecast --verify` does.
 * @throws ForetrainError `ERR_SPEC` for recipes that no finite network follows (flow, ridges); `ERR_ABORTED`
 */
export async function verifyTraining(
  { recipe, inputs, network, kernels, model }: OpenForecast,
  predicted: PredictedTraining,
  options: VerifyTrainingOptions = {},
): Promise<ReportVerification> {
  requireVerifiable(recipe, options);
  const { signal, onProgress, onRecord, threads } = options;
  const { verification } = await verifyForecast(
    {
      network: options.network ?? network,
      recipe,
      inputs,
      learningRate: predicted.learningRate,
      steps: predicted.curves.steps,
      predicted: predicted.spreads,
      model,
      kernels,
      testSamples: predicted.curves.bandSamples,
      complexity: null,
      threads,
      onRecord,
      signal,
      onProgress,
    },
    options,
  );
  return verification;
}
