/**
 * Data of `foretrain evolve`: few samples with real targets or classes, in the shape that the network reads.
 * @module
 */
import {
  type CsvRegression,
  chooseSubset,
  inputsFromArrays,
  type Normalization,
  normalizeInputs,
  oneHotCentred,
  REGRESSION_NAMES,
  type RegressionName,
  regressionProblem,
  targetsFromArrays,
} from "../../data/index.js";
import { loadCsvRegression, loadDataset } from "../../data/index-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import type { Network, PresetParameters } from "../../network/index.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { readNpzFile } from "../../runs/index-node.js";
import type { CommandContext } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";

export interface EvolveDataOptions {
  readonly data: string;
  readonly train: number;
  readonly test: number;
  readonly classes?: string;
  readonly normalization: Normalization;
  readonly seed?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
}

export interface EvolveData {
  readonly network: Network;
  readonly title: string;
  readonly x: NdArray<Float64Array>;
  readonly y: NdArray<Float64Array>;
  readonly testX: NdArray<Float64Array> | undefined;
  readonly testY: NdArray<Float64Array> | undefined;
}

const isRegression = (name: string): name is RegressionName =>
  REGRESSION_NAMES.some((known) => known === name);

function parseClasses(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const labels = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!labels.every((label) => Number.isSafeInteger(label) && label >= 0)) {
    throw new ForetrainError("ERR_USAGE", `--classes: got "${text}", expected labels such as 0,1`, {
      argument: "--classes",
      got: text,
    });
  }
  return labels;
}

/** Labels as targets: -1 and 1 where there are two classes, else one-hot minus 1 / k. */
function labelTargets(labels: Int32Array, classes: number): NdArray<Float64Array> {
  if (classes === 2) {
    return { data: Float64Array.from(labels, (label) => 2 * label - 1), shape: [labels.length, 1] };
  }
  const { data, shape } = oneHotCentred(labels, classes);
  return { data, shape };
}

const firstRows = (a: NdArray<Float64Array>, count: number): NdArray<Float64Array> => {
  const rows = Math.min(count, a.shape[0]!);
  const size = sizeOf(a.shape.slice(1));
  return { data: a.data.slice(0, rows * size), shape: [rows, ...a.shape.slice(1)] };
};

/** Files hold real targets [n] or [n, k], or labels; the first samples are taken. */
async function fromFile(argument: string, options: EvolveDataOptions): Promise<EvolveData> {
  const file = options.data;
  const arrays = await readNpzFile(file);
  const suffix = "x_train" in arrays ? "_train" : "";
  const samples = (name: string) => arrays[name]?.shape[0] ?? 0;
  const y = targetsFromArrays(arrays, file, samples(`x${suffix}`), `y${suffix}`);
  const hasTest = "x_test" in arrays;
  const testY =
    hasTest && "y_test" in arrays ? targetsFromArrays(arrays, file, samples("x_test"), "y_test", y) : null;
  const asTargets = (targets: typeof y): NdArray<Float64Array> =>
    targets.kind === "labels"
      ? labelTargets(targets.labels, targets.classNames.length)
      : { data: targets.targets.data, shape: targets.targets.shape };
  const all = asTargets(y);
  const network = await readNetworkArgument(argument, {
    input: (arrays[`x${suffix}`]?.shape ?? []).slice(1),
    classes: all.shape[1]!,
  });
  const x = inputsFromArrays(arrays, file, network.input, `x${suffix}`);
  const testX = hasTest ? inputsFromArrays(arrays, file, network.input, "x_test") : undefined;
  return {
    network,
    title: file,
    x: firstRows(x, options.train),
    y: firstRows(all, options.train),
    testX: testX === undefined || options.test === 0 ? undefined : firstRows(testX, options.test),
    testY: testY === null || options.test === 0 ? undefined : firstRows(asTargets(testY), options.test),
  };
}

