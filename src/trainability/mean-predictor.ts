/**
 * The mean predictor P(Theta) Y = Theta_test,train Theta_train,train^{-1} Y: what an infinitely trained ensemble answers.
 * When it tends to 0 with depth, the network memorizes and cannot generalize (paper B, section on generalization).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { addToDiagonal, cholesky, choleskySolve, matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix, transpose } from "../numeric/matrix.js";

/** Gaps (own + own') / 2 - Theta of the kernels, and what they are counted from: `kernelsAtDepths` has both. */
export interface KernelGaps {
  /** [n, n] */
  readonly train: Matrix;
  /** [m, n] */
  readonly testTrain: Matrix;
  /** Theta(x, x) of every train and every test sample */
  readonly own: { readonly train: Float64Array; readonly test: Float64Array };
}

/** Ridge and gaps of `meanPredictor`. */
export interface MeanPredictorOptions {
  /** Ridge on the train kernel relative to its mean diagonal. Default 0. */
  readonly diagReg?: number | undefined;
  /** With them the prediction keeps its digits where entries no longer differ in float64: deep ordered networks. */
  readonly gaps?: KernelGaps | undefined;
}

/** The mean predictor applied to targets, and the ridge that was added. */
export interface MeanPrediction {
  /** P(Theta) Y, [m, k] */
  readonly mean: Matrix;
  /** ridge added, absolute */
  readonly ridge: number;
}

/**
 * Mean predictor `Theta_test,train (Theta_train + ridge)^{-1} Y`, [m, k].
 *
 * The kernel enters scaled and with its common constant mu split off, Theta = mu 1 1^T + G: deep kernels are nearly constant
 * (kappa far above 1e16 in the ordered phase), and only the small differences G carry information. The constant is
 * eliminated exactly, so the accuracy is governed by the condition of G on centred vectors instead of that of Theta, and any
 * overall scale (chi_1^depth in the chaotic phase) drops out. Entries within a factor 2 of mu lose nothing by the split.
 * Theory notes B5.1.
 *
 * @param testTrain Theta(test, train), [m, n]
 * @param train     Theta(train, train), [n, n]
 * @param targets   Y [n, k], usually centred over samples
 * @param options   with `gaps`, G = (own + own') / 2 - mu - gap is taken from them wherever all gaps are smaller than the
 *   kernel's entries
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit; ERR_SINGULAR (with the ridge to use) when G is singular on centred
 *   vectors, as that of a constant kernel
 */
export function meanPredictor(
  testTrain: Matrix,
  train: Matrix,
  targets: Matrix,
  options: MeanPredictorOptions = {},
): MeanPrediction {
  const n = train.shape[0];
  const { diagReg = 0 } = options;
  checkArrays("meanPredictor", testTrain, train, targets);
  if (!(diagReg >= 0 && diagReg < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `meanPredictor: diagReg is ${diagReg}, expected a finite number >= 0`,
      { argument: "diagReg", got: diagReg },
    );
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += train.data[i * n + i]!;
  const scale = trace / n;
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DATA",
      `meanPredictor: the mean diagonal of the train kernel is ${scale}, expected a finite positive number`,
      { argument: "train", got: scale },
    );
  }
  const { gaps } = options;
  if (gaps !== undefined) {
    checkArrays("meanPredictor", gaps.testTrain, gaps.train, targets);
    if (hasSmallGaps(train, gaps.train)) {
      return { mean: fromGaps(gaps, targets, diagReg * scale), ridge: diagReg * scale };
    }
  }
  // the smallest off-diagonal entry: what all pairs have in common; a kernel with negative entries has no common constant
  let mu = train.data[0]!;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) mu = Math.min(mu, train.data[i * n + j]!);
  mu = Math.max(0, mu);
  const shifted = (a: Matrix) =>
    matrix(
      a.shape[0],
      a.shape[1],
      a.data.map((x) => (x - mu) / scale),
    );
  if (n > 1 && diagReg === 0 && train.data.every((x) => x === train.data[0])) {
    // the same ridge as for other singular kernels: half of the digits are then right
    const suggestedDiagReg = 10 ** Math.ceil(Math.log10(n * Math.sqrt(Number.EPSILON)));
    throw new ForetrainError(
      "ERR_SINGULAR",
      `meanPredictor: the train kernel is ${train.data[0]} for each of the ${n} x ${n} pairs, so that it does not tell the ` +
        "samples apart: they are equal, or the network is too deep in the ordered phase for float64. " +
        `Use diagReg >= ${suggestedDiagReg}, other inputs or fewer layers.`,
      { argument: "train", samples: n, suggestedDiagReg },
    );
  }
  const { alpha, beta } = solveWithConstant(addToDiagonal(shifted(train), diagReg), mu / scale, targets);
  const mean = matmul(shifted(testTrain), alpha);
  addToColumns(mean, beta);
  return { mean, ridge: diagReg * scale };
}

