/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (asin(s) - s) / s^3 in y = s^2 for |s| <= 1/2; the error is that of asin, relative.
 *
 * f64: degree 11, error below 1.6e-17; f32: degree 4, error below 5.1e-9;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function asinCore<T>(y: v128): v128 {
  if (sizeof<T>() == 8) {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    const y8 = v128.mul<T>(y4, y4);
    return madd<T>(
      y8,
      madd<T>(
        y2,
        madd<T>(y, splat<T>(0.031914815358142674), splat<T>(-0.01622791355676614)),
        madd<T>(y, splat<T>(0.019530564695981873), splat<T>(0.006527147366433748)),
      ),
      madd<T>(
        y4,
        madd<T>(
          y2,
          madd<T>(y, splat<T>(0.012169400044667334), splat<T>(0.013885207295460169)),
          madd<T>(y, splat<T>(0.017359707549061028), splat<T>(0.022371757871677632)),
        ),
        madd<T>(
          y2,
          madd<T>(y, splat<T>(0.030381959144060503), splat<T>(0.04464285682816979)),
          madd<T>(y, splat<T>(0.0750000000033718), splat<T>(0.16666666666665408)),
        ),
      ),
    );
  } else {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    return madd<T>(
      y4,
      splat<T>(0.04215853288769722),
      madd<T>(
        y2,
        madd<T>(y, splat<T>(0.024184677749872208), splat<T>(0.04546916112303734)),
        madd<T>(y, splat<T>(0.074953094124794), splat<T>(0.16666752099990845)),
      ),
    );
  }
}
