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

/**
 * d = |x - x'|^2 / (2 n) of `m` rows at `a` and `n` columns at `b` to `out`, rows `width` bytes apart.
 *
 * `rowHalf`, `colHalf`: |x|^2 / (2 n) of each. With `triangle`, row i needs the columns from i on only.
 */
export function distances<T>(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool,
): void {
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
  const scale = <T>(1 / features);
  const half = <T>(0.5 / features);
  for (let i: i32 = 0; i < m; i++) {
    const p = load<T>(rowHalf + <usize>i * e);
    const to = out + <usize>i * width;
    for (let j: i32 = triangle ? i : 0; j < n; j++) {
      const mean: T = <T>(p + load<T>(colHalf + <usize>j * e));
      let d: T = <T>(mean - <T>(load<T>(to + <usize>j * e) * scale));
      if (d <= <T>(<T>CLOSE * mean)) {
        d = <T>(squaredDistance<T>(a + <usize>i * stride, b + <usize>j * stride, stride) * half);
      }
      store<T>(to + <usize>j * e, d);
    }
  }
}

export function distances64(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool,
): void {
  distances<f64>(m, n, features, stride, a, b, out, width, rowHalf, colHalf, triangle);
}

export function distances32(
  m: i32, n: i32, features: f64, stride: usize, a: usize, b: usize, out: usize, width: usize,
  rowHalf: usize, colHalf: usize, triangle: bool,
): void {
  distances<f32>(m, n, features, stride, a, b, out, width, rowHalf, colHalf, triangle);
}
