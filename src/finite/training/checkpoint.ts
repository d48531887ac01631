/**
 * Training that was stopped, and whether it may go on.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import type { FloatArray } from "../parameters.js";
import type { TrainingRecipe } from "./training-recipe.js";

/** What was measured after a number of steps. */
export interface TrainingRecord {
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
}

/** Training in progress, to go on from: weights, optimizer, records. */
export interface TrainingCheckpoint {
  readonly network: Network;
  /** with the learning rate that was used */
  readonly recipe: TrainingRecipe;
  /** of train and test data */
  readonly dataChecksum: number;
  /** steps done */
  readonly step: number;
  readonly parameters: FloatArray;
  readonly velocity: FloatArray | null;
  readonly records: readonly TrainingRecord[];
  /** outputs at every record, where they were kept */
  readonly outputs: {
    readonly train: NdArray<Float64Array> | null;
    readonly test: NdArray<Float64Array> | null;
  };
  /** classes [records, n] at every record, where they were kept */
  readonly classes: KeptClasses;
}

/** The class of the largest output for every sample at every record, [records, n], a byte each; null where it was not kept. */
export interface KeptClasses {
  readonly train: NdArray<Uint8Array> | null;
  readonly test: NdArray<Uint8Array> | null;
  readonly probe: NdArray<Uint8Array> | null;
}

/** Text of plain data that does not depend on the order of fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * Refuses to go on with a checkpoint of other training: another network, other data, or another recipe. The number of steps may
 * differ where the learning rate is constant, and a learning rate that the recipe leaves open is the checkpoint's.
 * @throws ERR_SPEC naming what differs
 */
export function requireSameTraining(
  checkpoint: TrainingCheckpoint,
  wanted: Pick<TrainingCheckpoint, "network" | "recipe" | "dataChecksum">,
): void {
  const differs = (what: string, got: unknown, expected: unknown) => {
    throw new ForetrainError(
      "ERR_SPEC",
      `resume: the checkpoint is of other training: ${what} is ${canonical(expected)} in it and ${canonical(got)} now; ` +
        "go on with the same, or start anew without the checkpoint",
      { argument: "resume", got, expected },
    );
  };
  if (canonical(checkpoint.network) !== canonical(wanted.network))
    differs("the network", wanted.network, checkpoint.network);
  const open = wanted.recipe.learningRate === null ? ["learningRate"] : [];
  for (const field of Object.keys(wanted.recipe) as (keyof TrainingRecipe)[]) {
    // with a cooldown every step's learning rate depends on how many there are
    if ((wanted.recipe.cooldown === 0 ? ["steps", "epochs", ...open] : open).includes(field)) continue;
    const [before, now] = [checkpoint.recipe[field], wanted.recipe[field]];
    if (canonical(before) !== canonical(now)) differs(field, now, before);
  }
  if (checkpoint.dataChecksum !== wanted.dataChecksum) {
    differs("the checksum of the data", wanted.dataChecksum, checkpoint.dataChecksum);
  }
}
