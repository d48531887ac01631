/**
 * Arc tangent.
 * @module
 */
import { madd, splat } from "../lanes";
import { signBit } from "./bits";
import { atanCore } from "./fitted/atan-core";

/**
 * The angle in [0, pi / 2] of the point (x, y), x and y >= 0; NaN for (0, 0). With one division: t is y / x,
 * (y - x) / (y + x) or -x / y, whichever is at most tan(pi / 8).
 */
// @ts-ignore: decorator
@inline
function firstQuadrant<T>(y: v128, x: v128): v128 {
  const middle = v128.gt<T>(y, v128.mul<T>(x, splat<T>(0.41421356237309503)));
  const upper = v128.gt<T>(y, v128.mul<T>(x, splat<T>(2.414213562373095)));
  const zero = splat<T>(0);
  const over = v128.bitselect(v128.sub<T>(zero, x), v128.sub<T>(y, v128.and(middle, x)), upper);
  const under = v128.bitselect(y, v128.add<T>(x, v128.and(middle, y)), upper);
  const t = v128.div<T>(over, under);
  const turn = v128.bitselect(
    splat<T>(1.5707963267948966),
    v128.and(middle, splat<T>(0.7853981633974483)),
    upper,
  );
  const t2 = v128.mul<T>(t, t);
  return v128.add<T>(turn, madd<T>(v128.mul<T>(t, t2), atanCore<T>(t2), t));
}

/** atan(x) for all x, infinities included; NaN stays. Error below 2 ulp. */
// @ts-ignore: decorator
@inline
export function atan<T>(x: v128): v128 {
  const sign = v128.and(x, signBit<T>());
  return v128.or(firstQuadrant<T>(v128.xor(x, sign), splat<T>(1)), sign);
}

/**
 * atan2(y, x) in [-pi / 2, pi / 2] for x >= 0 and finite |y| + x: the angle without forming y / x; NaN for (0, 0).
 * Error below 2 ulp where the result is a normal number.
 */
// @ts-ignore: decorator
@inline
export function atan2OfPositive<T>(y: v128, x: v128): v128 {
  const sign = v128.and(y, signBit<T>());
  return v128.or(firstQuadrant<T>(v128.xor(y, sign), x), sign);
}
