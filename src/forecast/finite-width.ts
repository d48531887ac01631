/**
 * What the declared widths change of the infinite-width prediction: networks with random weights are expanded around their
 * linear models, order by order, on a part of the data.
 * @module
 */
import {
  expansionEnd,
  lazyExpansion,
  lazyExpansionWork,
  meanOutputs,
  modeEnergies,
  type SpectralModel,
  spectralModel,
} from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { percentText } from "../figures/index.js";
import { type FiniteModel, finiteModel, initialParameters } from "../finite/index.js";
import type { Network } from "../network/index.js";
import { createRng } from "../numeric/random.js";
import { breathe, type LongWork } from "../progress.js";
import type { ReportFiniteWidth } from "../report/index.js";
import { stepsToLoss } from "../trainability/index.js";
import { secondsOf, secondsText } from "./effort.js";
import { inSpan, type SpannedNetwork } from "./input-span.js";
import { type ForecastInputs, smallerInputs } from "./inputs.js";
import { type ForecastKernels, firstKernels, forecastKernels, type KernelWork } from "./kernels.js";

/** Taylor degree of the output: all of the mean's correction of order 1 / width is in degrees up to 3. */
const ORDER = 3;
/** Drawn in pairs with opposite readouts, whose random start cancels in the mean. */
const PAIRS = 4;
/** Train samples that are tried, the most first; as many test samples. */
const SAMPLES = [64, 32, 16, 8];
/** Shares of the train loss at which the networks are looked at. */
const SHARES = [0.9, 0.75, 0.5, 0.25, 0.1];
/** That the loss falls so far is worth fewer samples. */
const FAR = 0.5;
/** Relative, of the solver: far below what the networks differ by. */
const TOLERANCE = 1e-4;
/** Seconds: about what the rest of a forecast on a few hundred samples takes. */
const EFFORT = 2;
/** Arrays of all terms that the solver holds, and the most bytes they may take. */
const STATES = 11;
const MOST_BYTES = 2 ** 29;

export interface FiniteWidthInput {
  readonly network: Network;
  readonly inputs: ForecastInputs;
  /** of the inputs; missing: they are computed for the samples that are tried */
  readonly kernels?: ForecastKernels;
  /** seconds of work that may be spent, at the nominal rates; 0: none, null: 2 */
  readonly effort: number | null;
  readonly seed: number;
}

/** A part of the data with the times to look at, and what the infinite network does there. */
interface Setting extends Omit<SpannedNetwork, "network"> {
  readonly model: FiniteModel;
  readonly few: ForecastInputs;
  readonly shares: readonly number[];
  readonly times: readonly number[];
  /** mean test outputs at infinite width, [time][m k] */
  readonly infinite: readonly Float64Array[];
}

const bytesOf = ({ parameterCount }: FiniteModel) => 8 * STATES * ORDER * parameterCount;

const unavailable = (reason: string): ReportFiniteWidth => ({ reason, found: null });

/** Seconds that the expansion of all networks up to `time` takes. */
function secondsUpTo(model: FiniteModel, { conditioning, samples }: SpectralModel, time: number): number {
  const decays = (time * conditioning.lambdaMax) / samples;
  return 2 * PAIRS * secondsOf(lazyExpansionWork(model, samples, ORDER, decays));
}

/**
 * The largest part of the data on which the networks can be expanded until the loss has halved, or the smallest until it has
 * fallen at all; or the seconds that this would take.
 */
async function settingFor(
  { network, inputs, kernels: known }: FiniteWidthInput,
  effort: number,
  work: KernelWork,
): Promise<Setting | number> {
  let least = Number.POSITIVE_INFINITY;
  let found: Setting | null = null;
  for (const samples of SAMPLES) {
    if (samples > inputs.train.labels.length && samples !== SAMPLES.at(-1)) continue;
    const few = smallerInputs(inputs, samples, samples);
    const spanned = await inSpan(network, few);
    const model = finiteModel(spanned.network);
    if (bytesOf(model) > MOST_BYTES) continue;
    const kernels =
      known === undefined
        ? await forecastKernels(network, few, { ...work, onProgress: undefined })
        : firstKernels(known, few.train.labels.length, few.test.labels.length);
    const spectral = await spectralModel(kernels.train.ntk, { signal: work.signal });
    const energies = modeEnergies(spectral, few.train.targets);
    const problem = { eigenvalues: spectral.values, energies };
    const start = energies.reduce((sum, energy) => sum + energy, 0) / (2 * spectral.samples);
    const reached = SHARES.flatMap((share) => {
      const time = stepsToLoss(problem, share * start, { kind: "flow" }).value;
      return time === null ? [] : [{ share, time, seconds: secondsUpTo(model, spectral, time) }];
    });
    least = Math.min(least, reached[0]?.seconds ?? Number.POSITIVE_INFINITY);
    const within = reached.filter(({ seconds }) => seconds <= effort);
    if (within.length === 0) continue;
    const clocks = within.map(({ time }) => ({ kind: "flow", time }) as const);
    const mean = { targets: few.train.targets, testTrain: kernels.testTrain.ntk };
    const infinite = [...meanOutputs(spectral, mean, clocks)].map(({ test }) => test!.data);
    found = {
      ...spanned,
      model,
      few,
      shares: within.map(({ share }) => share),
      times: within.map(({ time }) => time),
      infinite,
    };
    if (within.at(-1)!.share <= FAR) break;
  }
  return found ?? least;
}

