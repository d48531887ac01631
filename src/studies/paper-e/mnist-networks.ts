/**
 * One classifier of digits with N^-gamma normalization, trained as in paper E.
 * @module
 */
import type { Dataset, Split } from "../../data/index.js";
import { type Loss, normalizedScheme, trainNetwork } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import type { PieceWork } from "../../runs/index.js";
import { trainKept } from "../kept-training.js";
import { pooledImages } from "../pooled-images.js";
import {
  type AccuracyRun,
  accuracyRun,
  classifierSplit,
  recordSteps,
  stepsInEpoch,
} from "./accuracy-runs.js";

/** Where accuracies are measured, of all epochs. */
const RECORDS = 12;

/** N sigmoids between the pixels and the classes, biases in both layers; what multiplies and moves them says the scheme. */
export function classifier(units: number, inputs: number, classes: number): Network {
  return {
    foretrain: 1,
    input: [inputs],
    layers: [
      { kind: "dense", units, biasVariance: 1 },
      { kind: "activation", name: "sigmoid" },
      { kind: "dense", units: classes, biasVariance: 1 },
    ],
  };
}

/**
 * Pixels of byte images as the paper has them, (x - 0.1307) / 0.3081 of x in [0, 1], averaged over squares to `side` x `side` first.
 * @returns [n, side^2]
 */
export function standardImages(part: Split, side: number): Float64Array {
  return pooledImages(part, side, 255).data.map((value) => (value - 0.1307) / 0.3081);
}

const splitOf = (part: Split, side: number, classes: number) =>
  classifierSplit(part, { data: standardImages(part, side), shape: [part.y.length, side * side] }, classes);

// a type, not an interface: plain JSON for the keys of pieces
export type DigitsInput = {
  readonly units: number;
  readonly gamma: number;
  readonly loss: string;
  readonly epochs: number;
  readonly alpha: number;
  readonly seed: number;
  readonly side: number;
  readonly batch: number;
  readonly meanZero: boolean;
  /** of the data set that was drawn */
  readonly key: string;
};

export interface DigitsRun extends AccuracyRun {
  /** [test samples, classes] in the end, minus the mean over the classes of each sample */
  readonly outputs: readonly number[];
}

/** Trains one network; the learning rate is alpha N^-(2 - 2 gamma). */
export async function trainDigits(set: Dataset, input: DigitsInput, work: PieceWork): Promise<DigitsRun> {
  const { units, gamma, epochs, alpha, seed, side, batch, meanZero } = input;
  const loss = input.loss as Loss;
  const classes = set.classNames.length;
  const inEpoch = stepsInEpoch(set, batch);
  const { records, outputs } = await trainKept({ to: epochs * inEpoch }, work, (keeping) =>
    trainNetwork({
      network: classifier(units, side * side, classes),
      recipe: {
        // the paper's squared loss is a mean over outputs too, without 1/2: 2 / classes of this one
        learningRate: loss === "squared" ? (2 * alpha) / classes : alpha,
        epochs,
        batch,
        order: "ordered",
        loss,
        dtype: "float32",
        seed,
        initialization: normalizedScheme({ widths: [units], gammas: gamma, meanZero }),
      },
      train: splitOf(set.train, side, classes),
      test: splitOf(set.test, side, classes),
      records: recordSteps(RECORDS, epochs, inEpoch),
      keepOutputs: "test",
      ...keeping,
    }),
  );
  const samples = set.test.y.length;
  const last = outputs.test!.data.subarray(-samples * classes);
  const centred = Array.from(last, (value, i) => {
    const row = i - (i % classes);
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += last[row + c]! / classes;
    return value - mean;
  });
  return { ...accuracyRun(records, inEpoch), outputs: centred };
}
