/**
 * From a data set to what the forecast computes with: a subset, normalized inputs, centred targets and statistics.
 * @module
 */
import {
  chooseSubset,
  classCounts,
  type Dataset,
  normalizeInputs,
  oneHotCentred,
  requireTwoClasses,
  type Split,
} from "../data/index.js";
import { ForetrainError } from "../errors.js";
import { layerShapes, type Network, parsePreset } from "../network/index.js";
import { matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { sortedQuantile } from "../numeric/statistics/index.js";
import type { InputStatistics } from "./hidden-stack.js";
import type { ForecastRecipe } from "./spec.js";

/** Inputs and targets of one split. */
export interface ForecastSplit {
  /** [n, ...input] */
  readonly x: NdArray<Float64Array>;
  readonly labels: Int32Array;
  /** [n, k], one-hot minus 1/k */
  readonly targets: Matrix;
}

/** Inputs of a forecast on their common scale. */
export interface ForecastInputs {
  readonly name: string;
  readonly origin: string;
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  readonly train: ForecastSplit;
  readonly test: ForecastSplit;
  /** accuracy of always answering the commonest test label */
  readonly chance: number;
  readonly statistics: InputStatistics;
  readonly meanCorrelation: number;
  readonly warnings: readonly string[];
}

/** Correlations are looked at on this many train inputs: 19,900 pairs fix a quantile to well below 1 %. */
const CORRELATION_SAMPLES = 200;

function firstRows({ data, shape }: NdArray<Float64Array>, most: number): Matrix {
  const n0 = sizeOf(shape.slice(1));
  const n = Math.min(most, shape[0]!);
  return matrix(n, n0, data.slice(0, n * n0));
}

/** Norms and correlations of the train inputs. */
function inputStatistics(x: NdArray<Float64Array>): InputStatistics & { readonly mean: number } {
  const rows = firstRows(x, CORRELATION_SAMPLES);
  const [n, n0] = rows.shape;
  const gram = matmul(rows, rows, { transposeB: true });
  const squares = Float64Array.from({ length: n }, (_, i) => gram.data[i * n + i]! / n0);
  const pairs: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const product = Math.sqrt(squares[i]! * squares[j]!);
      // a zero input has no direction; it says nothing about correlations
      if (product > 0) pairs.push(Math.min(1, Math.max(-1, gram.data[i * n + j]! / n0 / product)));
    }
  }
  const sorted = Float64Array.from(pairs.length > 0 ? pairs : [0]).sort();
  return {
    meanSquare: sortedQuantile(squares.slice().sort(), 0.5),
    near: sortedQuantile(sorted, 0.9),
    typical: sortedQuantile(sorted, 0.5),
    far: sortedQuantile(sorted, 0.1),
    mean: sorted.reduce((sum, c) => sum + c, 0) / sorted.length,
  };
}

function commonestShare(labels: Int32Array, classes: number): number {
  return Math.max(...classCounts(labels, classes)) / labels.length;
}

/** Comfortable everywhere: a second for the spectrum, and accuracies to about 1 %. */
const DEFAULT_SAMPLES = 1000;

/** The number asked for, or the default as far as there are samples of the classes that are kept. */
function sampleCount(asked: number | null, { y }: Split, classes: readonly number[] | null): number {
  if (asked !== null) return asked;
  const available = classes === null ? y.length : y.filter((label) => classes.includes(label)).length;
  return Math.min(DEFAULT_SAMPLES, available);
}

/** The subset that the recipe asks for, ready for the kernels. */
export function forecastInputs(dataset: Dataset, recipe: ForecastRecipe): ForecastInputs {
  const subset = chooseSubset(dataset, {
    train: sampleCount(recipe.data.train, dataset.train, recipe.data.classes),
    test: sampleCount(recipe.data.test, dataset.test, recipe.data.classes),
    seed: recipe.data.seed,
    ...(recipe.data.classes === null ? {} : { classes: recipe.data.classes }),
  });
  requireTwoClasses(`${subset.name} test`, subset.test.y, subset.classNames);
  const x = normalizeInputs(subset, recipe.data.normalization);
  const k = subset.classNames.length;
  const { mean, ...statistics } = inputStatistics(x.train);
  return {
    name: subset.name,
    origin: subset.origin,
    inputShape: subset.inputShape,
    classNames: subset.classNames,
    train: { x: x.train, labels: subset.train.y, targets: oneHotCentred(subset.train.y, k) },
    test: { x: x.test, labels: subset.test.y, targets: oneHotCentred(subset.test.y, k) },
    chance: commonestShare(subset.test.y, k),
    statistics,
    meanCorrelation: mean,
    warnings: subset.warnings,
  };
}

/**
 * The network of a recipe, a preset completed by the shape and the classes of the data, checked against them.
 * @throws ForetrainError `ERR_SPEC` when the network reads another shape or answers another number of classes
 */
export function resolveNetwork(recipe: ForecastRecipe, inputs: ForecastInputs): Network {
  const classes = inputs.classNames.length;
  const network =
    typeof recipe.network === "string"
      ? parsePreset(recipe.network, { input: inputs.inputShape, classes })
      : recipe.network;
  const wanted = inputs.inputShape.join(" x ");
  if (sizeOf(network.input) !== sizeOf(inputs.inputShape)) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network.input: got [${network.input.join(", ")}], but a sample of ${inputs.name} is ${wanted}; ` +
        `expected [${inputs.inputShape.join(", ")}] or the same number of values in another shape`,
      { argument: "network.input", got: network.input, expected: inputs.inputShape },
    );
  }
  const output = layerShapes(network).findLast(({ level }) => level === 0)!.output;
  if (sizeOf(output) !== classes || output.length !== 1) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network.layers: the network answers [${output.join(", ")}], but ${inputs.name} has ${classes} classes; ` +
        `expected a last dense layer with units: ${classes}`,
      { argument: "network.layers", got: output, expected: [classes] },
    );
  }
  return network;
}

/** The first `train` and `test` samples: subsets are drawn in random order, so these are random subsets too. */
export function smallerInputs(inputs: ForecastInputs, train: number, test: number): ForecastInputs {
  const cut = (split: ForecastSplit, most: number): ForecastSplit => {
    const n = Math.min(most, split.labels.length);
    const k = split.targets.shape[1];
    const n0 = sizeOf(split.x.shape.slice(1));
    return {
      x: { data: split.x.data.subarray(0, n * n0), shape: [n, ...split.x.shape.slice(1)] },
      labels: split.labels.subarray(0, n),
      targets: matrix(n, k, split.targets.data.subarray(0, n * k)),
    };
  };
  return { ...inputs, train: cut(inputs.train, train), test: cut(inputs.test, test) };
}

/** The same inputs in the shape that the network reads. */
export function inShape(x: NdArray<Float64Array>, network: Network): NdArray<Float64Array> {
  return { data: x.data, shape: [x.shape[0]!, ...network.input] };
}
