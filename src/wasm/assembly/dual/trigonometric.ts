/**
 * phi(x) = a sin(b x + c): sine, cosine and the radial basis feature.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { expm1 } from "../math/exp";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { storePair } from "./smooth";

/**
 * With Q = b^2 q, delta = b^2 d, S = Q + Q', E = 1 - e^{-delta}, M = 1 - e^{-(S - delta)}, y = (e^{-Q} - e^{-Q'}) / sqrt(2)
 * and C = cos 2c:
 * D = (a^2 / 2) [E (1 + C - C M) - C y^2], Dd = (a^2 b^2 / 2) [E (1 - C + C M) + C y^2].
 *
 * Features of both sides: Q, (e^{-Q} - 1) / sqrt(2), theta / 2, weight A / 2.
 * Constants: b^2, 1 + C, 1 - C, C, weight a^2 / 2, weight a^2 b^2 / 2, tangentK / weight.
 */
export function trigonometric<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const frequency = constant<T>(constants, 0);
  const onePlus = constant<T>(constants, 1);
  const oneMinus = constant<T>(constants, 2);
  const cosine = constant<T>(constants, 3);
  const height = constant<T>(constants, 4);
  const slope = constant<T>(constants, 5);
  const ratio = constant<T>(constants, 6);
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const delta = v128.mul<T>(frequency, v128.load(from + o));
    const sum = v128.add<T>(rowFeature<T, R>(rows, o), v128.load(cols + o));
    const y = v128.sub<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
    const near = expm1<T>(v128.sub<T>(zero, delta)); // -E
    const far = expm1<T>(v128.pmin<T>(v128.sub<T>(delta, sum), zero)); // -M
    const wave = v128.mul<T>(cosine, far);
    const radial = v128.mul<T>(cosine, v128.mul<T>(y, y));
    const deficit = v128.sub<T>(zero, madd<T>(near, v128.add<T>(onePlus, wave), radial));
    const result = v128.mul<T>(height, v128.pmax<T>(deficit, zero));
    let steep = zero;
    if (hasTangent<N>()) {
      steep = v128.mul<T>(slope, v128.pmax<T>(nmadd<T>(near, v128.sub<T>(oneMinus, wave), radial), zero));
    }
    storePair<T, R, N>(
      from, to, field, o, rows + 2 * rowStride, rowStride, cols + 2 * colStride, colStride, result, steep, ratio,
    );
  }
}
