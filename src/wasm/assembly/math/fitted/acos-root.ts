/**
 * Fitted by scripts/fit/elementary.py; do not edit.
 * @module
 */
import { madd, splat } from "../../lanes";

/**
 * acos(1 - v) / sqrt(v) for v in [0, 1]; the error is relative.
 *
 * f64: degree 17, error below 1.0e-16; f32: degree 7, error below 1.8e-8;
 * rounding of the evaluation comes on top.
 */
// @ts-ignore: decorator
@inline
export function acosRoot<T>(v: v128): v128 {
  if (sizeof<T>() == 8) {
    const v2 = v128.mul<T>(v, v);
    const v4 = v128.mul<T>(v2, v2);
    const v8 = v128.mul<T>(v4, v4);
    const v16 = v128.mul<T>(v8, v8);
    return madd<T>(
      v16,
      madd<T>(v, splat<T>(7.93187248272655e-06), splat<T>(-5.497898975629863e-05)),
      madd<T>(
        v8,
        madd<T>(
          v4,
          madd<T>(
            v2,
            madd<T>(v, splat<T>(0.0001816593503014012), splat<T>(-0.0003675576826947548)),
            madd<T>(v, splat<T>(0.0005102890501193498), splat<T>(-0.0005041622962224963)),
          ),
          madd<T>(
            v2,
            madd<T>(v, splat<T>(0.0003768071145266229), splat<T>(-0.00019261440421806733)),
            madd<T>(v, splat<T>(0.0001111694732771277), splat<T>(3.787465425076561e-05)),
          ),
        ),
        madd<T>(
          v4,
          madd<T>(
            v2,
            madd<T>(v, splat<T>(0.00016018316885918216), splat<T>(0.00038248087835804774)),
            madd<T>(v, splat<T>(0.0009888290149500723), splat<T>(0.002685401603093913)),
          ),
          madd<T>(
            v2,
            madd<T>(v, splat<T>(0.007891817131160416), splat<T>(0.02651650428547071)),
            madd<T>(v, splat<T>(0.11785113019784282), splat<T>(1.414213562373095)),
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
        madd<T>(v, splat<T>(0.00130299327429384), splat<T>(-0.002298991894349456)),
        madd<T>(v, splat<T>(0.003746788715943694), splat<T>(0.0012113865232095122)),
      ),
      madd<T>(
        v2,
        madd<T>(v, splat<T>(0.008306385017931461), splat<T>(0.026460222899913788)),
        madd<T>(v, splat<T>(0.11785401403903961), splat<T>(1.4142135381698608)),
      ),
    );
  }
}
