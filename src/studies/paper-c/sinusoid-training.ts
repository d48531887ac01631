/**
 * Networks that learn a sinusoid over a plane, and what logistic regression explains of them (paper C).
 * @module
 */
import { complexityExperiment, type LearningCurve } from "../../complexity/index.js";
import { sinusoidDataset } from "../../data/index.js";
import { dense, input, type Network, network, relu } from "../../network/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import type { LongWork } from "../../progress.js";

// a type, not an interface: plain JSON for the keys of pieces
export type SinusoidInput = {
  readonly dimensions: number;
  readonly frequency: number;
  readonly train: number;
  readonly test: number;
  readonly units: number;
  readonly learningRate: number;
  readonly batch: number;
  /** at which the network is looked at, ascending; the last is the end */
  readonly epochs: readonly number[];
  /** share of train labels that are wrong */
  readonly noise: number;
  /** of the data and of the network */
  readonly seed: number;
};

/** Against one kind of labels, at every record. */
export interface SinusoidCurve {
  readonly accuracy: readonly number[];
  /** I(F_t; Y) */
  readonly network: readonly number[];
  /** mu(F_t; L) */
  readonly explained: readonly number[];
  /** I(L; Y) and the accuracy of L */
  readonly simple: number;
  readonly simpleAccuracy: number;
}

export interface SinusoidRun {
  /** true labels of test samples */
  readonly test: SinusoidCurve;
  /** labels that were trained on, noisy ones too, of train samples */
  readonly train: SinusoidCurve;
}

/** Two hidden layers of relu units with biases, and one logit. */
export function sinusoidNetwork(dimensions: number, units: number): Network {
  const layer = (count: number) => dense(count, { biasVariance: 1 });
  return network(input([dimensions]), layer(units), relu(), layer(units), relu(), layer(1));
}

const plain = ({ accuracy, network: known, explainers: [simple] }: LearningCurve): SinusoidCurve => ({
  accuracy,
  network: known.map(({ value }) => value),
  explained: simple!.explained.map(({ value }) => value),
  simple: simple!.information.value,
  simpleAccuracy: simple!.accuracy,
});

/** Draws the data, trains one network (Glorot, SGD without momentum) and explains it by logistic regression at its optimum. */
export async function trainSinusoid(
  { dimensions, frequency, train, test, units, learningRate, batch, epochs, noise, seed }: SinusoidInput,
  { signal }: Pick<LongWork, "signal">,
): Promise<SinusoidRun> {
  const set = sinusoidDataset({ dimensions, frequency, train, test, seed, labelNoise: noise });
  const inEpoch = Math.ceil(train / batch);
  const steps = epochs.map((epoch) => Math.round(epoch * inEpoch));
  const { curve, trainCurve } = await complexityExperiment({
    network: sinusoidNetwork(dimensions, units),
    recipe: {
      ...{ steps: steps.at(-1)!, batch, learningRate, seed },
      loss: "logistic",
      initialization: "glorotUniform",
    },
    train: { x: set.train.x, labels: set.train.y },
    test: { x: set.test.x, labels: set.test.y },
    explainers: [{ kind: "logistic" }],
    records: steps,
    signal,
  });
  return { test: plain(curve), train: plain(trainCurve) };
}

/** Means over networks with standard errors, record by record. */
export function overRuns(
  runs: readonly SinusoidRun[],
  of: (run: SinusoidRun) => readonly number[],
): Estimate[] {
  return of(runs[0]!).map((_, t) => meanOf(runs.map((run) => of(run)[t]!)));
}

/** Epochs of {@link SinusoidInput}, up to the last, each at a step of its own. */
export function recordedEpochs(
  last: number,
  { train, batch }: Pick<SinusoidInput, "train" | "batch">,
): number[] {
  const inEpoch = Math.ceil(train / batch);
  const step = (epoch: number) => Math.round(epoch * inEpoch);
  const all = [0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 40, 50, 60];
  const before = all.filter(
    (epoch, i) => step(epoch) < step(last) && (i === 0 || step(epoch) > step(all[i - 1]!)),
  );
  return [...before, last];
}
