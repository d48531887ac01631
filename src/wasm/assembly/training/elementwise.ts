/**
 * Sums and products of arrays.
 * @module
 */
import { madd, nmadd } from "../lanes";

/** Rows whose sum is kept in a register before it is added to the rest: rounding grows with this number, not with all rows. */
const BLOCK: i32 = 256;

// @ts-ignore: decorator
@inline
function bytesOf(n: i32): usize {
  return ((<usize>n + 3) & ~3) << 2;
}

/** n numbers become 0. */
export function clear(n: i32, to: usize): void {
  memory.fill(to, 0, <usize>n << 2);
}

/** to += from. */
export function addTo(n: i32, from: usize, to: usize): void {
  const bytes = bytesOf(n);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  }
}

/** to = a b; `to` may be one of them. */
export function multiply(n: i32, a: usize, b: usize, to: usize): void {
  const bytes = bytesOf(n);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  }
}

/** to += a b. */
export function multiplyAdd(n: i32, a: usize, b: usize, to: usize): void {
  const bytes = bytesOf(n);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, madd<f32>(v128.load(a + i), v128.load(b + i), v128.load(to + i)));
  }
}

/** to -= factor from; neither need be aligned, and nothing beyond n is touched. */
export function subtractScaled(n: i32, factor: f32, from: usize, to: usize): void {
  const f = f32x4.splat(factor);
  const bytes = <usize>n << 2;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(to + i, nmadd<f32>(f, v128.load(from + i), v128.load(to + i)));
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) - factor * load<f32>(from + i));
}

/** Each row of to [rows, width] = factor from [width]. */
export function fillRows(rows: i32, width: i32, factor: f32, from: usize, to: usize): void {
  const f = f32x4.splat(factor);
  const bytes = <usize>width << 2;
  const whole = bytes & ~15;
  for (let r: i32 = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, f32x4.mul(f, v128.load(from + i)));
    for (; i < bytes; i += 4) store<f32>(to + i, factor * load<f32>(from + i));
    to += bytes;
  }
}

/** to [width] += factor times the sum of the rows of from [rows, width]. */
export function columnSums(rows: i32, width: i32, factor: f32, from: usize, to: usize): void {
  const f = f32x4.splat(factor);
  const bytes = <usize>width << 2;
  for (let r0: i32 = 0; r0 < rows; r0 += BLOCK) {
    const count = min(BLOCK, rows - r0);
    const block = from + <usize>r0 * bytes;
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      let sum = f32x4.splat(0);
      let at = block + i;
      for (let r: i32 = 0; r < count; r++) {
        sum = f32x4.add(sum, v128.load(at));
        at += bytes;
      }
      v128.store(to + i, madd<f32>(f, sum, v128.load(to + i)));
    }
    for (; i < bytes; i += 4) {
      let sum: f32 = 0;
      let at = block + i;
      for (let r: i32 = 0; r < count; r++) {
        sum += load<f32>(at);
        at += bytes;
      }
      store<f32>(to + i, load<f32>(to + i) + factor * sum);
    }
  }
}

/** Rows of `width` numbers from one array to another, each with its own stride. */
export function copyRows(rows: i32, width: i32, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const bytes = <usize>width << 2;
  const whole = bytes & ~15;
  for (let r: i32 = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
    from += fromStride;
    to += toStride;
  }
}

/** The same, added to what is there. */
export function addRows(rows: i32, width: i32, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const bytes = <usize>width << 2;
  const whole = bytes & ~15;
  for (let r: i32 = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(from + i));
    from += fromStride;
    to += toStride;
  }
}
