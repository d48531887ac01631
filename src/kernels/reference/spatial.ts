/**
 * Steps that move between positions. The formulas are those of program.ts.
 * @module
 */
import { gramTile, type Tile } from "../gram.js";
import {
  type ConcatStep,
  type ConvStep,
  entriesOf,
  type FlattenStep,
  type GlobalPoolStep,
  type InputStep,
  type Layout,
  type PoolStep,
  positionsOf,
} from "../program.js";
import type { PreparedStep, SampleState } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { type PoolTaps, poolTaps, type Taps, windowTaps } from "../window-taps.js";
import { eachEntry, eachPair, eachRange, type Slot } from "./entries.js";

/** Samples as rows of one position each, for the inner products over channels. */
export const byPosition = ({ count, features, data }: SampleSet, positions: number): SampleSet => ({
  count: count * positions,
  features: features / positions,
  data,
});

export function inputTile(
  step: InputStep,
  { qRows, qCols }: PreparedStep,
  rows: SampleSet,
  cols: SampleSet,
  tile: Tile,
  to: Slot,
): void {
  const positions = positionsOf(step);
  to.t.fill(0);
  to.g.fill(0);
  if (step.layout === "one") {
    gramTile(rows, cols, qRows, qCols, tile, to.k, to.d);
    return;
  }
  const [x, y] = [byPosition(rows, positions), byPosition(cols, positions)];
  const entries = entriesOf(step);
  const [k, d] = [new Float64Array(entries), new Float64Array(entries)];
  eachPair(tile, (i, j, pair) => {
    if (step.layout === "full") {
      gramTile(x, y, qRows, qCols, positionsTile(i, j, positions), k, d);
    } else {
      for (let p = 0; p < positions; p++) {
        const [row, col] = [i * positions + p, j * positions + p];
        const one = { rowStart: row, rowEnd: row + 1, colStart: col, colEnd: col + 1, triangle: false };
        gramTile(x, y, qRows, qCols, one, k.subarray(p, p + 1), d.subarray(p, p + 1));
      }
    }
    to.k.set(k, pair * entries);
    to.d.set(d, pair * entries);
  });
}

const positionsTile = (i: number, j: number, positions: number): Tile => ({
  rowStart: i * positions,
  rowEnd: (i + 1) * positions,
  colStart: j * positions,
  colEnd: (j + 1) * positions,
  triangle: false,
});

/** Entry of a pair of positions in a layout with `positions` positions. */
const entryOf = (layout: Layout, positions: number, p: number, p2: number) =>
  layout === "full" ? p * positions + p2 : p;

export function convTile(
  step: ConvStep,
  { reads }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
): void {
  const { weight, bias, tangentK, tangentOne, layout } = step;
  const { size, taps }: Taps = windowTaps(step);
  const inputs = step.window.reduce((product, axis) => product * axis.inputs, 1);
  const inputEntries = layout === "full" ? inputs * inputs : inputs;
  const entries = entriesOf(step);
  const [{ rows, cols }] = reads as [PreparedStep["reads"][number]];
  eachPair(tile, (i, j, pair) => {
    const source = pair * inputEntries;
    const target = pair * entries;
    const outputs = positionsOf(step);
    for (let o = 0; o < outputs; o++) {
      for (let o2 = layout === "full" ? 0 : o; o2 < (layout === "full" ? outputs : o + 1); o2++) {
        let [k, d, t, g] = [0, 0, 0, 0];
        for (let f = 0; f < size; f++) {
          const p = taps[o * size + f]!;
          const p2 = taps[o2 * size + f]!;
          if (p >= 0 && p2 >= 0) {
            const e = source + entryOf(layout, inputs, p, p2);
            k += from.k[e]!;
            d += from.d[e]!;
            if (ntk) {
              t += from.t[e]!;
              g += from.g[e]!;
            }
          } else if (p >= 0) {
            d += 0.5 * rows.q[i * inputs + p]!;
            if (ntk) g += 0.5 * rows.t![i * inputs + p]!;
          } else if (p2 >= 0) {
            d += 0.5 * cols.q[j * inputs + p2]!;
            if (ntk) g += 0.5 * cols.t![j * inputs + p2]!;
          }
        }
        const e = target + entryOf(layout, outputs, o, o2);
        to.k[e] = (weight * k) / size + bias;
        to.d[e] = (weight * d) / size;
        if (ntk) {
          to.t[e] = (weight * t + tangentK * k) / size + tangentOne;
          to.g[e] = (weight * g + tangentK * d) / size;
        }
      }
    }
  });
}

