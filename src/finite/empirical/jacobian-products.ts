/**
 * Products with the Jacobian of the outputs and with the tangent kernel, without forming either.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import { gradientVisitor, zeroGradients } from "../contractions.js";
import { type FiniteModel, passOf, samplesOf } from "../model.js";
import { type FloatArray, parametersOf } from "../parameters.js";
import { sampleRanges, sliceSamples } from "../sample-ranges.js";

/** Checks a vector that should hold one number for every output of every sample. */
function outputVector(model: FiniteModel, v: NdArray, samples: number, where: string): Float64Array {
  const expected = [samples, ...model.outputShape];
  const fits = v.shape.length === expected.length && expected.every((side, i) => side === v.shape[i]);
  if (!fits || v.data.length !== sizeOf(expected)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: v has shape [${v.shape.join(", ")}], expected [${expected.join(", ")}]`,
      { argument: "v", got: v.shape, expected },
    );
  }
  return v.data instanceof Float64Array ? v.data : Float64Array.from(v.data);
}

/**
 * J(x) u [samples, ...output] for u [parameters]: how the outputs change along u, by one forward pass over jets of order 1. With
 * `jacobian` J [n O, P]: the same numbers as J u, in O(P) memory.
 */
export function jacobianVectorProduct(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  u: FloatArray,
): NdArray<Float64Array> {
  const theta = parametersOf(model, parameters, "jacobianVectorProduct");
  const along = parametersOf(model, u, "jacobianVectorProduct", "u");
  const { data, samples } = samplesOf(model, x, "jacobianVectorProduct");
  const out = new Float64Array(samples * sizeOf(model.outputShape));
  for (const range of sampleRanges(model.tape, samples, 1)) {
    const { output } = passOf(model, [theta, along], sliceSamples(data, samples, range), range[1] - range[0]);
    if (output[1] !== null) sliceSamples(out, samples, range).set(output[1]!);
  }
  return { data: out, shape: [samples, ...model.outputShape] };
}

/**
 * J(x)^T v [parameters] for v [samples, ...output]: the gradient of sum over samples and outputs of v f(x), by one backward
 * pass, in O(P) memory.
 */
export function vectorJacobianProduct(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  v: NdArray,
): Float64Array {
  const theta = parametersOf(model, parameters, "vectorJacobianProduct");
  const { data, samples } = samplesOf(model, x, "vectorJacobianProduct");
  const vector = outputVector(model, v, samples, "vectorJacobianProduct");
  const gradient = zeroGradients(0, model.parameterCount);
  const visit = gradientVisitor(gradient);
  for (const range of sampleRanges(model.tape, samples, 0)) {
    const part = sliceSamples(data, samples, range);
    const pass = passOf(model, [theta], part, range[1] - range[0], { reverse: true });
    pass.backward([sliceSamples(vector, samples, range)], visit);
  }
  return gradient[0]!;
}

/**
 * Theta(x1, x2) v without forming Theta: J(x1) (J(x2)^T v), one pass back and one pass forward, in O(parameters) memory.
 * `v` [n2, ...output]; gives [n1, ...output]. All outputs are coupled, nothing is averaged: with one output channel it is
 * the traced kernel times v.
 */
export function tangentKernelProduct(
  model: FiniteModel,
  parameters: FloatArray,
  x1: NdArray,
  x2: NdArray | null,
  v: NdArray,
): NdArray<Float64Array> {
  const theta = parametersOf(model, parameters, "tangentKernelProduct");
  samplesOf(model, x1, "tangentKernelProduct", "x1");
  const { samples } = samplesOf(model, x2 ?? x1, "tangentKernelProduct", x2 === null ? "x1" : "x2");
  outputVector(model, v, samples, "tangentKernelProduct");
  return jacobianVectorProduct(model, theta, x1, vectorJacobianProduct(model, theta, x2 ?? x1, v));
}
