/**
 * How training leaves the linear model: gradient flow on the squared loss, expanded order by order in the Taylor degree
 * of the output.
 *
 * The lazy family f_eps(w) = f_0 + [f(theta_0 + eps w) - f_0] / eps joins the linear model (eps = 0) to the network
 * itself (eps = 1). With w = w_0 + eps w_1 + ... under dw/dt = -rates grad L(f_eps), the output is
 *
 *   f_eps(t) = f_0 + term_1(t) + eps term_2(t) + eps^2 term_3(t) + ...
 *
 * term_1 is the linear (tangent kernel) solution, term_2 the first that knows the Hessian of the output, and so on.
 * These are the orders 1, 2, 3, ... of paper A without noise, and with particles as units and eps = N^(gamma - 1) the
 * terms h, Q^1, Q^2, ... of paper E: both papers' corrections come from here.
 *
 * One evaluation is one pass forward and back over jets of the network, whatever its layers: the coefficient k + 1 of
 * f(theta_0 + eps w) is the residual's coefficient k, and going back through the jets gives all dw_k/dt at once.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { gradientVisitor } from "../finite/contractions.js";
import type { Jet } from "../finite/jet.js";
import { type FiniteModel, passOf, requireSmooth, samplesOf, targetsOf } from "../finite/model.js";
import { type FloatArray, parametersOf } from "../finite/parameters.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { odeSteps, toEnd } from "../numeric/ode.js";

/** Model, data, order and times of `lazyExpansion`. */
export interface LazyExpansionInput {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  /** training inputs [n, ...input] */
  readonly x: NdArray;
  /** targets [n, ...output] */
  readonly y: NdArray;
  /** more inputs to predict at, [n', ...input] */
  readonly testX?: NdArray | undefined;
  /** Taylor degree K >= 1 of the output: 1 is the linear model */
  readonly order: number;
  /** ascending, in units of learning rate times steps; the loss is 1/(2 n) sum (f - y)^2 */
  readonly times: readonly number[];
  /** learning rate of every parameter relative to the clock, default 1 for all */
  readonly rates?: FloatArray | undefined;
  /** taken as the outputs at the start instead of the network's own: its training then begins there */
  readonly startOutputs?: { readonly train: Float64Array; readonly test?: Float64Array } | undefined;
  /** of the solver of differential equations, default 1e-10 */
  readonly tolerance?: number | undefined;
}

/** Outputs order by order in eps, without noise. */
export interface LazyExpansion {
  readonly times: readonly number[];
  /** outputs at the start, [n outputs] */
  readonly start: { readonly train: Float64Array; readonly test: Float64Array | null };
  /** train[k - 1][time] is term_k [n outputs] */
  readonly train: readonly (readonly Float64Array[])[];
  readonly test: readonly (readonly Float64Array[])[] | null;
  /** weights[k][time] is w_k [parameters], k from 0 to order - 1 */
  readonly weights: readonly (readonly Float64Array[])[];
}

function requireInput({ order, model }: LazyExpansionInput): void {
  if (!(Number.isInteger(order) && order >= 1 && order <= 30)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `lazyExpansion: order is ${order}, expected a whole number from 1 (the linear model) to 30`,
      { argument: "order", got: order },
    );
  }
  if (order < 2) return;
  requireSmooth(
    model,
    "lazyExpansion",
    order,
    `, so that the network has no Taylor expansion of order ${order}: its terms would be those of one linear piece`,
  );
}

