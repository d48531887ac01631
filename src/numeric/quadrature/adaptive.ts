/**
 * Adaptive, piecewise Gauss-Legendre quadrature.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { gaussLegendre } from "./gauss-legendre.js";

/** Value of an integral with how it was reached. `residual` is the summed estimate of the panels' errors. */
export interface Integral {
  readonly value: number;
  readonly status: "converged" | "max-iterations" | "diverged";
  /** evaluations of the integrand */
  readonly iterations: number;
  readonly residual: number;
  /** integral of |f|, which `relative` refers to */
  readonly magnitude: number;
}

export interface IntegrateOptions {
  /** Points where the integrand or a derivative jumps; those outside [a, b] are ignored. */
  readonly breakPoints?: readonly number[] | undefined;
  /** Stops when the error estimate is below relative * integral of |f|. Default 1e-14: rounding level. */
  readonly relative?: number | undefined;
  /** ... or below this absolute error. Default 0. */
  readonly absolute?: number | undefined;
  /** Halvings of a panel; default 40 (an undeclared jump is then located to 1e-12 of the interval). */
  readonly maxDepth?: number | undefined;
  /** Evaluations after which the present panels are taken as they are (`max-iterations`). Default 200,000. */
  readonly maxEvaluations?: number | undefined;
}

const ORDER = 16; // an analytic integrand on a panel as wide as its distance to the next singularity: 1e-16

/**
 * Integral of f over [a, b]: panels between the break points, each halved until a 16-point Gauss-Legendre rule agrees
 * with the sum over its halves.
 *
 * `diverged` means that f gave NaN or infinity.
 * @throws ERR_DOMAIN when a or b is not finite
 */
export function integrate(
  f: (x: number) => number,
  a: number,
  b: number,
  {
    breakPoints = [],
    relative = 1e-14,
    absolute = 0,
    maxDepth = 40,
    maxEvaluations = 200_000,
  }: IntegrateOptions = {},
): Integral {
  if (!(Number.isFinite(a) && Number.isFinite(b))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `integrate: the limits must be finite, got [${a}, ${b}]; cut an infinite range where the weight vanishes`,
      { argument: "a, b", got: [a, b], expected: "finite numbers" },
    );
  }
  const lo = Math.min(a, b);
  const hi = Math.max(a, b);
  const inside = [...new Set(breakPoints)].filter((x) => x > lo && x < hi).sort((x, y) => x - y);
  const edges = [lo, ...inside, hi];
  const { nodes, weights } = gaussLegendre(ORDER);
  let evaluations = 0;
  let magnitude = 0;
  const panel = (left: number, right: number): number => {
    const half = (right - left) / 2;
    const mid = (left + right) / 2;
    let sum = 0;
    let absoluteSum = 0;
    for (let i = 0; i < ORDER; i++) {
      const y = f(mid + half * nodes[i]!);
      sum += weights[i]! * y;
      absoluteSum += weights[i]! * Math.abs(y);
    }
    evaluations += ORDER;
    lastMagnitude = absoluteSum * half;
    return sum * half;
  };
  let lastMagnitude = 0;
  let value = 0;
  let residual = 0;
  let status: Integral["status"] = "converged";
  const stack: { left: number; right: number; whole: number; depth: number }[] = [];
  for (let i = edges.length - 2; i >= 0; i--) {
    const left = edges[i]!;
    const right = edges[i + 1]!;
    const whole = panel(left, right);
    magnitude += lastMagnitude;
    stack.push({ left, right, whole, depth: 0 });
  }
  while (stack.length > 0) {
    const { left, right, whole, depth } = stack.pop()!;
    const mid = (left + right) / 2;
    const l = panel(left, mid);
    const magnitudeL = lastMagnitude;
    const r = panel(mid, right);
    const refined = magnitudeL + lastMagnitude;
    // a coarse first look may have missed a peak: keep the largest magnitude that was seen
    magnitude = Math.max(magnitude, refined);
    const error = Math.abs(l + r - whole);
    if (!(error < Number.POSITIVE_INFINITY)) {
      return {
        value: Number.NaN,
        status: "diverged",
        iterations: evaluations,
        residual: Number.POSITIVE_INFINITY,
        magnitude,
      };
    }
    // halving cannot improve a panel whose error is its own rounding
    const goal = Math.max(relative * magnitude, absolute, 2e-15 * refined, 1e-300);
    const spent = depth >= maxDepth || evaluations >= maxEvaluations;
    if (error <= goal || spent) {
      if (error > goal) status = "max-iterations";
      value += l + r;
      residual += error;
    } else {
      stack.push({ left: mid, right, whole: r, depth: depth + 1 });
      stack.push({ left, right: mid, whole: l, depth: depth + 1 });
    }
  }
  return { value: b >= a ? value : -value, status, iterations: evaluations, residual, magnitude };
}
