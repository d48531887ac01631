/**
 * Checkpoints of `foretrain train`: one file for every network of a folder.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ForetrainError } from "../../errors.js";
import { decodeCheckpoint, encodeCheckpoint, type TrainingCheckpoint } from "../../finite/index.js";
import { writeFileAtomic } from "../../runs/index-node.js";

const fileOf = (folder: string, seed: number) => join(folder, `seed-${seed}.npz`);

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new ForetrainError(
      "ERR_FILE",
      `cannot read ${path}: ${(cause as Error).message}`,
      { path },
      { cause },
    );
  }
}

/** Reads and writes the checkpoints of a folder. */
export interface CheckpointFolder {
  readonly read: (seed: number) => Promise<TrainingCheckpoint | undefined>;
  readonly write: (checkpoint: TrainingCheckpoint, seed: number) => Promise<void>;
}

/** The checkpoints of a folder; missing ones are those of networks that have not begun. */
export function openCheckpoints(folder: string): CheckpointFolder {
  return {
    read: async (seed) => {
      const path = fileOf(folder, seed);
      const bytes = await readIfThere(path);
      return bytes === null ? undefined : decodeCheckpoint(bytes, path);
    },
    write: (checkpoint, seed) => writeFileAtomic(fileOf(folder, seed), encodeCheckpoint(checkpoint)),
  };
}
