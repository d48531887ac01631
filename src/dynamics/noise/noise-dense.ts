/**
 * Noisy training of small networks by dense derivatives: P^2 + 2 P numbers of state for P parameters.
 * @module
 */
import { eigenSymmetric } from "../../numeric/linalg/index.js";
import { matrix } from "../../numeric/matrix.js";
import { odeSteps, toEndInPieces } from "../../numeric/ode.js";
import { type Contractions, contractionsOf } from "./noise-contractions.js";
import type { NoiseProblem, NoisyOutputs } from "./noise-problem.js";
import { outputDerivatives } from "./output-derivatives.js";

/**
 * For every one of `noises`: the derivatives and the basis of the linear model do not know the noise. Exact to the solver's tolerance;
 * ERR_MEMORY where the derivatives do not fit.
 */
export async function denseExpansion(
  problem: NoiseProblem,
  noises: readonly number[],
): Promise<NoisyOutputs[][]> {
  const { point, targets, trainSamples, order, memory } = problem;
  const { model, parameters, x, samples } = point;
  const derivatives = outputDerivatives(model, parameters, x, samples, order === 3, memory);
  const residual = Float64Array.from(
    { length: targets.length },
    (_, i) => derivatives.value[i]! - targets[i]!,
  );
  const parts = contractionsOf(derivatives, residual, trainSamples);
  const solution = await linearSolution(parts);
  const out: NoisyOutputs[][] = [];
  for (const noise of noises) out.push(await denseMoments(problem, parts, solution(noise)));
  return out;
}

/** The moment system at one strength of noise, whose linear solution is given. */
async function denseMoments(
  { order, times, tolerance, work }: NoiseProblem,
  parts: Contractions,
  linear: LinearSolution,
): Promise<NoisyOutputs[]> {
  const count = parts.parameters;
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
  const states =
    order === 1
      ? times.map(() => state)
      : await toEndInPieces(odeSteps(slope, state, times, { tolerance }), work.signal);
  return times.map((time, k) => {
    const { mean, covariance } = linear(time);
    const { mu1, s, mu2 } = view(states[k]!);
    const moments = { mean, covariance, mu1, cross: s, mu2, order };
    return {
      time,
      method: "dense",
      terms: parts.outputTerms(moments),
      variance: parts.variance(covariance),
      varianceCorrection: order === 1 ? null : parts.varianceCorrection(moments),
      weights: [mean, mu1, mu2].slice(0, order).map((w) => Float64Array.from(w)),
      hessianTrace: parts.hessianTrace(moments),
      traceErrors: null,
    };
  });
}

/** m(t) and C(t) of the Ornstein-Uhlenbeck process. */
type LinearSolution = (t: number) => { readonly mean: Float64Array; readonly covariance: Float64Array };

/** The process at a strength of noise. */
async function linearSolution(parts: Contractions): Promise<(noise: number) => LinearSolution> {
  const count = parts.parameters;
  const { values, vectors } = await eigenSymmetric(matrix(count, count, Float64Array.from(parts.curvature)));
  const v = vectors!.data; // column k
  const largest = Math.max(...values, 0);
  const rates = values.map((a) => (a > count * 1e-15 * largest ? a : 0));
  const along = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < count; i++) along[k]! += v[i * count + k]! * parts.slope[i]!;
  }
  return (noise) => (t) => {
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
