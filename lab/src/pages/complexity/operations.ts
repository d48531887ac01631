/**
 * What the worker computes for the page Complexity.
 * @module
 */
import {
  chooseSubset,
  type ExplainerRecipe,
  explainSnapshots,
  type LearningCurve,
  type NetworkSnapshots,
  parsePreset,
  planeGrid,
  syntheticDataset,
  type TrainingRecipeInput,
  trainSnapshots,
  withLabelNoise,
} from "foretrain";
import type { OperationWork } from "../../engine/protocol.js";
import type { TrainingChoice } from "./fields.js";
import { ownRun } from "./own-operation.js";
import { BATCH, dataText, networkText } from "./specification.js";

/** A picture of this many points per side is sharp enough, and asked at every record. */
const GRID_POINTS = 81;
/** Points of samples that can be told apart. */
const MOST_SHOWN = 400;
/** Seconds between two pictures of a training that goes on. */
const PART_SECONDS = 0.25;

export interface TrainingReading {
  readonly choice: TrainingChoice;
  readonly finished: boolean;
  readonly steps: readonly number[];
  readonly trainLoss: readonly number[];
  readonly testLoss: readonly number[];
  readonly trainAccuracy: readonly number[];
  readonly testAccuracy: readonly number[];
  readonly grid: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** [records, rows of y, columns of x], classes */
  readonly maps: Uint8Array;
  readonly samples: {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly labels: readonly number[];
    readonly wrong: readonly boolean[];
  };
  readonly classNames: readonly string[];
  /** informations; null until the end */
  readonly curve: LearningCurve | null;
  /** I(F_t; Y) on the train samples */
  readonly trainBits: readonly number[] | null;
}

function extentOf(data: ArrayLike<number>, feature: number): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = feature; i < data.length; i += 2) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return [low, high];
}

/** The samples as `foretrain complexity` draws them. */
function prepare(choice: TrainingChoice) {
  const drawn = syntheticDataset(dataText(choice));
  const { seed, noise } = choice;
  const set = chooseSubset(drawn, { train: drawn.train.y.length, test: drawn.test.y.length, seed });
  const { classNames } = set;
  const labels =
    noise === 0
      ? set.train.y
      : withLabelNoise(set.train.y, { share: noise, classes: classNames.length, seed });
  const { data } = set.train.x;
  const shown = Math.min(MOST_SHOWN, labels.length);
  const feature = (k: number) => Array.from({ length: shown }, (_, i) => data[2 * i + k]!);
  return {
    train: { x: set.train.x, labels },
    test: { x: set.test.x, labels: set.test.y },
    clean: noise === 0 ? undefined : set.train.y,
    grid: planeGrid(extentOf(data, 0), extentOf(data, 1), GRID_POINTS),
    classNames,
    samples: {
      x: feature(0),
      y: feature(1),
      labels: Array.from(labels.subarray(0, shown)),
      wrong: Array.from({ length: shown }, (_, i) => labels[i] !== set.train.y[i]),
    },
  };
}

async function train(choice: TrainingChoice, work: OperationWork): Promise<TrainingReading> {
  const { grid, classNames, samples, ...data } = prepare(choice);
  const classes = classNames.length;
  const network = parsePreset(networkText(choice), { input: [2], classes });
  const { epochs, learningRate, seed, explainer } = choice;
  const recipe: TrainingRecipeInput = {
    epochs,
    batch: BATCH,
    learningRate,
    initialization: "glorotUniform",
    seed,
  };
  const fixed = { choice, grid: { x: grid.x, y: grid.y }, samples, classNames };
  const { snapshots, network: trained } = await trainSnapshots({
    network,
    recipe,
    train: data.train,
    test: data.test,
    classes,
    probe: grid.samples,
    checkpointSeconds: PART_SECONDS,
    onCheckpoint: ({ records, classes: said }) => {
      if (said.probe === null) return;
      work.onPart?.({
        ...fixed,
        ...recordsOf(records),
        finished: false,
        maps: said.probe.data.slice(),
        curve: null,
        trainBits: null,
      } satisfies TrainingReading);
    },
    signal: work.signal,
    onProgress: work.onProgress,
  });
  const explainers: ExplainerRecipe[] = [{ kind: explainer }];
  const { curve, trainCurve } = await explainSnapshots({
    snapshots,
    train: data.train,
    test: data.test,
    classes,
    explainers,
    cleanTrainLabels: data.clean,
    signal: work.signal,
    onProgress: work.onProgress,
  });
  return {
    ...fixed,
    ...recordsOf(trained.records),
    finished: true,
    maps: mapsOf(snapshots),
    curve,
    trainBits: trainCurve.network.map(({ value }) => value),
  };
}

interface Measured {
  readonly step: number;
  readonly trainLoss: number;
  readonly testLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly testAccuracy: number | null;
}

const recordsOf = (records: readonly Measured[]) => ({
  steps: records.map(({ step }) => step),
  trainLoss: records.map(({ trainLoss }) => trainLoss),
  testLoss: records.map(({ testLoss }) => testLoss ?? Number.NaN),
  trainAccuracy: records.map(({ trainAccuracy }) => trainAccuracy ?? Number.NaN),
  testAccuracy: records.map(({ testAccuracy }) => testAccuracy ?? Number.NaN),
});

function mapsOf({ probe }: NetworkSnapshots): Uint8Array {
  const size = probe![0]!.length;
  const maps = new Uint8Array(probe!.length * size);
  probe!.forEach((map, t) => {
    maps.set(map, t * size);
  });
  return maps;
}

export const complexityOperations = { "complexity.train": train, "complexity.own": ownRun };

export type ComplexityOperations = typeof complexityOperations;
