/**
 * Closed form for the Gabor function phi(x) = e^{-x^2} sin x.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { rootDeterminant, rootOfSum } from "./covariance.js";
import {
  inverseCubeGap,
  inverseFifthGap,
  inverseRootGap,
  inverseRootHalf,
  inverseRootSpread,
} from "./inverse-roots.js";

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
      return (1 + 8 * q + (1 - 8 * q * (1 - b)) * Math.exp(-b)) / det / (2 * Math.sqrt(det));
    },
    pair(q1, q2, k, d, out) {
      const r = rootDeterminant(q1, q2, k, d);
      const mean = 1 + 2 * (q1 + q2);
      const root = rootOfSum(mean, 2 * r); // of det, which may overflow
      const turn = 2 * (r / root) * (r / root);
      const near = d / root / root + turn;
      const far = (q1 + q2 - d) / root / root + turn;
      const lean = k / root / root;
      const x = Math.exp(-near);
      const y = Math.exp(-far);
      const height = k >= 0 ? -x * Math.expm1(-2 * lean) : y * Math.expm1(2 * lean);
      const dual = height / (2 * root);
      out[0] = dual;
      out[1] = ((x + y) / root / root + 8 * lean * ((1 - near) * x - (1 - far) * y)) / (2 * root);

      const x1 = 1 + 4 * q1;
      const x2 = 1 + 4 * q2;
      const difference = 4 * (q1 - q2);
      const spread = inverseRootSpread(x1, x2, difference);
      const drop = inverseRootGap(mean, 2 * r);
      const cosinePart = spread + drop - Math.expm1(-near) / root;
      const sinePart = envelopeSpread(x1, x2, difference, spread) + envelopeGap(mean, root, drop);
      const tilt = (Math.exp(0.5 / root / root) * Math.expm1(d / root / root)) / root;
      out[2] = Math.max(0.5 * (cosinePart - INV_SQRT_E * (sinePart - tilt)), 0);

      // Dd: what d and r add beside det, from 8 k = 2 (det - 1 - 4 r^2 - 4 d)
      const square = 1 / root / root;
      const delta = d / root / root;
      const extra = 2 * turn; // 4 r^2 / det
      const cosineGain =
        2 * extra + 8 * delta + 8 * lean * near - Math.expm1(-near) * (square + 8 * lean * (1 - near));
      const sineGain =
        extra + 2 * delta + square * (extra + 4 * delta) + 2 * delta * (square + extra + 4 * delta);
      const envelope = Math.exp(0.5 * square);
      const sines = Math.expm1(delta) * (square - 1 + square * square) + Math.exp(delta) * sineGain;
      const half = inverseRootHalf(x1, x2, difference);
      const gains = (cosineGain - INV_SQRT_E * envelope * sines) / root;
      out[3] = Math.max(0.5 * (slopeGap(spread + drop, half, 1 / root) + gains), 0);
    },
  };
}

/**
 * (P(a1) + P(a2)) / 2 - P(low) for P(a) = 2 a - a^3 + e^{(a^2 - 1) / 2} (a^3 - a + a^5), E phi'^2 = P / 2 at
 * a = (1 + 4 q)^{-1/2}, given gap, half and low of inverse-roots.
 */
function slopeGap(gap: number, half: number, low: number): number {
  const mean = gap + low;
  const cubes = inverseCubeGap(gap, mean, half, low);
  const polynomialGap = cubes - gap + inverseFifthGap(gap, mean, half, low);
  const l2 = low * low;
  const h2 = half * half;
  const m2 = mean * mean;
  const polynomialLow = low * (l2 - 1 + l2 * l2);
  const polynomialHalf = half * (3 * m2 + h2 - 1 + 5 * m2 * m2 + 10 * m2 * h2 + h2 * h2);
  // e^{y1} + e^{y2} against e^{y}, y = a^2 / 2
  const centre = Math.exp(0.5 * (m2 + h2));
  const quarter = Math.sinh(0.5 * half * mean);
  const envelopeFall =
    2 * centre * quarter * quarter + Math.exp(0.5 * l2) * Math.expm1(0.5 * (gap * (mean + low) + h2));
  const envelopeMean = centre * Math.cosh(half * mean);
  const envelopeHalf = centre * Math.sinh(half * mean);
  const sines = polynomialGap * envelopeMean + polynomialLow * envelopeFall + polynomialHalf * envelopeHalf;
  return 2 * gap - cubes + INV_SQRT_E * sines;
}

// H(x) = x^{-1/2} e^{1 / (2 x)} is what E e^{-2 u^2} cos 2u is made of, at x = 1 + 4 q

/** (H(x1) + H(x2)) / 2 - H((x1 + x2) / 2), given the same of x^{-1/2}. */
function envelopeSpread(x1: number, x2: number, gain: number, spread: number): number {
  const mean = 0.5 * (x1 + x2);
  const e1 = Math.exp(0.5 / x1);
  const e2 = Math.exp(0.5 / x2);
  const difference = -gain;
  const s1 = Math.sqrt(x1);
  const s2 = Math.sqrt(x2);
  // e^{y1} + e^{y2} against e^{y at the mean}, y = 1 / (2 x): the spread of y and its convexity
  const half = Math.sinh(difference / x1 / x2 / 8);
  const centre = Math.exp(0.25 * (1 / x1 + 1 / x2));
  const convexity = (0.125 * (difference / x1) * (difference / mean)) / x2;
  const exponentials = 2 * centre * half * half + Math.exp(0.5 / mean) * Math.expm1(convexity);
  const cross = ((0.25 * difference) / s1 / s2 / (s1 + s2)) * e2 * Math.expm1((0.5 * difference) / x1 / x2);
  return spread * 0.5 * (e1 + e2) + exponentials / Math.sqrt(mean) + cross;
}

/** H(m) - H(x) for x = root^2 >= m, given the same of x^{-1/2}. */
function envelopeGap(m: number, root: number, drop: number): number {
  const y = 1 / root / root;
  // 1 / m - 1 / x = (m^{-1/2} - x^{-1/2}) (m^{-1/2} + x^{-1/2})
  const fall = drop * (1 / Math.sqrt(m) + 1 / root);
  return drop * Math.exp(0.5 / m) + (Math.exp(0.5 * y) * Math.expm1(0.5 * fall)) / root;
}
