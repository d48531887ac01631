/**
 * Curves of several networks as one, for figures.
 * @module
 */
import { meanCurve as meanEstimates } from "../../complexity/index.js";
import type { Estimate } from "../../numeric/statistics/index.js";

/** Means over networks of curves [network][snapshot], and their errors, as lists. */
export function meanCurve(curves: readonly (readonly Estimate[])[]): {
  readonly value: readonly number[];
  readonly error: readonly number[];
} {
  const found = meanEstimates(curves);
  return { value: found.map(({ value }) => value), error: found.map(({ error }) => error) };
}
