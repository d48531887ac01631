/**
 * Arc sine.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { signBit } from "./bits";
import { asinCore } from "./fitted/asin-core";

/**
 * asin(x) for |x| <= 1 (values rounded beyond count as the ends); NaN stays. Beyond 1/2 from the half angle:
 * pi / 2 - 2 asin(sqrt((1 - |x|) / 2)). Error below 2 ulp.
 */
// @ts-ignore: decorator
@inline
export function asin<T>(x: v128): v128 {
  const sign = v128.and(x, signBit<T>());
  const a = v128.xor(x, sign);
  const half = splat<T>(0.5);
  const large = v128.gt<T>(a, half);
  const complement = v128.pmax<T>(nmadd<T>(a, half, half), splat<T>(0));
  const y = v128.bitselect(complement, v128.mul<T>(a, a), large);
  const s = v128.bitselect(v128.sqrt<T>(complement), a, large);
  const value = madd<T>(v128.mul<T>(s, y), asinCore<T>(y), s);
  const reflected = v128.sub<T>(splat<T>(1.5707963267948966), v128.add<T>(value, value));
  return v128.or(v128.bitselect(reflected, value, large), sign);
}
