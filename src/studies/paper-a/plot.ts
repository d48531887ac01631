/**
 * What the figures of these studies have in common.
 * @module
 */
import type { AxisSpec, LineStyle, Mark } from "../../figures/index.js";

type Marker = NonNullable<LineStyle["marker"]>;

/** Hollow markers with bars of two standard errors. */
export function errorBars(
  x: readonly number[],
  values: readonly number[],
  errors: readonly number[],
  { colour, marker }: { readonly colour: LineStyle["colour"]; readonly marker: Marker },
): Mark[] {
  return [
    ...x.map(
      (at, i): Mark => ({
        kind: "line",
        x: [at, at],
        y: [values[i]! - 2 * errors[i]!, values[i]! + 2 * errors[i]!],
        style: { colour, width: 1.2 },
      }),
    ),
    { kind: "points", x, y: values, colour, marker, hollow: true },
  ];
}

/** A linear axis with some room around the values. */
export function paddedAxis(title: string, values: readonly number[]): AxisSpec {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.07 * (high - low) || 1e-12;
  return { title, kind: "linear", domain: [low - room, high + room] };
}
