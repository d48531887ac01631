/**
 * The step that takes the first two moments of outputs under minibatch SGD on the linear model to the next (paper A, first order).
 * @module
 */
import { matmul } from "../../numeric/linalg/index.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";

export interface MinibatchStep {
  /** tangent kernel of all outputs with those that are trained on [rows, trained]; the first rows are the trained ones */
  readonly kernel: Matrix;
  /** outputs of a sample, k: they enter a batch together, and lie beside each other */
  readonly outputs: number;
  /** eta */
  readonly learningRate: number;
  /** B samples with replacement */
  readonly batch: number;
  /** variance that every step adds to the outputs on top of the draws [rows, rows]; null: none */
  readonly added: Matrix | null;
}

/** First and second moments of residuals (trained rows) and outputs (rows after them). */
export interface OutputMoments {
  /** [rows] */
  readonly mean: Float64Array;
  /** E of the products [rows, rows] */
  readonly second: Matrix;
}

/** Moments of values that are known. */
export function knownMoments(mean: Float64Array): OutputMoments {
  const rows = mean.length;
  const second = matrix(rows, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) second.data[i * rows + j] = mean[i]! * mean[j]!;
  }
  return { mean, second };
}

/**
 * One step. With Theta = `kernel`, n samples, R the second moments of the trained rows and [R] its blocks of one sample, that is
 * its diagonal where samples have one output,
 *
 *   E f' = E f - (eta / n) Theta E r
 *   E f f^T' = E (f - (eta / n) Theta r)(...)^T + (eta^2 / B) [ Theta [R] Theta^T / n - Theta R Theta^T / n^2 ] + added
 *
 * O(rows^2 trained).
 */
export function minibatchStep(step: MinibatchStep, { mean, second }: OutputMoments): OutputMoments {
  const { kernel, outputs, learningRate: eta, batch, added } = step;
  const [rows, trained] = kernel.shape;
  const theta = kernel.data;
  const samples = trained / outputs;
  const next = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < trained; j++) sum += theta[i * trained + j]! * mean[j]!;
    next[i] = mean[i]! - (eta / samples) * sum;
  }
  const residuals = matrix(trained, rows, second.data.subarray(0, trained * rows)); // E r (r, f)^T
  const left = matmul(kernel, residuals).data; // Theta E r (r, f)^T [rows, rows]
  const inner = matrix(rows, trained); // Theta R
  const drawn = matrix(rows, trained); // Theta [R]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < trained; j++) {
      const first = j - (j % outputs);
      let sum = 0;
      for (let l = first; l < first + outputs; l++)
        sum += theta[i * trained + l]! * second.data[l * rows + j]!;
      drawn.data[i * trained + j] = sum;
      inner.data[i * trained + j] = left[i * rows + j]!;
    }
  }
  const whole = matmul(inner, kernel, { transposeB: true }).data; // Theta R Theta^T
  const sampled = matmul(drawn, kernel, { transposeB: true }).data;
  const products = matrix(rows, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const at = i * rows + j;
      products.data[at] =
        second.data[at]! -
        (eta / samples) * (left[at]! + left[j * rows + i]!) +
        (eta / samples) ** 2 * whole[at]! * (1 - 1 / batch) +
        ((eta * eta) / (batch * samples)) * sampled[at]! +
        (added === null ? 0 : added.data[at]!);
    }
  }
  return { mean: next, second: products };
}