async function synthetic(
  argument: string,
  name: RegressionName,
  { train, test, seed = 0 }: EvolveDataOptions,
): Promise<EvolveData> {
  const inputs: Partial<PresetParameters> = { input: [name === "sine" ? 1 : 4], classes: 1 };
  const network = await readNetworkArgument(argument, inputs);
  if (network.input.length !== 1) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network.input: got [${network.input.join(", ")}], but a sample of ${name} is a vector; expected [d], for example [1]`,
      { argument: "network.input", got: network.input },
    );
  }
  const problem = regressionProblem(name, { train, test, inputs: network.input[0]!, seed });
  return {
    network,
    title: `${name}, seed ${seed}`,
    ...problem.train,
    testX: test === 0 ? undefined : problem.test.x,
    testY: test === 0 ? undefined : problem.test.y,
  };
}

/** `count` rows drawn by seed: fewer are the first of more. */
function drawnRows(
  { x, y }: CsvRegression["train"],
  count: number,
  seed: number,
  split: string,
): CsvRegression["train"] {
  const all = Uint32Array.from(y.data, (_, i) => i);
  const rows = createRng(seed).fork("subset").fork(split).shuffle(all).subarray(0, count);
  const size = sizeOf(x.shape.slice(1));
  const data = new Float64Array(rows.length * size);
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j++) data[i * size + j] = x.data[row * size + j]!;
  });
  return {
    x: { data, shape: [rows.length, ...x.shape.slice(1)] },
    y: { data: Float64Array.from(rows, (row) => y.data[row]!), shape: [rows.length, 1] },
  };
}

async function fromTable(
  argument: string,
  { train, test }: CsvRegression,
  options: EvolveDataOptions,
): Promise<EvolveData> {
  const { seed = 0 } = options;
  const few = {
    train: drawnRows(train, options.train, seed, "train"),
    test: drawnRows(test, options.test, seed, "test"),
  };
  const dim = train.x.shape[1]!;
  const network = await readNetworkArgument(argument, { input: [dim], classes: 1 });
  requireSize(network, [dim], options.data);
  const split = ({ x, y }: CsvRegression["train"]) => ({ x, y: new Int32Array(y.data.length) });
  const x = normalizeInputs(
    { name: options.data, valueScale: 1, train: split(few.train), test: split(few.test) },
    options.normalization,
  );
  const shaped = ({ data, shape }: NdArray<Float64Array>) => ({ data, shape: [shape[0]!, ...network.input] });
  return {
    network,
    title: options.data,
    x: shaped(x.train),
    y: few.train.y,
    testX: options.test === 0 ? undefined : shaped(x.test),
    testY: options.test === 0 ? undefined : few.test.y,
  };
}

function requireSize(network: Network, shape: readonly number[], name: string): void {
  if (sizeOf(network.input) === sizeOf(shape)) return;
  throw new ForetrainError(
    "ERR_SPEC",
    `network.input: got [${network.input.join(", ")}], but a sample of ${name} is ${shape.join(" x ")}; ` +
      `expected [${shape.join(", ")}] or the same number of values in another shape`,
    { argument: "network.input", got: network.input, expected: shape },
  );
}

/** The error of a name that is no data set, with the problems that this command draws itself before those of files. */
function withOwnNames(error: unknown, name: string): unknown {
  if (!isForetrainError(error, "ERR_USAGE") || error.details.argument !== "data") return error;
  const published = error.details.expected as readonly string[];
  return new ForetrainError(
    "ERR_USAGE",
    `--data: "${name}" is no data set; expected ${REGRESSION_NAMES.join(" or ")}, drawn by this command; ${published.join(", ")}; or a file ending in .npz, .csv or .csv.gz`,
    { argument: "--data", got: name, expected: [...REGRESSION_NAMES, ...published] },
  );
}

async function published(
  argument: string,
  options: EvolveDataOptions,
  { terminal, signal }: CommandContext,
): Promise<EvolveData> {
  const dataset = await loadDataset(options.data, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal,
    onProgress: terminal.progress,
  }).catch((error: unknown) => {
    throw withOwnNames(error, options.data);
  });
  const subset = chooseSubset(dataset, {
    train: Math.min(options.train, dataset.train.y.length),
    test: Math.min(options.test, dataset.test.y.length),
    classes: parseClasses(options.classes),
    seed: options.seed ?? 0,
  });
  const classes = subset.classNames.length;
  const network = await readNetworkArgument(argument, {
    input: dataset.inputShape,
    classes: classes === 2 ? 1 : classes,
  });
  requireSize(network, dataset.inputShape, dataset.name);
  const x = normalizeInputs(subset, options.normalization);
  const shaped = (split: "train" | "test") => ({
    data: x[split].data,
    shape: [subset[split].y.length, ...network.input],
  });
  const some = options.test > 0;
  return {
    network,
    title: `${dataset.name}, ${subset.classNames.join(" or ")}`,
    x: shaped("train"),
    y: labelTargets(subset.train.y, classes),
    testX: some ? shaped("test") : undefined,
    testY: some ? labelTargets(subset.test.y, classes) : undefined,
  };
}

/**
 * Network and data of the command line.
 * @throws ForetrainError of the readers; `ERR_USAGE` for options that the kind of data does not know
 */
export async function evolveData(
  argument: string,
  options: EvolveDataOptions,
  context: CommandContext,
): Promise<EvolveData> {
  const { data, classes } = options;
  const isNpz = /\.npz$/i.test(data);
  if (classes !== undefined && (isNpz || isRegression(data))) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--classes: got "${classes}", but ${data} is read as it is; leave --classes out`,
      { argument: "--classes", got: classes },
    );
  }
  if (isRegression(data)) return synthetic(argument, data, options);
  const table = /\.csv(\.gz)?$/i.test(data) ? await loadCsvRegression(data) : null;
  if (table !== null) {
    if (classes === undefined) return fromTable(argument, table, options);
    throw new ForetrainError(
      "ERR_USAGE",
      `--classes: got "${classes}", but the targets of ${data} are real numbers; leave --classes out`,
      { argument: "--classes", got: classes },
    );
  }
  return isNpz ? fromFile(argument, options) : published(argument, options, context);
}
