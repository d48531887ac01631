/**
 * The series in the angle of single pairs, from a table over variances: a sum of products of one number per sample for
 * each coefficient, some hundred multiplications a pair.
 * @module
 */
import { type SymmetricFeatures, sampleFeatures, symmetricFeatures } from "./symmetric-features.js";
import type { VarianceTable } from "./variance-table.js";

export interface PairSeries {
  /** where `evaluate` leaves Td, the mean of Td and the radial mean, `evaluateDrop` the drop and its radial mean */
  readonly values: Float64Array;
  /** @param x  1 - 2 theta / pi */
  evaluate(i: number, j: number, x: number): void;
  evaluateDrop(i: number, j: number, x: number): void;
}

// columns whose coefficients are computed together
const BLOCK = 4;
const NEGLIGIBLE = 1e-14; // terms of a coefficient, relative to the largest value of the table

/** @param rows, cols  interpolation weights of the samples; null for one that is never asked for */
export function pairSeries(
  table: VarianceTable,
  rows: readonly (Float64Array | null)[],
  cols: readonly (Float64Array | null)[],
): PairSeries {
  const { angles } = table;
  const size = 2 * angles + 1;
  const padded = Math.ceil(cols.length / BLOCK) * BLOCK;
  const near = compress(table, table.near, size);
  const { start } = near;
  const terms = near.weights.length;
  const rowFeatures = sampleFeatures(near, rows);
  const colFeatures = sampleFeatures(near, cols, padded);
  const drop = compress(table, table.drop, angles + 1);
  const rowDrops = sampleFeatures(drop, rows);
  const colDrops = rows === cols ? rowDrops : sampleFeatures(drop, cols);
  const row = new Float64Array(terms);
  const block = new Float64Array(BLOCK * size);
  const values = new Float64Array(3);
  let openRow = -1;
  let openBlock = -1;

  const fillBlock = (first: number): void => {
    const c0 = first * terms;
    const c1 = c0 + terms;
    const c2 = c1 + terms;
    const c3 = c2 + terms;
    let t = 0;
    for (let e = 0; e < size; e++) {
      const end = start[e + 1]!;
      let f0 = 0;
      let f1 = 0;
      let f2 = 0;
      let f3 = 0;
      for (; t < end; t++) {
        const r = row[t]!;
        f0 += colFeatures[c0 + t]! * r;
        f1 += colFeatures[c1 + t]! * r;
        f2 += colFeatures[c2 + t]! * r;
        f3 += colFeatures[c3 + t]! * r;
      }
      block[e] = f0;
      block[size + e] = f1;
      block[2 * size + e] = f2;
      block[3 * size + e] = f3;
    }
  };
  return {
    values,
    evaluate(i, j, x) {
      if (i !== openRow) {
        for (let t = 0; t < terms; t++) row[t] = near.weights[t]! * rowFeatures[i * terms + t]!;
        openRow = i;
        openBlock = -1;
      }
      const first = j - (j % BLOCK);
      if (first !== openBlock) {
        fillBlock(first);
        openBlock = first;
      }
      const base = (j - first) * size;
      // Clenshaw's recursion for both series
      const twice = 2 * x;
      let f1 = 0;
      let f2 = 0;
      let g1 = 0;
      let g2 = 0;
      for (let m = angles - 1; m >= 1; m--) {
        const f = block[base + m]! + twice * f1 - f2;
        const g = block[base + angles + m]! + twice * g1 - g2;
        f2 = f1;
        f1 = f;
        g2 = g1;
        g1 = g;
      }
      values[0] = block[base]! + x * f1 - f2;
      values[1] = block[base + angles]! + x * g1 - g2;
      values[2] = block[base + 2 * angles]!;
    },
    evaluateDrop(i, j, x) {
      const coefficient = (m: number): number => dotTerms(drop, m, rowDrops, i, colDrops, j);
      let f1 = 0;
      let f2 = 0;
      for (let m = angles - 1; m >= 1; m--) {
        const f = coefficient(m) + 2 * x * f1 - f2;
        f2 = f1;
        f1 = f;
      }
      values[0] = coefficient(0) + x * f1 - f2;
      values[1] = coefficient(angles);
    },
  };
}

function dotTerms(
  { start, weights }: SymmetricFeatures,
  entry: number,
  rows: Float64Array,
  i: number,
  cols: Float64Array,
  j: number,
): number {
  const terms = weights.length;
  let sum = 0;
  for (let t = start[entry]!; t < start[entry + 1]!; t++) {
    sum += weights[t]! * rows[i * terms + t]! * cols[j * terms + t]!;
  }
  return sum;
}

/** The last entry is a radial mean with a size of its own. */
function compress({ nodes }: VarianceTable, part: Float64Array, entries: number): SymmetricFeatures {
  let largest = 0;
  let radial = 0;
  for (let at = 0; at < part.length; at++) {
    const value = Math.abs(part[at]!);
    if (at % entries === entries - 1) radial = Math.max(radial, value);
    else largest = Math.max(largest, value);
  }
  const negligible = (e: number) => NEGLIGIBLE * (e === entries - 1 ? radial : largest);
  return symmetricFeatures(part, nodes.length, entries, negligible);
}
