/**
 * What noise in the updates does to training: spread of the outputs by the linear model at infinite width, and the shift of the
 * expected outputs of single networks of the declared widths.
 * @module
 */
import {
  modeEnergies,
  type NoisyOutputs,
  noiseExpansions,
  noiseExpansionWork,
  noiseVariance,
  type SpectralModel,
  spectralModel,
} from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { type FiniteModel, finiteModel, initialParameters } from "../finite/index.js";
import { kernelDiagonal } from "../kernels/index.js";
import { byteSize } from "../kernels/memory.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import type { LongWork } from "../progress.js";
import type { ReportNoise } from "../report/index.js";
import { type Clock, stepsToLoss } from "../trainability/index.js";
import { secondsOf, secondsText } from "./effort.js";
import { inSpan, type SpannedNetwork } from "./input-span.js";
import { type ForecastInputs, inShape, smallerInputs } from "./inputs.js";
import { engineOf, type ForecastKernels, firstKernels, type KernelWork } from "./kernels.js";
import { noiseReason } from "./noise-source.js";
import type { ForecastRecipe } from "./spec.js";

/** Rows of the table of spreads, and the most test samples they are means over. */
const ROWS = 8;
const TEST_SAMPLES = 1000;
/** Networks whose shift is looked at: rms and its standard error. */
const NETWORKS = 4;
/** Train samples that are tried, the most first; as many test samples. */
const SAMPLES = [16, 8, 4, 2];
/** Shares of the train loss at which the shift is looked at. */
const SHARES = [0.5, 0.1];
const TOLERANCE = 1e-4;
/** Seconds of work that noise may take where the recipe leaves it open: it is asked for, other than the corrections of the widths. */
const NOISE_EFFORT = 10;
/** Bytes of derivatives that may be held. */
const MOST_BYTES = 2 ** 31;

export interface ForecastNoiseInput {
  readonly network: Network;
  readonly inputs: ForecastInputs;
  readonly kernels: ForecastKernels;
  readonly model: SpectralModel;
  readonly recipe: ForecastRecipe;
  readonly learningRate: { readonly used: number; readonly stable: boolean };
  /** of the curves; steps of descent, or time under flow */
  readonly steps: readonly number[];
}

const average = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

/** Variance of the outputs at infinite width, or why there is none. */
async function spread(
  { network, inputs, kernels, model, recipe, learningRate, steps }: ForecastNoiseInput,
  work: KernelWork,
): Promise<ReportNoise["spread"]> {
  const { noise, optimizer } = recipe.training;
  const reason = noiseReason(model, learningRate.stable);
  if (reason !== null) return { reason, found: null };
  const n = model.samples;
  const m = Math.min(TEST_SAMPLES, inputs.test.labels.length);
  const few = smallerInputs(inputs, n, m);
  const { ntk: diagonal } = await kernelDiagonal(network, inShape(few.test.x, network), {
    ...engineOf(work),
    get: ["ntk"],
    signal: work.signal,
  });
  const testTrain: Matrix = matrix(m, n, kernels.testTrain.ntk.data.subarray(0, m * n));
  const last = steps.length - 1;
  const shown = [...new Set(Array.from({ length: ROWS }, (_, i) => Math.round(((i + 1) * last) / ROWS)))].map(
    (i) => steps[i]!,
  );
  const eta = optimizer === "gd" ? learningRate.used : null;
  const clocks = shown.map(
    (at): Clock => (eta === null ? { kind: "flow", time: at } : { kind: "gd", learningRate: eta, steps: at }),
  );
  const found = noiseVariance(model, { noise, test: { train: testTrain, diagonal } }, clocks);
  // s^2 n / (2 - eta lambda / n) for every mode, on average over samples; s^2 n / 2 under flow
  let floor = 0;
  for (const lambda of model.values) {
    if (lambda > 0) floor += noise ** 2 / (2 - ((eta ?? 0) * lambda) / n);
  }
  return {
    reason: null,
    found: {
      steps: shown,
      testSamples: m,
      trainVariance: found.map(({ train }) => average(train)),
      testVariance: found.map(({ test }) => average(test!)),
      floorVariance: floor,
    },
  };
}

/** A part of the data with the times to look at. */
interface Setting extends Omit<SpannedNetwork, "network"> {
  readonly model: FiniteModel;
  readonly few: ForecastInputs;
  readonly shares: readonly number[];
  readonly times: readonly number[];
}

/** What was found wanting. */
interface Refusal {
  /** of the smallest part of the data that fits into memory; infinite where none does */
  readonly seconds: number;
  /** of the smallest part of the data */
  readonly bytes: number;
}

