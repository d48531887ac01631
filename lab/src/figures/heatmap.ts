/**
 * Fields as pictures: one pixel per grid point, scaled by the browser. 500 x 500 points are painted in a few
 * milliseconds.
 * @module
 */
import type { ColourMap } from "foretrain";

/** Steps of a colour map; index 0 is transparent and means that there is no value. */
const COLOURS = 255;

/** A field on a regular grid, rows from the bottom up; NaN where there is no value. */
export interface GridField {
  readonly columns: number;
  readonly rows: number;
  /** [rows * columns] */
  readonly values: Float64Array;
}

/** A colour map as 256 pixels in the byte order of the machine, the first transparent. */
export function lookupTable(colours: ColourMap): Uint32Array {
  const table = new Uint32Array(COLOURS + 1);
  const bytes = new Uint8ClampedArray(table.buffer);
  for (let i = 1; i <= COLOURS; i++) bytes.set([...colours((i - 1) / (COLOURS - 1)), 255], 4 * i);
  return table;
}

/**
 * Paints the field into pixels, its first row at the bottom. `shade` maps a value to [0, 1]; values outside have the
 * colours of the ends, NaN none.
 */
export function paintPixels(
  { columns, rows, values }: GridField,
  shade: (value: number) => number,
  table: Uint32Array,
  pixels: Uint32Array,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const to = (rows - 1 - row) * columns;
    for (let column = 0; column < columns; column++) {
      const t = shade(values[from + column]!);
      pixels[to + column] = Number.isNaN(t)
        ? 0
        : table[1 + Math.round((t <= 0 ? 0 : t >= 1 ? 1 : t) * (COLOURS - 1))]!;
    }
  }
}

/** Draws the field on a canvas at the field's own resolution. */
export function paintField(
  canvas: HTMLCanvasElement,
  field: GridField,
  shade: (value: number) => number,
  table: Uint32Array,
): void {
  const { columns, rows } = field;
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(columns, rows);
  paintPixels(field, shade, table, new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}
