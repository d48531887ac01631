/**
 * Networks that classify images, and simple models that explain them: trained in pieces that survive a crash, and kept as
 * what they predict.
 * @module
 */
import { type ExplainerRecipe, trainExplainer, trainSnapshots } from "../../complexity/index.js";
import { decodeCheckpoint, encodeCheckpoint, type TrainingRecipeInput } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import type { Json, PieceWork } from "../../runs/index.js";
import { trainKept } from "../kept-training.js";
import type { PieceArrays, StudyContext } from "../study.js";
import type { ImageTask } from "./image-tasks.js";

/** How networks are trained: plain JSON for the keys of pieces. */
export type ImageRecipe = {
  readonly learningRate: number;
  readonly momentum: number;
  readonly batch: number;
  readonly epochs: number;
};

/** Two classes have one output, whose sign decides, and the logistic loss. */
export const outputsFor = (classes: number) => (classes === 2 ? 1 : classes);

/** Networks start as Glorot says; the loss is that of their outputs. */
export const recipeOf = (recipe: Omit<ImageRecipe, "epochs">, seed: number) =>
  ({
    learningRate: recipe.learningRate,
    momentum: recipe.momentum,
    batch: recipe.batch,
    seed,
    initialization: "glorotUniform",
    dtype: "float32",
  }) as const satisfies TrainingRecipeInput;

/** Share of the steps of a simple model over which its learning rate falls to 0: at a constant one how much it knows depends on its last batches. */
export const COOLDOWN = 0.5;

/** Steps spaced evenly in the logarithm, the last one among them; before the first, by default a 200th of all, nothing is learned. */
export function snapshotSteps(
  last: number,
  count: number,
  first = Math.max(1, Math.round(last / 200)),
): number[] {
  const steps = Array.from({ length: count }, (_, i) =>
    Math.round(first * (last / first) ** (i / Math.max(1, count - 1))),
  );
  return [...new Set([...steps, last])];
}

/** What a network predicts along its training, from step 0 on. */
export interface ImageSnapshots {
  readonly steps: readonly number[];
  /** [snapshot][sample] */
  readonly test: readonly Uint8Array[];
  readonly train: readonly Uint8Array[];
}

export interface TrainImageNetworks {
  readonly task: ImageTask;
  readonly network: Network;
  readonly recipe: ImageRecipe;
  readonly seeds: readonly number[];
  readonly snapshots: number;
  /** step of the first of them; default: a 200th of all */
  readonly first?: number;
  /** pieces that a training is made of: a crash loses one */
  readonly parts: number;
}

const bytesOf = (rows: readonly Uint8Array[], samples: number): NdArray => {
  const data = new Uint8Array(rows.length * samples);
  rows.forEach((row, i) => {
    data.set(row, i * samples);
  });
  return { data, shape: [rows.length, samples] };
};

const rowsOf = ({ data, shape }: NdArray): Uint8Array[] =>
  Array.from({ length: shape[0]! }, (_, i) =>
    (data as Uint8Array).subarray(i * shape[1]!, (i + 1) * shape[1]!),
  );

/** Trains a network from every seed. */
export async function trainImageNetworks(
  { task, network, recipe, seeds, snapshots, first, parts }: TrainImageNetworks,
  { arrays }: StudyContext,
): Promise<ImageSnapshots[]> {
  const { classes, train, test } = task;
  const last = recipe.epochs * Math.ceil(train.labels.length / recipe.batch);
  const steps = snapshotSteps(last, snapshots, first);
  let done: readonly PieceArrays[] = [];
  for (let part = 1; part <= parts; part++) {
    const to = Math.round((last * part) / parts);
    const before = done;
    const compute = async ({ seed }: { readonly seed: number }, work: PieceWork): Promise<PieceArrays> => {
      const left = before[seeds.indexOf(seed)]?.["checkpoint"];
      const from = left && decodeCheckpoint(left.data as Uint8Array);
      let bytes: Uint8Array | null = null;
      const { snapshots: made } = await trainKept({ to, from }, work, (keeping) =>
        trainSnapshots({
          ...{ network, train, test, classes },
          recipe: { ...recipeOf(recipe, seed), steps: to },
          records: steps.filter((step) => step <= to),
          ...keeping,
          onCheckpoint: async (checkpoint) => {
            bytes = part === parts || checkpoint.step < to ? null : encodeCheckpoint(checkpoint);
            await keeping.onCheckpoint?.(checkpoint);
          },
        }),
      );
      const checkpoint = bytes as Uint8Array | null;
      if (checkpoint !== null) return { checkpoint: { data: checkpoint, shape: [checkpoint.length] } };
      // the ends of parts have been looked at too
      const wanted = made.steps.flatMap((step, i) => (step === 0 || steps.includes(step) ? [i] : []));
      return {
        steps: { data: Float64Array.from(wanted, (i) => made.steps[i]!), shape: [wanted.length] },
        test: bytesOf(
          wanted.map((i) => made.test[i]!),
          test.labels.length,
        ),
        train: bytesOf(
          wanted.map((i) => made.train[i]!),
          train.labels.length,
        ),
      };
    };
    done = await arrays(
      {
        ...{ name: "networks", version: 1, unit: "networks", compute },
        amount: { unit: "steps", of: () => to - Math.round((last * (part - 1)) / parts) },
      },
      seeds.map((seed) => ({
        ...{ seed, part, parts, recipe, steps, data: task.key },
        network: network as unknown as Json,
      })),
    );
  }
  return done.map(({ steps: made, test: onTest, train: onTrain }) => ({
    steps: Array.from(made!.data as Float64Array),
    test: rowsOf(onTest!),
    train: rowsOf(onTrain!),
  }));
}

/** A simple model and what it is trained to say. */
export interface Lesson {
  readonly explainer: ExplainerRecipe;
  /** [train samples] */
  readonly labels: ArrayLike<number>;
  /** everything that the labels follow from, for the key */
  readonly origin: Json;
}

/** Test predictions [samples] of simple models, one for each lesson. */
export async function trainSimpleModels(
  task: ImageTask,
  lessons: readonly Lesson[],
  { arrays, signal, onProgress }: StudyContext,
): Promise<Uint8Array[]> {
  const made = await arrays(
    {
      name: "simple models",
      version: 1,
      unit: "models",
      compute: async ({ lesson }: { readonly lesson: number }, work): Promise<PieceArrays> => {
        const { explainer, labels } = lessons[lesson]!;
        const { test } = await trainExplainer({
          ...{ explainer, classes: task.classes, test: task.test, signal: work.signal ?? signal },
          train: { x: task.train.x, labels: Int32Array.from(labels) },
          onProgress,
        });
        return { test: { data: test, shape: [test.length] } };
      },
    },
    lessons.map(({ explainer, origin }, lesson) => ({
      ...{ lesson, origin, data: task.key },
      explainer: explainer as unknown as Json,
    })),
  );
  return made.map((piece) => piece["test"]!.data as Uint8Array);
}
