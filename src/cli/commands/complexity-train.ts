/**
 * `foretrain complexity NETWORK`: trains a network, keeps what it says along the way, and explains it with simple models.
 * @module
 */
import { basename, join } from "node:path";
import {
  type ExplainedSnapshots,
  type ExplainerRecipe,
  explainerName,
  explainSnapshots,
  type NetworkSnapshots,
  permutationNull,
  requireExplainers,
  trainSnapshots,
} from "../../complexity/index.js";
import { crc32 } from "../../data/crc32.js";
import { type NpzArrays, writeNpz } from "../../data/index.js";
import { loadDataset } from "../../data/index-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { complexityFigure, decisionBoundariesFigure, numberText, percentText } from "../../figures/index.js";
import { parseTrainingRecipe, type TrainingRecipeInput, trainingSteps } from "../../finite/index.js";
import { describeNetwork, type Network } from "../../network/index.js";
import { checkRunFolder, withRunFolder } from "../../runs/index-node.js";
import { VERSION } from "../../version.js";
import type { CommandContext, CommandResult } from "../command.js";
import { readNetworkArgument } from "../network-argument.js";
import { commandLine } from "../shell.js";
import { type DataSettings, type PreparedSamples, prepareSamples } from "./complexity-data.js";
import {
  type ComplexityTrainingOptions,
  flagOf,
  joinExplainers,
  parseExplainer,
  presetDefaults,
  recipeOf,
  requirePhaseEnd,
  TRAINING_OPTIONS,
} from "./complexity-settings.js";
import { withResampledErrors } from "./complexity-statements.js";
import {
  type ComplexitySpec,
  openParts,
  type Parts,
  PREDICTIONS_NAME,
  partKey,
  readSpec,
  SPEC_NAME,
  snapshotArrays,
} from "./complexity-store.js";
import {
  complexityData,
  curveTable,
  explainedSentence,
  PHASE_LEGEND,
  phaseTable,
} from "./complexity-text.js";

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
}

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
    return { out, former, data: settings, recipe, records, argument: null };
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

const MAPS = 8;

function boundaryFigure(
  { plane, train, clean, classNames }: PreparedSamples,
  snapshots: NetworkSnapshots,
  accuracy: readonly number[],
  source: string,
): string | null {
  if (plane === null || snapshots.probe === null) return null;
  const last = snapshots.steps.length - 1;
  const count = Math.min(MAPS, snapshots.steps.length);
  const at = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1))))];
  const { grid, x } = plane;
  const shown = Math.min(600, train.labels.length);
  const feature = (k: number) => Array.from({ length: shown }, (_, i) => x.data[2 * i + k]!);
  return decisionBoundariesFigure(
    {
      x: { title: "x_{1}", values: grid.x },
      y: { title: "x_{2}", values: grid.y },
      maps: at.map((t) => ({
        title: `step ${numberText(snapshots.steps[t]!)}, ${percentText(accuracy[t]!)}`,
        classes: snapshots.probe![t]!,
      })),
      samples: {
        x: feature(0),
        y: feature(1),
        labels: train.labels.subarray(0, shown),
        wrong: clean === null ? undefined : feature(0).map((_, i) => clean[i] !== train.labels[i]),
      },
      classNames,
    },
    { heading: `${source}: accuracies on test samples` },
  );
}

function resultArrays(
  samples: PreparedSamples,
  snapshots: NetworkSnapshots,
  explainers: readonly ExplainerRecipe[],
  { explained }: ExplainedSnapshots,
): NpzArrays {
  const labels = (list: Int32Array) => ({ data: Uint8Array.from(list), shape: [list.length] });
  const said = (data: Uint8Array) => ({ data, shape: [data.length] });
  return {
    labels: labels(samples.test.labels),
    train_labels: labels(samples.train.labels),
    ...(samples.clean === null ? {} : { clean_train_labels: labels(samples.clean) }),
    ...snapshotArrays(snapshots),
    ...Object.fromEntries(
      explainers.flatMap((explainer, i) => [
        [`explainer_${explainerName(explainer)}`, said(explained[i]!.test)],
        [`train_explainer_${explainerName(explainer)}`, said(explained[i]!.train)],
      ]),
    ),
  };
}

