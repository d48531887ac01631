/**
 * Predicted loss and accuracy over training: of the infinite ensemble's mean, and of single networks with their spread.
 * @module
 */

import type { PredictedComplexityRecorder } from "../complexity/index.js";
import {
  accuracy,
  type EnsembleInput,
  ensembleOutputs,
  type InitializationModes,
  initialEnergies,
  initializationModes,
  meanOutputs,
  meanTestVariance,
  meanTrainVariance,
  meanVarianceTable,
  modeEnergies,
  type NoiseClock,
  type SpectralModel,
  squaredLoss,
} from "../dynamics/index.js";
import { type CurveBand, shownSteps } from "../figures/index.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { sortedQuantile } from "../numeric/statistics/index.js";
import type { LongWork } from "../progress.js";
import type { VerifiedQuantity } from "../report/index.js";
import { modalLoss, stepsToLoss } from "../trainability/index.js";
import type { Forecast } from "./forecast.js";
import { type ForecastInputs, smallerInputs } from "./inputs.js";
import { type ForecastKernels, type KernelWork, testKernel } from "./kernels.js";
import { noiseSource, withNoise } from "./noise-source.js";
import type { ForecastRecipe } from "./spec.js";
import { logSteps, roundUpStep } from "./step-grid.js";
import type { PredictedSpreads } from "./verification.js";

/** Most test points that single networks are evaluated on: accuracies are then good to about 1 %. */
export const BAND_TEST_SAMPLES = 1000;
/** Times of the curves. */
export const CURVE_POINTS = 40;
/** Without a given number of steps, curves run until the train loss has fallen to this share, and a little on. */
const FITTED_SHARE = 0.01;
const BEYOND = 3;
/** ... but no further than anyone trains by full batches. */
const LONGEST = 1e6;
const LOW = 0.1;
const HIGH = 0.9;

export interface CurveInputs {
  readonly network: Network;
  readonly inputs: ForecastInputs;
  readonly kernels: ForecastKernels;
  readonly model: SpectralModel;
  readonly recipe: ForecastRecipe;
  /** of descent; for flow the time that one tick of the axis stands for is 1 */
  readonly learningRate: number;
  /** whether noise of the recipe is put into `spreads`, where theory has it: another draw of all outputs. Not at unstable learning rates */
  readonly noisy: boolean;
  /** shown all test outputs; null: nobody */
  readonly recorder: PredictedComplexityRecorder | null;
}

interface MutableBand {
  mean: number[];
  median: number[];
  low: number[];
  high: number[];
}

interface MutableSpread {
  mean: number[];
  deviation: number[];
}

const newSpread = (): MutableSpread => ({ mean: [], deviation: [] });

/** Standard deviation over networks, and their mean where it is not known in closed form. */
function pushSpread(spread: MutableSpread, values: Float64Array, expected?: number): void {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  spread.mean.push(expected ?? mean);
  spread.deviation.push(Math.sqrt(squares / (values.length - 1)));
}

/** The same of all quantities, where the mean losses are known in closed form. */
function pushSpreads(
  spreads: Record<VerifiedQuantity, MutableSpread>,
  expected: { readonly train: number; readonly test: number },
  { train, test }: Record<"train" | "test", ReturnType<typeof measure>>,
): void {
  pushSpread(spreads.trainLoss, train.loss, expected.train);
  pushSpread(spreads.testLoss, test.loss, expected.test);
  pushSpread(spreads.trainAccuracy, train.accuracy);
  pushSpread(spreads.testAccuracy, test.accuracy);
}

const newBand = (): MutableBand => ({ mean: [], median: [], low: [], high: [] });

function pushQuantiles(band: MutableBand, values: Float64Array): void {
  const sorted = values.slice().sort();
  band.median.push(sortedQuantile(sorted, 0.5));
  band.low.push(sortedQuantile(sorted, LOW));
  band.high.push(sortedQuantile(sorted, HIGH));
}

