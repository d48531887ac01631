/**
 * phi(x) = a min(x, 0) + b max(x, 0): relu, leaky relu, absolute value.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { acosRoot } from "../math/fitted/acos-root";
import { sineMinusArcRoot } from "../math/fitted/sine-minus-arc";

/** Below this v, sin t - t cos t has lost 4 bits to cancellation, and its own polynomial takes over. */
const NEAR: f64 = 0.01;
const NEAR32: f64 = 0.02;

// @ts-ignore: decorator
@inline
function near<T>(): v128 {
  return splat<T>(sizeof<T>() == 8 ? NEAR : NEAR32);
}

/** Bytes of entries that go through both passes at once. */
const BLOCK: usize = 1024;

/** v of a block. */
const scratch = memory.data(1024, 16);

/** Type arguments of `pass`: whether the block has pairs with v below NEAR. */
type HasNear = v128;
type AllFar = u8;

/**
 * With even = (a^2 + b^2) / 2, odd = (a - b)^2 / (2 pi), v = 1 - c, t = acos(c):
 * D = even d - odd s s' (sin t - t cos t), G = even g + odd t ((theta + theta') / 2 - g),
 * then as through a dense layer: d' = weight D, g' = weight G + tangentK D.
 *
 * Two passes over a block, first v alone: fewer live values, so that constants stay in registers, and the second pass
 * is free of the near case where no pair of the block is near.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), theta / 2.
 * Constants: weight even, 2 weight odd, weight odd, tangentK / weight.
 */
export function piecewiseLinear<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  for (let o: usize = 0; o < bytes; o += BLOCK) {
    const end = min(o + BLOCK, bytes);
    let least = splat<T>(2);
    for (let i = o; i < end; i += 16) {
      const difference = v128.sub<T>(rowFeature<T, R>(rows, i), v128.load(cols + i));
      const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, i), v128.load(cols + colStride + i));
      const v = v128.pmax<T>(v128.mul<T>(nmadd<T>(difference, difference, v128.load(from + i)), scale), splat<T>(0));
      v128.store(scratch + (i - o), v);
      least = v128.pmin<T>(least, v);
    }
    if (v128.any_true(v128.lt<T>(least, near<T>()))) {
      pass<T, R, N, HasNear>(o, end, from, to, field, rows, rowStride, cols, colStride, constants);
    } else {
      pass<T, R, N, AllFar>(o, end, from, to, field, rows, rowStride, cols, colStride, constants);
    }
  }
}

function pass<T, R, N, C>(
  o: usize, end: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const even = constant<T>(constants, 0);
  const odd2 = constant<T>(constants, 1);
  const odd = constant<T>(constants, 2);
  const ratio = constant<T>(constants, 3);
  const sign = splat<T>(-0.0);
  const one = splat<T>(1);
  const quarter = splat<T>(1.5707963267948966);
  const zero = splat<T>(0);
  for (let p = scratch; o < end; o += 16, p += 16) {
    const v = v128.load(p);
    const rest = v128.pmax<T>(v128.sub<T>(splat<T>(2), v), zero);
    const folded = v128.pmin<T>(v, rest);
    const root = v128.sqrt<T>(folded);
    const cosine = v128.sub<T>(one, v);
    // pi / 2 - t for c > 0, t - pi / 2 for c < 0
    const height = nmadd<T>(root, acosRoot<T>(folded), quarter);
    let angle = v128.sub<T>(quarter, v128.xor(height, v128.and(cosine, sign)));
    let loss = nmadd<T>(angle, cosine, v128.sqrt<T>(v128.mul<T>(v, rest)));
    if (sizeof<C>() == 16) {
      const close = v128.lt<T>(v, near<T>());
      if (v128.any_true(close)) {
        loss = v128.bitselect(v128.mul<T>(v128.mul<T>(v, root), sineMinusArcRoot<T>(folded)), loss, close);
        angle = v128.bitselect(v128.mul<T>(root, acosRoot<T>(folded)), angle, close);
        // a sample without variance counts as orthogonal to everything
        const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
        angle = v128.bitselect(quarter, angle, v128.eq<T>(scale, zero));
      }
    }
    const lost = v128.mul<T>(v128.mul<T>(rowFeature<T, R>(rows, o), v128.load(cols + o)), loss);
    const result = nmadd<T>(odd2, lost, v128.mul<T>(even, v128.load(from + o)));
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      const t = v128.sub<T>(v128.add<T>(rowFeature<T, R>(rows + 2 * rowStride, o), v128.load(cols + 2 * colStride + o)), g);
      const turned = madd<T>(v128.mul<T>(odd, angle), t, v128.mul<T>(even, g));
      v128.store(to + field + o, madd<T>(ratio, result, turned));
    }
    v128.store(to + o, result);
  }
}
