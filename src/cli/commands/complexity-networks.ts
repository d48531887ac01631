/**
 * The networks of `foretrain complexity`: trained from different seeds, or taken from what was kept, and explained.
 * @module
 */

import {
  type ExplainedSnapshots,
  type ExplainerRecipe,
  explainSnapshots,
  type LearningCurve,
  type MeasureOptions,
  meanLearningCurve,
  type NetworkSnapshots,
  permutationNull,
  trainSnapshots,
} from "../../complexity/index.js";
import { type NpzArrays, writeNpz } from "../../data/index.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import type { TrainingRecipeInput } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import { averageOf } from "../../numeric/statistics/index.js";
import type { CommandContext } from "../command.js";
import type { PreparedSamples } from "./complexity-data.js";
import { type MeasuredCurve, withResampledErrors } from "./complexity-statements.js";
import { type NetworkParts, type Parts, partKey, snapshotArrays } from "./complexity-store.js";
import type { Null } from "./complexity-text.js";

/** What is trained and explained. */
export interface NetworksInput extends MeasureOptions {
  readonly network: Network;
  readonly recipe: TrainingRecipeInput;
  readonly records: readonly number[] | null;
  readonly normalization: string;
  readonly samples: PreparedSamples;
  readonly classes: number;
  readonly explainers: readonly ExplainerRecipe[];
  readonly seeds: readonly number[];
  readonly parts: Parts;
  /** of resampling */
  readonly seed: number;
  /** for messages */
  readonly out: string;
}

/** One trained network with what simple models explain of it. */
export interface ExplainedRun extends ExplainedSnapshots, NetworkParts {
  readonly snapshots: NetworkSnapshots;
}

/** The key of a network's predictions. */
export function snapshotsKey(
  { network, recipe, records, normalization, samples }: Omit<NetworksInput, "explainers">,
  seed: number,
): Promise<string> {
  return partKey("snapshots", {
    network,
    recipe: { ...recipe, seed },
    records,
    normalization,
    data: samples.key,
  });
}

/** Errors of one of several networks say which. */
async function naming<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (prefix === "" || !isForetrainError(error) || error.code === "ERR_ABORTED") throw error;
    throw new ForetrainError(error.code, `${prefix}: ${error.message}`, error.details, { cause: error });
  }
}

async function explainedRun(
  input: NetworksInput,
  index: number,
  { terminal, signal }: CommandContext,
): Promise<ExplainedRun> {
  const { network, recipe, records, normalization, samples, classes, explainers, parts, out } = input;
  const { seeds, correctBias, tolerance, phaseEnd } = input;
  const { train, test, clean, plane } = samples;
  const seed = seeds[index]!;
  const several = seeds.length > 1;
  const key = await snapshotsKey(input, seed);
  const onProgress: typeof terminal.progress = (progress) =>
    terminal.progress(
      several
        ? { ...progress, label: `network ${index + 1} of ${seeds.length}, ${progress.label}` }
        : progress,
    );
  const kept = await parts.snapshots(key);
  if (kept !== null) {
    terminal.note(`the network ${several ? `of seed ${seed} ` : ""}of ${out} is trained already`);
  }
  const snapshots =
    kept ??
    (
      await trainSnapshots({
        ...{ network, recipe: { ...recipe, seed }, train, test, classes, signal, onProgress },
        records: records ?? undefined,
        probe: plane?.probe,
        ...(await parts.checkpoints(key)),
      })
    ).snapshots;
  if (kept === null) await parts.put(key, snapshotArrays(snapshots));
  const keys = new Map<string, string>();
  const explained = await explainSnapshots({
    ...{ snapshots, train, test, classes, explainers, signal, onProgress },
    ...{ correctBias, tolerance, phaseEnd },
    cleanTrainLabels: clean ?? undefined,
    through: async (request, compute) => {
      // a model of the labels is the same for all networks: it is made once
      const own = await partKey("explainer", {
        explainer: request.explainer,
        said: Array.from(request.train.labels),
        ...{ classes, normalization, data: samples.key },
      });
      keys.set(request.name, own);
      const found = await parts.explainer(own);
      if (found !== null) return found;
      const made = await compute({ ...request, ...(await parts.checkpoints(own)) });
      const bytes = ({ test: said, train: trained }: typeof made): NpzArrays => ({
        test: { data: said, shape: [said.length] },
        train: { data: trained, shape: [trained.length] },
      });
      await parts.put(own, bytes(made));
      return made;
    },
  });
  const names = explained.curve.explainers.map(({ name }) => name);
  return { ...explained, snapshots, seed, key, explainers: names.map((name) => keys.get(name)!) };
}