/** The largest part of the data that fits into the effort; or what the smallest would take. */
async function settingFor(
  { network, inputs, kernels: known }: ForecastNoiseInput,
  effort: number,
  work: KernelWork,
): Promise<Setting | Refusal> {
  let seconds = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (const samples of SAMPLES) {
    if (samples > inputs.train.labels.length && samples !== SAMPLES.at(-1)) continue;
    const few = smallerInputs(inputs, samples, samples);
    const spanned = await inSpan(network, few);
    const model = finiteModel(spanned.network);
    const rows = (few.train.labels.length + few.test.labels.length) * inputs.classNames.length;
    // what noiseExpansions holds: gradients, their basis twice while it is turned, one buffer; Hessians; the flat weights
    const held = (4 * rows + 4 * SHARES.length) * model.parameterCount;
    bytes = 8 * (held + rows * Math.min(rows, model.parameterCount) ** 2);
    if (bytes > MOST_BYTES) continue;
    const kernels = firstKernels(known, few.train.labels.length, few.test.labels.length);
    const spectral = await spectralModel(kernels.train.ntk, { signal: work.signal });
    const energies = modeEnergies(spectral, few.train.targets);
    const start = energies.reduce((sum, energy) => sum + energy, 0) / (2 * spectral.samples);
    const within = SHARES.flatMap((share) => {
      const problem = { eigenvalues: spectral.values, energies };
      const time = stepsToLoss(problem, share * start, { kind: "flow" }).value;
      if (time === null) return [];
      const count = few.train.labels.length;
      const each = noiseExpansionWork({
        model,
        trainSamples: count,
        testSamples: few.test.labels.length,
        looks: 2 * SHARES.length,
        decays: (time * spectral.conditioning.lambdaMax) / count,
      });
      const needed = NETWORKS * secondsOf(each);
      seconds = Math.min(seconds, needed);
      return needed <= effort ? [{ share, time }] : [];
    });
    if (within.length === 0) continue;
    return {
      ...spanned,
      model,
      few,
      shares: within.map(({ share }) => share),
      times: within.map(({ time }) => time),
    };
  }
  return { seconds, bytes };
}

/** Mean square of values known with independent errors, without what the errors add. */
function meanSquare(values: readonly number[], errors: readonly number[] | null): number {
  return average(values.map((value, i) => value * value - (errors?.[i] ?? 0) ** 2));
}

/** Why a network has no shift to compute; null: it has one. */
function shiftRefusal(network: Network, effort: number): string | null {
  if (effort === 0) return "not asked for (training.corrections is 0)";
  try {
    const { activations } = finiteModel(network);
    const kink = activations.find(({ breakPoints }) => breakPoints.some(({ order }) => order <= 1));
    return kink === undefined
      ? null
      : `${kink.label} has a kink, where its Hessian misses what noise does; gelu is smooth`;
  } catch (error) {
    if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
    return error.message;
  }
}

/** The most that the shift by noise may take, or why it takes nothing. */
export function shiftCost(
  network: Network,
  corrections: number | null,
): { readonly seconds: number; readonly bytes: number } | { readonly reason: string } {
  const effort = corrections ?? NOISE_EFFORT;
  const reason = shiftRefusal(network, effort);
  return reason === null ? { seconds: effort, bytes: MOST_BYTES } : { reason };
}

/**
 * Shift of order s^2 of the expected test outputs of one network (Taylor degree 2 of the output), and the spread beside it. The
 * shift is odd in the sign of the readout, so that its mean over random networks is 0 to this order. The residual at the start is
 * odd in it too: their product, which the shift adds to the expected loss, is not 0 on average. It is of the order s^2 of half
 * the variance, at any width: with one tanh layer, 8 samples and 2 outputs -0.33 to -0.26 of it, so that half the variance alone is 1.3 to
 * 1.5 times what noise adds, however small s is.
 * Wider layers do not make it smaller: it is about s^2 t tr(H) / 2, and the trace is over all weights. Taylor degree 3 is left out: in
 * networks with one tanh layer of 32, 128 and 512 units its part of the shift (t = 2, 4 samples, root mean square in units of s^2) was
 * 0.37, 0.24 and 0.13 where that of degree 2 was 0.65, 0.84 and 0.96, and what it adds to the loss not seen: 0.003 +- 0.008 of 0.54 - 0.27.
 */
