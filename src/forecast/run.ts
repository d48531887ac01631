/**
 * The main job: one network, one data set, one training recipe; everything that theory predicts about them.
 * @module
 */
import type { Dataset } from "../data/index.js";
import { type SpectralModel, spectralModel } from "../dynamics/index.js";
import { describeNetwork, hiddenDepth, parameterCount } from "../network/index.js";
import { breathe } from "../progress.js";
import { VERSION } from "../version.js";
import { forecastAdvice } from "./advice.js";
import {
  forecastLengths,
  forecastNetworkSignal,
  forecastUnit,
  lengthWarnings,
  permissibilityWarnings,
} from "./architecture.js";
import { complexityMeasure, forecastComplexity } from "./complexity.js";
import { forecastCurves } from "./curves.js";
import { forecastDepthSweep } from "./depth-sweep.js";
import { finiteWidthWarnings, forecastFiniteWidth } from "./finite-width.js";
import type { Forecast, ForecastSpec } from "./forecast.js";
import { forecastMeanField, forecastPhaseDiagram, forecastSignal, forecastStack } from "./hidden-stack.js";
import type { ForecastInputs } from "./inputs.js";
import { engineOf, type ForecastKernels, type KernelWork } from "./kernels.js";
import { forecastLimits } from "./limits.js";
import { forecastNoise } from "./noise.js";
import { noiseAdvice } from "./noise-advice.js";
import { forecastNormalization, normalizationAdvice } from "./normalization.js";
import { readoutAdvice } from "./readout-advice.js";
import type { ForecastRecipe } from "./spec.js";
import { openForecast, usedLearningRate } from "./training.js";
import { giveVerdict } from "./verdict.js";
import { requireVerifiable, type VerifyOptions, verifyForecast } from "./verification.js";

/** How a forecast is computed: real networks beside it, memory, kernels, progress. */
export interface ForecastOptions extends KernelWork {
  /** the command line that makes it again, for the report */
  readonly command?: string;
  /** real networks trained beside the prediction; default: none */
  readonly verify?: VerifyOptions | undefined;
  /** for the report; default: none */
  readonly nodeVersion?: string;
}

/** A forecast and the matrices behind it. */
export interface ForecastResult {
  readonly forecast: Forecast;
  readonly inputs: ForecastInputs;
  readonly kernels: ForecastKernels;
}

function warningsOf(
  inputs: ForecastInputs,
  models: { ntk: SpectralModel; nngp: SpectralModel },
  stackReason: string | null,
): string[] {
  const warnings = [...inputs.warnings];
  const { ntk } = models;
  if (ntk.rank < ntk.samples) {
    warnings.push(
      `The train kernel has effective rank ${ntk.rank} of ${ntk.samples} in float64: the network hardly tells some samples apart. ` +
        "Directions without rank are never learned; a ridge (training.diagReg) makes the limit of training meaningful.",
    );
  } else if (ntk.conditioning.kappa > 1e12) {
    warnings.push(
      `kappa is ${ntk.conditioning.kappa.toExponential(1)}: the smallest modes keep only ${Math.max(0, Math.floor(15.9 - Math.log10(ntk.conditioning.kappa)))} digits in float64.`,
    );
  }
  if (stackReason !== null) warnings.push(`No phase and no depth scales: ${stackReason}`);
  return warnings;
}

const DATA_REFERENCES: Readonly<Record<string, string>> = {
  mnist: "lecun1998mnist",
  "fashion-mnist": "xiao2017fashion",
  cifar10: "krizhevsky2009cifar",
  digits: "alpaydin1998digits",
};

function methodReferences(dataName: string): string[] {
  const data = DATA_REFERENCES[dataName];
  return [
    "xiao2020disentangling",
    "borovykh2019analytic",
    "jacot2018ntk",
    "lee2018nngp",
    "lee2019wide",
    "poole2016exponential",
    "schoenholz2017deep",
    "nakkiran2019sgd",
    ...(data === undefined ? [] : [data]),
  ];
}

/**
 * Forecasts training and generalization of `recipe` on `dataset` in the infinite-width limit: phase and depth scales,
 * kernel spectrum, learning-rate limit, predicted loss and accuracy over steps with the spread over initializations, the
 * limits of infinite training, depth sweep, verdict and advice.
 *
 * Deterministic: the same recipe, data and version give the same numbers. float64 throughout.
 * Cost: O((n + m) n (n_0 + depth)) for the kernels, O(n^3) for the spectra.
 *
 * @throws ForetrainError `ERR_SPEC` when the network does not fit the data; `ERR_UNAVAILABLE` for layers without a kernel
 *   reading; `ERR_MEMORY`; `ERR_SINGULAR` (with the ridge to use) when equal inputs have different labels and the recipe
 *   has no ridge; `ERR_ABORTED`
 */