/**
 * Weighted sums over both windows, `out[o, o2] = sum_ab w(o) w(o2) values[a, b]`, over the rows first. Only o = o2 where
 * `diagonal`.
 */
export function poolSums(
  { outputs, size, taps, weight }: PoolTaps,
  inputs: number,
  values: Float64Array,
  diagonal: boolean,
  out: Float64Array,
): void {
  const row = new Float64Array(inputs);
  for (let o = 0; o < outputs; o++) {
    row.fill(0);
    for (let f = 0; f < size; f++) {
      const p = taps[o * size + f]!;
      if (p < 0) continue;
      for (let p2 = 0; p2 < inputs; p2++) row[p2]! += values[p * inputs + p2]!;
    }
    for (let o2 = diagonal ? o : 0; o2 < (diagonal ? o + 1 : outputs); o2++) {
      let sum = 0;
      for (let f = 0; f < size; f++) {
        const p2 = taps[o2 * size + f]!;
        if (p2 >= 0) sum += row[p2]!;
      }
      out[diagonal ? o : o * outputs + o2] = weight[o]! * weight[o2]! * sum;
    }
  }
}

/** Weighted sums of the samples' values over the windows: m(p) for every sample, [n, outputs]. */
export function windowMeans(
  { outputs, size, taps, weight }: PoolTaps,
  inputs: number,
  q: Float64Array,
): Float64Array {
  const count = q.length / inputs;
  const means = new Float64Array(count * outputs);
  for (let i = 0; i < count; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let f = 0; f < size; f++) {
        const p = taps[o * size + f]!;
        if (p >= 0) sum += q[i * inputs + p]!;
      }
      means[i * outputs + o] = weight[o]! * sum;
    }
  }
  return means;
}

/** Number of positions that a pool reads. */
export const poolInputs = (step: PoolStep | GlobalPoolStep): number =>
  step.op === "pool"
    ? step.window.reduce((product, axis) => product * axis.inputs, 1)
    : step.inputPositions.reduce((product, side) => product * side, 1);

/** Of the terms of a difference, below which it counts as 0. */
const NOISE = 16 * Number.EPSILON;

export function poolTile(
  step: PoolStep | GlobalPoolStep,
  { reads, own }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
): void {
  const taps = poolTaps(step);
  const inputs = poolInputs(step);
  const entries = entriesOf(step);
  const [{ rows, cols }] = reads as [PreparedStep["reads"][number]];
  const diagonal = step.layout !== "full";
  const names = ntk ? (["k", "d", "t", "g"] as const) : (["k", "d"] as const);
  eachPair(tile, (_i, _j, pair) => {
    for (const name of names) {
      const source = from[name].subarray(pair * inputs * inputs, (pair + 1) * inputs * inputs);
      poolSums(taps, inputs, source, diagonal, to[name].subarray(pair * entries, (pair + 1) * entries));
    }
  });
  // what the window's own spread and unequal numbers of inputs (at edges) add to the distances
  const correct = (
    values: Float64Array,
    pick: (state: SampleState) => Float64Array,
    [ownRows, ownCols]: readonly [Float64Array, Float64Array],
  ): void => {
    const means = (state: SampleState, start: number, end: number) =>
      windowMeans(taps, inputs, pick(state).subarray(start * inputs, end * inputs));
    const meansRows = means(rows, tile.rowStart, tile.rowEnd);
    const meansCols = means(cols, tile.colStart, tile.colEnd);
    const [firstRow, firstCol] = [tile.rowStart * taps.outputs, tile.colStart * taps.outputs];
    eachEntry(tile, step, (row, col, e, p, p2) => {
      const apart = meansRows[row - firstRow]! - meansCols[col - firstCol]!;
      const uneven = 0.5 * (taps.mass[p]! - taps.mass[p2]!) * apart;
      const spread = ownRows[row]! + ownCols[col]!;
      const deficit = values[e]! + uneven - spread;
      // what is left of equal windows is the rounding of their sums, and a root of it would not be small
      values[e] = Math.abs(deficit) <= NOISE * spread ? 0 : deficit;
    });
  };
  correct(to.d, (state) => state.q, [own!.rows.d, own!.cols.d]);
  if (ntk) correct(to.g, (state) => state.t!, [own!.rows.g!, own!.cols.g!]);
}

