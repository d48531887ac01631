/**
 * Which terms the expansion of a wide shallow network has before its randomness shows.
 * @module
 */
import { requireGamma } from "./shallow.js";

/** How many deterministic terms stand above the random one (paper E). */
export interface ExpansionOrder {
  /** nu with gamma in [(2 nu - 1) / (2 nu), (2 nu + 1) / (2 nu + 2)); Infinity at gamma = 1 */
  readonly nu: number;
  /** number nu - 1 of deterministic corrections Q^1, Q^2, ... above the random term */
  readonly deterministic: number;
  /** correction j is N^(-j exponent), exponent = 1 - gamma */
  readonly exponent: number;
  /** the random term is N^(-randomExponent), randomExponent = gamma - 1/2 */
  readonly randomExponent: number;
  /** gamma is a left end point: the last correction has exactly the size of the random term */
  readonly atThreshold: boolean;
}

/**
 * nu = floor(1 / (2 (1 - gamma))): the output is h + sum_{j < nu} N^(-j (1 - gamma)) Q^j + N^(1/2 - gamma) K + smaller
 * (paper E, full expansion). Thresholds are met within 1e-9.
 * Theory notes E2.1.
 * @throws ERR_DOMAIN for gamma outside [1/2, 1]
 */
export function expansionOrder(gamma: number): ExpansionOrder {
  requireGamma(gamma, "expansionOrder");
  const exponent = 1 - gamma;
  const ratio = 1 / (2 * exponent);
  const near = Math.round(ratio);
  const atThreshold = Number.isFinite(ratio) && Math.abs(ratio - near) < 1e-9 * ratio;
  const nu = exponent === 0 ? Number.POSITIVE_INFINITY : atThreshold ? near : Math.floor(ratio);
  return { nu, deterministic: nu - 1, exponent, randomExponent: gamma - 0.5, atThreshold };
}
