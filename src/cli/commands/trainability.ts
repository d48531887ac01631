/**
 * `foretrain trainability`: spectra, learning rates and mean predictors against depth, as a table, npz arrays and a figure.
 * @module
 */
import {
  chooseSubset,
  type Dataset,
  type Normalization,
  type NpzArrays,
  normalizeInputs,
  oneHotCentred,
  writeNpz,
} from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError } from "../../errors.js";
import { numberMarkup, numberText, trainabilityFigure } from "../../figures/index.js";
import { planKernelsAtDepths } from "../../kernels/index.js";
import type { MeanField } from "../../meanfield/index.js";
import type { Network } from "../../network/index.js";
import { type Matrix, sizeOf } from "../../numeric/matrix.js";
import { writeFileAtomic } from "../../runs/index-node.js";
import {
  defaultDepths,
  type KernelTrainability,
  type Series,
  type Trainability,
  trainability,
} from "../../trainability/index.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import type { EngineOptions } from "../engine-options.js";
import { readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { byteSize, duration } from "../terminal.js";

export interface TrainabilityCommandOptions extends EngineOptions {
  readonly data: string;
  readonly depths?: string;
  readonly train: number;
  readonly test: number;
  readonly normalization: Normalization;
  readonly get: string;
  readonly seed?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly svg?: string;
}

const MOST_DEPTHS = 100_000;

/**
 * Depths of `1,2,4` or `start:stop:count` (both ends included, rounded to whole numbers, each once).
 * @throws ForetrainError `ERR_USAGE`
 */
export function parseDepths(text: string): number[] {
  const wrong = (what: string) =>
    new ForetrainError(
      "ERR_USAGE",
      `--depths: got "${text}": ${what}; expected whole numbers such as 1,2,4,8 or start:stop:count such as 1:256:30`,
      { argument: "--depths", got: text },
    );
  const number = (part: string) => (part.trim() === "" ? Number.NaN : Number(part));
  if (!text.includes(":")) {
    const depths = text.split(",").map(number);
    const bad = depths.findIndex((depth) => !(Number.isSafeInteger(depth) && depth >= 0));
    if (bad >= 0) throw wrong(`"${text.split(",")[bad]}" is no whole number >= 0`);
    return [...new Set(depths)].sort((a, b) => a - b);
  }
  const parts = text.split(":").map(number);
  const [start, stop, count] = parts as [number, number, number];
  if (parts.length !== 3) throw wrong(`there are ${parts.length} parts, not 3`);
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(stop) && start >= 0 && start < stop)) {
    throw wrong("start and stop must be whole numbers, 0 <= start < stop");
  }
  if (!(Number.isSafeInteger(count) && count >= 2 && count <= MOST_DEPTHS)) {
    throw wrong(`the count must be a whole number from 2 to ${MOST_DEPTHS}`);
  }
  const depths = Array.from({ length: count }, (_, i) =>
    Math.round(start + ((stop - start) * i) / (count - 1)),
  );
  return [...new Set(depths)];
}

function parseKernels(text: string): ("ntk" | "nngp")[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (name !== "ntk" && name !== "nngp") {
      throw new ForetrainError("ERR_USAGE", `--get: got "${name}", expected ntk, nngp or ntk,nngp`, {
        argument: "--get",
        got: name,
      });
    }
  }
  return [...new Set(names)] as ("ntk" | "nngp")[];
}

