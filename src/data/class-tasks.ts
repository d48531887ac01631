/**
 * Other questions asked of the same samples: classes put into groups, and labels that are wrong on purpose.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { createRng } from "../numeric/random.js";
import { checkDataset, type Dataset, type Split, takeSamples } from "./dataset.js";

/** A class of the new task and the classes that go into it, as indices into `classNames`. */
export interface ClassGroup {
  readonly name: string;
  readonly classes: readonly number[];
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * Binary tasks of paper C on ten classes: the first five against the last five (digits 0-4 against 5-9), and for CIFAR-10 animals
 * {bird, cat, dog, horse} against objects {airplane, automobile, ship, truck}, four classes each.
 */
export const BINARY_TASKS = {
  "first-five": [
    { name: "first five", classes: range(0, 4) },
    { name: "last five", classes: range(5, 9) },
  ],
  "animals-objects": [
    { name: "objects", classes: [0, 1, 8, 9] },
    { name: "animals", classes: [2, 3, 5, 7] },
  ],
} as const satisfies Readonly<Record<string, readonly ClassGroup[]>>;

/** Names of the binary tasks of paper C. */
export type BinaryTask = keyof typeof BINARY_TASKS;

/** Names of CIFAR-10's classes that the groups mean, by group. */
const NAMED: Partial<Record<BinaryTask, readonly (readonly string[])[]>> = {
  "animals-objects": [
    ["airplane", "automobile", "ship", "truck"],
    ["bird", "cat", "dog", "horse"],
  ],
};

const TEN = 10;

/**
 * The groups of a binary task of paper C for a data set, by the names of its classes where the task has a meaning (animals, objects).
 *
 * @param ask  what the user gave, for messages: `--task`
 * @throws ERR_SPEC for data sets of fewer than ten classes, and `animals-objects` for classes of other names than CIFAR-10's
 */
export function binaryTaskGroups(
  { name, classNames }: Pick<Dataset, "name" | "classNames">,
  task: BinaryTask,
  ask = "task",
): readonly ClassGroup[] {
  const refuse = (why: string, expected: string): never => {
    const names = classNames.slice(0, 12).join(", ") + (classNames.length > 12 ? ", ..." : "");
    throw new ForetrainError(
      "ERR_SPEC",
      `${ask}: ${task} ${why}; ${name} has ${classNames.length} (${names}), expected ${expected}`,
      { argument: ask, got: task, expected },
    );
  };
  if (classNames.length < TEN) {
    return refuse(
      `takes ${TEN} classes`,
      `a data set of ${TEN} classes, such as mnist or cifar10, or groups of the labels that there are`,
    );
  }
  const groups = BINARY_TASKS[task];
  const named = NAMED[task];
  if (named === undefined) return groups;
  return named.map((names, i) => {
    const classes = names.map((className) => classNames.indexOf(className));
    const other = groups.map((group) => group.classes.join(",")).join(":");
    if (classes.includes(-1)) {
      return refuse(
        "is about the classes of CIFAR-10 by their names",
        `cifar10, or groups of labels: ${other} are those of CIFAR-10`,
      );
    }
    return { name: groups[i]!.name, classes };
  });
}

function relabelled(split: Split, to: Int32Array): Split {
  const kept = Array.from(split.y.keys()).filter((i) => to[split.y[i]!]! >= 0);
  const { x, y } = kept.length === split.y.length ? split : takeSamples(split, kept);
  return { x, y: y.map((label) => to[label]!) };
}

/**
 * The data set with a class for every group, in their order; samples of classes in no group are left out.
 * @throws ERR_SPEC for fewer than two groups, empty ones, classes that do not exist or stand in two groups
 */
export function groupClasses(set: Dataset, groups: readonly ClassGroup[]): Dataset {
  const k = set.classNames.length;
  const all = groups.flatMap(({ classes }) => classes);
  const fits =
    groups.length >= 2 &&
    groups.every(({ classes }) => classes.length > 0) &&
    new Set(all).size === all.length &&
    all.every((label) => Number.isInteger(label) && label >= 0 && label < k);
  if (!fits) {
    throw new ForetrainError(
      "ERR_SPEC",
      `groupClasses: groups are ${JSON.stringify(groups.map(({ classes }) => classes))}, expected at least two, none empty, of different labels of ${set.name} from 0 to ${k - 1}`,
      { argument: "groups", got: groups, expected: k },
    );
  }
  const to = new Int32Array(k).fill(-1);
  groups.forEach(({ classes }, group) => {
    for (const label of classes) to[label] = group;
  });
  return checkDataset({
    ...set,
    classNames: groups.map(({ name }) => name),
    train: relabelled(set.train, to),
    test: relabelled(set.test, to),
  });
}

/**
 * Labels of which each is wrong with probability `share`, all wrong classes equally likely; the same seed flips the same samples, and a
 * larger share flips those of a smaller one and more. [n]
 * @throws ERR_DOMAIN for shares outside [0, 1]
 */
export function withLabelNoise(
  labels: Int32Array,
  { share, classes, seed }: { readonly share: number; readonly classes: number; readonly seed: number },
): Int32Array {
  if (!(share >= 0 && share <= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `withLabelNoise: share is ${share}, expected a number from 0 to 1`,
      {
        argument: "share",
        got: share,
      },
    );
  }
  const rng = createRng(seed).fork("label noise");
  return labels.map((label) => {
    const drawn = rng.uniform();
    const shift = 1 + rng.integer(Math.max(1, classes - 1));
    return drawn < share ? (label + shift) % classes : label;
  });
}
