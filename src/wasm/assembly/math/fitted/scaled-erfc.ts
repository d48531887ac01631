/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * (1 + 2 x) e^(x^2) erfc(x) in u = (x - 3) / (x + 3) for x in [0.45, 28]; the error is relative.
 *
 * f64: degree 20, error below 6.2e-17; f32: degree 9, error below 4.2e-8;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function scaledErfc<T>(u: v128): v128 {
  if (sizeof<T>() == 8) {
    const u2 = v128.mul<T>(u, u);
    const u4 = v128.mul<T>(u2, u2);
    const u8 = v128.mul<T>(u4, u4);
    const u16 = v128.mul<T>(u8, u8);
    return madd<T>(
      u16,
      madd<T>(
        u4,
        splat<T>(1.0933315585691217e-08),
        madd<T>(
          u2,
          madd<T>(u, splat<T>(6.867289224309713e-08), splat<T>(-8.942152224606526e-08)),
          madd<T>(u, splat<T>(-5.780006240299894e-07), splat<T>(3.0800490155137535e-07)),
        ),
      ),
      madd<T>(
        u8,
        madd<T>(
          u4,
          madd<T>(
            u2,
            madd<T>(u, splat<T>(3.446456345256382e-06), splat<T>(-7.038890709746223e-07)),
            madd<T>(u, splat<T>(-2.0089651418588468e-05), splat<T>(4.939691211134582e-06)),
          ),
          madd<T>(
            u2,
            madd<T>(u, splat<T>(0.00012509638864156522), splat<T>(-0.00010515761842972491)),
            madd<T>(u, splat<T>(-0.0007798317529857564), splat<T>(0.001888690062684323)),
          ),
        ),
        madd<T>(
          u4,
          madd<T>(
            u2,
            madd<T>(u, splat<T>(0.0025293917590663824), splat<T>(-0.023770514895654276)),
            madd<T>(u, splat<T>(0.06830802734764571), splat<T>(-0.1192736634162039)),
          ),
          madd<T>(
            u2,
            madd<T>(u, splat<T>(0.12964515870264143), splat<T>(-0.04756229435343693)),
            madd<T>(u, splat<T>(-0.1356211061245799), splat<T>(1.2530080582697296)),
          ),
        ),
      ),
    );
  } else {
    const u2 = v128.mul<T>(u, u);
    const u4 = v128.mul<T>(u2, u2);
    const u8 = v128.mul<T>(u4, u4);
    return madd<T>(
      u8,
      madd<T>(u, splat<T>(-0.0006085121422074735), splat<T>(0.0016941927606239915)),
      madd<T>(
        u4,
        madd<T>(
          u2,
          madd<T>(u, splat<T>(0.002441850956529379), splat<T>(-0.02364214137196541)),
          madd<T>(u, splat<T>(0.06832592934370041), splat<T>(-0.11930834501981735)),
        ),
        madd<T>(
          u2,
          madd<T>(u, splat<T>(0.12964390218257904), splat<T>(-0.04755900055170059)),
          madd<T>(u, splat<T>(-0.1356210857629776), splat<T>(1.2530080080032349)),
        ),
      ),
    );
  }
}
