/**
 * Loops over float64 vectors that several parts of the linear algebra share.
 * @module
 */
import { madd, nmadd } from "../lanes";

// @ts-ignore: decorator
@inline
function sumLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** sum_i x_i y_i in eight interleaved partial sums. */
export function dot(n: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) {
    s0 = madd<f64>(v128.load(x), v128.load(y), s0);
    s1 = madd<f64>(v128.load(x, 16), v128.load(y, 16), s1);
    s2 = madd<f64>(v128.load(x, 32), v128.load(y, 32), s2);
    s3 = madd<f64>(v128.load(x, 48), v128.load(y, 48), s3);
    x += 64;
    y += 64;
  }
  let s = sumLanes(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  for (; i < n; i++) {
    s += load<f64>(x) * load<f64>(y);
    x += 8;
    y += 8;
  }
  return s;
}

/** Two dot products with the same y; stored at `out` and `out + 8`. */
export function dot2(n: i32, x0: usize, x1: usize, y: usize, out0: usize, out1: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let t0 = s0;
  let t1 = s0;
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    s0 = madd<f64>(v128.load(x0), y0, s0);
    t0 = madd<f64>(v128.load(x1), y0, t0);
    s1 = madd<f64>(v128.load(x0, 16), y1, s1);
    t1 = madd<f64>(v128.load(x1, 16), y1, t1);
    x0 += 32;
    x1 += 32;
    y += 32;
  }
  let s = sumLanes(f64x2.add(s0, s1));
  let t = sumLanes(f64x2.add(t0, t1));
  for (; i < n; i++) {
    s += load<f64>(x0) * load<f64>(y);
    t += load<f64>(x1) * load<f64>(y);
    x0 += 8;
    x1 += 8;
    y += 8;
  }
  store<f64>(out0, s);
  store<f64>(out1, t);
}

/** y -= a0 x0 + a1 x1. */
export function subtract2(n: i32, a0: f64, x0: usize, a1: f64, x1: usize, y: usize): void {
  const s = f64x2.splat(a0);
  const t = f64x2.splat(a1);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(y, nmadd<f64>(t, v128.load(x1), nmadd<f64>(s, v128.load(x0), v128.load(y))));
    v128.store(y, nmadd<f64>(t, v128.load(x1, 16), nmadd<f64>(s, v128.load(x0, 16), v128.load(y, 16))), 16);
    x0 += 32;
    x1 += 32;
    y += 32;
  }
  for (; i < n; i++) {
    store<f64>(y, load<f64>(y) - a0 * load<f64>(x0) - a1 * load<f64>(x1));
    x0 += 8;
    x1 += 8;
    y += 8;
  }
}

/** y = factor y + a x. */
export function scaleAdd(n: i32, factor: f64, y: usize, a: f64, x: usize): void {
  const f = f64x2.splat(factor);
  const s = f64x2.splat(a);
  let i: i32 = 0;
  for (; i + 2 <= n; i += 2) {
    v128.store(y, madd<f64>(s, v128.load(x), f64x2.mul(f, v128.load(y))));
    x += 16;
    y += 16;
  }
  if (i < n) store<f64>(y, factor * load<f64>(y) + a * load<f64>(x));
}

/** x -= V^T (V x) for `count` rows of length n: takes the components along orthonormal rows out. `coefficients` [count + 1]. */
export function projectOut(count: i32, n: i32, rows: usize, ld: usize, x: usize, coefficients: usize): void {
  let p: i32 = 0;
  for (; p + 2 <= count; p += 2) {
    const row = rows + <usize>p * ld;
    const out = coefficients + (<usize>p << 3);
    dot2(n, row, row + ld, x, out, out + 8);
  }
  if (p < count) store<f64>(coefficients + (<usize>p << 3), dot(n, rows + <usize>p * ld, x));
  for (p = 0; p + 2 <= count; p += 2) {
    const row = rows + <usize>p * ld;
    const c = coefficients + (<usize>p << 3);
    subtract2(n, load<f64>(c), row, load<f64>(c, 8), row + ld, x);
  }
  if (p < count) {
    const row = rows + <usize>p * ld;
    subtract2(n, load<f64>(coefficients + (<usize>p << 3)), row, 0, row, x);
  }
}
