/**
 * Minibatch SGD on the linear model: the exact recursion of its first two moments (paper A, first order).
 *
 * With batches of B samples drawn with replacement, G = I - (eta / n) Theta and R_k = E[r_k r_k^T] of the residuals r = f - y,
 *
 *   E r_{k+1} = G E r_k,    R_{k+1} = G R_k G + (eta^2 / B) [ Theta diag(R_k) Theta / n - Theta R_k Theta / n^2 ]
 *
 * The noise is multiplied by the residuals: it vanishes where the data are fitted.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { type LongWork, throwIfAborted } from "../progress.js";

export interface MinibatchInput extends LongWork {
  /** Theta on the training points [n, n] */
  readonly kernel: Matrix;
  /** f_0 - y of one output [n] */
  readonly residual: Float64Array;
  /** eta > 0, of the loss 1/(2 n) sum (f - y)^2 */
  readonly learningRate: number;
  /** B */
  readonly batch: number;
  /** ascending numbers of steps at which moments are wanted */
  readonly steps: readonly number[];
}

export interface MinibatchMoments {
  readonly steps: number;
  /** E r [n] */
  readonly mean: Float64Array;
  /** E r r^T [n, n] */
  readonly second: Matrix;
  /** expected loss 1/(2 n) E |r|^2 */
  readonly loss: number;
}

/**
 * The moments after the given steps, exact to rounding. O(n^3) for every step.
 * @throws ERR_SHAPE, ERR_DOMAIN for input that does not fit; ERR_NUMERICAL when the second moments run away (the learning rate is
 *   then above the limit of SGD, which is below that of full batches)
 */
export function minibatchMoments(input: MinibatchInput): MinibatchMoments[] {
  const { kernel, residual, learningRate: eta, batch, steps, signal } = input;
  const n = residual.length;
  if (kernel.shape[0] !== n || kernel.shape[1] !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `minibatchMoments: kernel has shape [${kernel.shape.join(", ")}], expected [${n}, ${n}] as there are ${n} residuals`,
      { argument: "kernel", got: kernel.shape, expected: [n, n] },
    );
  }
  requireNumbers(input);
  const theta = kernel.data;
  let mean = Float64Array.from(residual);
  let second = matrix(n, n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) second.data[i * n + j] = mean[i]! * mean[j]!;
  let done = 0;
  return steps.map((until) => {
    for (; done < until; done++) {
      if (done % 64 === 0) throwIfAborted(signal);
      const pushed = Float64Array.from({ length: n }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += theta[i * n + j]! * mean[j]!;
        return sum;
      });
      mean = mean.map((r, i) => r - (eta / n) * pushed[i]!);
      const left = matmul(kernel, second); // Theta R
      const both = matmul(left, kernel).data; // Theta R Theta
      const scaled = matrix(n, n); // Theta diag(R)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) scaled.data[i * n + j] = theta[i * n + j]! * second.data[j * n + j]!;
      }
      const sampled = matmul(scaled, kernel).data;
      const next = matrix(n, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const at = i * n + j;
          next.data[at] =
            second.data[at]! -
            (eta / n) * (left.data[at]! + left.data[j * n + i]!) +
            (eta / n) ** 2 * both[at]! * (1 - 1 / batch) +
            ((eta * eta) / (batch * n)) * sampled[at]!;
        }
      }
      second = next;
    }
    let trace = 0;
    for (let i = 0; i < n; i++) trace += second.data[i * n + i]!;
    if (!Number.isFinite(trace)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `minibatchMoments: the second moments are no longer finite after ${done} steps; the learning rate ${eta} is above the limit of batches of ${batch}`,
        { argument: "learningRate", got: eta, steps: done },
      );
    }
    return {
      steps: done,
      mean: Float64Array.from(mean),
      second: matrix(n, n, Float64Array.from(second.data)),
      loss: trace / (2 * n),
    };
  });
}

function requireNumbers({ learningRate, batch, steps }: MinibatchInput): void {
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `minibatchMoments: ${argument} is ${String(got)}, expected ${expected}`,
      {
        argument,
        got,
        expected,
      },
    );
  };
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    fail("learningRate", learningRate, "a number > 0");
  if (!(Number.isInteger(batch) && batch >= 1)) fail("batch", batch, "a whole number >= 1");
  steps.forEach((step, i) => {
    if (!(Number.isInteger(step) && step >= (steps[i - 1] ?? 0)))
      fail(`steps[${i}]`, step, "whole numbers from 0 upwards, in ascending order");
  });
}
