/**
 * One-dimensional Gaussian expectations E f(sqrt(q) z), z ~ N(0, 1).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Integral, integrate } from "../numeric/quadrature/adaptive.js";
import { gradedEdges } from "../numeric/quadrature/graded-edges.js";
import { normalPdf } from "../numeric/special/normal.js";
import { oscillatingMean } from "./oscillating-mean.js";

/** Break points and method of a Gaussian mean. */
export interface GaussianMeanOptions {
  /**
   * Points x where f or a derivative jumps, or where it has a narrow feature away from 0; a rule that knows them keeps
   * full accuracy.
   */
  readonly breakPoints?: readonly number[] | undefined;
  /** Relative to E|f|; default 1e-14, rounding level. */
  readonly relative?: number | undefined;
  /**
   * Distance in x from 0 and from the break points within which f is smooth (1 for tanh(x), 1e-3 for tanh(1000 x)).
   * Panels go down to it, whatever the variance. Default 1e-9 of the standard deviation: safe, some 30 panels more.
   */
  readonly scale?: number | undefined;
}

const REACH = 38; // the normal density underflows beyond 38.6
// panels narrow where the weight is, so that no peak is missed before the adaptive rule takes over
const EDGES = [-20, -13, -9, -6, -3.5, -1.5, 0, 1.5, 3.5, 6, 9, 13, 20];
const FINEST = 2 ** -30; // of the standard deviation
const ACCEPTED = 1e-11; // error relative to E|f| beyond which a result is refused

export function checkVariance(caller: string, q: number, argument = "q"): void {
  if (!(q >= 0 && q < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${caller}: the variance ${argument} must be a finite number >= 0, got ${q}`,
      { argument, got: q, expected: "finite, >= 0" },
    );
  }
}

/** {@link gaussianMean} with its status; `diverged` when the integrand does not vanish at the end of the range. */
export function gaussianIntegral(
  f: (x: number) => number,
  q: number,
  { breakPoints = [], relative = 1e-14, scale }: GaussianMeanOptions = {},
): Integral {
  checkVariance("gaussianMean", q);
  if (q === 0) {
    const value = f(0);
    return { value, status: "converged", iterations: 1, residual: 0, magnitude: Math.abs(value) };
  }
  const s = Math.sqrt(q);
  const points = breakPoints.map((x) => x / s);
  let reach = REACH;
  // f may overflow where the density still counts as a number: step back to where it is finite
  while (reach > 6 && !(Number.isFinite(f(s * reach)) && Number.isFinite(f(-s * reach)))) reach -= 0.5;
  const result = integrate((z) => f(s * z) * normalPdf(z), -reach, reach, {
    breakPoints: [...EDGES, ...gradedEdges([0, ...points], scale === undefined ? FINEST : scale / s, 1.5)],
    relative,
    maxDepth: 80, // integrable singularities at a break point need many halvings
  });
  const ends = (Math.abs(f(s * reach)) + Math.abs(f(-s * reach))) * normalPdf(reach);
  if (!(ends <= 1e-12 * Math.abs(result.value) || ends < 1e-250)) return { ...result, status: "diverged" };
  return result;
}

/**
 * E f(sqrt(q) z) for z ~ N(0, 1) by adaptive Gauss-Legendre panels between the break points, narrowing geometrically
 * towards 0 and towards the break points: the accuracy does not depend on the variance or on kinks, as a fixed
 * Gauss-Hermite rule's would. Where 200,000 evaluations do not settle it, f is taken to be an oscillation next to
 * features at 0 and at the break points, whose mean is taken in two steps, with an error of 1e-12 of E|f|.
 *
 * @param f  any function with |f(x)| small against e^{x^2 / (2 q)}
 * @param q  variance >= 0; q = 0 gives f(0)
 * @returns the mean, to 1e-13 of E|f| (smooth between the break points)
 * @throws ERR_DOMAIN for a variance that is negative or not finite; ERR_NUMERICAL when the integral diverges
 *   (`details.status` "diverged") or neither way settles it to 1e-11 of E|f| ("max-iterations")
 */
export function gaussianMean(f: (x: number) => number, q: number, options: GaussianMeanOptions = {}): number {
  const { value, status, residual, magnitude, iterations } = gaussianIntegral(f, q, options);
  if (status === "diverged") {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `gaussianMean: E f(sqrt(q) z) does not converge at q = ${q}: f is not finite or grows as fast as the normal density falls; lower the variance`,
      { argument: "f", got: value, expected: "finite expectation", q, status },
    );
  }
  if (status !== "converged" && !(residual <= ACCEPTED * magnitude)) {
    const centres = [0, ...(options.breakPoints ?? [])];
    const scale = options.scale ?? FINEST * Math.sqrt(q);
    const oscillating = oscillatingMean({ f, centres, scale, magnitude }, q);
    if (oscillating !== null) return oscillating;
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `gaussianMean: E f(sqrt(q) z) at q = ${q} is known only to ${residual.toExponential(1)} (of E|f| = ${magnitude.toExponential(1)}) after ${iterations} evaluations: f oscillates or jumps too often within ${Math.sqrt(q).toExponential(1)}; lower the variance, or declare the points where f jumps as breakPoints`,
      { argument: "f", got: residual, expected: `error <= ${ACCEPTED} E|f|`, q, status, value },
    );
  }
  return value;
}
