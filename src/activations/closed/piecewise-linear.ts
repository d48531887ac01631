/**
 * Closed form for phi(x) = a min(x, 0) + b max(x, 0): identity, relu, leaky relu, absolute value.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { angle, rootDeterminant, sineMinusArc } from "./covariance.js";

/**
 * With theta = acos(c) and r = sqrt(q1 q2 - k^2):
 * Td = (a^2 + b^2) / 2 - (a - b)^2 theta / (2 pi), T = (a - b)^2 r / (2 pi) + Td k,
 * D = (a^2 + b^2) / 2 d - (a - b)^2 (r - theta k) / (2 pi), Dd = (a - b)^2 theta / (2 pi).
 *
 * Arc-cosine kernel of order 1 (Cho & Saul 2009); the deficit form is ours. Relative error of T, Td, D a few ulp
 * for c > -0.9; near c = -1 absolute to q.
 */
export function piecewiseLinearDual(a: number, b: number): ClosedDual {
  const even = (a * a + b * b) / 2;
  const odd = ((a - b) * (a - b)) / (2 * Math.PI);
  return {
    second: (q) => even * q,
    derivativeSecond: () => even,
    secondSlope: () => even,
    pair(q1, q2, k, d, out) {
      if (odd === 0) {
        out[0] = even * k;
        out[1] = even;
        out[2] = even * d;
        out[3] = 0;
        return;
      }
      const r = rootDeterminant(q1, q2, k, d);
      const theta = angle(r, k);
      const slope = even - odd * theta;
      out[0] = odd * r + slope * k;
      out[1] = slope;
      const loss = k > 0 ? Math.sqrt(q1) * Math.sqrt(q2) * sineMinusArc(theta) : r - theta * k;
      const deficit = even * d - odd * loss;
      out[2] = Math.max(deficit, 0);
      out[3] = odd * theta;
    },
  };
}
