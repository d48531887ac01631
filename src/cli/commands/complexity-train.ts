/**
 * `foretrain complexity NETWORK`: trains a network, keeps what it says along the way, and explains it with simple models.
 * @module
 */
import { basename, join } from "node:path";
import { type ExplainerRecipe, explainerName, requireExplainers } from "../../complexity/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { parseTrainingRecipe, type TrainingRecipeInput, trainingSteps } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import { checkRunFolder, withRunFolder } from "../../runs/index-node.js";
import type { CommandContext, CommandResult } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";
import { commandLine } from "../shell.js";
import { type DataSettings, prepareSamples } from "./complexity-data.js";
import { explainedRuns, meanCurves, runBytes, snapshotsKey } from "./complexity-networks.js";
import { complexityOutcome } from "./complexity-outcome.js";
import {
  type ComplexityTrainingOptions,
  fitDefaultBatch,
  flagOf,
  isBiasCorrected,
  joinExplainers,
  parseExplainer,
  presetDefaults,
  recipeOf,
  requirePhaseEnd,
  TRAINING_OPTIONS,
} from "./complexity-settings.js";
import {
  type ComplexitySpec,
  openParts,
  type Parts,
  predictionsName,
  readSpec,
  SPEC_NAME,
} from "./complexity-store.js";

export interface ComplexityTrainOptions extends ComplexityTrainingOptions {
  readonly explain?: readonly string[];
  readonly explainOn?: string;
  readonly explainEpochs?: number;
  readonly explainLearningRate?: number;
  readonly t0?: number;
  readonly tolerance?: number;
  readonly correctBias?: boolean;
  readonly checkpointSeconds?: number;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly out?: string;
  readonly seeds?: number;
}

const CHECKPOINT_SECONDS = 30;

function folderOf(argument: string, data: string): string {
  const words = `${basename(argument, ".json")}-${data}`.replace(/^preset:/, "");
  return join("runs", `complexity-${words.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "")}`);
}

/** What is asked for: a training of its own, or one whose run folder is there. */
interface Wanted {
  readonly out: string;
  readonly former: ComplexitySpec | null;
  readonly data: DataSettings;
  readonly recipe: TrainingRecipeInput;
  readonly records: readonly number[] | null;
  /** null: the former run's */
  readonly argument: string | null;
  /** of the networks */
  readonly seeds: readonly number[];
}

const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

async function wantedOf(argument: string | undefined, options: ComplexityTrainOptions): Promise<Wanted> {
  const { data, out } = options;
  if (argument === undefined) {
    const former = out === undefined ? null : await readSpec(out);
    if (out === undefined || former === null) {
      throw new ForetrainError(
        "ERR_USAGE",
        `complexity: got no network${out === undefined ? "" : `, and ${out} is no run of this command`}; expected NETWORK with --data, or --out of a run to go on with, or --predictions FILE`,
        { argument: "network", got: undefined },
      );
    }
    const given = TRAINING_OPTIONS.find((option) => options[option] !== undefined);
    if (given !== undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        `${flagOf(given)}: says how the network is trained, and that of ${out} is trained already; leave it out, or give NETWORK and --data to train another`,
        { argument: flagOf(given), got: options[given] },
      );
    }
    const { data: settings, recipe, records } = former;
    const seeds = seedsFrom(recipe.seed ?? 0, options.seeds ?? former.networks.length);
    return { out, former, data: settings, recipe, records, argument: null, seeds };
  }
  if (data === undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      "--data: missing, expected what the network is trained on, for example --data mnist --task first-five or --data sinusoid",
      { argument: "--data", got: undefined },
    );
  }
  const folder = out ?? folderOf(argument, options.task === undefined ? data : `${data}-${options.task}`);
  return {
    out: folder,
    former: await readSpec(folder),
    data: {
      source: data,
      task: options.task ?? null,
      train: options.train ?? null,
      test: options.test ?? null,
      normalization: options.normalization ?? "none",
      labelNoise: options.labelNoise ?? 0,
      seed: options.seed ?? 0,
    },
    recipe: await recipeOf(options),
    records: options.records ?? null,
    argument,
    seeds: seedsFrom(options.seed ?? 0, options.seeds ?? 1),
  };
}

