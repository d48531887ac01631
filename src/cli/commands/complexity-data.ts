/**
 * The samples of `foretrain complexity`: classes put into groups, a subset, noise on the train labels, inputs, and a grid for tasks in the plane.
 * @module
 */
import { type LabelledSamples, type PlaneGrid, planeGrid } from "../../complexity/index.js";
import {
  BINARY_TASKS,
  type BinaryTask,
  binaryTaskGroups,
  type ClassGroup,
  chooseSubset,
  type Dataset,
  groupClasses,
  type Normalization,
  normalizeInputs,
  withLabelNoise,
} from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import type { NdArray } from "../../numeric/matrix.js";
import { datasetKey } from "../../studies/dataset-key.js";

/** Which samples, as plain data. */
export interface DataSettings {
  readonly source: string;
  readonly task: string | null;
  readonly train: number | null;
  readonly test: number | null;
  readonly normalization: Normalization;
  readonly labelNoise: number;
  readonly seed: number;
}

export interface PreparedSamples {
  readonly train: LabelledSamples;
  readonly test: LabelledSamples;
  readonly classNames: readonly string[];
  /** train labels without noise; null where there is none */
  readonly clean: Int32Array | null;
  /** of tasks in the plane */
  readonly plane: { readonly grid: PlaneGrid; readonly probe: NdArray; readonly x: NdArray } | null;
  /** SHA-256 of everything that the network sees, before it is normalized */
  readonly key: string;
}

const MOST_TRAIN = 10_000;

/**
 * The groups of a task: one of the paper's by name, or lists of labels such as `3:8` and `0,1,8,9:2,3,5,7`.
 * @throws ERR_USAGE for what is neither; ERR_SPEC for the paper's tasks where the data set has not their classes
 */
export function taskGroups(task: string, set: Pick<Dataset, "name" | "classNames">): readonly ClassGroup[] {
  const { classNames } = set;
  if (Object.hasOwn(BINARY_TASKS, task)) return binaryTaskGroups(set, task as BinaryTask, "--task");
  const lists = task.split(":").map((list) => list.split(",").map((part) => part.trim()));
  if (lists.length >= 2 && lists.flat().every((part) => /^\d+$/.test(part))) {
    const labels = lists.flat().map(Number);
    const wrong = labels.find((label, i) => label >= classNames.length || labels.indexOf(label) !== i);
    if (wrong !== undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        `--task: got "${task}" with label ${wrong}${wrong < classNames.length ? " twice" : ""}, expected different labels from 0 to ${classNames.length - 1}`,
        { argument: "--task", got: task, expected: classNames.length - 1 },
      );
    }
    return lists.map((list) => ({
      name: list.map((label) => classNames[Number(label)] ?? label).join(", "),
      classes: list.map(Number),
    }));
  }
  throw new ForetrainError(
    "ERR_USAGE",
    `--task: got "${task}", expected ${Object.keys(BINARY_TASKS).join(", ")}, or groups of labels such as 3:8 or 0,1,8,9:2,3,5,7`,
    { argument: "--task", got: task, expected: Object.keys(BINARY_TASKS) },
  );
}

/** Points of the plane beside the test samples go through the same normalization. */
function besides(x: NdArray, more: Float64Array): NdArray {
  const data = new Float64Array(x.data.length + more.length);
  data.set(x.data);
  data.set(more, x.data.length);
  return { data, shape: [data.length / 2, 2] };
}

function extentOf(x: NdArray, feature: number): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = feature; i < x.data.length; i += 2) {
    low = Math.min(low, x.data[i]!);
    high = Math.max(high, x.data[i]!);
  }
  return [low, high];
}

/**
 * @throws ERR_DATA without test samples, or when there are fewer samples than wanted; ERR_USAGE and ERR_SPEC for tasks
 */
export async function prepareSamples(
  loaded: Dataset,
  settings: DataSettings,
  input: readonly number[],
): Promise<PreparedSamples> {
  const set = settings.task === null ? loaded : groupClasses(loaded, taskGroups(settings.task, loaded));
  if (set.test.y.length === 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${set.name}: has no test samples; information is measured on samples that the network was not trained on: give x_test and y_test`,
      { argument: "--data", got: 0 },
    );
  }
  const subset = chooseSubset(set, {
    train: settings.train ?? Math.min(MOST_TRAIN, set.train.y.length),
    test: settings.test ?? set.test.y.length,
    seed: settings.seed,
  });
  const { classNames } = subset;
  const noisy =
    settings.labelNoise === 0
      ? subset.train.y
      : withLabelNoise(subset.train.y, {
          share: settings.labelNoise,
          classes: classNames.length,
          seed: settings.seed,
        });
  const planar = subset.inputShape.length === 1 && subset.inputShape[0] === 2;
  // directions are all that is left of points of unit length, and the origin has none
  const grid =
    planar && settings.normalization !== "unit"
      ? planeGrid(extentOf(subset.train.x, 0), extentOf(subset.train.x, 1))
      : null;
  const test = grid === null ? subset.test.x : besides(subset.test.x, grid.samples.data);
  const x = normalizeInputs({ ...subset, test: { ...subset.test, x: test } }, settings.normalization);
  const count = subset.test.y.length;
  const size = x.test.data.length / test.shape[0]!;
  const shaped = (data: NdArray["data"]): NdArray => ({ data, shape: [data.length / size, ...input] });
  return {
    train: { x: shaped(x.train.data), labels: noisy },
    test: { x: shaped(x.test.data.subarray(0, count * size)), labels: subset.test.y },
    classNames,
    clean: settings.labelNoise === 0 ? null : subset.train.y,
    plane:
      grid === null ? null : { grid, probe: shaped(x.test.data.subarray(count * size)), x: subset.train.x },
    key: await datasetKey({ ...subset, train: { x: subset.train.x, y: noisy } }),
  };
}