/** Whether the gaps have more digits than the differences of entries. */
function hasSmallGaps(kernel: Matrix, { data }: Matrix): boolean {
  return kernel.data.every((value, at) => Math.abs(data[at]!) < value);
}

/** With mu the first sample's own value: differences of own values that agree to rounding are exact. */
function fromGaps({ train, testTrain, own }: KernelGaps, targets: Matrix, ridge: number): Matrix {
  const mu = own.train[0]!;
  const differences = (gap: Matrix, rows: Float64Array) => {
    const columns = gap.shape[1];
    return matrix(
      gap.shape[0],
      columns,
      gap.data.map(
        (value, at) => 0.5 * (rows[Math.floor(at / columns)]! - mu + (own.train[at % columns]! - mu)) - value,
      ),
    );
  };
  const g = differences(train, own.train);
  const size = g.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (size === 0 && ridge === 0 && g.shape[0] > 1) {
    throw new ForetrainError(
      "ERR_SINGULAR",
      "meanPredictor: the gaps of the train kernel are 0 for all pairs: the samples are equal, or the network is deeper " +
        "in the ordered phase than float64 reaches; use other inputs, fewer layers or diagReg",
      { argument: "gaps", samples: g.shape[0] },
    );
  }
  const unit = size === 0 ? 1 : size;
  const scaled = (a: Matrix) =>
    matrix(
      a.shape[0],
      a.shape[1],
      a.data.map((value) => value / unit),
    );
  const { alpha, beta } = solveWithConstant(addToDiagonal(scaled(g), ridge / unit), mu / unit, targets);
  const mean = matmul(scaled(differences(testTrain, own.test)), alpha);
  addToColumns(mean, beta);
  return mean;
}

/**
 * Limit of the mean predictor of a deep network in the ordered phase, for targets with column mean 0: the interpolant
 * `-D(x, X) alpha + beta` with `-D alpha + beta 1 = Y`, `1^T alpha = 0`. D is the gap of the kernel up to a factor: the limit
 * of (1 - c_l) / chi_1^l for each pair, zero on the diagonal. The same formula with D = |x - x'|^2 is the limit of a wide
 * Gaussian kernel. Corrections at finite depth are O(1 / depth). Paper B, mean predictor in the ordered phase.
 * Theory notes B5.2.
 *
 * @param testTrain D(test, train), [m, n]
 * @param train     D(train, train), [n, n], conditionally negative definite
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit; ERR_SINGULAR when D does not tell the train samples apart
 */
export function orderedMeanPredictorLimit(testTrain: Matrix, train: Matrix, targets: Matrix): Matrix {
  checkArrays("orderedMeanPredictorLimit", testTrain, train, targets);
  if (train.shape[0] > 1 && train.data.every((x) => x === train.data[0])) {
    throw new ForetrainError(
      "ERR_SINGULAR",
      `orderedMeanPredictorLimit: the gap is ${train.data[0]} for every pair of train samples, expected different gaps: ` +
        "0 for a sample with itself, more for two samples",
      { argument: "train", samples: train.shape[0] },
    );
  }
  const negative = (a: Matrix) =>
    matrix(
      a.shape[0],
      a.shape[1],
      a.data.map((x) => -x),
    );
  const { alpha, beta } = solveWithConstant(negative(train), Number.POSITIVE_INFINITY, targets);
  const mean = matmul(negative(testTrain), alpha);
  addToColumns(mean, beta);
  return mean;
}

