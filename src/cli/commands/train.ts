/**
 * `foretrain train`: real networks at their declared widths, as a table, a figure and arrays.
 * @module
 */
import { join } from "node:path";
import {
  chooseSubset,
  classCounts,
  type Dataset,
  type Normalization,
  type NpzArrays,
  normalizeInputs,
  oneHotCentred,
  signTargets,
  writeNpz,
} from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { numberText, percentText, trainingFigure } from "../../figures/index.js";
import {
  type BatchOrder,
  encodeWeights,
  finiteModel,
  type Loss,
  type NetworkSpread,
  parseTrainingRecipe,
  type TrainedNetwork,
  type TrainedNetworks,
  type TrainingDtype,
  type TrainingSplit,
  trainNetworks,
} from "../../finite/index.js";
import { describeNetwork, type Network } from "../../network/index.js";
import { sizeOf } from "../../numeric/matrix.js";
import { checkRunFolder, checkWritable, withRunFolder } from "../../runs/index-node.js";
import { VERSION } from "../../version.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";
import { readSchemeOf } from "../scheme-argument.js";
import { commandLine } from "../shell.js";
import { duration } from "../terminal.js";
import { openCheckpoints } from "./train-checkpoints.js";

export interface TrainCommandOptions {
  readonly data: string;
  readonly train?: number;
  readonly test?: number;
  readonly normalization: Normalization;
  readonly steps?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly order: BatchOrder;
  readonly learningRate?: number;
  readonly momentum: number;
  readonly cooldown: number;
  readonly nesterov?: boolean;
  readonly noise: number;
  readonly loss: Loss;
  readonly init: string;
  readonly dtype: TrainingDtype;
  readonly seeds: number;
  readonly threads?: number;
  readonly records?: readonly number[];
  readonly seed?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly checkpoint?: string;
  readonly checkpointSeconds: number;
  readonly weights?: boolean;
  readonly outputs?: boolean;
  readonly out?: string;
}

const DEFAULT_SAMPLES = 1000;

interface Samples {
  readonly train: TrainingSplit;
  readonly test: TrainingSplit | null;
  readonly chance: number;
}

/** Subsets in the shape that the network reads, with the targets of the loss. */
function samplesFor(network: Network, dataset: Dataset, options: TrainCommandOptions): Samples {
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
    train: options.train ?? Math.min(DEFAULT_SAMPLES, dataset.train.y.length),
    test: options.test ?? Math.min(DEFAULT_SAMPLES, dataset.test.y.length),
    seed: options.seed ?? 0,
  });
  const x = normalizeInputs(subset, options.normalization);
  const k = subset.classNames.length;
  const offset = options.loss === "crossEntropy" ? new Float64Array(k) : undefined;
  // one output tells two classes apart by its sign
  const single = k === 2 && sizeOf(finiteModel(network).outputShape) === 1;
  const signs = single || options.loss === "logistic";
  const split = (name: "train" | "test"): TrainingSplit => ({
    x: { data: x[name].data, shape: [subset[name].y.length, ...network.input] },
    y: signs ? signTargets(subset[name].y, single ? 1 : k) : oneHotCentred(subset[name].y, k, offset),
    labels: subset[name].y,
  });
  const tested = subset.test.y.length > 0;
  const counted = tested ? subset.test.y : subset.train.y;
  return {
    train: split("train"),
    test: tested ? split("test") : null,
    chance: Math.max(...classCounts(counted, k)) / counted.length,
  };
}

/** Rows of a printed table: at most this many, spread over the records. */
const TABLE_ROWS = 16;

function tableOf(trained: TrainedNetworks): string[] {
  const { steps, train, test } = trained;
  const columns: readonly [string, NetworkSpread | null, (value: number) => string][] = [
    ["train loss", train.loss, (value) => numberText(value, 4)],
    ["train accuracy", train.accuracy, percentText],
    ["test loss", test?.loss ?? null, (value) => numberText(value, 4)],
    ["test accuracy", test?.accuracy ?? null, percentText],
  ];
  const shown = columns.filter(([, spread]) => spread !== null);
  const count = Math.min(TABLE_ROWS, steps.length);
  const at = [
    ...new Set(
      Array.from({ length: count }, (_, i) => Math.round((i * (steps.length - 1)) / Math.max(1, count - 1))),
    ),
  ];
  const cell = (spread: NetworkSpread, text: (value: number) => string, i: number) =>
    text(spread.mean[i]!) + (spread.deviation === null ? "" : ` ± ${text(spread.deviation[i]!)}`);
  const rows = at.map((i) => [String(steps[i]), ...shown.map(([, spread, text]) => cell(spread!, text, i))]);
  return alignedColumns([["step", ...shown.map(([name]) => name)], ...rows], "right");
}

const column = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

/** `steps` [r], and for each quantity [r, networks]. */
function curveArrays({ networks, steps }: TrainedNetworks): NpzArrays {
  const out: Record<string, NpzArrays[string]> = { steps: column(steps) };
  for (const field of ["trainLoss", "trainAccuracy", "testLoss", "testAccuracy"] as const) {
    const data = new Float64Array(steps.length * networks.length);
    networks.forEach(({ records }, j) => {
      records.forEach((record, i) => {
        data[i * networks.length + j] = record[field] ?? Number.NaN;
      });
    });
    if (data.every(Number.isNaN)) continue;
    out[field] = { data, shape: [steps.length, networks.length] };
  }
  return out;
}

const weightsOf = (network: Network, { recipe: { initialization, seed }, parameters }: TrainedNetwork) =>
  encodeWeights({ network, initialization, seed, parameters });

