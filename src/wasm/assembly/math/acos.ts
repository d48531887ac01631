/**
 * Angles from cosines given by their deficit from 1: v = 1 - cos t. Nothing cancels for close pairs (v near 0).
 *
 * The caller makes sure that v >= 0, where rounding may leave it slightly negative. NaN passes through.
 * @module
 */
import { splat } from "../lanes";
import { acosRoot } from "./fitted/acos-root";
import { sineMinusArcRoot } from "./fitted/sine-minus-arc";

/** t = acos(1 - v) for v in [0, 1]: sqrt(v) P(v), error below 3 ulp. */
// @ts-ignore: decorator
@inline
export function acosOfDeficit<T>(v: v128): v128 {
  return v128.mul<T>(v128.sqrt<T>(v), acosRoot<T>(v));
}

/** sin t - t cos t with t = acos(1 - v) for v in [0, 1]: v^(3/2) R(v), R(0) = 2 sqrt(2) / 3; error below 3 ulp. */
// @ts-ignore: decorator
@inline
export function sineMinusArcOfDeficit<T>(v: v128): v128 {
  return v128.mul<T>(v128.mul<T>(v, v128.sqrt<T>(v)), sineMinusArcRoot<T>(v));
}

/** min(v, 2 - v), what the functions on [0, 2] reduce to; never negative. */
// @ts-ignore: decorator
@inline
export function foldDeficit<T>(v: v128): v128 {
  return v128.pmax<T>(v128.pmin<T>(v, v128.sub<T>(splat<T>(2), v)), splat<T>(0));
}

/**
 * t = acos(1 - v) for v in [0, 2] (values rounded beyond the ends count as the ends); v above 1 is reflected,
 * pi - acos(1 - (2 - v)). Error below 3 ulp.
 */
// @ts-ignore: decorator
@inline
export function acosOfWideDeficit<T>(v: v128): v128 {
  const near = acosOfDeficit<T>(foldDeficit<T>(v));
  const far = v128.sub<T>(splat<T>(3.141592653589793), near);
  return v128.bitselect(far, near, v128.gt<T>(v, splat<T>(1)));
}

/**
 * sin t - t cos t with t = acos(1 - v) for v in [0, 2] (values rounded beyond the ends count as the ends):
 * for v above 1, that of 2 - v plus pi (v - 1). Error below 3 ulp.
 */
// @ts-ignore: decorator
@inline
export function sineMinusArcOfWideDeficit<T>(v: v128): v128 {
  const near = sineMinusArcOfDeficit<T>(foldDeficit<T>(v));
  const one = splat<T>(1);
  const beyond = v128.pmin<T>(v128.pmax<T>(v128.sub<T>(v, one), splat<T>(0)), one);
  return v128.add<T>(near, v128.mul<T>(splat<T>(3.141592653589793), beyond));
}
