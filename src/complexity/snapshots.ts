/**
 * What a network says along its training: the class of every sample at every record, a byte each (paper C).
 * @module
 */
import { oneHotCentred, signTargets } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import {
  finiteModel,
  parseTrainingRecipe,
  type TrainedNetwork,
  type TrainingRecipeInput,
  type TrainNetworkInput,
  trainingSteps,
  trainNetwork,
} from "../finite/index.js";
import type { Network } from "../network/index.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";

/** Samples with classes. */
export interface LabelledSamples {
  /** [n, ...input] */
  readonly x: NdArray;
  /** [n], from 0 */
  readonly labels: Int32Array;
}

/** Predictions of a network at its records. Plain data: it may be kept, and be explained later without the network. */
export interface NetworkSnapshots {
  /** ascending */
  readonly steps: readonly number[];
  /** [test samples] for every step */
  readonly test: readonly Uint8Array[];
  /** [train samples] for every step */
  readonly train: readonly Uint8Array[];
  /** [probe samples] for every step; null without a probe */
  readonly probe: readonly Uint8Array[] | null;
  readonly trainLoss: readonly number[];
  readonly testLoss: readonly number[];
}

/** What is trained, on what, and when it is looked at. */
export interface SnapshotsInput extends LongWork {
  /** one output for each class, or one for two classes: its sign */
  readonly network: Network;
  /** `loss` defaults to `crossEntropy` here, to `logistic` for one output */
  readonly recipe: TrainingRecipeInput;
  readonly train: LabelledSamples;
  /** held out */
  readonly test: LabelledSamples;
  /** number of classes; default: the largest label plus one, at least 2 */
  readonly classes?: number | undefined;
  /** steps at which the network is looked at; default about 40, evenly spaced in the logarithm; 0 and the last are always among them */
  readonly records?: readonly number[] | undefined;
  /** further samples, for example a grid to draw decision boundaries on */
  readonly probe?: NdArray | null | undefined;
  /** of the training, see `trainNetwork` */
  readonly resume?: TrainNetworkInput["resume"];
  /** given every checkpoint */
  readonly onCheckpoint?: TrainNetworkInput["onCheckpoint"];
  readonly checkpointSeconds?: number | undefined;
}

/** The number of classes of samples: the largest label plus one, at least 2. */
export function classesOfSamples(...splits: readonly LabelledSamples[]): number {
  return splits.reduce(
    (most, { labels }) => labels.reduce((top, label) => Math.max(top, label + 1), most),
    2,
  );
}

const outputsOf = (network: Network): number => finiteModel(network).outputShape[0]!;

/** A recipe with the loss of a classifier: `logistic` for one output, else `crossEntropy`, unless it names one. */
export const withLoss = (recipe: TrainingRecipeInput, network: Network): TrainingRecipeInput => ({
  loss: outputsOf(network) === 1 ? "logistic" : "crossEntropy",
  ...recipe,
});

/**
 * Targets for labels: signs for one output and for the logistic loss. Otherwise one-hot rows: centred for squared error, which is the better
 * scale for it, and probabilities for cross entropy.
 */
export function classTargets(
  labels: Int32Array,
  classes: number,
  recipe: TrainingRecipeInput,
  network: Network,
): Matrix {
  const outputs = outputsOf(network);
  if (outputs === 1 || recipe.loss === "logistic") return signTargets(labels, outputs);
  return recipe.loss === "squared"
    ? oneHotCentred(labels, classes)
    : oneHotCentred(labels, classes, new Float64Array(classes));
}

/** Throws `ERR_SHAPE` unless the network has one output for each class, or one for two classes. */
export function requireClassifier(network: Network, classes: number, where: string): void {
  const { outputShape } = finiteModel(network);
  if (outputShape.length === 1 && (outputShape[0] === classes || (outputShape[0] === 1 && classes === 2)))
    return;
  throw new ForetrainError(
    "ERR_SHAPE",
    `${where}: the network's output is [${outputShape.join(", ")}], expected [${classes}], one for each class${classes === 2 ? ", or [1], whose sign decides" : ""}`,
    { argument: "network", got: outputShape, expected: [classes] },
  );
}

const rowsOf = ({ data, shape }: NdArray<Uint8Array>): Uint8Array[] =>
  Array.from({ length: shape[0]! }, (_, t) => data.slice(t * shape[1]!, (t + 1) * shape[1]!));

/**
 * Trains a network and keeps what it says for test and train samples at every record. The last weights are in `network`.
 * @throws ERR_SHAPE for a network without one output for each class; what `trainNetwork` throws
 */
export async function trainSnapshots(
  input: SnapshotsInput,
): Promise<{ readonly snapshots: NetworkSnapshots; readonly network: TrainedNetwork }> {
  const { train, test, records, ...rest } = input;
  const classes = input.classes ?? classesOfSamples(train, test);
  requireClassifier(input.network, classes, "trainSnapshots");
  const recipe = withLoss(input.recipe, input.network);
  const split = ({ x, labels }: LabelledSamples) => ({
    x,
    y: classTargets(labels, classes, recipe, input.network),
    labels,
  });
  const network = await trainNetwork({
    ...rest,
    recipe,
    train: split(train),
    test: split(test),
    records: records && [...records, trainingSteps(parseTrainingRecipe(recipe), train.labels.length)],
    keepClasses: "both",
  });
  const { probe } = network.classes;
  return {
    network,
    snapshots: {
      steps: network.records.map(({ step }) => step),
      test: rowsOf(network.classes.test!),
      train: rowsOf(network.classes.train!),
      probe: probe === null ? null : rowsOf(probe),
      trainLoss: network.records.map(({ trainLoss }) => trainLoss),
      testLoss: network.records.map(({ testLoss }) => testLoss!),
    },
  };
}
