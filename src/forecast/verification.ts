/**
 * Real networks beside the prediction: trained at the declared widths on the same samples by the same recipe, and compared with what
 * theory says of single networks, quantity by quantity and step by step.
 * @module
 */
import type { SpectralModel } from "../dynamics/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import {
  finiteModel,
  initialParameters,
  largestCurvature,
  type NetworkSpread,
  stableLearningRate,
  type TrainedNetworks,
  type TrainingRecord,
  trainNetworks,
} from "../finite/index.js";
import type { Network } from "../network/index.js";
import { matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import type {
  MeasuredComplexity,
  PredictedSpread,
  ReportVerification,
  VerifiedQuantity,
} from "../report/index.js";
import { compareSpreads } from "./comparison.js";
import { type ComplexityMeasure, measuredComplexity } from "./complexity.js";
import { type ForecastInputs, inShape, smallerInputs } from "./inputs.js";
import { kernelMovement } from "./kernel-movement.js";
import type { ForecastKernels } from "./kernels.js";
import { matchedCurves } from "./matched-curves.js";
import { noiseReason, noiseSource } from "./noise-source.js";
import type { ForecastRecipe } from "./spec.js";
import { judgeVerification, widthsText } from "./verification-verdict.js";

/** How many real networks are trained beside a forecast, and how long. */
export interface VerifyOptions {
  /** real networks to train, >= 2; default 4 */
  readonly networks?: number | undefined;
  /** they are trained no longer than this; default 1,000 */
  readonly steps?: number | undefined;
}

/**
 * Mean and standard deviation over single networks, as theory has them, at the steps of the curves. Means of losses are exact; means of
 * accuracies, and all deviations, are those of networks drawn from the theory.
 */
export type PredictedSpreads = Readonly<Record<VerifiedQuantity, PredictedSpread>>;

export interface VerificationInput extends LongWork {
  /** networks that are trained at a time, at most; default all cores */
  readonly threads?: number | undefined;
  readonly network: Network;
  readonly recipe: ForecastRecipe;
  readonly inputs: ForecastInputs;
  readonly learningRate: { readonly limit: number; readonly used: number };
  /** of the predicted curves */
  readonly steps: readonly number[];
  readonly predicted: PredictedSpreads;
  /** of the NTK on the train samples */
  readonly model: SpectralModel;
  readonly kernels: ForecastKernels;
  /** test samples that the single networks of the prediction were evaluated on */
  readonly testSamples: number;
  /** the linear model that the trained networks are held against; null: none */
  readonly complexity: ComplexityMeasure | null;
  /** told every record of the trained networks */
  readonly onRecord?: ((record: TrainingRecord, seed: number) => void) | undefined;
}

/** What trained networks say. */
export interface Verified {
  readonly verification: ReportVerification;
  /** null when training diverged, or there is no linear model */
  readonly complexity: MeasuredComplexity | null;
}

/** Real networks, and steps that they are trained at most, unless told otherwise. */
export const DEFAULT_NETWORKS = 4;
export const DEFAULT_STEPS = 1000;
/** Predicted curves of training that diverges end at 10^4 times their start, and trained networks are followed as far: the root of this. */
const DIVERGED = 1e8;
/** Refuses recipes that no training of finite networks follows, before anything is computed. */
export function requireVerifiable(
  recipe: ForecastRecipe,
  { networks = DEFAULT_NETWORKS, steps = DEFAULT_STEPS }: VerifyOptions,
): void {
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError(
      "ERR_SPEC",
      `verification: ${argument} is ${JSON.stringify(got)}, expected ${expected}`,
      {
        argument,
        got,
        expected,
      },
    );
  };
  const { optimizer, diagReg } = recipe.training;
  if (optimizer !== "gd") fail("training.optimizer", optimizer, '"gd": finite networks are trained in steps');
  if (diagReg !== 0) fail("training.diagReg", diagReg, "0: finite networks are trained without a ridge");
  if (!(Number.isSafeInteger(networks) && networks >= 2))
    fail("networks", networks, "a whole number >= 2, for a spread");
  if (!(Number.isSafeInteger(steps) && steps >= 1)) fail("steps", steps, "a whole number >= 1");
}

function measuredOf(trained: TrainedNetworks): Readonly<Record<VerifiedQuantity, NetworkSpread>> {
  const { train, test } = trained;
  return {
    trainLoss: train.loss,
    testLoss: test!.loss,
    trainAccuracy: train.accuracy!,
    testAccuracy: test!.accuracy!,
  };
}

/** What noise the networks are trained with, and whether the prediction beside them has it. */
function noiseOf({ recipe, model, learningRate }: VerificationInput): Pick<ReportVerification, "noise"> {
  const { noise } = recipe.training;
  if (noise === 0) return {};
  const stable = learningRate.used < learningRate.limit;
  return { noise: { size: noise, missing: noiseReason(model, stable) } };
}