/** What is computed on: subsets in the shape that the network reads. */
function samplesFor(network: Network, dataset: Dataset, options: TrainabilityCommandOptions) {
  const { inputShape } = dataset;
  if (sizeOf(network.input) !== sizeOf(inputShape)) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network.input: got [${network.input.join(", ")}], but a sample of ${dataset.name} is ${inputShape.join(" x ")}; ` +
        `expected [${inputShape.join(", ")}] or the same number of values in another shape`,
      { argument: "network.input", got: network.input, expected: inputShape },
    );
  }
  const subset = chooseSubset(dataset, {
    train: Math.min(options.train, dataset.train.y.length),
    test: Math.min(options.test, dataset.test.y.length),
    seed: options.seed ?? 0,
  });
  const x = normalizeInputs(subset, options.normalization);
  const shaped = (split: "train" | "test") => ({
    data: x[split].data,
    shape: [subset[split].y.length, ...network.input],
  });
  return {
    x: shaped("train"),
    targets: oneHotCentred(subset.train.y, subset.classNames.length),
    test: shaped("test"),
  };
}

const column = (values: Series) => ({
  data: Float64Array.from(values, (value) => value ?? Number.NaN),
  shape: [values.length],
});

const predictionsOf = ({ predictions }: KernelTrainability): Matrix | undefined =>
  predictions.find((matrix) => matrix !== null) ?? undefined;

/** `depths` [L], and for each kernel numbers [L], eigenvalues [L, n], predictions [L, m, k]; NaN where there is none. */
function arraysOf(result: Trainability): NpzArrays {
  const { depths, samples, orderedLimit } = result;
  const out: Record<string, NpzArrays[string]> = {
    depths: { data: Float64Array.from(depths), shape: [depths.length] },
  };
  for (const name of ["ntk", "nngp"] as const) {
    const kernel = result[name];
    if (kernel === null) continue;
    const { theory, eigenvalues, predictions, ...series } = kernel;
    for (const [key, values] of Object.entries(series)) out[`${name}_${key}`] = column(values);
    for (const [key, values] of Object.entries(theory)) out[`${name}_theory_${key}`] = column(values);
    const all = new Float64Array(depths.length * samples).fill(Number.NaN);
    for (const [i, values] of eigenvalues.entries()) if (values !== null) all.set(values, i * samples);
    out[`${name}_eigenvalues`] = { data: all, shape: [depths.length, samples] };
    const one = predictionsOf(kernel);
    if (one === undefined) continue;
    const [m, k] = one.shape;
    const means = new Float64Array(depths.length * m * k).fill(Number.NaN);
    for (const [i, mean] of predictions.entries()) if (mean !== null) means.set(mean.data, i * m * k);
    out[`${name}_predictions`] = { data: means, shape: [depths.length, m, k] };
  }
  if (orderedLimit !== null) out["orderedLimit"] = orderedLimit;
  return out;
}

const cell = (value: number | null | undefined) => (value == null ? "-" : numberText(value, 4));

function tableOf(depths: readonly number[], name: string, kernel: KernelTrainability): string[] {
  const { theory } = kernel;
  const rows = depths.map((depth, i) => [
    String(depth),
    cell(kernel.lambdaMax[i]),
    cell(kernel.lambdaBulk[i]),
    cell(kernel.lambdaMin[i]),
    cell(kernel.kappa[i]),
    cell(theory.kappa[i]),
    cell(kernel.largestLearningRate[i]),
    cell(kernel.meanPredictor[i]),
  ]);
  const head = [
    name,
    "lambda_max",
    "bulk",
    "lambda_min",
    "kappa",
    "predicted",
    "learning rate <",
    "max |P Y|",
  ];
  return alignedColumns([head, ...rows], "right");
}

/** What there is instead of a phase. */
const noPhase = ({ growth, qStar }: MeanField) =>
  growth !== null && growth > 1 && qStar === null
    ? `no phase, q grows without bound by a factor ${cell(growth)} per layer`
    : "no phase";

const largest = (matrix: Matrix | null) =>
  matrix === null ? null : matrix.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function textOf(result: Trainability): string[] {
  const { meanField, noTheory, depths, samples, testSamples, notes, orderedLimit } = result;
  const lines = [`${samples} train and ${testSamples} test samples`];
  if (meanField !== null) {
    const numbers = [
      ["q*", meanField.qStar],
      ["chi_1", meanField.chi1],
      ["c*", meanField.cStar],
      ["xi_1", meanField.xi1],
    ] as const;
    const known = numbers.flatMap(([key, value]) => (value === null ? [] : [`${key} = ${cell(value)}`]));
    lines.push(
      `${meanField.activation}, sigma_w^2 = ${cell(meanField.weightVariance)}, sigma_b^2 = ${cell(meanField.biasVariance)}: ` +
        `${meanField.phase ?? noPhase(meanField)}${known.length === 0 ? "" : ` (${known.join(", ")})`}`,
    );
  }
  if (noTheory !== null) lines.push(`no predictions: ${noTheory}`);
  for (const name of ["ntk", "nngp"] as const) {
    const kernel = result[name];
    if (kernel !== null) lines.push("", ...tableOf(depths, name, kernel));
  }
  const limit = largest(orderedLimit);
  lines.push("");
  if (limit !== null) lines.push(`limit of max |P Y| at infinite depth: ${cell(limit)}`);
  for (const note of notes) if (note !== noTheory) lines.push(`note: ${note}`);
  return lines;
}

export async function trainabilityCommand(
  networkArgument: string,
  options: TrainabilityCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const get = parseKernels(options.get);
  const asked = options.depths === undefined ? null : parseDepths(options.depths);
  await checkOutputs({ "--out": options.out, "--svg": options.svg });
  const dataset = await loadDataset(options.data, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal,
    onProgress: terminal.progress,
  });
  const network = await readNetworkArgument(networkArgument, {
    input: dataset.inputShape,
    classes: dataset.classNames.length,
  });
  const data = samplesFor(network, dataset, options);
  const [n, m] = [data.x.shape[0]!, data.test.shape[0]!];
  const depths = asked ?? defaultDepths(network);
  const engine = { memoryLimit: options.memory, threads: options.threads, backend: options.backend };
  if (options.dryRun === true) {
    const names = get.flatMap((name) => [name, `${name}Gap`] as const);
    const plans = {
      train: planKernelsAtDepths(network, depths, n, null, { ...engine, get: names }),
      testTrain: planKernelsAtDepths(network, depths, m, n, { ...engine, get: names }),
    };
    const text = Object.entries(plans).map(
      ([name, { copies, entries, bytes, seconds, incremental, backend }]) =>
        `${name}: ${entries} pairs through ${copies} blocks ${incremental ? "in one pass" : "in all, each depth by itself"}, ` +
        `${backend}, ${byteSize(bytes.total)}, about ${duration(seconds)}`,
    );
    return { text: text.join("\n"), json: { plans } };
  }
  terminal.note(`${dataset.name}: ${dataset.origin}`);
  const started = performance.now();
  const result = await trainability(network, data, {
    depths,
    get,
    ...engine,
    signal,
    onProgress: terminal.progress,
  });
  const seconds = (performance.now() - started) / 1000;
  const written: string[] = [];
  if (options.out !== undefined) {
    await writeFileAtomic(options.out, writeNpz(arraysOf(result)), { signal });
    written.push(options.out);
  }
  if (options.svg !== undefined) {
    const curves = (["ntk", "nngp"] as const).flatMap((name) => {
      const kernel = result[name];
      return kernel === null ? [] : [{ label: name.toUpperCase(), ...kernel }];
    });
    const { meanField } = result;
    const subject = `${dataset.name}, ${n} train samples`;
    const block =
      meanField === null
        ? ""
        : `${meanField.activation}, σ_{w}^{2} = ${numberMarkup(meanField.weightVariance)}, σ_{b}^{2} = ${numberMarkup(meanField.biasVariance)}` +
          `${meanField.phase === null ? "" : ` (${meanField.phase})`}; `;
    const figure = trainabilityFigure(
      {
        depths: result.depths,
        curves: curves.map(({ eigenvalues: _, predictions: __, lambdaMin: ___, ...curve }) => curve),
        limit: largest(result.orderedLimit),
        subject,
      },
      { heading: `${block}${subject}` },
    );
    await writeFileAtomic(options.svg, figure, { signal });
    written.push(options.svg);
  }
  const end = written.length === 0 ? duration(seconds) : `wrote ${written.join(", ")}, ${duration(seconds)}`;
  const onlyNumbers = (kernel: KernelTrainability | null) => {
    if (kernel === null) return null;
    const { predictions: _, ...rest } = kernel;
    return rest;
  };
  return {
    text: [...textOf(result), end].join("\n"),
    onStderr: [options.out, options.svg].some((path) => path !== undefined && isStandardOutput(path)),
    json: {
      data: dataset.name,
      out: options.out ?? null,
      svg: options.svg ?? null,
      seconds,
      ...result,
      ntk: onlyNumbers(result.ntk),
      nngp: onlyNumbers(result.nngp),
      orderedLimit: largest(result.orderedLimit),
    },
  };
}
