/**
 * Walks over the entries of a tile: pairs row-major, for each the pairs of positions that a layout names.
 * @module
 */
import type { Tile } from "../gram.js";
import { entriesOf, type KernelStep, positionsOf } from "../program.js";

/** Pair states of one tile; `t` and `g` are empty when the ntk is not asked for. */
export interface Slot {
  readonly k: Float64Array;
  readonly d: Float64Array;
  readonly t: Float64Array;
  readonly g: Float64Array;
}

/** Calls `body` with the range of entries of each row that the tile needs, for steps that treat all entries alike. */
export function eachRange(tile: Tile, step: KernelStep, body: (start: number, end: number) => void): void {
  const entries = entriesOf(step);
  const width = tile.colEnd - tile.colStart;
  for (let i = tile.rowStart; i < tile.rowEnd; i++) {
    const offset = (i - tile.rowStart) * width - tile.colStart;
    const j = tile.triangle ? Math.max(tile.colStart, i) : tile.colStart;
    body((offset + j) * entries, (offset + tile.colEnd) * entries);
  }
}

/** Calls `body` with every pair of samples that the tile needs and the pair's number within the tile. */
export function eachPair(tile: Tile, body: (i: number, j: number, pair: number) => void): void {
  const width = tile.colEnd - tile.colStart;
  for (let i = tile.rowStart; i < tile.rowEnd; i++) {
    const offset = (i - tile.rowStart) * width - tile.colStart;
    for (let j = tile.triangle ? Math.max(tile.colStart, i) : tile.colStart; j < tile.colEnd; j++) {
      body(i, j, offset + j);
    }
  }
}

/**
 * Calls `body` with every entry of the step's result: indices into the states of row and column samples
 * ([n, positions]), the entry's index, and the two positions. The column runs fastest.
 */
export function eachEntry(
  tile: Tile,
  step: KernelStep,
  body: (row: number, col: number, entry: number, p: number, p2: number) => void,
): void {
  const positions = positionsOf(step);
  const entries = entriesOf(step);
  eachPair(tile, (i, j, pair) => {
    const base = pair * entries;
    if (step.layout !== "full") {
      for (let p = 0; p < positions; p++) body(i * positions + p, j * positions + p, base + p, p, p);
      return;
    }
    for (let p = 0; p < positions; p++) {
      const row = i * positions + p;
      const start = base + p * positions;
      for (let p2 = 0; p2 < positions; p2++) body(row, j * positions + p2, start + p2, p, p2);
    }
  });
}