/** Every quantity at every step, with the theory from the networks' own starts. */
async function compare(
  input: VerificationInput,
  few: ForecastInputs,
  steps: readonly number[],
  trained: TrainedNetworks,
): Promise<NonNullable<ReportVerification["quantities"]>> {
  const { network, recipe, model, kernels, learningRate, predicted, signal } = input;
  const [n, m] = [few.train.labels.length, few.test.labels.length];
  const testTrain = matrix(m, n, kernels.testTrain.ntk.data.subarray(0, m * n));
  const stable = learningRate.used < learningRate.limit;
  const theory = await matchedCurves(
    {
      model,
      inputs: few,
      testTrain,
      learningRate: learningRate.used,
      steps,
      outputs: trained.networks.map(({ outputs }) => ({ train: outputs.train!, test: outputs.test! })),
      noise: await noiseSource({ network, inputs: few, model, testTrain, recipe, stable }, { signal }),
    },
    { signal },
  );
  const measured = measuredOf(trained);
  const counts = { networks: trained.networks.length, draws: recipe.training.ensemble };
  const quantity = (name: VerifiedQuantity) => {
    const { mean, deviation, low, high } = measured[name];
    const expected = predicted[name];
    return compareSpreads(
      steps,
      { mean, deviation: deviation!, low, high },
      { mean: expected.mean.slice(0, steps.length), deviation: expected.deviation.slice(0, steps.length) },
      { ...counts, samples: name.startsWith("train") ? n : m },
      name.endsWith("Loss") ? "loss" : "accuracy",
      {
        measured: trained.networks.map(({ records }) => records.map((record) => record[name]!)),
        theory: theory[name],
      },
    );
  };
  return {
    trainLoss: quantity("trainLoss"),
    testLoss: quantity("testLoss"),
    trainAccuracy: quantity("trainAccuracy"),
    testAccuracy: quantity("testAccuracy"),
  };
}

/** Trains the networks and compares. Networks that diverge are told as such; they do not end the forecast. */
export async function verifyForecast(input: VerificationInput, options: VerifyOptions): Promise<Verified> {
  const { network, recipe, learningRate, signal, onProgress, testSamples } = input;
  requireVerifiable(recipe, options);
  const { networks = DEFAULT_NETWORKS } = options;
  const horizon = Math.min(input.steps.at(-1)!, options.steps ?? DEFAULT_STEPS);
  const steps = input.steps.filter((step) => step <= horizon);
  const few = smallerInputs(input.inputs, input.inputs.train.labels.length, testSamples);
  const { train, test } = few;
  const split = (part: typeof train) => ({
    x: inShape(part.x, network),
    y: part.targets,
    labels: part.labels,
  });
  const model = finiteModel(network);
  const theta = initialParameters(model, { seed: recipe.seed });
  const curvature = await largestCurvature(model, theta, inShape(train.x, network), {
    signal,
    samples: train.labels.length,
    tolerance: 1e-3,
  });
  const rate = {
    used: learningRate.used,
    theory: learningRate.limit,
    networks: stableLearningRate(curvature.value),
  };
  const base = {
    networks,
    testSamples: test.labels.length,
    learningRate: rate,
    ...noiseOf(input),
    horizon: steps.at(-1)!,
    of: input.steps.at(-1)!,
  };
  let trained: TrainedNetworks;
  try {
    trained = await trainNetworks({
      network,
      recipe: {
        steps: Math.max(1, steps.at(-1)!),
        learningRate: learningRate.used,
        seed: recipe.seed,
        noise: recipe.training.noise,
        dtype: "float32",
        divergenceFactor: DIVERGED,
      },
      train: split(train),
      test: split(test),
      networks,
      records: steps,
      keepOutputs: "both",
      threads: input.threads,
      onRecord: input.onRecord,
      signal,
      onProgress,
    });
  } catch (error) {
    if (!isForetrainError(error, "ERR_NUMERICAL")) throw error;
    return {
      verification: {
        ...base,
        kind: "diverges",
        sentence: `Trained networks of ${widthsText(network)} diverge: ${error.message}.`,
        details: [],
        steps: [],
        quantities: null,
        kernel: null,
        stepsPerSecond: null,
      },
      complexity: null,
    };
  }
  const quantities = await compare(input, few, steps, trained);
  const kernel = await kernelMovement(
    model,
    theta,
    trained.networks[0]!.parameters,
    inShape(train.x, network),
    input.kernels.train.ntk,
    { signal },
  );
  const seconds = trained.networks.reduce((sum, one) => sum + one.seconds, 0);
  return {
    verification: {
      ...base,
      ...judgeVerification({ network, networks, steps, quantities, rate, kernel, noise: base.noise }),
      steps,
      quantities,
      kernel,
      stepsPerSecond: seconds > 0 ? (networks * steps.at(-1)!) / seconds : null,
      engine: `float32 by ${trained.engine}${trained.threads > 1 ? `, ${trained.threads} networks at a time` : ""}`,
    },
    complexity:
      input.complexity &&
      measuredComplexity(
        trained.networks.map(({ outputs }) => outputs.test!),
        steps,
        test.labels,
        input.complexity,
      ),
  };
}
