/**
 * Closed form for phi(x) = a erf(b x) + c (Williams 1997), and the angle deficit that GELU shares.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { rootDeterminant, rootOfSum } from "./covariance.js";
import { inverseRootGap, inverseRootSpread } from "./inverse-roots.js";

/**
 * asin(m1) / 2 + asin(m2) / 2 - asin(m12) for m_i = p_i / (1 + p_i), m12 = k / sqrt((1 + p1)(1 + p2)), without
 * cancellation: p1, p2, k are the entries of a covariance, d its deficit, r the root of its determinant.
 *
 * With X = sqrt((1 + p1)(1 + p2)) and W = sqrt((1 + 2 p1)(1 + 2 p2)), the cosines of the two complementary angles differ
 * by (W - 1 - 2 k) / (2 X), and W^2 - (1 + 2 k)^2 = 4 d + 4 r^2.
 */
export function arcsineDeficit(p1: number, p2: number, k: number, d: number, r: number): number {
  const x = Math.sqrt(1 + p1) * Math.sqrt(1 + p2);
  const w = Math.sqrt(1 + 2 * p1) * Math.sqrt(1 + 2 * p2);
  const lower = 1 + 2 * k;
  const cosineGap =
    lower > 0 ? 2 * (d / (w + lower) / x) + 2 * (r / (w + lower)) * (r / x) : 0.5 * (w / x - lower / x);
  const pairAngle = Math.atan2(rootOfSum(1 + p1 + p2, r), k);
  const meanAngle = 0.5 * (Math.atan2(Math.sqrt(1 + 2 * p1), p1) + Math.atan2(Math.sqrt(1 + 2 * p2), p2));
  const half = cosineGap / (2 * Math.sin(0.5 * (pairAngle + meanAngle)));
  return 2 * Math.asin(Math.min(half, 1));
}

/**
 * With p = 2 b^2 q and K = 2 b^2 k: T = a^2 (2 / pi) asin(K / sqrt((1 + p1)(1 + p2))) + c^2,
 * Td = a^2 b^2 (4 / pi) / sqrt((1 + p1)(1 + p2) - K^2). Relative error of T, Td, D a few ulp.
 */
export function errorFunctionDual(a: number, b: number, c: number): ClosedDual {
  const scale = 2 * b * b;
  const height = (a * a * 2) / Math.PI;
  const slope = (a * a * b * b * 4) / Math.PI;
  const shift = c * c;
  return {
    second(q) {
      const p = scale * q;
      return height * Math.atan2(p, Math.sqrt(1 + 2 * p)) + shift;
    },
    derivativeSecond: (q) => slope / Math.sqrt(1 + 2 * scale * q),
    secondSlope(q) {
      const p = scale * q;
      return (height * scale) / ((1 + p) * Math.sqrt(1 + 2 * p));
    },
    curvatureSecond(q) {
      const x = 1 + 2 * scale * q;
      return ((slope * scale) / x) * ((scale * q) / Math.sqrt(x));
    },
    pair(q1, q2, k, d, out) {
      const p1 = scale * q1;
      const p2 = scale * q2;
      const covariance = scale * k;
      const r = scale * rootDeterminant(q1, q2, k, d);
      const root = rootOfSum(1 + p1 + p2, r);
      out[0] = height * Math.atan2(covariance, root) + shift;
      out[1] = slope / root;
      out[2] = height * arcsineDeficit(p1, p2, covariance, scale * d, r);
      const spread = inverseRootSpread(1 + 2 * p1, 1 + 2 * p2, 2 * scale * (q1 - q2));
      out[3] = slope * (spread + inverseRootGap(1 + p1 + p2, r));
    },
    pairWithoutDeficit(q1, q2, k, d, out) {
      const root = rootOfSum(1 + scale * (q1 + q2), scale * rootDeterminant(q1, q2, k, d));
      out[0] = height * Math.atan((scale * k) / root) + shift;
      out[1] = slope / root;
    },
  };
}
