/**
 * Simple models: linear classifiers at their exact optimum, by logistic regression and by least squares (paper C).
 *
 * Scores of a sample are x W + b [classes]; the largest decides.
 * @module
 */
import { classesOf } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import { addToDiagonal, cholesky, choleskySolve, gemm, matmul, view } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";
import type { Labels } from "./count-table.js";

/** Weights [k, d] and constants [k] of a linear classifier. */
export interface LinearClassifier {
  /** W, [d, classes] */
  readonly weights: Matrix;
  /** b, [classes] */
  readonly bias: Float64Array;
}

/** Number of classes and ridge of linear classifiers. */
export interface LinearOptions {
  /** default: the largest label plus one, at least 2 */
  readonly classes?: number | undefined;
  /** factor lambda of (lambda / 2) |W|^2 beside the mean loss; the bias is free */
  readonly ridge?: number | undefined;
}

export interface LogisticOptions extends LinearOptions, LongWork {
  /** of the gradient's norm, relative to that of all weights 0; default 1e-8 */
  readonly tolerance?: number | undefined;
  /** Newton steps; default 100 */
  readonly maxSteps?: number | undefined;
}

/** Weights of a logistic regression with how exactly it was solved. */
export interface LogisticFit extends LinearClassifier {
  /** mean cross entropy, nats, without the ridge's part */
  readonly loss: number;
  /** norm of the gradient, relative to that of all weights 0 */
  readonly gradient: number;
  readonly steps: number;
  /** products with the Hessian, each about as much work as a gradient */
  readonly products: number;
}

const DEFAULT_RIDGE = 1e-4;

interface Problem {
  readonly x: Matrix;
  readonly labels: Int32Array;
  readonly classes: number;
  readonly ridge: number;
}

function requireProblem(x: Matrix, labels: Labels, options: LinearOptions, where: string): Problem {
  const [n] = x.shape;
  if (labels.length !== n || n === 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: there are ${labels.length} labels for ${n} samples, expected one for each of at least one`,
      { argument: "labels", got: labels.length, expected: n },
    );
  }
  const list = Int32Array.from(labels);
  const classes = options.classes ?? list.reduce((most, label) => Math.max(most, label + 1), 2);
  const bad = list.findIndex((label, i) => !(label >= 0 && label < classes && label === labels[i]));
  if (bad >= 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${where}: labels[${bad}] is ${labels[bad]}, expected a class from 0 to ${classes - 1}`,
      { argument: "labels", got: labels[bad], index: bad },
    );
  }
  const wrong = x.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${where}: x has ${x.data[wrong]} at index ${wrong}, expected finite numbers`,
      { argument: "x", got: x.data[wrong], index: wrong },
    );
  }
  const { ridge = DEFAULT_RIDGE } = options;
  if (!(ridge >= 0 && ridge < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: ridge is ${ridge}, expected a number >= 0`, {
      argument: "ridge",
      got: ridge,
    });
  }
  return { x, labels: list, classes, ridge };
}

/** W [d, classes] and then b [classes], in one vector. */
const scoresOf = ({ x, classes }: Problem, at: Float64Array): Float64Array => {
  const [n, d] = x.shape;
  const out = new Float64Array(n * classes);
  const bias = at.subarray(d * classes);
  for (let i = 0; i < n; i++) out.set(bias, i * classes);
  gemm(n, classes, d, 1, view(x.data, 0, d), view(at, 0, classes), out, 0, classes);
  return out;
};

/** X^T rows / n and the rows' means, with the ridge's part of `at`. */
function pulledBack({ x, classes, ridge }: Problem, rows: Float64Array, at: Float64Array): Float64Array {
  const [n, d] = x.shape;
  const out = new Float64Array((d + 1) * classes);
  for (let i = 0; i < d * classes; i++) out[i] = ridge * at[i]!;
  gemm(d, classes, n, 1 / n, view(x.data, 0, d, true), view(rows, 0, classes), out, 0, classes);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < classes; c++) out[d * classes + c]! += rows[i * classes + c]! / n;
  }
  return out;
}

