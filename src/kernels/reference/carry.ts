/**
 * States of pairs from one part of a network to the next, with the reference backend.
 * @module
 */
import type { Tile } from "../gram.js";
import { entriesOf, type KernelProgram, type KernelStep } from "../program.js";
import type { CarriedPairs, SampleSides } from "../sample-state.js";
import { eachEntry, type Slot } from "./entries.js";

/** k = (q + q') / 2 - d and t in the same way, where a backend before kept the deficits only. */
export function fillKernels(
  pairs: CarriedPairs,
  step: KernelStep,
  { rows, cols }: SampleSides,
  count: { readonly rows: number; readonly cols: number },
): void {
  if (pairs.k !== null) return;
  const k = new Float64Array(pairs.d.length);
  const t = new Float64Array(pairs.g.length);
  const all: Tile = { rowStart: 0, rowEnd: count.rows, colStart: 0, colEnd: count.cols, triangle: false };
  eachEntry(all, step, (row, col, e) => {
    k[e] = 0.5 * (rows.q[row]! + cols.q[col]!) - pairs.d[e]!;
    if (t.length > 0) t[e] = 0.5 * (rows.t![row]! + cols.t![col]!) - pairs.g[e]!;
  });
  pairs.k = k;
  pairs.t = t;
}

/** Puts what a tile left in the program's carried slot where the next part reads it. */
export function storeTile(
  program: KernelProgram,
  slot: Slot,
  tile: Tile,
  pairs: CarriedPairs,
  columns: number,
): void {
  const entries = entriesOf(program.steps.findLast((step) => step.to === program.carried)!);
  const width = tile.colEnd - tile.colStart;
  for (const name of ["k", "d", "t", "g"] as const) {
    const [source, target] = [slot[name], pairs[name]!];
    if (target.length === 0) continue;
    for (let i = tile.rowStart; i < tile.rowEnd; i++) {
      const from = (i - tile.rowStart) * width * entries;
      target.set(source.subarray(from, from + width * entries), (i * columns + tile.colStart) * entries);
    }
  }
}
