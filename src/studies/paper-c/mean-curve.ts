/**
 * Curves of several networks as one.
 * @module
 */
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";

/** Means over networks of curves [network][snapshot]; errors of the samples, which are the same for all, and of the networks. */
export function meanCurve(curves: readonly (readonly Estimate[])[]): {
  readonly value: readonly number[];
  readonly error: readonly number[];
} {
  const rows = curves[0]!.map((_, t) => curves.map((curve) => curve[t]!));
  const values = rows.map((row) => meanOf(row.map(({ value }) => value)));
  return {
    value: values.map(({ value }) => value),
    error: rows.map((row, t) =>
      Math.hypot(meanOf(row.map(({ error }) => error)).value, row.length < 2 ? 0 : values[t]!.error),
    ),
  };
}