/** Turns scores into probabilities in place; gives the mean cross entropy. */
function softmaxLoss({ labels, classes }: Problem, scores: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    let top = row[0]!;
    for (const score of row) top = Math.max(top, score);
    const own = row[labels[i]!]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      row[c] = Math.exp(row[c]! - top);
      sum += row[c]!;
    }
    for (let c = 0; c < classes; c++) row[c]! /= sum;
    loss += top + Math.log(sum) - own;
  }
  return loss / labels.length;
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Loss with the ridge's part, and the probabilities. */
function lossAt(problem: Problem, at: Float64Array) {
  const probabilities = scoresOf(problem, at);
  const loss = softmaxLoss(problem, probabilities);
  const weights = at.subarray(0, problem.x.shape[1] * problem.classes);
  return { probabilities, loss, total: loss + (problem.ridge / 2) * dot(weights, weights) };
}

function gradientAt(problem: Problem, at: Float64Array, probabilities: Float64Array): Float64Array {
  const { labels, classes } = problem;
  const residual = probabilities.slice();
  for (let i = 0; i < labels.length; i++) residual[i * classes + labels[i]!]! -= 1;
  return pulledBack(problem, residual, at);
}

/** H v of the mean loss: X^T ((diag p - p p^T) X v) / n + ridge v. */
function hessianProduct(problem: Problem, probabilities: Float64Array, v: Float64Array): Float64Array {
  const { labels, classes } = problem;
  const rows = scoresOf(problem, v);
  for (let i = 0; i < labels.length; i++) {
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += probabilities[i * classes + c]! * rows[i * classes + c]!;
    for (let c = 0; c < classes; c++) {
      rows[i * classes + c] = probabilities[i * classes + c]! * (rows[i * classes + c]! - mean);
    }
  }
  return pulledBack(problem, rows, v);
}

/**
 * Solves H p = -g by conjugate gradients until the residual is `accuracy` of g. H is singular along constant scores,
 * where g has no part, so that the iteration never goes there. Pauses after every product.
 */
function* newtonDirection(
  product: (v: Float64Array) => Float64Array,
  g: Float64Array,
  accuracy: number,
  most: number,
): Generator<void, { readonly direction: Float64Array; readonly products: number }> {
  const direction = new Float64Array(g.length);
  const residual = g.map((value) => -value);
  const search = residual.slice();
  let square = dot(residual, residual);
  const enough = accuracy ** 2 * square;
  let products = 0;
  while (square > enough && products < most) {
    const pushed = product(search);
    products++;
    yield;
    const curvature = dot(search, pushed);
    if (!(curvature > 0)) break; // flat to rounding: what is there already is a descent direction
    const step = square / curvature;
    for (let i = 0; i < g.length; i++) {
      direction[i]! += step * search[i]!;
      residual[i]! -= step * pushed[i]!;
    }
    const next = dot(residual, residual);
    for (let i = 0; i < g.length; i++) search[i] = residual[i]! + (next / square) * search[i]!;
    square = next;
  }
  return { direction, products };
}

/**
 * Multinomial logistic regression at its optimum: the least mean cross entropy plus (ridge / 2) |W|^2, ridge 1e-4 by default. The
 * problem is convex; Newton steps with conjugate gradients and backtracking bring the gradient down to `tolerance`. Cost of a
 * product 4 n d classes flops.
 * @throws ERR_NUMERICAL when it has not converged: without ridge, classes that a plane separates have no optimum
 */
