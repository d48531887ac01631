/**
 * The parameters of a finite network: one flat vector, and where each tensor lies in it.
 * @module
 */
import type { Parameterization } from "../network/index.js";
import type { Law } from "../numeric/law.js";

/** Numbers of one layer, of one role. The network multiplies them by `multiplier`. */
export interface ParameterTensor {
  /** JSON path of the layer, with `#2`, `#3`, ... for the further copies in a `repeat` */
  readonly name: string;
  /** `scale` and `shift` are those of a batchNorm; `mean` and `variance` its running statistics, which no gradient moves */
  readonly role: "weight" | "bias" | "scale" | "shift" | "mean" | "variance";
  /** weight: [...filter, channels in, channels out], [units in, units out] for dense; all others: [channels] */
  readonly shape: readonly number[];
  /** index of its first element in the vector */
  readonly offset: number;
  readonly size: number;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly parameterization: Parameterization;
  /**
   * Without a scheme, ntk: sqrt(sigma_w^2 / fan-in) of a weight, sqrt(sigma_b^2) of a bias, for parameters ~ N(0, 1);
   * standard: 1, the parameters carry the variance themselves.
   */
  readonly multiplier: number;
  /** of each element at initialization; without a scheme N(0, 1) in `ntk`, N(0, sigma_w^2 / fan-in) or N(0, sigma_b^2) in `standard` */
  readonly law: Law;
  /** factor of the learning rate in training; 1 without a scheme */
  readonly learningRate: number;
}
