/**
 * The parameters of a finite network: one flat vector, and where each tensor lies in it.
 * @module
 */
import type { Parameterization } from "../network/index.js";

/** Weights or biases of one layer. The network multiplies them by `multiplier`. */
export interface ParameterTensor {
  /** JSON path of the layer, with `#2`, `#3`, ... for the further copies in a `repeat` */
  readonly name: string;
  readonly role: "weight" | "bias";
  /** weight: [...filter, channels in, channels out], [units in, units out] for dense; bias: [channels] */
  readonly shape: readonly number[];
  /** index of its first element in the vector */
  readonly offset: number;
  readonly size: number;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly parameterization: Parameterization;
  /**
   * ntk: sqrt(sigma_w^2 / fan-in) of a weight, sqrt(sigma_b^2) of a bias, for parameters ~ N(0, 1).
   * standard: 1, the parameters carry the variance themselves.
   */
  readonly multiplier: number;
  /** standard deviation at initialization: 1 in `ntk`, sqrt(sigma_w^2 / fan-in) or sqrt(sigma_b^2) in `standard` */
  readonly deviation: number;
}
