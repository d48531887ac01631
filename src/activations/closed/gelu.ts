/**
 * Closed form for GELU, phi(x) = x Phi(x) with Phi the normal distribution function.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { rootDeterminant, rootOfSum } from "./covariance.js";
import { arcsineDeficit } from "./error-function.js";
import { inverseCubeGap, inverseRootGap, inverseRootSpread } from "./inverse-roots.js";
import { piecewiseLinearDual } from "./piecewise-linear.js";

const TWO_PI = 2 * Math.PI;
const HUGE = 1e60;
const relu = piecewiseLinearDual(0, 1);

/**
 * With det = q1 q2 - k^2, P = (1 + q1)(1 + q2), w^2 = 1 + q1 + q2 + det, alpha = atan2(k, w):
 * T = k / 4 + [1 / w + w (q1 q2 - 1) / P + k alpha] / (2 pi),
 * Td = 1 / 4 + [alpha + k / w (1 / w^2 + 1 / (1 + q1) + 1 / (1 + q2))] / (2 pi)  (Tsuchida et al. 2020).
 *
 * T is written so that it does not cancel at small variance; each part of D is free of cancellation.
 */
export function geluDual(): ClosedDual {
  return {
    second: (q) => q * meanSlope(q),
    derivativeSecond,
    pairWithoutDeficit(q1, q2, k, d, out) {
      dualAndSlope(q1, q2, k, rootDeterminant(q1, q2, k, d), out);
    },
    pair(q1, q2, k, d, out) {
      const r = rootDeterminant(q1, q2, k, d);
      dualAndSlope(q1, q2, k, r, out);
      if (Math.max(q1, q2) > HUGE) {
        // the products below would overflow; for two such variances gelu is a relu, one alone leaves nothing to cancel
        const dual = out[0]!;
        const slope = out[1]!;
        relu.pair(q1, q2, k, d, out);
        if (Math.min(q1, q2) < Math.sqrt(HUGE)) {
          out[2] = 0.5 * q1 * meanSlope(q1) + 0.5 * q2 * meanSlope(q2) - dual;
          out[3] = 0.5 * (derivativeSecond(q1) + derivativeSecond(q2)) - slope;
        }
        out[0] = dual;
        out[1] = slope;
        return;
      }
      const det = r * r;
      const product = (1 + q1) * (1 + q2);
      const w = Math.sqrt(1 + q1 + q2 + det);
      const alpha = Math.atan2(k, w);

      const w1 = Math.sqrt(1 + 2 * q1);
      const v1 = Math.sqrt(1 + 2 * q2);
      const dq = q1 - q2;
      const fold = (q1 * q2 - 1) / product;
      const dw = (2 * dq) / (w1 + v1);
      const fall = inverseRootSpread(1 + 2 * q1, 1 + 2 * q2, 2 * dq) + inverseRootGap(1 + q1 + q2, r);
      const roots =
        fall - (fold * (0.25 * dw * dw + det)) / (0.5 * (w1 + v1) + w) + (0.5 * dw * dq) / product;
      // q1 alpha1 / 2 + q2 alpha2 / 2 - k alpha, alpha_i = atan2(q_i, w_i)
      const cross = q1 * v1 + q2 * w1;
      const turn = cross > 0 ? Math.atan2((dq * (q1 + q2 + 2 * q1 * q2)) / cross, w1 * v1 + q1 * q2) : 0;
      const arc = arcsineDeficit(q1, q2, k, d, r);
      const angles = d * alpha + 0.5 * (q1 + q2) * arc + 0.25 * dq * turn;
      const deficit = d / 4 + (roots + angles) / TWO_PI;
      out[2] = Math.max(deficit, 0);

      // Dd: the deficits of alpha, of k / w^3 and of k / w (1 / (1 + q1) + 1 / (1 + q2)), k = (q1 + q2) / 2 - d
      const low = 1 / w;
      const cubes = inverseCubeGap(fall, fall + low, -dw / (2 * w1 * v1), low);
      const third = 0.5 * (fall - cubes) + (0.5 * det + d) * low * low * low;
      const m = 0.5 * (1 / (1 + q1) + 1 / (1 + q2));
      const folds = dq * (dq / product) * (1 / (w1 * v1 * (w1 + v1)) + 0.5 * low);
      const first = 2 * (1 - m) * fall - folds + 2 * d * m * low;
      out[3] = Math.max((arc + third + first) / TWO_PI, 0);
    },
  };
}

function derivativeSecond(q: number): number {
  const w = Math.sqrt(1 + 2 * q);
  return 0.25 + (Math.atan2(q, w) + (q / w) * (1 / (w * w) + 2 / (1 + q))) / TWO_PI;
}

/** E_q[phi^2] / q */
function meanSlope(q: number): number {
  const w = Math.sqrt(1 + 2 * q);
  return 0.25 + ((2 * q) / (1 + q) / w + Math.atan2(q, w)) / TWO_PI;
}

/** @param r  sqrt(q1 q2 - k^2) */
function dualAndSlope(q1: number, q2: number, k: number, r: number, out: Float64Array): void {
  const w = rootOfSum(1 + q1 + q2, r);
  const alpha = Math.atan(k / w);
  const m1 = 1 / (1 + q1);
  const m2 = 1 / (1 + q2);
  out[0] = k / 4 + (((k * m1) / w) * (k * m2) + q1 * m1 * (q2 * m2) * w + k * alpha) / TWO_PI;
  out[1] = 0.25 + (alpha + (k / w) * (1 / w / w + m1 + m2)) / TWO_PI;
}
