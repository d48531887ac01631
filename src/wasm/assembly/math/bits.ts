/**
 * Sign and exponent of the lanes by their bits.
 * @module
 */
import { splat } from "../lanes";

/** -0 in all lanes: the bit of the sign. */
// @ts-ignore: decorator
@inline
export function signBit<T>(): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(0x8000000000000000) : i32x4.splat(0x80000000);
}

/** Adding 1.5 2^(fraction bits) rounds to an integer, which the low bits of the sum then hold. */
// @ts-ignore: decorator
@inline
export function integerMagic<T>(): v128 {
  return sizeof<T>() == 8 ? splat<T>(6755399441055744) : splat<T>(12582912);
}

/** The same with the exponent's bias: shifted to the exponent's place, the sum's bits are a power of two. */
// @ts-ignore: decorator
@inline
export function powerMagic<T>(): v128 {
  return sizeof<T>() == 8 ? splat<T>(6755399441056767) : splat<T>(12583039);
}

/** 2^n from the sum of n and `powerMagic`, for n in the range of normal numbers. */
// @ts-ignore: decorator
@inline
export function powerOfTwo<T>(sum: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.shl(sum, 52) : i32x4.shl(sum, 23);
}
