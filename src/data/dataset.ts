/**
 * A labelled data set as plain data. Features stay in the compact type of their file (bytes for images); only the
 * subset that is used becomes float64, in `normalize.ts`.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type NdArray, sizeOf, takeRows } from "../numeric/matrix.js";
import { count, failData } from "./problem.js";

/** Samples with labels. */
export interface Split {
  /** [n, ...inputShape], raw values as in the file */
  readonly x: NdArray;
  /** [n], each an index into `classNames` */
  readonly y: Int32Array;
}

/** A classification data set. */
export interface Dataset {
  readonly name: string;
  /** where the bytes came from, for people */
  readonly origin: string;
  /** shape of one sample, channels last; [d] for vectors */
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** the raw value that stands for 1: 255 for byte images, 16 for the digits, 1 for real-valued features */
  readonly valueScale: number;
  readonly train: Split;
  readonly test: Split;
  /** what a reader of results should know: missing batches, content that is not the published one */
  readonly warnings: readonly string[];
}

/**
 * Throws `ERR_DATA` with the array's name, and the index, when an element is NaN or infinite, or where elements are texts.
 *
 * @param name  for the message, for example `train.npz: x`
 */
export function requireFinite(name: string, { data, shape, texts }: NdArray): void {
  if (texts !== undefined) {
    failData(
      name,
      `has texts${texts.length === 0 ? "" : `, for example ${JSON.stringify(texts[0])}`}`,
      "expected numbers: only labels may be texts",
      { got: texts.slice(0, 10), expected: "numbers" },
    );
  }
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      const index = indexOf(i, shape);
      failData(
        name,
        `element [${index.join(", ")}] is ${data[i]}`,
        "expected finite numbers: remove or fill in the sample",
        { index, got: data[i], expected: "a finite number" },
      );
    }
  }
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Throws `ERR_DATA` unless the labels hold at least two different classes. */
export function requireTwoClasses(name: string, labels: Int32Array, classNames: readonly string[]): void {
  if (labels.length === 0) failData(name, "has no samples", "expected at least two, of different classes");
  if (labels.some((label) => label !== labels[0])) return;
  failData(
    name,
    `all ${count(labels.length)} samples are of class "${classNames[labels[0]!] ?? labels[0]}"`,
    "expected at least two classes: keep more classes, or draw more samples",
    { argument: "y", got: 1, expected: ">= 2 classes" },
  );
}

function checkSplit(name: string, split: Split, set: Pick<Dataset, "inputShape" | "classNames">): void {
  const { x, y } = split;
  const expected = [y.length, ...set.inputShape];
  if (x.shape.length !== expected.length || x.shape.some((side, i) => side !== expected[i])) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${name}: x has shape [${x.shape.join(", ")}], expected [${expected.join(", ")}] (${y.length} labels, samples of shape [${set.inputShape.join(", ")}])`,
      { argument: "x", got: x.shape, expected },
    );
  }
  if (x.data.length !== sizeOf(x.shape)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${name}: x has ${x.data.length} elements, its shape [${x.shape.join(", ")}] needs ${sizeOf(x.shape)}`,
      { argument: "x", got: x.data.length, expected: sizeOf(x.shape) },
    );
  }
  const bad = y.findIndex((label) => !(label >= 0 && label < set.classNames.length));
  if (bad >= 0) {
    failData(`${name}: y`, `label ${bad} is ${y[bad]}`, `expected 0 to ${set.classNames.length - 1}`, {
      index: bad,
      got: y[bad],
      expected: set.classNames.length,
    });
  }
  requireFinite(`${name}: x`, x);
}

/**
 * Checks a data set and returns it: shapes, labels, finite values, at least two classes among the train labels.
 *
 * @throws ForetrainError `ERR_SHAPE` or `ERR_DATA`, naming the array and the index
 */
export function checkDataset(set: Dataset): Dataset {
  if (
    set.inputShape.length === 0 ||
    !set.inputShape.every((side) => Number.isSafeInteger(side) && side >= 1)
  ) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${set.name}: samples have shape [${set.inputShape.join(", ")}], expected at least one feature ([d] or [h, w, c])`,
      { argument: "inputShape", got: set.inputShape },
    );
  }
  if (!(set.valueScale > 0 && set.valueScale < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError("ERR_DOMAIN", `${set.name}: valueScale is ${set.valueScale}, expected > 0`, {
      argument: "valueScale",
      got: set.valueScale,
    });
  }
  checkSplit(`${set.name} train`, set.train, set);
  checkSplit(`${set.name} test`, set.test, set);
  requireTwoClasses(`${set.name} train`, set.train.y, set.classNames);
  return set;
}

/** How many samples of each class there are. */
export function classCounts(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/** The samples at `indices`, in that order, in the type of `split.x`. */
export function takeSamples({ x, y }: Split, indices: ArrayLike<number>): Split {
  return { x: takeRows(x, indices), y: Int32Array.from(indices, (from) => y[from]!) };
}
