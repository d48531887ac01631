/**
 * The finished entries of an area, and how tiles come into it: mirrored where the matrix is symmetric, and refused
 * when they are not finite.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { TileOutput } from "./backend.js";
import type { Tile } from "./gram.js";
import { KERNEL_NAMES, type KernelName } from "./kernel.js";
import type { Area } from "./tiles.js";

export type SheetArray = Float64Array | Float32Array;

/** What a pair has in the results; plain data. */
export interface PairForm {
  /** positions of the result, [] for vectors; entries are [rows, cols] or [rows, cols, h, h', w, w'] */
  readonly positions: readonly number[];
  /** results side by side, innermost; default 1, vectors where there are more */
  readonly readouts?: number;
}

/** Plain data (over shared memory where threads write into it). */
export interface Sheet extends Area, PairForm {
  /** the area lies on the diagonal of a symmetric matrix: tiles of the upper triangle fill both */
  readonly symmetric: boolean;
  readonly arrays: { readonly [name in KernelName]?: SheetArray };
}

/** Numbers of one pair: the square of the number of positions. */
export function pairSize(positions: readonly number[]): number {
  return positions.reduce((product, side) => product * side * side, 1);
}

/** Numbers of one pair in all results. */
export const pairNumbers = ({ positions, readouts = 1 }: PairForm): number => pairSize(positions) * readouts;

/** Names in the sheet, in the order of {@link KERNEL_NAMES}. */
export function sheetNames(sheet: Sheet): KernelName[] {
  return KERNEL_NAMES.filter((name) => sheet.arrays[name] !== undefined);
}

/** Places of a pair's numbers, which come as (p, p') with positions row-major, in [h, h', w, w']. */
export interface PairOrder {
  readonly own: Int32Array;
  /** in the exchanged pair, which has them at (p', p) */
  readonly exchanged: Int32Array;
}

export function pairOrder(positions: readonly number[]): PairOrder {
  const places = positions.reduce((product, side) => product * side, 1);
  const order = { own: new Int32Array(places * places), exchanged: new Int32Array(places * places) };
  // digits of p and p' along each side, interleaved
  const place = (p: number, p2: number): number => {
    let [at, unit] = [0, 1];
    for (let axis = positions.length - 1; axis >= 0; axis--) {
      const side = positions[axis]!;
      at += ((p % side) * side + (p2 % side)) * unit;
      unit *= side * side;
      p = Math.floor(p / side);
      p2 = Math.floor(p2 / side);
    }
    return at;
  };
  for (let p = 0; p < places; p++) {
    for (let p2 = 0; p2 < places; p2++) {
      order.own[p * places + p2] = place(p, p2);
      order.exchanged[p * places + p2] = place(p2, p);
    }
  }
  return order;
}

/** Null for one result of vectors, which needs none. */
function orderOf(form: PairForm): PairOrder | null {
  const { positions, readouts = 1 } = form;
  if (positions.length > 0) return pairOrder(positions);
  if (readouts === 1) return null;
  const order = Int32Array.from({ length: readouts }, (_, k) => k);
  return { own: order, exchanged: order };
}

/** Where the numbers of a pair in [h, h', w, w'] lie in the exchanged pair. */
export function exchangedPlaces(positions: readonly number[]): Int32Array {
  const { own, exchanged } = pairOrder(positions);
  const places = new Int32Array(own.length);
  for (let e = 0; e < own.length; e++) places[own[e]!] = exchanged[e]!;
  return places;
}

function notFinite(name: KernelName, row: number, column: number, value: number): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `computeKernel: ${name} of samples ${row} and ${column} is ${value}; scale the inputs or lower weightVariance`,
    { argument: name, row, column, got: value },
  );
}

