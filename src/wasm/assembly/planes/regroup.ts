/**
 * Layers that mix positions, on one plane: the pairs of positions (p, p + delta) of an H x W grid, delta circular.
 *
 * A plane holds H x W vectors of d and, `16 H W` bytes after, of g; lanes are pairs of samples. Where delta wraps, the
 * cells fall into up to four rectangles of constant difference p' - p, which are all the pairs with that difference.
 * @module
 */
import { madd, splat } from "../lanes";
import { rowFeature } from "../pairs/sides";

// words of a window's geometry
const PADDING = 0;
const SIZE_Y = 1;
const STRIDE_Y = 2;
const BEFORE_Y = 3;
const OUT_H = 4;
const SIZE_X = 5;
const STRIDE_X = 6;
const BEFORE_X = 7;
const OUT_W = 8;
/** room for three arrays of (H + 2 size) x (W + 2 size) vectors */
const ROOM = 9;

const CIRCULAR = 2;

// @ts-ignore: decorator
@inline
function word(at: usize, i: usize): i32 {
  return load<i32>(at + 4 * i);
}

/** x mod n for -n <= x < 2 n. */
// @ts-ignore: decorator
@inline
function wrapped(x: i32, n: i32): i32 {
  return x < 0 ? x + n : x >= n ? x - n : x;
}

/** Offset of the i-th cell's feature of the row side. */
// @ts-ignore: decorator
@inline
function cellOffset(i: i32): usize {
  return <usize>i << 4;
}

/**
 * Copies the rows [top, top + rows) and columns [left, left + columns) of positions p into `pad`, with p' - p = (ey, ex).
 * Where only one of p and p' is inside the grid, half of its variance (or ntk diagonal) stands for the deficit; where
 * none is, 0. Circular: positions wrap.
 */
function gather<T, R>(
  from: usize, pad: usize, height: i32, width: i32, ey: i32, ex: i32,
  top: i32, rows: i32, left: i32, columns: i32, circular: bool, rowHalf: usize, colHalf: usize,
): void {
  // columns where both positions are inside
  const inLeft = ex < 0 ? -ex : 0, inRight = ex > 0 ? width - ex : width;
  for (let r = top; r < top + rows; r++) {
    if (circular) {
      const row = from + <usize>(wrapped(r, height) * width) * 16;
      for (let c = left; c < left + columns; c++, pad += 16) v128.store(pad, v128.load(row + <usize>wrapped(c, width) * 16));
      continue;
    }
    const r2 = r + ey;
    const inside = r >= 0 && r < height, inside2 = r2 >= 0 && r2 < height;
    let c = left;
    while (c < left + columns) {
      if (inside && inside2 && c >= inLeft && c < inRight) {
        const n = min(inRight, left + columns) - c;
        memory.copy(pad, from + <usize>(r * width + c) * 16, <usize>n * 16);
        pad += <usize>n * 16;
        c += n;
        continue;
      }
      let v = splat<T>(0);
      const c2 = c + ex;
      if (inside && c >= 0 && c < width) v = rowFeature<T, R>(rowHalf, cellOffset(r * width + c));
      else if (inside2 && c2 >= 0 && c2 < width) v = v128.load(colHalf + cellOffset(r2 * width + c2));
      v128.store(pad, v);
      pad += 16;
      c++;
    }
  }
}

/** Sums of `size` neighbours in every row, at every `stride`-th place. */
function sumRows<T>(pad: usize, to: usize, rows: i32, columns: i32, outputs: i32, size: i32, stride: i32): void {
  for (let r = 0; r < rows; r++, pad += <usize>columns * 16) {
    let p = pad;
    for (let o = 0; o < outputs; o++, p += <usize>stride * 16, to += 16) {
      let sum = v128.load(p);
      for (let f = 1; f < size; f++) sum = v128.add<T>(sum, v128.load(p + <usize>f * 16));
      v128.store(to, sum);
    }
  }
}

/**
 * Convolution: d' = weight mean(d), g' = weight mean(g) + tangentK mean(d) over the filter, for all outputs (P, P') whose
 * windows lie in this plane. They go to the planes at `to`, `toPlane` bytes apart (0: this plane's own place).
 * Constants: weight and tangentK over the size of the filter. Features of both sides: q / 2, theta / 2.
 */