export function flattenTile(step: FlattenStep, tile: Tile, from: Slot, to: Slot, ntk: boolean): void {
  const inputs = step.inputPositions.reduce((product, side) => product * side, 1);
  const names = ntk ? (["k", "d", "t", "g"] as const) : (["k", "d"] as const);
  eachPair(tile, (_i, _j, pair) => {
    for (const name of names) {
      let sum = 0;
      for (let p = 0; p < inputs; p++) sum += from[name][pair * inputs + p]!;
      to[name][pair] = sum / inputs;
    }
  });
}

export function concatTile(
  step: ConcatStep,
  { reads }: PreparedStep,
  tile: Tile,
  parts: readonly Slot[],
  to: Slot,
  ntk: boolean,
): void {
  const names = ntk ? (["k", "d", "t", "g"] as const) : (["k", "d"] as const);
  if (step.axis === null) {
    eachRange(tile, step, (start, end) => {
      for (const name of names) {
        for (let e = start; e < end; e++) {
          let total = 0;
          for (const [b, part] of parts.entries()) total += step.weights[b]! * part[name][e]!;
          to[name][e] = total;
        }
      }
    });
    return;
  }
  const sources = concatSources(step);
  const entries = entriesOf(step);
  const positions = positionsOf(step);
  eachEntry(tile, step, (row, col, e, p, p2) => {
    const [a, b] = [sources[p]!, sources[p2]!];
    if (a.part !== b.part) {
      const [mine, yours] = [reads[a.part]!.rows, reads[b.part]!.cols];
      const [i, j] = [Math.floor(row / positions), Math.floor(col / positions)];
      to.k[e] = 0;
      to.d[e] = 0.5 * (mine.q[i * a.positions + a.at]! + yours.q[j * b.positions + b.at]!);
      if (ntk) {
        to.t[e] = 0;
        to.g[e] = 0.5 * (mine.t![i * a.positions + a.at]! + yours.t![j * b.positions + b.at]!);
      }
      return;
    }
    const pair = Math.floor(e / entries);
    const partEntries = step.layout === "full" ? a.positions ** 2 : a.positions;
    const source = pair * partEntries + entryOf(step.layout, a.positions, a.at, b.at);
    for (const name of names) to[name][e] = parts[a.part]![name][source]!;
  });
}

/** Where a position of a spatial concat comes from: the part, its number of positions, the position in it. */
export interface ConcatSource {
  readonly part: number;
  readonly positions: number;
  readonly at: number;
}

const knownSources = new WeakMap<ConcatStep, ConcatSource[]>();

/** The source of every position of a concat along a spatial axis, kept for each step. */
export function concatSources(step: ConcatStep): ConcatSource[] {
  let sources = knownSources.get(step);
  if (sources === undefined) {
    sources = listSources(step);
    knownSources.set(step, sources);
  }
  return sources;
}

function listSources({ positions, axis, sides }: ConcatStep): ConcatSource[] {
  const inner = positions.slice(axis! + 1).reduce((product, side) => product * side, 1);
  const along = positions[axis!]!;
  const outer = positions.slice(0, axis!).reduce((product, side) => product * side, 1);
  const starts = sides.map((_, part) => sides.slice(0, part).reduce((sum, side) => sum + side, 0));
  return Array.from({ length: outer * along * inner }, (_, p) => {
    const within = p % inner;
    const position = Math.floor(p / inner) % along;
    const block = Math.floor(p / (inner * along));
    const part = starts.findLastIndex((start) => start <= position);
    const side = sides[part]!;
    return {
      part,
      positions: outer * side * inner,
      at: (block * side + position - starts[part]!) * inner + within,
    };
  });
}
