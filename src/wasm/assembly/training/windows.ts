/**
 * Windows of convolutions and pools. `taps` [outputs, size] holds an input position for each place of each window, -1 for
 * added zeros; arrays are [samples, positions, channels].
 * @module
 */
import { madd } from "../lanes";

// @ts-ignore: decorator
@inline
function copy(bytes: usize, from: usize, to: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
}

// @ts-ignore: decorator
@inline
function zero(bytes: usize, to: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, i32x4.splat(0));
  for (; i < bytes; i += 4) store<f32>(to + i, 0);
}

// @ts-ignore: decorator
@inline
function add(bytes: usize, from: usize, to: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(from + i));
}

/** to += weight from. */
// @ts-ignore: decorator
@inline
function addScaled(bytes: usize, weight: f32, from: usize, to: usize): void {
  const w = f32x4.splat(weight);
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, madd<f32>(w, v128.load(from + i), v128.load(to + i)));
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + weight * load<f32>(from + i));
}

/** Rows first .. first + rows of the patches [samples outputs, size channels] of x. */
export function gather(
  first: i32, rows: i32, inputs: i32, outputs: i32, size: i32, channels: i32, taps: usize, x: usize, to: usize,
): void {
  const bytes = <usize>channels << 2;
  const sampleBytes = <usize>inputs * bytes;
  let o = first % outputs;
  let sample = x + <usize>(first / outputs) * sampleBytes;
  for (let r: i32 = 0; r < rows; r++) {
    let tap = taps + (<usize>(o * size) << 2);
    for (let t: i32 = 0; t < size; t++) {
      const place = load<i32>(tap);
      if (place < 0) zero(bytes, to);
      else copy(bytes, sample + <usize>place * bytes, to);
      tap += 4;
      to += bytes;
    }
    if (++o == outputs) {
      o = 0;
      sample += sampleBytes;
    }
  }
}

/** The transpose of {@link gather}: adds rows of patches to where they came from. */
export function scatter(
  first: i32, rows: i32, inputs: i32, outputs: i32, size: i32, channels: i32, taps: usize, from: usize, x: usize,
): void {
  const bytes = <usize>channels << 2;
  const sampleBytes = <usize>inputs * bytes;
  let o = first % outputs;
  let sample = x + <usize>(first / outputs) * sampleBytes;
  for (let r: i32 = 0; r < rows; r++) {
    let tap = taps + (<usize>(o * size) << 2);
    for (let t: i32 = 0; t < size; t++) {
      const place = load<i32>(tap);
      if (place >= 0) add(bytes, from, sample + <usize>place * bytes);
      tap += 4;
      from += bytes;
    }
    if (++o == outputs) {
      o = 0;
      sample += sampleBytes;
    }
  }
}

/** y = sums of x over windows, times weights [outputs]. */
export function pool(
  samples: i32, inputs: i32, outputs: i32, size: i32, channels: i32, taps: usize, weights: usize, x: usize, y: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let s: i32 = 0; s < samples; s++) {
    let tap = taps;
    for (let o: i32 = 0; o < outputs; o++) {
      const weight = load<f32>(weights + (<usize>o << 2));
      zero(bytes, y);
      for (let t: i32 = 0; t < size; t++) {
        const place = load<i32>(tap);
        if (place >= 0) addScaled(bytes, weight, x + <usize>place * bytes, y);
        tap += 4;
      }
      y += bytes;
    }
    x += <usize>inputs * bytes;
  }
}

/** The transpose of {@link pool}, added to x. */
export function poolBack(
  samples: i32, inputs: i32, outputs: i32, size: i32, channels: i32, taps: usize, weights: usize, y: usize, x: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let s: i32 = 0; s < samples; s++) {
    let tap = taps;
    for (let o: i32 = 0; o < outputs; o++) {
      const weight = load<f32>(weights + (<usize>o << 2));
      for (let t: i32 = 0; t < size; t++) {
        const place = load<i32>(tap);
        if (place >= 0) addScaled(bytes, weight, y, x + <usize>place * bytes);
        tap += 4;
      }
      y += bytes;
    }
    x += <usize>inputs * bytes;
  }
}
