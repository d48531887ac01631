/**
 * Class labels as files have them (integers, reals that are integers, one-hot rows, texts) to indices of classes.
 * @module
 */
import type { NdArray } from "../numeric/matrix.js";
import { count, failData } from "./problem.js";

export interface IndexedLabels {
  /** per list of raw labels, indices into `classNames` */
  readonly labels: readonly Int32Array[];
  /** sorted: numbers by value, texts by code point */
  readonly classNames: readonly string[];
}

/**
 * Indices of classes for lists of raw labels that share one set of classes (train and test).
 *
 * @param source  name of the train labels for error messages, for example `train.npz: y`
 * @throws ForetrainError `ERR_DATA` when there are fewer than two classes, or every sample has its own
 */
export function indexLabels(
  lists: readonly (readonly number[] | readonly string[])[],
  source: string,
): IndexedLabels {
  const distinct = [...new Set(lists.flat())];
  const sorted = distinct.every((value): value is number => typeof value === "number")
    ? distinct.sort((a, b) => a - b)
    : distinct.map(String).sort();
  const n = lists[0]?.length ?? 0;
  if (sorted.length < 2) {
    failData(
      source,
      sorted.length === 0 ? "has no labels" : `all ${count(n)} labels are ${JSON.stringify(sorted[0])}`,
      "expected at least two classes",
      { argument: "y", got: sorted.length, expected: ">= 2 classes" },
    );
  }
  if (n > 2 && sorted.length === lists.reduce((sum, list) => sum + list.length, 0)) {
    failData(
      source,
      `all ${count(sorted.length)} labels are different`,
      "expected class labels that repeat: is this another column, or a regression target?",
      { argument: "y", got: sorted.length },
    );
  }
  const index = new Map<number | string, number>(sorted.map((value, i) => [value, i]));
  return {
    labels: lists.map((list) => Int32Array.from(list as readonly (number | string)[], (v) => index.get(v)!)),
    classNames: sorted.map(String),
  };
}

/**
 * Indices of raw labels into classes that are known already: test labels among the classes of the train labels. One class,
 * one sample and samples that all differ are fine here.
 *
 * @throws ForetrainError `ERR_DATA` naming the labels that are none of `classNames`
 */
export function indexKnownLabels(
  raw: readonly (number | string)[],
  classNames: readonly string[],
  source: string,
): Int32Array {
  const index = new Map(classNames.map((name, i) => [name, i]));
  const unknown = [...new Set(raw.map(String))].filter((name) => !index.has(name));
  if (unknown.length > 0) {
    const named = unknown.slice(0, 10).join(", ") + (unknown.length > 10 ? ", ..." : "");
    failData(
      source,
      unknown.length === 1
        ? `no train sample has the label ${named}`
        : `no train sample has the labels ${named}`,
      `expected only labels of the train samples: ${classNames.join(", ")}`,
      { argument: "y", got: unknown, expected: classNames },
    );
  }
  return Int32Array.from(raw, (value) => index.get(String(value))!);
}

/** Texts that all are whole numbers stand for these, as in a CSV file. */
function textLabels(data: ArrayLike<number>, texts: readonly string[]): number[] | string[] {
  const trimmed = texts.map((text) => text.trim());
  const numeric = trimmed.every((text) => /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)));
  return numeric
    ? Array.from(data, (code) => Number(trimmed[code]))
    : Array.from(data, (code) => trimmed[code]!);
}

/**
 * Raw labels of an array: [n] or [n, 1] integers (of any numeric type) or texts, or [n, k] one-hot rows.
 *
 * @throws ForetrainError `ERR_DATA` when numbers are not integers, texts are empty, or rows are not one-hot
 */
export function labelsOfArray({ data, shape, texts }: NdArray, source: string): number[] | string[] {
  if (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) {
    if (texts !== undefined) {
      const labels = textLabels(data, texts);
      const empty = (labels as readonly (number | string)[]).indexOf("");
      if (empty >= 0)
        failData(source, `label ${empty} is empty`, "expected the name of a class", { index: empty });
      return labels;
    }
    const labels = Array.from(data as ArrayLike<number>);
    const bad = labels.findIndex((value) => !Number.isSafeInteger(value));
    if (bad >= 0) {
      failData(
        source,
        `label ${bad} is ${labels[bad]}`,
        "expected integers [n], one class each (regression targets are not classes)",
        {
          index: bad,
          got: labels[bad],
        },
      );
    }
    return labels;
  }
  if (shape.length !== 2 || texts !== undefined) {
    failData(source, `has shape [${shape.join(", ")}]`, "expected labels [n] or one-hot rows [n, k]", {
      got: shape,
    });
  }
  const [n, k] = shape as readonly [number, number];
  return Array.from({ length: n }, (_, i) => {
    const row = data.subarray(i * k, (i + 1) * k);
    const hot = row.indexOf(1);
    if (hot < 0 || row.some((value, c) => value !== (c === hot ? 1 : 0))) {
      failData(
        source,
        `row ${i} is no one-hot vector`,
        "expected integer labels [n] or rows with a single 1 and zeros",
        {
          index: i,
          got: Array.from(row.subarray(0, 10)),
        },
      );
    }
    return hot;
  });
}
