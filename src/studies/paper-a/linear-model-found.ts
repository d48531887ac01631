/**
 * What the study A.linear-model looks at, and how single networks become one number.
 * @module
 */
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { TIMES } from "./linear-model-paths.js";

export const ACTIVATIONS = ["tanh", "relu"] as const;
export type Activation = (typeof ACTIVATIONS)[number];
export const DEPTHS = [1, 2, 3] as const;
/** the time at which errors are compared over the widths */
export const SHOWN = TIMES.indexOf(0.4);

/** Errors of networks, [network]: root mean square over the points. */
export interface Found {
  /** errors of the linear model in gradient descent; `noise` counts from 0, that without noise */
  readonly errors: (
    activation: Activation,
    depth: number,
    width: number,
    noise: number,
    time: number,
  ) => number[];
  /** errors of order 1, 2, 3 in gradient flow at the time shown, tanh */
  readonly orders: (depth: number, width: number, order: number) => number[];
}

/** Geometric mean over networks, with the standard error of its logarithm: single networks spread over decades. */
export function typical(values: readonly number[]): Estimate {
  const { value, error } = meanOf(values.map(Math.log));
  return { value: Math.exp(value), error: Math.exp(value) * error };
}
