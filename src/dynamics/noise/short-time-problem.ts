/**
 * What the short-time expansion is asked, and the loss' gradients along series of parameters.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { gradientVisitor, zeroGradients } from "../../finite/contractions.js";
import { type FiniteModel, passOf, requireSmooth, samplesOf, targetsOf } from "../../finite/model.js";
import { type FloatArray, parametersOf } from "../../finite/parameters.js";
import type { NdArray } from "../../numeric/matrix.js";
import type { LongWork } from "../../progress.js";
import type { DerivativePoint } from "../gradients-along.js";

export interface ShortTimeInput extends LongWork {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  /** s >= 0 */
  readonly noise: number;
  /** highest power of time */
  readonly order: number;
  /** random directions for the noise's terms of networks too large for polynomials; default 64 directions of seed 0 */
  readonly traces?: { readonly probes: number; readonly seed: number } | undefined;
}

/** Coefficients of t^0, t^1, ...; outputs are train rows, then test rows. */
export interface ShortTimeSeries {
  /** of E theta_t [order + 1][P] */
  readonly weights: readonly Float64Array[];
  /** of E f_t [order + 1][rows] */
  readonly outputs: readonly Float64Array[];
  /** standard errors of both, where Laplacians were taken from random directions; null where all is exact */
  readonly errors: {
    readonly weights: readonly Float64Array[];
    readonly outputs: readonly Float64Array[];
  } | null;
}

/** Checked input; train samples first. */
export interface ShortTimeProblem {
  readonly point: DerivativePoint;
  readonly train: DerivativePoint;
  readonly targets: Float64Array;
  readonly noise: number;
  readonly order: number;
}

/** Checks the input. */
export function shortTimeProblem(input: ShortTimeInput): ShortTimeProblem {
  const { model, noise, order, traces } = input;
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `shortTimeSeries: ${argument} is ${String(got)}, expected ${expected}`,
      {
        argument,
        got,
      },
    );
  };
  if (!(noise >= 0 && Number.isFinite(noise))) fail("noise", noise, "a number >= 0");
  if (!(Number.isInteger(order) && order >= 0 && order <= 20))
    fail("order", order, "a whole number from 0 to 20");
  if (traces !== undefined && !(Number.isInteger(traces.probes / 2) && traces.probes >= 4))
    fail("traces.probes", traces.probes, "an even number >= 4");
  const parameters = parametersOf(model, input.parameters, "shortTimeSeries");
  requireSmooth(model, "shortTimeSeries", order, ": training has no power series in time there");
  const train = samplesOf(model, input.x, "shortTimeSeries");
  const test = input.testX === undefined ? null : samplesOf(model, input.testX, "shortTimeSeries", "testX");
  const targets = targetsOf(model, input.y, train.samples, "shortTimeSeries");
  const x = new Float64Array(train.data.length + (test?.data.length ?? 0));
  x.set(train.data);
  if (test !== null) x.set(test.data, train.data.length);
  const point = { model, parameters, x, samples: train.samples + (test?.samples ?? 0) };
  return { point, train: { ...point, x: train.data, samples: train.samples }, targets, noise, order };
}

/** Coefficient k of the loss' gradient along the jet of parameters, for all k of the jet. */
export function lossGradients(
  { model, x, samples }: DerivativePoint,
  targets: Float64Array,
  jet: readonly (Float64Array | null)[],
): Float64Array[] {
  const pass = passOf(model, jet, x, samples, { reverse: true });
  const cotangent = jet.map((_, k) => {
    const term = pass.output[k] ?? null;
    if (k > 0) return term?.map((value) => value / samples) ?? null;
    return targets.map((target, i) => ((term?.[i] ?? 0) - target) / samples);
  });
  const gradient = zeroGradients(jet.length - 1, model.parameterCount);
  pass.backward(cotangent, gradientVisitor(gradient));
  return gradient;
}
