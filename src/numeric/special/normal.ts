/**
 * The standard normal distribution: density, distribution function and quantile.
 * @module
 */
import { erfc, erfcInv, expMinusSquare } from "./erf.js";

const INV_SQRT_2PI = 0.3989422804014327;
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
  // -z / sqrt(2) carries a rounding of half an ulp, which e^{-z^2/2} magnifies by z^2: correct for it
  const x = -z * SQRT1_2;
  if (x > 27.5) return 0;
  const exact = normalPdf(z) * 2.5066282746310002;
  return 0.5 * erfc(x) * (exact / expMinusSquare(x));
}

/** Inverse of {@link normalCdf}: z with P(Z <= z) = p; -Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  return -Math.SQRT2 * erfcInv(2 * p);
}