/** Tells who cancels where the finished parts and checkpoints are. */
async function withKept<T>(parts: Parts, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isForetrainError(error, "ERR_ABORTED")) throw error;
    throw new ForetrainError(
      error.code,
      error.message,
      { ...error.details, kept: parts.folder },
      { cause: error },
    );
  }
}

/** Trains, or takes what was trained before, explains and writes the run folder. */
export async function trainComplexityCommand(
  argument: string | undefined,
  options: ComplexityTrainOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { terminal, signal } = context;
  const wanted = await wantedOf(argument, options);
  const { out, former, data, records } = wanted;
  await checkRunFolder(out);
  const dataset = await loadDataset(data.source, {
    dataDir: options.dataDir,
    offline: options.offline,
    signal,
    onProgress: terminal.progress,
  });
  terminal.note(`${dataset.name}: ${dataset.origin}`);
  const shape = dataset.inputShape;
  const groups = data.task === null ? dataset.classNames.length : data.task.split(":").length;
  const classes = data.task !== null && groups === 1 ? 2 : groups;
  const network: Network =
    wanted.argument === null
      ? former!.network
      : await readNetworkArgument(wanted.argument, presetDefaults(shape, classes, wanted.recipe.loss));
  const samples = await prepareSamples(dataset, data, network.input);
  const recipe = fitDefaultBatch(wanted.recipe, options.batch, samples.train.labels.length);
  const parts = openParts(out, former, options.checkpointSeconds ?? CHECKPOINT_SECONDS);
  const { correctBias = isBiasCorrected(classes), tolerance, t0: phaseEnd } = options;
  const { normalization, seed } = data;
  const training = {
    ...{ network, recipe, records, normalization, samples, classes, seeds: wanted.seeds, parts },
    ...{ seed, out, correctBias, tolerance, phaseEnd },
  };
  const key = await snapshotsKey(training, wanted.seeds[0]!);
  const same = former?.networks[0]?.key === key ? former : null;
  const before = same?.explainers ?? [];
  const asked: ExplainerRecipe[] = [];
  for (const text of options.explain ?? (before.length > 0 ? [] : ["logistic"])) {
    asked.push(
      await parseExplainer(text, {
        inputShape: network.input,
        ...{ classes, recipe, target: options.explainOn },
        epochs: options.explainEpochs,
        learningRate: options.explainLearningRate,
      }),
    );
  }
  const explainers = joinExplainers(before, asked);
  requireExplainers(explainers, classes, phaseEnd, network.input);
  const stepsOf = (of: TrainingRecipeInput) =>
    trainingSteps(parseTrainingRecipe(of), samples.train.labels.length);
  requirePhaseEnd(phaseEnd, stepsOf(recipe));
  // refuses batches that do not fit before anything is trained
  for (const explainer of explainers) {
    if ("recipe" in explainer && explainer.recipe !== undefined) stepsOf(explainer.recipe);
  }
  const input = { ...training, explainers };
  const command = commandLine();
  const made = same?.commands ?? [];

  const { value } = await withKept(parts, () =>
    withRunFolder(out, { command, seed, signal }, async (run) => {
      const runs = await explainedRuns(input, context);
      const means = meanCurves(runs, input);
      const spec: ComplexitySpec = {
        foretrain: 1,
        kind: "complexity",
        ...{ network, recipe, records, data },
        explainers: explainers.map((explainer) => ({ ...explainer, name: explainerName(explainer) })),
        networks: runs.map(({ seed: own, key: its, explainers: keys }) => ({
          ...{ seed: own, key: its, explainers: keys },
        })),
        commands: made.includes(command) ? made : [...made, command],
      };
      await run.write(SPEC_NAME, `${JSON.stringify(spec, null, 2)}\n`);
      for (const [i, one] of runs.entries()) await run.write(predictionsName(i), runBytes(samples, one));
      const outcome = complexityOutcome({
        spec,
        dataset,
        samples,
        classes,
        runs,
        means,
        command,
        out,
        correctBias,
      });
      for (const [name, content] of Object.entries(outcome.files)) await run.write(name, content);
      return { text: outcome.text, json: outcome.results };
    }),
  );
  await parts.remove();
  return value;
}
