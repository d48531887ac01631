/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (atan(t) - t) / t^3 in y = t^2 for |t| <= tan(pi / 8); the error is that of atan, relative.
 *
 * f64: degree 10, error below 1.3e-18; f32: degree 4, error below 7.3e-10;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function atanCore<T>(y: v128): v128 {
  if (sizeof<T>() == 8) {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    const y8 = v128.mul<T>(y4, y4);
    return madd<T>(
      y8,
      madd<T>(
        y2,
        splat<T>(-0.01790657156481362),
        madd<T>(y, splat<T>(0.03806385444654051), splat<T>(-0.05039272199079333)),
      ),
      madd<T>(
        y4,
        madd<T>(
          y2,
          madd<T>(y, splat<T>(0.05847881135748092), splat<T>(-0.06663102820045608)),
          madd<T>(y, splat<T>(0.07692060102023171), splat<T>(-0.09090897751679045)),
        ),
        madd<T>(
          y2,
          madd<T>(y, splat<T>(0.1111111078330141), splat<T>(-0.14285714280196168)),
          madd<T>(y, splat<T>(0.1999999999995365), splat<T>(-0.333333333333332)),
        ),
      ),
    );
  } else {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    return madd<T>(
      y4,
      splat<T>(-0.06090032309293747),
      madd<T>(
        y2,
        madd<T>(y, splat<T>(0.1059916540980339), splat<T>(-0.14244391024112701)),
        madd<T>(y, splat<T>(0.19998528063297272), splat<T>(-0.33333316445350647)),
      ),
    );
  }
}
