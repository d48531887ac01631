/**
 * How a finite network evolves under noisy training: what the expansion predicts, and simulated paths beside it (paper A).
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type FloatArray, largestCurvature } from "../../finite/index.js";
import { type FiniteModel, targetsOf } from "../../finite/model.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import type { LongWork } from "../../progress.js";
import { noiseExpansions } from "./noise-expansion.js";
import type { NoiseExpansionInput, NoisyOutputs } from "./noise-problem.js";
import { type NoisyPaths, simulateNoisyTraining } from "./noisy-training.js";

export interface NoisyEvolutionInput extends NoiseExpansionInput {
  /** targets of the test samples, for their loss */
  readonly testY?: NdArray | undefined;
  /** paths beside the prediction; null or missing: none */
  readonly simulate?: {
    /** pairs with opposite noise, >= 2 */
    readonly pairs: number;
    /** Euler step; times should be whole numbers of it */
    readonly step: number;
    readonly seed: number;
    /** also tr hess L, at the cost of a Hessian-vector product for every parameter, path and time */
    readonly hessianTrace?: boolean;
  } | null;
}

/** One split at one time; all arrays [samples outputs]. */
export interface EvolutionSplit {
  /** E f */
  readonly mean: Float64Array;
  /** E f minus the same order without noise */
  readonly noiseEffect: Float64Array;
  /** standard deviation of f over paths, with its first correction from order 2 on */
  readonly deviation: Float64Array;
  /** expected loss E |f - y|^2 / (2 n); null without targets */
  readonly loss: number | null;
  readonly simulated: SimulatedSplit | null;
}

/** Means and standard deviations of simulated outputs on the samples of one split. */
export interface SimulatedSplit {
  readonly mean: Float64Array;
  readonly meanError: Float64Array;
  readonly noiseEffect: Float64Array;
  readonly noiseEffectError: Float64Array;
  readonly deviation: Float64Array;
  readonly deviationError: Float64Array;
}

/** Outputs under noisy training at one time. */
export interface EvolutionAt {
  readonly time: number;
  readonly train: EvolutionSplit;
  readonly test: EvolutionSplit | null;
  /** root mean square over the outputs of the terms of order 2, 3: how fast the expansion converges */
  readonly termSizes: readonly number[];
  readonly hessianTrace: {
    /** E tr hess L: the sum of the terms that this order has (eps^0 to eps^(order - 1)) */
    readonly value: number;
    readonly noiseEffect: number;
    /** of estimated traces; 0 where they are exact */
    readonly standardError: number;
    readonly simulated: { readonly quiet: number; readonly mean: number; readonly error: number } | null;
  };
  /**
   * prediction minus simulation in standard errors: mean square over the outputs, its root. About 1 where they agree and outputs are many,
   * below some 4 for any single one; null without paths or without noise
   */
  readonly zScores: { readonly noiseEffect: number; readonly deviation: number } | null;
}

/** Outputs under noisy training: order by order, and simulated where asked for. */
export interface NoisyEvolution {
  readonly order: 1 | 2 | 3;
  readonly noise: number;
  /** samples of a minibatch, whose draws are noise too; null: full batches */
  readonly batch: number | null;
  /** how derivatives were held; `recursion`: the moments of minibatch steps, which take gradients alone */
  readonly method: NoisyOutputs["method"] | "recursion";
  readonly at: readonly EvolutionAt[];
}

const total = (terms: readonly ArrayLike<number>[], i: number) =>
  terms.reduce((sum, term) => sum + term[i]!, 0);

/**
 * Means, spreads, losses, the noise's share in the means and the Hessian's trace at the times, and simulated paths beside them.
 * Theory notes A4.1.
 */
