/**
 * Several networks trained by one recipe from different seeds: means and spread over networks.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { holdNativeThreads, linearAlgebraName, nativeSingleProduct } from "../../numeric/linalg/dispatch.js";
import { hardwareThreads, MOST_THREADS, runLongPieces, workerPool } from "../../threads/index.js";
import { type FiniteModel, finiteModel, initialParameters, samplesOf } from "../model.js";
import type { TrainingCheckpoint, TrainingRecord } from "./checkpoint.js";
import type { LargestCurvature } from "./stability.js";
import { openLearningRate, type TrainedNetwork, type TrainNetworkInput } from "./training.js";
import { batchSize, parseTrainingRecipe, type TrainingRecipe, trainingSteps } from "./training-recipe.js";
import { openTraining, type TrainedData, type TrainingJob, type TrainingNote } from "./training-task.js";

/** Network, data and recipe as for one network, and how many to train. */
export interface TrainNetworksInput extends Omit<TrainNetworkInput, "resume" | "onCheckpoint" | "onRecord"> {
  /** K >= 1; network i has the recipe's seed plus i */
  readonly networks: number;
  /** the checkpoint of a seed, where there is one */
  readonly resume?: ((seed: number) => Promise<TrainingCheckpoint | undefined>) | undefined;
  /** given every checkpoint */
  readonly onCheckpoint?:
    | ((checkpoint: TrainingCheckpoint, seed: number) => void | Promise<void>)
    | undefined;
  /** told every record */
  readonly onRecord?: ((record: TrainingRecord, seed: number) => void) | undefined;
  /** given every network when it is trained, in any order; awaited */
  readonly onTrained?: ((trained: TrainedNetwork, seed: number) => void | Promise<void>) | undefined;
  /** threads, each training one network at a time; default all cores where the work is worth it. The bits are the same for any number */
  readonly threads?: number | undefined;
}