/** Random weights, and the same with the readout's signs turned where the outputs are then the opposite ones. */
function* drawnParameters(model: FiniteModel, seed: number): Generator<Float64Array[]> {
  const readout = model.tensors.at(-1)!.name;
  const odd = model.network.layers.at(-1)?.kind === "dense";
  const rng = createRng(seed).fork("finite width");
  for (let pair = 0; pair < PAIRS; pair++) {
    const first = initialParameters(model, { seed: rng.fork(`${pair}`) });
    if (!odd) {
      yield [first, initialParameters(model, { seed: rng.fork(`${pair} again`) })];
      continue;
    }
    const second = Float64Array.from(first);
    for (const { name, offset, size } of model.tensors) {
      if (name !== readout) continue;
      for (let i = offset; i < offset + size; i++) second[i] = -second[i]!;
    }
    yield [first, second];
  }
}

/** Root mean square over outputs. */
const rms = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / values.length);
};

/** Mean over pairs of vectors, with the root mean square of its standard errors. */
class PairMean {
  private readonly pairs: Float64Array[] = [];

  add(vectors: readonly Float64Array[]): void {
    const [a, b] = vectors as [Float64Array, Float64Array];
    this.pairs.push(a.map((value, i) => 0.5 * (value + b[i]!)));
  }

  /** less `expected`, both relative to `scale` */
  size(scale: number, expected: Float64Array | null = null): { size: number; standardError: number } {
    const count = this.pairs.length;
    const mean = this.pairs[0]!.map((_, i) => this.pairs.reduce((sum, pair) => sum + pair[i]!, 0) / count);
    const errors = mean.map((value, i) => {
      const squares = this.pairs.reduce((sum, pair) => sum + (pair[i]! - value) ** 2, 0);
      return Math.sqrt(squares / (count * (count - 1)));
    });
    const difference = expected === null ? mean : mean.map((value, i) => value - expected[i]!);
    return { size: rms(difference) / scale, standardError: rms(errors) / scale };
  }
}

/** The network with weights, or why it has no expansion. */
function expandable(network: Network, effort: number): FiniteModel | string {
  if (effort === 0) return "not asked for (training.corrections is 0)";
  let model: FiniteModel;
  try {
    model = finiteModel(network);
  } catch (error) {
    if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
    return error.message;
  }
  const kink = model.activations.find(({ breakPoints }) => breakPoints.some(({ order }) => order <= 1));
  if (kink === undefined) return model;
  return `${kink.label} has a kink, so that the network has no Taylor expansion in its weights; smooth activations such as gelu have one`;
}

/** The most that {@link forecastFiniteWidth} may take, or why it takes nothing. */
export function finiteWidthCost(
  network: Network,
  effort: number | null,
): { readonly seconds: number; readonly bytes: number } | { readonly reason: string } {
  const model = expandable(network, effort ?? EFFORT);
  if (typeof model === "string") return { reason: model };
  return { seconds: effort ?? EFFORT, bytes: Math.min(MOST_BYTES, bytesOf(model)) };
}

/**
 * Networks of the declared widths on a part of the data, under gradient flow without ridge, expanded to order 3 in the Taylor degree
 * of the output. Sizes are root mean squares over test outputs, relative to that of the infinite-width mean.
 *
 * The declared networks' own mean is known as far as `standardError` says; terms beyond order 3 are not in it.
 */
