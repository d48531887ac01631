/**
 * Theory from the initial outputs of trained networks: the luck of their starts is in the prediction too, and cancels in differences.
 * @module
 */
import { accuracy, meanOutputs, type SpectralModel, squaredLoss } from "../dynamics/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import { averageOf } from "../numeric/statistics/index.js";
import { breathe, type LongWork } from "../progress.js";
import type { VerifiedQuantity } from "../report/index.js";
import type { ForecastInputs, ForecastSplit } from "./inputs.js";
import type { NoiseSource } from "./noise-source.js";

/** Draws of the noise for all networks together, at least: each has its own, so that their scatter is in that of the networks. */
const NOISES = 64;

export interface MatchedCurvesInput {
  readonly model: SpectralModel;
  /** the samples that the networks are measured on */
  readonly inputs: ForecastInputs;
  /** NTK between these test samples and the train samples [m, n] */
  readonly testTrain: Matrix;
  readonly learningRate: number;
  readonly steps: readonly number[];
  /** of each network its outputs [records, n, k] and [records, m, k], the first record before training */
  readonly outputs: readonly {
    readonly train: NdArray<Float64Array>;
    readonly test: NdArray<Float64Array>;
  }[];
  /** null: trained without noise, or theory has none of it */
  readonly noise: NoiseSource | null;
}

/** Of each network, at each step. */
export type MatchedCurves = Readonly<Record<VerifiedQuantity, readonly (readonly number[])[]>>;

const firstRecord = ({ data, shape }: NdArray<Float64Array>): Matrix =>
  matrix(shape[1]!, shape[2]!, data.subarray(0, shape[1]! * shape[2]!));

/** The same outputs [n, k] with each of `times` draws of the noise, those from column `from` on, side by side. */
function noisyCopies({ data, shape: [n, k] }: Matrix, added: Matrix, from: number, times: number): Matrix {
  const out = matrix(n, times * k);
  const columns = added.shape[1];
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < times * k; c++)
      out.data[i * times * k + c] = data[i * k + (c % k)]! + added.data[i * columns + from + c]!;
  }
  return out;
}

/**
 * Loss and accuracy that the infinite network has when it starts at the outputs of each trained network:
 *
 *   f_t(x) = f_0(x) + Theta(x, X) filter(t) (y - f_0(X))
 *
 * With noise the loss is the expected one (half the variance of all outputs on top), the accuracy a mean over draws of the noise.
 * O((n + m) n k) per network and step.
 */
export async function matchedCurves(
  { model, inputs, testTrain, learningRate, steps, outputs, noise }: MatchedCurvesInput,
  { signal }: LongWork,
): Promise<MatchedCurves> {
  const k = inputs.train.targets.shape[1];
  const clocks = steps.map((at) => ({ kind: "gd", learningRate, steps: at }) as const);
  const networks = outputs.map(({ train, test }) => ({
    states: meanOutputs(
      model,
      {
        targets: inputs.train.targets,
        testTrain,
        initialTrain: firstRecord(train),
        initialTest: firstRecord(test),
      },
      clocks,
    ),
    trainLoss: [] as number[],
    testLoss: [] as number[],
    trainAccuracy: [] as number[],
    testAccuracy: [] as number[],
  }));
  const times = Math.ceil(NOISES / networks.length);
  const draws = noise?.(times * networks.length * k, clocks);
  const lossOf = (state: Matrix, { targets }: ForecastSplit, variance: number) =>
    squaredLoss(state, targets)[0]! + (k * variance) / 2;
  const accuracyOf = (state: Matrix, { labels }: ForecastSplit, added: Matrix | null, index: number) =>
    added === null
      ? accuracy(state, labels, k)[0]!
      : averageOf(accuracy(noisyCopies(state, added, index * times * k, times), labels, k));
  for (const _ of steps) {
    const added = draws?.next().value ?? null;
    for (const [index, own] of networks.entries()) {
      await breathe(signal);
      const { train, test } = own.states.next().value!;
      own.trainLoss.push(lossOf(train, inputs.train, added?.trainVariance ?? 0));
      own.testLoss.push(lossOf(test!, inputs.test, added?.testVariance ?? 0));
      own.trainAccuracy.push(accuracyOf(train, inputs.train, added?.train ?? null, index));
      own.testAccuracy.push(accuracyOf(test!, inputs.test, added?.test ?? null, index));
    }
  }
  const all = (name: VerifiedQuantity) => networks.map((own) => own[name]);
  return {
    trainLoss: all("trainLoss"),
    testLoss: all("testLoss"),
    trainAccuracy: all("trainAccuracy"),
    testAccuracy: all("testAccuracy"),
  };
}
