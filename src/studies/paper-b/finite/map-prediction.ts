/**
 * Accuracy of one wide network, drawn from initialization and trained by steps of gradient descent, from its kernels.
 *
 * With eta = c 2 n / lambda_max, L = 1/(2n) sum (f - y)^2 and Theta = V diag(lambda) V^T, t steps leave of the residual
 * R = V diag((1 - 2 c lambda / lambda_max)^t) V^T, so that f_t(X) = Y - R (Y - f_0(X)) and
 * f_t(x) = f_0(x) + w (Y - f_0(X)), w = Theta(x, X) Theta^-1 (1 - R) (paper B, training dynamics, in discrete time). Under
 * f_0 ~ N(0, K), independent for each output, both are Gaussian, and the chance that the largest output is the right one is an
 * integral over one normal variable.
 * @module
 */
import { argmax } from "../../../dynamics/index.js";
import { eigenSymmetric, matmul } from "../../../numeric/linalg/index.js";
import { type Matrix, matrix } from "../../../numeric/matrix.js";
import { gaussHermite } from "../../../numeric/quadrature/index.js";
import { normalCdf } from "../../../numeric/special/index.js";

/** Kernels among the n train samples, and of the m test samples with them. */
export interface MapKernels {
  readonly train: { readonly nngp: Matrix; readonly ntk: Matrix };
  readonly test: { readonly nngp: Matrix; readonly ntk: Matrix };
  /** K(x, x) of the test samples, [m] */
  readonly own: Float64Array;
}

export interface MapTargets {
  /** [n, k] */
  readonly targets: Matrix;
  readonly trainLabels: Int32Array;
  readonly testLabels: Int32Array;
}

/** Steps, and c: their size over the largest stable one. */
export interface MapDescent {
  readonly steps: number;
  /** in (0, 1/2]: no mode overshoots */
  readonly factor: number;
}

/** Smooth integrands, of normalCdf of the variable itself: exact to 1e-12. */
const NODES = 96;
/** Differences between outputs below this share of their variance are no more than rounding in the kernels. */
const ROUNDING = 1e-15;

/**
 * Mean over samples of P(argmax_c (means_ic + s_i z_c) = label_i), z_c independent normal:
 * E_z prod_{c != y} Phi(z + (means_y - means_c) / s).
 *
 * @param means    [n, k]
 * @param variance s_i^2 > 0, [n]
 */
export function expectedAccuracy(means: Matrix, variance: Float64Array, labels: Int32Array): number {
  const [n, k] = means.shape;
  const { nodes, weights } = gaussHermite(NODES);
  let right = 0;
  for (let i = 0; i < n; i++) {
    const deviation = Math.sqrt(variance[i]!);
    const label = labels[i]!;
    for (let q = 0; q < NODES; q++) {
      let product = weights[q]!;
      for (let c = 0; c < k; c++) {
        if (c === label) continue;
        product *= normalCdf(nodes[q]! + (means.data[i * k + label]! - means.data[i * k + c]!) / deviation);
      }
      right += product;
    }
  }
  return right / n;
}

/** V diag(values) V^T. */
function fromModes(vectors: Matrix, values: Float64Array): Matrix {
  const [n, modes] = vectors.shape;
  const scaled = matrix(
    n,
    modes,
    vectors.data.map((v, at) => v * values[at % modes]!),
  );
  return matmul(scaled, vectors, { transposeB: true });
}

/** What kernels say about networks of infinite width after some steps. */
export interface MapPrediction {
  /** expected train and test accuracy of one network */
  readonly train: number;
  readonly test: number;
  /** test accuracy of the mean over networks, and the norm of that mean over the norm of centred one-hot targets */
  readonly meanTest: number;
  readonly meanNorm: number;
}

/** Accuracy and size of networks of infinite width after `steps` steps. */
export async function predictedAccuracy(
  kernels: MapKernels,
  { targets, trainLabels, testLabels }: MapTargets,
  { steps, factor }: MapDescent,
): Promise<MapPrediction> {
  const { train, test, own } = kernels;
  const { values, vectors } = await eigenSymmetric(train.ntk);
  const shares = values.map((lambda) => (2 * factor * Math.max(0, lambda)) / values[0]!);
  const left = shares.map((share) => (1 - share) ** steps);
  // (1 - (1 - share)^t) / lambda, t 2 c / lambda_max for small lambda
  const filter = shares.map((share, i) => {
    const learned = share > 0.5 ? 1 - left[i]! : -Math.expm1(steps * Math.log1p(-share));
    return ((share > 0 ? learned / share : steps) * 2 * factor) / values[0]!;
  });
  const floor = ROUNDING * Math.max(...own);
  const residual = fromModes(vectors!, left);
  const unlearned = matmul(residual, targets);
  const onTrain = matrix(
    ...targets.shape,
    targets.data.map((y, i) => y - unlearned.data[i]!),
  );
  const spread = matmul(residual, train.nngp);
  const weights = matmul(test.ntk, fromModes(vectors!, filter));
  const moved = matmul(weights, train.nngp);
  const [m, n] = weights.shape;
  const trainVariance = new Float64Array(n).fill(floor);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = i * n; j < (i + 1) * n; j++) sum += spread.data[j]! * residual.data[j]!;
    trainVariance[i] = Math.max(floor, sum);
  }
  const testVariance = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    let sum = own[i]!;
    for (let j = i * n; j < (i + 1) * n; j++) {
      sum += weights.data[j]! * (moved.data[j]! - 2 * test.nngp.data[j]!);
    }
    testVariance[i] = Math.max(floor, sum);
  }
  const onTest = matmul(weights, targets);
  const k = targets.shape[1];
  const right = testLabels.reduce(
    (sum, label, i) => sum + (argmax(onTest.data, i * k, k) === label ? 1 : 0),
    0,
  );
  return {
    train: expectedAccuracy(onTrain, trainVariance, trainLabels),
    test: expectedAccuracy(onTest, testVariance, testLabels),
    meanTest: right / m,
    meanNorm: Math.sqrt(onTest.data.reduce((sum, y) => sum + y * y, 0) / (m * (1 - 1 / k))),
  };
}
