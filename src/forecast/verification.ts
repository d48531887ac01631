/**
 * Real networks beside the prediction: trained at the declared widths on the same samples by the same recipe, and compared with what
 * theory says of single networks, quantity by quantity and step by step.
 * @module
 */
import { ForetrainError, isForetrainError } from "../errors.js";
import { countText, numberText, percentText } from "../figures/index.js";
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
import { layerShapes, type Network } from "../network/index.js";
import type { Matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import {
  BAND_DEVIATIONS,
  type ComparedQuantity,
  type KernelMovement,
  type MeasuredComplexity,
  type PredictedSpread,
  type ReportVerification,
  type VerifiedQuantity,
} from "../report/index.js";
import { type ComplexityMeasure, measuredComplexity } from "./complexity.js";
import { type ForecastInputs, inShape, smallerInputs } from "./inputs.js";
import { kernelMovement } from "./kernel-movement.js";
import type { ForecastRecipe } from "./spec.js";

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
  /** of the infinite network on the train samples [n, n] */
  readonly ntk: Matrix;
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

const DEFAULT_NETWORKS = 4;
const DEFAULT_STEPS = 1000;
/** Predicted curves of training that diverges end at 10^4 times their start, and trained networks are followed as far: the root of this. */
const DIVERGED = 1e8;
/** Means further apart than this many predicted standard deviations of single networks are no longer the same curve: the band of reports ... */
const APART = BAND_DEVIATIONS;
/** ... unless nobody would see the difference: half a point of accuracy, 2 % of a loss. */
const SEEN = { accuracy: 0.005, loss: 0.02 };

export const VERIFIED_QUANTITIES: readonly VerifiedQuantity[] = [
  "trainLoss",
  "testLoss",
  "trainAccuracy",
  "testAccuracy",
];
const NAMES: Readonly<Record<VerifiedQuantity, string>> = {
  trainLoss: "train loss",
  testLoss: "test loss",
  trainAccuracy: "train accuracy",
  testAccuracy: "test accuracy",
};

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

/** Compares one quantity at every step. */
export function compareSpreads(
  steps: readonly number[],
  measured: NetworkSpread,
  predicted: PredictedSpread,
  counts: { readonly networks: number; readonly draws: number },
  kind: "loss" | "accuracy",
): ComparedQuantity {
  // the predicted mean of an accuracy is one over draws of networks, too; that of a loss is exact
  const drawn = kind === "loss" ? 0 : 1 / counts.draws;
  const z = steps.map((_, i) => {
    const error = predicted.deviation[i]! * Math.sqrt(1 / counts.networks + drawn);
    return error > 0 ? (measured.mean[i]! - predicted.mean[i]!) / error : null;
  });
  const apart = steps.map((_, i) => {
    const mean = predicted.mean[i]!;
    const unseen = kind === "loss" ? SEEN.loss * mean : SEEN.accuracy;
    return Math.abs(measured.mean[i]! - mean) > Math.max(APART * predicted.deviation[i]!, unseen);
  });
  const held = (i: number, values: readonly number[]) =>
    Math.abs(values[i]! - predicted.mean[i]!) <= APART * predicted.deviation[i]!;
  const stepsWith = (...lines: (readonly number[])[]) =>
    steps.filter((_, i) => lines.every((values) => held(i, values))).length;
  const lastTogether = apart.lastIndexOf(false);
  return {
    measured: { mean: measured.mean, deviation: measured.deviation!, low: measured.low, high: measured.high },
    predicted,
    z,
    partsAt: lastTogether === steps.length - 1 ? null : steps[lastTogether + 1]!,
    together: apart.filter((value) => !value).length / steps.length,
    inside: { mean: stepsWith(measured.mean), all: stepsWith(measured.low, measured.high) },
  };
}

function widthsText(network: Network): string {
  const widths = layerShapes(network).flatMap(({ layer }) =>
    layer.kind === "dense" ? [layer.units] : layer.kind === "conv" ? [layer.channels] : [],
  );
  const hidden = [...new Set(widths.slice(0, -1))];
  if (hidden.length === 0) return "the declared width";
  return hidden.length === 1
    ? `width ${countText(hidden[0]!)}`
    : `widths ${countText(Math.min(...hidden))} to ${countText(Math.max(...hidden))}`;
}

/** What was measured of the kernel, and which of the two is the larger reason. */
function movementText({ start, moved }: KernelMovement): string {
  const text = [
    `training moved the tangent kernel of the first network by ${percentText(moved)}`,
    `at its start it was ${percentText(start)} from that of infinite width`,
  ];
  return moved > start
    ? `${text.join(", ")}: it learns features, which fades like 1 / width`
    : `${text.join(", ")}: mostly the scatter of random weights, which fades like 1 / sqrt(width)`;
}

type Quantities = NonNullable<ReportVerification["quantities"]>;

function judge(
  network: Network,
  count: number,
  steps: readonly number[],
  quantities: Quantities,
  rate: ReportVerification["learningRate"],
  kernel: KernelMovement | null,
): Pick<ReportVerification, "kind" | "sentence"> {
  const last = steps.at(-1)!;
  const { testAccuracy } = quantities;
  const end = `test accuracy ${percentText(testAccuracy.measured.mean.at(-1)!)} measured, ${percentText(testAccuracy.predicted.mean.at(-1)!)} predicted at step ${countText(last)}`;
  const widths = widthsText(network);
  const parted = VERIFIED_QUANTITIES.filter((name) => quantities[name].partsAt !== null);
  if (parted.length === 0) {
    return {
      kind: "agrees",
      sentence: `${countText(count)} trained networks of ${widths} follow the prediction up to step ${countText(last)}: ${end}.`,
    };
  }
  const first = Math.min(...parted.map((name) => quantities[name].partsAt!));
  const which = parted
    .map((name) => `${NAMES[name]} from step ${countText(quantities[name].partsAt!)} on`)
    .join(", ");
  const tooFast = rate.used > rate.networks;
  const why = tooFast
    ? `the learning rate ${numberText(rate.used)} is above ${numberText(rate.networks)}, the largest that is stable for these networks at the start`
    : `${widths} is too small for the theory of infinite width ${first === 0 ? "at this depth" : `beyond step ${countText(first)}`}${kernel === null ? "" : ` (${movementText(kernel)})`}`;
  return {
    kind: tooFast ? "rate-too-large" : "width-too-small",
    sentence: `${countText(count)} trained networks of ${widths} part from the prediction (${which}): ${why}; ${end}.`,
  };
}

/** Trains the networks and compares. Networks that diverge are told as such; they do not end the forecast. */
export async function verifyForecast(input: VerificationInput, options: VerifyOptions): Promise<Verified> {
  const { network, recipe, learningRate, signal, onProgress, testSamples, predicted } = input;
  requireVerifiable(recipe, options);
  const { networks = DEFAULT_NETWORKS } = options;
  const horizon = Math.min(input.steps.at(-1)!, options.steps ?? DEFAULT_STEPS);
  const steps = input.steps.filter((step) => step <= horizon);
  const { train, test } = smallerInputs(input.inputs, input.inputs.train.labels.length, testSamples);
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
        dtype: "float32",
        divergenceFactor: DIVERGED,
      },
      train: split(train),
      test: split(test),
      networks,
      records: steps,
      keepOutputs: input.complexity === null ? "none" : "test",
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
        steps: [],
        quantities: null,
        kernel: null,
        stepsPerSecond: null,
      },
      complexity: null,
    };
  }
  const measured = measuredOf(trained);
  const counts = { networks, draws: recipe.training.ensemble };
  const cut = ({ mean, deviation }: PredictedSpread) => ({
    mean: mean.slice(0, steps.length),
    deviation: deviation.slice(0, steps.length),
  });
  const quantities = Object.fromEntries(
    VERIFIED_QUANTITIES.map((name) => [
      name,
      compareSpreads(
        steps,
        measured[name],
        cut(predicted[name]),
        counts,
        name.endsWith("Loss") ? "loss" : "accuracy",
      ),
    ]),
  ) as Quantities;
  const kernel = await kernelMovement(
    model,
    theta,
    trained.networks[0]!.parameters,
    inShape(train.x, network),
    input.ntk,
    { signal },
  );
  const seconds = trained.networks.reduce((sum, one) => sum + one.seconds, 0);
  return {
    verification: {
      ...base,
      ...judge(network, networks, steps, quantities, rate, kernel),
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
