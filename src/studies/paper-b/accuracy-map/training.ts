/**
 * Exact training of wide networks to several times at once, for kernels of any condition number.
 *
 * The residual of the mean output obeys r' = -eta Theta r (paper B, training dynamics); with eta = 2 / lambda_max and
 * Theta = sum_i lambda_i v_i v_i^T, f_t(X) = sum_i (1 - e^{-tau_i}) v_i v_i^T Y, tau_i = 2 t lambda_i / lambda_max.
 *
 * Deep in the ordered phase Theta is one large constant up to differences that float64 does not hold in it. The targets are
 * centred, so the constant mode carries none of them, and its rate is lambda_max / lambda_2 times that of all others: the
 * dynamics of the rest are those of -G on centred vectors, G the gap matrix, up to relative lambda_2 / lambda_max.
 * @module
 */
import { eigenSymmetric, matmul } from "../../../numeric/linalg/index.js";
import { type Matrix, matrix } from "../../../numeric/matrix.js";

/** Below this ratio of the second to the first eigenvalue both forms are right to it; above, the kernel itself is better. */
const NEARLY_CONSTANT = 1e-8;

/** A train kernel and its gap matrix, [n, n]. */
export interface TrainKernel {
  readonly kernel: Matrix;
  readonly gap: Matrix;
}

/** What training makes of the targets at each of the times; k outputs of one time stand side by side, times after another. */
export interface Trained {
  readonly lambdaMax: number;
  /** the second largest eigenvalue over the largest */
  readonly bulkShare: number;
  /** true: `coefficients` and `weights` act on minus the gap with the train samples, not on the kernel */
  readonly onGap: boolean;
  /** outputs on the train samples [n, times k] */
  readonly train: Matrix;
  /** alpha [n, times k]: outputs elsewhere are Theta(x, X) alpha, or -G(x, X) alpha + offset */
  readonly coefficients: Matrix;
  /** [times k]; zeros unless `onGap` */
  readonly offset: Float64Array;
  /** F at the last time [n, n]: alpha = F Y for any targets (centred ones with `onGap`) */
  readonly filter: Matrix;
}

/** Rows and columns of a symmetric matrix minus their means: P a P. */
function centred(a: Matrix): Matrix {
  const n = a.shape[0];
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) means[i]! += a.data[i * n + j]! / n;
  const whole = means.reduce((sum, mean) => sum + mean, 0) / n;
  const out = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out.data[i * n + j] = a.data[i * n + j]! - means[i]! - means[j]! + whole;
  }
  return out;
}

/** Column j of a times factors[j]. */
function scaledColumns(a: Matrix, factors: Float64Array): Matrix {
  const cols = a.shape[1];
  return matrix(
    a.shape[0],
    cols,
    a.data.map((value, at) => value * factors[at % cols]!),
  );
}

/**
 * Training with eta = 2 / lambda_max to each time.
 *
 * @param train   Theta and its gap among the n train samples
 * @param targets [n, k] with column mean 0
 * @param times   t >= 0 in units of 1 / eta's step, ascending
 */
