/**
 * Expected outputs under noisy training, to order 3 in the Taylor degree of the output (paper A).
 *
 *   d theta = -grad L(theta) dt + s dW,      L = 1/(2 n) sum (f - y)^2,      t = learning rate x steps
 *
 * Around the linear model, w = theta - theta_0 = w_0 + eps w_1 + eps^2 w_2 + ..., where w_0 is an Ornstein-Uhlenbeck process with
 * mean m and covariance C in closed form. The means mu_1 = E w_1, mu_2 = E w_2 and S = E[(w_0 - m) w_1^T] obey a closed
 * system of linear equations in time:
 *
 *   mu_1' = -(A mu_1 + E F_1)          S' = -(A S + S A) - C DF_1(m)
 *   mu_2' = -(A mu_2 + DF_1(m) mu_1 + D^2 F_1 : S + E F_2)
 *
 * with A = J^T J / n and F_1, F_2 the parts of the drift with one and two more derivatives. Source: paper A, higher orders.
 * This is the exact path for small networks, with dense derivatives: P^2 + 2 P numbers of state for P parameters.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type FiniteModel, requireParameters, requireSmooth, samplesOf, targetsOf } from "../finite/model.js";
import { eigenSymmetric } from "../numeric/linalg/index.js";
import { matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { solveOde } from "../numeric/ode.js";
import { type Contractions, contractionsOf } from "./noise-contractions.js";
import { outputDerivatives } from "./output-derivatives.js";

export interface NoiseExpansionInput {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: Float64Array;
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
}

/** Expected quantities at one time. Terms are the coefficients of eps^0, eps^1, eps^2; outputs are train rows, then test rows. */
export interface NoisyOutputs {
  readonly time: number;
  /** terms[0] is f_0 + j.m, the linear model; their sum is the expected output */
  readonly terms: readonly Float64Array[];
  /** variance of the outputs in the linear model */
  readonly variance: Float64Array;
  /** coefficient of eps in the variance; null at order 1 */
  readonly varianceCorrection: Float64Array | null;
  /** coefficients of the expected weights w */
  readonly weights: readonly Float64Array[];
  /** coefficients of the expected trace of the loss' Hessian, as many as the order gives; order 3 has all three */
  readonly hessianTrace: readonly number[];
}

/**
 * Expected outputs, their variance and the expected trace of the Hessian of the loss at the times.
 *
 * Without noise the terms are those of `lazyExpansion`. In the linear model the mean does not know s; at order 2 and 3 it
 * changes like s^2. Solved to `tolerance` (default 1e-10) of the largest component.
 * @throws ERR_MEMORY for networks whose derivatives do not fit, with what they need; ERR_UNAVAILABLE for kinks at order >= 2
 */
export async function noiseExpansion(input: NoiseExpansionInput): Promise<NoisyOutputs[]> {
  const { model, parameters, noise, order, times, tolerance } = input;
  requireNoise(input);
  requireParameters(model, parameters, "noiseExpansion");
  const train = samplesOf(model, input.x, "noiseExpansion");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "noiseExpansion", "testX");
  const outputs = sizeOf(model.outputShape);
  const n = train.samples * outputs;
  const targets = targetsOf(model, input.y, train.samples, "noiseExpansion");
  const all = new Float64Array(train.data.length + (test?.data.length ?? 0));
  all.set(train.data);
  if (test !== null) all.set(test.data, train.data.length);
  const samples = train.samples + (test?.samples ?? 0);
  const derivatives = outputDerivatives(model, parameters, all, samples, order === 3);
  const residual = Float64Array.from({ length: n }, (_, i) => derivatives.value[i]! - targets[i]!);
  const parts = contractionsOf(derivatives, residual, train.samples);
  const linear = await linearSolution(parts, noise);
  const count = parameters.length;
  const square = count * count;
  const state = new Float64Array(order === 1 ? 0 : order === 2 ? count + square : 2 * count + square);
  const view = (of: Float64Array) => ({
    mu1: of.subarray(0, count),
    s: of.subarray(count, count + square),
    mu2: of.subarray(count + square),
  });
  const slope = (t: number, at: Float64Array, out: Float64Array) => {
    const { mean, covariance } = linear(t);
    const from = view(at);
    const to = view(out);
    const hessianDrift = parts.driftSlope(mean);
    parts.apply(from.mu1, to.mu1);
    parts.addFirst(mean, covariance, to.mu1);
    parts.crossSlope(from.s, covariance, hessianDrift, to.s);
    if (order === 3) {
      parts.apply(from.mu2, to.mu2);
      parts.addProduct(hessianDrift, from.mu1, to.mu2);
      parts.addCurvature(from.s, to.mu2);
      parts.addSecond(mean, covariance, to.mu2);
    }
    for (let i = 0; i < out.length; i++) out[i] = -out[i]!;
  };
  const states = order === 1 ? times.map(() => state) : solveOde(slope, state, times, { tolerance });
  return times.map((time, k) => {
    const { mean, covariance } = linear(time);
    const { mu1, s, mu2 } = view(states[k]!);
    const moments = { mean, covariance, mu1, cross: s, mu2, order };
    return {
      time,
      terms: parts.outputTerms(moments),
      variance: parts.variance(covariance),
      varianceCorrection: order === 1 ? null : parts.varianceCorrection(moments),
      weights: [mean, mu1, mu2].slice(0, order).map((w) => Float64Array.from(w)),
      hessianTrace: parts.hessianTrace(moments),
    };
  });
}

function requireNoise({ noise, order, model }: NoiseExpansionInput): void {
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new ForetrainError("ERR_DOMAIN", `noiseExpansion: noise is ${noise}, expected a number >= 0`, {
      argument: "noise",
      got: noise,
    });
  }
  if (order !== 1 && order !== 2 && order !== 3) {
    throw new ForetrainError("ERR_DOMAIN", `noiseExpansion: order is ${String(order)}, expected 1, 2 or 3`, {
      argument: "order",
      got: order,
    });
  }
  if (order > 1) requireSmooth(model, "noiseExpansion", order, ": its Hessian misses what the kink does");
}

/** m(t) and C(t) of the Ornstein-Uhlenbeck process. */
async function linearSolution(parts: Contractions, noise: number) {
  const count = parts.parameters;
  const { values, vectors } = await eigenSymmetric(matrix(count, count, Float64Array.from(parts.curvature)));
  const v = vectors!.data; // column k
  const largest = Math.max(...values, 0);
  const rates = values.map((a) => (a > count * 1e-15 * largest ? a : 0));
  const along = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < count; i++) along[k]! += v[i * count + k]! * parts.slope[i]!;
  }
  return (t: number) => {
    const mean = new Float64Array(count);
    const covariance = new Float64Array(count * count);
    for (let k = 0; k < count; k++) {
      const a = rates[k]!;
      const moved = a === 0 ? 0 : (along[k]! * Math.expm1(-a * t)) / a;
      const spread = noise ** 2 * (a === 0 ? t : -Math.expm1(-2 * a * t) / (2 * a));
      for (let i = 0; i < count; i++) {
        const vi = v[i * count + k]!;
        mean[i]! += moved * vi;
        for (let j = 0; j < count; j++) covariance[i * count + j]! += spread * vi * v[j * count + k]!;
      }
    }
    return { mean, covariance };
  };
}
