/**
 * Minibatch SGD on the linear model: the exact recursion of its first two moments (paper A, first order).
 *
 * With batches of B samples drawn with replacement, G = I - (eta / n) Theta and R_k = E[r_k r_k^T] of the residuals r = f - y,
 *
 *   E r_{k+1} = G E r_k,    R_{k+1} = G R_k G + (eta^2 / B) [ Theta diag(R_k) Theta / n - Theta R_k Theta / n^2 ]
 *
 * The noise is multiplied by the residuals: it vanishes where the data are fitted. Outputs elsewhere move by the rows of
 * Theta(x, X) in the same way, and keep the variance that they have got on the way.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type Matrix, matrix } from "../../numeric/matrix.js";
import { type LongWork, throwIfAborted } from "../../progress.js";
import { knownMoments, minibatchStep } from "./minibatch-recursion.js";

export interface MinibatchInput extends LongWork {
  /** Theta on the training points [n, n] */
  readonly kernel: Matrix;
  /** f_0 - y [n] */
  readonly residual: Float64Array;
  /**
   * outputs of a sample, beside each other in `residual` and `kernel`: a batch draws samples, all of whose outputs enter it. n then
   * counts outputs, and the loss is divided by the samples. Default 1
   */
  readonly outputs?: number | undefined;
  /** points that are not trained on: Theta between them and the training points [m, n], and f_0 there [m] */
  readonly test?: { readonly kernel: Matrix; readonly start: Float64Array } | undefined;
  /** eta > 0, of the loss 1/(2 n) sum (f - y)^2 */
  readonly learningRate: number;
  /** B */
  readonly batch: number;
  /** ascending numbers of steps at which moments are wanted */
  readonly steps: readonly number[];
}

/** First and second moments of residuals under minibatch descent. */
export interface MinibatchMoments {
  readonly steps: number;
  /** E r [n] */
  readonly mean: Float64Array;
  /** E r r^T [n, n] */
  readonly second: Matrix;
  /** expected loss 1/(2 n) E |r|^2, n counting samples */
  readonly loss: number;
  /** mean and variance of f on the test points [m]; null without them */
  readonly test: { readonly mean: Float64Array; readonly variance: Float64Array } | null;
}

/**
 * The moments after the given steps, exact to rounding. O((n + m)^2 n) for every step.
 * Theory notes A2.3.
 * @throws ERR_SHAPE, ERR_DOMAIN for input that does not fit; ERR_NUMERICAL when the second moments run away (the learning rate is
 *   then above the limit of SGD, which is below that of full batches)
 */
export function minibatchMoments(input: MinibatchInput): MinibatchMoments[] {
  const { kernel, residual, outputs = 1, learningRate: eta, batch, steps, signal } = input;
  const n = residual.length;
  if (kernel.shape[0] !== n || kernel.shape[1] !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `minibatchMoments: kernel has shape [${kernel.shape.join(", ")}], expected [${n}, ${n}] as there are ${n} residuals`,
      { argument: "kernel", got: kernel.shape, expected: [n, n] },
    );
  }
  const m = input.test?.start.length ?? 0;
  if (input.test !== undefined && (input.test.kernel.shape[0] !== m || input.test.kernel.shape[1] !== n)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `minibatchMoments: test.kernel has shape [${input.test.kernel.shape.join(", ")}], expected [${m}, ${n}], a row for each of the ${m} outputs in test.start`,
      { argument: "test.kernel", got: input.test.kernel.shape, expected: [m, n] },
    );
  }
  requireNumbers(input);
  // residuals, then test outputs
  const rows = n + m;
  const all = matrix(rows, n);
  all.data.set(kernel.data);
  if (input.test !== undefined) all.data.set(input.test.kernel.data, n * n);
  const step = { kernel: all, outputs, learningRate: eta, batch, added: null };
  let moments = knownMoments(Float64Array.of(...residual, ...(input.test?.start ?? [])));
  let done = 0;
  return steps.map((until) => {
    for (; done < until; done++) {
      if (done % 64 === 0) throwIfAborted(signal);
      moments = minibatchStep(step, moments);
    }
    const { mean, second } = moments;
    let trace = 0;
    for (let i = 0; i < n; i++) trace += second.data[i * rows + i]!;
    if (!Number.isFinite(trace)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `minibatchMoments: the second moments are no longer finite after ${done} steps; the learning rate ${eta} is above the limit of batches of ${batch}`,
        { argument: "learningRate", got: eta, steps: done },
      );
    }
    return {
      steps: done,
      mean: mean.slice(0, n),
      second: matrix(
        n,
        n,
        Float64Array.from({ length: n * n }, (_, at) => second.data[Math.floor(at / n) * rows + (at % n)]!),
      ),
      loss: (trace * outputs) / (2 * n),
      test:
        input.test === undefined
          ? null
          : {
              mean: mean.slice(n),
              variance: mean.slice(n).map((f, i) => Math.max(0, second.data[(n + i) * (rows + 1)]! - f * f)),
            },
    };
  });
}

function requireNumbers({ learningRate, batch, steps, outputs = 1, residual }: MinibatchInput): void {
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
  if (!(Number.isInteger(outputs) && outputs >= 1 && residual.length % outputs === 0))
    fail("outputs", outputs, `a whole number >= 1 that divides the ${residual.length} residuals`);
  steps.forEach((step, i) => {
    if (!(Number.isInteger(step) && step >= (steps[i - 1] ?? 0)))
      fail(`steps[${i}]`, step, "whole numbers from 0 upwards, in ascending order");
  });
}
