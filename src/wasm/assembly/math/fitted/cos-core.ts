/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (cos(r) - 1 + r^2 / 2) / r^4 in y = r^2 for |r| <= pi / 4; the error is that of cos, relative.
 *
 * f64: degree 5, error below 6.1e-20; f32: degree 2, error below 1.2e-10;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function cosCore<T>(y: v128): v128 {
  if (sizeof<T>() == 8) {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    return madd<T>(
      y4,
      madd<T>(y, splat<T>(-1.1358604461736601e-11), splat<T>(2.0875702935909866e-09)),
      madd<T>(
        y2,
        madd<T>(y, splat<T>(-2.755731420190709e-07), splat<T>(2.480158728896246e-05)),
        madd<T>(y, splat<T>(-0.0013888888888873305), splat<T>(0.041666666666666595)),
      ),
    );
  } else {
    const y2 = v128.mul<T>(y, y);
    return madd<T>(
      y2,
      splat<T>(2.4432336431345902e-05),
      madd<T>(y, splat<T>(-0.0013887309469282627), splat<T>(0.04166664555668831)),
    );
  }
}
