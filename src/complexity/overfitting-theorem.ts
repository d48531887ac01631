/**
 * Overfitting need not hurt: least squares in many dimensions, started at a simple good classifier (paper C, theorem).
 *
 * y uniform in {-1, 1}; x in {-1, 1}^d with x_1 = y except with probability p, the rest independent of y. Gradient flow on n < d
 * samples from w_0 = alpha e_1 ends at w = w_0 + X^+ (y - X w_0), which fits every label. Its accuracy on new samples is
 * (1 - p) Phi(z) + p Phi(-z) with z = w_1 / |w_2 .. w_d|.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { cholesky, choleskySolve, gramMatrix } from "../numeric/linalg/index.js";
import { matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import { normalCdf } from "../numeric/special/normal.js";

/** Samples, dimension, noise and start of the linear problem of paper C. */
export interface OverfittingProblem {
  /** n */
  readonly samples: number;
  /** d > n */
  readonly dimensions: number;
  /** probability p that the good feature is wrong, in [0, 1/2] */
  readonly flip: number;
  /** weight of the good feature at the start: 0 nothing known, 1 the simple classifier */
  readonly start: number;
}

const accuracyAt = (z: number, p: number) => (1 - p) * normalCdf(z) + p * normalCdf(-z);

function requireProblem({ samples, dimensions, flip, start }: OverfittingProblem): void {
  const fail = (argument: string, got: number, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `overfitting theorem: ${argument} is ${got}, expected ${expected}`,
      {
        argument,
        got,
        expected,
      },
    );
  };
  if (!(Number.isInteger(samples) && samples >= 1)) fail("samples", samples, "a whole number >= 1");
  if (!(Number.isInteger(dimensions) && dimensions > samples))
    fail(
      "dimensions",
      dimensions,
      `a whole number above samples = ${samples}, so that every label can be fitted`,
    );
  if (!(flip >= 0 && flip <= 0.5)) fail("flip", flip, "a probability from 0 to 1/2");
  if (!Number.isFinite(start)) fail("start", start, "a finite number");
}

/**
 * Predicted accuracy.
 *
 * `leading` for n << d: z = (alpha + n m / d) / sqrt(n rho^2 / d) with m = 1 - 2 p - alpha and
 * rho^2 = (1 - p)(1 - alpha)^2 + p (1 + alpha)^2; `refined` also for the loss of norm along the good feature.
 *
 * `proportional` for any n < d, up to O(1 / n): with r = n / d and y = (1 - 2 p) x_1 + e, e uncorrelated with x_1 and of variance
 * s^2 = 4 p (1 - p), the projection X^+ X keeps the share r of e_1 and X^+ spreads e with tr (X X^T)^-1 = n / (d - n), so that
 * w_1 = alpha + m r and |w_2 .. w_d|^2 = m^2 r (1 - r) + s^2 r / (1 - r).
 * Theory notes C4.2, C4.3, C4.4.
 */
export function overfittingAccuracy(problem: OverfittingProblem): {
  readonly leading: number;
  readonly refined: number;
  readonly proportional: number;
} {
  requireProblem(problem);
  const { samples: n, dimensions: d, flip: p, start: alpha } = problem;
  const rho2 = (1 - p) * (1 - alpha) ** 2 + p * (1 + alpha) ** 2;
  const m = 1 - 2 * p - alpha;
  const k = (n * m) / (d + n);
  const rest = (n * (rho2 - 2 * m * k + k * k)) / d;
  const r = n / d;
  const spread = m * m * r * (1 - r) + (4 * p * (1 - p) * r) / (1 - r);
  return {
    leading: accuracyAt((alpha + (n * m) / d) / Math.sqrt((n * rho2) / d), p),
    refined: accuracyAt((alpha + k) / Math.sqrt(rest), p),
    proportional: accuracyAt((alpha + m * r) / Math.sqrt(spread), p),
  };
}

/**
 * One draw of the training set: exact population accuracy of what training ends at, and the share of labels it fits (1).
 * Theory notes C4.1.
 */
export function simulateOverfitting(
  problem: OverfittingProblem,
  { seed }: { readonly seed: number },
): { readonly accuracy: number; readonly trainAccuracy: number } {
  requireProblem(problem);
  const { samples: n, dimensions: d, flip, start } = problem;
  const rng = createRng(seed);
  const coin = () => (rng.uniform() < 0.5 ? -1 : 1);
  const x = matrix(n, d);
  const y = Float64Array.from({ length: n }, coin);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < d; a++) x.data[i * d + a] = coin();
    x.data[i * d] = rng.uniform() < flip ? -y[i]! : y[i]!;
  }
  const residual = matrix(
    n,
    1,
    y.map((label, i) => label - start * x.data[i * d]!),
  );
  const weights = choleskySolve(cholesky(gramMatrix(x)), residual).data;
  const w = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) w[a]! += weights[i]! * x.data[i * d + a]!;
  w[0]! += start;
  let fitted = 0;
  for (let i = 0; i < n; i++) {
    let f = 0;
    for (let a = 0; a < d; a++) f += w[a]! * x.data[i * d + a]!;
    if (f * y[i]! > 0) fitted++;
  }
  let rest = 0;
  for (let a = 1; a < d; a++) rest += w[a]! ** 2;
  return { accuracy: accuracyAt(w[0]! / Math.sqrt(rest), flip), trainAccuracy: fitted / n };
}
