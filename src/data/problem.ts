/**
 * How this folder words its errors: which file, what is wrong, what to do.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** `10,000`: counts in messages are read by people. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Throws `ERR_DATA`: the content of `source` (a file name, an array name) is not usable. */
export function failData(
  source: string,
  problem: string,
  wayOut: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): never {
  throw new ForetrainError(
    "ERR_DATA",
    `${source}: ${problem}; ${wayOut}`,
    { argument: source, ...details },
    cause === undefined ? {} : { cause },
  );
}