interface TrainingTimes {
  /** steps (or time) until the expected train loss has fallen to a share of its start; null when it never does */
  readonly toShare: (share: number) => number | null;
  /** ... until all but a share of the fall that training can bring (a ridge leaves some loss) has happened */
  readonly toReachable: (share: number) => number | null;
}

function trainingTimes(
  { inputs, model, recipe, learningRate }: CurveInputs,
  modes: InitializationModes,
): TrainingTimes {
  const k = inputs.train.targets.shape[1];
  const initial = initialEnergies(modes);
  // random initial functions add their own energy in each mode: the loss of a single network, on average
  const energies = modeEnergies(model, inputs.train.targets).map((energy, i) => energy + k * initial[i]!);
  const start = energies.reduce((sum, energy) => sum + energy, 0) / (2 * model.samples);
  const optimizer =
    recipe.training.optimizer === "gd"
      ? ({ kind: "gd", learningRate } as const)
      : ({ kind: "flow" } as const);
  const problem = { eigenvalues: model.values, energies, ridge: model.ridge };
  const end = modalLoss(problem, { kind: "flow", time: Number.POSITIVE_INFINITY });
  return {
    toShare: (share) => stepsToLoss(problem, share * start, optimizer).value,
    toReachable: (share) => stepsToLoss(problem, end + share * (start - end), optimizer).value,
  };
}

function timesOf(horizon: number, recipe: ForecastRecipe, lambdaMax: number, n: number): number[] {
  if (recipe.training.optimizer === "gd") return logSteps(horizon, CURVE_POINTS);
  // flow begins to act at n / lambda_max; a tenth of that is still at the start
  const first = Math.min(horizon, n / lambdaMax) / 10;
  const ratio = (horizon / first) ** (1 / (CURVE_POINTS - 1));
  return [
    0,
    ...Array.from({ length: CURVE_POINTS }, (_, i) =>
      i === CURVE_POINTS - 1 ? horizon : first * ratio ** i,
    ),
  ];
}

/** Columns of one output each, the same outputs side by side for each of several networks, to losses and accuracies. */
function measure(outputs: Matrix, targets: Matrix, labels: Int32Array) {
  return { loss: squaredLoss(outputs, targets), accuracy: accuracy(outputs, labels, targets.shape[1]) };
}

/** What drawing single networks needs, for all train and the first test points. */
async function ensembleKernels(
  { network, inputs, kernels, model, recipe }: CurveInputs,
  work: KernelWork,
): Promise<{ readonly few: ForecastInputs; readonly ensemble: EnsembleInput }> {
  const n = model.samples;
  const few = smallerInputs(inputs, n, BAND_TEST_SAMPLES);
  const m = few.test.labels.length;
  const firstRows = (a: Matrix) => matrix(m, n, a.data.subarray(0, m * n));
  return {
    few,
    ensemble: {
      targets: inputs.train.targets,
      nngpTrain: kernels.train.nngp,
      testTrain: firstRows(kernels.testTrain.ntk),
      nngpTestTrain: firstRows(kernels.testTrain.nngp),
      nngpTest: await testKernel(network, few, "nngp", work),
      draws: recipe.training.ensemble,
      seed: recipe.seed,
    },
  };
}

/**
 * Expected loss of one network: that of the mean output, and half the variances of all outputs, mean over points. E (f - y)^2 =
 * (E f - y)^2 + Var f.
 */
const expectedLoss = (mean: Matrix, targets: Matrix, variance: number): number =>
  squaredLoss(mean, targets)[0]! + (targets.shape[1] * variance) / 2;

/** The state of training at one value of the axis. */
function clockAt({ recipe, learningRate }: CurveInputs, at: number): NoiseClock {
  return recipe.training.optimizer === "gd"
    ? { kind: "gd", learningRate, steps: at }
    : { kind: "flow", time: at };
}

/** Outputs on the first test points where the curves end. */
export interface CurvesEnd {
  /** of the infinite ensemble [m, k] */
  readonly mean: Matrix;
  /** of single networks, side by side [m, draws * k] */
  readonly single: Matrix;
  readonly labels: Int32Array;
}

