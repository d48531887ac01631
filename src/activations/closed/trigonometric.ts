/**
 * Closed form for phi(x) = a sin(b x + c): sine, cosine and the radial basis feature.
 * @module
 */
import type { ClosedDual } from "../activation.js";

/**
 * With Q = b^2 q, K = b^2 k, S = Q1 + Q2 and delta = S / 2 - K:
 * T = a^2 / 2 [e^{-delta} - C e^{-(S - delta)}], Td = a^2 b^2 / 2 [e^{-delta} + C e^{-(S - delta)}], C = cos 2c.
 *
 * 1 - C and 1 + C come in separately, so that sin (C = 1) and cos (C = -1) keep their digits at small variance.
 */
export function sineDual(
  a: number,
  b: number,
  phase: { readonly cosine: number; readonly onePlus: number; readonly oneMinus: number },
): ClosedDual {
  const { cosine, onePlus, oneMinus } = phase;
  const height = (a * a) / 2;
  const frequency = b * b;
  return {
    second: (q) => height * (oneMinus - cosine * Math.expm1(-2 * frequency * q)),
    derivativeSecond: (q) => height * frequency * (onePlus + cosine * Math.expm1(-2 * frequency * q)),
    secondSlope: (q) => 2 * frequency * height * cosine * Math.exp(-2 * frequency * q),
    curvatureSecond: (q) =>
      frequency * frequency * height * (oneMinus - cosine * Math.expm1(-2 * frequency * q)),
    pair(q1, q2, k, d, out) {
      const delta = frequency * d;
      const covariance = frequency * k;
      const near = Math.exp(-delta);
      const sum = frequency * (q1 + q2);
      const opposite = Math.max(sum - delta, 0); // b^2 E (u + v)^2 / 2
      const far = Math.exp(-opposite);
      // e^{-delta} - e^{-(S - delta)} = 2 e^{-S/2} sinh K, without overflow
      const difference =
        covariance >= 0 ? -near * Math.expm1(-2 * covariance) : far * Math.expm1(2 * covariance);
      out[0] = height * (near * oneMinus + cosine * difference);
      out[1] = height * frequency * (near * onePlus - cosine * difference);
      const low = frequency * Math.min(q1, q2);
      const radial = Math.exp(-low) * Math.expm1(-frequency * Math.abs(q1 - q2));
      const deficit =
        -Math.expm1(-delta) * (onePlus + cosine * Math.expm1(-opposite)) - 0.5 * cosine * radial * radial;
      out[2] = height * Math.max(deficit, 0);
      // phi' is the same with another phase: C changes its sign
      const slopeDeficit =
        -Math.expm1(-delta) * (oneMinus - cosine * Math.expm1(-opposite)) + 0.5 * cosine * radial * radial;
      out[3] = height * frequency * Math.max(slopeDeficit, 0);
    },
  };
}
