/**
 * Large arrays, or a clear error.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** `length` zeros. @throws ERR_MEMORY where there is no room for them */
export function numbers(length: number, caller: string): Float64Array {
  try {
    return new Float64Array(length);
  } catch (cause) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `${caller}: no memory for an array of ${((length * 8) / 2 ** 30).toFixed(1)} GiB; take fewer samples, or a machine with more memory`,
      { argument: "a", got: length * 8 },
      { cause },
    );
  }
}
