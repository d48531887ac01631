/**
 * phi(x) = a e^{b x^2}.
 * @module
 */
import { madd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { pairGap, storePair } from "./smooth";

/**
 * (1 / z + 1 / z') / 2 - 1 / sqrt(m) for m = (z^2 + z'^2) / 2, of which `root` is the square root; `difference` is z - z'.
 * With p = z z' it is (z - z')^2 (m + 2 p) / (2 p sqrt(m) [(z + z') sqrt(m) + 2 p]): every term is positive.
 */
// @ts-ignore: decorator
@inline
export function inverseRootSpread<T>(sum: v128, difference: v128, p: v128, m: v128, root: v128): v128 {
  const p2 = v128.add<T>(p, p);
  const over = v128.mul<T>(v128.mul<T>(difference, difference), v128.add<T>(m, p2));
  return v128.div<T>(over, v128.mul<T>(v128.mul<T>(p2, root), madd<T>(sum, root, p2)));
}

/** 1 / sqrt(m) - 1 / sqrt(m + extra), given both roots. */
// @ts-ignore: decorator
@inline
export function inverseRootGap<T>(extra: v128, a: v128, b: v128): v128 {
  return v128.div<T>(extra, v128.mul<T>(v128.mul<T>(a, b), v128.add<T>(a, b)));
}

/**
 * With z = sqrt(1 - 4 b q), m = (z^2 + z'^2) / 2, det = m + 4 b^2 (q q' - k^2): D = a^2 F with the fall
 * F = (1 / z + 1 / z') / 2 - det^{-1/2}. With W = (z^{-3} + z'^{-3}) / 2 and A = 4 a^2 b^2 q / z^3,
 * Dd = 4 a^2 b^2 [d W + k (W - det^{-3/2}) + (q - q')(z^{-3} - z'^{-3}) / 4]; W - det^{-3/2} comes from F without
 * cancellation.
 *
 * Features of both sides: s / sqrt(2), z - 1, 1 / (2 z), theta / 2, weight A / 2.
 * Constants: 4 b^2, weight a^2, 4 weight a^2 b^2, tangentK / weight.
 */
export function gaussian<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const square = constant<T>(constants, 0);
  const height = constant<T>(constants, 1);
  const slope = constant<T>(constants, 2);
  const ratio = constant<T>(constants, 3);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  const half = splat<T>(0.5);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const gap = pairGap<T>(d, x, y);
    const product = v128.mul<T>(x, y);
    const scale = v128.add<T>(product, product); // s s'
    const k = v128.sub<T>(scale, gap);
    const r2 = v128.pmax<T>(v128.mul<T>(gap, v128.add<T>(scale, k)), zero);
    const u = rowFeature<T, R>(rows + rowStride, o);
    const w = v128.load(cols + colStride + o);
    const z = v128.add<T>(u, one);
    const z2 = v128.add<T>(w, one);
    const m = v128.mul<T>(half, madd<T>(z, z, v128.mul<T>(z2, z2)));
    const extra = v128.mul<T>(square, r2);
    const root = v128.sqrt<T>(m);
    const rootDet = v128.sqrt<T>(v128.add<T>(m, extra));
    const spread = inverseRootSpread<T>(v128.add<T>(z, z2), v128.sub<T>(u, w), v128.mul<T>(z, z2), m, root);
    const fall = v128.add<T>(spread, inverseRootGap<T>(extra, root, rootDet));
    const result = v128.mul<T>(height, fall);
    let steep = zero;
    if (hasTangent<N>()) {
      const p = rowFeature<T, R>(rows + 2 * rowStride, o);
      const q = v128.load(cols + 2 * colStride + o);
      const mean = v128.add<T>(p, q); // (1 / z + 1 / z') / 2
      const turn = v128.sub<T>(p, q);
      const low = v128.sub<T>(mean, fall); // det^{-1/2}
      const turn2 = v128.mul<T>(turn, turn);
      const mean2 = v128.mul<T>(mean, mean);
      const inner = madd<T>(low, v128.add<T>(low, mean), mean2);
      // W = mean^3 + 3 mean turn^2
      const bend = v128.mul<T>(v128.mul<T>(splat<T>(3), mean), turn2);
      const cubes = madd<T>(fall, inner, bend);
      const all = madd<T>(mean, mean2, bend);
      // (q - q') / 2 times (z^{-3} - z'^{-3}) / 2 = turn (3 mean^2 + turn^2)
      const variances = v128.mul<T>(v128.sub<T>(x, y), v128.add<T>(x, y));
      const radial = v128.mul<T>(variances, v128.mul<T>(turn, madd<T>(splat<T>(3), mean2, turn2)));
      const sum = madd<T>(d, all, madd<T>(k, cubes, radial));
      steep = v128.mul<T>(slope, v128.pmax<T>(sum, zero));
    }
    storePair<T, R, N>(
      from, to, field, o, rows + 3 * rowStride, rowStride, cols + 3 * colStride, colStride, result, steep, ratio,
    );
  }
}
