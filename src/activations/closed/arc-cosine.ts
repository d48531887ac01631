/**
 * Closed form for rectified monomials phi(x) = x^n for x > 0, else 0: the arc-cosine kernels of any order.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { angle, arcMinusSineCosine, gap, rootDeterminant, sineMinusArc } from "./covariance.js";

const TWO_PI = 2 * Math.PI;

/**
 * G_n = E[u_+^n v_+^n] and N_n = q1 E[u_+^{n-1} v_+^{n+1}] by Gaussian integration by parts:
 * G_n = (n - 1) N_{n-1} + n k G_{n-1},  N_n = q1 q2 n G_{n-1} + (n - 1) k N_{n-1},
 * from G_0 = (pi - theta) / (2 pi), G_1 = (r + (pi - theta) k) / (2 pi), N_1 = q1 q2 G_0 + k r / (2 pi).
 *
 * Every term is positive for k > 0, nothing is divided, so there is no singular point at c = 1 or q = 0.
 * Td = n^2 G_{n-1}. The deficits run the same recursion on the differences from c = 1.
 */
export function rectifiedMonomialDual(degree: number): ClosedDual {
  const n = degree;
  const secondFactor = oddFactorial(n) / 2;
  const slopeFactor = n >= 1 ? (n * n * oddFactorial(n - 1)) / 2 : Number.NaN;
  return {
    second: (q) => (q === 0 ? 0 : secondFactor * q ** n),
    derivativeSecond: (q) => slopeFactor * q ** (n - 1),
    ...(n >= 1 && { secondSlope: (q: number) => n * secondFactor * q ** (n - 1) }),
    ...(n >= 2 && {
      curvatureSecond: (q: number) => ((n * n * (n - 1) * (n - 1) * oddFactorial(n - 2)) / 2) * q ** (n - 2),
    }),
    pair(q1, q2, k, d, out) {
      const scale = Math.sqrt(q1) * Math.sqrt(q2);
      const g = gap(q1, q2, k, d);
      const r = rootDeterminant(q1, q2, k, d);
      const theta = angle(r, k);
      const loss = k > 0 ? scale * sineMinusArc(theta) : r - theta * k;
      const g0 = (Math.PI - theta) / TWO_PI;
      if (n === 0) {
        const both = scale > 0;
        out[0] = both ? g0 : 0;
        out[1] = Number.NaN;
        out[2] = both ? theta / TWO_PI : 0.25 * ((q1 > 0 ? 1 : 0) + (q2 > 0 ? 1 : 0));
        out[3] = Number.NaN;
        return;
      }
      const square = q1 * q2;
      // (G, N) at this k and their drops (U, V) from k = s1 s2
      let gLow = g0;
      let gHigh = (r + (Math.PI - theta) * k) / TWO_PI;
      let nHigh = square * g0 + (k * r) / TWO_PI;
      let uLow = theta / TWO_PI;
      let uHigh = (Math.PI * g - loss) / TWO_PI;
      let vHigh = k > 0 ? (square * arcMinusSineCosine(theta)) / TWO_PI : (square * theta - k * r) / TWO_PI;
      for (let m = 2; m <= n; m++) {
        const gNext = (m - 1) * nHigh + m * k * gHigh;
        const uNext = (m - 1) * vHigh + m * (scale * uHigh + g * gHigh);
        const vNext = square * m * uHigh + (m - 1) * (scale * vHigh + g * nHigh);
        nHigh = square * m * gHigh + (m - 1) * k * nHigh;
        vHigh = vNext;
        gLow = gHigh;
        gHigh = gNext;
        uLow = uHigh;
        uHigh = uNext;
      }
      // terms of both signs meet only beyond the range of float64
      out[0] = Number.isNaN(gHigh) ? Number.POSITIVE_INFINITY : gHigh;
      out[1] = n * n * (Number.isNaN(gLow) ? Number.POSITIVE_INFINITY : gLow);
      const radial = powerDifference(q1, q2, n);
      const deficit = 0.5 * secondFactor * radial * radial + uHigh;
      out[2] = Number.isNaN(deficit) ? Number.POSITIVE_INFINITY : Math.max(deficit, 0);
      const lowRadial = powerDifference(q1, q2, n - 1);
      const slopeDeficit = 0.5 * slopeFactor * lowRadial * lowRadial + n * n * uLow;
      out[3] = Number.isNaN(slopeDeficit) ? Number.POSITIVE_INFINITY : Math.max(slopeDeficit, 0);
    },
  };
}

/** q1^{n/2} - q2^{n/2} = (s1 - s2) sum_j s1^j s2^{n-1-j}, free of cancellation beyond that of q1 - q2. */
function powerDifference(q1: number, q2: number, n: number): number {
  const s1 = Math.sqrt(q1);
  const s2 = Math.sqrt(q2);
  if (s1 + s2 === 0) return 0;
  let sum = 0;
  for (let j = 0; j < n; j++) sum = sum * s1 + s2 ** j;
  return ((q1 - q2) / (s1 + s2)) * sum;
}

/** (2 n - 1)!! = E z^{2n}. */
function oddFactorial(n: number): number {
  let product = 1;
  for (let j = 1; j <= n; j++) product *= 2 * j - 1;
  return product;
}
