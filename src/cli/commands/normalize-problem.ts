/**
 * What `foretrain normalize` is asked for: a shallow network, data with one target each, and the units that stand for the limit.
 * @module
 */
import {
  type ArrayTargets,
  chooseSubset,
  type Normalization,
  normalizeInputs,
  requireFinite,
  type Split,
  targetsFromArrays,
  WAVE_KINDS,
  type WaveKind,
  waveProblem,
} from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import {
  parseLaw,
  type ShallowProblem,
  shallowFromLaws,
  shallowReading,
  shallowSetup,
} from "../../normalization/index.js";
import { type Matrix, matrix, sizeOf } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { readNpzFile } from "../../runs/index-node.js";
import type { CommandContext } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";
import { parseActivation } from "./phase.js";

export interface NormalizeProblemOptions {
  readonly activation?: string;
  readonly units?: number;
  readonly outer?: string;
  readonly inner?: string;
  readonly bias?: string;
  readonly data: string;
  readonly train: number;
  readonly test: number;
  readonly classes?: string;
  readonly normalization: Normalization;
  readonly particles?: number;
  readonly seed?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
}

export interface NormalizeProblem {
  readonly problem: Omit<ShallowProblem, "times">;
  readonly testY: Float64Array;
  readonly units: number;
  /** outputs are this times those of the problem */
  readonly outputScale: number;
  /** what the network and the data are, for people */
  readonly description: readonly string[];
}

const DEFAULT_UNITS = 500;

interface Samples {
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly testX: Matrix;
  readonly testY: Float64Array;
  readonly description: string;
  /** inputs of unit mean square per feature: divided by sqrt(features), they make fields of variance 1 as in other commands */
  readonly normalized: boolean;
}

/** The line or the square with a wave as target, by seed. */
function waveSamples(kind: WaveKind, options: NormalizeProblemOptions): Samples {
  const { train, test, description } = waveProblem({
    kind,
    train: options.train,
    test: options.test,
    seed: options.seed ?? 0,
  });
  return { ...train, testX: test.x, testY: test.y, normalized: false, description };
}

/** Real targets of an npz; null when it holds labels. */
async function regressionSamples(file: string, options: NormalizeProblemOptions): Promise<Samples | null> {
  const arrays = await readNpzFile(file);
  const suffix = "x_train" in arrays ? "_train" : "";
  const rows = arrays[`x${suffix}`]?.shape[0] ?? 0;
  if (arrays[`y${suffix}`] === undefined) return null;
  const y = targetsFromArrays(arrays, file, rows, `y${suffix}`);
  if (y.kind === "labels") return null;
  if (y.targets.shape[1] !== 1) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${file}: y${suffix} has ${y.targets.shape[1]} columns, expected one target for each sample`,
      { argument: `y${suffix}`, got: y.targets.shape },
    );
  }
  const asMatrix = (name: string) => {
    const x = arrays[name]!;
    requireFinite(`${file}: ${name}`, x);
    const columns = sizeOf(x.shape.slice(1));
    return matrix(x.shape[0]!, columns, Float64Array.from(x.data));
  };
  const all = { x: asMatrix(`x${suffix}`), y: y.targets.data };
  const columns = all.x.shape[1];
  const take = (from: { x: Matrix; y: Float64Array }, order: ArrayLike<number>) => ({
    x: matrix(
      order.length,
      columns,
      Float64Array.from(
        { length: order.length * columns },
        (_, k) => from.x.data[order[Math.floor(k / columns)]! * columns + (k % columns)]!,
      ),
    ),
    y: Float64Array.from({ length: order.length }, (_, i) => from.y[order[i]!]!),
  });
  const rng = createRng(options.seed ?? 0).fork("subset");
  const order = rng.fork("train").shuffle(Uint32Array.from({ length: rows }, (_, i) => i));
  const described = (n: number, m: number) => `${n} training and ${m} test samples of ${file}, real targets`;
  if (arrays["x_test"] !== undefined) {
    const more = targetsFromArrays(arrays, file, arrays["x_test"].shape[0]!, "y_test", y);
    const testAll = {
      x: asMatrix("x_test"),
      y: (more as Extract<ArrayTargets, { kind: "targets" }>).targets.data,
    };
    const testOrder = rng.fork("test").shuffle(Uint32Array.from({ length: testAll.y.length }, (_, i) => i));
    const train = take(all, order.slice(0, options.train));
    const test = take(testAll, testOrder.slice(0, options.test));
    return {
      ...train,
      testX: test.x,
      testY: test.y,
      description: described(train.y.length, test.y.length),
      normalized: false,
    };
  }
  const testCount = Math.min(options.test, Math.max(1, Math.floor(rows / 5)));
  const train = take(all, order.slice(testCount, testCount + options.train));
  const test = take(all, order.slice(0, testCount));
  return {
    ...train,
    testX: test.x,
    testY: test.y,
    description: described(train.y.length, test.y.length),
    normalized: false,
  };
}

/** Two classes as -1 and 1: those asked for, or the first half of all against the second. */
async function classSamples(options: NormalizeProblemOptions, context: CommandContext): Promise<Samples> {
  const set = await loadDataset(options.data, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal: context.signal,
    onProgress: context.terminal.progress,
  });
  const classes = options.classes?.split(",").map((name) => {
    const at = set.classNames.indexOf(name.trim());
    if (at >= 0) return at;
    throw new ForetrainError(
      "ERR_USAGE",
      `--classes: got "${name.trim()}", expected two of ${set.classNames.join(", ")}`,
      { argument: "--classes", got: options.classes, expected: set.classNames },
    );
  });
  if (classes !== undefined && classes.length !== 2) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--classes: got "${options.classes}", expected two classes: the network has one output`,
      { argument: "--classes", got: options.classes },
    );
  }
  const seed = options.seed ?? 0;
  const whole = classes === undefined ? set : chooseSubset(set, { classes, seed });
  const subset = chooseSubset(whole, {
    train: Math.min(options.train, whole.train.y.length),
    test: Math.min(options.test, whole.test.y.length),
    seed,
  });
  const k = subset.classNames.length;
  const { train, test } = normalizeInputs(subset, options.normalization);
  const flat = ({ data, shape }: typeof train) => matrix(shape[0]!, sizeOf(shape.slice(1)), data);
  const signs = ({ y }: Split) => Float64Array.from(y, (label) => (2 * label < k ? -1 : 1));
  const half = Math.ceil(k / 2);
  const names = [subset.classNames.slice(0, half), subset.classNames.slice(half)];
  return {
    x: flat(train),
    y: signs(subset.train),
    testX: flat(test),
    testY: signs(subset.test),
    normalized: true,
    description: `${subset.train.y.length} training and ${subset.test.y.length} test samples of ${set.name}, ${names.map((list, i) => `${list.join(" ")} as ${i === 0 ? "-1" : "1"}`).join(", ")}`,
  };
}

