/**
 * Derivatives of finite networks by jets: Jacobians, gradients of the loss, Hessian-vector products, Taylor expansions.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { gradientVisitor, jacobianVisitor, unitCotangent, zeroGradients } from "./contractions.js";
import type { Jet } from "./jet.js";
import { type Loss, lossAt, requireLoss } from "./loss.js";
import { type FiniteModel, passOf, requireParameters, samplesOf, targetsOf } from "./model.js";

const outputsOf = (model: FiniteModel) => sizeOf(model.outputShape);

/** Arrays of one pass are kept below about this many numbers: batches are cut. */
const NUMBERS_AT_ONCE = 2 ** 25; // 256 MiB

/** Ranges of samples that are small enough for a pass of the given order. */
function batches(model: FiniteModel, samples: number, order: number): readonly [from: number, to: number][] {
  const each = Math.max(1, Math.floor(NUMBERS_AT_ONCE / (model.tape.numbersPerSample * (order + 1))));
  const out: [number, number][] = [];
  for (let from = 0; from < samples; from += each) out.push([from, Math.min(samples, from + each)]);
  return out;
}

function slice(data: Float64Array, samples: number, [from, to]: readonly [number, number]): Float64Array {
  const size = data.length / Math.max(1, samples);
  return data.subarray(from * size, to * size);
}

/**
 * Jacobian of the outputs in the parameters, [samples outputs, parameters]: row s O + o is the gradient of output o of
 * sample s. Takes O backward passes and 8 n O P bytes.
 */
export function jacobian(model: FiniteModel, parameters: Float64Array, x: NdArray): Matrix {
  requireParameters(model, parameters, "jacobian");
  const { data, samples } = samplesOf(model, x, "jacobian");
  const outputs = outputsOf(model);
  const count = model.parameterCount;
  const out = matrix(samples * outputs, count);
  for (const range of batches(model, samples, 0)) {
    const [from, to] = range;
    const pass = passOf(model, [parameters], slice(data, samples, range), to - from, { reverse: true });
    for (let o = 0; o < outputs; o++) {
      const visit = jacobianVisitor(out.data, count, from * outputs + o, outputs);
      pass.backward(unitCotangent(to - from, outputs, o), visit);
    }
  }
  return out;
}

export interface LossOptions {
  /** default `squared` */
  readonly loss?: Loss | undefined;
}

/** Value of the loss, and the coefficients of its gradient along a jet of parameters. */
function gradientSeries(
  model: FiniteModel,
  parameters: Jet,
  x: NdArray,
  y: NdArray,
  loss: Loss,
  where: string,
): { readonly value: number; readonly gradient: readonly Float64Array[] } {
  requireLoss(loss, where);
  const order = parameters.length - 1;
  const { data, samples } = samplesOf(model, x, where);
  const targets = targetsOf(model, y, samples, where);
  const gradient = zeroGradients(order, model.parameterCount);
  const visit = gradientVisitor(gradient);
  let value = 0;
  for (const range of batches(model, samples, order)) {
    const pass = passOf(model, parameters, slice(data, samples, range), range[1] - range[0], {
      reverse: true,
    });
    const part = lossAt(
      loss,
      pass.output,
      slice(targets, samples, range),
      samples,
      model.outputShape.at(-1)!,
    );
    value += part.value;
    pass.backward(part.cotangent, visit);
  }
  return { value, gradient };
}

/** The loss and its gradient [parameters] in one forward and one backward pass. */
export function lossGradient(
  model: FiniteModel,
  parameters: Float64Array,
  x: NdArray,
  y: NdArray,
  { loss = "squared" }: LossOptions = {},
): { readonly value: number; readonly gradient: Float64Array } {
  requireParameters(model, parameters, "lossGradient");
  const { value, gradient } = gradientSeries(model, [parameters], x, y, loss, "lossGradient");
  return { value, gradient: gradient[0]! };
}

/**
 * Hessian of the loss times `vector`, [parameters], without forming the Hessian: one pass forward and back over jets of
 * order 1, at about three times the cost of a gradient. Exact to rounding.
 */
export function hessianVectorProduct(
  model: FiniteModel,
  parameters: Float64Array,
  x: NdArray,
  y: NdArray,
  vector: Float64Array,
  { loss = "squared" }: LossOptions = {},
): Float64Array {
  requireParameters(model, parameters, "hessianVectorProduct");
  requireParameters(model, vector, "hessianVectorProduct", "vector");
  const { gradient } = gradientSeries(model, [parameters, vector], x, y, loss, "hessianVectorProduct");
  return gradient[1]!;
}

/**
 * Terms of the Taylor expansion of the outputs around `parameters` in the direction `step`: term k is
 * f^(k)[step, ..., step] / k!, [samples, ...output]; their sum for k = 0 .. order approximates f(parameters + step).
 * Order 1 is the linearized network.
 * @throws ERR_DOMAIN for an order that is no whole number >= 0
 */
export function taylorTerms(
  model: FiniteModel,
  parameters: Float64Array,
  step: Float64Array,
  x: NdArray,
  order: number,
): readonly NdArray<Float64Array>[] {
  if (!(Number.isInteger(order) && order >= 0)) {
    throw new ForetrainError("ERR_DOMAIN", `taylorTerms: order is ${order}, expected a whole number >= 0`, {
      argument: "order",
      got: order,
    });
  }
  requireParameters(model, parameters, "taylorTerms");
  requireParameters(model, step, "taylorTerms", "step");
  const { data, samples } = samplesOf(model, x, "taylorTerms");
  const outputs = outputsOf(model);
  const jet: Jet = [parameters, step, ...new Array<null>(order).fill(null)].slice(0, order + 1);
  const terms = zeroGradients(order, samples * outputs);
  for (const range of batches(model, samples, order)) {
    const { output } = passOf(model, jet, slice(data, samples, range), range[1] - range[0]);
    output.forEach((term, k) => {
      if (term !== null) terms[k]!.set(term, range[0] * outputs);
    });
  }
  return terms.map((term) => ({ data: term, shape: [samples, ...model.outputShape] }));
}

/** f(parameters) + J step and so on up to `order`: the sum of {@link taylorTerms}. */
export function taylorExpansion(
  model: FiniteModel,
  parameters: Float64Array,
  step: Float64Array,
  x: NdArray,
  order: number,
): NdArray<Float64Array> {
  const terms = taylorTerms(model, parameters, step, x, order);
  const sum = Float64Array.from(terms[0]!.data);
  for (const term of terms.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += term.data[i]!;
  return { data: sum, shape: terms[0]!.shape };
}
