/**
 * What noisy training is asked, and what is answered: shared by the dense and the low-rank path.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type FiniteModel, requireSmooth, samplesOf, targetsOf } from "../../finite/model.js";
import { type FloatArray, parametersOf } from "../../finite/parameters.js";
import { byteSize } from "../../kernels/memory.js";
import type { NdArray } from "../../numeric/matrix.js";
import type { LongWork } from "../../progress.js";
import type { DerivativePoint } from "../gradients-along.js";
import type { TraceMethod } from "./noise-tensors.js";

export interface NoiseExpansionInput extends LongWork {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  /** training inputs [n, ...input] and targets [n, ...output] */
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  /** s >= 0: the weights gain variance s^2 per unit of time */
  readonly noise: number;
  /** Taylor degree of the output: 1, 2 or 3 */
  readonly order: 1 | 2 | 3;
  /** ascending, learning rate times steps */
  readonly times: readonly number[];
  readonly tolerance?: number | undefined;
  /**
   * `dense`: all derivatives as tensors, for a few dozen parameters. `lowRank`: only along the outputs' gradients, with traces over
   * the rest, for large networks and few samples. Default `auto`: dense for the smallest networks, where it is faster.
   */
  readonly method?: "auto" | "dense" | "lowRank" | undefined;
  /**
   * Traces over the directions that no gradient sees, of the low-rank path: `exact` takes a pass of the network for every
   * parameter, `{ probes, seed }` random directions, with standard errors in the result. Default: exact up to 2048 parameters,
   * 64 probes beyond.
   */
  readonly traces?: TraceMethod | undefined;
  /** most bytes of derivatives to hold, default 2^30 */
  readonly memory?: number | undefined;
}

/** Expected quantities at one time. Terms are the coefficients of eps^0, eps^1, eps^2; outputs are train rows, then test rows. */
export interface NoisyOutputs {
  readonly time: number;
  /** the path that was taken */
  readonly method: "dense" | "lowRank";
  /** terms[0] is f_0 + j.m, the linear model; their sum is the expected output */
  readonly terms: readonly Float64Array[];
  /** variance of the outputs in the linear model */
  readonly variance: Float64Array;
  /** coefficient of eps in the variance; null at order 1 */
  readonly varianceCorrection: Float64Array | null;
  /**
   * coefficients of the expected weights w, as many as the order; the low-rank path stops at eps^1: outside the span of the gradients the
   * eps^2 term has products of two Hessians, which that path takes the traces of only. `method: "dense"` has it, for a few dozen parameters
   */
  readonly weights: readonly Float64Array[];
  /** coefficients of the expected trace of the loss' Hessian, as many as the order gives; order 3 has all three */
  readonly hessianTrace: readonly number[];
  /** standard errors of terms and hessianTrace where traces were estimated from random directions; null where all is exact */
  readonly traceErrors: {
    readonly terms: readonly Float64Array[];
    readonly hessianTrace: readonly number[];
  } | null;
}

/** Checked input: train samples first, then test samples. */
export interface NoiseProblem {
  readonly point: DerivativePoint;
  readonly targets: Float64Array;
  /** divides the loss */
  readonly trainSamples: number;
  readonly noise: number;
  readonly order: 1 | 2 | 3;
  readonly times: readonly number[];
  readonly tolerance: number | undefined;
  readonly memory: number;
  readonly work: LongWork;
}

const MEMORY = 2 ** 30;

/**
 * @throws ERR_DOMAIN, ERR_SHAPE for input that makes no sense; ERR_DATA for targets that are not finite; ERR_UNAVAILABLE for kinks at
 *   order >= 2
 */
export function noiseProblem(input: NoiseExpansionInput): NoiseProblem {
  const { model, noise, order, times, tolerance, memory = MEMORY } = input;
  requireNoise(input);
  const parameters = parametersOf(model, input.parameters, "noiseExpansion");
  const train = samplesOf(model, input.x, "noiseExpansion");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "noiseExpansion", "testX");
  const targets = targetsOf(model, input.y, train.samples, "noiseExpansion");
  const x = new Float64Array(train.data.length + (test?.data.length ?? 0));
  x.set(train.data);
  if (test !== null) x.set(test.data, train.data.length);
  return {
    point: { model, parameters, x, samples: train.samples + (test?.samples ?? 0) },
    targets,
    trainSamples: train.samples,
    noise,
    order,
    times,
    tolerance,
    memory,
    work: { signal: input.signal, onProgress: input.onProgress },
  };
}

function requireNoise({ noise, order, model, times, traces, method }: NoiseExpansionInput): void {
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `noiseExpansion: ${argument} is ${String(got)}, expected ${expected}`,
      { argument, got, expected },
    );
  };
  if (!(noise >= 0 && Number.isFinite(noise))) fail("noise", noise, "a number >= 0");
  if (order !== 1 && order !== 2 && order !== 3) fail("order", order, "1, 2 or 3");
  if (!["auto", "dense", "lowRank", undefined].includes(method))
    fail("method", method, "auto, dense or lowRank");
  times.forEach((time, k) => {
    if (!(time >= (times[k - 1] ?? 0) && Number.isFinite(time)))
      fail(`times[${k}]`, time, "finite times from 0 upwards, in ascending order");
  });
  if (traces !== undefined && traces !== "exact" && !(Number.isInteger(traces.probes) && traces.probes >= 2))
    fail("traces.probes", traces.probes, "a whole number >= 2, from which a standard error can be taken");
  if (order > 1) requireSmooth(model, "noiseExpansion", order, ": its Hessian misses what the kink does");
}

/** Refusal of derivatives that do not fit. */
export function tooLarge(
  { order, memory }: { readonly order: number; readonly memory: number },
  rows: number,
  parameters: number,
  bytes: number,
  wayOut: string,
): ForetrainError {
  return new ForetrainError(
    "ERR_MEMORY",
    `noise corrections of order ${order}: ${rows} outputs of a network of ${parameters} parameters need derivatives of ` +
      `${byteSize(bytes)}, at most ${byteSize(memory)} are allowed; ${wayOut}, or more memory (memory in bytes, --memory of foretrain evolve)`,
    { argument: "memory", got: bytes, expected: memory },
  );
}