export async function forecastFiniteWidth(
  input: FiniteWidthInput,
  work: KernelWork & LongWork,
): Promise<ReportFiniteWidth> {
  const { network, inputs, seed } = input;
  const effort = input.effort ?? EFFORT;
  const { signal, onProgress } = work;
  const model = expandable(network, effort);
  if (typeof model === "string") return unavailable(model);
  const { parameterCount } = model;
  const setting = await settingFor(input, effort, work);
  if (typeof setting === "number") {
    const needed = Math.ceil(bytesOf(model) / 2 ** 20);
    return unavailable(
      Number.isFinite(setting)
        ? `expanding networks of ${parameterCount} parameters on ${SAMPLES.at(-1)} samples is about ${secondsText(setting)} s of work, more than the ${effort} s that it may take: training.corrections (--corrections ${secondsText(setting)}) allows it`
        : `the terms of ${parameterCount} parameters need about ${needed} MiB, at most ${MOST_BYTES / 2 ** 20} MiB are allowed, or training hardly lowers the loss; use narrower layers`,
    );
  }
  const { model: drawn, x, testX, few, times, shares, infinite } = setting;
  const outputs = inputs.classNames.length;
  const total = 2 * PAIRS;
  const report = (done: number) => onProgress?.({ label: "finite width", done, total, unit: "networks" });
  const single = Array.from({ length: ORDER }, () => times.map(() => [] as number[]));
  const means = Array.from({ length: ORDER }, () => times.map(() => new PairMean()));
  const sums = times.map(() => new PairMean());
  let done = 0;
  report(0);
  const y = { data: few.train.targets.data, shape: [few.train.labels.length, outputs] };
  try {
    for (const pair of drawnParameters(drawn, seed)) {
      const found: Float64Array[][][] = []; // [network][order][time]
      for (const parameters of pair) {
        await breathe(signal);
        const { test, start } = lazyExpansion({
          model: drawn,
          parameters,
          x,
          y,
          testX,
          order: ORDER,
          times,
          tolerance: TOLERANCE,
        });
        // the linear model with its start: what the infinite mean is the mean of
        found.push(
          test!.map((term, k) =>
            term.map((values) => (k === 0 ? values.map((v, i) => v + start.test![i]!) : values)),
          ),
        );
        report(++done);
      }
      for (const [t] of times.entries()) {
        for (let k = 0; k < ORDER; k++) {
          for (const terms of found) single[k]![t]!.push(rms(terms[k]![t]!));
          means[k]![t]!.add(found.map((terms) => terms[k]![t]!));
        }
        sums[t]!.add(
          found.map((terms) => terms[0]![t]!.map((_, i) => terms.reduce((sum, at) => sum + at[t]![i]!, 0))),
        );
      }
    }
  } catch (error) {
    if (!isForetrainError(error, "ERR_NUMERICAL")) throw error;
    return unavailable(
      `the expansion runs away on these data: networks this narrow leave the linear model (${error.message})`,
    );
  }
  const scales = infinite.map(rms);
  const typical = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  const orders = Array.from({ length: ORDER - 1 }, (_, at) => ({
    order: at + 2,
    single: times.map((_, t) => typical(single[at + 1]![t]!) / scales[t]!),
    mean: times.map((_, t) => means[at + 1]![t]!.size(scales[t]!)),
  }));
  return {
    reason: null,
    found: {
      networks: total,
      parameters: parameterCount,
      train: few.train.labels.length,
      test: few.test.labels.length,
      times,
      lossShares: shares,
      scale: scales,
      orders,
      kernel: times.map((_, t) => means[0]![t]!.size(scales[t]!, infinite[t]!)),
      total: times.map((_, t) => sums[t]!.size(scales[t]!, infinite[t]!)),
      caution: finiteWidthCaution(orders, shares),
    },
  };
}

/** From here on the mean of networks of the declared widths is another one than that of infinite width. */
const NOTABLE = 0.1;

/** What is to be said where order 3 of one network is more than half of order 2; null where the expansion describes the networks. */
export function finiteWidthCaution(
  orders: readonly { readonly single: readonly number[] }[],
  lossShares: readonly number[],
): string | null {
  const [two, three] = orders;
  if (two === undefined || three === undefined) return null;
  const end = expansionEnd(two.single.map((size, t) => [size, three.single[t]!]));
  if (end < 0) return null;
  const since =
    end === 0 ? "at every loss looked at" : `once the train loss is at ${percentText(lossShares[end]!)}`;
  return (
    `${since}, order 3 of one network is more than half of order 2: the expansion does not describe networks of these widths there, ` +
    "and the sizes say only that they are far from infinite width; wider layers are described, real networks show the rest (--verify)"
  );
}

/**
 * A warning where the widths change the predicted mean by more than a tenth, beyond the error of saying so, and one where the
 * expansion that says so has ended.
 */
export function finiteWidthWarnings({ found }: ReportFiniteWidth): string[] {
  if (found === null) return [];
  if (found.caution !== null) return [`Finite width: on ${found.train} samples, ${found.caution}.`];
  const at = found.total.length - 1;
  const { size, standardError } = found.total[at]!;
  if (size < NOTABLE || size < 3 * standardError) return [];
  return [
    `Finite width: on ${found.train} samples, when the train loss is at ${percentText(found.lossShares[at]!)}, the mean test output of networks of the declared widths differs ` +
      `from that of infinite width by ${percentText(size)} (+- ${percentText(standardError)}). Wider layers come closer, like 1 / width.`,
  ];
}