async function shift(input: ForecastNoiseInput, work: KernelWork & LongWork): Promise<ReportNoise["shift"]> {
  const { network, inputs, recipe } = input;
  const { noise } = recipe.training;
  const effort = recipe.training.corrections ?? NOISE_EFFORT;
  const none = (reason: string): ReportNoise["shift"] => ({ reason, found: null });
  const refusal = shiftRefusal(network, effort);
  if (refusal !== null) return none(refusal);
  try {
    const setting = await settingFor(input, effort, work);
    if ("bytes" in setting) {
      const { seconds, bytes } = setting;
      if (bytes > MOST_BYTES)
        return none(
          `the derivatives of networks this large need ${byteSize(bytes)}, at most ${byteSize(MOST_BYTES)} may be held; use narrower layers or fewer classes`,
        );
      return none(
        Number.isFinite(seconds)
          ? `the Hessians of networks this large are about ${secondsText(seconds)} s of work, more than the ${effort} s that it may take: training.corrections (--corrections ${secondsText(seconds)}) allows it`
          : "training hardly lowers the loss on the few samples that it could be taken on",
      );
    }
    const { model, x, testX, few, times, shares } = setting;
    const k = inputs.classNames.length;
    const y = { data: few.train.targets.data, shape: [few.train.labels.length, k] };
    const tested = few.train.labels.length * k;
    const rng = createRng(recipe.seed).fork("noise");
    const testY = few.test.targets.data;
    const found: { square: number; variance: number; loss: number }[][] = times.map(() => []);
    for (let network = 0; network < NETWORKS; network++) {
      work.onProgress?.({ label: "noise", done: network, total: NETWORKS, unit: "networks" });
      const base = {
        model,
        parameters: initialParameters(model, { seed: rng.fork(`${network}`) }),
        x,
        y,
        testX,
        order: 2 as const,
        times,
        tolerance: TOLERANCE,
        memory: MOST_BYTES,
        signal: work.signal,
      };
      const [still, noisy] = (await noiseExpansions({ ...base, noises: [0, noise] })) as [
        NoisyOutputs[],
        NoisyOutputs[],
      ];
      for (const [t] of times.entries()) {
        const of = ({ terms }: NoisyOutputs) => Array.from(terms[1]!.subarray(tested));
        const before = of(still[t]!);
        const moved = of(noisy[t]!).map((value, i) => value - before[i]!);
        const errors = noisy[t]!.traceErrors?.terms[1];
        found[t]!.push({
          square: meanSquare(moved, errors === undefined ? null : Array.from(errors.subarray(tested))),
          variance: average(noisy[t]!.variance.subarray(tested)),
          // to the order of the shift itself the residual is that of the linear model
          loss: k * average(moved.map((value, i) => (still[t]!.terms[0]![tested + i]! - testY[i]!) * value)),
        });
      }
    }
    work.onProgress?.({ label: "noise", done: NETWORKS, total: NETWORKS, unit: "networks" });
    return {
      reason: null,
      found: {
        networks: NETWORKS,
        parameters: model.parameterCount,
        train: few.train.labels.length,
        test: few.test.labels.length,
        times,
        lossShares: shares,
        size: found.map((all) => rootOf(all.map(({ square }) => square))),
        spread: found.map((all) => rootOf(all.map(({ variance }) => variance)).size),
        shiftLoss: found.map((all) => meanOf(all.map(({ loss }) => loss))),
        addedLoss: found.map((all) => meanOf(all.map(({ variance, loss }) => (k * variance) / 2 + loss))),
      },
    };
  } catch (error) {
    if (isForetrainError(error, "ERR_UNAVAILABLE") || isForetrainError(error, "ERR_MEMORY"))
      return none(error.message);
    if (isForetrainError(error, "ERR_NUMERICAL"))
      return none(`the expansion runs away on these data: networks this narrow leave the linear model`);
    throw error;
  }
}

/** Mean over networks, with its standard error. */
function meanOf(values: readonly number[]): { size: number; standardError: number } {
  const mean = average(values);
  const count = values.length;
  const sum = values.reduce((all, value) => all + (value - mean) ** 2, 0);
  return { size: mean, standardError: Math.sqrt(sum / (count * (count - 1))) };
}

/** Root of a mean over networks, with its standard error. */
function rootOf(squares: readonly number[]): { size: number; standardError: number } {
  const { size: mean, standardError: error } = meanOf(squares);
  const size = Math.sqrt(Math.max(0, mean));
  return { size, standardError: size > 0 ? error / (2 * size) : Math.sqrt(error) };
}

/**
 * Effects of d theta = -grad L dt + s dW, t = learning rate x steps; a step of descent adds noise of variance s^2 eta to every
 * weight. Null without noise.
 */
export async function forecastNoise(
  input: ForecastNoiseInput,
  work: KernelWork & LongWork,
): Promise<ReportNoise | null> {
  const { noise } = input.recipe.training;
  if (noise === 0) return null;
  return { noise, spread: await spread(input, work), shift: await shift(input, work) };
}
