/**
 * One-dimensional Gaussian expectations E f(sqrt(q) z), z ~ N(0, 1).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Integral, integrate } from "../numeric/quadrature/adaptive.js";
import { normalPdf } from "../numeric/special/normal.js";

export interface GaussianMeanOptions {
  /** Points x where f or a derivative jumps; a rule that knows them keeps full accuracy. */
  readonly breakPoints?: readonly number[] | undefined;
  /** Relative to E|f|; default 1e-14, rounding level. */
  readonly relative?: number | undefined;
}

const REACH = 38; // the normal density underflows beyond 38.6
// panels narrow where the weight is, so that no peak is missed before the adaptive rule takes over
const EDGES = [-20, -13, -9, -6, -3.5, -1.5, 0, 1.5, 3.5, 6, 9, 13, 20];

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
  { breakPoints = [], relative = 1e-14 }: GaussianMeanOptions = {},
): Integral {
  checkVariance("gaussianMean", q);
  if (q === 0) return { value: f(0), status: "converged", iterations: 1, residual: 0 };
  const s = Math.sqrt(q);
  let reach = REACH;
  // f may overflow where the density still counts as a number: step back to where it is finite
  while (reach > 6 && !(Number.isFinite(f(s * reach)) && Number.isFinite(f(-s * reach)))) reach -= 0.5;
  const result = integrate((z) => f(s * z) * normalPdf(z), -reach, reach, {
    breakPoints: [...EDGES, ...breakPoints.map((x) => x / s)],
    relative,
    maxDepth: 80, // integrable singularities at a break point need many halvings
  });
  const ends = (Math.abs(f(s * reach)) + Math.abs(f(-s * reach))) * normalPdf(reach);
  if (!(ends <= 1e-12 * Math.abs(result.value) || ends < 1e-250)) return { ...result, status: "diverged" };
  return result;
}

/**
 * E f(sqrt(q) z) for z ~ N(0, 1) by adaptive Gauss-Legendre panels between the break points: the accuracy does not
 * depend on the variance or on kinks, as a fixed Gauss-Hermite rule's would.
 *
 * @param f  any function with |f(x)| small against e^{x^2 / (2 q)}
 * @param q  variance >= 0; q = 0 gives f(0)
 * @returns the mean, to 1e-13 of E|f| (smooth between the break points)
 * @throws ERR_DOMAIN for a variance that is negative or not finite; ERR_NUMERICAL when the integral diverges
 */
export function gaussianMean(f: (x: number) => number, q: number, options: GaussianMeanOptions = {}): number {
  const result = gaussianIntegral(f, q, options);
  if (result.status === "diverged") {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `gaussianMean: E f(sqrt(q) z) does not converge at q = ${q}: f is not finite or grows as fast as the normal density falls; lower the variance`,
      { argument: "f", got: result.value, expected: "finite expectation", q },
    );
  }
  return result.value;
}
