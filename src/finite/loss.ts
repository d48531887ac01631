/**
 * Losses of finite networks, with their gradients and Hessians in the output.
 *
 * `squared`: L = 1/(2 n) sum over samples and outputs of (f - y)^2. `crossEntropy`: L = -1/n sum over samples and classes of
 * y log softmax(f), for rows of y that sum to 1. `logistic`: L = 1/n sum over samples and outputs of log(1 + e^{-y f}), y in
 * {-1, 1}: the binary cross entropy of one logit, whose f descends half as fast as the difference of two logits does by
 * `crossEntropy`. n is the number of samples, so that the learning rates are those of the closed-form dynamics.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { sigmoid, softplus } from "../numeric/special/logistic.js";
import type { Jet } from "./jet.js";

/** Names of losses of real networks. */
export type Loss = "squared" | "crossEntropy" | "logistic";

export const LOSSES: readonly Loss[] = ["squared", "crossEntropy", "logistic"];

/** The loss' value, and the series of dL/df along the jet f; both divided by `divisor`, the number of samples. */
export interface LossAt {
  readonly value: number;
  readonly cotangent: Jet;
}

/** Throws `ERR_SPEC` for an unknown loss. */
export function requireLoss(loss: unknown, where: string): asserts loss is Loss {
  if (!LOSSES.includes(loss as Loss)) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: loss is ${JSON.stringify(loss) ?? String(loss)}, expected ${LOSSES.map((name) => `"${name}"`).join(", ")}`,
      { argument: "loss", got: loss, expected: LOSSES },
    );
  }
}

function squared(f: Jet, y: Float64Array, divisor: number): LossAt {
  const f0 = f[0];
  const residual = y.map((target, i) => (f0?.[i] ?? 0) - target);
  let value = 0;
  for (const r of residual) value += r * r;
  return {
    value: value / (2 * divisor),
    cotangent: [residual, ...f.slice(1)].map((a) => a?.map((r) => r / divisor) ?? null),
  };
}

/**
 * Series of softmax of one row: with e = exp(f - max), k e_k = sum_i i f_i e_{k-i} each, then p = e / sum e.
 */
function softmaxSeries(
  f: Jet,
  at: number,
  classes: number,
  rows: readonly Float64Array[],
  total: Float64Array,
): number {
  const f0 = f[0];
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) top = Math.max(top, f0?.[at + c] ?? 0);
  for (let k = 0; k < rows.length; k++) {
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      let e = k === 0 ? Math.exp((f0?.[at + c] ?? 0) - top) : 0;
      for (let i = 1; i <= k; i++) e += (i * (f[i]?.[at + c] ?? 0) * rows[k - i]![c]!) / k;
      rows[k]![c] = e;
      sum += e;
    }
    total[k] = sum;
  }
  for (let k = 0; k < rows.length; k++) {
    for (let c = 0; c < classes; c++) {
      let p = rows[k]![c]!;
      for (let i = 1; i <= k; i++) p -= total[i]! * rows[k - i]![c]!;
      rows[k]![c] = p / total[0]!;
    }
  }
  return top + Math.log(total[0]!);
}

function crossEntropy(f: Jet, y: Float64Array, divisor: number, classes: number): LossAt {
  const order = f.length - 1;
  const cotangent = Array.from({ length: order + 1 }, () => new Float64Array(y.length));
  const rows = Array.from({ length: order + 1 }, () => new Float64Array(classes));
  const total = new Float64Array(order + 1);
  let value = 0;
  for (let at = 0; at < y.length; at += classes) {
    const logSum = softmaxSeries(f, at, classes, rows, total);
    let weight = 0;
    for (let c = 0; c < classes; c++) {
      value += y[at + c]! * (logSum - (f[0]?.[at + c] ?? 0));
      weight += y[at + c]!;
    }
    for (let k = 0; k <= order; k++) {
      for (let c = 0; c < classes; c++) {
        const p = weight * rows[k]![c]!;
        cotangent[k]![at + c] = (k === 0 ? p - y[at + c]! : p) / divisor;
      }
    }
  }
  return { value: value / divisor, cotangent };
}

/** With u = -y f and p = sigmoid(u): k p_k = sum_j j u_j d_{k-j}, d = p - p^2; the cotangent is -y p / n. */
function logistic(f: Jet, y: Float64Array, divisor: number): LossAt {
  const order = f.length - 1;
  const cotangent = Array.from({ length: order + 1 }, () => new Float64Array(y.length));
  const p = new Float64Array(order + 1);
  const d = new Float64Array(order + 1);
  let value = 0;
  for (let at = 0; at < y.length; at++) {
    const target = y[at]!;
    const u = -target * (f[0]?.[at] ?? 0);
    value += softplus(u);
    for (let k = 0; k <= order; k++) {
      if (k === 0) {
        p[0] = sigmoid(u);
        d[0] = p[0] * sigmoid(-u);
      } else {
        let sum = 0;
        for (let j = 1; j <= k; j++) sum -= j * target * (f[j]?.[at] ?? 0) * d[k - j]!;
        p[k] = sum / k;
        let square = 0;
        for (let i = 0; i <= k; i++) square += p[i]! * p[k - i]!;
        d[k] = p[k]! - square;
      }
      cotangent[k]![at] = (-target * p[k]!) / divisor;
    }
  }
  return { value: value / divisor, cotangent };
}

/** Loss of outputs f [samples, classes] against y; `divisor` is the number of samples of the whole batch. */
export function lossAt(loss: Loss, f: Jet, y: Float64Array, divisor: number, classes: number): LossAt {
  if (loss === "squared") return squared(f, y, divisor);
  if (loss === "logistic") return logistic(f, y, divisor);
  return crossEntropy(f, y, divisor, classes);
}

/**
 * Column `coordinate` of a matrix B with B B^T = L'', the Hessian of the loss in the outputs of each sample, as a cotangent
 * [samples, outputs]. Squared: the unit vector over sqrt(n). Cross entropy, whose Hessian is diag(p) - p p^T: sqrt(p_k) (e_k - p).
 * Logistic: the unit vector times |y| sqrt(p (1 - p) / n), p = sigmoid(y f).
 */
export function lossHessianFactor(
  loss: Loss,
  f: Float64Array,
  y: Float64Array,
  divisor: number,
  outputs: number,
  classes: number,
  coordinate: number,
): Float64Array {
  const out = new Float64Array(f.length);
  if (loss === "squared") {
    for (let at = coordinate; at < f.length; at += outputs) out[at] = 1 / Math.sqrt(divisor);
    return out;
  }
  if (loss === "logistic") {
    for (let at = coordinate; at < f.length; at += outputs) {
      const z = y[at]! * f[at]!;
      out[at] = Math.abs(y[at]!) * Math.sqrt((sigmoid(z) * sigmoid(-z)) / divisor);
    }
    return out;
  }
  const p = new Float64Array(classes);
  const first = coordinate - (coordinate % classes);
  for (let at = first; at < f.length; at += outputs) {
    softmaxSeries([f], at, classes, [p], new Float64Array(1));
    let weight = 0;
    for (let c = 0; c < classes; c++) weight += y[at + c]!;
    const scale = Math.sqrt((weight * p[coordinate - first]!) / divisor);
    for (let c = 0; c < classes; c++) out[at + c] = scale * ((c === coordinate - first ? 1 : 0) - p[c]!);
  }
  return out;
}