export async function noisyEvolution(input: NoisyEvolutionInput): Promise<NoisyEvolution> {
  const { model, x, y, testX, testY, noise, order, times, simulate = null } = input;
  const outputs = sizeOf(model.outputShape);
  const n = x.shape[0]! * outputs;
  // the mean of the linear model does not know the noise
  const alone = order === 1 || noise === 0;
  const [noisy, other] = await noiseExpansions({ ...input, noises: alone ? [noise] : [noise, 0] });
  const quiet = other ?? noisy!;
  const paths =
    simulate === null
      ? null
      : await simulateNoisyTraining({
          ...{ model, parameters: input.parameters, x, y, testX, noise, times },
          ...simulate,
          signal: input.signal,
          onProgress: input.onProgress,
        });
  const targets = { train: targetsOf(model, y, x.shape[0]!, "noisyEvolution"), test: testTargets() };

  function testTargets(): Float64Array | null {
    if (testX === undefined || testY === undefined) return null;
    return targetsOf(model, testY, testX.shape[0]!, "noisyEvolution");
  }

  const at = noisy!.map((now, k): EvolutionAt => {
    const before = quiet[k]!;
    const all = now.variance.length;
    const mean = Float64Array.from({ length: all }, (_, i) => total(now.terms, i));
    const noiseEffect = mean.map((value, i) => value - total(before.terms, i));
    const variance = now.variance.map((value, i) => Math.max(0, value + (now.varianceCorrection?.[i] ?? 0)));
    const own = paths?.[k] ?? null;
    const split = (from: number, to: number, y: Float64Array | null): EvolutionSplit => ({
      mean: mean.slice(from, to),
      noiseEffect: noiseEffect.slice(from, to),
      deviation: variance.slice(from, to).map(Math.sqrt),
      loss:
        y === null
          ? null
          : y.reduce((sum, target, i) => sum + (mean[from + i]! - target) ** 2 + variance[from + i]!, 0) /
            ((2 * (to - from)) / outputs),
      simulated: own === null ? null : simulatedSplit(own, from, to),
    });
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    return {
      time: now.time,
      train: split(0, n, targets.train),
      test: all === n ? null : split(n, all, targets.test),
      termSizes: now.terms
        .slice(1)
        .map((term) => Math.sqrt(term.reduce((square, v) => square + v * v, 0) / term.length)),
      hessianTrace: {
        value: sum(now.hessianTrace),
        noiseEffect: sum(now.hessianTrace) - sum(before.hessianTrace),
        standardError: now.traceErrors === null ? 0 : Math.hypot(...now.traceErrors.hessianTrace),
        simulated: own?.hessianTrace ?? null,
      },
      zScores:
        own === null || noise === 0 || now.time === 0
          ? null
          : {
              noiseEffect: rootMeanScore(noiseEffect, own.noiseEffect.mean, own.noiseEffect.error),
              deviation: rootMeanScore(variance, own.variance.mean, own.variance.error),
            },
    };
  });
  return { order, noise, batch: null, method: noisy![0]?.method ?? "dense", at };
}

/** What a split of the rows of simulated outputs says. */
export function simulatedSplit(
  own: Pick<NoisyPaths, "outputs" | "noiseEffect" | "variance">,
  from: number,
  to: number,
): SimulatedSplit {
  const part = (values: Float64Array) => values.slice(from, to);
  const deviation = part(own.variance.mean).map((v) => Math.sqrt(Math.max(0, v)));
  return {
    mean: part(own.outputs.mean),
    meanError: part(own.outputs.error),
    noiseEffect: part(own.noiseEffect.mean),
    noiseEffectError: part(own.noiseEffect.error),
    deviation,
    deviationError: part(own.variance.error).map((e, i) => (deviation[i]! > 0 ? e / (2 * deviation[i]!) : 0)),
  };
}

/** Root mean square of (a - b) / error. */
export function rootMeanScore(a: Float64Array, b: Float64Array, error: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    // what rounding leaves of a mean that opposite paths cancel exactly is no difference
    if (Math.abs(difference) <= 1e-12 * (1 + Math.abs(a[i]!))) continue;
    sum += (difference / error[i]!) ** 2 / a.length;
  }
  return Math.sqrt(sum);
}

/** Relative error of the limit: far below what a step is chosen with. */
const LIMIT_TOLERANCE = 1e-9;

/**
 * The learning rate above which full-batch gradient descent on 1/(2 n) sum (f - y)^2, with one rate for all weights, diverges for the
 * linear model at these weights: 2 n / lambda_max(J J^T), relative error at most 1e-9. By iteration, without forming J: memory of a few
 * passes over the samples.
 * @throws ForetrainError `ERR_SHAPE` for parameters or samples of another shape; `ERR_NUMERICAL` where the iteration does not settle;
 *   `ERR_ABORTED`
 */
export async function linearStabilityLimit(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  { signal }: Pick<LongWork, "signal"> = {},
): Promise<number> {
  const alike = { ...model, tensors: model.tensors.map((tensor) => ({ ...tensor, learningRate: 1 })) };
  const { value, status, iterations } = await largestCurvature(alike, parameters, x, {
    samples: x.shape[0],
    tolerance: LIMIT_TOLERANCE,
    iterations: 1000,
    signal,
  });
  if (status !== "converged") {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `linearStabilityLimit: the largest eigenvalue of the tangent kernel has not settled to ${LIMIT_TOLERANCE} in ${iterations} steps; use fewer samples or other parameters`,
      { argument: "parameters", iterations },
    );
  }
  return 2 / value;
}
