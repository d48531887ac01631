/**
 * Inner products of samples and their squared distances.
 *
 * Samples are rows of `stride` bytes, a multiple of 16, zero beyond the last feature. Every pair's sum runs over the
 * features in the same order wherever the pair lies in a tile: each lane its own, chunk by chunk.
 * @module
 */
import { madd, splat } from "../lanes";

/** Bytes of a sample in one partial sum: a block of columns stays in L1, the chunk of a tile in L2. */
const CHUNK: usize = 2048;

/** Below this ratio of distance to variance the distance is summed from differences: see src/kernels/gram.ts. */
const CLOSE: f64 = 0.03;

// @ts-ignore: decorator
@inline
function total<T>(v: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1));
  return <T>((f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2)) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3)));
}

// @ts-ignore: decorator
@inline
function add<T>(to: usize, v: v128): void {
  store<T>(to, <T>(load<T>(to) + total<T>(v)));
}

/** Adds the partial products of 2 x 4 pairs: with eight sums nothing has to leave the registers. */
// @ts-ignore: decorator
@inline
function block24<T>(bytes: usize, a: usize, b: usize, stride: usize, out: usize, width: usize): void {
  let s00 = splat<T>(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let a0 = a, a1 = a + stride;
  let b0 = b, b1 = b + stride, b2 = b + 2 * stride, b3 = b + 3 * stride;
  const end = a + bytes;
  while (a0 < end) {
    const x0 = v128.load(a0);
    const x1 = v128.load(a1);
    const y0 = v128.load(b0);
    s00 = madd<T>(x0, y0, s00);
    s10 = madd<T>(x1, y0, s10);
    const y1 = v128.load(b1);
    s01 = madd<T>(x0, y1, s01);
    s11 = madd<T>(x1, y1, s11);
    const y2 = v128.load(b2);
    s02 = madd<T>(x0, y2, s02);
    s12 = madd<T>(x1, y2, s12);
    const y3 = v128.load(b3);
    s03 = madd<T>(x0, y3, s03);
    s13 = madd<T>(x1, y3, s13);
    a0 += 16; a1 += 16;
    b0 += 16; b1 += 16; b2 += 16; b3 += 16;
  }
  const e: usize = sizeof<T>();
  add<T>(out, s00); add<T>(out + e, s01); add<T>(out + 2 * e, s02); add<T>(out + 3 * e, s03);
  out += width;
  add<T>(out, s10); add<T>(out + e, s11); add<T>(out + 2 * e, s12); add<T>(out + 3 * e, s13);
}

// @ts-ignore: decorator
@inline
function block11<T>(bytes: usize, a: usize, b: usize, out: usize): void {
  let s = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) s = madd<T>(v128.load(a + o), v128.load(b + o), s);
  add<T>(out, s);
}

function squaredDistance<T>(a: usize, b: usize, stride: usize): T {
  let sum: T = <T>0;
  for (let from: usize = 0; from < stride; from += CHUNK) {
    const end = min(from + CHUNK, stride);
    let s = splat<T>(0);
    for (let o = from; o < end; o += 16) {
      const x = v128.sub<T>(v128.load(a + o), v128.load(b + o));
      s = madd<T>(x, x, s);
    }
    sum = <T>(sum + total<T>(s));
  }
  return sum;
}

/** Sum of (r x + sign x' / r)^2 over the features. */
function scaledDistance<T>(a: usize, b: usize, stride: usize, ratio: f64, sign: f64): T {
  const left = splat<T>(ratio);
  const right = splat<T>(sign / ratio);
  let sum: T = <T>0;
  for (let from: usize = 0; from < stride; from += CHUNK) {
    const end = min(from + CHUNK, stride);
    let s = splat<T>(0);
    for (let o = from; o < end; o += 16) {
      // two products, so that equal terms cancel exactly also where fused multiply-add is at hand
      const x = v128.add<T>(v128.mul<T>(left, v128.load(a + o)), v128.mul<T>(right, v128.load(b + o)));
      s = madd<T>(x, x, s);
    }
    sum = <T>(sum + total<T>(s));
  }
  return sum;
}

/** Aligned pairs of a tile: see src/kernels/aligned-pairs.ts. */
const ALIGNED: f64 = 0.94;
const UNEVEN: f64 = 50;
/** in the number of a pair: c is near -1 */
const TURNED: u32 = 0x80000000;

/**
 * d = |x - x'|^2 / (2 n) of `m` rows at `a` and `n` columns at `b` to `out`, rows `width` bytes apart.
 *
 * `rowHalf`, `colHalf`: |x|^2 / (2 n) of each. With `triangle`, row i needs the columns from i on only. Pairs on nearly
 * one line through 0 go to a list, row by row: gaps s s' (1 - |c|) to `gaps` (f64) and i n + j to `numbers` (u32, with the
 * highest bit where c is near -1). Returns how many there are.
 */