const ACCURATE = 0.9;
/** Points between two of the curve: the answer is then good to about 2 %. */
const REFINED_POINTS = 16;

/**
 * When the median network has 90 % of the train labels right, between the two points of the curve where that happens;
 * null when it does not. Single networks are the same as those of the curve.
 */
async function timeToAccuracy(
  input: CurveInputs,
  steps: readonly number[],
  median: readonly number[],
  { signal }: LongWork,
): Promise<number | null> {
  const reached = median.findIndex((value) => value >= ACCURATE);
  if (reached <= 0) return reached < 0 ? null : steps[0]!;
  const [before, after] = [steps[reached - 1]!, steps[reached]!];
  const start = Math.max(before, after / 100);
  const between = Array.from(
    { length: REFINED_POINTS },
    (_, i) => start * (after / start) ** ((i + 1) / (REFINED_POINTS + 1)),
  );
  const isGd = input.recipe.training.optimizer === "gd";
  const candidates = [...new Set(isGd ? between.map(Math.round) : between)].filter(
    (at) => at > before && at < after,
  );
  const { inputs, kernels, model, recipe } = input;
  const trainOnly = {
    targets: inputs.train.targets,
    nngpTrain: kernels.train.nngp,
    testTrain: null,
    nngpTestTrain: null,
    nngpTest: null,
    draws: recipe.training.ensemble,
    seed: recipe.seed,
  };
  const clocks = candidates.map((at) => clockAt(input, at));
  let i = 0;
  for await (const { train } of ensembleOutputs(model, trainOnly, clocks, { signal })) {
    const right = accuracy(train, inputs.train.labels, inputs.train.targets.shape[1]).sort();
    if (sortedQuantile(right, 0.5) >= ACCURATE) return candidates[i]!;
    i++;
  }
  return after;
}

/** Curves of the infinite ensemble, at the steps that training needs, with what is known of single networks without drawing any. */
function meanCurves(input: CurveInputs, few: ForecastInputs, ensemble: EnsembleInput) {
  const { inputs, kernels, model, recipe, recorder } = input;
  const n = model.samples;
  const k = inputs.train.targets.shape[1];
  const m = few.test.labels.length;
  const { nngpTrain, testTrain, nngpTestTrain, nngpTest } = ensemble;
  const modes = initializationModes(model, { nngpTrain, testTrain, nngpTestTrain, nngpTest });
  const variances = meanVarianceTable(modes);
  const times = trainingTimes(input, modes);
  const fitted = times.toReachable(FITTED_SHARE);
  const horizon =
    recipe.training.steps ??
    (fitted === null ? LONGEST : Math.min(LONGEST, roundUpStep(Math.max(100, BEYOND * fitted))));
  const steps = timesOf(horizon, recipe, model.conditioning.lambdaMax, n);
  const train = { loss: newBand(), accuracy: newBand() };
  const test = { loss: newBand(), accuracy: newBand() };
  const mean = { targets: inputs.train.targets, testTrain: kernels.testTrain.ntk };
  const expected: { readonly train: number; readonly test: number }[] = [];
  let meanTest = matrix(m, k);
  const clocks = steps.map((at) => clockAt(input, at));
  for (const outputs of meanOutputs(model, mean, clocks)) {
    meanTest = matrix(m, k, outputs.test!.data.subarray(0, m * k));
    recorder?.addMean(steps[expected.length]!, outputs.test!);
    expected.push({
      train: expectedLoss(outputs.train, few.train.targets, meanTrainVariance(modes, outputs.clock)),
      test: expectedLoss(meanTest, few.test.targets, meanTestVariance(variances, outputs.clock)),
    });
    const onTrain = measure(outputs.train, inputs.train.targets, inputs.train.labels);
    const onTest = measure(outputs.test!, inputs.test.targets, inputs.test.labels);
    train.loss.mean.push(onTrain.loss[0]!);
    train.accuracy.mean.push(onTrain.accuracy[0]!);
    test.loss.mean.push(onTest.loss[0]!);
    test.accuracy.mean.push(onTest.accuracy[0]!);
  }
  return { times, horizon, steps, expected, meanTest, train, test };
}