export async function runForecast(
  recipe: ForecastRecipe,
  dataset: Dataset,
  options: ForecastOptions = {},
): Promise<ForecastResult> {
  const { signal, onProgress } = options;
  const work = { signal, onProgress, ...engineOf(options) };
  if (options.verify !== undefined) requireVerifiable(recipe, options.verify);
  const { inputs, network, kernels, model, limit } = await openForecast(recipe, dataset, options);
  const n = inputs.train.labels.length;
  const eigen = (label: string) => ({
    signal,
    onProgress:
      onProgress && ((progress: Parameters<typeof onProgress>[0]) => onProgress({ ...progress, label })),
    diagReg: recipe.training.diagReg,
    threads: options.threads,
  });
  const models = {
    ntk: model,
    nngp: await spectralModel(kernels.train.nngp, eigen("spectrum of the nngp")),
  };
  await breathe(signal);
  const limits = forecastLimits(models, { ntk: kernels.testTrain.ntk, nngp: kernels.testTrain.nngp }, inputs);

  const learningRate = usedLearningRate(recipe, limit);
  const { used } = learningRate;
  const measure = await complexityMeasure(inputs, learningRate.stable, { signal, onProgress });
  const recorder = typeof measure === "string" ? null : measure.recorder;
  const noisy = options.verify !== undefined && learningRate.stable;
  const curveInputs = {
    network,
    inputs,
    kernels,
    model: models.ntk,
    recipe,
    learningRate: used,
    noisy,
    recorder,
  };
  const { curves, end, spreads } = await forecastCurves(curveInputs, work);
  const horizon = curves.steps.at(-1)!;

  const stackOrReason = forecastStack(network);
  const stack = typeof stackOrReason === "string" ? null : stackOrReason;
  const start = stack
    ? stack.readIn.weightVariance * inputs.statistics.meanSquare + stack.readIn.biasVariance
    : 1;
  const meanField = stack && forecastMeanField(stack, start);
  const phaseDiagram =
    stack && (await forecastPhaseDiagram(stack, meanField?.criticalWeightVariance ?? null, work));
  const { meanSquare } = inputs.statistics;
  const unit = forecastUnit(network, meanSquare);
  const lengths = forecastLengths(network, meanSquare);
  const signalThrough = stack
    ? forecastSignal(stack, inputs.statistics)
    : forecastNetworkSignal(network, inputs.statistics);
  const depthSweep =
    stack === null || meanField !== null
      ? await forecastDepthSweep(network, stack, meanField, inputs, recipe.training.diagReg, work)
      : null;
  const spectrum = { ntk: models.ntk.conditioning, nngp: models.nngp.conditioning };
  const depth = hiddenDepth(network);
  const finiteWidth = await forecastFiniteWidth(
    { network, inputs, kernels, effort: recipe.training.corrections, seed: recipe.seed },
    options,
  );
  const noise = await forecastNoise(
    { network, inputs, kernels, model: models.ntk, recipe, learningRate, steps: curves.steps },
    work,
  );
  const normalization = forecastNormalization(network, learningRate.stable ? end : null, inputs.test.targets);
  const fromReadout = learningRate.stable && end !== null ? readoutAdvice(network, end) : [];
  // with one hidden layer both say the same of the last layer's scale; gamma says more
  const fromGamma = normalizationAdvice(normalization);
  const advice = await forecastAdvice(
    {
      network,
      stack,
      inputs,
      kernels,
      meanField,
      unit,
      spectrum,
      depthSweep,
      depth,
      curves,
      learningRate,
      optimizer: recipe.training.optimizer,
      diagReg: recipe.training.diagReg,
      measured: fromGamma.length > 0 ? fromGamma : fromReadout,
    },
    work,
  );

  const verified =
    options.verify === undefined
      ? null
      : await verifyForecast(
          {
            network,
            recipe,
            inputs,
            learningRate,
            steps: curves.steps,
            predicted: spreads,
            model: models.ntk,
            kernels,
            testSamples: curves.bandSamples,
            complexity: typeof measure === "string" ? null : measure,
            threads: options.threads,
            signal,
            onProgress,
          },
          options.verify,
        );

  const loss = curves.train.loss.median;
  const spec: ForecastSpec = {
    foretrain: 1,
    ...recipe,
    network,
    data: { ...recipe.data, train: n, test: inputs.test.labels.length },
  };
  const forecast: Forecast = {
    foretrain: 1,
    kind: "forecast",
    version: VERSION,
    spec,
    network: { lines: describeNetwork(network), depth, parameters: parameterCount(network) },
    data: {
      name: inputs.name,
      origin: inputs.origin,
      train: n,
      test: inputs.test.labels.length,
      inputShape: inputs.inputShape,
      classes: inputs.classNames,
      chance: inputs.chance,
      meanCorrelation: inputs.meanCorrelation,
    },
    meanField,
    unit,
    lengths,
    phaseDiagram,
    signal: signalThrough,
    spectrum,
    learningRate,
    curves,
    limits,
    depthSweep,
    finiteWidth,
    normalization,
    noise,
    complexity: forecastComplexity(
      measure,
      recipe.training.optimizer === "gd" ? "step" : "time",
      verified?.complexity ?? null,
    ),
    verification: verified?.verification ?? null,
    verdict: giveVerdict({
      learningRate,
      optimizer: recipe.training.optimizer,
      horizon,
      trainAccuracy: curves.train.accuracy.median.at(-1)!,
      testAccuracy: curves.test.accuracy.median.at(-1)!,
      ensembleTestAccuracy: curves.test.accuracy.mean.at(-1)!,
      lossRatio: loss.at(-1)! / curves.train.loss.mean[0]!,
      diagReg: recipe.training.diagReg,
      chance: inputs.chance,
      testSamples: curves.bandSamples,
      stepsToAccuracy90: curves.stepsTo.accuracy90,
    }),
    advice: [...advice, ...noiseAdvice(noise, recipe.training.optimizer === "gd" ? used * horizon : horizon)],
    warnings: [
      ...warningsOf(
        inputs,
        models,
        unit === null && typeof stackOrReason === "string" ? stackOrReason : null,
      ),
      ...permissibilityWarnings(network),
      ...lengthWarnings(lengths),
      ...finiteWidthWarnings(finiteWidth),
    ],
    references: methodReferences(inputs.name),
    reproduce: {
      command: options.command ?? "",
      node: options.nodeVersion ?? "",
      version: VERSION,
      seed: recipe.seed,
    },
  };
  return { forecast, inputs, kernels };
}
