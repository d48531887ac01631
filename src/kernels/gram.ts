/**
 * Inner products and squared distances of samples, tile by tile.
 *
 * Every sum runs over the features in the same order wherever the pair lies in a tile, so that results do not depend
 * on the tiling: partial sums over chunks of features, added up chunk by chunk.
 * @module
 */
import type { SampleSet } from "./samples.js";

/** Features per partial sum: a 64-row tile's chunk is 128 KiB and stays in L2; shorter sums also round less. */
const CHUNK = 256;

/**
 * Below this ratio of distance to variance, (q + q') / 2 - k has lost digits to cancellation (5 bits at 0.03) and the
 * distance is summed from the differences instead.
 */
const CLOSE = 0.03;

/** A rectangle of pairs. With `triangle`, only columns at or right of the row's own index are needed. */
export interface Tile {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly colStart: number;
  readonly colEnd: number;
  readonly triangle: boolean;
}

function dot(a: Float64Array, ao: number, b: Float64Array, bo: number, n: number): number {
  let total = 0;
  for (let c = 0; c < n; c += CHUNK) {
    const end = Math.min(n, c + CHUNK);
    // four sums that do not wait for each other
    let [s, s1, s2, s3] = [0, 0, 0, 0];
    let f = c;
    for (; f + 4 <= end; f += 4) {
      s += a[ao + f]! * b[bo + f]!;
      s1 += a[ao + f + 1]! * b[bo + f + 1]!;
      s2 += a[ao + f + 2]! * b[bo + f + 2]!;
      s3 += a[ao + f + 3]! * b[bo + f + 3]!;
    }
    for (; f < end; f++) s += a[ao + f]! * b[bo + f]!;
    total += s + s1 + (s2 + s3);
  }
  return total;
}

function squaredDistance(a: Float64Array, ao: number, b: Float64Array, bo: number, n: number): number {
  let total = 0;
  for (let c = 0; c < n; c += CHUNK) {
    const end = Math.min(n, c + CHUNK);
    let s = 0;
    for (let f = c; f < end; f++) {
      const difference = a[ao + f]! - b[bo + f]!;
      s += difference * difference;
    }
    total += s;
  }
  return total;
}

/** |x|^2 / n_0 of every sample. */
export function inputVariances({ data, count, features }: SampleSet): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => dot(data, i * features, data, i * features, features) / features,
  );
}

/** Adds the partial inner products of features [from, to) to `k`, in blocks of 2 x 4 pairs held in registers. */
function addProducts(
  x: Float64Array,
  y: Float64Array,
  n: number,
  from: number,
  to: number,
  tile: Tile,
  k: Float64Array,
): void {
  const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
  const width = colEnd - colStart;
  let i = rowStart;
  for (; i + 2 <= rowEnd; i += 2) {
    const a0 = i * n;
    const a1 = a0 + n;
    const o0 = (i - rowStart) * width;
    const o1 = o0 + width;
    let j = triangle ? Math.max(colStart, i) : colStart;
    for (; j + 4 <= colEnd; j += 4) {
      const b0 = j * n;
      const b1 = b0 + n;
      const b2 = b1 + n;
      const b3 = b2 + n;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let f = from; f < to; f++) {
        const u = x[a0 + f]!;
        const v = x[a1 + f]!;
        const p = y[b0 + f]!;
        const q = y[b1 + f]!;
        const r = y[b2 + f]!;
        const s = y[b3 + f]!;
        s00 += u * p;
        s01 += u * q;
        s02 += u * r;
        s03 += u * s;
        s10 += v * p;
        s11 += v * q;
        s12 += v * r;
        s13 += v * s;
      }
      const c = j - colStart;
      k[o0 + c]! += s00;
      k[o0 + c + 1]! += s01;
      k[o0 + c + 2]! += s02;
      k[o0 + c + 3]! += s03;
      k[o1 + c]! += s10;
      k[o1 + c + 1]! += s11;
      k[o1 + c + 2]! += s12;
      k[o1 + c + 3]! += s13;
    }
    for (; j < colEnd; j++) {
      const b = j * n;
      let s0 = 0;
      let s1 = 0;
      for (let f = from; f < to; f++) {
        const p = y[b + f]!;
        s0 += x[a0 + f]! * p;
        s1 += x[a1 + f]! * p;
      }
      k[o0 + j - colStart]! += s0;
      k[o1 + j - colStart]! += s1;
    }
  }
  for (; i < rowEnd; i++) {
    const a = i * n;
    const o = (i - rowStart) * width;
    for (let j = triangle ? Math.max(colStart, i) : colStart; j < colEnd; j++) {
      const b = j * n;
      let s = 0;
      for (let f = from; f < to; f++) s += x[a + f]! * y[b + f]!;
      k[o + j - colStart]! += s;
    }
  }
}

/**
 * k = x . x' / n_0 and d = |x - x'|^2 / (2 n_0) of a tile, row-major.
 * @param qRows  |x|^2 / n_0 of all rows
 */
export function gramTile(
  rows: SampleSet,
  cols: SampleSet,
  qRows: Float64Array,
  qCols: Float64Array,
  tile: Tile,
  k: Float64Array,
  d: Float64Array,
): void {
  const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
  const n = rows.features;
  const width = colEnd - colStart;
  k.fill(0, 0, (rowEnd - rowStart) * width);
  for (let from = 0; from < n; from += CHUNK) {
    addProducts(rows.data, cols.data, n, from, Math.min(n, from + CHUNK), tile, k);
  }
  for (let i = rowStart; i < rowEnd; i++) {
    const q = qRows[i]!;
    const o = (i - rowStart) * width - colStart;
    for (let j = triangle ? Math.max(colStart, i) : colStart; j < colEnd; j++) {
      const mean = 0.5 * (q + qCols[j]!);
      const product = k[o + j]! / n;
      let distance = mean - product;
      if (!(distance > CLOSE * mean)) {
        distance = squaredDistance(rows.data, i * n, cols.data, j * n, n) / (2 * n);
      }
      k[o + j] = product;
      d[o + j] = distance;
    }
  }
}
