/**
 * Fields over a rectangular grid as colour maps: an embedded image, its contour lines, its colour bar.
 * @module
 */
import { contours } from "d3-contour";
import type { ColourMap, Rgb } from "./colour.js";
import type { Box, Point } from "./placement.js";
import { pngDataUri } from "./png.js";
import { type AxisScale, axisScale } from "./scale.js";
import { FONT } from "./style.js";
import { element, group } from "./svg.js";
import { textElement } from "./text.js";

/** A field on a grid: `values[row][column]` at (x[column], y[row]); both axes ascending; null where there is no value. */
export interface Field {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** A point of a contour has its level up to rounding of the linear interpolation along one grid edge. */
const ON_LEVEL = 1e-9;

/** 254 steps of the map and one transparent index. */
const STEPS = 254;
const TRANSPARENT = STEPS + 1;

/** Index i and weight w so that `axis` at i + w is `at`; NaN outside. */
function gridPosition(axis: readonly number[], at: number): number {
  const last = axis.length - 1;
  if (!(at >= axis[0]! && at <= axis[last]!)) return Number.NaN;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (axis[middle]! <= at) low = middle;
    else high = middle;
  }
  return high === low ? low : low + (at - axis[low]!) / (axis[high]! - axis[low]!);
}

/** Bilinear value at (column, row) in grid steps, NaN outside; null there and next to cells without a value. */
function bilinear(field: Field, column: number, row: number): number | null {
  if (Number.isNaN(column) || Number.isNaN(row)) return null;
  const [i, j] = [Math.floor(column), Math.floor(row)];
  const [u, v] = [column - i, row - j];
  const low = field.values[j]!;
  // a weight of zero asks for no value: at the end of an axis there is none
  const high = v === 0 ? low : field.values[j + 1]!;
  let sum = 0;
  for (let corner = 0; corner < 4; corner++) {
    const weight = (corner & 1 ? u : 1 - u) * (corner & 2 ? v : 1 - v);
    if (weight === 0) continue;
    const value = (corner & 2 ? high : low)[corner & 1 ? i + 1 : i];
    if (value === null || value === undefined || !Number.isFinite(value)) return null;
    sum += weight * value;
  }
  return sum;
}

/** Bilinear value at a data point; null outside and next to cells without a value. */
export function fieldAt(field: Field, x: number, y: number): number | null {
  return bilinear(field, gridPosition(field.x, x), gridPosition(field.y, y));
}

/** The field as an `<image>` that fills `box`, whose edges are the ends of both grid axes. `shade` maps a value to [0, 1], or to NaN: no colour. */
export function heatmapImage(
  field: Field,
  box: Box,
  shade: (value: number) => number,
  colours: ColourMap,
  resolution = { width: 240, height: 180 },
): string {
  const { width, height } = resolution;
  const pixels = new Uint8Array(width * height);
  const [x0, x1] = [field.x[0]!, field.x.at(-1)!];
  const [y0, y1] = [field.y[0]!, field.y.at(-1)!];
  const columns = Float64Array.from({ length: width }, (_, column) =>
    gridPosition(field.x, x0 + ((column + 0.5) / width) * (x1 - x0)),
  );
  for (let row = 0; row < height; row++) {
    const y = gridPosition(field.y, y1 - ((row + 0.5) / height) * (y1 - y0));
    for (let column = 0; column < width; column++) {
      const value = bilinear(field, columns[column]!, y);
      const index = value === null ? Number.NaN : Math.round(Math.min(1, Math.max(0, shade(value))) * STEPS);
      pixels[row * width + column] = Number.isNaN(index) ? TRANSPARENT : index;
    }
  }
  const palette: Rgb[] = Array.from({ length: STEPS + 1 }, (_, i) => colours(i / STEPS));
  return element("image", {
    ...box,
    preserveAspectRatio: "none",
    href: pngDataUri({ width, height, pixels, palette: [...palette, [0, 0, 0]], transparent: TRANSPARENT }),
  });
}

