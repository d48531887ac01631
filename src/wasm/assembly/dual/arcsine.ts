/**
 * What erf and GELU share: for a pair with variances p, p' (in the activation's units), covariance k and deficit d, with
 * w = sqrt(1 + 2 p), W = w w', S = (w + w') / 2, det = p p' - k^2 and root = sqrt(1 + p + p' + det).
 * @module
 */
import { madd, splat } from "../lanes";
import { atan2OfPositive } from "../math/atan";

/**
 * (alpha + alpha') / 2 - atan2(k, root), alpha = atan2(p, w), without cancellation: twice the arc tangent of
 * (W - 1 - 2 k) / (2 (S + root)), where W^2 - (1 + 2 k)^2 = 4 d + 4 det.
 */
// @ts-ignore: decorator
@inline
export function arcsineDeficit<T>(sum: v128, big: v128, k: v128, mean: v128, root: v128): v128 {
  const one = splat<T>(1);
  const lower = v128.add<T>(one, v128.add<T>(k, k));
  const positive = v128.gt<T>(lower, splat<T>(0));
  const over = v128.bitselect(
    v128.add<T>(sum, sum),
    v128.mul<T>(splat<T>(0.5), v128.sub<T>(big, lower)),
    positive,
  );
  const under = v128.mul<T>(v128.add<T>(mean, root), v128.bitselect(v128.add<T>(big, lower), one, positive));
  const half = atan2OfPositive<T>(v128.pmax<T>(over, splat<T>(0)), under);
  return v128.add<T>(half, half);
}

/**
 * W root (S root + W) times [(1 / w + 1 / w') / 2 - 1 / root] = y^2 (3 W + y^2 + det) / 2 + W det, y = (w - w') / sqrt(2):
 * every term is positive.
 */
// @ts-ignore: decorator
@inline
export function rootFall<T>(y: v128, big: v128, det: v128): v128 {
  const square = v128.mul<T>(y, y);
  const inner = v128.add<T>(madd<T>(splat<T>(3), big, square), det);
  return madd<T>(big, det, v128.mul<T>(v128.mul<T>(splat<T>(0.5), square), inner));
}
