/**
 * Taylor expansions of a finite network as functions of its parameters.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { NdArray } from "../numeric/matrix.js";
import { taylorExpansion } from "./derivatives.js";
import type { FiniteModel } from "./model.js";
import { type FloatArray, parametersOf } from "./parameters.js";

/** A function of parameters [parameterCount] and samples x [samples, ...input] to outputs [samples, ...output]. */
export type ExpandedModel = (parameters: FloatArray, x: NdArray) => NdArray<Float64Array>;

/**
 * The Taylor polynomial of degree `order` of the outputs around `parameters`,
 *
 * f_order(theta, x) = sum over k = 0 .. order of f^(k)(x, theta_0)[(theta - theta_0)^k] / k!,
 *
 * as a function of theta and x. One forward pass over jets of this order for each call: (order + 1)(order + 2) / 2 times the
 * matrix products of an evaluation, no derivative tensors. Exact to rounding for networks that are polynomials of this degree
 * in their parameters: with L weighted layers and activations of degree 1, order L. A network with kinks is expanded
 * on the linear pieces on which it stands at theta_0.
 *
 * @param parameters theta_0 [parameterCount]; copied
 * @throws ERR_SHAPE for vectors of another length; ERR_DOMAIN for an order that is no whole number >= 0;
 *   ERR_UNAVAILABLE, on the first call, for activations without as many derivatives
 * @see paper A, Taylor expansion of the output in the weights
 * @example
 * const quadratic = taylorExpand(model, theta0, 2);
 * quadratic(theta, x) // { data, shape: [samples, ...output] }
 */
export function taylorExpand(model: FiniteModel, parameters: FloatArray, order: number): ExpandedModel {
  if (!(Number.isInteger(order) && order >= 0)) {
    throw new ForetrainError("ERR_DOMAIN", `taylorExpand: order is ${order}, expected a whole number >= 0`, {
      argument: "order",
      got: order,
    });
  }
  const origin = parametersOf(model, parameters, "taylorExpand").slice();
  return (at, x) => {
    const theta = parametersOf(model, at, "taylorExpand");
    return taylorExpansion(
      model,
      origin,
      theta.map((value, i) => value - origin[i]!),
      x,
      order,
    );
  };
}

/**
 * The network linearized in its parameters, f(x, theta_0) + J(x) (theta - theta_0), as a function of theta and x: what a
 * network of infinite width is throughout its training. {@link taylorExpand} of order 1.
 * Theory notes A1.
 * @see paper A, first order; paper B, training of wide networks
 */
export function linearize(model: FiniteModel, parameters: FloatArray): ExpandedModel {
  return taylorExpand(model, parameters, 1);
}