/** Contour lines of a field at one level, in data coordinates, open where they meet the edge or cells without a value. */
export function contourLines(field: Field, level: number): Point[][] {
  const [columns, rows] = [field.x.length, field.y.length];
  const flat = field.values.flatMap((row) => row.map((value) => value ?? Number.NaN));
  const valid = (i: number, j: number) =>
    i >= 0 && j >= 0 && i < columns && j < rows && Number.isFinite(flat[j * columns + i]);
  const along = (axis: readonly number[], at: number) => {
    const i = Math.min(axis.length - 1, Math.max(0, Math.floor(at)));
    const next = Math.min(axis.length - 1, i + 1);
    return axis[i]! + (at - i) * (axis[next]! - axis[i]!);
  };
  const lines: Point[][] = [];
  const shape = contours().size([columns, rows]).thresholds([level])(flat)[0]!;
  for (const ring of shape.coordinates.flat()) {
    let open: Point[] = [];
    const parts = [open];
    for (const [gx, gy] of ring as [number, number][]) {
      // the generator puts grid points at half integers and closes rings outside of the grid
      const [u, v] = [gx - 0.5, gy - 0.5];
      const point = { x: along(field.x, u), y: along(field.y, v) };
      const inside = valid(Math.floor(u), Math.floor(v)) && valid(Math.ceil(u), Math.ceil(v));
      // beside cells without a value it runs along the last grid points, whatever their values are
      const value = inside ? fieldAt(field, point.x, point.y) : null;
      if (value !== null && Math.abs(value - level) <= ON_LEVEL * (1 + Math.abs(level))) {
        open.push(point);
      } else if (open.length > 0) {
        open = [];
        parts.push(open);
      }
    }
    // a ring that was cut starts in the middle of a line: its last part goes before its first
    if (parts.length > 1) {
      const tail = parts.pop()!;
      parts[0] = [...tail, ...parts[0]!];
    }
    lines.push(...parts.filter((part) => part.length > 1));
  }
  return lines;
}

/** A horizontal or vertical colour bar with ticks at the given values. */
export function colourBar(options: {
  readonly box: Box;
  readonly vertical: boolean;
  readonly colours: ColourMap;
  /** [0, 1] along the bar to each tick label */
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly title: string;
}): string {
  const { box, vertical, colours, ticks, title } = options;
  const pixels = Uint8Array.from({ length: 256 }, (_, i) => (vertical ? 255 - i : i));
  const palette = Array.from({ length: 256 }, (_, i) => colours(i / 255));
  const size = vertical ? { width: 1, height: 256 } : { width: 256, height: 1 };
  const image = element("image", {
    ...box,
    preserveAspectRatio: "none",
    href: pngDataUri({ ...size, pixels, palette }),
  });
  const scale: AxisScale = axisScale({
    kind: "linear",
    domain: [0, 1],
    range: vertical ? [box.y + box.height, box.y] : [box.x, box.x + box.width],
    count: 2,
  });
  const marks = ticks.map(({ at, label }) => {
    const p = scale.position(at);
    if (vertical) {
      const x = box.x + box.width;
      return (
        element("line", { class: "ft-axis", x1: x, x2: x + 4, y1: p, y2: p }) +
        textElement(label, x + 7, p + FONT.tick * 0.35, FONT.tick)
      );
    }
    const y = box.y + box.height;
    return (
      element("line", { class: "ft-axis", x1: p, x2: p, y1: y, y2: y + 4 }) +
      textElement(label, p, y + 6 + FONT.tick * 0.85, FONT.tick, { "text-anchor": "middle" })
    );
  });
  const frame = element("rect", { class: "ft-axis", ...box });
  const caption = vertical
    ? textElement(title, box.x, box.y - 9, FONT.label)
    : textElement(title, box.x - 10, box.y + box.height * 0.5 + FONT.label * 0.35, FONT.label, {
        "text-anchor": "end",
      });
  return group({ class: "ft-colour-bar" }, [image, frame, ...marks, caption]);
}