/**
 * Solves (mu 1 1^T + G) alpha = Y for G positive definite on centred vectors, mu >= 0 or infinite; beta = mu 1^T alpha.
 *
 * A Householder reflection Q takes 1 to sqrt(n) e_1. In that basis the centred block C of G is factored by Cholesky and the
 * constant direction is one scalar equation, in which mu may be as large as it likes.
 */
function solveWithConstant(g: Matrix, mu: number, y: Matrix): { alpha: Matrix; beta: Float64Array } {
  const n = g.shape[0];
  const k = y.shape[1];
  const root = Math.sqrt(n);
  // Q = I - v v^T / h with v = 1 + sqrt(n) e_1 maps 1 to -sqrt(n) e_1
  const v = new Float64Array(n).fill(1);
  v[0]! += root;
  const h = n + root;
  const rotated = reflectColumns(v, h, transpose(reflectColumns(v, h, g)));
  const yRotated = reflectColumns(v, h, y);
  const a = rotated.data[0]!;
  const size = n - 1;
  const c = matrix(size, size);
  const right = matrix(size, k + 1); // columns: b, then the centred part of Y
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      c.data[i * size + j] = (rotated.data[(i + 1) * n + j + 1]! + rotated.data[(j + 1) * n + i + 1]!) / 2;
    }
    right.data[i * (k + 1)] = rotated.data[i + 1]!;
    for (let col = 0; col < k; col++) right.data[i * (k + 1) + 1 + col] = yRotated.data[(i + 1) * k + col]!;
  }
  const solved = choleskySolve(cholesky(c), right);
  const dotB = (col: number) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += rotated.data[i + 1]! * solved.data[i * (k + 1) + col]!;
    return sum;
  };
  const schur = a - dotB(0); // of G; the whole matrix has n mu + schur here
  const alpha = matrix(n, k);
  const beta = new Float64Array(k);
  for (let col = 0; col < k; col++) {
    const constant = yRotated.data[col]! - dotB(col + 1);
    const s = constant / (n * mu + schur); // 0 for infinite mu
    beta[col] = (-root * constant) / (n + schur / mu); // mu 1^T alpha, 1^T alpha = -sqrt(n) s
    if (mu === 0) beta[col] = 0;
    alpha.data[col] = s;
    for (let i = 0; i < size; i++) {
      alpha.data[(i + 1) * k + col] = solved.data[i * (k + 1) + 1 + col]! - s * solved.data[i * (k + 1)]!;
    }
  }
  return { alpha: reflectColumns(v, h, alpha), beta };
}

/** (I - v v^T / h) x. */
function reflectColumns(v: Float64Array, h: number, x: Matrix): Matrix {
  const [n, k] = x.shape;
  const sums = new Float64Array(k);
  for (let i = 0; i < n; i++) for (let c = 0; c < k; c++) sums[c]! += v[i]! * x.data[i * k + c]!;
  const out = matrix(n, k);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < k; c++) out.data[i * k + c] = x.data[i * k + c]! - (v[i]! * sums[c]!) / h;
  }
  return out;
}

function addToColumns(a: Matrix, x: Float64Array): void {
  const k = a.shape[1];
  for (let i = 0; i < a.data.length; i++) a.data[i]! += x[i % k]!;
}

function checkArrays(caller: string, testTrain: Matrix, train: Matrix, targets: Matrix): void {
  const n = train.shape[0];
  if (n === 0 || train.shape[1] !== n || testTrain.shape[1] !== n || targets.shape[0] !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: train is [${train.shape.join(", ")}], testTrain [${testTrain.shape.join(", ")}], targets ` +
        `[${targets.shape.join(", ")}]; expected [n, n], [m, n] and [n, k] with n >= 1`,
      { train: train.shape, testTrain: testTrain.shape, targets: targets.shape },
    );
  }
  for (const [name, a] of Object.entries({ testTrain, train, targets })) {
    const at = a.data.findIndex((x) => !Number.isFinite(x));
    if (at < 0) continue;
    const index = [Math.floor(at / a.shape[1]), at % a.shape[1]];
    throw new ForetrainError(
      "ERR_DATA",
      `${caller}: ${name}[${index.join(", ")}] is ${a.data[at]}, expected finite numbers`,
      { argument: name, index, got: a.data[at] },
    );
  }
}
