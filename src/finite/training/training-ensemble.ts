/**
 * Several networks trained by one recipe from different seeds: means and spread over networks.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { TrainingCheckpoint, TrainingRecord } from "./checkpoint.js";
import { type TrainedNetwork, type TrainNetworkInput, trainNetwork } from "./training.js";

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
  /** given every network when it is trained */
  readonly onTrained?: ((trained: TrainedNetwork, seed: number) => void | Promise<void>) | undefined;
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
  /** of the records */
  readonly steps: readonly number[];
  readonly train: { readonly loss: NetworkSpread; readonly accuracy: NetworkSpread | null };
  readonly test: { readonly loss: NetworkSpread; readonly accuracy: NetworkSpread | null } | null;
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
 * Trains K networks one after the other; a learning rate that the recipe leaves open is that of the first network for all.
 * @throws as {@link trainNetwork}; ERR_DOMAIN for a number of networks that is none
 */
export async function trainNetworks(input: TrainNetworksInput): Promise<TrainedNetworks> {
  const { networks: count, recipe, resume, onCheckpoint, onRecord, onTrained, onProgress, ...rest } = input;
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `trainNetworks: networks is ${count}, expected a whole number >= 1`,
      {
        argument: "networks",
        got: count,
      },
    );
  }
  const first = recipe.seed ?? 0;
  const networks: TrainedNetwork[] = [];
  let { learningRate } = recipe;
  for (let i = 0; i < count; i++) {
    const seed = first + i;
    const label = count === 1 ? "training" : `training network ${i + 1} of ${count}`;
    const trained = await trainNetwork({
      ...rest,
      recipe: { ...recipe, learningRate, seed },
      resume: await resume?.(seed),
      onProgress: onProgress && ((progress) => onProgress({ ...progress, label })),
      onRecord: onRecord && ((record) => onRecord(record, seed)),
      onCheckpoint: onCheckpoint && ((checkpoint) => onCheckpoint(checkpoint, seed)),
    });
    learningRate = trained.recipe.learningRate;
    networks.push(trained);
    await onTrained?.(trained, seed);
  }
  const tested = networks[0]!.records[0]!.testLoss !== null;
  return {
    networks,
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
