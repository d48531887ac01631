/**
 * Signal through the hidden layers of one network: variance, correlations of pairs and slopes, layer by layer, from
 * the data's own starting point. Layers may differ.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { correlationTrajectory } from "./correlations.js";
import { checkLayer, type HiddenLayer, requireNonNegative } from "./layer.js";
import { firstLength, lengthMapUnchecked } from "./lengths.js";
import { meanSquaredSlope } from "./moments.js";

/** Where the signal starts. */
export interface SignalStart {
  /** mean square of an input, |x|^2 / n_0, > 0 */
  readonly meanSquare: number;
  /** correlations x . x' / (|x| |x'|) of the pairs to follow, each in [-1, 1]; or */
  readonly correlations?: readonly number[];
  /** their deficits 1 - c, for near-duplicates */
  readonly deficits?: readonly number[];
  /**
   * The first dense layer, which acts on the input itself. Default: none, `meanSquare` is the variance of the first
   * pre-activation already.
   */
  readonly first?: Pick<HiddenLayer, "weightVariance" | "biasVariance">;
}

/** Layer by layer, index 0 = the first pre-activation. All arrays have (number of hidden layers) + 1 entries. */
export interface SignalPropagation {
  /** variance of the pre-activation; Infinity or 0 where the signal is lost */
  readonly q: readonly number[];
  /** one array per pair */
  readonly correlations: readonly (readonly number[])[];
  /** 1 - c, one array per pair */
  readonly deficits: readonly (readonly number[])[];
  /**
   * sigma_w^2 E_q[phi'^2] of the hidden layer that the pre-activation enters, at its own q: the gain of squared
   * gradients there. One entry per hidden layer; NaN where phi jumps.
   */
  readonly chi: readonly number[];
}

/**
 * Follows one variance and several correlations through `layers` (each an activation with the dense layer behind it).
 * Both inputs of a pair have the same mean square.
 *
 * @throws `ERR_DOMAIN` for arguments outside their range, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper B, setup
 */
export function signalPropagation(layers: readonly HiddenLayer[], start: SignalStart): SignalPropagation {
  const { meanSquare, correlations, deficits: given, first } = start;
  requireNonNegative("signalPropagation", "meanSquare", meanSquare);
  if (correlations !== undefined && given !== undefined) {
    throw new ForetrainError("ERR_DOMAIN", "signalPropagation: give one of correlations and deficits", {
      argument: "correlations",
    });
  }
  for (const layer of layers) checkLayer("signalPropagation", layer);
  const inputs = given ?? (correlations ?? []).map((c) => 1 - c);
  for (const deficit of inputs) {
    if (!(deficit >= 0 && deficit <= 2)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `signalPropagation: a pair has the correlation ${1 - deficit}, expected one in [-1, 1]`,
        { argument: "correlations", got: 1 - deficit },
      );
    }
  }
  const q0 = first === undefined ? meanSquare : firstLength(first, meanSquare);
  // a dense layer with a bias pulls every pair together: k' = sigma_w^2 k + sigma_b^2
  const shrink = first === undefined ? 1 : q0 > 0 ? (first.weightVariance * meanSquare) / q0 : Number.NaN;

  const q = [q0];
  const chi: number[] = [];
  for (const layer of layers) {
    const before = q[q.length - 1]!;
    const alive = before < Number.POSITIVE_INFINITY;
    chi.push(
      layer.weightVariance === 0
        ? 0
        : alive
          ? layer.weightVariance * meanSquaredSlope(layer.activation, before)
          : Number.NaN,
    );
    q.push(alive ? lengthMapUnchecked(layer, before) : before);
  }
  const deficits = inputs.map((deficit) =>
    q0 > 0 && q0 < Number.POSITIVE_INFINITY
      ? Array.from(
          correlationTrajectory(layers, { q1: q0, deficit: Math.min(2, shrink * deficit) }, layers.length)
            .deficit,
        )
      : q.map(() => Number.NaN),
  );
  return { q, deficits, correlations: deficits.map((list) => list.map((d) => 1 - d)), chi };
}
