/**
 * Error functions.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { signBit } from "./bits";
import { exp, expReduced } from "./exp";
import { erfCore } from "./fitted/erf-core";
import { scaledErfc } from "./fitted/scaled-erfc";

/** e^(x^2) erfc(x) for x in [0.45, 28]. */
// @ts-ignore: decorator
@inline
function scaledTail<T>(x: v128): v128 {
  const three = splat<T>(3);
  const u = v128.div<T>(v128.sub<T>(x, three), v128.add<T>(x, three));
  return v128.div<T>(scaledErfc<T>(u), v128.add<T>(v128.add<T>(x, x), splat<T>(1)));
}

/** erf(x) for all x; NaN stays. Error below 2 ulp. */
// @ts-ignore: decorator
@inline
export function erf<T>(x: v128): v128 {
  const sign = v128.and(x, signBit<T>());
  const a = v128.xor(x, sign);
  const one = splat<T>(1);
  // 1 to all digits beyond 6 (f64) and 4 (f32)
  const b = v128.pmax<T>(v128.pmin<T>(a, splat<T>(6.5)), one);
  const far = nmadd<T>(exp<T>(v128.sub<T>(splat<T>(0), v128.mul<T>(b, b))), scaledTail<T>(b), one);
  const near = madd<T>(a, erfCore<T>(v128.mul<T>(a, a)), a);
  return v128.or(v128.bitselect(far, near, v128.gt<T>(a, one)), sign);
}

/** 1 - erf(x) for all x without cancellation, down to subnormal results; NaN stays. Error below 4 ulp. */
// @ts-ignore: decorator
@inline
export function erfc<T>(x: v128): v128 {
  const one = splat<T>(1);
  const zero = splat<T>(0);
  const a = v128.xor(x, v128.and(x, signBit<T>()));
  const b = v128.pmax<T>(v128.pmin<T>(a, sizeof<T>() == 8 ? splat<T>(27.5) : splat<T>(10.5)), splat<T>(0.46875));
  // b^2 in two parts, the square of the first digits exact
  const mask = sizeof<T>() == 8 ? i64x2.splat(0xfffffffff8000000) : i32x4.splat(0xfffff000);
  const head = v128.and(b, mask);
  const rest = v128.mul<T>(v128.sub<T>(head, b), v128.add<T>(head, b)); // head^2 - b^2
  const bell = exp<T>(v128.sub<T>(zero, v128.mul<T>(head, head)));
  const tail = v128.mul<T>(bell, v128.mul<T>(expReduced<T>(rest), scaledTail<T>(b)));
  const far = v128.bitselect(v128.sub<T>(splat<T>(2), tail), tail, v128.lt<T>(x, zero));
  const near = v128.sub<T>(one, madd<T>(x, erfCore<T>(v128.mul<T>(x, x)), x));
  return v128.bitselect(far, near, v128.gt<T>(a, splat<T>(0.5)));
}
