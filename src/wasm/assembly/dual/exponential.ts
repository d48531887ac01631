/**
 * phi(x) = a e^{b x}, and the normalized exponential kernel.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { expm1 } from "../math/exp";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { pairGap, storePair } from "./smooth";

/**
 * With Q = b^2 q: D = a^2 [(e^Q - e^{Q'})^2 / 2 + e^{Q + Q'} (1 - e^{-b^2 d})], Dd = b^2 D.
 *
 * Features of both sides: (e^Q - 1) / sqrt(2), theta / 2, weight A / 2.
 * Constants: b^2, weight a^2, tangentK / weight.
 */
export function exponential<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const rate = constant<T>(constants, 0);
  const height = constant<T>(constants, 1);
  const ratio = constant<T>(constants, 2);
  const zero = splat<T>(0);
  const half = splat<T>(0.7071067811865476);
  for (let o: usize = 0; o < bytes; o += 16) {
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const difference = v128.sub<T>(x, y);
    const product = v128.mul<T>(v128.add<T>(x, half), v128.add<T>(y, half)); // e^{Q + Q'} / 2
    const near = expm1<T>(nmadd<T>(rate, v128.load(from + o), zero));
    const drop = v128.mul<T>(v128.add<T>(product, product), near);
    const result = v128.mul<T>(height, v128.sub<T>(v128.mul<T>(difference, difference), drop));
    storePair<T, R, N>(
      from, to, field, o, rows + rowStride, rowStride, cols + colStride, colStride,
      result, hasTangent<N>() ? v128.mul<T>(rate, result) : zero, ratio,
    );
  }
}

/**
 * T = s s' e^{gamma (c + shift)}: with v = 1 - c and E = 1 - e^{-gamma v},
 * D = e^{gamma (1 + shift)} [(s - s')^2 / 2 + s s' E], Dd = gamma e^{gamma (1 + shift)} E. A sample without variance is
 * orthogonal to all.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), theta / 2, weight A / 2.
 * Constants: gamma, weight e^{gamma (1 + shift)}, weight gamma e^{gamma (1 + shift)}, tangentK / weight.
 */
export function expNormalized<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const gamma = constant<T>(constants, 0);
  const top = constant<T>(constants, 1);
  const slope = constant<T>(constants, 2);
  const ratio = constant<T>(constants, 3);
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
    const v = v128.bitselect(
      splat<T>(1),
      v128.mul<T>(pairGap<T>(v128.load(from + o), x, y), scale),
      v128.eq<T>(scale, zero),
    );
    const near = expm1<T>(nmadd<T>(gamma, v, zero)); // -E
    const difference = v128.sub<T>(x, y);
    const product = v128.mul<T>(x, y);
    const drop = v128.mul<T>(v128.add<T>(product, product), near);
    const result = v128.mul<T>(top, v128.sub<T>(v128.mul<T>(difference, difference), drop));
    storePair<T, R, N>(
      from, to, field, o, rows + 2 * rowStride, rowStride, cols + 2 * colStride, colStride,
      result, hasTangent<N>() ? nmadd<T>(slope, near, zero) : zero, ratio,
    );
  }
}
