/**
 * Networks that classify images, and simple models that explain them: trained in pieces that survive a crash, and kept as
 * what they predict.
 * @module
 */
import { classify, logisticRegression } from "../../complexity/index.js";
import { classesOf, oneHotCentred, signTargets } from "../../data/index.js";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type TrainingCheckpoint,
  type TrainingRecipeInput,
  trainNetwork,
} from "../../finite/index.js";
import {
  activationLayer,
  avgPool,
  conv,
  dense,
  flatten,
  input,
  type Layer,
  type Network,
  network,
} from "../../network/index.js";
import { matrix, type NdArray, sizeOf } from "../../numeric/matrix.js";
import type { Json } from "../../runs/index.js";
import type { PieceArrays, StudyContext } from "../study.js";
import type { ImageSamples, ImageTask } from "./image-tasks.js";

/** Layers have biases; their variance is that of no law that is used here, networks start as Glorot says. */
const WITH_BIAS = { biasVariance: 1 } as const;

export interface ImageNetworkOptions {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** 3 x 3 convolutions; pools of 2 x 2 follow the second and the fourth */
  readonly convolutions: number;
  readonly filters: number;
  /** of each of two dense layers before the outputs */
  readonly units: number;
}

/** Two classes have one output, whose sign decides. */
const outputsFor = (classes: number) => (classes === 2 ? 1 : classes);

/** Convolutional network of paper C. */
export function imageNetwork(options: ImageNetworkOptions): Network {
  const { inputShape, classes, convolutions, filters, units } = options;
  const relu = activationLayer("relu");
  const layers: Layer[] = [];
  for (let i = 1; i <= convolutions; i++) {
    layers.push(conv(filters, [3, 3], WITH_BIAS), relu);
    if (i === 2 || i === 4) layers.push(avgPool([2, 2], { strides: [2, 2] }));
  }
  layers.push(flatten(), dense(units, WITH_BIAS), relu, dense(units, WITH_BIAS), relu);
  return network(input(inputShape), ...layers, dense(outputsFor(classes), WITH_BIAS));
}

/** How networks are trained: plain JSON for the keys of pieces. */
export type ImageRecipe = {
  readonly learningRate: number;
  readonly momentum: number;
  readonly batch: number;
  readonly epochs: number;
};

const recipeOf = (
  { learningRate, momentum, batch }: ImageRecipe,
  classes: number,
  seed: number,
): TrainingRecipeInput => ({
  learningRate,
  momentum,
  batch,
  seed,
  loss: classes === 2 ? "logistic" : "crossEntropy",
  initialization: "glorotUniform",
  dtype: "float32",
});

const stepsOf = ({ batch, epochs }: ImageRecipe, samples: number) => epochs * Math.ceil(samples / batch);

/** Steps spaced evenly in the logarithm, the last one among them; before the first nothing is learned. */
export function snapshotSteps(last: number, count: number): number[] {
  const first = Math.max(1, Math.round(last / 400));
  const steps = Array.from({ length: count }, (_, i) =>
    Math.round(first * (last / first) ** (i / Math.max(1, count - 1))),
  );
  return [...new Set([...steps, last])];
}

/** What a network predicts along its training. */
export interface NetworkSnapshots {
  readonly steps: readonly number[];
  /** [snapshot][sample] */
  readonly test: readonly Uint8Array[];
  readonly train: readonly Uint8Array[];
}

const trainingSplit = ({ x }: ImageSamples, labels: Int32Array, classes: number) => ({
  x,
  y: classes === 2 ? signTargets(labels, 1) : oneHotCentred(labels, classes, new Float64Array(classes)),
  labels,
});

/** Classes [records, n] of outputs [records, n, ...]. */
function classBytes(outputs: NdArray<Float64Array> | null, samples: number, classes: number): NdArray {
  const data = outputs?.data ?? new Float64Array(0);
  const columns = outputsFor(classes);
  const rows = data.length / columns;
  return { data: Uint8Array.from(classesOf(matrix(rows, columns, data))), shape: [rows / samples, samples] };
}

const rowsOf = ({ data, shape }: NdArray): Uint8Array[] =>
  Array.from({ length: shape[0]! }, (_, i) =>
    (data as Uint8Array).subarray(i * shape[1]!, (i + 1) * shape[1]!),
  );