export async function trainExactly(
  { kernel, gap }: TrainKernel,
  targets: Matrix,
  times: readonly number[],
): Promise<Trained> {
  const n = kernel.shape[0];
  const own = await eigenSymmetric(kernel);
  const lambdaMax = own.values[0]!;
  const bulkShare = n > 1 ? Math.max(0, own.values[1]! / lambdaMax) : 0;
  const onGap = bulkShare < NEARLY_CONSTANT;
  let { values, vectors } = own;
  if (onGap) {
    const negative = centred(gap);
    for (let i = 0; i < negative.data.length; i++) negative.data[i]! *= -1;
    ({ values, vectors } = await eigenSymmetric(negative));
  }
  const v = vectors!;
  const k = targets.shape[1];
  const inModes = matmul(v, targets, { transposeA: true }); // [n, k]
  const learned = matrix(n, times.length * k);
  const filtered = matrix(n, times.length * k);
  const last = new Float64Array(n);
  times.forEach((time, t) => {
    const rate = (2 * time) / lambdaMax;
    for (let i = 0; i < n; i++) {
      const lambda = Math.max(0, values[i]!);
      const share = -Math.expm1(-rate * lambda);
      // the constant direction has no targets in the gap form; -expm1(-x) / x -> 1
      const filter = lambda > 0 ? share / lambda : rate;
      if (t === times.length - 1) last[i] = filter;
      for (let c = 0; c < k; c++) {
        const at = (i * times.length + t) * k + c;
        learned.data[at] = share * inModes.data[i * k + c]!;
        filtered.data[at] = filter * inModes.data[i * k + c]!;
      }
    }
  });
  const coefficients = matmul(v, filtered);
  const offset = new Float64Array(times.length * k);
  if (onGap) {
    // the constant mode keeps the mean output on the train samples at 0: f(x) = -G(x, X) alpha + mean of G alpha
    const reached = matmul(gap, coefficients);
    reached.data.forEach((value, at) => {
      offset[at % offset.length]! += value / n;
    });
  }
  return {
    lambdaMax,
    bulkShare,
    onGap,
    train: matmul(v, learned),
    coefficients,
    offset,
    filter: matmul(scaledColumns(v, last), v, { transposeB: true }),
  };
}

/** Outputs at other points, [m, times k], from Theta(x, X) and its gap [m, n]. */
export function outputsAt(trained: Trained, kernel: Matrix, gap: Matrix | undefined): Matrix {
  const { onGap, coefficients, offset } = trained;
  if (!onGap) return matmul(kernel, coefficients);
  const out = matmul(gap!, coefficients);
  const cols = offset.length;
  for (let at = 0; at < out.data.length; at++) out.data[at] = offset[at % cols]! - out.data[at]!;
  return out;
}

/** Kernels between m points and the train samples that the spread of single networks needs. */
export interface CrossKernels {
  readonly ntk: Matrix;
  readonly ntkGap: Matrix;
  readonly nngp: Matrix;
  readonly nngpGap: Matrix;
}

/**
 * Variance of the output of one network, drawn from initialization and trained to the last time, at each of m points: that of
 * f_0(x) - w f_0(X), w = Theta(x, X) F, under f_0 ~ N(0, K).
 *
 * @param own variance K(x, x) of the points
 */
export function networkVariance(
  trained: Trained,
  train: { readonly ntkGap: Matrix; readonly nngp: Matrix; readonly nngpGap: Matrix },
  cross: CrossKernels,
  own: number,
): Float64Array {
  const { onGap, filter } = trained;
  const [m, n] = cross.ntk.shape;
  const out = new Float64Array(m);
  if (!onGap) {
    const weights = matmul(cross.ntk, filter);
    const spread = matmul(weights, train.nngp);
    for (let i = 0; i < m; i++) {
      let sum = own;
      for (let j = i * n; j < (i + 1) * n; j++) {
        sum += weights.data[j]! * (spread.data[j]! - 2 * cross.nngp.data[j]!);
      }
      out[i] = Math.max(0, sum);
    }
    return out;
  }
  // w sums to 1: the constant of f_0 is trained away, and only its gaps are left
  const shifted = matrix(m, n, cross.ntkGap.data.slice());
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) means[j]! += train.ntkGap.data[i * n + j]! / n;
  for (let at = 0; at < shifted.data.length; at++) shifted.data[at] = means[at % n]! - shifted.data[at]!;
  const weights = matmul(shifted, filter);
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = i * n; j < (i + 1) * n; j++) sum += weights.data[j]!;
    for (let j = i * n; j < (i + 1) * n; j++) weights.data[j]! += (1 - sum) / n;
  }
  const spread = matmul(weights, train.nngpGap);
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = i * n; j < (i + 1) * n; j++) {
      sum += weights.data[j]! * (2 * cross.nngpGap.data[j]! - spread.data[j]!);
    }
    out[i] = Math.max(0, sum);
  }
  return out;
}