export function convolve<T, R>(
  from: usize, to: usize, toPlane: usize, height: i32, width: i32, dy: i32, dx: i32,
  geometry: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const circular = word(geometry, PADDING) == CIRCULAR;
  const sizeY = word(geometry, SIZE_Y), strideY = word(geometry, STRIDE_Y), beforeY = word(geometry, BEFORE_Y), outH = word(geometry, OUT_H);
  const sizeX = word(geometry, SIZE_X), strideX = word(geometry, STRIDE_X), beforeX = word(geometry, BEFORE_X), outW = word(geometry, OUT_W);
  const weight = v128.splat<T>(<T>load<f64>(constants)), tangent = v128.splat<T>(<T>load<f64>(constants, 8));
  const field = <usize>(height * width) * 16, outField = <usize>(outH * outW) * 16;
  for (let wy = 0; wy < 2; wy++) {
    const ey = dy - wy * height;
    if (ey % strideY != 0 || (wy == 1 && dy == 0)) continue;
    const oy = ey / strideY, y0 = max(0, -oy), y1 = min(outH, outH - oy);
    if (y0 >= y1) continue;
    for (let wx = 0; wx < 2; wx++) {
      const ex = dx - wx * width;
      if (ex % strideX != 0 || (wx == 1 && dx == 0)) continue;
      const ox = ex / strideX, x0 = max(0, -ox), x1 = min(outW, outW - ox);
      if (x0 >= x1) continue;
      const top = y0 * strideY - beforeY, tall = (y1 - y0 - 1) * strideY + sizeY;
      const left = x0 * strideX - beforeX, wide = (x1 - x0 - 1) * strideX + sizeX;
      const n = x1 - x0;
      const pad = <usize>word(geometry, ROOM), sumsD = pad + <usize>(tall * wide) * 16, sumsG = sumsD + <usize>(tall * n) * 16;
      gather<T, R>(from, pad, height, width, ey, ex, top, tall, left, wide, circular, rows, cols);
      sumRows<T>(pad, sumsD, tall, wide, n, sizeX, strideX);
      gather<T, R>(from + field, pad, height, width, ey, ex, top, tall, left, wide, circular, rows + rowStride, cols + colStride);
      sumRows<T>(pad, sumsG, tall, wide, n, sizeX, strideX);
      const line = <usize>n * 16;
      const plane = to + <usize>(wrapped(oy, outH) * outW + wrapped(ox, outW)) * toPlane;
      for (let y = y0; y < y1; y++) {
        let p = <usize>((y - y0) * strideY) * line;
        let out = plane + <usize>(y * outW + x0) * 16;
        for (let x = 0; x < n; x++, p += 16, out += 16) {
          let d = v128.load(sumsD + p), g = v128.load(sumsG + p);
          for (let f = 1; f < sizeY; f++) {
            d = v128.add<T>(d, v128.load(sumsD + p + <usize>f * line));
            g = v128.add<T>(g, v128.load(sumsG + p + <usize>f * line));
          }
          v128.store(out, v128.mul<T>(weight, d));
          v128.store(out + outField, madd<T>(tangent, d, v128.mul<T>(weight, g)));
        }
      }
    }
  }
}

// words of a pool's geometry: where the lists of the outputs whose windows cover an input begin (words from here), each
// [start of each input and the end, outputs...]
const POOL_Y = 0;
const POOL_X = 1;
const POOL_H = 2;
const POOL_W = 3;

/**
 * Adds the cells of a plane to all outputs (P, P') whose windows cover (p, p'); `equalOnly`: those with P = P' only, into
 * the one plane at `to`.
 */
