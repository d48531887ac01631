/**
 * Checks of figure inputs, so that a wrong array is an error with a name and not a wrong picture.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** Throws `ERR_SHAPE` unless every array has as many values as the first. */
export function requireSameLength(
  figure: string,
  arrays: Readonly<Record<string, ArrayLike<unknown>>>,
): void {
  const [[first, reference], ...rest] = Object.entries(arrays) as [
    [string, ArrayLike<unknown>],
    ...[string, ArrayLike<unknown>][],
  ];
  for (const [name, array] of rest) {
    if (array.length !== reference.length) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${figure}: ${name} has ${array.length} values, expected ${reference.length} as in ${first}`,
        { argument: name, got: array.length, expected: reference.length },
      );
    }
  }
}

/** Throws `ERR_SHAPE` unless there is something to draw. */
export function requireValues(figure: string, name: string, array: readonly unknown[], least = 1): void {
  if (!(array.length >= least)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${figure}: ${name} has ${array.length} values, expected at least ${least}`,
      { argument: name, got: array.length, expected: least },
    );
  }
}
