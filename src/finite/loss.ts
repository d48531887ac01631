/**
 * Losses of finite networks, with their gradients and Hessians in the output.
 *
 * `squared`: L = 1/(2 n) sum over samples and outputs of (f - y)^2. `crossEntropy`: L = -1/n sum over samples and classes of
 * y log softmax(f), for rows of y that sum to 1. n is the number of samples, so that the learning rates are those of
 * the closed-form dynamics.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Jet } from "./jet.js";

export type Loss = "squared" | "crossEntropy";

/** The loss' value, and the series of dL/df along the jet f; both divided by `divisor`, the number of samples. */
export interface LossAt {
  readonly value: number;
  readonly cotangent: Jet;
}

/** Throws `ERR_SPEC` for an unknown loss. */
export function requireLoss(loss: unknown, where: string): asserts loss is Loss {
  if (loss !== "squared" && loss !== "crossEntropy") {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: loss is ${JSON.stringify(loss) ?? String(loss)}, expected "squared" or "crossEntropy"`,
      { argument: "loss", got: loss, expected: ["squared", "crossEntropy"] },
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

/** Loss of outputs f [samples, classes] against y; `divisor` is the number of samples of the whole batch. */
export function lossAt(loss: Loss, f: Jet, y: Float64Array, divisor: number, classes: number): LossAt {
  return loss === "squared" ? squared(f, y, divisor) : crossEntropy(f, y, divisor, classes);
}

/**
 * Column `coordinate` of a matrix B with B B^T = L'', the Hessian of the loss in the outputs of each sample, as a cotangent
 * [samples, outputs]. Squared: the unit vector over sqrt(n). Cross entropy, whose Hessian is diag(p) - p p^T: sqrt(p_k) (e_k - p).
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
