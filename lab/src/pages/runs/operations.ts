/**
 * What the worker computes for the page Runs.
 * @module
 */
import { readNpz } from "foretrain";

/** One array of an npz file. */
export interface ArraySummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly least: number | null;
  readonly mean: number | null;
  readonly most: number | null;
  /** NaN and infinite ones */
  readonly notFinite: number;
  /** the first numbers, in the order of the file */
  readonly first: readonly number[];
}

const FIRST = 12;

function arrays({
  name,
  bytes,
}: {
  readonly name: string;
  readonly bytes: Uint8Array;
}): readonly ArraySummary[] {
  return Object.entries(readNpz(bytes, name)).map(([key, { data, shape, texts }]) => {
    let [least, most, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let i = 0; i < data.length; i++) {
      const value = Number(data[i]!);
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
      finite++;
    }
    return {
      name: key,
      shape,
      type: texts ? "indices of texts" : data.constructor.name.replace("Array", "").toLowerCase(),
      least: finite === 0 ? null : least,
      mean: finite === 0 ? null : sum / finite,
      most: finite === 0 ? null : most,
      notFinite: data.length - finite,
      first: Array.from(data.subarray(0, FIRST), Number),
    };
  });
}

export const runsOperations = { "runs.arrays": arrays };

export type RunsOperations = typeof runsOperations;
