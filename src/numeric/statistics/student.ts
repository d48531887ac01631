/**
 * Student's t distribution: limits of means whose standard errors come from few samples.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { findRoot } from "../roots.js";
import { logGamma } from "../special/index.js";

/** The incomplete beta function I_x(a, b) where its continued fraction converges fast, x < (a + 1) / (a + b + 2) (Lentz's method). */
function incompleteBeta(a: number, b: number, x: number): number {
  const front =
    Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  // front / (1 + d_1 / (1 + d_2 / (1 + ...)))
  let [fraction, c, d] = [1, 1, 0];
  for (let k = 1; k < 1000; k++) {
    const m = k >> 1;
    const term =
      k % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + term * d);
    c = 1 + term / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front / fraction;
}

/**
 * P(T > t) of Student's distribution with `degrees` > 0 degrees of freedom, whole or not: I_x(degrees / 2, 1 / 2) / 2 with
 * x = degrees / (degrees + t^2) for t >= 0. Relative error about 1e-12 up to 10,000 degrees.
 */
export function studentTail(t: number, degrees: number): number {
  if (t < 0) return 1 - studentTail(-t, degrees);
  if (!(degrees > 0) || Number.isNaN(t)) return Number.NaN;
  const [a, b] = [degrees / 2, 0.5];
  const square = t * t;
  const x = degrees / (degrees + square);
  if (x === 0) return 0;
  if (x < (a + 1) / (a + b + 2)) return 0.5 * incompleteBeta(a, b, x);
  return square === 0 ? 0.5 : 0.5 - 0.5 * incompleteBeta(b, a, square / (degrees + square));
}

/**
 * The t below which Student's distribution with `degrees` degrees of freedom has the probability `p`: a mean less t standard errors is
 * its one-sided limit. With 2 degrees and p = 0.999 that is 22.3, with many 3.09. Relative error about 1e-10.
 * @throws ERR_DOMAIN for p outside (0, 1) and for degrees that are not positive
 */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1) || !(degrees > 0)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `studentQuantile: got p = ${p} and ${degrees} degrees of freedom, expected 0 < p < 1 and degrees > 0`,
      { argument: p > 0 && p < 1 ? "degrees" : "p", got: p > 0 && p < 1 ? degrees : p },
    );
  }
  if (p < 0.5) return -studentQuantile(1 - p, degrees);
  if (p === 0.5) return 0;
  let high = 1;
  while (studentTail(high, degrees) > 1 - p) high *= 2;
  return findRoot((t) => studentTail(t, degrees) - (1 - p), 0, high).value;
}
