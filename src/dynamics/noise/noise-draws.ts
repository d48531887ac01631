/**
 * Draws of what noise in the updates adds to the outputs of the linear model (paper A, first order), jointly on all points.
 * @module
 */
import { choleskyWithJitter, matmul } from "../../numeric/linalg/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import type { Rng } from "../../numeric/random.js";
import { expectShape, type SpectralModel, scaleRows } from "../model.js";
import { type NoiseClock, noiseVariance, weightVariance } from "./noise-variance.js";

/** Size of the noise, how many outputs are drawn, and the test points. */
export interface NoiseDrawsInput {
  /** s >= 0 of d theta = -grad L dt + s dW */
  readonly noise: number;
  /** independent outputs at each clock */
  readonly columns: number;
  readonly rng: Rng;
  /** kernel between test and train points [m, n], and among the test points [m, m] */
  readonly test?: { readonly train: Matrix; readonly kernel: Matrix } | undefined;
}

/** What noise adds to the outputs at one clock. */
export interface NoiseDraws {
  readonly clock: NoiseClock;
  /** [n, columns] */
  readonly train: Matrix;
  /** [m, columns]; null without test points */
  readonly test: Matrix | null;
  /** variance of one output, on average over the points, exact */
  readonly trainVariance: number;
  readonly testVariance: number | null;
}

/** Of the mean diagonal among the test points: rounding leaves a span that is complete slightly indefinite. */
const ROUNDING = 1e-9;

const average = (values: Float64Array) => values.reduce((sum, value) => sum + value / values.length, 0);

/** Lower factor of Theta(x, x') - p diag(1 / lambda) p'^T: the directions of the weights that training does not see. */
function unseenFactor({ values }: SpectralModel, modes: Matrix, kernel: Matrix): Matrix {
  const [m, n] = modes.shape;
  const scaled = matrix(m, n);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const lambda = values[k]!;
      scaled.data[i * n + k] = lambda > 0 ? modes.data[i * n + k]! / Math.sqrt(lambda) : 0;
    }
  }
  const unseen = matmul(scaled, scaled, { transposeB: true });
  let size = 0;
  for (let i = 0; i < m; i++) size += kernel.data[i * m + i]! / m;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const left = kernel.data[i * m + j]! - unseen.data[i * m + j]!;
      unseen.data[i * m + j] = i === j ? Math.max(0, left) + ROUNDING * size : left;
    }
  }
  return choleskyWithJitter(unseen).lower;
}

/**
 * Noise of the outputs at each clock, with the law that {@link noiseVariance} has the variances of, drawn anew at every clock: with
 * Theta = U diag(lambda) U^T, p = Theta(x, X) U, w_i ~ N(0, s^2 v_i(t)) and v the variance of a weight along a mode,
 *
 *   train: U diag(sqrt(lambda)) w        test: p diag(1 / sqrt(lambda)) w + L z,  L L^T = Theta(x, x') - p diag(1 / lambda) p^T
 *
 * where z ~ N(0, s^2 v_0(t)) are the directions of the weights that training does not see. O((n + m) n columns) per clock, once m^2 (n + m).
 * Theory notes A2.2.
 * @throws as {@link noiseVariance}; ERR_SINGULAR for a kernel among the test points that does not fit the others
 */
export function* noiseDraws(
  model: SpectralModel,
  { noise, columns, rng, test }: NoiseDrawsInput,
  clocks: readonly NoiseClock[],
): Generator<NoiseDraws> {
  const { samples: n, values, vectors } = model;
  const m = test?.train.shape[0] ?? 0;
  if (test !== undefined) {
    expectShape("noiseDraws", "test.train", test.train, -1, n);
    expectShape("noiseDraws", "test.kernel", test.kernel, m, m);
  }
  const modes = test && matmul(test.train, vectors);
  const unseen = test && unseenFactor(model, modes!, test.kernel);
  const diagonal = Float64Array.from({ length: m }, (_, i) => test!.kernel.data[i * m + i]!);
  const normals = (rows: number, stream: Rng) => {
    const out = matrix(rows, columns);
    stream.normals(out.data);
    return out;
  };
  const variances = noiseVariance(model, { noise, test: test && { train: test.train, diagonal } }, clocks);
  for (const [at, clock] of clocks.entries()) {
    const variance = variances[at]!;
    const stream = rng.fork("clock", at);
    const along = normals(n, stream.fork("modes"));
    const deviations = values.map((lambda) =>
      lambda > 0 ? noise * Math.sqrt(weightVariance(lambda, n, clock)) : 0,
    );
    const roots = values.map((lambda) => Math.sqrt(Math.max(0, lambda)));
    const train = matmul(
      vectors,
      scaleRows(
        along,
        deviations.map((deviation, i) => deviation * roots[i]!),
      ),
    );
    let onTest: Matrix | null = null;
    if (test !== undefined) {
      const inverse = deviations.map((deviation, i) => (roots[i]! > 0 ? deviation / roots[i]! : 0));
      onTest = matmul(modes!, scaleRows(along, inverse));
      const flat = noise * Math.sqrt(weightVariance(0, n, clock));
      const diffused = matmul(unseen!, normals(m, stream.fork("unseen")));
      for (let i = 0; i < onTest.data.length; i++) onTest.data[i]! += flat * diffused.data[i]!;
    }
    yield {
      clock,
      train,
      test: onTest,
      trainVariance: average(variance.train),
      testVariance: variance.test && average(variance.test),
    };
  }
}
