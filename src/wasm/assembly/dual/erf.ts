/**
 * phi(x) = a erf(b x) + c.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { arcsineDeficit, rootFall } from "./arcsine";

/**
 * With p = 2 b^2 q, K = 2 b^2 k and the terms of arcsine.ts: D = a^2 (2 / pi) (the arcsine deficit),
 * Td = slope / root, Dd = slope [(1 / w + 1 / w') / 2 - 1 / root], slope = 4 a^2 b^2 / pi;
 * g' = Td g + Dd (theta + theta') / 2 + (A - A')(theta - theta') / 4, A = E phi'^2. Then as through a dense layer.
 *
 * Features of both sides: sqrt(p / 2), w / sqrt(2), theta / 2, A / 2.
 * Constants: 2 b^2, weight a^2 2 / pi, weight slope, weight, tangentK / weight.
 */
export function erf<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const scale = constant<T>(constants, 0);
  const height = constant<T>(constants, 1);
  const slope = constant<T>(constants, 2);
  const weight = constant<T>(constants, 3);
  const ratio = constant<T>(constants, 4);
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.mul<T>(scale, v128.load(from + o));
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const difference = v128.sub<T>(x, y);
    const gap = v128.pmax<T>(nmadd<T>(difference, difference, d), zero);
    const product = v128.mul<T>(x, y);
    const top = v128.add<T>(product, product);
    // 2 sqrt(p p') - gap = sqrt(p p') + K
    const det = v128.pmax<T>(v128.mul<T>(gap, v128.sub<T>(v128.add<T>(top, top), gap)), zero);
    const k = v128.sub<T>(top, gap);
    const w = rowFeature<T, R>(rows + rowStride, o);
    const z = v128.load(cols + colStride + o);
    const half = v128.mul<T>(w, z);
    const big = v128.add<T>(half, half);
    const mean = v128.mul<T>(splat<T>(0.7071067811865476), v128.add<T>(w, z));
    const root = v128.sqrt<T>(madd<T>(w, w, madd<T>(z, z, det)));
    const result = v128.mul<T>(height, arcsineDeficit<T>(v128.add<T>(d, det), big, k, mean, root));
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      const s = rowFeature<T, R>(rows + 2 * rowStride, o);
      const t = v128.load(cols + 2 * colStride + o);
      const turn = v128.sub<T>(rowFeature<T, R>(rows + 3 * rowStride, o), v128.load(cols + 3 * colStride + o));
      // Td = slope / root, Dd = slope fall / (root inner)
      const inner = v128.mul<T>(big, madd<T>(mean, root, big));
      const fall = rootFall<T>(v128.sub<T>(w, z), big, det);
      const sum = madd<T>(inner, g, v128.mul<T>(fall, v128.add<T>(s, t)));
      const scaled = v128.div<T>(v128.mul<T>(slope, sum), v128.mul<T>(root, inner));
      const spread = v128.mul<T>(weight, v128.mul<T>(turn, v128.sub<T>(s, t)));
      v128.store(to + field + o, madd<T>(ratio, result, v128.add<T>(scaled, spread)));
    }
    v128.store(to + o, result);
  }
}