function outputArrays({ outputs, records }: TrainedNetwork): NpzArrays {
  return {
    steps: column(records.map(({ step }) => step)),
    ...(outputs.train === null ? {} : { train: outputs.train }),
    ...(outputs.test === null ? {} : { test: outputs.test }),
  };
}

const LOSS_TITLES: Readonly<Record<Loss, string>> = {
  squared: "loss, half squared error",
  crossEntropy: "loss, mean cross entropy",
  logistic: "loss, mean of log(1 + e^{-y f})",
};

/** Tells who cancels where the checkpoints are. */
async function withKept<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (folder === undefined || !isForetrainError(error, "ERR_ABORTED")) throw error;
    throw new ForetrainError(error.code, error.message, { ...error.details, kept: folder }, { cause: error });
  }
}

export async function trainCommand(
  argument: string,
  options: TrainCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const { seeds, out, checkpoint } = options;
  const seed = options.seed ?? 0;
  for (const flag of ["weights", "outputs"] as const) {
    if (options[flag] !== true || out !== undefined) continue;
    throw new ForetrainError("ERR_USAGE", `--${flag}: needs --out FOLDER, where the files go`, {
      argument: `--${flag}`,
    });
  }
  const schemeOf = await readSchemeOf(options.init);
  const recipe = parseTrainingRecipe(
    {
      steps: options.steps,
      epochs: options.epochs,
      batch: options.batch,
      order: options.order,
      learningRate: options.learningRate,
      momentum: options.momentum,
      nesterov: options.nesterov,
      cooldown: options.cooldown,
      noise: options.noise,
      loss: options.loss,
      dtype: options.dtype,
      seed,
    },
    "train",
  );
  if (out !== undefined) await checkRunFolder(out);
  const dataset = await loadDataset(options.data, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal,
    onProgress: terminal.progress,
  });
  terminal.note(`${dataset.name}: ${dataset.origin}`);
  const network = await readNetworkArgument(argument, {
    input: dataset.inputShape,
    classes: dataset.classNames.length,
  });
  const samples = samplesFor(network, dataset, options);
  const checkpoints = checkpoint === undefined ? null : openCheckpoints(checkpoint);
  if (checkpoint !== undefined) await checkWritable(join(checkpoint, "checkpoint"));
  const train = () =>
    withKept(checkpoint, () =>
      trainNetworks({
        network,
        recipe: { ...recipe, initialization: schemeOf(network) },
        train: samples.train,
        test: samples.test,
        networks: seeds,
        records: options.records,
        keepOutputs: options.outputs === true ? "both" : "none",
        resume: checkpoints?.read,
        onCheckpoint: checkpoints?.write,
        checkpointSeconds: options.checkpointSeconds,
        threads: options.threads,
        signal,
        onProgress: terminal.progress,
      }),
    );
  const command = commandLine();
  const result = (
    trained: TrainedNetworks,
  ): CommandResult & { readonly json: Readonly<Record<string, unknown>> } => {
    const { networks } = trained;
    const used = networks[0]!.recipe;
    const rates = networks.flatMap(({ stepsPerSecond }) => (stepsPerSecond === null ? [] : [stepsPerSecond]));
    const speed = rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate / rates.length, 0);
    const lines = [
      ...describeNetwork(network),
      `${networks[0]!.model.parameterCount} parameters, learning rate ${numberText(used.learningRate, 4)}${options.learningRate === undefined ? ", half of the largest stable one" : ""}, ${networks[0]!.steps} steps${seeds > 1 ? `, ${seeds} networks (mean ± standard deviation)` : ""}`,
      "",
      ...tableOf(trained),
      "",
      speed === null
        ? "nothing was left to train"
        : `${numberText(speed)} steps/s, ${duration(networks.reduce((sum, { seconds }) => sum + seconds, 0))} of training in ${used.dtype} by ${trained.engine}${trained.threads > 1 ? `, ${trained.threads} networks at a time` : ""}`,
      ...(out === undefined ? [] : [out]),
    ];
    const { train: onTrain, test, steps } = trained;
    const json = {
      foretrain: 1,
      kind: "training",
      version: VERSION,
      command,
      network,
      recipe: used,
      data: {
        name: dataset.name,
        origin: dataset.origin,
        train: samples.train.labels!.length,
        test: samples.test?.labels?.length ?? 0,
        normalization: options.normalization,
      },
      parameters: networks[0]!.model.parameterCount,
      stepsPerSecond: speed,
      steps,
      train: onTrain,
      test,
      networks: networks.map(({ recipe: { seed: own }, records, seconds }) => ({
        seed: own,
        seconds,
        records,
      })),
    };
    return { text: lines.join("\n"), json };
  };
  if (out === undefined) return result(await train());
  const { value } = await withRunFolder(out, { command, seed, signal }, async (run) => {
    const trained = await train();
    const answer = result(trained);
    await run.write("train.json", `${JSON.stringify(answer.json)}\n`);
    await run.write("curves.npz", writeNpz(curveArrays(trained)));
    const figure = {
      steps: trained.steps,
      networks: seeds,
      lossTitle: LOSS_TITLES[recipe.loss],
      train: trained.train,
      test: trained.test,
      chance: samples.chance,
    };
    await run.write(
      "curves.svg",
      trainingFigure(figure, { heading: `${dataset.name}, ${samples.train.labels!.length} train samples` }),
    );
    for (const one of trained.networks) {
      const name = `seed-${one.recipe.seed}.npz`;
      if (options.weights === true) await run.write(`weights-${name}`, weightsOf(network, one));
      if (options.outputs === true) await run.write(`outputs-${name}`, writeNpz(outputArrays(one)));
    }
    return answer;
  });
  return value;
}
