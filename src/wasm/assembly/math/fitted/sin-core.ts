/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (sin(r) - r) / r^3 in y = r^2 for |r| <= pi / 4; the error is that of sin, relative.
 *
 * f64: degree 5, error below 3.9e-18; f32: degree 2, error below 4.2e-9;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function sinCore<T>(y: v128): v128 {
  if (sizeof<T>() == 8) {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    return madd<T>(
      y4,
      madd<T>(y, splat<T>(1.5895435779335674e-10), splat<T>(-2.5050734431444178e-08)),
      madd<T>(
        y2,
        madd<T>(y, splat<T>(2.75573135387491e-06), splat<T>(-0.00019841269829358956)),
        madd<T>(y, splat<T>(0.00833333333332184), splat<T>(-0.1666666666666663)),
      ),
    );
  } else {
    const y2 = v128.mul<T>(y, y);
    return madd<T>(
      y2,
      splat<T>(-0.000195179003640078),
      madd<T>(y, splat<T>(0.008332187309861183), splat<T>(-0.16666655242443085)),
    );
  }
}
