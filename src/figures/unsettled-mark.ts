/**
 * Points of a map whose value is not known: hatched, with their name, so that nobody takes them for points without a value.
 * @module
 */
import { requireSameLength } from "./check.js";
import type { Field } from "./heatmap.js";
import type { Plot } from "./marks.js";
import type { Box, Point } from "./placement.js";
import { regionLabel } from "./region-label.js";
import { element, group } from "./svg.js";

/** [y][x], true where a value is not known. */
export type UnsettledPoints = readonly (readonly boolean[])[];

/** Throws `ERR_SHAPE` unless the points that are marked are those of the grid. */
export function checkUnsettled(
  where: string,
  {
    weightVariance,
    biasVariance,
    unsettled,
  }: {
    readonly weightVariance: readonly number[];
    readonly biasVariance: readonly number[];
    readonly unsettled?: UnsettledPoints;
  },
): void {
  if (unsettled === undefined) return;
  requireSameLength(where, { biasVariance, unsettled });
  for (const [i, row] of unsettled.entries()) {
    requireSameLength(where, { weightVariance, [`unsettled[${i}]`]: row });
  }
}

/** Distance of the lines in px. */
const STEP = 7;

/** Half way to the neighbours on both sides, the ends of the axis at its ends. */
function cell(axis: readonly number[], i: number): readonly [number, number] {
  const at = axis[i]!;
  return [(at + (axis[i - 1] ?? at)) / 2, (at + (axis[i + 1] ?? at)) / 2];
}

/** The field that is 1 at points of a kind and 0 elsewhere: between grid points 1 means that all around are. */
export function maskOf(
  { x, y, values }: Field,
  of: (value: number | null, i: number, j: number) => boolean,
): Field {
  return { x, y, values: values.map((row, i) => row.map((value, j) => (of(value, i, j) ? 1 : 0))) };
}

/** The hatching, and the name of the region where it fits. */
export function unsettledMark(
  plot: Plot,
  field: Field,
  unsettled: UnsettledPoints,
  {
    id,
    obstacles,
    taken,
  }: { readonly id: string; readonly obstacles: readonly Point[]; readonly taken: readonly Box[] },
): { readonly svg: string; readonly box: Box | null } {
  const { x, y, values } = field;
  const isHere = (i: number, j: number) => unsettled[i]![j]! && values[i]![j] === null;
  const boxes: string[] = [];
  for (let i = 0; i < y.length; i++) {
    const [low, high] = cell(y, i).map((at) => plot.y.position(at)) as [number, number];
    for (let j = 0; j < x.length; j++) {
      if (!isHere(i, j)) continue;
      const first = j;
      while (j + 1 < x.length && isHere(i, j + 1)) j++;
      const [left, right] = [plot.x.position(cell(x, first)[0]), plot.x.position(cell(x, j)[1])];
      boxes.push(
        `M${left.toFixed(2)} ${high.toFixed(2)}H${right.toFixed(2)}V${low.toFixed(2)}H${left.toFixed(2)}Z`,
      );
    }
  }
  if (boxes.length === 0) return { svg: "", box: null };
  const { area } = plot;
  const lines: string[] = [];
  for (let at = area.x - area.height; at < area.x + area.width; at += STEP) {
    lines.push(
      `M${at.toFixed(1)} ${(area.y + area.height).toFixed(1)}l${area.height.toFixed(1)} ${(-area.height).toFixed(1)}`,
    );
  }
  const label = regionLabel(
    plot,
    maskOf(field, (_, i, j) => isHere(i, j)),
    "unsettled",
    (value) => value === 1,
    obstacles,
    taken,
    true,
  );
  return {
    svg:
      element("clipPath", { id: `${id}-unsettled` }, [element("path", { d: boxes.join("") })]) +
      group({ "clip-path": `url(#${id}-unsettled)` }, [
        element("path", { class: "ft-quiet", fill: "none", d: lines.join("") }),
      ]) +
      (label?.svg ?? ""),
    box: label?.box ?? null,
  };
}
