/**
 * Polynomials of any kind, by their Hermite coefficients at the variance of each sample.
 * @module
 */
import { madd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { pairGap, storePair } from "./smooth";

/**
 * With phi(s z) = sum_m a_m he_m(z), he_m orthonormal, and b_m = sqrt(m) a_m / s those of phi' from m = 1 on:
 * D = sum_m (a_m - a'_m)^2 / 2 + a_m a'_m (1 - c^m), Dd = sum_m (b_m - b'_m)^2 / 2 + b_m b'_m (1 - c^{m-1}), and
 * 1 - c^m = v + c (1 - c^{m-1}) with v = 1 - c. A sample without variance is orthogonal to all.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), theta / 2, weight A / 2, then sqrt(weight / 2) a_0 .. a_n, then
 * sqrt(weight / 2) b_1 .. b_n. `extra` is n. Constant: tangentK / weight.
 */
export function polynomial<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  const ratio = constant<T>(constants, 0);
  const n = load<i32>(extra);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  for (let o: usize = 0; o < bytes; o += 16) {
    const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
    const gap = pairGap<T>(v128.load(from + o), rowFeature<T, R>(rows, o), v128.load(cols + o));
    const v = v128.bitselect(
      one,
      v128.pmin<T>(v128.mul<T>(gap, scale), splat<T>(2)),
      v128.eq<T>(scale, zero),
    );
    const c = v128.sub<T>(one, v);
    let row = rows + 4 * rowStride;
    let col = cols + 4 * colStride + o;
    let turn = v128.sub<T>(rowFeature<T, R>(row, o), v128.load(col));
    let deficit = v128.mul<T>(turn, turn);
    let steep = zero;
    let fall = zero; // 1 - c^m
    const up = <usize>n * rowStride;
    const right = <usize>n * colStride;
    for (let m = 1; m <= n; m++) {
      row += rowStride;
      col += colStride;
      if (hasTangent<N>()) {
        const p = rowFeature<T, R>(row + up, o);
        const q = v128.load(col + right);
        turn = v128.sub<T>(p, q);
        const product = v128.mul<T>(p, q);
        steep = madd<T>(turn, turn, madd<T>(v128.add<T>(product, product), fall, steep));
      }
      fall = madd<T>(c, fall, v);
      const a = rowFeature<T, R>(row, o);
      const b = v128.load(col);
      turn = v128.sub<T>(a, b);
      const product = v128.mul<T>(a, b);
      deficit = madd<T>(turn, turn, madd<T>(v128.add<T>(product, product), fall, deficit));
    }
    storePair<T, R, N>(
      from, to, field, o, rows + 2 * rowStride, rowStride, cols + 2 * colStride, colStride, deficit, steep, ratio,
    );
  }
}
