/**
 * Images as the tasks of paper C: two groups of classes, or all classes, at a size that can be trained.
 * @module
 */
import {
  BINARY_TASKS,
  type BinaryTask,
  binaryTaskGroups,
  chooseSubset,
  type Dataset,
  groupClasses,
  normalizeInputs,
  withLabelNoise,
} from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import type { NdArray } from "../../numeric/matrix.js";
import { datasetKey } from "../dataset-key.js";
import { pooledImages } from "../pooled-images.js";

/** The classes as they are. */
const ALL_CLASSES = "classes";

export interface ImageTaskOptions {
  /** a binary task, or `classes` for those of the data set */
  readonly task: string;
  /** pixels of a side, to which images are averaged */
  readonly side: number;
  /** most samples; fewer when classes that are left out leave fewer */
  readonly train: number;
  readonly test: number;
  /** probability that a train label is wrong */
  readonly noise: number;
  readonly seed: number;
}

export interface ImageSamples {
  /** [n, side, side, channels]; every channel has mean 0 and deviation 1 over the train images */
  readonly x: NdArray<Float64Array>;
  readonly labels: Int32Array;
}

export interface ImageTask {
  readonly classes: number;
  /** side, side, channels */
  readonly inputShape: readonly number[];
  /** labels with noise */
  readonly train: ImageSamples;
  readonly test: ImageSamples;
  /** of everything above */
  readonly key: { readonly [name: string]: string | number };
}

function grouped(set: Dataset, task: string): Dataset {
  if (task === ALL_CLASSES) return set;
  if (Object.hasOwn(BINARY_TASKS, task)) {
    return groupClasses(set, binaryTaskGroups(set, task as BinaryTask));
  }
  throw new ForetrainError(
    "ERR_USAGE",
    `there is no task "${task}", expected ${Object.keys(BINARY_TASKS).join(", ")} or ${ALL_CLASSES}`,
    { argument: "task", got: task },
  );
}

/**
 * @throws ERR_USAGE for unknown tasks, ERR_SPEC for tasks that the data set has not the classes for, ERR_DOMAIN for sides that do not divide those of the images
 */
export async function imageTask(set: Dataset, options: ImageTaskOptions): Promise<ImageTask> {
  const { task, side, noise, seed } = options;
  const all = grouped(set, task);
  const subset = chooseSubset(all, {
    train: Math.min(options.train, all.train.y.length),
    test: Math.min(options.test, all.test.y.length),
    seed,
  });
  const split = (part: "train" | "test") => ({
    x: pooledImages(subset[part], side, subset.valueScale),
    y: subset[part].y,
  });
  const images = { name: set.name, valueScale: 1, train: split("train"), test: split("test") };
  const { train, test } = normalizeInputs(images, "standardize");
  const classes = subset.classNames.length;
  return {
    classes,
    inputShape: train.shape.slice(1),
    train: { x: train, labels: withLabelNoise(subset.train.y, { share: noise, classes, seed }) },
    test: { x: test, labels: subset.test.y },
    key: { images: await datasetKey(subset), side, noise, noiseSeed: seed },
  };
}
