/**
 * Data sets and inputs from the arrays of an npz file.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { checkDataset, type Dataset, requireFinite, type Split } from "./dataset.js";
import { indexKnownLabels, indexLabels, labelsOfArray } from "./labels.js";
import type { NpzArrays } from "./npz.js";
import { count, failData } from "./problem.js";
import { splitSamples } from "./subset.js";

const LAYOUTS = "expected x and y (optionally x_test and y_test), or x_train, y_train, x_test and y_test";

/** Options for files that have no test samples of their own. */
export interface SplitOptions {
  /** share of test samples when the file has none; default 0.2 */
  readonly testFraction?: number | undefined;
  /** seed of that split; default 0 */
  readonly splitSeed?: number | undefined;
}

/** Numbers, or texts. */
type RawLabels = readonly number[] | readonly string[];

function samplesOf(file: string, arrays: NpzArrays, xName: string, yName: string): [NdArray, RawLabels] {
  const x = arrays[xName];
  const y = arrays[yName];
  if (x === undefined || y === undefined) {
    return failData(
      file,
      `has no array "${x === undefined ? xName : yName}"`,
      `${LAYOUTS}; it holds ${Object.keys(arrays).join(", ") || "nothing"}`,
      { argument: x === undefined ? xName : yName, got: Object.keys(arrays) },
    );
  }
  if (x.shape.length < 2) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: ${xName} has shape [${x.shape.join(", ")}], expected [n, d] or [n, h, w, c]`,
      { argument: xName, got: x.shape },
    );
  }
  requireFinite(`${file}: ${xName}`, x);
  const labels = labelsOfArray(y, `${file}: ${yName}`);
  if (labels.length !== x.shape[0]) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: ${xName} has ${count(x.shape[0]!)} samples, ${yName} has ${count(labels.length)} labels; expected as many`,
      { argument: yName, got: labels.length, expected: x.shape[0] },
    );
  }
  return [x, labels];
}

const kindOf = (labels: RawLabels) => (typeof labels[0] === "string" ? "texts" : "whole numbers");

/** @throws ForetrainError `ERR_DATA` when labels of some samples are texts and those of others numbers */
function requireSameKind(train: RawLabels, more: RawLabels, source: string): void {
  if (train.length === 0 || more.length === 0 || kindOf(train) === kindOf(more)) return;
  failData(
    source,
    `has ${kindOf(more)}`,
    `expected ${kindOf(train)}, as the labels of the train samples are`,
    {
      got: more[0],
      expected: kindOf(train),
    },
  );
}

/**
 * A data set from the arrays of an npz file: `x` [n, ...shape] and `y` (labels [n], integers or texts, or one-hot [n, k]), with `x_test` and
 * `y_test` or without; or `x_train`, `y_train`, `x_test`, `y_test`. Without test arrays, samples are split by seed.
 * Classes are the different labels, sorted. Byte arrays count as images in 0..255, all others as they are.
 *
 * @param file  name for error messages and the data set's name
 * @throws ForetrainError `ERR_DATA` or `ERR_SHAPE`, naming the array
 */
export function datasetFromArrays(
  arrays: NpzArrays,
  { file, origin = file, testFraction, splitSeed }: { file: string; origin?: string } & SplitOptions,
): Dataset {
  const suffix = "x_train" in arrays || "y_train" in arrays ? "_train" : "";
  const [x, rawLabels] = samplesOf(file, arrays, `x${suffix}`, `y${suffix}`);
  const hasTest = "x_test" in arrays || "y_test" in arrays;
  const base = {
    name: file,
    origin,
    inputShape: x.shape.slice(1),
    valueScale: x.data instanceof Uint8Array ? 255 : 1,
    warnings: [],
  };
  if (!hasTest) {
    const { labels, classNames } = indexLabels([rawLabels], `${file}: y${suffix}`);
    const parts = splitSamples({ x, y: labels[0]! }, { testFraction, seed: splitSeed });
    return checkDataset({ ...base, classNames, ...parts });
  }
  const [xTest, rawTest] = samplesOf(file, arrays, "x_test", "y_test");
  requireSameKind(rawLabels, rawTest, `${file}: y_test`);
  const { labels, classNames } = indexLabels([rawLabels, rawTest], `${file}: y${suffix}`);
  const train: Split = { x, y: labels[0]! };
  const test: Split = { x: xTest, y: labels[1]! };
  const unseen = classNames.filter((_, c) => !train.y.includes(c));
  return checkDataset({
    ...base,
    classNames,
    train,
    test,
    warnings:
      unseen.length === 0 ? [] : [`${file}: no train sample of ${unseen.join(", ")}, only test samples`],
  });
}

