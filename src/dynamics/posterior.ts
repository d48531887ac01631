/**
 * Bayesian regression with a kernel as the prior covariance: the NNGP posterior, or the NTK read as a Gaussian process.
 * @module
 */
import { ForetrainError } from "../errors.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  logDeterminant,
  matmul,
  solveTriangular,
} from "../numeric/linalg/index.js";
import { type Matrix, matrix, transpose } from "../numeric/matrix.js";
import { expectFinite, expectShape } from "./model.js";

/** Kernels, targets and noise of `gaussianProcessPosterior`. */
export interface PosteriorInput {
  /** prior covariance of the train points [n, n] */
  readonly train: Matrix;
  /** test against train [m, n] */
  readonly testTrain: Matrix;
  /** test points: variances [m] or covariances [m, m]; null: no variances are computed */
  readonly test?: Float64Array | Matrix | null | undefined;
  /** [n, k] */
  readonly targets: Matrix;
  /** variance of the noise on the targets, relative to the mean diagonal of `train`; default 0 */
  readonly diagReg?: number | undefined;
  /** Take `diagReg` as it is instead. Default false. */
  readonly diagRegAbsolute?: boolean | undefined;
}

/** Mean and covariance of a Gaussian process given train targets. */
export interface Posterior {
  /** K(x, X) (K + noise)^{-1} y [m, k] */
  readonly mean: Matrix;
  /** K(x, x') - K(x, X) (K + noise)^{-1} K(X, x'): [m] or [m, m] as `test` was; null without it */
  readonly covariance: Float64Array | Matrix | null;
  /** log density of the targets under the prior, summed over outputs */
  readonly logMarginalLikelihood: number;
  /** noise variance, absolute */
  readonly noise: number;
}

/**
 * Posterior of a Gaussian process given targets with Gaussian noise, by Cholesky, n^3 / 3 + m n^2 flops.
 *
 * With the NNGP kernel this is the network whose last layer is trained for ever from random initializations (noise 0), and
 * the Bayesian network of infinite width (any noise).
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit; ERR_SINGULAR (with the ridge to use) for a singular train kernel
 */
export function gaussianProcessPosterior(input: PosteriorInput): Posterior {
  const caller = "gaussianProcessPosterior";
  const { train, testTrain, targets, test = null, diagReg = 0, diagRegAbsolute = false } = input;
  const n = train.shape[0];
  const m = testTrain.shape[0];
  const k = targets.shape[1];
  expectShape(caller, "train", train, -1, n);
  if (n === 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: train is [0, 0], expected at least one train sample; without any the posterior is the prior`,
      { argument: "train", got: train.shape },
    );
  }
  expectShape(caller, "testTrain", testTrain, m, n);
  expectShape(caller, "targets", targets, n, -1);
  expectFinite(caller, "train", train);
  expectFinite(caller, "testTrain", testTrain);
  expectFinite(caller, "targets", targets);
  expectFinite(caller, "test", test);
  if (!(diagReg >= 0 && diagReg < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${caller}: diagReg is ${diagReg}, expected a finite number >= 0`,
      { argument: "diagReg", got: diagReg },
    );
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += train.data[i * n + i]!;
  const noise = diagRegAbsolute ? diagReg : (diagReg * trace) / n;
  const l = cholesky(addToDiagonal(train, noise));
  const alpha = choleskySolve(l, targets);
  let fit = 0;
  for (let i = 0; i < alpha.data.length; i++) fit += alpha.data[i]! * targets.data[i]!;
  const logMarginalLikelihood = -0.5 * (fit + k * (logDeterminant(l) + n * Math.log(2 * Math.PI)));
  const mean = matmul(testTrain, alpha);
  let covariance: Float64Array | Matrix | null = null;
  if (test) {
    const half = solveTriangular(l, transpose(testTrain)); // L^{-1} K(X, x) [n, m]
    if (test instanceof Float64Array) {
      if (test.length !== m) {
        throw new ForetrainError("ERR_SHAPE", `${caller}: test has ${test.length} numbers, expected ${m}`, {
          argument: "test",
          got: test.length,
          expected: m,
        });
      }
      covariance = test.slice();
      for (let i = 0; i < n; i++) for (let x = 0; x < m; x++) covariance[x]! -= half.data[i * m + x]! ** 2;
      for (let x = 0; x < m; x++) covariance[x] = Math.max(0, covariance[x]!);
    } else {
      expectShape(caller, "test", test, m, m);
      const explained = matmul(half, half, { transposeA: true });
      covariance = matrix(
        m,
        m,
        test.data.map((v, i) => v - explained.data[i]!),
      );
    }
  }
  return { mean, covariance, logMarginalLikelihood, noise };
}