export function distances<T>(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool, gaps: usize, numbers: usize,
): i32 {
  const e: usize = sizeof<T>();
  for (let i: i32 = 0; i < m; i++) memory.fill(out + <usize>i * width, 0, <usize>n * e);
  for (let from: usize = 0; from < stride; from += CHUNK) {
    const bytes = min(CHUNK, stride - from);
    let i: i32 = 0;
    for (; i + 2 <= m; i += 2) {
      const x = a + <usize>i * stride + from;
      const to = out + <usize>i * width;
      let j: i32 = triangle ? i & ~3 : 0;
      for (; j + 4 <= n; j += 4) block24<T>(bytes, x, b + <usize>j * stride + from, stride, to + <usize>j * e, width);
      for (; j < n; j++) {
        const y = b + <usize>j * stride + from;
        for (let k: usize = 0; k < 2; k++) block11<T>(bytes, x + k * stride, y, to + k * width + <usize>j * e);
      }
    }
    for (; i < m; i++) {
      for (let j: i32 = triangle ? i : 0; j < n; j++) {
        block11<T>(bytes, a + <usize>i * stride + from, b + <usize>j * stride + from, out + <usize>i * width + <usize>j * e);
      }
    }
  }
  const scale = splat<T>(1 / features);
  const lanes: i32 = 16 / sizeof<T>();
  let found: i32 = 0;
  for (let i: i32 = 0; i < m; i++) {
    const p = v128.splat<T>(load<T>(rowHalf + <usize>i * e));
    // c^2 >= ALIGNED: k^2 >= ALIGNED q q'
    const limit = v128.mul<T>(splat<T>(4 * ALIGNED), p);
    const to = out + <usize>i * width;
    for (let j: i32 = triangle ? i & ~(lanes - 1) : 0; j < n; j += lanes) {
      const at = to + <usize>j * e;
      const q = v128.load(colHalf + <usize>j * e);
      const k = v128.mul<T>(scale, v128.load(at));
      v128.store(at, v128.sub<T>(v128.add<T>(p, q), k));
      if (v128.any_true(v128.ge<T>(v128.mul<T>(k, k), v128.mul<T>(limit, q)))) {
        const end = min(j + lanes, n);
        for (let l = triangle ? max(i, j) : j; l < end; l++) {
          found += close<T>(
            features, stride, a + <usize>i * stride, b + <usize>l * stride, to + <usize>l * e,
            load<T>(rowHalf + <usize>i * e), load<T>(colHalf + <usize>l * e), gaps + 8 * <usize>found, numbers + 4 * <usize>found, i * n + l,
          );
        }
      }
    }
  }
  return found;
}

/** A pair that may be close or aligned: its distance from the differences; 1 where it went to the list. */
function close<T>(
  features: f64, stride: usize, a: usize, b: usize, at: usize, p: f64, q: f64, gap: usize, number: usize, pair: i32,
): i32 {
  const d = <f64>load<T>(at);
  const mean = p + q;
  const scale = 2 * Math.sqrt(p) * Math.sqrt(q);
  const k = mean - d;
  if (!(scale > 0 && k * k >= ALIGNED * scale * scale)) return 0;
  const half = 0.5 / features;
  const ratio = Math.sqrt(Math.sqrt(q / p));
  if (k < 0) {
    store<f64>(gap, <f64>scaledDistance<T>(a, b, stride, ratio, 1) * half);
    store<u32>(number, TURNED | <u32>pair);
    return 1;
  }
  let distance = d;
  if (d <= CLOSE * mean) {
    distance = <f64>squaredDistance<T>(a, b, stride) * half;
    store<T>(at, <T>distance);
  }
  const apart = Math.sqrt(p) - Math.sqrt(q);
  const uneven = apart * apart;
  const epsilon: f64 = sizeof<T>() == 8 ? 2.220446049250313e-16 : 1.1920928955078125e-7;
  // a first look, as far as d tells
  if (uneven * uneven <= UNEVEN * (distance - uneven - 4 * epsilon * mean) * scale) return 0;
  const m = <f64>scaledDistance<T>(a, b, stride, ratio, -1) * half;
  if (uneven * uneven <= UNEVEN * m * scale) return 0;
  store<f64>(gap, m);
  store<u32>(number, <u32>pair);
  return 1;
}

export function distances64(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool, gaps: usize, numbers: usize,
): i32 {
  return distances<f64>(m, n, features, stride, a, b, out, width, rowHalf, colHalf, triangle, gaps, numbers);
}

export function distances32(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool, gaps: usize, numbers: usize,
): i32 {
  return distances<f32>(m, n, features, stride, a, b, out, width, rowHalf, colHalf, triangle, gaps, numbers);
}
