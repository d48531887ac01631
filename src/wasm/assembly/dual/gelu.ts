/**
 * phi(x) = x Phi(x), Phi the normal distribution function.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { arcsineDeficit, rootFall } from "./arcsine";

/**
 * With the terms of arcsine.ts (p = q), alpha = atan2(k, root), arc its deficit, m = 1 / (1 + q), f = (q q' - 1) m m',
 * low = 1 / root and fall = (1 / w + 1 / w') / 2 - low:
 * 2 pi D = pi d / 2 + fall - f [(w - w')^2 / 4 + det] / (S + root) + (w - w')(q - q') m m' / 2
 *          + d alpha + (q + q') / 2 arc + (q - q')(alpha_1 - alpha_2) / 4, alpha_i = atan2(q_i, w_i);
 * 2 pi Td = pi / 2 + alpha + k low (low^2 + m + m');
 * 2 pi Dd = arc + [deficit of k low^3] + [deficit of k low (m + m')].
 * g' = Td g + Dd (theta + theta') / 2 + (A - A')(theta - theta') / 4, A = E phi'^2. Then as through a dense layer.
 *
 * Features of both sides: s / sqrt(2), w / sqrt(2), 1 / (2 w), alpha_i / 2, m, q / 2, theta / 2, A / 2.
 * Constants: weight / (2 pi), weight, tangentK / weight.
 */
export function gelu<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const unit = constant<T>(constants, 0);
  const weight = constant<T>(constants, 1);
  const ratio = constant<T>(constants, 2);
  const zero = splat<T>(0);
  const half = splat<T>(0.5);
  const quarterTurn = splat<T>(1.5707963267948966);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const difference = v128.sub<T>(x, y);
    const gap = v128.pmax<T>(nmadd<T>(difference, difference, d), zero);
    const xy = v128.mul<T>(x, y);
    const top = v128.add<T>(xy, xy);
    const k = v128.sub<T>(top, gap);
    const det = v128.pmax<T>(v128.mul<T>(gap, v128.sub<T>(v128.add<T>(top, top), gap)), zero);
    const w = rowFeature<T, R>(rows + rowStride, o);
    const z = v128.load(cols + colStride + o);
    const wz = v128.mul<T>(w, z);
    const big = v128.add<T>(wz, wz);
    const mean = v128.mul<T>(splat<T>(0.7071067811865476), v128.add<T>(w, z));
    const root = v128.sqrt<T>(madd<T>(w, w, madd<T>(z, z, det)));
    const turn = v128.sub<T>(w, z);
    const inner = v128.mul<T>(big, madd<T>(mean, root, big));
    const low = v128.div<T>(splat<T>(1), root);
    const fall = v128.mul<T>(low, v128.div<T>(rootFall<T>(turn, big, det), inner));
    const arc = arcsineDeficit<T>(v128.add<T>(d, det), big, k, mean, root);

    const a = rowFeature<T, R>(rows + 3 * rowStride, o);
    const b = v128.load(cols + 3 * colStride + o);
    const alpha = v128.sub<T>(v128.add<T>(a, b), arc);
    const m = rowFeature<T, R>(rows + 4 * rowStride, o);
    const n = v128.load(cols + 4 * colStride + o);
    const folds = v128.mul<T>(m, n);
    const p = rowFeature<T, R>(rows + 5 * rowStride, o);
    const q = v128.load(cols + 5 * colStride + o);
    const turned = v128.sub<T>(p, q); // (q - q') / 2
    const four = v128.mul<T>(splat<T>(4), v128.mul<T>(p, q));
    const fold = v128.mul<T>(v128.sub<T>(four, splat<T>(1)), folds);
    // (w - w')^2 / 4 is half the square of the difference of w / sqrt(2)
    const lift = v128.div<T>(
      v128.mul<T>(fold, madd<T>(v128.mul<T>(half, turn), turn, det)),
      v128.add<T>(mean, root),
    );
    let sum = v128.add<T>(v128.sub<T>(fall, lift), v128.mul<T>(splat<T>(1.4142135623730951), v128.mul<T>(v128.mul<T>(turn, turned), folds)));
    sum = madd<T>(d, v128.add<T>(quarterTurn, alpha), sum);
    sum = madd<T>(v128.add<T>(p, q), arc, sum);
    sum = madd<T>(turned, v128.sub<T>(a, b), sum);
    const result = v128.mul<T>(unit, v128.pmax<T>(sum, zero));
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      const u = rowFeature<T, R>(rows + 2 * rowStride, o);
      const v = v128.load(cols + 2 * colStride + o);
      const h = v128.sub<T>(u, v);
      const average = v128.add<T>(u, v);
      const ms = v128.add<T>(m, n); // 2 m of the mean
      const low2 = v128.mul<T>(low, low);
      // (a^3 + a'^3) / 2 - low^3, a = 1 / w
      const cubes = madd<T>(
        fall,
        madd<T>(average, v128.add<T>(average, low), low2),
        v128.mul<T>(v128.mul<T>(splat<T>(3), average), v128.mul<T>(h, h)),
      );
      const third = madd<T>(
        madd<T>(half, det, d),
        v128.mul<T>(low2, low),
        v128.mul<T>(half, v128.sub<T>(fall, cubes)),
      );
      // (q - q')^2 m m' [1 / (W (w + w')) + low / 2]; 1 / (W 2 S) = u v 2 / S... with 1 / W = 4 u v
      const spread = madd<T>(v128.mul<T>(splat<T>(2), v128.mul<T>(u, v)), v128.div<T>(splat<T>(1), mean), v128.mul<T>(half, low));
      const square = v128.mul<T>(v128.mul<T>(splat<T>(4), v128.mul<T>(turned, turned)), folds);
      const first = madd<T>(
        v128.sub<T>(splat<T>(2), ms),
        fall,
        nmadd<T>(square, spread, v128.mul<T>(v128.mul<T>(d, ms), low)),
      );
      const deficit = v128.pmax<T>(v128.add<T>(v128.add<T>(arc, third), first), zero);
      const slope = v128.add<T>(quarterTurn, madd<T>(v128.mul<T>(k, low), v128.add<T>(low2, ms), alpha));
      const s = rowFeature<T, R>(rows + 6 * rowStride, o);
      const t = v128.load(cols + 6 * colStride + o);
      const c = v128.sub<T>(rowFeature<T, R>(rows + 7 * rowStride, o), v128.load(cols + 7 * colStride + o));
      const both = v128.mul<T>(unit, madd<T>(slope, g, v128.mul<T>(deficit, v128.add<T>(s, t))));
      const uneven = v128.mul<T>(weight, v128.mul<T>(c, v128.sub<T>(s, t)));
      v128.store(to + field + o, madd<T>(ratio, result, v128.add<T>(both, uneven)));
    }
    v128.store(to + o, result);
  }
}