async function samplesFor(options: NormalizeProblemOptions, context: CommandContext): Promise<Samples> {
  const wave = WAVE_KINDS.find((kind) => kind === options.data);
  if (wave !== undefined) return waveSamples(wave, options);
  if (/\.npz$/i.test(options.data)) {
    const found = await regressionSamples(options.data, options);
    if (found !== null) return found;
  }
  try {
    return await classSamples(options, context);
  } catch (error) {
    if (!(isForetrainError(error) && error.code === "ERR_USAGE" && error.details["argument"] === "data"))
      throw error;
    throw new ForetrainError(
      error.code,
      `--${error.message}; or ${WAVE_KINDS.join(" and ")}, points with a wave as target`,
      { ...error.details, argument: "--data" },
    );
  }
}

/** The network as given, reading inputs of `columns` features. */
async function networkFor(
  argument: string | undefined,
  columns: number,
  normalized: boolean,
  options: NormalizeProblemOptions,
) {
  if (argument === undefined) {
    if (options.activation === undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        "normalize: there is neither a network nor --activation, expected one of them, for example --activation tanh",
        { argument: "--activation" },
      );
    }
    const phi = parseActivation(options.activation);
    const read = shallowFromLaws({
      activation: { kind: "activation", name: phi.name, ...phi.parameters },
      inner: parseLaw("--inner", options.inner ?? "normal:0:1"),
      outer: parseLaw("--outer", options.outer ?? "normal:0:1"),
      bias: options.bias === undefined ? undefined : parseLaw("--bias", options.bias),
      columns,
      scale: normalized ? 1 / Math.sqrt(columns) : 1,
    });
    return { ...read, units: options.units ?? DEFAULT_UNITS, outputScale: 1 };
  }
  const given = (["activation", "outer", "inner", "bias"] as const).find((key) => options[key] !== undefined);
  if (given !== undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--${given}: given together with the network ${argument}, which says it already; expected one of them`,
      { argument: `--${given}`, got: options[given] },
    );
  }
  const network = await readNetworkArgument(argument, { input: [columns], classes: 1 });
  const reading = shallowReading(network);
  return {
    ...reading,
    units: options.units ?? reading.units,
    description: `${argument}: ${reading.network.activation.name}, ${reading.units} units, normal weights`,
  };
}

/** Reads everything. @throws ERR_USAGE, ERR_SPEC, ERR_UNAVAILABLE, ERR_DATA, ERR_FILE for what does not fit */
export async function normalizeProblem(
  argument: string | undefined,
  options: NormalizeProblemOptions,
  context: CommandContext,
): Promise<NormalizeProblem> {
  const samples = await samplesFor(options, context);
  const read = await networkFor(argument, samples.x.shape[1], samples.normalized, options);
  const scaled = (y: Float64Array) => y.map((value) => value / read.outputScale);
  const { problem, description } = await shallowSetup(
    read.network,
    { x: read.inputs(samples.x), testX: read.inputs(samples.testX), y: scaled(samples.y) },
    { particles: options.particles, seed: options.seed },
  );
  return {
    problem,
    testY: scaled(samples.testY),
    units: read.units,
    outputScale: read.outputScale,
    description: [read.description, samples.description, ...description],
  };
}
