/**
 * One network of several that are trained by one recipe, on whichever thread.
 * @module
 */
import type { LongRunner } from "../../threads/long-pieces.js";
import { longTask } from "../../threads/long-pieces.js";
import type { TrainingCheckpoint, TrainingRecord } from "./checkpoint.js";
import { type TrainedNetwork, type TrainNetworkInput, trainNetwork } from "./training.js";

/** The job as plain data. */
export interface TrainingJob
  extends Pick<
    TrainNetworkInput,
    | "network"
    | "recipe"
    | "train"
    | "test"
    | "parameters"
    | "records"
    | "keepOutputs"
    | "keepClasses"
    | "probe"
    | "checkpointSeconds"
  > {
  /** of network 0; network i has this plus i */
  readonly seed: number;
  /** whether the host wants checkpoints */
  readonly checkpoints: boolean;
  /** whether the host has a native library plugged in: a worker then plugs the same in */
  readonly native: boolean;
}

/** What a network says on its way. */
export type TrainingNote =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "record"; readonly record: TrainingRecord }
  | { readonly kind: "checkpoint"; readonly checkpoint: TrainingCheckpoint };

/** A trained network as plain data: without its model, which has functions. */
export type TrainedData = Omit<TrainedNetwork, "model">;

/** Trains network number `index`, from a checkpoint where there is one. */
export type TrainingRunner = LongRunner<TrainingCheckpoint | undefined, TrainingNote, TrainedData>;

export function openTraining({ seed, checkpoints, native: _, ...job }: TrainingJob): TrainingRunner {
  return async (index, resume, { signal, report }) => {
    const { model: __, ...value } = await trainNetwork({
      ...job,
      recipe: { ...job.recipe, seed: seed + index },
      resume,
      signal,
      onProgress: ({ done, total }) => report({ kind: "progress", done, total }),
      onRecord: (record) => report({ kind: "record", record }),
      onCheckpoint: checkpoints ? (checkpoint) => report({ kind: "checkpoint", checkpoint }) : undefined,
    });
    return { value };
  };
}

/** The task of a worker; `plug` plugs a native library in, or takes it out. */
export const trainingTask = (plug: (native: boolean) => Promise<void> = async () => {}) =>
  longTask<TrainingJob, TrainingCheckpoint | undefined, TrainingNote, TrainedData>((job) => {
    const run = openTraining(job);
    return async (...piece) => {
      await plug(job.native);
      return run(...piece);
    };
  });
