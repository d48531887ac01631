/**
 * Runs a list of instructions on one plane of pairs of positions (see regroup.ts for planes). Layers that act on entries
 * by themselves run over the stretches of a row where the difference of positions is constant, with the operations of
 * ../pairs; those that mix positions over the whole plane.
 *
 * The host writes a frame of 32-bit words and instructions of 16 words; numbers as in src/kernels/simd/planes-code.ts.
 * @module
 */
import { splat } from "../lanes";
import { operate } from "../pairs/operations";
import { Entries, Spread, Tangent } from "../pairs/sides";
import { convolve, finishPool, finishSums, scatter, sumPlane } from "./regroup";

// @ts-ignore: decorator
@inline
function word(at: usize, i: usize): usize {
  return <usize>load<u32>(at + 4 * i);
}

// words of a frame
const CODE = 0;
const CODE_END = 1;
const HEIGHT = 2;
const WIDTH = 3;
/** per-sample features: of the row sample, of the column samples */
const ROW_TABLES = 4;
const COL_TABLES = 5;
/** pixels, [cell][channel] */
const CHANNELS = 6;
const ROW_PIXELS = 7;
const COL_PIXELS = 8;

// words of an instruction
const OPERATION = 0;
/** addresses of planes and the bytes between two planes (0: one place for all) */
const TO = 1;
const TO_PLANE = 2;
const FROM = 3;
const FROM_PLANE = 4;
const OTHER = 5;
const OTHER_PLANE = 6;
/** bytes from the frame's tables to the first feature */
const ROW_TABLE = 7;
const COL_TABLE = 8;
const CONSTANTS = 9;
const GEOMETRY = 10;
const EXTRA = 11;
/** only the plane of equal positions counts: of this grid for sums, of the other one for a scatter */
const EQUAL_ONLY = 13;
/** leaves the plane of equal positions as it is */
const EQUAL_KEPT = 14;

const INPUT = 64;
const CONVOLVE = 65;
const SCATTER = 66;
const SUM_PLANE = 67;
const FINISH_SUMS = 68;
const FINISH_POOL = 69;

/** d = |x_p - x'_p'|^2 / (2 n_0) of `n` cells, g = 0. Constant: 1 / (2 n_0). */
function inputs<T, R>(to: usize, field: usize, x: usize, x2: usize, channels: usize, n: i32, constants: usize): void {
  const scale = v128.splat<T>(<T>load<f64>(constants));
  const step: usize = sizeof<R>() == 16 ? 16 : sizeof<T>();
  for (; n > 0; n--, to += 16) {
    let sum = splat<T>(0);
    for (let c: usize = 0; c < channels; c++, x += step, x2 += 16) {
      const row = sizeof<R>() == 16 ? v128.load(x) : v128.splat<T>(load<T>(x));
      const difference = v128.sub<T>(row, v128.load(x2));
      sum = v128.add<T>(sum, v128.mul<T>(difference, difference));
    }
    v128.store(to, v128.mul<T>(sum, scale));
    v128.store(to + field, splat<T>(0));
  }
}

function plane<T, R>(frame: usize, dy: i32, dx: i32): void {
  const height = <i32>word(frame, HEIGHT), width = <i32>word(frame, WIDTH);
  const channels = word(frame, CHANNELS);
  const cells = <usize>(height * width), field = cells * 16;
  const rowCell: usize = sizeof<R>() == 16 ? 16 : sizeof<T>();
  const rowStride = cells * rowCell, colStride = cells * 16;
  const index = <usize>(dy * width + dx);
  const end = word(frame, CODE_END);
  for (let at = word(frame, CODE); at < end; at += 64) {
    const operation = <i32>word(at, OPERATION);
    const to = word(at, TO) + index * word(at, TO_PLANE);
    const from = word(at, FROM) + index * word(at, FROM_PLANE);
    const other = word(at, OTHER) + index * word(at, OTHER_PLANE);
    const rows = word(frame, ROW_TABLES) + word(at, ROW_TABLE), cols = word(frame, COL_TABLES) + word(at, COL_TABLE);
    const constants = word(at, CONSTANTS), geometry = word(at, GEOMETRY);
    if (operation == CONVOLVE) {
      // `to` of planes elsewhere is the first of them
      convolve<T, R>(from, word(at, TO), word(at, TO_PLANE), height, width, dy, dx, geometry, rows, rowStride, cols, colStride, constants);
      continue;
    }
    if (operation == SCATTER) {
      scatter<T>(from, word(at, TO), height, width, dy, dx, geometry, word(at, EQUAL_ONLY) != 0);
      continue;
    }
    if (operation == SUM_PLANE) {
      if (index == 0 || word(at, EQUAL_ONLY) == 0) sumPlane<T>(from, to, height, width);
      continue;
    }
    if (index == 0 && word(at, EQUAL_KEPT) != 0) {
      if (to != from) memory.copy(to, from, 2 * field);
      continue;
    }
    if (operation == FINISH_SUMS) {
      finishSums<T, R>(from, to, rows, rowStride, cols, colStride, constants);
      continue;
    }
    for (let y = 0; y < height; y++) {
      const y2 = y + dy < height ? y + dy : y + dy - height;
      let x = 0;
      while (x < width) {
        // whole rows where positions of a row do not wrap; of the plane, where none do
        const n = dx == 0 ? (dy == 0 ? height * width : y < height - dy ? (height - dy) * width : dy * width) : x == 0 ? width - dx : dx;
        const cell = <usize>(y * width + x), cell2 = <usize>(y2 * width + (x == 0 ? dx : 0));
        const o = cell * 16, bytes = <usize>n * 16;
        if (operation == INPUT) {
          const x1 = word(frame, ROW_PIXELS) + cell * channels * rowCell, x2 = word(frame, COL_PIXELS) + cell2 * channels * 16;
          inputs<T, R>(to + o, field, x1, x2, channels, n, constants);
        } else if (operation == FINISH_POOL) {
          finishPool<T, R>(bytes, from + o, to + o, field, rows + cell * rowCell, rowStride, cols + cell2 * 16, colStride);
        } else {
          operate<T, R, Tangent>(
            operation, bytes, to + o, from + o, other + o, field,
            rows + cell * rowCell, rowStride, cols + cell2 * 16, colStride, constants, at + 4 * EXTRA,
          );
        }
        x += n;
      }
      if (dx == 0) y += (x - 1) / width;
    }
  }
}

/** `entries`: row features and pixels have a value for each lane, as those of the columns. */
export function plane64(frame: usize, dy: i32, dx: i32, entries: bool): void {
  if (entries) plane<f64, Entries>(frame, dy, dx);
  else plane<f64, Spread>(frame, dy, dx);
}
export function plane32(frame: usize, dy: i32, dx: i32, entries: bool): void {
  if (entries) plane<f32, Entries>(frame, dy, dx);
  else plane<f32, Spread>(frame, dy, dx);
}
