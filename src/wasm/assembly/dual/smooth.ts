/**
 * What duals of activations share: the gap of a pair, and the tangent kernel from D and Dd.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { hasTangent, rowFeature } from "../pairs/sides";

/** s s' - k = d - (s - s')^2 / 2 >= 0 from x = s / sqrt(2) of both sides. */
// @ts-ignore: decorator
@inline
export function pairGap<T>(d: v128, x: v128, y: v128): v128 {
  const difference = v128.sub<T>(x, y);
  return v128.pmax<T>(nmadd<T>(difference, difference, d), splat<T>(0));
}

/**
 * Writes the state after an activation and the dense layer that follows: d' = D, g' = Td g + Dd (theta + theta') / 2
 * + (A - A')(theta - theta') / 4 + ratio D, with Td = (A + A') / 2 - Dd, A = E phi'^2. D, Dd and A have the layer's
 * weight as a factor, ratio is tangentK / weight. `rows` and `cols` point to the features theta / 2, A / 2.
 */
// @ts-ignore: decorator
@inline
export function storePair<T, R, N>(
  from: usize, to: usize, field: usize, o: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, deficit: v128, slope: v128, ratio: v128,
): void {
  if (hasTangent<N>()) {
    const g = v128.load(from + field + o);
    const s = rowFeature<T, R>(rows, o);
    const t = v128.load(cols + o);
    const a = rowFeature<T, R>(rows + rowStride, o);
    const b = v128.load(cols + colStride + o);
    const kept = v128.mul<T>(v128.add<T>(a, b), g);
    const spread = madd<T>(v128.sub<T>(a, b), v128.sub<T>(s, t), kept);
    const turned = madd<T>(slope, v128.sub<T>(v128.add<T>(s, t), g), spread);
    v128.store(to + field + o, madd<T>(ratio, deficit, turned));
  }
  v128.store(to + o, deficit);
}