/** Trains, or takes what was trained before, explains and writes the run folder. */
export async function trainComplexityCommand(
  argument: string | undefined,
  options: ComplexityTrainOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const wanted = await wantedOf(argument, options);
  const { out, former, data, recipe, records } = wanted;
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
      : await readNetworkArgument(wanted.argument, presetDefaults(shape, classes, recipe.loss));
  const samples = prepareSamples(dataset, data, network.input);
  const context = {
    inputShape: network.input,
    classes,
    recipe,
    target: options.explainOn,
    epochs: options.explainEpochs,
    learningRate: options.explainLearningRate,
  };
  const { normalization } = data;
  const key = await partKey("snapshots", { network, recipe, records, normalization, data: samples.checksum });
  const before = former?.key === key ? former.explainers.map(({ key: _, ...explainer }) => explainer) : [];
  const asked: ExplainerRecipe[] = [];
  for (const text of options.explain ?? (before.length > 0 ? [] : ["logistic"])) {
    asked.push(await parseExplainer(text, context));
  }
  const explainers = joinExplainers(before, asked);
  requireExplainers(explainers, classes, options.t0, network.input);
  requirePhaseEnd(options.t0, trainingSteps(parseTrainingRecipe(recipe), samples.train.labels.length));
  const parts = openParts(out, former, options.checkpointSeconds ?? CHECKPOINT_SECONDS);
  const { train, test, clean, plane, classNames } = samples;
  const keys = new Map<string, string>();
  const command = commandLine();

  const { value } = await withKept(parts, () =>
    withRunFolder(out, { command, seed: data.seed, signal }, async (run) => {
      const kept = await parts.snapshots(key);
      if (kept !== null) terminal.note(`the network of ${out} is trained already`);
      const snapshots =
        kept ??
        (
          await trainSnapshots({
            network,
            recipe,
            train,
            test,
            classes,
            records: records ?? undefined,
            probe: plane?.probe,
            ...(await parts.checkpoints(key)),
            signal,
            onProgress: terminal.progress,
          })
        ).snapshots;
      if (kept === null) await parts.put(key, snapshotArrays(snapshots));
      const explained = await explainSnapshots({
        snapshots,
        train,
        test,
        classes,
        explainers,
        cleanTrainLabels: clean ?? undefined,
        correctBias: options.correctBias,
        tolerance: options.tolerance,
        phaseEnd: options.t0,
        signal,
        onProgress: terminal.progress,
        through: async (request, compute) => {
          const { labels } = request.train;
          const said = crc32(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
          const input = {
            explainer: request.explainer,
            said,
            classes,
            normalization,
            data: samples.checksum,
          };
          const own = await partKey("explainer", input);
          keys.set(request.name, own);
          const found = await parts.explainer(own);
          if (found !== null) return found;
          const made = await compute({ ...request, ...(await parts.checkpoints(own)) });
          await parts.put(own, {
            test: { data: made.test, shape: [made.test.length] },
            train: { data: made.train, shape: [made.train.length] },
          });
          return made;
        },
      });
      const { trainCurve, cleanTrainCurve } = explained;
      const curve = withResampledErrors(explained.curve, {
        ...{ labels: test.labels, classes, snapshots: snapshots.test, seed: data.seed },
        ...{ correctBias: options.correctBias, tolerance: options.tolerance, phaseEnd: options.t0 },
        simple: explained.explained.map((said) => said.test),
      });
      const nulls = explained.explained.map((said) =>
        permutationNull(snapshots.test.at(-1)!, said.test, test.labels, {
          seed: data.seed,
          correctBias: options.correctBias,
        }),
      );
      const spec: ComplexitySpec = {
        foretrain: 1,
        kind: "complexity",
        network,
        recipe,
        records,
        data,
        key,
        explainers: explainers.map((explainer) => ({
          ...explainer,
          name: explainerName(explainer),
          key: keys.get(explainerName(explainer))!,
        })),
      };
      const sentences = curve.explainers.map((explainer) => explainedSentence(curve, explainer));
      const results = {
        foretrain: 1,
        kind: "complexity",
        version: VERSION,
        command,
        out,
        data: { ...data, name: dataset.name, origin: dataset.origin, classNames },
        samples: { train: train.labels.length, test: test.labels.length },
        classes,
        correctBias: options.correctBias === true,
        trainLoss: snapshots.trainLoss,
        testLoss: snapshots.testLoss,
        curve,
        trainCurve,
        cleanTrainCurve,
        shuffled: nulls,
        sentences,
      };
      const heading = `${data.source}${data.task === null ? "" : `, ${data.task}`}, ${train.labels.length} train samples${data.labelNoise === 0 ? "" : `, ${percentText(data.labelNoise)} of their labels wrong`}`;
      const bits = trainCurve.network.map(({ value: own }) => own);
      const boundary = boundaryFigure(samples, snapshots, curve.accuracy, data.source);
      await run.write(SPEC_NAME, `${JSON.stringify(spec, null, 2)}\n`);
      await run.write(PREDICTIONS_NAME, writeNpz(resultArrays(samples, snapshots, explainers, explained)));
      await run.write("results.json", `${JSON.stringify(results)}\n`);
      await run.write("complexity.svg", complexityFigure(complexityData(curve, bits, classes), { heading }));
      if (boundary !== null) await run.write("boundaries.svg", boundary);
      const text = [
        ...describeNetwork(network),
        `${dataset.name}: ${train.labels.length} train and ${test.labels.length} test samples of ${classes} classes (${classNames.join("; ")})`,
        "",
        ...curveTable(curve, trainCurve.accuracy),
        "",
        ...phaseTable(curve, nulls),
        ...PHASE_LEGEND,
        ...(cleanTrainCurve === null
          ? []
          : [
              "",
              `${percentText(data.labelNoise)} of the train labels are wrong on purpose. At the end the network says ${percentText(trainCurve.accuracy.at(-1)!)} of the labels that it was given and ${percentText(cleanTrainCurve.accuracy.at(-1)!)} of the true ones of its train samples; test labels are true`,
            ]),
        "",
        ...sentences,
        "",
        out,
      ].join("\n");
      return { text, json: results };
    }),
  );
  await parts.remove();
  return value;
}
