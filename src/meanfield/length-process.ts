/**
 * The length process of finite networks: how far the mean squared pre-activation of width-N layers strays from the
 * length map (paper D, length process).
 * @module
 */
import { gaussianMean } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { checkLayer, type HiddenLayer, requireNonNegative } from "./layer.js";
import { lengthMapUnchecked, requireDepth } from "./lengths.js";
import { meanSquare, meanSquareSlope } from "./moments.js";

/** Length map and leading-order fluctuation, layer by layer; entry 0 is the first pre-activation. */
export interface LengthProcess {
  /** length map: the limit of the mean square at infinite width */
  readonly q: Float64Array;
  /** lim N Var(q_l) over initializations of width-N networks */
  readonly scaledVariance: Float64Array;
  /** mean squared activations E_q[phi^2] behind each pre-activation (the other indexing of the process) */
  readonly activationLength: Float64Array;
}

/**
 * The length map from the variance `q0` of the first pre-activation, with the leading fluctuation at width N:
 * `N Var(q_l) -> 2 q_l^2 + v_l`, `v_1 = 0`,
 * `v_(l+1) = sigma_w^4 (Var(phi(sqrt(q_l) z)^2) + (d/dq E_q[phi^2] at q_l)^2 v_l)`.
 *
 * @param q0 variance of the first pre-activation, the same in every draw (its input is fixed)
 * @param depth number of steps; depth + 1 entries come back
 * @throws `ERR_NUMERICAL` where E_q[phi^4] is infinite
 * @see paper D, length process; the fluctuation follows from conditioning on the layer before
 * @example
 * // relu at sigma_w^2 = 2: N Var = 8, 28, 48, ...
 * lengthProcess({ activation: activation("relu"), weightVariance: 2, biasVariance: 0 }, 2, 4).scaledVariance
 */
export function lengthProcess(layer: HiddenLayer, q0: number, depth: number): LengthProcess {
  checkLayer("lengthProcess", layer);
  requireNonNegative("lengthProcess", "q0", q0);
  requireDepth("lengthProcess", depth);
  const { activation, weightVariance } = layer;
  const breakPoints = activation.breakPoints.map(({ at }) => at);
  const q = new Float64Array(depth + 1);
  const scaledVariance = new Float64Array(depth + 1);
  const activationLength = new Float64Array(depth + 1);
  q[0] = q0;
  let excess = 0;
  for (let l = 0; l <= depth; l++) {
    const at = q[l]!;
    if (!(at < Number.POSITIVE_INFINITY)) {
      throw new ForetrainError("ERR_NUMERICAL", `lengthProcess: the variance is infinite at layer ${l}`, {
        layer: l,
      });
    }
    const mean = meanSquare(activation, at);
    activationLength[l] = mean;
    scaledVariance[l] = 2 * at * at + excess;
    if (l === depth) break;
    q[l + 1] = lengthMapUnchecked(layer, at);
    const spread = gaussianMean((x) => (activation.value(x) ** 2 - mean) ** 2, at, { breakPoints });
    const slope = excess === 0 ? 0 : meanSquareSlope(activation, at);
    excess = weightVariance ** 2 * (spread + slope ** 2 * excess);
  }
  return { q, scaledVariance, activationLength };
}
