/**
 * Closed form for GELU, phi(x) = x Phi(x) with Phi the normal distribution function.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { determinant } from "./covariance.js";
import { arcsineDeficit } from "./error-function.js";
import { inverseRootGap, inverseRootSpread } from "./exponential.js";

const TWO_PI = 2 * Math.PI;

/**
 * With det = q1 q2 - k^2, P = (1 + q1)(1 + q2), w^2 = 1 + q1 + q2 + det, alpha = atan2(k, w):
 * T = k / 4 + [1 / w + w (q1 q2 - 1) / P + k alpha] / (2 pi),
 * Td = 1 / 4 + [alpha + k / w (1 / w^2 + (1 - q1 q2) / P + 1)] / (2 pi)  (Tsuchida et al. 2020).
 *
 * T is written so that it does not cancel at small variance; each part of D is free of cancellation.
 */
export function geluDual(): ClosedDual {
  return {
    second(q) {
      const w = Math.sqrt(1 + 2 * q);
      return q / 4 + ((2 * q * q) / ((1 + q) * w) + q * Math.atan2(q, w)) / TWO_PI;
    },
    derivativeSecond(q) {
      const w = Math.sqrt(1 + 2 * q);
      const fold = (1 - q) / (1 + q);
      return 0.25 + (Math.atan2(q, w) + (q / w) * (1 / (w * w) + fold + 1)) / TWO_PI;
    },
    pairWithoutDeficit(q1, q2, k, d, out) {
      dualAndSlope(q1, q2, k, determinant(q1, q2, k, d), out);
    },
    pair(q1, q2, k, d, out) {
      const det = determinant(q1, q2, k, d);
      const product = (1 + q1) * (1 + q2);
      const w = Math.sqrt(1 + q1 + q2 + det);
      const alpha = Math.atan2(k, w);
      dualAndSlope(q1, q2, k, det, out);

      const w1 = Math.sqrt(1 + 2 * q1);
      const v1 = Math.sqrt(1 + 2 * q2);
      const dq = q1 - q2;
      const fold = (q1 * q2 - 1) / product;
      const dw = (2 * dq) / (w1 + v1);
      const roots =
        inverseRootSpread(w1 * w1, v1 * v1) +
        inverseRootGap(0.5 * (w1 * w1 + v1 * v1), det) -
        (fold * (0.25 * dw * dw + det)) / (0.5 * (w1 + v1) + w) +
        (0.5 * dw * dq) / product;
      // q1 alpha1 / 2 + q2 alpha2 / 2 - k alpha, alpha_i = atan2(q_i, w_i)
      const cross = q1 * v1 + q2 * w1;
      const turn = cross > 0 ? Math.atan2((dq * (q1 + q2 + 2 * q1 * q2)) / cross, w1 * v1 + q1 * q2) : 0;
      const angles = d * alpha + 0.5 * (q1 + q2) * arcsineDeficit(q1, q2, k, d, det) + 0.25 * dq * turn;
      const deficit = d / 4 + (roots + angles) / TWO_PI;
      out[2] = Math.max(deficit, 0);
    },
  };
}

function dualAndSlope(q1: number, q2: number, k: number, det: number, out: Float64Array): void {
  const product = (1 + q1) * (1 + q2);
  const w2 = 1 + q1 + q2 + det;
  const w = Math.sqrt(w2);
  const alpha = Math.atan(k / w);
  out[0] = k / 4 + ((k * k + q1 * q2 * w2) / (product * w) + k * alpha) / TWO_PI;
  out[1] = 0.25 + (alpha + (k / w) * (1 / w2 + (1 - q1 * q2) / product + 1)) / TWO_PI;
}