export interface TrainImageNetworks {
  readonly task: ImageTask;
  readonly network: Network;
  readonly recipe: ImageRecipe;
  readonly seeds: readonly number[];
  readonly snapshots: number;
  /** pieces that a training is made of: a crash loses one */
  readonly parts: number;
}

/** Trains a network from every seed. */
export async function trainImageNetworks(
  { task, network: net, recipe, seeds, snapshots, parts }: TrainImageNetworks,
  { arrays, signal, onProgress }: StudyContext,
): Promise<NetworkSnapshots[]> {
  const { classes, train, test } = task;
  const last = stepsOf(recipe, train.labels.length);
  const steps = snapshotSteps(last, snapshots);
  const ends = Array.from({ length: parts + 1 }, (_, part) => Math.round((last * part) / parts));
  const done: PieceArrays[][] = [];
  for (let part = 0; part < parts; part++) {
    const [from, to] = [ends[part]!, ends[part + 1]!];
    const before = done.at(-1);
    const compute = async (
      { seed }: { readonly seed: number },
      work: { readonly signal?: AbortSignal | undefined },
    ): Promise<PieceArrays> => {
      const left = before?.[seeds.indexOf(seed)]?.["checkpoint"];
      const kept: TrainingCheckpoint[] = [];
      const trained = await trainNetwork({
        network: net,
        recipe: { ...recipeOf(recipe, classes, seed), steps: to },
        train: trainingSplit(train, train.labels, classes),
        test: trainingSplit(test, test.labels, classes),
        records: steps.filter((step) => step > from && step <= to),
        keepOutputs: "both",
        signal: work.signal ?? signal,
        onProgress:
          onProgress && ((progress) => onProgress({ ...progress, label: `training, seed ${seed}` })),
        ...(left === undefined ? {} : { resume: decodeCheckpoint(left.data as Uint8Array) }),
        ...(part === parts - 1
          ? {}
          : {
              onCheckpoint: (made: TrainingCheckpoint) => {
                kept[0] = { ...made, records: [], outputs: { train: null, test: null } };
              },
            }),
      });
      const bytes = kept[0] === undefined ? null : encodeCheckpoint(kept[0]);
      const made = trained.records.map(({ step }) => step);
      return {
        steps: { data: Float64Array.from(made), shape: [made.length] },
        test: classBytes(trained.outputs.test, test.labels.length, classes),
        train: classBytes(trained.outputs.train, train.labels.length, classes),
        ...(bytes === null ? {} : { checkpoint: { data: bytes, shape: [bytes.length] } }),
      };
    };
    done.push(
      await arrays(
        { name: "networks", version: 1, unit: "networks", compute },
        seeds.map((seed) => ({
          ...{ seed, part, from, to, recipe, steps, data: task.key },
          network: net as unknown as Json,
        })),
      ),
    );
  }
  return seeds.map((_, i) => {
    const list = done.map((piece) => piece[i]!);
    return {
      steps: list.flatMap((piece) => Array.from(piece["steps"]!.data as Float64Array)),
      test: list.flatMap((piece) => rowsOf(piece["test"]!)),
      train: list.flatMap((piece) => rowsOf(piece["train"]!)),
    };
  });
}

/** What a simple model is trained to say. */
export interface Lesson {
  /** [train samples] */
  readonly labels: ArrayLike<number>;
  /** everything that the labels follow from, for the key */
  readonly origin: Json;
}

/** Test predictions [samples] of logistic regression on the pixels, at its optimum, for each lesson. */
export async function linearModels(
  task: ImageTask,
  lessons: readonly Lesson[],
  ridge: number,
  { arrays, signal }: StudyContext,
): Promise<Uint8Array[]> {
  const flat = ({ x }: ImageSamples) => matrix(x.shape[0]!, sizeOf(x.shape.slice(1)), x.data);
  const made = await arrays(
    {
      name: "linear models",
      version: 1,
      unit: "models",
      compute: ({ lesson }: { readonly lesson: number }, work): PieceArrays => {
        // classes do not change any more long before the gradient is this small
        const fit = logisticRegression(flat(task.train), lessons[lesson]!.labels, {
          ...{ classes: task.classes, ridge, tolerance: 1e-6 },
          signal: work.signal ?? signal,
        });
        const said = classify(fit, flat(task.test));
        return { test: { data: Uint8Array.from(said), shape: [said.length] } };
      },
    },
    lessons.map(({ origin }, lesson) => ({ lesson, ridge, origin, data: task.key })),
  );
  return made.map((piece) => piece["test"]!.data as Uint8Array);
}
