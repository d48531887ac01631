/**
 * Phases and depth scales from slopes.
 * @module
 */

/** Phase of a part that repeats: chi_1 below, at or above 1. */
export type Phase = "ordered" | "critical" | "chaotic";

/** `1 / |log slope|` in layers: Infinity at slope 1, 0 at slope 0 and at an infinite slope. Theory notes B2.3. */
export function depthScale(slope: number): number {
  return 1 / Math.abs(Math.log(Math.abs(slope)));
}

/** `1 / (log chi_1 - log chi_c*)` in layers, Infinity where the two meet (criticality). Theory notes B2.3. */
export function generalizationScale(chiOne: number, chiC: number): number {
  const rate = Math.log(chiOne) - Math.log(chiC);
  return rate > 0 ? 1 / rate : Number.POSITIVE_INFINITY;
}

/** The phase that a chi_1 means, `tolerance` wide around 1. Theory notes B2. */
export function phaseOf(chiOne: number, tolerance = 1e-6): Phase {
  if (Math.abs(chiOne - 1) <= tolerance) return "critical";
  return chiOne < 1 ? "ordered" : "chaotic";
}
