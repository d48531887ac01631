/**
 * Steps that treat every pair of positions by itself. The formulas are those of program.ts.
 * @module
 */
import type { Tile } from "../gram.js";
import { normalizerVariances } from "../normalizer.js";
import {
  type ActivationStep,
  type DenseStep,
  type DropoutStep,
  type NormalizeStep,
  type ProductStep,
  positionsOf,
  type SumStep,
} from "../program.js";
import type { PreparedStep, SampleState } from "../sample-state.js";
import { eachEntry, eachRange, type Slot } from "./entries.js";

export function denseTile(step: DenseStep, tile: Tile, from: Slot, to: Slot, ntk: boolean): void {
  const { weight, bias, tangentK, tangentOne } = step;
  eachRange(tile, step, (start, end) => {
    if (ntk) {
      for (let e = start; e < end; e++) {
        to.t[e] = weight * from.t[e]! + tangentK * from.k[e]! + tangentOne;
        to.g[e] = weight * from.g[e]! + tangentK * from.d[e]!;
      }
    }
    for (let e = start; e < end; e++) {
      to.k[e] = weight * from.k[e]! + bias;
      to.d[e] = weight * from.d[e]!;
    }
  });
}

const dual = new Float64Array(4); // [T, Td, D, Dd] of one pair

export function activationTile(
  step: ActivationStep,
  { map, reads }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
): void {
  const pairs = map!;
  const [{ rows, cols }] = reads as [PreparedStep["reads"][number]];
  eachEntry(tile, step, (row, col, e) => {
    pairs.pair(row, col, from.k[e]!, from.d[e]!, dual);
    to.k[e] = dual[0]!;
    to.d[e] = dual[2]!;
    if (!ntk) return;
    const t = from.t[e]!;
    const g = from.g[e]!;
    const [theta, theta2] = [rows.t![row]!, cols.t![col]!];
    // no weights yet: stays zero also where Td is infinite
    to.t[e] = t === 0 ? 0 : dual[1]! * t;
    if (theta === 0 && theta2 === 0) {
      to.g[e] = 0;
      return;
    }
    const [a, a2] = [pairs.rowDerivativeSecond[row]!, pairs.colDerivativeSecond[col]!];
    to.g[e] = dual[1]! * g + dual[3]! * 0.5 * (theta + theta2) + 0.25 * (a - a2) * (theta - theta2);
  });
}

/** 1 / sqrt(v), 0 for a sample without variance: its normalized units are 0. */
const inverseRoot = (v: number) => (v > 0 ? 1 / Math.sqrt(v) : 0);

export function normalizeTile(
  step: NormalizeStep,
  { reads }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
): void {
  const [{ rows, cols }] = reads as [PreparedStep["reads"][number]];
  const positions = positionsOf(step);
  const variances = ({ q }: SampleState, start: number, end: number) =>
    normalizerVariances(step, q.subarray(start * positions, end * positions));
  const vRows = variances(rows, tile.rowStart, tile.rowEnd);
  const vCols = variances(cols, tile.colStart, tile.colEnd);
  const [firstRow, firstCol] = [tile.rowStart * positions, tile.colStart * positions];
  const channels = step.over.length === 0; // then v = q
  eachEntry(tile, step, (row, col, e) => {
    const [q1, q2] = [rows.q[row]!, cols.q[col]!];
    const [v1, v2] = [vRows[row - firstRow]!, vCols[col - firstCol]!];
    const [i1, i2] = [inverseRoot(v1), inverseRoot(v2)];
    const scale = i1 * i2;
    if (scale === 0) {
      to.k[e] = 0;
      to.d[e] = 0.5 * (q1 * i1 * i1 + q2 * i2 * i2);
      if (ntk) {
        to.t[e] = 0;
        to.g[e] = 0.5 * (rows.t![row]! * i1 * i1 + cols.t![col]! * i2 * i2);
      }
      return;
    }
    const [s1, s2] = [Math.sqrt(v1), Math.sqrt(v2)];
    const half = (0.5 * (v2 - v1)) / (s1 + s2); // (s' - s) / 2
    const apart = channels ? -2 * half : q1 * i1 - q2 * i2; // q / s - q' / s'
    const deficit = Math.max((from.d[e]! + half * apart) * scale, 0);
    if (ntk) {
      to.t[e] = from.t[e]! * scale;
      to.g[e] = (from.g[e]! + half * (rows.t![row]! * i1 - cols.t![col]! * i2)) * scale;
    }
    // where every unit has variance 1 the deficit gives k to the last digit, as far as nothing cancels
    to.k[e] = channels && deficit < 0.5 ? 1 - deficit : from.k[e]! * scale;
    to.d[e] = deficit;
  });
}

