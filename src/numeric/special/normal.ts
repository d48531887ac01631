/**
 * The standard normal distribution: density, distribution function and quantile.
 * @module
 */
import { erfc, erfcInv, erfcx } from "./erf.js";

const INV_SQRT_2PI = 0.3989422804014327;
const SQRT_2PI = 2.5066282746310002;
const SQRT1_2 = Math.SQRT1_2;

/** Density e^{-z^2/2} / sqrt(2 pi) of N(0, 1). Relative error at most 4 ulp where the result is normal. */
export function normalPdf(z: number): number {
  // exp(-h^2/2) exp(-(z-h)(z+h)/2) with h^2 exact: the rounding of z^2 would cost z^2/2 ulp
  if (Math.abs(z) < 1) return INV_SQRT_2PI * Math.exp(-0.5 * z * z);
  if (Math.abs(z) > 39) return Number.isNaN(z) ? Number.NaN : 0;
  const h = Math.fround(z);
  return INV_SQRT_2PI * Math.exp(-0.5 * h * h) * Math.exp(-0.5 * (z - h) * (z + h));
}

/** Distribution function P(Z <= z) of N(0, 1), accurate in the lower tail. */
export function normalCdf(z: number): number {
  if (z > -1 || Number.isNaN(z)) return 0.5 * erfc(-z * SQRT1_2);
  // through erfcx the exponential is taken of z itself: -z / sqrt(2) is rounded, and e^{-x^2} would magnify that by z^2
  return 0.5 * erfcx(-z * SQRT1_2) * SQRT_2PI * normalPdf(z);
}

/** Inverse of {@link normalCdf}: z with P(Z <= z) = p; -Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  return -Math.SQRT2 * erfcInv(2 * p);
}