/**
 * `x` of an npz file as float64 inputs for a network, [n, ...inputShape]. Samples of another shape with as many
 * elements are an error too: nothing is reshaped silently.
 *
 * @param inputShape  shape of one sample that the network takes
 * @throws ForetrainError `ERR_DATA` (missing, NaN) or `ERR_SHAPE`, with both shapes
 */
export function inputsFromArrays(
  arrays: NpzArrays,
  file: string,
  inputShape: readonly number[],
  name = "x",
): NdArray<Float64Array> {
  const x = arrays[name];
  if (x === undefined) {
    return failData(
      file,
      `has no array "${name}"`,
      `it holds ${Object.keys(arrays).join(", ") || "nothing"}`,
      {
        argument: name,
        got: Object.keys(arrays),
      },
    );
  }
  const sample = x.shape.slice(1);
  if (
    x.shape.length < 2 ||
    sample.length !== inputShape.length ||
    sample.some((side, i) => side !== inputShape[i])
  ) {
    const hint =
      x.shape.length >= 2 && sizeOf(sample) === sizeOf(inputShape)
        ? `; it has as many elements: save it with ${name}.reshape(-1, ${inputShape.join(", ")})`
        : "";
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: ${name} has shape [${x.shape.join(", ")}], the network takes [n, ${inputShape.join(", ")}]${hint}`,
      { argument: name, got: x.shape, expected: inputShape },
    );
  }
  if (x.shape[0] === 0) {
    failData(file, `${name} has no samples`, "expected at least one", { argument: name, got: x.shape });
  }
  requireFinite(`${file}: ${name}`, x);
  const data = x.data instanceof Float64Array ? x.data : Float64Array.from(x.data as ArrayLike<number>);
  return { data, shape: x.shape };
}

/** `y` of an npz file: labels [n], integers or texts, or real targets [n, k]. */
export type ArrayTargets =
  | { readonly kind: "labels"; readonly labels: Int32Array; readonly classNames: readonly string[] }
  | { readonly kind: "targets"; readonly targets: Matrix };

/**
 * `y` of an npz file for `n` samples: [n] integers and texts are labels, [n, k] are targets; [n] reals that are not all integers
 * are targets [n, 1].
 *
 * @param train  of test samples: what their train samples have. They are then read as the same kind, labels get the same
 *               indices (one class or one sample is enough), targets must have as many columns
 * @throws ForetrainError `ERR_DATA` (for example a label that no train sample has) or `ERR_SHAPE`
 */
export function targetsFromArrays(
  arrays: NpzArrays,
  file: string,
  samples: number,
  name = "y",
  train: ArrayTargets | null = null,
): ArrayTargets {
  const y = arrays[name];
  if (y === undefined) {
    return failData(
      file,
      `has no array "${name}"`,
      `it holds ${Object.keys(arrays).join(", ") || "nothing"}`,
      {
        argument: name,
        got: Object.keys(arrays),
      },
    );
  }
  if (!(y.shape.length === 1 || y.shape.length === 2) || y.shape[0] !== samples) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: ${name} has shape [${y.shape.join(", ")}], expected [${samples}] labels or [${samples}, k] targets`,
      { argument: name, got: y.shape, expected: [samples] },
    );
  }
  // texts are labels, except where the train samples have targets
  if (y.texts === undefined || train?.kind === "targets") requireFinite(`${file}: ${name}`, y);
  if (train?.kind === "labels") {
    if (y.shape.length !== 1) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${file}: ${name} has shape [${y.shape.join(", ")}], expected labels [${samples}] as the train samples have`,
        { argument: name, got: y.shape, expected: [samples] },
      );
    }
    const source = `${file}: ${name}`;
    const labels = indexKnownLabels(labelsOfArray(y, source), train.classNames, source);
    return { kind: "labels", labels, classNames: train.classNames };
  }
  if (y.texts !== undefined) {
    const raw = labelsOfArray(y, `${file}: ${name}`);
    const { labels, classNames } = indexLabels([raw], `${file}: ${name}`);
    return { kind: "labels", labels: labels[0]!, classNames };
  }
  const columns = y.shape[1] ?? 1;
  if (train !== null && columns !== train.targets.shape[1]) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: ${name} has shape [${y.shape.join(", ")}], expected targets [${samples}, ${train.targets.shape[1]}] as the train samples have`,
      { argument: name, got: y.shape, expected: [samples, train.targets.shape[1]] },
    );
  }
  const values = y.data instanceof Float64Array ? y.data : Float64Array.from(y.data as ArrayLike<number>);
  if (train === null && y.shape.length === 1 && values.every((value) => Number.isSafeInteger(value))) {
    const { labels, classNames } = indexLabels([Array.from(values)], `${file}: ${name}`);
    return { kind: "labels", labels: labels[0]!, classNames };
  }
  return { kind: "targets", targets: { data: values, shape: [samples, columns] } };
}