/** Two samples have independent masks: their covariance stays, their distance takes up the larger variances. */
export function dropoutTile(
  step: DropoutStep,
  { reads }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
  own: boolean,
): void {
  const [{ rows, cols }] = reads as [PreparedStep["reads"][number]];
  const added = 0.5 * (1 / step.keepRate - 1);
  eachEntry(tile, step, (row, col, e, p, p2) => {
    if (own && p === p2) {
      to.k[e] = from.k[e]! / step.keepRate;
      to.d[e] = 0;
      if (ntk) {
        to.t[e] = from.t[e]! / step.keepRate;
        to.g[e] = 0;
      }
      return;
    }
    to.k[e] = from.k[e]!;
    to.d[e] = from.d[e]! + added * (rows.q[row]! + cols.q[col]!);
    if (ntk) {
      to.t[e] = from.t[e]!;
      to.g[e] = from.g[e]! + added * (rows.t![row]! + cols.t![col]!);
    }
  });
}

export function sumTile(step: SumStep, tile: Tile, parts: readonly Slot[], to: Slot, ntk: boolean): void {
  const names = ntk ? (["k", "d", "t", "g"] as const) : (["k", "d"] as const);
  eachRange(tile, step, (start, end) => {
    for (const name of names) {
      for (let e = start; e < end; e++) {
        let total = 0;
        for (const part of parts) total += part[name][e]!;
        to[name][e] = total;
      }
    }
  });
}

export function productTile(
  step: ProductStep,
  { reads }: PreparedStep,
  tile: Tile,
  parts: readonly Slot[],
  to: Slot,
  ntk: boolean,
): void {
  eachEntry(tile, step, (row, col, e) => {
    // running product: kernels, deficits and the samples' own values of the branches so far
    let [k, d, t, g] = [1, 0, 0, 0];
    let [q1, q2, theta1, theta2] = [1, 1, 0, 0];
    parts.forEach((part, b) => {
      const { rows, cols } = reads[b]!;
      const [kb, db, q1b, q2b] = [part.k[e]!, part.d[e]!, rows.q[row]!, cols.q[col]!];
      if (ntk) {
        const [tb, gb, theta1b, theta2b] = [part.t[e]!, part.g[e]!, rows.t![row]!, cols.t![col]!];
        g =
          t * db +
          kb * g +
          g * db +
          0.25 * (theta1 - theta2) * (q1b - q2b) + // of t k_b
          (k * gb + tb * d + d * gb + 0.25 * (q1 - q2) * (theta1b - theta2b)); // of k t_b
        t = t * kb + k * tb;
        theta1 = theta1 * q1b + q1 * theta1b;
        theta2 = theta2 * q2b + q2 * theta2b;
      }
      d = k * db + kb * d + d * db + 0.25 * (q1 - q2) * (q1b - q2b);
      k *= kb;
      q1 *= q1b;
      q2 *= q2b;
    });
    to.k[e] = k;
    to.d[e] = d;
    if (ntk) {
      to.t[e] = t;
      to.g[e] = g;
    }
  });
}
