/**
 * Derivatives of finite networks by jets: Jacobians, gradients of the loss, Hessian-vector products, Taylor expansions.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { byteSize, defaultMemoryLimit } from "../kernels/memory.js";
import { type Matrix, matrix, type NdArray, sizeOf } from "../numeric/matrix.js";
import { gradientVisitor, jacobianVisitor, unitCotangent, zeroGradients } from "./contractions.js";
import type { Jet } from "./jet.js";
import { type Loss, lossAt, requireLoss } from "./loss.js";
import { type FiniteModel, passOf, samplesOf, targetsOf } from "./model.js";
import { type FloatArray, parametersOf } from "./parameters.js";
import { sampleRanges, sliceSamples } from "./sample-ranges.js";

const outputsOf = (model: FiniteModel) => sizeOf(model.outputShape);

/** A matrix with one row of the parameters for every output, if the memory holds it. */
function denseRows(rows: number, parameters: number, where: string): Matrix {
  const [bytes, limit] = [8 * rows * parameters, defaultMemoryLimit()];
  if (bytes <= limit) return matrix(rows, parameters);
  throw new ForetrainError(
    "ERR_MEMORY",
    `${where}: ${rows} outputs x ${parameters} parameters are ${byteSize(bytes)}, ${byteSize(limit)} may be used; take fewer ` +
      "samples at a time, or what needs no such matrix: jacobianVectorProduct, vectorJacobianProduct, empiricalKernels, hessianVectorProduct",
    { argument: "x", got: bytes, expected: limit },
  );
}

/**
 * Jacobian of the outputs in the parameters, [samples outputs, parameters]: row s O + o is the gradient of output o of
 * sample s. Takes O backward passes and 8 n O P bytes.
 * @throws ERR_MEMORY when it does not fit; ERR_SHAPE
 */
export function jacobian(model: FiniteModel, parameters: FloatArray, x: NdArray): Matrix {
  const theta = parametersOf(model, parameters, "jacobian");
  const { data, samples } = samplesOf(model, x, "jacobian");
  const outputs = outputsOf(model);
  const count = model.parameterCount;
  const out = denseRows(samples * outputs, count, "jacobian");
  for (const range of sampleRanges(model.tape, samples, 0)) {
    const [from, to] = range;
    const pass = passOf(model, [theta], sliceSamples(data, samples, range), to - from, {
      reverse: true,
    });
    for (let o = 0; o < outputs; o++) {
      const visit = jacobianVisitor(out.data, count, from * outputs + o, outputs);
      pass.backward(unitCotangent(to - from, outputs, o), visit);
    }
  }
  return out;
}

/**
 * Hessians of the outputs times `vector`, [samples outputs, parameters]: row s O + o is H v for output o of sample s, without
 * forming a Hessian. Takes O backward passes over jets of order 1 and 8 n O P bytes.
 */
export function outputHessianProducts(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  vector: FloatArray,
): Matrix {
  const theta = parametersOf(model, parameters, "outputHessianProducts");
  const along = parametersOf(model, vector, "outputHessianProducts", "vector");
  const { data, samples } = samplesOf(model, x, "outputHessianProducts");
  const outputs = outputsOf(model);
  const count = model.parameterCount;
  const out = denseRows(samples * outputs, count, "outputHessianProducts");
  for (const range of sampleRanges(model.tape, samples, 1)) {
    const [from, to] = range;
    const pass = passOf(model, [theta, along], sliceSamples(data, samples, range), to - from, {
      reverse: true,
    });
    for (let o = 0; o < outputs; o++) {
      const visit = jacobianVisitor(out.data, count, from * outputs + o, outputs, 1);
      pass.backward(unitCotangent(to - from, outputs, o, 1), visit);
    }
  }
  return out;
}

/** Which loss is differentiated. */
export interface LossOptions {
  /** default `squared` */
  readonly loss?: Loss | undefined;
}

/**
 * `whole`: the Hessian of the loss. `gaussNewton`: J^T L'' J, with J the Jacobian of the outputs and L'' the Hessian of the loss
 * in the outputs; it is the Hessian of the loss of the linearized network, positive semidefinite for both losses. `residual`:
 * the rest, the sum over outputs of dL/df_i hess f_i, which vanishes where the loss has its minimum in every output.
 */
export type HessianPart = "whole" | "gaussNewton" | "residual";

/** Which part of the Hessian, and of which loss. */
export interface HessianOptions extends LossOptions {
  /** default `whole` */
  readonly part?: HessianPart | undefined;
}

/**
 * What goes back for a part of the Hessian times the direction of the jet, from the series of dL/df, and the coefficient of the
 * gradient that is the product: the change of dL/df through the present gradients, or dL/df held through their change.
 */
