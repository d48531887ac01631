/**
 * What the compiler knows of a layer's output, beside its kernel.
 * @module
 */
import type { UnitFlags } from "../../network/units.js";

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
export interface State extends UnitFlags {
  readonly populations: readonly Population[];
  /** positions of the units, [] after flatten */
  readonly positions: readonly number[];
}

/** The only population, of value `value`. */
export function one(value: number): readonly Population[] {
  return [{ value, weight: 1, flattened: false }];
}