/** Trains and explains one after the other; a network that was kept before is not trained again. */
export async function explainedRuns(
  input: NetworksInput,
  context: CommandContext,
): Promise<readonly ExplainedRun[]> {
  const runs: ExplainedRun[] = [];
  for (const [i, seed] of input.seeds.entries()) {
    const prefix = input.seeds.length > 1 ? `network of seed ${seed}` : "";
    runs.push(await naming(prefix, () => explainedRun(input, i, context)));
  }
  return runs;
}

/** Curves over networks; with one network its own. */
export interface MeanCurves {
  readonly curve: MeasuredCurve;
  readonly trainCurve: LearningCurve;
  readonly cleanTrainCurve: LearningCurve | null;
  readonly trainLoss: readonly number[];
  readonly testLoss: readonly number[];
  /** of each simple model: means over networks */
  readonly nulls: readonly Null[];
}

/** Means over networks, with errors of the samples and of the networks. */
export function meanCurves(runs: readonly ExplainedRun[], input: NetworksInput): MeanCurves {
  const { samples, classes, seed, correctBias, tolerance, phaseEnd, explainers } = input;
  const { labels } = samples.test;
  // a T0 that is given is that of the first simple model on labels
  const first = explainers.findIndex(({ target = "labels" }) => target === "labels");
  const phaseEnds = explainers.map((_, i) => (i === first ? phaseEnd : undefined));
  const over = (pick: (run: ExplainedRun) => LearningCurve) =>
    meanLearningCurve({ curves: runs.map(pick), tolerance, phaseEnd: phaseEnds });
  const losses = (pick: (snapshots: NetworkSnapshots) => readonly number[]) =>
    runs[0]!.snapshots.steps.map((_, t) => averageOf(runs.map(({ snapshots }) => pick(snapshots)[t]!)));
  const clean = runs.every(({ cleanTrainCurve }) => cleanTrainCurve !== null);
  return {
    curve: withResampledErrors(
      over(({ curve }) => curve),
      {
        ...{ labels, classes, seed, correctBias, tolerance, phaseEnds },
        networks: runs.map(({ snapshots, explained }) => ({
          snapshots: snapshots.test,
          simple: explained.map((said) => said.test),
        })),
      },
    ),
    trainCurve: over(({ trainCurve }) => trainCurve),
    cleanTrainCurve: clean ? over(({ cleanTrainCurve }) => cleanTrainCurve!) : null,
    trainLoss: losses(({ trainLoss }) => trainLoss),
    testLoss: losses(({ testLoss }) => testLoss),
    nulls: explainers.map((_, i) => {
      const each = runs.map(({ snapshots, explained }) =>
        permutationNull(snapshots.test.at(-1)!, explained[i]!.test, labels, { seed, correctBias }),
      );
      return {
        mean: averageOf(each.map((one) => one.mean)),
        deviation: averageOf(each.map((one) => one.deviation)),
      };
    }),
  };
}

/** What a network's file has: names that `--predictions` reads, and some more. */
export function runArrays({ train, test, clean }: PreparedSamples, run: ExplainedRun): NpzArrays {
  const labels = (list: Int32Array) => ({ data: Uint8Array.from(list), shape: [list.length] });
  const said = (data: Uint8Array) => ({ data, shape: [data.length] });
  return {
    labels: labels(test.labels),
    train_labels: labels(train.labels),
    ...(clean === null ? {} : { clean_train_labels: labels(clean) }),
    ...snapshotArrays(run.snapshots),
    ...Object.fromEntries(
      run.curve.explainers.flatMap(({ name }, i) => [
        [`explainer_${name}`, said(run.explained[i]!.test)],
        [`train_explainer_${name}`, said(run.explained[i]!.train)],
      ]),
    ),
  };
}

export const runBytes = (samples: PreparedSamples, run: ExplainedRun): Uint8Array =>
  writeNpz(runArrays(samples, run));