/**
 * Curves at log-spaced steps. The mean is exact (all test points); single networks are drawn exactly from the Gaussian
 * process at initialization and evolved exactly, on all train points and at most 1,000 test points. The mean of their losses is in
 * closed form, on the same points. `end` is null when the curves are cut because training diverges.
 */
export async function forecastCurves(
  input: CurveInputs,
  work: KernelWork,
): Promise<{
  readonly curves: Forecast["curves"];
  readonly end: CurvesEnd | null;
  /** of single networks, at the steps of the curves; losses with their exact mean, all else over the draws */
  readonly spreads: PredictedSpreads;
}> {
  const { few, ensemble } = await ensembleKernels(input, work);
  const m = few.test.labels.length;
  const { times, horizon, steps, expected, meanTest, train, test } = meanCurves(input, few, ensemble);
  const clocks = steps.map((at) => clockAt(input, at));
  const { network, model, recipe, recorder, noisy } = input;
  const { testTrain, targets, draws } = ensemble;
  const source = noisy
    ? await noiseSource({ network, inputs: few, model, testTrain: testTrain!, recipe, stable: true }, work)
    : null;
  const noise = source?.(draws * targets.shape[1], clocks);
  const spreads = {
    trainLoss: newSpread(),
    testLoss: newSpread(),
    trainAccuracy: newSpread(),
    testAccuracy: newSpread(),
  };
  let singleTest: Matrix | null = null;
  let drawn = 0;
  for await (const outputs of ensembleOutputs(model, ensemble, clocks, work)) {
    singleTest = outputs.test;
    recorder?.addSingle(steps[drawn]!, outputs.test!);
    const mean = expected[drawn++]!;
    const onTrain = measure(outputs.train, few.train.targets, few.train.labels);
    const onTest = measure(outputs.test!, few.test.targets, few.test.labels);
    const added = noise?.next().value ?? null;
    if (added === null) pushSpreads(spreads, mean, { train: onTrain, test: onTest });
    else {
      const half = targets.shape[1] / 2;
      pushSpreads(
        spreads,
        {
          train: mean.train + half * added.trainVariance,
          test: mean.test + half * added.testVariance!,
        },
        {
          train: measure(withNoise(outputs.train, added.train), few.train.targets, few.train.labels),
          test: measure(withNoise(outputs.test!, added.test!), few.test.targets, few.test.labels),
        },
      );
    }
    pushQuantiles(train.loss, onTrain.loss);
    pushQuantiles(train.accuracy, onTrain.accuracy);
    pushQuantiles(test.loss, onTest.loss);
    pushQuantiles(test.accuracy, onTest.accuracy);
  }
  const shown = shownSteps({ steps, train });
  const cut = <T>(values: readonly T[]) => values.slice(0, shown); // after divergence there are only sizes of overflow
  const cutBand = ({ mean, median, low, high }: CurveBand) => ({
    mean: cut(mean),
    median: cut(median),
    low: cut(low),
    high: cut(high),
  });
  const cutSplit = (split: { loss: CurveBand; accuracy: CurveBand }) => ({
    loss: cutBand(split.loss),
    accuracy: cutBand(split.accuracy),
  });
  const end =
    shown === steps.length && singleTest
      ? { mean: meanTest, single: singleTest, labels: few.test.labels }
      : null;
  const within = (time: number | null) => (time !== null && time <= horizon ? time : null);
  const curves = {
    steps: cut(steps),
    train: cutSplit(train),
    test: cutSplit(test),
    bandSamples: m,
    stepsTo: {
      accuracy90: await timeToAccuracy(input, cut(steps), cut(train.accuracy.median), work),
      loss10: within(times.toShare(0.1)),
      loss1: within(times.toShare(0.01)),
    },
  };
  return { curves, end, spreads };
}
