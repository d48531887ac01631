/**
 * Layer normalization of a finite network: y = (x - mean) / sqrt(variance + 1e-12) over groups of elements.
 * @module
 */
import { sizeOf } from "../../numeric/matrix.js";
import type { Jet } from "../jet.js";
import type { Applied, Operation } from "../operation.js";

/** Added to the variance, so that constant groups give zeros. */
export const NORM_FLOOR = 1e-12;

/** The group of every element of a sample: those that agree in all axes but the normalized ones. */
export function groupsOf(shape: readonly number[], axes: readonly number[]): Int32Array[] {
  const groups = new Map<number, number[]>();
  const size = sizeOf(shape);
  for (let e = 0; e < size; e++) {
    let [rest, key, factor] = [e, 0, 1];
    for (let a = shape.length - 1; a >= 0; a--) {
      if (!axes.includes(a)) {
        key += (rest % shape[a]!) * factor;
        factor *= shape[a]!;
      }
      rest = Math.floor(rest / shape[a]!);
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [e]);
    else group.push(e);
  }
  return [...groups.values()].map((group) => Int32Array.from(group));
}

/** Coefficients of v^(-1/2) from those of v > 0: from 2 v r' = -v' r. */
function inverseRoot(v: Float64Array, out: Float64Array): void {
  out[0] = 1 / Math.sqrt(v[0]!);
  for (let k = 1; k < v.length; k++) {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (0.5 * (k - i) + i) * v[k - i]! * out[i]!;
    out[k] = -sum / (k * v[0]!);
  }
}

/** Coefficients k of a group's elements, one array for each. */
type Rows = readonly Float64Array[];

const rowsFor = (order: number, size: number): Rows =>
  Array.from({ length: order + 1 }, () => new Float64Array(size));

function load(jet: Jet, base: number, group: Int32Array, rows: Rows): void {
  jet.forEach((a, k) => {
    const row = rows[k]!;
    if (a === null) row.fill(0);
    else for (let i = 0; i < group.length; i++) row[i] = a[base + group[i]!]!;
  });
}

function subtractMean(row: Float64Array): void {
  let mean = 0;
  for (const value of row) mean += value;
  mean /= row.length;
  for (let i = 0; i < row.length; i++) row[i]! -= mean;
}

/** Coefficient k of the mean of a b over the group. */
function meanProduct(a: Rows, b: Rows, k: number): number {
  let sum = 0;
  for (let j = 0; j <= k; j++) {
    const [x, y] = [a[j]!, b[k - j]!];
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  }
  return sum / a[0]!.length;
}

/** out_k += sum_j scale_j row_{k - j} at the group's places. */
function store(
  out: readonly Float64Array[],
  base: number,
  group: Int32Array,
  rows: Rows,
  scale: Float64Array,
): void {
  out.forEach((to, k) => {
    for (let i = 0; i < group.length; i++) {
      let sum = 0;
      for (let j = 0; j <= k; j++) sum += scale[j]! * rows[k - j]![i]!;
      to[base + group[i]!] = sum;
    }
  });
}

/**
 * Normalizes over groups of each sample's numbers. Transpose, with r = (variance + floor)^(-1/2): the cotangent of x is
 * r (c - mean c - y mean(c y)), which holds for jets as it does for numbers.
 */
export function normalizedGroups(
  groups: readonly Int32Array[],
  sampleSize: number,
  floor: number,
): Operation {
  const groupSize = groups[0]!.length;
  return ([x], run): Applied => {
    const { order, samples } = run;
    const count = samples * sampleSize;
    const make = () => Array.from({ length: order + 1 }, () => new Float64Array(count));
    const output = make();
    const roots = new Float64Array(samples * groups.length * (order + 1));
    const rows = rowsFor(order, groupSize);
    const variance = new Float64Array(order + 1);
    const rootOf = (s: number, g: number) => {
      const at = (s * groups.length + g) * (order + 1);
      return roots.subarray(at, at + order + 1);
    };
    for (let s = 0; s < samples; s++) {
      groups.forEach((group, g) => {
        load(x!, s * sampleSize, group, rows);
        for (const row of rows) subtractMean(row);
        for (let k = 0; k <= order; k++) variance[k] = meanProduct(rows, rows, k);
        variance[0]! += floor;
        const root = rootOf(s, g);
        inverseRoot(variance, root);
        store(output, s * sampleSize, group, rows, root);
      });
    }
    if (!run.reverse) return { output, pullback: null };
    return {
      output,
      pullback: (cotangent) => {
        const back = make();
        const [c, y] = [rowsFor(order, groupSize), rowsFor(order, groupSize)];
        const shares = new Float64Array(order + 1);
        for (let s = 0; s < samples; s++) {
          groups.forEach((group, g) => {
            load(cotangent, s * sampleSize, group, c);
            load(output, s * sampleSize, group, y);
            for (let k = 0; k <= order; k++) shares[k] = meanProduct(c, y, k);
            for (const row of c) subtractMean(row);
            // from the highest order down: lower rows are still those of c
            for (let k = order; k >= 0; k--) {
              const row = c[k]!;
              for (let j = 0; j <= k; j++) {
                const values = y[k - j]!;
                for (let i = 0; i < groupSize; i++) row[i]! -= shares[j]! * values[i]!;
              }
            }
            store(back, s * sampleSize, group, c, rootOf(s, g));
          });
        }
        return [back];
      },
    };
  };
}

/** Normalizes over `axes` of a sample's `shape`. */
export function layerNorm(shape: readonly number[], axes: readonly number[]): Operation {
  return normalizedGroups(groupsOf(shape, axes), sizeOf(shape), NORM_FLOOR);
}
