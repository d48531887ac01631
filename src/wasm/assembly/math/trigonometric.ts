/**
 * Sine and cosine.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { integerMagic } from "./bits";
import { cosCore } from "./fitted/cos-core";
import { sinCore } from "./fitted/sin-core";

/** x - n pi / 2 with pi / 2 in parts short enough that n times all but the last is exact for |n| < 2^13. */
// @ts-ignore: decorator
@inline
function reduce<T>(x: v128, n: v128): v128 {
  if (sizeof<T>() == 8) {
    let r = nmadd<T>(n, splat<T>(1.5707963267341256), x);
    r = nmadd<T>(n, splat<T>(6.077100506303966e-11), r);
    return nmadd<T>(n, splat<T>(2.0222662487959506e-21), r);
  } else {
    let r = nmadd<T>(n, splat<T>(1.5703125), x);
    r = nmadd<T>(n, splat<T>(0.0004837512969970703), r);
    r = nmadd<T>(n, splat<T>(7.549533620476723e-08), r);
    r = nmadd<T>(n, splat<T>(2.5632829192545614e-12), r);
    return nmadd<T>(n, splat<T>(6.123234262925839e-17), r);
  }
}

/** sin(r + (n + quarter) pi / 2), n an integer in the low bits of `sum`. */
// @ts-ignore: decorator
@inline
function turned<T>(r: v128, sum: v128, quarter: i32): v128 {
  const y = v128.mul<T>(r, r);
  const sine = madd<T>(v128.mul<T>(r, y), sinCore<T>(y), r);
  const half = nmadd<T>(y, splat<T>(0.5), splat<T>(1));
  const cosine = madd<T>(v128.mul<T>(y, y), cosCore<T>(y), half);
  if (sizeof<T>() == 8) {
    const n = quarter == 0 ? sum : i64x2.add(sum, i64x2.splat(1));
    const odd = i64x2.eq(v128.and(n, i64x2.splat(1)), i64x2.splat(1));
    const sign = i64x2.shl(v128.and(n, i64x2.splat(2)), 62);
    return v128.xor(v128.bitselect(cosine, sine, odd), sign);
  } else {
    const n = quarter == 0 ? sum : i32x4.add(sum, i32x4.splat(1));
    const odd = i32x4.eq(v128.and(n, i32x4.splat(1)), i32x4.splat(1));
    const sign = i32x4.shl(v128.and(n, i32x4.splat(2)), 30);
    return v128.xor(v128.bitselect(cosine, sine, odd), sign);
  }
}

/** sin(x) for |x| <= 10^4; NaN stays. Error below 2 ulp, next to the zeros too; beyond 10^4 it grows. */
// @ts-ignore: decorator
@inline
export function sin<T>(x: v128): v128 {
  const sum = madd<T>(x, splat<T>(0.6366197723675814), integerMagic<T>());
  return turned<T>(reduce<T>(x, v128.sub<T>(sum, integerMagic<T>())), sum, 0);
}

/** cos(x) for |x| <= 10^4; NaN stays. Error below 2 ulp, next to the zeros too; beyond 10^4 it grows. */
// @ts-ignore: decorator
@inline
export function cos<T>(x: v128): v128 {
  const sum = madd<T>(x, splat<T>(0.6366197723675814), integerMagic<T>());
  return turned<T>(reduce<T>(x, v128.sub<T>(sum, integerMagic<T>())), sum, 1);
}
