/**
 * Exponentials.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { integerMagic, powerMagic, powerOfTwo } from "./bits";
import { expCore } from "./fitted/exp-core";

const LOG2_E: f64 = 1.4426950408889634;

/** x - n ln 2, with ln 2 in two parts, the first short enough that n times it is exact. */
// @ts-ignore: decorator
@inline
function reduce<T>(x: v128, n: v128): v128 {
  if (sizeof<T>() == 8) {
    const high = nmadd<T>(n, splat<T>(0.6931471803691238), x);
    return nmadd<T>(n, splat<T>(1.9082149292705877e-10), high);
  } else {
    const high = nmadd<T>(n, splat<T>(0.693359375), x);
    return nmadd<T>(n, splat<T>(-0.00021219444170128554), high);
  }
}

/** e^r for |r| <= ln(2) / 2. */
// @ts-ignore: decorator
@inline
export function expReduced<T>(r: v128): v128 {
  const one = splat<T>(1);
  return v128.add<T>(one, madd<T>(v128.mul<T>(r, r), expCore<T>(r), r));
}

/** e^x for all x, subnormal results and overflow to infinity included; NaN stays. Error below 1.5 ulp. */
// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  // beyond these the result is 0 and infinity
  const low = sizeof<T>() == 8 ? splat<T>(-746) : splat<T>(-104);
  const high = sizeof<T>() == 8 ? splat<T>(710) : splat<T>(89);
  const y = v128.pmax<T>(v128.pmin<T>(x, high), low);
  const n = v128.sub<T>(madd<T>(y, splat<T>(LOG2_E), integerMagic<T>()), integerMagic<T>());
  const p = expReduced<T>(reduce<T>(y, n));
  // 2^n in two factors, so that both are normal numbers
  const half = v128.add<T>(v128.mul<T>(n, splat<T>(0.5)), powerMagic<T>());
  const first = v128.sub<T>(half, powerMagic<T>());
  const rest = v128.add<T>(v128.sub<T>(n, first), powerMagic<T>());
  return v128.mul<T>(v128.mul<T>(p, powerOfTwo<T>(half)), powerOfTwo<T>(rest));
}

/**
 * e^x where the result is a normal number: cheaper than `exp`. Below -708 (f64) or -87 (f32) it returns the value
 * there, about 1e-308 or 1e-38, above 709 or 88 likewise: for exponents of which only the size matters. NaN stays.
 */
// @ts-ignore: decorator
@inline
export function expNormal<T>(x: v128): v128 {
  const low = sizeof<T>() == 8 ? splat<T>(-708) : splat<T>(-87);
  const high = sizeof<T>() == 8 ? splat<T>(709) : splat<T>(88);
  const y = v128.pmax<T>(v128.pmin<T>(x, high), low);
  const sum = madd<T>(y, splat<T>(LOG2_E), powerMagic<T>());
  const n = v128.sub<T>(sum, powerMagic<T>());
  return v128.mul<T>(expReduced<T>(reduce<T>(y, n)), powerOfTwo<T>(sum));
}

/** e^x - 1 for all x without cancellation near 0; NaN stays, -0 becomes 0. Error below 2 ulp. */
// @ts-ignore: decorator
@inline
export function expm1<T>(x: v128): v128 {
  // below `low` the result is -1 to all digits
  const low = sizeof<T>() == 8 ? splat<T>(-40) : splat<T>(-20);
  const high = sizeof<T>() == 8 ? splat<T>(710) : splat<T>(89);
  const y = v128.pmax<T>(v128.pmin<T>(x, high), low);
  const sum = madd<T>(y, splat<T>(LOG2_E), powerMagic<T>());
  const n = v128.sub<T>(sum, powerMagic<T>());
  const r = reduce<T>(y, n);
  const small = madd<T>(v128.mul<T>(r, r), expCore<T>(r), r); // e^r - 1
  // 2^n may be beyond the largest number where e^x is not: 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2)
  const half = splat<T>(0.5);
  const power = powerOfTwo<T>(v128.sub<T>(sum, splat<T>(1)));
  const value = madd<T>(small, power, v128.sub<T>(power, half));
  return v128.add<T>(value, value);
}
