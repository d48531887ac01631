/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (sin t - t cos t) / v^(3/2) with t = acos(1 - v), for v in [0, 1]; the error is relative.
 *
 * f64: degree 16, error below 4.2e-17; f32: degree 6, error below 1.6e-8;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function sineMinusArcRoot<T>(v: v128): v128 {
  if (sizeof<T>() == 8) {
    const v2 = v128.mul<T>(v, v);
    const v4 = v128.mul<T>(v2, v2);
    const v8 = v128.mul<T>(v4, v4);
    const v16 = v128.mul<T>(v8, v8);
    return madd<T>(
      v16,
      splat<T>(5.326019370766065e-07),
      madd<T>(
        v8,
        madd<T>(
          v4,
          madd<T>(
            v2,
            madd<T>(v, splat<T>(-3.3553488919185732e-06), splat<T>(1.021107857086239e-05)),
            madd<T>(v, splat<T>(-1.8814860217829246e-05), splat<T>(2.3903428679882954e-05)),
          ),
          madd<T>(
            v2,
            madd<T>(v, splat<T>(-2.0838461625995495e-05), splat<T>(1.487556322645316e-05)),
            madd<T>(v, splat<T>(-4.103370471527857e-06), splat<T>(9.080054654489763e-06)),
          ),
        ),
        madd<T>(
          v4,
          madd<T>(
            v2,
            madd<T>(v, splat<T>(1.754249187467746e-05), splat<T>(5.123811152911753e-05)),
            madd<T>(v, splat<T>(0.0001520964596586303), splat<T>(0.0004882575046482401)),
          ),
          madd<T>(
            v2,
            madd<T>(v, splat<T>(0.0017537369997483348), splat<T>(0.007576144085524079)),
            madd<T>(v, splat<T>(0.04714045207909203), splat<T>(0.9428090415820634)),
          ),
        ),
      ),
    );
  } else {
    const v2 = v128.mul<T>(v, v);
    const v4 = v128.mul<T>(v2, v2);
    return madd<T>(
      v4,
      madd<T>(
        v2,
        splat<T>(0.0002376260672463104),
        madd<T>(v, splat<T>(-0.00018469631322659552), splat<T>(0.0007502932567149401)),
      ),
      madd<T>(
        v2,
        madd<T>(v, splat<T>(0.0016553215682506561), splat<T>(0.00759292533621192)),
        madd<T>(v, splat<T>(0.04713946953415871), splat<T>(0.9428090453147888)),
      ),
    );
  }
}
