/**
 * Closed form for the Gabor function phi(x) = e^{-x^2} sin x.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { determinant } from "./covariance.js";
import { inverseRootGap, inverseRootSpread } from "./exponential.js";

const INV_SQRT_E = 0.6065306597126334; // e^{-1/2}

/**
 * With det = 1 + 2 (q1 + q2) + 4 r^2, r^2 = q1 q2 - k^2, and
 * A = (d + 2 r^2) / det, B = (q1 + q2 - d + 2 r^2) / det: T = (e^{-A} - e^{-B}) / (2 sqrt(det)),
 * Td = [(1 + 8 k (1 - A)) e^{-A} + (1 - 8 k (1 - B)) e^{-B}] / (2 det^{3/2}).
 *
 * D uses that both exponents are functions of det and d alone (B = 1/2 - (1/2 + d) / det); no part cancels.
 */
export function gaborDual(): ClosedDual {
  const second = (q: number): number => -Math.expm1((-2 * q) / (1 + 4 * q)) / (2 * Math.sqrt(1 + 4 * q));
  return {
    second,
    derivativeSecond(q) {
      const det = 1 + 4 * q;
      const b = (2 * q) / det;
      return (1 + 8 * q + (1 - 8 * q * (1 - b)) * Math.exp(-b)) / (2 * det * Math.sqrt(det));
    },
    pair(q1, q2, k, d, out) {
      const r2 = determinant(q1, q2, k, d);
      const det = 1 + 2 * (q1 + q2) + 4 * r2;
      const near = (d + 2 * r2) / det;
      const far = (q1 + q2 - d + 2 * r2) / det;
      const root = Math.sqrt(det);
      const x = Math.exp(-near);
      const y = Math.exp(-far);
      const difference = k >= 0 ? -x * Math.expm1((-2 * k) / det) : y * Math.expm1((2 * k) / det);
      const dual = difference / (2 * root);
      out[0] = dual;
      out[1] = ((1 + 8 * k * (1 - near)) * x + (1 - 8 * k * (1 - far)) * y) / (2 * det * root);

      const x1 = 1 + 4 * q1;
      const x2 = 1 + 4 * q2;
      const mean = 1 + 2 * (q1 + q2);
      const extra = 4 * r2;
      const spread = inverseRootSpread(x1, x2);
      const drop = inverseRootGap(mean, extra);
      const cosinePart = spread + drop - Math.expm1(-near) / root;
      const sinePart = envelopeSpread(x1, x2, spread) + envelopeGap(mean, extra, drop);
      const tilt = (Math.exp(0.5 / det) * Math.expm1(d / det)) / root;
      out[2] = Math.max(0.5 * (cosinePart - INV_SQRT_E * (sinePart - tilt)), 0);
    },
  };
}

// H(x) = x^{-1/2} e^{1 / (2 x)} is what E e^{-2 u^2} cos 2u is made of, at x = 1 + 4 q

/** (H(x1) + H(x2)) / 2 - H((x1 + x2) / 2), given the same of x^{-1/2}. */
function envelopeSpread(x1: number, x2: number, spread: number): number {
  const mean = 0.5 * (x1 + x2);
  const e1 = Math.exp(0.5 / x1);
  const e2 = Math.exp(0.5 / x2);
  const product = x1 * x2;
  const difference = x2 - x1;
  const roots = Math.sqrt(x1) * Math.sqrt(x2) * (Math.sqrt(x1) + Math.sqrt(x2));
  // e^{y1} + e^{y2} against e^{y at the mean}, y = 1 / (2 x): the spread of y and its convexity
  const half = Math.sinh(difference / (8 * product));
  const centre = Math.exp(0.25 * (1 / x1 + 1 / x2));
  const convexity = (difference * difference) / (8 * product * mean);
  const exponentials = 2 * centre * half * half + Math.exp(0.5 / mean) * Math.expm1(convexity);
  const cross = 0.25 * (difference / roots) * e2 * Math.expm1(difference / (2 * product));
  return spread * 0.5 * (e1 + e2) + exponentials / Math.sqrt(mean) + cross;
}

/** H(m) - H(m + extra), given the same of x^{-1/2}. */
function envelopeGap(m: number, extra: number, drop: number): number {
  const x = m + extra;
  return drop * Math.exp(0.5 / m) + (Math.exp(0.5 / x) * Math.expm1(extra / (2 * m * x))) / Math.sqrt(x);
}
