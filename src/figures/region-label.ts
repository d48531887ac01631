/**
 * Names of regions in a map.
 * @module
 */
import { type Field, fieldAt } from "./heatmap.js";
import type { Plot } from "./marks.js";
import { type Box, overlaps, type Point } from "./placement.js";
import { textElement, textWidth } from "./text.js";

/** Bold letters are this much wider. */
export const BOLD = 1.08;

/** Text in its place. */
export interface PlacedText {
  readonly svg: string;
  readonly box: Box;
}

/**
 * The name of a region in its middle: the place farthest from lines, labels and the edges; null where it does not fit.
 * `empty`: the region has no colour, its name is written as on paper.
 */
export function regionLabel(
  plot: Plot,
  field: Field,
  name: string,
  belongs: (value: number | null) => boolean,
  obstacles: readonly Point[],
  taken: readonly Box[],
  empty = false,
): PlacedText | null {
  const size = 15;
  const width = textWidth(name, size) * BOLD;
  const { area } = plot;
  const [x0, x1] = plot.x.domain;
  const [y0, y1] = plot.y.domain;
  let best: { box: Box; clearance: number } | null = null;
  for (let i = 1; i < 24; i++) {
    for (let j = 1; j < 18; j++) {
      const at = { x: x0 + ((x1 - x0) * i) / 24, y: y0 + ((y1 - y0) * j) / 18 };
      const chi = fieldAt(field, at.x, at.y);
      if (!belongs(chi)) continue;
      const px = plot.x.position(at.x);
      const py = plot.y.position(at.y);
      const box = { x: px - width / 2, y: py - size / 2, width, height: size };
      if (taken.some((other) => overlaps(box, other))) continue;
      const right = ((width / 2) * (x1 - x0)) / area.width;
      const up = ((size / 2) * (y1 - y0)) / area.height;
      const corners = [-1, 1].flatMap((i) =>
        [-1, 1].map((j) => fieldAt(field, at.x + i * right, at.y + j * up)),
      );
      if (!corners.every(belongs)) continue;
      const edges = [
        box.x - area.x,
        area.x + area.width - box.x - width,
        box.y - area.y,
        area.y + area.height - box.y - size,
      ];
      let clearance = Math.min(...edges);
      for (const point of obstacles) {
        const dx = Math.max(box.x - point.x, 0, point.x - box.x - width);
        const dy = Math.max(box.y - point.y, 0, point.y - box.y - size);
        clearance = Math.min(clearance, Math.hypot(dx, dy));
      }
      if (clearance > (best?.clearance ?? 2)) best = { box, clearance };
    }
  }
  if (best === null) return null;
  // contour labels keep a little away, the name stands out
  const { x, y } = best.box;
  return {
    box: { x: x - 8, y: y - 8, width: width + 16, height: size + 16 },
    svg: textElement(name, best.box.x + width / 2, best.box.y + size * 0.84, size, {
      class: empty ? "ft-halo" : "ft-map-text ft-strong",
      "text-anchor": "middle",
    }),
  };
}
