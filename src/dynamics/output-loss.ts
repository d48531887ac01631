/**
 * Losses as functions of the outputs, for training in function space: squared, cross entropy, logistic, and any other that
 * comes with its gradient.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Matrix } from "../numeric/matrix.js";
import { sigmoid, softplus } from "../numeric/special/logistic.js";

/** A loss of one sample's outputs f [k] and targets y [k]; the loss of a data set is the mean over samples. */
export interface OutputLoss {
  readonly name: string;
  /** loss of one sample */
  readonly value: (f: Float64Array, y: Float64Array) => number;
  /** writes d value / d f to `out` [k] */
  readonly gradient: (f: Float64Array, y: Float64Array, out: Float64Array) => void;
  /** upper bound of the eigenvalues of the Hessian in f, for learning rates; absent: not known */
  readonly curvature?: number | undefined;
}

/** log sum_c e^{f_c} and, in `out`, softmax(f). */
function softmax(f: Float64Array, out: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const x of f) top = Math.max(top, x);
  let sum = 0;
  for (let c = 0; c < f.length; c++) {
    out[c] = Math.exp(f[c]! - top);
    sum += out[c]!;
  }
  for (let c = 0; c < f.length; c++) out[c]! /= sum;
  return top + Math.log(sum);
}

const SQUARED: OutputLoss = {
  name: "squared",
  value: (f, y) => {
    let sum = 0;
    for (let c = 0; c < f.length; c++) sum += (f[c]! - y[c]!) ** 2;
    return sum / 2;
  },
  gradient: (f, y, out) => {
    for (let c = 0; c < f.length; c++) out[c] = f[c]! - y[c]!;
  },
  curvature: 1,
};

const CROSS_ENTROPY: OutputLoss = {
  name: "crossEntropy",
  value: (f, y) => {
    const log = softmax(f, new Float64Array(f.length));
    let sum = 0;
    for (let c = 0; c < f.length; c++) if (y[c] !== 0) sum += y[c]! * (log - f[c]!);
    return sum;
  },
  gradient: (f, y, out) => {
    softmax(f, out);
    let weight = 0;
    for (const target of y) weight += target;
    for (let c = 0; c < f.length; c++) out[c] = weight * out[c]! - y[c]!;
  },
  curvature: 1 / 2,
};

const LOGISTIC: OutputLoss = {
  name: "logistic",
  value: (f, y) => {
    let sum = 0;
    for (let c = 0; c < f.length; c++) sum += softplus(-y[c]! * f[c]!);
    return sum;
  },
  gradient: (f, y, out) => {
    for (let c = 0; c < f.length; c++) out[c] = -y[c]! * sigmoid(-y[c]! * f[c]!);
  },
  curvature: 1 / 4,
};

/** Losses by name. */
export type OutputLossName = "squared" | "crossEntropy" | "logistic";

const LOSSES: Readonly<Record<OutputLossName, OutputLoss>> = {
  squared: SQUARED,
  crossEntropy: CROSS_ENTROPY,
  logistic: LOGISTIC,
};

/**
 * A loss by name, or a loss of one's own, checked.
 *
 * `squared`: 1/2 |f - y|^2. `crossEntropy`: -sum_c y_c log softmax(f)_c, rows of y >= 0, one-hot for labels. `logistic`:
 * sum_c log(1 + e^{-y_c f_c}), y in {-1, 1}.
 * @throws ERR_SPEC for an unknown name or an object without `value` and `gradient`
 */
export function outputLoss(loss: OutputLossName | OutputLoss): OutputLoss {
  const found: unknown = typeof loss === "string" && Object.hasOwn(LOSSES, loss) ? LOSSES[loss] : loss;
  const isLoss = (x: unknown): x is OutputLoss =>
    typeof x === "object" &&
    x !== null &&
    "value" in x &&
    typeof x.value === "function" &&
    "gradient" in x &&
    typeof x.gradient === "function";
  if (isLoss(found)) return found;
  throw new ForetrainError(
    "ERR_SPEC",
    `outputLoss: loss is ${JSON.stringify(loss) ?? String(loss)}, expected ${Object.keys(LOSSES).join(", ")}, or an object with value(f, y) and gradient(f, y, out)`,
    { argument: "loss", got: loss, expected: Object.keys(LOSSES) },
  );
}

/**
 * dL/df of L = (1/n) sum over samples, for networks side by side.
 * @param f   [n, networks * k]
 * @param y   [n, k]
 * @param out [n, networks * k]
 */
export function lossGradients(loss: OutputLoss, f: Matrix, y: Matrix, out: Matrix): void {
  const [n, columns] = f.shape;
  const k = y.shape[1];
  const gradient = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    const target = y.data.subarray(i * k, (i + 1) * k);
    for (let at = i * columns; at < (i + 1) * columns; at += k) {
      loss.gradient(f.data.subarray(at, at + k), target, gradient);
      for (let c = 0; c < k; c++) out.data[at + c] = gradient[c]! / n;
    }
  }
}

/** L = (1/n) sum over samples, of each of the networks side by side. */
export function lossValues(loss: OutputLoss, f: Matrix, y: Matrix): Float64Array {
  const [n, columns] = f.shape;
  const k = y.shape[1];
  const out = new Float64Array(columns / k);
  for (let i = 0; i < n; i++) {
    const target = y.data.subarray(i * k, (i + 1) * k);
    for (let d = 0; d < out.length; d++) {
      const at = i * columns + d * k;
      out[d]! += loss.value(f.data.subarray(at, at + k), target) / n;
    }
  }
  return out;
}
