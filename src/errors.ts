/**
 * The one error type of the package. Every message says what was got, what was expected and the way out;
 * `code` is for programs, `details` carries the offending argument and values.
 * @module
 */

/**
 * What went wrong, for programs.
 *
 * | code | meaning | exit code of the CLI |
 * |---|---|---|
 * | `ERR_SPEC` | a network, data or forecast description is not valid | 2 |
 * | `ERR_SHAPE` | an array has the wrong shape | 2 |
 * | `ERR_DOMAIN` | a number is outside the domain of a formula | 2 |
 * | `ERR_DATA` | the content of a data file or array is not usable (NaN, truncated, wrong labels) | 2 |
 * | `ERR_FILE` | a file or folder cannot be read or written | 2 |
 * | `ERR_USAGE` | a command line is not valid | 2 |
 * | `ERR_MEMORY` | the work does not fit in the memory that there is | 2 |
 * | `ERR_UNAVAILABLE` | valid, but this version (or the theory) has no such reading | 2 |
 * | `ERR_NUMERICAL` | an iteration failed, a fixed point does not exist, a result is not finite | 3 |
 * | `ERR_SINGULAR` | a kernel matrix is numerically singular | 3 |
 * | `ERR_ABORTED` | cancelled by the caller | 130 |
 */
export type ErrorCode =
  | "ERR_SPEC"
  | "ERR_SHAPE"
  | "ERR_DOMAIN"
  | "ERR_DATA"
  | "ERR_FILE"
  | "ERR_USAGE"
  | "ERR_MEMORY"
  | "ERR_UNAVAILABLE"
  | "ERR_NUMERICAL"
  | "ERR_SINGULAR"
  | "ERR_ABORTED";

/** An error thrown by this package. Test with {@link isForetrainError}, not `instanceof` (two copies of the package may meet). */
export class ForetrainError extends Error {
  override readonly name = "ForetrainError";
  readonly code: ErrorCode;
  /** Data about the failure: usually `argument`, `got`, `expected`, and what fits the code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options: { cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
  }
}

/** True for errors of this package, with `code` when given. */
export function isForetrainError(error: unknown, code?: ErrorCode): error is ForetrainError {
  return (
    error instanceof Error &&
    error.name === "ForetrainError" &&
    (code === undefined || (error as ForetrainError).code === code)
  );
}
