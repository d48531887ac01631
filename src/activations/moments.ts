/**
 * Second moments of an activation and of its derivatives under N(0, q): the scalars of the length map and of chi_1.
 * @module
 */
import type { Activation } from "./activation.js";
import { checkVariance, gaussianIntegral, gaussianMean } from "./gaussian-mean.js";

const TINY = 1e-200; // one-sided limits of phi and its derivatives at 0

function points(a: Activation): readonly number[] {
  return a.breakPoints.map((b) => b.at);
}

/**
 * E_q[phi^2] = E phi(sqrt(q) z)^2, phi(0)^2 at q = 0.
 * @returns >= 0; Infinity where phi is unbounded at a point and the integral does not converge (`reciprocal`).
 *   Closed form: a few ulp; otherwise 1e-13 relative.
 * @throws ERR_DOMAIN for a bad variance, ERR_NUMERICAL where it diverges at infinity
 */
export function secondMoment(a: Activation, q: number): number {
  checkVariance("secondMoment", q);
  if (a.closedDual !== null) return a.closedDual.second(q);
  if (q === 0) return a.value(0) ** 2;
  if (a.growth.kind === "unbounded-at-point") {
    const result = gaussianIntegral((x) => a.value(x) ** 2, q, { breakPoints: [...points(a), a.growth.at] });
    return result.status === "converged" ? result.value : Number.POSITIVE_INFINITY;
  }
  return gaussianMean((x) => a.value(x) ** 2, q, { breakPoints: points(a) });
}

/**
 * E_q[phi'^2]. At q = 0 the mean of the squared one-sided slopes at 0.
 * @returns >= 0; NaN where phi' is not a function (sign, heaviside) or was not given (custom); Infinity for `reciprocal`
 */
export function derivativeSecondMoment(a: Activation, q: number): number {
  checkVariance("derivativeSecondMoment", q);
  if (a.closedDual !== null) return a.closedDual.derivativeSecond(q);
  const { derivative } = a;
  if (derivative === null) return Number.NaN;
  return squareMean(a, derivative, q);
}

function squareMean(a: Activation, f: (x: number) => number, q: number): number {
  if (q === 0) return 0.5 * (f(TINY) ** 2 + f(-TINY) ** 2);
  if (a.growth.kind === "unbounded-at-point") {
    const result = gaussianIntegral((x) => f(x) ** 2, q, { breakPoints: [...points(a), a.growth.at] });
    return result.status === "converged" ? result.value : Number.POSITIVE_INFINITY;
  }
  return gaussianMean((x) => f(x) ** 2, q, { breakPoints: points(a) });
}

/**
 * E_q[phi''^2], the curvature of the correlation map at c = 1.
 * @returns >= 0; Infinity where phi' jumps (the square of a delta: relu, selu), NaN where phi jumps or phi'' is unknown
 */
export function curvatureSecondMoment(a: Activation, q: number): number {
  checkVariance("curvatureSecondMoment", q);
  const { secondDerivative } = a;
  if (secondDerivative === null || a.breakPoints.some((b) => b.order === 0)) return Number.NaN;
  if (a.breakPoints.some((b) => b.order === 1)) return Number.POSITIVE_INFINITY;
  return squareMean(a, secondDerivative, q);
}

/**
 * d/dq E_q[phi^2], the slope of the length map without sigma_w^2.
 *
 * E[phi'^2 + phi phi''] where phi'' is a function; otherwise Stein's identity E[phi^2 (z^2 - 1)] / (2 q), which asks
 * nothing of phi. At q = 0 the limit q -> 0+ from the one-sided expansions at 0.
 * @returns the slope; at q = 0 it can be +-Infinity (phi(0) != 0 and a kink there) and NaN where derivatives are unknown
 */
export function secondMomentSlope(a: Activation, q: number): number {
  checkVariance("secondMomentSlope", q);
  const { value, derivative, secondDerivative } = a;
  if (a.kernelOnly) return a.closedDual === null ? Number.NaN : a.closedDual.second(1);
  if (q === 0) return slopeAtZero(a);
  const smooth = a.breakPoints.every((b) => b.order >= 2);
  if (smooth && derivative !== null && secondDerivative !== null) {
    return gaussianMean((x) => derivative(x) ** 2 + value(x) * secondDerivative(x), q, {
      breakPoints: points(a),
    });
  }
  // phi(0)^2 drops out of E[. (z^2 - 1)] and would only cancel
  const middle = 0.5 * (value(TINY) ** 2 + value(-TINY) ** 2);
  return gaussianMean((x) => ((value(x) ** 2 - middle) * (x * x - q)) / (2 * q * q), q, {
    breakPoints: points(a),
  });
}

function slopeAtZero({ value, derivative, secondDerivative }: Activation): number {
  const jump = value(TINY) ** 2 - value(0) ** 2 + (value(-TINY) ** 2 - value(0) ** 2);
  if (Math.abs(jump) > 1e-100) return jump > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (derivative === null || secondDerivative === null) return Number.NaN;
  // phi(x)^2 = p0^2 + 2 p0 p1 x + (p1^2 + p0 p2) x^2 + ... on each side, E|x| = sqrt(2 q / pi)
  const right = derivative(TINY);
  const left = derivative(-TINY);
  const kink = value(0) * (right - left);
  if (Math.abs(kink) > 1e-100) return kink > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const p2Right = secondDerivative(TINY);
  const p2Left = secondDerivative(-TINY);
  return 0.5 * (right * right + value(0) * p2Right + left * left + value(0) * p2Left);
}
