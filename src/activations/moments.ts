/**
 * Second moments of an activation and of its derivatives under N(0, q): the scalars of the length map and of chi_1.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { normalPdf } from "../numeric/special/normal.js";
import type { Activation } from "./activation.js";
import { featureScale } from "./feature-scale.js";
import { checkVariance, type GaussianMeanOptions, gaussianIntegral, gaussianMean } from "./gaussian-mean.js";
import { isBeyondMoments } from "./permissibility.js";

const TINY = 1e-200; // one-sided limits of phi and its derivatives at 0

function where(a: Activation): GaussianMeanOptions {
  return { breakPoints: a.breakPoints.map((b) => b.at), scale: featureScale(a) };
}

/** Quadrature would give some number up to where phi overflows. */
function requireMoments(caller: string, { growth, label, permissibility }: Activation, q: number): void {
  if (!isBeyondMoments(growth, q)) return;
  throw new ForetrainError(
    "ERR_NUMERICAL",
    `${caller}: E phi(sqrt(q) z)^2 of ${label} is infinite at q = ${q}: ${permissibility.reason}`,
    { argument: "q", got: q, expected: "finite expectation", q, status: "diverged" },
  );
}

/** E f(sqrt(q) z) for an f made of phi near whose pole the integral may diverge: Infinity then. */
function meanAcrossPole(a: Activation, f: (x: number) => number, q: number, at: number): number {
  const options = where(a);
  const result = gaussianIntegral(f, q, { ...options, breakPoints: [...options.breakPoints!, at] });
  return result.status === "converged" ? result.value : Number.POSITIVE_INFINITY;
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
  requireMoments("secondMoment", a, q);
  if (a.growth.kind === "unbounded-at-point") {
    return meanAcrossPole(a, (x) => a.value(x) ** 2, q, a.growth.at);
  }
  return gaussianMean((x) => a.value(x) ** 2, q, where(a));
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
  return squareMean("derivativeSecondMoment", a, derivative, q);
}

function squareMean(caller: string, a: Activation, f: (x: number) => number, q: number): number {
  if (q === 0) return 0.5 * (f(TINY) ** 2 + f(-TINY) ** 2);
  requireMoments(caller, a, q);
  if (a.growth.kind === "unbounded-at-point") {
    return meanAcrossPole(a, (x) => f(x) ** 2, q, a.growth.at);
  }
  return gaussianMean((x) => f(x) ** 2, q, where(a));
}

/**
 * E_q[phi''^2], the curvature of the correlation map at c = 1.
 * @returns >= 0; Infinity where phi' jumps (the square of a delta: relu, selu), NaN where phi jumps or phi'' is unknown
 */
export function curvatureSecondMoment(a: Activation, q: number): number {
  checkVariance("curvatureSecondMoment", q);
  const { secondDerivative, closedDual } = a;
  if (secondDerivative === null || a.breakPoints.some((b) => b.order === 0)) return Number.NaN;
  if (a.breakPoints.some((b) => b.order === 1)) return Number.POSITIVE_INFINITY;
  if (closedDual?.curvatureSecond !== undefined) return closedDual.curvatureSecond(q);
  return squareMean("curvatureSecondMoment", a, secondDerivative, q);
}

/**
 * d/dq E_q[phi^2], the slope of the length map without sigma_w^2.
 *
 * At q > 1 E[x phi phi'] / q, whose terms have one sign for odd and for rectifier-like phi. At q <= 1, where that would
 * cancel if phi(0) != 0, E[phi'^2 + phi phi''], to which a jump of phi' at x adds phi(x) [phi'] times the density of
 * N(0, q) at x. Where phi jumps or phi' is unknown Stein's identity E[phi^2 (z^2 - 1)] / (2 q), accurate to 1e-14 of
 * E phi^2 / q. At q = 0 the limit q -> 0+ from the one-sided expansions at 0.
 * @returns the slope; at q = 0 it can be +-Infinity (phi(0) != 0 and a kink there) and NaN where derivatives are unknown
 * @throws ERR_DOMAIN for a bad variance, ERR_NUMERICAL where the expectation diverges or cannot be had accurately
 */
export function secondMomentSlope(a: Activation, q: number): number {
  checkVariance("secondMomentSlope", q);
  const { value, derivative, secondDerivative, closedDual } = a;
  if (a.kernelOnly) return closedDual === null ? Number.NaN : closedDual.second(1);
  if (closedDual?.secondSlope !== undefined) return closedDual.secondSlope(q);
  if (q === 0) return slopeAtZero(a);
  requireMoments("secondMomentSlope", a, q);
  const continuous = a.breakPoints.every((b) => b.order >= 1);
  if (continuous && derivative !== null) {
    if (q > 1 || secondDerivative === null) {
      const s = Math.sqrt(q);
      return gaussianMean((x) => value(x) * (x / s) * derivative(x), q, where(a)) / s;
    }
    const regular = gaussianMean((x) => derivative(x) ** 2 + value(x) * secondDerivative(x), q, where(a));
    return a.breakPoints.reduce((sum, { at, order }) => {
      if (order > 1) return sum;
      // one-sided limits: a declared point may be a few roundings off the real one
      const step = at === 0 ? TINY : 4 * Number.EPSILON * Math.abs(at);
      const jump = derivative(at + step) - derivative(at - step);
      return sum + (value(at) * jump * normalPdf(at / Math.sqrt(q))) / Math.sqrt(q);
    }, regular);
  }
  // phi(0)^2 drops out of E[. (z^2 - 1)] and would only cancel
  const middle = 0.5 * (value(TINY) ** 2 + value(-TINY) ** 2);
  return gaussianMean((x) => ((value(x) ** 2 - middle) * ((x * x) / q - 1)) / (2 * q), q, where(a));
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