export function logisticRegression(x: Matrix, labels: Labels, options: LogisticOptions = {}): LogisticFit {
  const steps = newtonSteps(x, labels, options);
  for (;;) {
    throwIfAborted(options.signal);
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Work goes on for so long without hearing cancellation. */
const BREATH_MS = 40;

/** As {@link logisticRegression}, to the bit, and hears cancellation and lets timers run while it computes. @throws as it; ERR_ABORTED */
export async function fitLogistic(
  x: Matrix,
  labels: Labels,
  options: LogisticOptions = {},
): Promise<LogisticFit> {
  const steps = newtonSteps(x, labels, options);
  for (let breath = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - breath < BREATH_MS) continue;
    await breathe(options.signal);
    breath = performance.now();
  }
}

function* newtonSteps(x: Matrix, labels: Labels, options: LogisticOptions): Generator<void, LogisticFit> {
  const problem = requireProblem(x, labels, options, "logisticRegression");
  const { tolerance = 1e-8, maxSteps = 100, onProgress } = options;
  const { classes } = problem;
  const d = x.shape[1];
  let at = new Float64Array((d + 1) * classes);
  let state = lossAt(problem, at);
  let g = gradientAt(problem, at, state.probabilities);
  const start = Math.sqrt(dot(g, g));
  let [steps, products] = [0, 0];
  let relative = start === 0 ? 0 : 1;
  while (relative > tolerance && steps < maxSteps) {
    const { probabilities } = state;
    const newton = yield* newtonDirection(
      (v) => hessianProduct(problem, probabilities, v),
      g,
      Math.min(0.5, Math.sqrt(relative)) * 0.2,
      4 * at.length + 50,
    );
    products += newton.products;
    const slope = dot(g, newton.direction);
    let size = 1;
    const moved = () => at.map((value, i) => value + size * newton.direction[i]!);
    let next = moved();
    let found = lossAt(problem, next);
    // near the optimum the loss changes by less than its rounding
    const rounding = 4e-16 * Math.abs(state.total);
    while (!(found.total <= state.total + 1e-4 * size * slope + rounding) && size > 1e-10) {
      size /= 2;
      next = moved();
      found = lossAt(problem, next);
    }
    at = next;
    state = found;
    g = gradientAt(problem, at, state.probabilities);
    relative = Math.sqrt(dot(g, g)) / start;
    steps++;
    onProgress?.({ label: "logistic regression", done: steps, total: maxSteps, unit: "Newton steps" });
  }
  if (!(relative <= tolerance)) {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `logisticRegression: after ${steps} steps the gradient is ${relative.toExponential(1)} of its start, expected ${tolerance}; classes that a plane separates have no optimum without a ridge: use a larger one than ${problem.ridge}`,
      { argument: "ridge", got: problem.ridge, gradient: relative },
    );
  }
  return {
    weights: matrix(d, classes, at.slice(0, d * classes)),
    bias: at.slice(d * classes),
    loss: state.loss,
    gradient: relative,
    steps,
    products,
  };
}

/**
 * Least squares on one-hot targets: the least mean of |x W + b - e_label|^2 / 2 plus (ridge / 2) |W|^2, from the normal equations
 * of the centred samples. Cost n d^2 + d^3 / 3 flops.
 * @throws ERR_NUMERICAL when the samples do not determine the weights and the ridge is 0
 */
export function leastSquaresClassifier(
  x: Matrix,
  labels: Labels,
  options: LinearOptions = {},
): LinearClassifier {
  const { labels: list, classes, ridge } = requireProblem(x, labels, options, "leastSquaresClassifier");
  const [n, d] = x.shape;
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) mean[a]! += x.data[i * d + a]! / n;
  const centred = matrix(n, d);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < d; a++) centred.data[i * d + a] = x.data[i * d + a]! - mean[a]!;
  const share = new Float64Array(classes);
  for (const label of list) share[label]! += 1 / n;
  const targets = matrix(n, classes);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < classes; c++) targets.data[i * classes + c] = (c === list[i] ? 1 : 0) - share[c]!;
  }
  const weights = choleskySolve(
    cholesky(addToDiagonal(matmul(centred, centred, { transposeA: true }), n * ridge)),
    matmul(centred, targets, { transposeA: true }),
  );
  const bias = share.map((value, c) => {
    let shift = 0;
    for (let a = 0; a < d; a++) shift += mean[a]! * weights.data[a * classes + c]!;
    return value - shift;
  });
  return { weights, bias };
}

/** The class of the largest score of every sample, the first of equal ones. [n] */
export function classify({ weights, bias }: LinearClassifier, x: Matrix): Int32Array {
  const [d, classes] = weights.shape;
  if (x.shape[1] !== d) {
    throw new ForetrainError("ERR_SHAPE", `classify: x has ${x.shape[1]} features, the model ${d}`, {
      argument: "x",
      got: x.shape,
      expected: ["n", d],
    });
  }
  const scores = matmul(x, weights);
  for (let i = 0; i < scores.data.length; i++) scores.data[i]! += bias[i % classes]!;
  return classesOf(scores);
}