const PARTS: Readonly<Record<HessianPart, readonly [cotangent: (series: Jet) => Jet, coefficient: 0 | 1]>> = {
  whole: [(series) => series, 1],
  gaussNewton: [([, change]) => [change ?? null, null], 0],
  residual: [([value]) => [value ?? null, null], 1],
};

/** Value of the loss, and the coefficients of its gradient along a jet of parameters. */
function gradientSeries(
  model: FiniteModel,
  parameters: Jet,
  x: NdArray,
  y: NdArray,
  loss: Loss,
  where: string,
  cotangentOf: (series: Jet) => Jet = (series) => series,
): { readonly value: number; readonly gradient: readonly Float64Array[] } {
  requireLoss(loss, where);
  const order = parameters.length - 1;
  const { data, samples } = samplesOf(model, x, where);
  const targets = targetsOf(model, y, samples, where);
  const gradient = zeroGradients(order, model.parameterCount);
  const visit = gradientVisitor(gradient);
  let value = 0;
  for (const range of sampleRanges(model.tape, samples, order)) {
    const pass = passOf(model, parameters, sliceSamples(data, samples, range), range[1] - range[0], {
      reverse: true,
    });
    const part = lossAt(
      loss,
      pass.output,
      sliceSamples(targets, samples, range),
      samples,
      model.outputShape.at(-1)!,
    );
    value += part.value;
    pass.backward(cotangentOf(part.cotangent), visit);
  }
  return { value, gradient };
}

/** The loss and its gradient [parameters] in one forward and one backward pass. */
export function lossGradient(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  y: NdArray,
  { loss = "squared" }: LossOptions = {},
): { readonly value: number; readonly gradient: Float64Array } {
  const theta = parametersOf(model, parameters, "lossGradient");
  const { value, gradient } = gradientSeries(model, [theta], x, y, loss, "lossGradient");
  return { value, gradient: gradient[0]! };
}

/**
 * Hessian of the loss times `vector`, [parameters], without forming the Hessian: one pass forward and back over jets of
 * order 1, with three times the matrix products of a gradient. `part` gives the Gauss-Newton part or the rest alone. Exact to
 * rounding.
 */
export function hessianVectorProduct(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  y: NdArray,
  vector: FloatArray,
  { loss = "squared", part = "whole" }: HessianOptions = {},
): Float64Array {
  const where = "hessianVectorProduct";
  const theta = parametersOf(model, parameters, where);
  const along = parametersOf(model, vector, where, "vector");
  const known = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
  if (known === undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: part is ${JSON.stringify(part)}, expected "whole", "gaussNewton" or "residual"`,
      { argument: "part", got: part, expected: Object.keys(PARTS) },
    );
  }
  const [cotangent, coefficient] = known;
  return gradientSeries(model, [theta, along], x, y, loss, where, cotangent).gradient[coefficient]!;
}

/**
 * Terms of the Taylor expansion of the outputs around `parameters` in the direction `step`: term k is
 * f^(k)[step, ..., step] / k!, [samples, ...output]; their sum for k = 0 .. order approximates f(parameters + step).
 * Order 1 is the linearized network.
 * @throws ERR_DOMAIN for an order that is no whole number >= 0
 */
export function taylorTerms(
  model: FiniteModel,
  parameters: FloatArray,
  step: FloatArray,
  x: NdArray,
  order: number,
): readonly NdArray<Float64Array>[] {
  if (!(Number.isInteger(order) && order >= 0)) {
    throw new ForetrainError("ERR_DOMAIN", `taylorTerms: order is ${order}, expected a whole number >= 0`, {
      argument: "order",
      got: order,
    });
  }
  const theta = parametersOf(model, parameters, "taylorTerms");
  const along = parametersOf(model, step, "taylorTerms", "step");
  const { data, samples } = samplesOf(model, x, "taylorTerms");
  const outputs = outputsOf(model);
  const jet: Jet = [theta, along, ...new Array<null>(order).fill(null)].slice(0, order + 1);
  const terms = zeroGradients(order, samples * outputs);
  for (const range of sampleRanges(model.tape, samples, order)) {
    const { output } = passOf(model, jet, sliceSamples(data, samples, range), range[1] - range[0]);
    output.forEach((term, k) => {
      if (term !== null) terms[k]!.set(term, range[0] * outputs);
    });
  }
  return terms.map((term) => ({ data: term, shape: [samples, ...model.outputShape] }));
}

/** f(parameters) + J step and so on up to `order`: the sum of {@link taylorTerms}. */
export function taylorExpansion(
  model: FiniteModel,
  parameters: FloatArray,
  step: FloatArray,
  x: NdArray,
  order: number,
): NdArray<Float64Array> {
  const terms = taylorTerms(model, parameters, step, x, order);
  const sum = Float64Array.from(terms[0]!.data);
  for (const term of terms.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += term.data[i]!;
  return { data: sum, shape: terms[0]!.shape };
}
