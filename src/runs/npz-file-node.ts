/**
 * npz files by path (Node).
 * @module
 */
import { type NpzArrays, npzPieces, readNpz } from "../data/index.js";
import { readFileBytes } from "../data/read-file-node.js";
import type { NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { writeFileAtomic } from "./write-node.js";

/**
 * The arrays of an npz file, all of them or those named.
 * @throws ForetrainError `ERR_FILE` when it cannot be read, `ERR_DATA` when it is no npz or damaged
 */
export async function readNpzFile(path: string, names?: readonly string[]): Promise<Record<string, NdArray>> {
  return readNpz(await readFileBytes(path), path, names);
}

/** Writes arrays to an npz file, whole or not at all. @throws ForetrainError `ERR_FILE`, `ERR_ABORTED` */
export async function writeNpzFile(
  path: string,
  arrays: NpzArrays,
  work: Pick<LongWork, "signal"> = {},
): Promise<void> {
  await writeFileAtomic(path, npzPieces(arrays), work);
}
