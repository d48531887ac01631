/**
 * Paper E's convolutional network for photographs: eight convolutions, every activation normalized by (its width)^-gamma, with the learning
 * rate of each tensor.
 * @module
 */
import type { Dataset, Split } from "../../data/index.js";
import { type ParameterScheme, trainNetwork } from "../../finite/index.js";
import {
  batchNorm,
  conv,
  dense,
  dropout,
  flatten,
  input,
  type Layer,
  layerShapes,
  maxPool,
  type Network,
  network,
  relu,
  zeroPad,
} from "../../network/index.js";
import { sizeOf } from "../../numeric/matrix.js";
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

/** Of the channels red, green, blue in [0, 1]. */
const MEANS = [0.4914, 0.4822, 0.4465];
const DEVIATIONS = [0.247, 0.243, 0.261];

/** Where accuracies are measured, of all epochs. */
const RECORDS = 10;

export type CifarNetwork = {
  /** pixels of a side; 32 in the paper */
  readonly side: number;
  /** H0, of every convolution */
  readonly channels: number;
  /** H, units of the fully connected layer */
  readonly units: number;
  readonly classes: number;
  /** of the last three convolutions: `valid` in the paper, `same` where images are too small for it */
  readonly lastPadding: string;
  /** that dropout leaves; 1/2 in the paper, 1: there is none */
  readonly keepRate: number;
};

/**
 * conv1 ... conv5 4 x 4 with two zeros around, conv6 ... conv8 3 x 3, relu behind each, batchNorm behind the odd ones and the eighth, maxPool of
 * 2 behind the second and the fourth, dropout. What multiplies activations is in the weights of the next layer: {@link cifarScheme}.
 */
export function cifarNetwork({
  side,
  channels,
  units,
  classes,
  lastPadding,
  keepRate,
}: CifarNetwork): Network {
  const bias = { biasVariance: 1 };
  const wide = (): Layer[] => [
    zeroPad([2, 2]),
    conv(channels, [4, 4], { ...bias, padding: "valid" }),
    relu(),
  ];
  const narrow = (): Layer[] => [
    conv(channels, [3, 3], { ...bias, padding: lastPadding === "same" ? "same" : "valid" }),
    relu(),
  ];
  const pooled = (): Layer[] => [maxPool([2, 2], { strides: [2, 2] }), dropout(keepRate)];
  return network(
    input([side, side, 3], { parameterization: "standard" }),
    ...[...wide(), batchNorm(), ...wide(), ...pooled()],
    ...[...wide(), batchNorm(), ...wide(), ...pooled()],
    ...[...wide(), batchNorm(), ...narrow(), dropout(keepRate)],
    ...[...narrow(), batchNorm(), ...narrow(), batchNorm(), dropout(keepRate)],
    flatten(),
    dense(units, bias),
    relu(),
    dense(classes, bias),
  );
}

/**
 * N(0, 1) for all parameters; activations times H0^-gamma, (numbers that are flattened)^-gamma and H^-gamma; the paper's factors of the learning
 * rate, with p for the positions that are flattened (16 in the paper):
 *
 *   conv1: 1;  conv2 ... conv7: w H0 / (H0^(1 - 2 gamma) H0^(2 - gamma)), b H0 / H0^(2 - gamma);  conv8: p times these
 *   scales and shifts of batchNorm: H0^-(4 - 4 gamma)
 *   fc1: w p H0 / (H^(1 - 2 gamma) H0^(2 - gamma)), b H / H0^(2 - gamma);  fc2: w H / H0^(2 - gamma), b 1 / H0^(2 - gamma)
 */
export function cifarScheme(sizes: CifarNetwork, gamma: number): ParameterScheme {
  const { channels, units } = sizes;
  const flat = layerShapes(cifarNetwork(sizes)).find(({ layer }) => layer.kind === "flatten")!.input;
  const positions = sizeOf(flat) / channels;
  const common = channels ** (2 - gamma);
  const weight = channels / (channels ** (1 - 2 * gamma) * common);
  const bias = channels / common;
  const rule = (scaled: number, w: number, b: number) => ({
    weights: { law: "normal", multiplier: scaled ** -gamma, learningRate: w },
    biases: { law: "normal", learningRate: b },
  });
  const rules = [
    rule(1, 1, 1),
    ...Array.from({ length: 6 }, () => rule(channels, weight, bias)),
    rule(channels, positions * weight, positions * bias),
    rule(sizeOf(flat), (positions * channels) / (units ** (1 - 2 * gamma) * common), units / common),
    rule(units, units / common, 1 / common),
  ];
  const norm = { law: "normal", learningRate: channels ** -(4 - 4 * gamma) } as const;
  return {
    scales: norm,
    shifts: norm,
    layers: rules.map((each, layer) => ({ layer, ...each })) as ParameterScheme["layers"],
  };
}

/** Images averaged to `side` x `side`, with the paper's means and deviations of the channels taken out. */
function splitOf(part: Split, side: number, valueScale: number, classes: number) {
  const { data, shape } = pooledImages(part, side, valueScale);
  const x = { data: data.map((value, i) => (value - MEANS[i % 3]!) / DEVIATIONS[i % 3]!), shape };
  return classifierSplit(part, x, classes);
}

// a type, not an interface: plain JSON for the keys of pieces
export type CifarInput = CifarNetwork & {
  readonly gamma: number;
  readonly epochs: number;
  readonly batch: number;
  readonly alpha: number;
  readonly seed: number;
  /** of the data set that was drawn */
  readonly key: string;
};

export interface CifarRun extends AccuracyRun {
  readonly trainLoss: readonly number[];
}

/** Trains one network; alpha multiplies all learning rates, 1 in the paper. */
export async function trainCifar(set: Dataset, job: CifarInput, work: PieceWork): Promise<CifarRun> {
  const { gamma, epochs, batch, alpha, seed, side, classes } = job;
  const inEpoch = stepsInEpoch(set, batch);
  const { records } = await trainKept({ to: epochs * inEpoch }, work, (keeping) =>
    trainNetwork({
      network: cifarNetwork(job),
      recipe: {
        ...{ learningRate: alpha, epochs, batch, seed },
        ...{ loss: "crossEntropy", dtype: "float32", initialization: cifarScheme(job, gamma) },
      },
      train: splitOf(set.train, side, set.valueScale, classes),
      test: splitOf(set.test, side, set.valueScale, classes),
      records: recordSteps(RECORDS, epochs, inEpoch),
      ...keeping,
    }),
  );
  return {
    ...accuracyRun(records, inEpoch),
    trainLoss: records.map(({ trainLoss }) => trainLoss),
  };
}
