/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * erf(x) / x - 1 in y = x^2 for |x| <= 1; the error is that of erf, relative.
 *
 * f64: degree 11, error below 1.5e-17; f32: degree 6, error below 1.5e-9;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function erfCore<T>(y: v128): v128 {
  if (sizeof<T>() == 8) {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    const y8 = v128.mul<T>(y4, y4);
    return madd<T>(
      y8,
      madd<T>(
        y2,
        madd<T>(y, splat<T>(-7.582647864286708e-10), splat<T>(1.3604700370780884e-08)),
        madd<T>(y, splat<T>(-1.618156210518639e-07), splat<T>(1.6443878436495027e-06)),
      ),
      madd<T>(
        y4,
        madd<T>(
          y2,
          madd<T>(y, splat<T>(-1.4924447206893948e-05), splat<T>(0.0001205527972249096)),
          madd<T>(y, splat<T>(-0.0008548325465143482), splat<T>(0.005223977596442075)),
        ),
        madd<T>(
          y2,
          madd<T>(y, splat<T>(-0.026866170641937064), splat<T>(0.1128379167093689)),
          madd<T>(y, splat<T>(-0.37612638903183343), splat<T>(0.12837916709551256)),
        ),
      ),
    );
  } else {
    const y2 = v128.mul<T>(y, y);
    const y4 = v128.mul<T>(y2, y2);
    return madd<T>(
      y4,
      madd<T>(
        y2,
        splat<T>(7.806903886375949e-05),
        madd<T>(y, splat<T>(-0.0007997853099368513), splat<T>(0.005187162198126316)),
      ),
      madd<T>(
        y2,
        madd<T>(y, splat<T>(-0.026853347197175026), splat<T>(0.11283578723669052)),
        madd<T>(y, splat<T>(-0.3761262595653534), splat<T>(0.12837916612625122)),
      ),
    );
  }
}
