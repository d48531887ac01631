/**
 * What the worker computes for images: the forecast of training, and real networks beside it.
 * @module
 */
import {
  type Dataset,
  datasetFromArrays,
  type NpzArrays,
  type OpenForecast,
  openForecast,
  type PredictedTraining,
  parseForecastRecipe,
  parsePreset,
  predictTraining,
  type ReportVerification,
  type TrainingRecord,
  verifyTraining,
} from "foretrain";
import type { OperationWork } from "../../engine/protocol.js";
import { type MnistAddress, mnistSample, summedImages } from "../mnist.js";
import { overridesOf, POOL, sampleName, type WideChoice } from "./specification.js";

const CLASSES = 10;
/** Milliseconds between two pictures of a training that goes on. */
const PART_MS = 120;

export interface WideInput {
  readonly choice: WideChoice;
  readonly address: MnistAddress;
}

/** Predicted training on images. */
export interface WideReading extends PredictedTraining {
  readonly choice: WideChoice;
  /** samples that were used */
  readonly train: number;
  readonly test: number;
  readonly classes: number;
  /** of the worker, from the images to the curves */
  readonly milliseconds: number;
}

/** The images as the arrays of a file: x, y, x_test, y_test. */
async function arraysOf(side: string, address: MnistAddress): Promise<NpzArrays> {
  const sample = await mnistSample(address);
  const split = (from: number, to: number) => {
    const order = Array.from({ length: to - from }, (_, i) => from + i);
    const labels = Int32Array.from(order, (i) => sample.labels[i]!);
    return { x: summedImages(sample, order, Number(side)), y: { data: labels, shape: [labels.length] } };
  };
  // the files hold the classes in turns: the first ones of each train
  const middle = POOL.train * CLASSES;
  const train = split(0, middle);
  const test = split(middle, middle + POOL.test * CLASSES);
  return { x: train.x, y: train.y, x_test: test.x, y_test: test.y };
}

interface Opened {
  readonly key: string;
  readonly forecast: Promise<OpenForecast>;
}

/** Kernels and spectrum of the latest question: other learning rates and steps need no others. */
let latest: Opened | null = null;

async function open({ choice, address }: WideInput, work: OperationWork): Promise<OpenForecast> {
  const { rate: _, steps: __, ...kernel } = choice;
  const key = JSON.stringify(kernel);
  if (latest?.key !== key) {
    const file = sampleName(choice.side);
    const recipe = parseForecastRecipe(choice.network, overridesOf({ ...choice, steps: 0 }));
    const forecast = arraysOf(choice.side, address).then((arrays) => {
      const dataset: Dataset = datasetFromArrays(arrays, { file, origin: "MNIST, train images" });
      return openForecast(recipe, dataset, work);
    });
    const opened = { key, forecast };
    latest = opened;
    forecast.catch(() => {
      if (latest === opened) latest = null;
    });
  }
  return latest!.forecast;
}

/** Steps and learning rate of the choice. */
const trainingOf = ({ rate, steps }: WideChoice, { limit }: OpenForecast) => ({
  learningRate: rate * limit,
  steps: steps === 0 ? null : steps,
});

async function predict(input: WideInput, work: OperationWork): Promise<WideReading> {
  const started = performance.now();
  const opened = await open(input, work);
  const predicted = await predictTraining(opened, trainingOf(input.choice, opened), work);
  return {
    ...predicted,
    choice: input.choice,
    train: opened.inputs.train.labels.length,
    test: opened.inputs.test.labels.length,
    classes: opened.inputs.classNames.length,
    milliseconds: performance.now() - started,
  };
}

export interface VerifyInput extends WideInput {
  /** the network that is trained, at its width */
  readonly network: string;
  readonly networks: number;
  readonly steps: number;
}

/** Records of trained networks, as far as they are. */
export interface VerifyReading {
  readonly input: VerifyInput;
  /** of every network its records, in the order of the seeds */
  readonly records: readonly (readonly TrainingRecord[])[];
  /** null until the end */
  readonly verification: ReportVerification | null;
}

async function verify(input: VerifyInput, work: OperationWork): Promise<VerifyReading> {
  const { choice, networks, steps } = input;
  const opened = await open(input, work);
  const predicted = await predictTraining(opened, trainingOf(choice, opened), { signal: work.signal });
  const network = parsePreset(input.network, {
    input: opened.inputs.inputShape,
    classes: opened.inputs.classNames.length,
  });
  const records: TrainingRecord[][] = Array.from({ length: networks }, () => []);
  const snapshot = () => records.map((own) => [...own]);
  let told = 0;
  const verification = await verifyTraining(opened, predicted, {
    network,
    networks,
    steps,
    onRecord: (record, seed) => {
      records[seed - choice.seed]!.push(record);
      const now = performance.now();
      if (now - told < PART_MS) return;
      told = now;
      work.onPart?.({ input, records: snapshot(), verification: null } satisfies VerifyReading);
    },
    signal: work.signal,
    onProgress: work.onProgress,
  });
  return { input, records: snapshot(), verification };
}

/** The images for the command line. */
const sample = ({ side, address }: { readonly side: string; readonly address: MnistAddress }) =>
  arraysOf(side, address);

export const wideOperations = {
  "training.predict": predict,
  "training.verify": verify,
  "training.sample": sample,
};

export type WideOperations = typeof wideOperations;