export function scatter<T>(
  from: usize, to: usize, height: i32, width: i32, dy: i32, dx: i32, geometry: usize, equalOnly: bool,
): void {
  const listY = geometry + 4 * <usize>word(geometry, POOL_Y), listX = geometry + 4 * <usize>word(geometry, POOL_X);
  const outH = word(geometry, POOL_H), outW = word(geometry, POOL_W);
  const field = <usize>(height * width) * 16, outField = <usize>(outH * outW) * 16, outPlane = 2 * outField;
  for (let y = 0; y < height; y++) {
    const y2 = wrapped(y + dy, height);
    for (let a = word(listY, y); a < word(listY, y + 1); a++) {
      const oy = word(listY, a);
      for (let b = word(listY, y2); b < word(listY, y2 + 1); b++) {
        if (equalOnly && word(listY, b) != oy) continue;
        const line = to + <usize>(wrapped(word(listY, b) - oy, outH) * outW) * outPlane + <usize>(oy * outW) * 16;
        for (let x = 0; x < width; x++) {
          const x2 = wrapped(x + dx, width);
          const p = from + <usize>(y * width + x) * 16;
          const d = v128.load(p), g = v128.load(p + field);
          for (let i = word(listX, x); i < word(listX, x + 1); i++) {
            const ox = word(listX, i);
            for (let j = word(listX, x2); j < word(listX, x2 + 1); j++) {
              if (equalOnly && word(listX, j) != ox) continue;
              const out = line + <usize>wrapped(word(listX, j) - ox, outW) * outPlane + <usize>ox * 16;
              v128.store(out, v128.add<T>(v128.load(out), d));
              v128.store(out + outField, v128.add<T>(v128.load(out + outField), g));
            }
          }
        }
      }
    }
  }
}

/** Adds the lanes of a vector to f64 sums. */
// @ts-ignore: decorator
@inline
export function accumulate<T>(to: usize, v: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(to, v128.add<f64>(v128.load(to), v));
  } else {
    const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    v128.store(to, v128.add<f64>(v128.load(to), f64x2.promote_low_f32x4(v)));
    v128.store(to, v128.add<f64>(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
  }
}

/** Adds the sums over a plane of d, then of g, to f64 sums of each lane. */
export function sumPlane<T>(from: usize, to: usize, height: i32, width: i32): void {
  const lanes: usize = 16 / sizeof<T>();
  for (let field = 0; field < 2; field++, to += 8 * lanes) {
    for (let y = 0; y < height; y++) {
      let sum = splat<T>(0);
      for (let x = 0; x < width; x++, from += 16) sum = v128.add<T>(sum, v128.load(from));
      accumulate<T>(to, sum);
    }
  }
}

// @ts-ignore: decorator
@inline
function narrow<T>(from: usize, scale: f64): v128 {
  const s = f64x2.splat(scale);
  const low = f64x2.mul(v128.load(from), s);
  if (sizeof<T>() == 8) return low;
  const high = f64x2.mul(v128.load(from, 16), s);
  return i8x16.shuffle(
    f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
}

/** 0 where a deficit is no more than the rounding of the sums that it is the difference of. */
// @ts-ignore: decorator
@inline
function settled<T>(x: v128, own: v128): v128 {
  const noise = v128.mul<T>(own, splat<T>(sizeof<T>() == 8 ? 3.552713678800501e-15 : 1.9073486328125e-6));
  return v128.and(x, v128.gt<T>(v128.abs<T>(x), noise));
}

/**
 * A global pool's result from the f64 sums over all planes: d' = scale sum - e - e'. Constant: scale.
 * Features of both sides: e of d, e of g.
 */
export function finishSums<T, R>(
  from: usize, to: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const lanes: usize = 16 / sizeof<T>();
  for (let i: usize = 0; i < 2; i++) {
    const own = v128.add<T>(rowFeature<T, R>(rows + i * rowStride, 0), v128.load(cols + i * colStride));
    v128.store(to + i * 16, settled<T>(v128.sub<T>(narrow<T>(from + i * 8 * lanes, load<f64>(constants)), own), own));
  }
}

/**
 * A pool's result from the sums over its windows: d' = S w w' - e - e' + (W - W')(m - m') / 2, g' in the same way.
 * Features of both sides: w, W, e, m / 2, and for g: e, m / 2.
 */
export function finishPool<T, R>(
  bytes: usize, from: usize, to: usize, field: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize,
): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    const scale = v128.mul<T>(rowFeature<T, R>(rows, o), v128.load(cols + o));
    const mass = v128.sub<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
    for (let i: usize = 0; i < 2; i++) {
      const e = rows + (2 + 2 * i) * rowStride, e2 = cols + (2 + 2 * i) * colStride + o;
      const own = v128.add<T>(rowFeature<T, R>(e, o), v128.load(e2));
      const mean = v128.sub<T>(rowFeature<T, R>(e + rowStride, o), v128.load(e2 + colStride));
      const at = o + i * field;
      const even = v128.sub<T>(v128.mul<T>(scale, v128.load(from + at)), own);
      v128.store(to + at, settled<T>(madd<T>(mass, mean, even), own));
    }
  }
}
