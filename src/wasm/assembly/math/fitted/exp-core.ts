/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; the error is that of e^r, relative.
 *
 * f64: degree 9, error below 4.6e-18; f32: degree 4, error below 3.3e-9;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function expCore<T>(r: v128): v128 {
  if (sizeof<T>() == 8) {
    const r2 = v128.mul<T>(r, r);
    const r4 = v128.mul<T>(r2, r2);
    const r8 = v128.mul<T>(r4, r4);
    return madd<T>(
      r8,
      madd<T>(r, splat<T>(2.500871480132756e-08), splat<T>(2.7630554981299e-07)),
      madd<T>(
        r4,
        madd<T>(
          r2,
          madd<T>(r, splat<T>(2.755755496964726e-06), splat<T>(2.480149216696414e-05)),
          madd<T>(r, splat<T>(0.0001984126954838312), splat<T>(0.0013888888944608164)),
        ),
        madd<T>(
          r2,
          madd<T>(r, splat<T>(0.008333333333470359), splat<T>(0.04166666666652616)),
          madd<T>(r, splat<T>(0.16666666666666463), splat<T>(0.5000000000000011)),
        ),
      ),
    );
  } else {
    const r2 = v128.mul<T>(r, r);
    const r4 = v128.mul<T>(r2, r2);
    return madd<T>(
      r4,
      splat<T>(0.0013821461470797658),
      madd<T>(
        r2,
        madd<T>(r, splat<T>(0.008368662558495998), splat<T>(0.041668254882097244)),
        madd<T>(r, splat<T>(0.1666652113199234), splat<T>(0.4999999403953552)),
      ),
    );
  }
}
