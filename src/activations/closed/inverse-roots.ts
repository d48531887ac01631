/**
 * Differences of odd powers of x^{-1/2} between the diagonal and the off-diagonal determinants of a pair: duals of
 * Gaussian-like functions are made of them, and their deficits of these differences.
 *
 * x1 and x2 belong to the two samples, their mean and the pair's x = mean + extra >= mean to the pair. With
 * a_i = x_i^{-1/2}, mean = (a1 + a2) / 2, half = (a1 - a2) / 2 and low = x^{-1/2} the gap is mean - low >= 0.
 * @module
 */
import { rootOfSum } from "./covariance.js";

/** (x1^{-1/2} + x2^{-1/2}) / 2 - ((x1 + x2) / 2)^{-1/2} >= 0; `difference` is x1 - x2, exact where x1 and x2 are rounded. */
export function inverseRootSpread(x1: number, x2: number, difference: number): number {
  const mean = 0.5 * (x1 + x2);
  const e = difference / (2 * mean);
  const p = Math.sqrt(x1 / mean) * Math.sqrt(x2 / mean); // geometric over arithmetic mean
  const onMinus = (e * e) / (1 + p);
  return (onMinus * (1 + 2 * p)) / ((Math.sqrt(2 + 2 * p) + 2 * p) * p * Math.sqrt(mean));
}

/** m^{-1/2} - (m + rootExtra^2)^{-1/2}. */
export function inverseRootGap(m: number, rootExtra: number): number {
  const a = Math.sqrt(m);
  const b = rootOfSum(m, rootExtra);
  return ((rootExtra / a) * (rootExtra / b)) / (a + b);
}

/** (a1 - a2) / 2. */
export function inverseRootHalf(x1: number, x2: number, difference: number): number {
  const s1 = Math.sqrt(x1);
  const s2 = Math.sqrt(x2);
  return (-0.5 * difference) / s1 / s2 / (s1 + s2);
}

/** (a1^3 + a2^3) / 2 - low^3. */
export function inverseCubeGap(gap: number, mean: number, half: number, low: number): number {
  return gap * (mean * mean + mean * low + low * low) + 3 * mean * half * half;
}

/** (a1^5 + a2^5) / 2 - low^5. */
export function inverseFifthGap(gap: number, mean: number, half: number, low: number): number {
  const m2 = mean * mean;
  const l2 = low * low;
  const h2 = half * half;
  return gap * (m2 * m2 + mean * low * (m2 + mean * low + l2) + l2 * l2) + 5 * mean * h2 * (2 * m2 + h2);
}
