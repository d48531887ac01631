/**
 * Gradient flow of a network itself, and of the lazy family between it and its linear model.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { gradientVisitor } from "../finite/contractions.js";
import { passOf, samplesOf, targetsOf } from "../finite/model.js";
import { parametersOf } from "../finite/parameters.js";
import { sizeOf } from "../numeric/matrix.js";
import { odeSteps, toEnd } from "../numeric/ode.js";
import { type LazyExpansionInput, requireStart } from "./lazy-expansion.js";

/** Model, data and times of `lazyFlow`. */
export interface LazyFlowInput extends Omit<LazyExpansionInput, "order"> {
  /** 0 < eps; 1 (default) is the network itself */
  readonly eps?: number | undefined;
}

/** Outputs of the lazy family at a given eps, integrated in the weights. */
export interface LazyFlow {
  readonly times: readonly number[];
  /** outputs at every time [n outputs] */
  readonly train: readonly Float64Array[];
  readonly test: readonly Float64Array[] | null;
  /** w at every time: the parameters are theta_0 + eps w */
  readonly weights: readonly Float64Array[];
}

/**
 * Trains f_eps(w) = f_0 + [f(theta_0 + eps w) - f_0] / eps by gradient flow on 1/(2 n) sum (f_eps - y)^2, to the tolerance of the
 * solver: what `lazyExpansion` expands in eps.
 * @throws ERR_DOMAIN for eps <= 0; ERR_SHAPE for arrays that do not fit; ERR_NUMERICAL when training runs away
 */
export function lazyFlow(input: LazyFlowInput): LazyFlow {
  return toEnd(lazyFlowSteps(input));
}

/** {@link lazyFlow} step by step, for work that can be stopped. */
export function* lazyFlowSteps(input: LazyFlowInput): Generator<void, LazyFlow, void> {
  const { model, times, startOutputs, tolerance, eps = 1 } = input;
  if (!(eps > 0 && Number.isFinite(eps))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `lazyFlow: eps is ${eps}, expected a number > 0; eps = 0 is the linear model, lazyExpansion with order 1`,
      { argument: "eps", got: eps },
    );
  }
  const parameters = parametersOf(model, input.parameters, "lazyFlow");
  const rates = input.rates && parametersOf(model, input.rates, "lazyFlow", "rates");
  const outputs = sizeOf(model.outputShape);
  const { data, samples } = samplesOf(model, input.x, "lazyFlow");
  const targets = targetsOf(model, input.y, samples, "lazyFlow");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "lazyFlow", "testX");
  requireStart(startOutputs, samples * outputs, test === null ? null : test.samples * outputs, "lazyFlow");
  const at = (w: Float64Array) => parameters.map((theta, i) => theta + eps * w[i]!);
  const raw = (theta: Float64Array, x: Float64Array, of: number) =>
    passOf(model, [theta], x, of).output[0] ?? new Float64Array(of * outputs);
  const zeroTrain = raw(parameters, data, samples);
  const startTrain = startOutputs?.train ?? zeroTrain;
  const lazy = (f: Float64Array, zero: Float64Array, start: Float64Array) =>
    f.map((value, i) => start[i]! + (value - zero[i]!) / eps);
  const slope = (_: number, w: Float64Array, out: Float64Array) => {
    const pass = passOf(model, [at(w)], data, samples, { reverse: true });
    const f = lazy(pass.output[0] ?? zeroTrain, zeroTrain, startTrain);
    out.fill(0);
    // df_eps/dw is df/dtheta: the eps of the step and of the division cancel
    pass.backward([f.map((value, i) => (value - targets[i]!) / samples)], gradientVisitor([out]));
    for (let i = 0; i < out.length; i++) out[i]! *= rates === undefined ? -1 : -rates[i]!;
  };
  const weights = yield* odeSteps(slope, new Float64Array(model.parameterCount), times, { tolerance });
  const trainAt = (w: Float64Array) => lazy(raw(at(w), data, samples), zeroTrain, startTrain);
  let testOutputs: Float64Array[] | null = null;
  if (test !== null) {
    const zeroTest = raw(parameters, test.data, test.samples);
    const startTest = startOutputs?.test ?? zeroTest;
    testOutputs = weights.map((w) => lazy(raw(at(w), test.data, test.samples), zeroTest, startTest));
  }
  return { times, train: weights.map(trainAt), test: testOutputs, weights };
}
