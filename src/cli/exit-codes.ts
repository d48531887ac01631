/**
 * Exit codes that scripts can trust.
 * @module
 */
import { type ErrorCode, isForetrainError } from "../errors.js";

export const EXIT = {
  ok: 0,
  /** a requested check disagreed, or a study of several could not be run */
  disagreed: 1,
  /** usage, input or file problem */
  input: 2,
  /** numerical failure: singular kernel, no fixed point, divergence */
  numerical: 3,
  /** a bug in foretrain */
  bug: 101,
  interrupted: 130,
} as const;

const EXIT_OF_CODE: Record<ErrorCode, number> = {
  ERR_SPEC: EXIT.input,
  ERR_SHAPE: EXIT.input,
  ERR_DOMAIN: EXIT.input,
  ERR_DATA: EXIT.input,
  ERR_FILE: EXIT.input,
  ERR_USAGE: EXIT.input,
  ERR_MEMORY: EXIT.input,
  ERR_UNAVAILABLE: EXIT.input,
  ERR_NUMERICAL: EXIT.numerical,
  ERR_SINGULAR: EXIT.numerical,
  ERR_ABORTED: EXIT.interrupted,
};

/** The exit code for a thrown value. */
export function exitCodeOf(error: unknown): number {
  return isForetrainError(error) ? EXIT_OF_CODE[error.code] : EXIT.bug;
}
