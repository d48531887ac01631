/**
 * Logarithms.
 * @module
 */
import { madd, splat } from "../lanes";
import { logCore } from "./fitted/log-core";

/** Bits of sqrt(1/2), by which numbers are split into 2^n m with m in [sqrt(1/2), sqrt(2)). */
// @ts-ignore: decorator
@inline
function offsetBits<T>(): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(0x3fe6a09e667f3bcd) : i32x4.splat(0x3f3504f3);
}

/** The exponent n of a positive normal number as the bits n 2^52 or n 2^23. */
// @ts-ignore: decorator
@inline
function exponentBits<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return v128.and(i64x2.sub(x, offsetBits<T>()), i64x2.splat(0xfff0000000000000));
  return v128.and(i32x4.sub(x, offsetBits<T>()), i32x4.splat(0xff800000));
}

/** n as a number. */
// @ts-ignore: decorator
@inline
function exponentValue<T>(bits: v128): v128 {
  if (sizeof<T>() == 8) {
    // n + 1024 in the low bits of 2^52
    const biased = i64x2.shr_u(i64x2.add(bits, i64x2.splat(0x4000000000000000)), 52);
    return v128.sub<T>(v128.or(biased, i64x2.splat(0x4330000000000000)), splat<T>(4503599627371520));
  } else {
    return f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  }
}

/** x 2^-n. */
// @ts-ignore: decorator
@inline
function fraction<T>(x: v128, bits: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.sub(x, bits) : i32x4.sub(x, bits);
}

/** n ln 2 + log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)]. */
// @ts-ignore: decorator
@inline
function assemble<T>(n: v128, f: v128): v128 {
  const s = v128.div<T>(f, v128.add<T>(splat<T>(2), f));
  const z = v128.mul<T>(s, s);
  const square = v128.mul<T>(v128.mul<T>(f, f), splat<T>(0.5));
  // log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + s^2 C): the large parts are exact
  const rest = v128.mul<T>(s, madd<T>(z, logCore<T>(z), square));
  if (sizeof<T>() == 8) {
    const low = madd<T>(n, splat<T>(1.9082149292705877e-10), rest);
    return madd<T>(n, splat<T>(0.6931471803691238), v128.sub<T>(f, v128.sub<T>(square, low)));
  } else {
    const low = madd<T>(n, splat<T>(-0.00021219444170128554), rest);
    return madd<T>(n, splat<T>(0.693359375), v128.sub<T>(f, v128.sub<T>(square, low)));
  }
}

/** The values at and beyond the ends: -infinity at 0, NaN below, infinity at infinity; x is the argument of log. */
// @ts-ignore: decorator
@inline
function atEnds<T>(value: v128, x: v128): v128 {
  const zero = splat<T>(0);
  const infinity = splat<T>(Infinity);
  const finite = v128.bitselect(x, value, v128.or(v128.eq<T>(x, infinity), v128.ne<T>(x, x)));
  const positive = v128.bitselect(v128.sub<T>(zero, infinity), finite, v128.eq<T>(x, zero));
  return v128.bitselect(splat<T>(NaN), positive, v128.lt<T>(x, zero));
}

/** log(x) for all x >= 0, subnormal numbers included; NaN stays and comes from x < 0. Error below 1 ulp. */
// @ts-ignore: decorator
@inline
export function log<T>(x: v128): v128 {
  const normal = sizeof<T>() == 8 ? splat<T>(2.2250738585072014e-308) : splat<T>(1.1754943508222875e-38);
  const tiny = v128.lt<T>(x, normal);
  const lift = sizeof<T>() == 8 ? splat<T>(18014398509481984) : splat<T>(33554432);
  const shift = sizeof<T>() == 8 ? splat<T>(54) : splat<T>(25);
  const y = v128.bitselect(v128.mul<T>(x, lift), x, tiny);
  const bits = exponentBits<T>(y);
  const n = v128.sub<T>(exponentValue<T>(bits), v128.and(tiny, shift));
  return atEnds<T>(assemble<T>(n, v128.sub<T>(fraction<T>(y, bits), splat<T>(1))), x);
}

/** log(1 + x) for all x >= -1 without cancellation near 0; NaN stays and comes from x < -1. Error below 2 ulp. */
// @ts-ignore: decorator
@inline
export function log1p<T>(x: v128): v128 {
  const one = splat<T>(1);
  const y = v128.add<T>(one, x);
  // what rounding 1 + x lost, exactly
  const added = v128.sub<T>(y, one);
  const lost = v128.add<T>(v128.sub<T>(x, added), v128.sub<T>(one, v128.sub<T>(y, added)));
  const bits = exponentBits<T>(y);
  const f = v128.sub<T>(fraction<T>(y, bits), one);
  // 2^-n; nothing is lost that counts where that is not a normal number
  const scale = sizeof<T>() == 8 ? i64x2.sub(splat<T>(1), bits) : i32x4.sub(splat<T>(1), bits);
  return atEnds<T>(assemble<T>(exponentValue<T>(bits), madd<T>(lost, scale, f)), y);
}
