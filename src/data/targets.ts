/**
 * Regression targets from class labels.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { classCounts } from "./dataset.js";

/**
 * One-hot targets minus an offset, [n, k]: row i is e_{labels[i]} - offset.
 *
 * The default offset 1/k makes every row sum to zero and does not depend on the sample, so train and test, and subsets of
 * different sizes, have the same targets. The mean predictor of paper B needs columns that sum to zero over the train
 * samples: pass {@link classFrequencies} of the train labels as the offset, for train and test alike. Both agree when all
 * classes are equally frequent.
 *
 * @param labels   integers from 0 to k - 1
 * @param k        number of classes, >= 2
 * @param offset   k numbers to subtract from each row; default 1/k each
 * @throws ForetrainError `ERR_DOMAIN` or `ERR_DATA`
 */
export function oneHotCentred(labels: Int32Array, k: number, offset?: ArrayLike<number>): Matrix {
  if (!(Number.isSafeInteger(k) && k >= 2)) {
    throw new ForetrainError("ERR_DOMAIN", `oneHotCentred: k is ${k}, expected at least 2 classes`, {
      argument: "k",
      got: k,
      expected: ">= 2",
    });
  }
  if (offset !== undefined && offset.length !== k) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `oneHotCentred: offset has ${offset.length} numbers, expected ${k}`,
      {
        argument: "offset",
        got: offset.length,
        expected: k,
      },
    );
  }
  const out = matrix(labels.length, k);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < k)) {
      throw new ForetrainError("ERR_DATA", `oneHotCentred: label ${i} is ${label}, expected 0 to ${k - 1}`, {
        argument: "labels",
        index: i,
        got: label,
        expected: k,
      });
    }
    for (let c = 0; c < k; c++) {
      out.data[i * k + c] = (c === label ? 1 : 0) - (offset === undefined ? 1 / k : offset[c]!);
    }
  }
  return out;
}

/**
 * Targets of the logistic loss, -1 and 1: [n, 1] with 1 for class 1 of two, or one column for each class against the rest.
 *
 * @param labels   integers from 0
 * @param columns  1 for two classes and one output, else the number of classes
 * @throws ForetrainError `ERR_DATA` for labels that are no classes
 */
export function signTargets(labels: Int32Array, columns: number): Matrix {
  const classes = Math.max(2, columns);
  const out = matrix(labels.length, columns);
  labels.forEach((label, i) => {
    if (!(label >= 0 && label < classes)) {
      throw new ForetrainError(
        "ERR_DATA",
        `signTargets: label ${i} is ${label}, expected 0 to ${classes - 1}`,
        { argument: "labels", index: i, got: label, expected: classes },
      );
    }
    for (let c = 0; c < columns; c++) {
      out.data[i * columns + c] = label === (columns === 1 ? 1 : c) ? 1 : -1;
    }
  });
  return out;
}

/** Share of each class among the labels, [k]: the column means of the one-hot matrix. */
export function classFrequencies(labels: Int32Array, k: number): Float64Array {
  return Float64Array.from(classCounts(labels, k), (n) => n / labels.length);
}

/** The class of each row of outputs or targets [n, k]: the index of its largest entry, the first of equal ones. One column has two classes: 1 where it is above 0. */
export function classesOf({ data, shape: [n, k] }: Matrix): Int32Array {
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let best = k === 1 && data[i]! > 0 ? 1 : 0;
    for (let c = 1; c < k; c++) if (data[i * k + c]! > data[i * k + best]!) best = c;
    out[i] = best;
  }
  return out;
}
