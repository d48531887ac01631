/**
 * Closed forms for the step functions sign and heaviside. Their derivative is a delta at 0: there is no derivative
 * kernel (Td and E phi'^2 are NaN here, the public functions throw).
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { angle, rootDeterminant } from "./covariance.js";

/**
 * phi(x) = low for x < 0, 0 at 0, high for x > 0, of sign (-1, 1) or heaviside (0, 1):
 * T = 1 - 2 theta / pi or (pi - theta) / (2 pi). The value at 0 makes every expectation with a zero-variance sample 0.
 */
export function stepDual(kind: "sign" | "heaviside"): ClosedDual {
  const half = kind === "sign" ? 1 : 0.5;
  const slope = kind === "sign" ? 2 / Math.PI : 1 / (2 * Math.PI);
  return {
    second: (q) => (q > 0 ? half : q === 0 ? 0 : Number.NaN),
    derivativeSecond: () => Number.NaN,
    pair(q1, q2, k, d, out) {
      out[1] = Number.NaN;
      out[3] = Number.NaN;
      if (q1 === 0 || q2 === 0) {
        out[0] = 0;
        out[2] = 0.5 * half * ((q1 > 0 ? 1 : 0) + (q2 > 0 ? 1 : 0));
        return;
      }
      const theta = angle(rootDeterminant(q1, q2, k, d), k);
      out[0] = half - slope * theta;
      out[2] = slope * theta;
    },
  };
}
