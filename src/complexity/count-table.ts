/**
 * Counts of (prediction of the network, prediction of a simple model, label) over samples.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** Class labels of samples: whole numbers from 0. */
export type Labels = ArrayLike<number>;

/** counts[(f L + l) Y + y], f < F classes of the network, l < L of the simple model, y < Y of the labels. */
export interface CountTable {
  readonly classes: readonly [network: number, simple: number, label: number];
  readonly counts: Float64Array;
  /** number of samples */
  readonly total: number;
}

const MOST_CELLS = 1e8;
/** The largest number of classes of all three, so that a table has at most 1e8 cells. */
export const MOST_CLASSES = Math.floor(Math.cbrt(MOST_CELLS));

/** Throws `ERR_DATA` unless every label is a whole number from 0 below `classes`. */
function requireLabels(labels: Labels, classes: number, argument: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ForetrainError(
        "ERR_DATA",
        `${argument}[${i}] is ${label}, expected a class from 0 to ${classes - 1}: number the classes from 0`,
        { argument: `${argument}[${i}]`, got: label, expected: classes },
      );
    }
  }
}

function classCount(labels: Labels): number {
  let largest = 0;
  for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]!);
  return largest + 1;
}

/**
 * Counts predictions against labels; `classes` defaults to the largest label of each plus one, at least 2.
 * @throws ERR_SHAPE for lists of different lengths, or empty ones; ERR_DATA for labels that are no classes
 */
export function countTable(
  network: Labels,
  simple: Labels,
  labels: Labels,
  classes?: readonly [number, number, number],
): CountTable {
  const n = labels.length;
  for (const [argument, list] of [
    ["network", network],
    ["simple", simple],
  ] as const) {
    if (list.length === n && n > 0) continue;
    throw new ForetrainError(
      "ERR_SHAPE",
      `countTable: ${argument} has ${list.length} predictions, expected ${n === 0 ? "at least one label" : `${n}, one for each label`}`,
      { argument, got: list.length, expected: n },
    );
  }
  const sizes =
    classes ??
    ([network, simple, labels].map((list) => Math.max(2, classCount(list))) as [number, number, number]);
  const [f, l, y] = sizes;
  if (!(f * l * y <= MOST_CELLS)) {
    throw new ForetrainError(
      "ERR_DATA",
      `countTable: ${f} x ${l} x ${y} classes make too many cells; are these really class labels?`,
      { argument: "classes", got: sizes },
    );
  }
  requireLabels(network, f, "network");
  requireLabels(simple, l, "simple");
  requireLabels(labels, y, "labels");
  const counts = new Float64Array(f * l * y);
  for (let i = 0; i < n; i++) counts[(network[i]! * l + simple[i]!) * y + labels[i]!]!++;
  return { classes: sizes, counts, total: n };
}

/** A table from counts or probabilities, [F][L][Y]. */
export function tableFromCounts(counts: readonly (readonly (readonly number[])[])[]): CountTable {
  const [f, l, y] = [counts.length, counts[0]?.length ?? 0, counts[0]?.[0]?.length ?? 0];
  const flat = Float64Array.from(counts.flat(2));
  if (flat.length !== f * l * y || flat.length === 0 || flat.some((c) => !(c >= 0))) {
    throw new ForetrainError(
      "ERR_DATA",
      "tableFromCounts: expected numbers >= 0 in lists of equal lengths, [network][simple][label]",
      { argument: "counts" },
    );
  }
  return { classes: [f, l, y], counts: flat, total: flat.reduce((a, b) => a + b, 0) };
}

/** Sums over the axes that are not kept: 0 network, 1 simple model, 2 label. The first axis of `keep` varies slowest. */
export function marginal({ classes, counts }: CountTable, keep: readonly number[]): Float64Array {
  const strides = [0, 0, 0];
  let size = 1;
  for (const axis of keep.toReversed()) {
    strides[axis] = size;
    size *= classes[axis]!;
  }
  const [toF, toL, toY] = strides as [number, number, number];
  const [f, l, y] = classes;
  const out = new Float64Array(size);
  let cell = 0;
  for (let i = 0; i < f; i++) {
    for (let j = 0; j < l; j++) {
      for (let k = 0; k < y; k++) out[i * toF + j * toL + k * toY]! += counts[cell++]!;
    }
  }
  return out;
}
