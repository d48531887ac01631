/**
 * The length process of finite networks: how far the mean squared pre-activation q_l of width-N layers, and the mean
 * squared activation r_l behind it, stray from their limits at infinite width (paper D, length process).
 *
 * Given the layer before, the pre-activations of a layer are independent N(0, s_l) with
 * `s_l = sigma_w^2 r_(l-1) + sigma_b^2`, so that q_l is s_l times a mean of N squared normals and r_l a mean of N values
 * phi(sqrt(s_l) z)^2. Means over many initializations, squares of the fluctuations and quantiles of simulated networks
 * come from `sampleLengths`.
 * @module
 */
import { type Activation, gaussianMean, isBeyondMoments } from "../activations/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import { checkLayer, type HiddenLayer, requireNonNegative } from "./layer.js";
import { lengthMapUnchecked, requireDepth } from "./lengths.js";
import { meanSquare, meanSquareSlope } from "./moments.js";

/** Length map and leading-order fluctuation, layer by layer; entry 0 is the first pre-activation. */
export interface LengthProcess {
  /** length map: the limit of the mean square at infinite width */
  readonly q: Float64Array;
  /** lim N Var(q_l) over initializations of width-N networks; Infinity from where E[phi^4] is infinite */
  readonly scaledVariance: Float64Array;
  /** mean squared activations E_q[phi^2] behind each pre-activation (the other indexing of the process) */
  readonly activationLength: Float64Array;
  /** lim N Var(r_l) of the mean squared activations */
  readonly scaledActivationVariance: Float64Array;
}

/**
 * Var(phi(sqrt(q) z)^2) = E_q[phi^4] - (E_q[phi^2])^2: the noise that one unit adds to the length of a finite layer.
 * Infinity where E_q[phi^4] diverges (near a pole |x|^-p for p >= 1/4).
 *
 * @param q variance >= 0
 * @returns relative accuracy 1e-12
 * @see paper D, maintaining unit scale
 * @example
 * squareVariance(activation("relu"), 1) // 1.25
 */