/** Copies a tile of vectors. */
function placeMatrix(
  values: Float64Array,
  tile: Tile,
  sheet: Sheet,
  out: SheetArray,
  name: KernelName,
): void {
  const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
  const stride = sheet.colEnd - sheet.colStart;
  const width = colEnd - colStart;
  for (let i = rowStart; i < rowEnd; i++) {
    const from = (i - rowStart) * width - colStart;
    const to = (i - sheet.rowStart) * stride - sheet.colStart;
    const start = triangle ? i : colStart;
    out.set(values.subarray(from + start, from + colEnd), to + start);
    // a value that is not finite makes the sum so, and no sum of finite values costs a comparison each
    let sum = 0;
    for (let at = to + start; at < to + colEnd; at++) sum += out[at]! - out[at]!; // as stored: float32 overflows earlier
    if (sum === 0) continue;
    for (let j = start; j < colEnd; j++) {
      if (!Number.isFinite(out[to + j])) throw notFinite(name, i, j, out[to + j]!);
    }
  }
  if (sheet.symmetric) mirrorMatrix(values, tile, sheet, out);
}

/** The mirror image of a tile of vectors: four of its columns at a time, each a row of the sheet. */
function mirrorMatrix(
  values: Float64Array,
  { rowStart, rowEnd, colStart, colEnd, triangle }: Tile,
  sheet: Sheet,
  out: SheetArray,
): void {
  const stride = sheet.colEnd - sheet.colStart;
  const width = colEnd - colStart;
  const height = rowEnd - rowStart;
  let j = 0;
  if (!triangle) {
    for (; j + 4 <= width; j += 4) {
      let to = (colStart + j - sheet.rowStart) * stride + rowStart - sheet.colStart;
      for (let from = j, end = height * width; from < end; from += width, to++) {
        out[to] = values[from]!;
        out[to + stride] = values[from + 1]!;
        out[to + 2 * stride] = values[from + 2]!;
        out[to + 3 * stride] = values[from + 3]!;
      }
    }
  }
  for (; j < width; j++) {
    const to = (colStart + j - sheet.rowStart) * stride + rowStart - sheet.colStart;
    const rows = triangle ? Math.min(j, height) : height;
    for (let i = 0; i < rows; i++) out[to + i] = values[i * width + j]!;
  }
}

/** Copies a tile of pairs that have several numbers. */
function placeImages(
  values: Float64Array,
  tile: Tile,
  sheet: Sheet,
  out: SheetArray,
  name: KernelName,
  order: PairOrder,
): void {
  const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
  const { own, exchanged } = order;
  const size = own.length;
  const stride = sheet.colEnd - sheet.colStart;
  const width = colEnd - colStart;
  for (let i = rowStart; i < rowEnd; i++) {
    for (let j = triangle ? i : colStart; j < colEnd; j++) {
      const from = ((i - rowStart) * width + j - colStart) * size;
      const to = ((i - sheet.rowStart) * stride + j - sheet.colStart) * size;
      for (let e = 0; e < size; e++) {
        const value = values[from + e]!;
        out[to + own[e]!] = value;
        // as it is stored: float32 overflows earlier
        if (!Number.isFinite(out[to + own[e]!])) throw notFinite(name, i, j, value);
      }
      if (!sheet.symmetric || i === j) continue;
      const back = ((j - sheet.rowStart) * stride + i - sheet.colStart) * size;
      for (let e = 0; e < size; e++) out[back + exchanged[e]!] = values[from + e]!;
    }
  }
}

/** Puts results of tiles into a sheet. */
export function sheetWriter(sheet: Sheet): (tile: Tile, values: TileOutput) => void {
  const names = sheetNames(sheet);
  const order = orderOf(sheet);
  return (tile, values) => {
    for (const name of names) {
      const out = sheet.arrays[name]!;
      if (order === null) placeMatrix(values[name]!, tile, sheet, out, name);
      else placeImages(values[name]!, tile, sheet, out, name, order);
    }
  };
}

/** Buffers for the results of tiles up to `side` x `side`. */
export function tileBuffers(names: readonly KernelName[], entries: number): TileOutput {
  const buffer = (name: KernelName) => (names.includes(name) ? new Float64Array(entries) : null);
  return {
    nngp: buffer("nngp"),
    ntk: buffer("ntk"),
    nngpGap: buffer("nngpGap"),
    ntkGap: buffer("ntkGap"),
  };
}

/** The most entries that a tile of the grid has. */
export function tileEntries(
  { rowStart, rowEnd, colStart, colEnd }: Area,
  side: number,
  form: PairForm,
): number {
  return Math.min(side, rowEnd - rowStart) * Math.min(side, colEnd - colStart) * pairNumbers(form);
}
