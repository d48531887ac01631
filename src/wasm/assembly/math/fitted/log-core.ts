/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (log((1 + s) / (1 - s)) - 2 s) / s^3 in z = s^2 for |s| <= 3 - 2 sqrt(2); the error is that of the logarithm, relative.
 *
 * f64: degree 6, error below 1.3e-18; f32: degree 3, error below 2.6e-11;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function logCore<T>(z: v128): v128 {
  if (sizeof<T>() == 8) {
    const z2 = v128.mul<T>(z, z);
    const z4 = v128.mul<T>(z2, z2);
    return madd<T>(
      z4,
      madd<T>(
        z2,
        splat<T>(0.14795505277100326),
        madd<T>(z, splat<T>(0.15314097599084703), splat<T>(0.18183562380707421)),
      ),
      madd<T>(
        z2,
        madd<T>(z, splat<T>(0.22222198612886412), splat<T>(0.2857142874197198)),
        madd<T>(z, splat<T>(0.3999999999941677), splat<T>(0.6666666666666734)),
      ),
    );
  } else {
    const z2 = v128.mul<T>(z, z);
    return madd<T>(
      z2,
      madd<T>(z, splat<T>(0.24286103248596191), splat<T>(0.28498488664627075)),
      madd<T>(z, splat<T>(0.40000975131988525), splat<T>(0.6666666269302368)),
    );
  }
}
