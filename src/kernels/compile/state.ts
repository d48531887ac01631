/**
 * What the compiler knows of a layer's output, beside its kernel.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** A tie to the data itself, as if it were a layer's weights. */
export const DATA = -1;

/** Units that share one kernel: `weight` is their part of all units. */
export interface Population {
  /** number of the value that holds their kernel */
  readonly value: number;
  readonly weight: number;
  /** true: the value still has positions, and the units of all of them count as one vector (after flatten) */
  readonly flattened: boolean;
}

/**
 * Several populations arise where branches stand side by side and where positions are flattened: the units then have
 * different variances. Nonlinear layers act on each population; layers that sum over units see the mean of the kernels.
 */
export interface State {
  readonly populations: readonly Population[];
  /** positions of the units, [] after flatten */
  readonly positions: readonly number[];
  /** the units of each population are centred Gaussians, independent given the layers before */
  readonly gaussian: boolean;
  readonly zeroMean: boolean;
  /** numbers of the random layers whose weights a unit depends on individually; DATA for the raw input */
  readonly ties: ReadonlySet<number>;
  /** what made it non-Gaussian, for messages */
  readonly origin: string;
}

/** The only population, of value `value`. */
export function one(value: number): readonly Population[] {
  return [{ value, weight: 1, flattened: false }];
}

/** ERR_UNAVAILABLE at a layer's path. */
export function unavailable(
  path: string,
  message: string,
  details: Record<string, unknown> = {},
): ForetrainError {
  return new ForetrainError("ERR_UNAVAILABLE", `${path}: ${message}`, { argument: path, path, ...details });
}

/** The refusal of an activation whose input is not Gaussian. */
export function notGaussian(path: string, what: string, state: State): ForetrainError {
  return unavailable(
    path,
    `${what} needs Gaussian units, as a dense or conv layer gives them, but gets the output of ${state.origin}, ` +
      "whose units are not centred Gaussians; put a dense or conv layer between",
    { origin: state.origin },
  );
}