/** One quantity over the records, over networks. */
export interface NetworkSpread {
  readonly mean: readonly number[];
  /** standard deviation over networks, with K - 1; null for one network */
  readonly deviation: readonly number[] | null;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Networks trained from different seeds, with their records. */
export interface TrainedNetworks {
  readonly networks: readonly TrainedNetwork[];
  /** what computed the products of matrices, e.g. "WebAssembly" or "OpenBLAS 0.3.21" */
  readonly engine: string;
  readonly threads: number;
  /** of the records */
  readonly steps: readonly number[];
  readonly train: { readonly loss: NetworkSpread; readonly accuracy: NetworkSpread | null };
  readonly test: { readonly loss: NetworkSpread; readonly accuracy: NetworkSpread | null } | null;
}

/** Products of numbers below which another thread is not worth its start. */
const ALONE = 5e8;

function checkInput({ networks, threads }: TrainNetworksInput): void {
  const fail = (argument: string, got: number, expected: string) => {
    throw new ForetrainError("ERR_DOMAIN", `trainNetworks: ${argument} is ${got}, expected ${expected}`, {
      argument,
      got,
    });
  };
  if (!(Number.isSafeInteger(networks) && networks >= 1)) fail("networks", networks, "a whole number >= 1");
  if (threads === undefined) return;
  if (!(Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS))
    fail("threads", threads, `a whole number from 1 to ${MOST_THREADS}`);
}

/** Rough number of products that one network takes: three for every weight, sample and step. */
function workOf(model: FiniteModel, recipe: TrainingRecipe, samples: number): number {
  const batch = batchSize(recipe, samples);
  const perSample = Math.max(model.parameterCount, model.tape.numbersPerSample);
  return 3 * perSample * batch * trainingSteps(recipe, samples);
}

function spreadOf(
  networks: readonly TrainedNetwork[],
  value: (record: TrainingRecord) => number | null,
): NetworkSpread | null {
  const rows = networks.map(({ records }) => records.map(value));
  if (rows.some((row) => row.includes(null))) return null;
  const count = rows.length;
  const columns = rows[0]!.map((_, i) => rows.map((row) => row[i]!));
  const mean = columns.map((values) => values.reduce((sum, v) => sum + v / count, 0));
  return {
    mean,
    deviation:
      count === 1
        ? null
        : columns.map((values, i) =>
            Math.sqrt(values.reduce((sum, v) => sum + (v - mean[i]!) ** 2, 0) / (count - 1)),
          ),
    low: columns.map((values) => Math.min(...values)),
    high: columns.map((values) => Math.max(...values)),
  };
}

/**
 * Trains K networks, several at a time on as many threads; a learning rate that the recipe leaves open is that of the first network
 * for all. Each network has the same bits as when it is trained alone by `trainNetwork`, for any number of threads; where a native
 * library multiplies, as when that library has one thread, which is what it gets here.
 * @throws as {@link trainNetwork}, the error of the first network that fails; ERR_DOMAIN for a number of networks or threads
 *   that is none; ERR_UNAVAILABLE where a worker that was asked for cannot start
 */
export async function trainNetworks(input: TrainNetworksInput): Promise<TrainedNetworks> {
  checkInput(input);
  const { networks: count, resume, onCheckpoint, onRecord, onTrained, onProgress, signal } = input;
  const { train, test = null } = input;
  const wanted = parseTrainingRecipe(input.recipe);
  const model = finiteModel(input.network, { scheme: wanted.initialization });
  const { samples } = samplesOf(model, train.x, "trainNetworks", "train.x");
  const steps = trainingSteps(wanted, samples);
  const known = new Map<number, Promise<TrainingCheckpoint | undefined>>();
  const checkpointOf = (index: number): Promise<TrainingCheckpoint | undefined> => {
    const checkpoint = known.get(index) ?? Promise.resolve(resume?.(wanted.seed + index));
    known.set(index, checkpoint);
    return checkpoint;
  };
  let curvature: LargestCurvature | null = null;
  let learningRate = wanted.learningRate ?? (await checkpointOf(0))?.recipe.learningRate ?? null;
  if (learningRate === null) {
    const start = input.parameters ?? initialParameters(model, { seed: wanted.seed });
    ({ curvature, learningRate } = await openLearningRate(model, start, train.x, wanted, signal));
  }
  const recipe = { ...wanted, learningRate };
  const worth = workOf(model, recipe, samples) >= ALONE;
  const threads = Math.min(count, input.threads ?? (worth ? hardwareThreads() : 1));
  const job: TrainingJob = {
    network: input.network,
    recipe,
    train,
    test,
    parameters: input.parameters,
    records: input.records,
    keepOutputs: input.keepOutputs,
    keepClasses: input.keepClasses,
    probe: input.probe,
    checkpointSeconds: input.checkpointSeconds,
    seed: wanted.seed,
    checkpoints: resume !== undefined || onCheckpoint !== undefined,
    native: nativeSingleProduct() !== null,
  };
  const done = new Float64Array(count);
  const label = count === 1 ? "training" : `training ${count} networks`;
  const report = () =>
    onProgress?.({ label, done: done.reduce((a, b) => a + b, 0), total: count * steps, unit: "steps" });
  const networks: TrainedNetwork[] = [];
  // of several networks each has a thread of its own, and the bits must not depend on how many
  const release = count > 1 ? holdNativeThreads(1) : () => {};
  await runLongPieces<TrainingCheckpoint | undefined, TrainingNote, TrainedData>({
    task: "training",
    payload: job,
    count,
    run: openTraining(job),
    argument: async (index) => {
      const checkpoint = await checkpointOf(index);
      known.delete(index);
      return checkpoint;
    },
    note: (index, note) => {
      const seed = wanted.seed + index;
      if (note.kind === "record") onRecord?.(note.record, seed);
      else if (note.kind === "checkpoint") return onCheckpoint?.(note.checkpoint, seed);
      else {
        done[index] = note.done;
        report();
      }
    },
    receive: async (index, value) => {
      const trained: TrainedNetwork = {
        model,
        ...value,
        curvature: index === 0 ? curvature : null,
      };
      networks[index] = trained;
      await onTrained?.(trained, wanted.seed + index);
    },
    threads,
    pool: threads > 1 ? workerPool() : null,
    strict: input.threads !== undefined,
    signal,
  }).finally(release);
  const tested = networks[0]!.records[0]!.testLoss !== null;
  return {
    networks,
    engine: linearAlgebraName(),
    threads,
    steps: networks[0]!.records.map(({ step }) => step),
    train: {
      loss: spreadOf(networks, ({ trainLoss }) => trainLoss)!,
      accuracy: spreadOf(networks, ({ trainAccuracy }) => trainAccuracy),
    },
    test: tested
      ? {
          loss: spreadOf(networks, ({ testLoss }) => testLoss)!,
          accuracy: spreadOf(networks, ({ testAccuracy }) => testAccuracy),
        }
      : null,
  };
}