export function squareVariance(activation: Activation, q: number): number {
  requireNonNegative("squareVariance", "q", q);
  const { value, growth } = activation;
  if (q === 0) return 0;
  // phi^4 of exp(c x^2) is phi^2 of exp(2 c x^2)
  if (isBeyondMoments(growth, 2 * q)) return Number.POSITIVE_INFINITY;
  const mean = meanSquare(activation, q);
  if (!(mean < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const breakPoints = activation.breakPoints.map(({ at }) => at);
  const spread = (x: number) => (value(x) ** 2 - mean) ** 2;
  if (growth.kind !== "unbounded-at-point") return gaussianMean(spread, q, { breakPoints });
  try {
    return gaussianMean(spread, q, { breakPoints: [...breakPoints, growth.at] });
  } catch (error) {
    // a pole that is too steep: the quadrature does not settle, because there is nothing to settle at
    if (isForetrainError(error, "ERR_NUMERICAL")) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** A layer of a finite network: the dense layer and the activation after it. */
export interface LengthLayer {
  /** sigma_w^2 >= 0 of the dense layer */
  readonly weightVariance: number;
  /** sigma_b^2 >= 0 of the dense layer */
  readonly biasVariance: number;
  /** phi, applied to what the dense layer gives */
  readonly activation: Activation;
}

/** Limits and leading fluctuations of a stack of layers of given widths; entry l - 1 is layer l. */
export interface LengthBand {
  /** limit of q_l, the mean squared pre-activation */
  readonly q: Float64Array;
  /** standard deviation of q_l over initializations, to leading order in 1 / width */
  readonly standardDeviation: Float64Array;
  /** limit of r_l, the mean squared activation */
  readonly activationLength: Float64Array;
  /** standard deviation of r_l */
  readonly activationStandardDeviation: Float64Array;
}

/** Product that is 0 for a factor 0, also where the other is infinite. */
const times = (factor: number, value: number) => (factor === 0 ? 0 : factor * value);

/**
 * The length process of any stack at its own widths: where q_l and r_l go, and how far single networks scatter.
 *
 * `Var(q_l) = 2 q_l^2 / N_l + u_l`, `Var(r_l) = Var(phi(sqrt(q_l) z)^2) / N_l + (d/dq E_q[phi^2] at q_l)^2 u_l`,
 * `u_(l+1) = sigma_w^4 Var(r_l)`, `u_1 = 0` where the input is fixed. Terms of higher order in 1 / width are left out:
 * at width 100 the variance is exact to some percent.
 * Theory notes D2.1, O4.
 *
 * @param layers first to last; each is a dense layer and the activation after it
 * @param widths units of each layer
 * @param inputMeanSquare |x|^2 / n_0 of the input; inputs of {-1, 1} have 1
 * @throws `ERR_DOMAIN`, `ERR_SHAPE` for wrong arguments, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper D, length process; the fluctuation follows from conditioning on the layer before
 * @example
 * const relu = { activation: activation("relu"), weightVariance: 2, biasVariance: 0 };
 * lengthBand([relu, relu], [100, 100]).standardDeviation // sqrt(8 / 100), sqrt(28 / 100)
 */
export function lengthBand(
  layers: readonly LengthLayer[],
  widths: readonly number[],
  inputMeanSquare = 1,
): LengthBand {
  requireNonNegative("lengthBand", "inputMeanSquare", inputMeanSquare);
  if (layers.length === 0 || widths.length !== layers.length) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `lengthBand: ${layers.length} layers and ${widths.length} widths, expected one layer or more and a width for each`,
      { argument: "widths", got: widths.length, expected: layers.length },
    );
  }
  for (const width of widths) {
    if (!(width >= 1)) {
      throw new ForetrainError("ERR_DOMAIN", `lengthBand: a width is ${width}, expected a number >= 1`, {
        argument: "widths",
        got: width,
      });
    }
  }
  const { length } = layers;
  const band = {
    q: new Float64Array(length),
    standardDeviation: new Float64Array(length),
    activationLength: new Float64Array(length),
    activationStandardDeviation: new Float64Array(length),
  };
  let before = inputMeanSquare;
  let varianceBefore = 0;
  layers.forEach((layer, l) => {
    checkLayer("lengthBand", layer);
    const { activation, weightVariance, biasVariance } = layer;
    const width = widths[l]!;
    const q = times(weightVariance, before) + biasVariance;
    const excess = times(weightVariance ** 2, varianceBefore);
    band.q[l] = q;
    band.standardDeviation[l] = Math.sqrt((2 * q * q) / width + excess);
    before = q < Number.POSITIVE_INFINITY ? meanSquare(activation, q) : Number.POSITIVE_INFINITY;
    varianceBefore =
      before < Number.POSITIVE_INFINITY
        ? squareVariance(activation, q) / width +
          (excess === 0 ? 0 : times(meanSquareSlope(activation, q) ** 2, excess))
        : Number.POSITIVE_INFINITY;
    band.activationLength[l] = before;
    band.activationStandardDeviation[l] = Math.sqrt(varianceBefore);
  });
  return band;
}

/**
 * The length map from the variance `q0` of the first pre-activation, with the leading fluctuation at width N:
 * `N Var(q_l) -> 2 q_l^2 + v_l`, `v_1 = 0`,
 * `v_(l+1) = sigma_w^4 (Var(phi(sqrt(q_l) z)^2) + (d/dq E_q[phi^2] at q_l)^2 v_l)`.
 * {@link lengthBand} is for layers that differ, at their own widths.
 *
 * @param q0 variance of the first pre-activation, the same in every draw (its input is fixed)
 * @param depth number of steps; depth + 1 entries come back
 * @returns `scaledVariance` Infinity where E_q[phi^4] is
 * @throws `ERR_NUMERICAL` where the variance itself is infinite
 * @see paper D, length process
 * @example
 * // relu at sigma_w^2 = 2: N Var = 8, 28, 48, ...
 * lengthProcess({ activation: activation("relu"), weightVariance: 2, biasVariance: 0 }, 2, 4).scaledVariance
 */
export function lengthProcess(layer: HiddenLayer, q0: number, depth: number): LengthProcess {
  checkLayer("lengthProcess", layer);
  requireNonNegative("lengthProcess", "q0", q0);
  requireDepth("lengthProcess", depth);
  const { activation, weightVariance } = layer;
  const q = new Float64Array(depth + 1);
  const scaledVariance = new Float64Array(depth + 1);
  const activationLength = new Float64Array(depth + 1);
  const scaledActivationVariance = new Float64Array(depth + 1);
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
    const spread = mean < Number.POSITIVE_INFINITY ? squareVariance(activation, at) : mean;
    const slope = excess === 0 ? 0 : meanSquareSlope(activation, at);
    activationLength[l] = mean;
    scaledVariance[l] = 2 * at * at + excess;
    scaledActivationVariance[l] = spread + times(slope ** 2, excess);
    if (l === depth) break;
    q[l + 1] = lengthMapUnchecked(layer, at);
    excess = times(weightVariance ** 2, scaledActivationVariance[l]!);
  }
  return { q, scaledVariance, activationLength, scaledActivationVariance };
}
