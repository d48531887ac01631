/**
 * Losses of float32 outputs and their cotangents, computed in float64.
 * @module
 */
import { sigmoid, softplus } from "../../numeric/special/logistic.js";
import type { Loss } from "../loss.js";
import type { FloatArray } from "../parameters.js";

/** L = 1/(2 n) sum (f - y)^2 of n samples; cotangent (f - y) / n. */
function squared(
  f: Float32Array,
  y: FloatArray,
  count: number,
  samples: number,
  cotangent: Float32Array,
): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const residual = f[i]! - y[i]!;
    value += residual * residual;
    cotangent[i] = residual / samples;
  }
  return value / (2 * samples);
}

/** L = -1/n sum y log softmax(f) of n samples; cotangent (sum(y) softmax(f) - y) / n. */
function crossEntropy(
  f: Float32Array,
  y: FloatArray,
  count: number,
  samples: number,
  cotangent: Float32Array,
  row: Float64Array,
): number {
  const classes = row.length;
  let value = 0;
  for (let at = 0; at < count; at += classes) {
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) top = Math.max(top, f[at + c]!);
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const e = Math.exp(f[at + c]! - top);
      row[c] = e;
      total += e;
    }
    const logSum = top + Math.log(total);
    let weight = 0;
    for (let c = 0; c < classes; c++) {
      const target = y[at + c]!;
      if (target !== 0) value += target * (logSum - f[at + c]!);
      weight += target;
    }
    const scale = weight / total;
    for (let c = 0; c < classes; c++) cotangent[at + c] = (scale * row[c]! - y[at + c]!) / samples;
  }
  return value / samples;
}

/** L = 1/n sum log(1 + e^{-y f}) of n samples; cotangent -y sigmoid(-y f) / n. */
function logistic(
  f: Float32Array,
  y: FloatArray,
  count: number,
  samples: number,
  cotangent: Float32Array,
): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const u = -y[i]! * f[i]!;
    value += softplus(u);
    cotangent[i] = (-y[i]! * sigmoid(u)) / samples;
  }
  return value / samples;
}

/** A loss over `count` outputs f of so many samples, rows of `classes`: returns its value, writes dL/df to `cotangent`. */
export function lossFunction(
  loss: Loss,
  classes: number,
): (f: Float32Array, y: FloatArray, count: number, samples: number, cotangent: Float32Array) => number {
  if (loss === "squared") return squared;
  if (loss === "logistic") return logistic;
  const row = new Float64Array(classes);
  return (f, y, count, samples, cotangent) => crossEntropy(f, y, count, samples, cotangent, row);
}
