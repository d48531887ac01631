/**
 * What `foretrain normalize` is asked for: a shallow network, data with one target each, and the units that stand for the limit.
 * @module
 */
import {
  type ArrayTargets,
  chooseSubset,
  type Normalization,
  normalizeInputs,
  type Split,
  targetsFromArrays,
} from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import {
  inputSpan,
  type Law,
  type ShallowNetwork,
  type ShallowProblem,
  shallowReading,
  standInParticles,
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

/**
 * A law: `normal:MEAN:VARIANCE`, `uniform:LOW:HIGH`, `discrete:VALUE@PROBABILITY,...`, or JSON.
 * @throws ERR_USAGE naming the flag
 */
export function parseLaw(flag: string, text: string): Law {
  const wrong = () =>
    new ForetrainError(
      "ERR_USAGE",
      `${flag}: got "${text}", expected a law such as normal:0:1 (mean, variance), uniform:-1:1, discrete:2@1/3,-1@2/3, or JSON`,
      { argument: flag, got: text },
    );
  if (text.trim().startsWith("{")) {
    try {
      return JSON.parse(text) as Law;
    } catch {
      throw wrong();
    }
  }
  const [kind, ...rest] = text.split(":");
  const number = (part: string | undefined) => {
    const [over, under = "1"] = (part ?? "").split("/", 2);
    const value = over!.trim() === "" || under.trim() === "" ? Number.NaN : Number(over) / Number(under);
    if (!Number.isFinite(value)) throw wrong();
    return value;
  };
  if (kind === "normal" && rest.length === 2) {
    return { kind, mean: number(rest[0]), variance: number(rest[1]) };
  }
  if (kind === "uniform" && rest.length === 2) {
    return { kind, low: number(rest[0]), high: number(rest[1]) };
  }
  if (kind === "discrete" && rest.length === 1) {
    const pairs = rest[0]!.split(",").map((pair) => pair.split("@"));
    if (pairs.some((pair) => pair.length !== 2)) throw wrong();
    const values = pairs.map(([value]) => number(value));
    const raw = pairs.map(([, p]) => number(p));
    const sum = raw.reduce((a, b) => a + b, 0);
    if (Math.abs(sum - 1) > 1e-9 || raw.some((p) => p < 0)) throw wrong();
    return { kind, values, probabilities: raw.map((p) => p / sum) };
  }
  throw wrong();
}

interface Samples {
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly testX: Matrix;
  readonly testY: Float64Array;
  readonly description: string;
  /** inputs of unit mean square per feature: divided by sqrt(features), they make fields of variance 1 as in other commands */
  readonly normalized: boolean;
}

/** Points of the square [-1, 1]^2 with y = sin(3 x_1) cos(2 x_2), by seed. */
function planeSamples(options: NormalizeProblemOptions): Samples {
  const rng = createRng(options.seed ?? 0).fork("plane");
  const part = (name: string, count: number) => {
    const stream = rng.fork(name);
    const x = matrix(count, 2);
    for (let i = 0; i < x.data.length; i++) x.data[i] = 2 * stream.uniform() - 1;
    return {
      x,
      y: Float64Array.from(
        { length: count },
        (_, i) => Math.sin(3 * x.data[2 * i]!) * Math.cos(2 * x.data[2 * i + 1]!),
      ),
    };
  };
  const [train, test] = [part("train", options.train), part("test", options.test)];
  return {
    ...train,
    testX: test.x,
    testY: test.y,
    normalized: false,
    description: `${options.train} training and ${options.test} test points of the square, y = sin(3 x_1) cos(2 x_2)`,
  };
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
  if (options.data === "plane") return planeSamples(options);
  if (/\.npz$/i.test(options.data)) {
    const found = await regressionSamples(options.data, options);
    if (found !== null) return found;
  }
  return classSamples(options, context);
}

const lawText = (law: Law): string => {
  if (law.kind === "normal") return `N(${law.mean ?? 0}, ${law.variance})`;
  if (law.kind === "uniform") return `U(${law.low}, ${law.high})`;
  return `{${law.values.map((value, i) => `${value} with ${+law.probabilities[i]!.toPrecision(3)}`).join(", ")}}`;
};

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
    const inner = parseLaw("--inner", options.inner ?? "normal:0:1");
    const outer = parseLaw("--outer", options.outer ?? "normal:0:1");
    const bias = options.bias === undefined ? null : parseLaw("--bias", options.bias);
    const scale = normalized ? 1 / Math.sqrt(columns) : 1;
    const network: ShallowNetwork = {
      activation: { kind: "activation", name: phi.name, ...phi.parameters },
      outer,
      inner: [...new Array<Law>(columns).fill(inner), ...(bias === null ? [] : [bias])],
    };
    return {
      network,
      units: options.units ?? DEFAULT_UNITS,
      outputScale: 1,
      inputs: ({ data, shape: [rows] }: Matrix) => {
        const width = columns + (bias === null ? 0 : 1);
        const out = matrix(rows, width);
        out.data.fill(1);
        for (let i = 0; i < rows; i++) {
          for (let a = 0; a < columns; a++) out.data[i * width + a] = scale * data[i * columns + a]!;
        }
        return out;
      },
      description: `${phi.label}, W ~ ${lawText(inner)}${scale === 1 ? "" : ` on inputs / sqrt(${columns})`}${bias === null ? "" : `, biases ~ ${lawText(bias)}`}, C ~ ${lawText(outer)}`,
    };
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
  const given = { x: read.inputs(samples.x), testX: read.inputs(samples.testX) };
  const span = await inputSpan(read.network, given.x, given.testX);
  const { network, x, testX } = span ?? { network: read.network, ...given };
  const stand = standInParticles(network, { count: options.particles, seed: options.seed });
  const count = stand.particles.weights.length;
  const description = [
    read.description,
    samples.description,
    ...(span === null
      ? []
      : [`${given.x.shape[1]} inputs in the ${x.shape[1]} dimensions that the samples span: the same law`]),
    stand.order === null
      ? `the limit by ${count} sampled units: its kernels are off by about ${(100 / Math.sqrt(count)).toPrecision(1)} % (--particles)`
      : `the limit by ${count} units, ${stand.order} nodes for each continuous input`,
  ];
  const scaled = (y: Float64Array) => y.map((value) => value / read.outputScale);
  return {
    problem: { network, particles: stand.particles, x, testX: testX ?? undefined, y: scaled(samples.y) },
    testY: scaled(samples.testY),
    units: read.units,
    outputScale: read.outputScale,
    description,
  };
}