/** Throws `ERR_SHAPE` unless given outputs at the start have one number for every output. */
export function requireStart(
  start: LazyExpansionInput["startOutputs"],
  train: number,
  test: number | null,
  where: string,
): void {
  const parts = [
    ["train", start?.train, train],
    ["test", start?.test, test],
  ] as const;
  for (const [side, values, expected] of parts) {
    if (values === undefined || expected === null || values.length === expected) continue;
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: startOutputs.${side} has ${values.length} numbers, expected ${expected}, one for each output of each sample`,
      { argument: `startOutputs.${side}`, got: values.length, expected },
    );
  }
}

/**
 * The terms of the expansion at `times`. State: order x parameters numbers; cost: about 2 order^2 / 2 passes of the network over
 * the training samples for each evaluation of the slope, some 6 for every step of the solver.
 * Theory notes A3.1, A3.2.
 * @throws ERR_UNAVAILABLE for order >= 2 of networks with kinks (relu); ERR_SHAPE, ERR_DOMAIN for input that does not fit
 * @throws ERR_NUMERICAL when the terms run away: times beyond what the expansion can describe
 */
export function lazyExpansion(input: LazyExpansionInput): LazyExpansion {
  return toEnd(lazyExpansionSteps(input));
}

/** {@link lazyExpansion} step by step, for work that can be stopped. */
export function* lazyExpansionSteps(input: LazyExpansionInput): Generator<void, LazyExpansion, void> {
  requireInput(input);
  const { model, order, times, startOutputs, tolerance } = input;
  const parameters = parametersOf(model, input.parameters, "lazyExpansion");
  const rates = input.rates && parametersOf(model, input.rates, "lazyExpansion", "rates");
  const count = model.parameterCount;
  const outputs = sizeOf(model.outputShape);
  const { data, samples } = samplesOf(model, input.x, "lazyExpansion");
  const targets = targetsOf(model, input.y, samples, "lazyExpansion");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "lazyExpansion", "testX");
  const jetOf = (state: Float64Array): Jet => [
    parameters,
    ...Array.from({ length: order }, (_, k) => state.subarray(k * count, (k + 1) * count)),
  ];
  const initial = (at: Float64Array, of: number) =>
    passOf(model, [parameters], at, of).output[0] ?? new Float64Array(of * outputs);
  requireStart(
    startOutputs,
    samples * outputs,
    test === null ? null : test.samples * outputs,
    "lazyExpansion",
  );
  const startTrain = startOutputs?.train ?? initial(data, samples);
  const startTest = test === null ? null : (startOutputs?.test ?? initial(test.data, test.samples));
  const slope = (_: number, state: Float64Array, out: Float64Array) => {
    const pass = passOf(model, jetOf(state), data, samples, { reverse: true });
    const residuals = Array.from({ length: order }, (_, k) => {
      const term = pass.output[k + 1];
      const residual = new Float64Array(samples * outputs);
      for (let i = 0; i < residual.length; i++) {
        residual[i] = ((k === 0 ? startTrain[i]! - targets[i]! : 0) + (term?.[i] ?? 0)) / samples;
      }
      return residual;
    });
    out.fill(0);
    const gradient = Array.from({ length: order }, (_, k) => out.subarray(k * count, (k + 1) * count));
    pass.backward([...residuals, null], gradientVisitor(gradient));
    for (let i = 0; i < out.length; i++) out[i]! *= rates === undefined ? -1 : -rates[i % count]!;
  };
  const states = yield* odeSteps(slope, new Float64Array(order * count), times, { tolerance });
  const termsAt = (at: Float64Array, of: number) => {
    const byTime = states.map((state) => passOf(model, jetOf(state), at, of).output);
    return Array.from({ length: order }, (_, k) =>
      byTime.map((jet) => jet[k + 1] ?? new Float64Array(of * outputs)),
    );
  };
  return {
    times,
    start: { train: startTrain, test: startTest },
    train: termsAt(data, samples),
    test: test === null ? null : termsAt(test.data, test.samples),
    weights: Array.from({ length: order }, (_, k) =>
      states.map((state) => state.slice(k * count, (k + 1) * count)),
    ),
  };
}

/** f_0 + term_1 + eps term_2 + ... + eps^(K - 1) term_K at one time; K = all terms unless given. */
export function sumOfTerms(
  start: Float64Array,
  terms: readonly (readonly Float64Array[])[],
  time: number,
  eps = 1,
  order = terms.length,
): Float64Array {
  const out = Float64Array.from(start);
  let power = 1;
  for (const term of terms.slice(0, order)) {
    const values = term[time]!;
    for (let i = 0; i < out.length; i++) out[i]! += power * values[i]!;
    power *= eps;
  }
  return out;
}
