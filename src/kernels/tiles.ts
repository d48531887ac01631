/**
 * The order in which the pairs of an area are computed: square tiles, row band by row band.
 * @module
 */
import type { Tile } from "./gram.js";

/** A rectangle of pairs: rows and columns as [start, end). */
export interface Area {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly colStart: number;
  readonly colEnd: number;
}

/** How an area is cut into tiles. Plain data, so that every worker can tell the tile of a number by itself. */
export interface TileGrid extends Area {
  /** side of a tile */
  readonly side: number;
  /** the area lies on the diagonal of a symmetric matrix: only tiles that touch the upper triangle are there */
  readonly symmetric: boolean;
}

const bands = (start: number, end: number, side: number) => Math.ceil((end - start) / side);

/** Tiles before row band `r` of a triangle with `n` bands. */
const before = (r: number, n: number) => r * n - (r * (r - 1)) / 2;

/** Number of tiles. */
export function tileCount({ rowStart, rowEnd, colStart, colEnd, side, symmetric }: TileGrid): number {
  const n = bands(rowStart, rowEnd, side);
  return symmetric ? before(n, n) : n * bands(colStart, colEnd, side);
}

/** Tile number `index`, 0 to tileCount - 1. */
export function tileAt(grid: TileGrid, index: number): Tile {
  const { rowStart, rowEnd, colStart, colEnd, side, symmetric } = grid;
  const n = bands(colStart, colEnd, side);
  let r: number;
  let c: number;
  if (symmetric) {
    // the root of before(r) = index, then corrected for rounding
    r = Math.floor(n + 0.5 - Math.sqrt(Math.max(0, (n + 0.5) * (n + 0.5) - 2 * index)));
    while (before(r + 1, n) <= index) r++;
    while (before(r, n) > index) r--;
    c = r + index - before(r, n);
  } else {
    r = Math.floor(index / n);
    c = index - r * n;
  }
  return {
    rowStart: rowStart + r * side,
    rowEnd: Math.min(rowEnd, rowStart + (r + 1) * side),
    colStart: colStart + c * side,
    colEnd: Math.min(colEnd, colStart + (c + 1) * side),
    triangle: symmetric && r === c,
  };
}
