/**
 * Initialization at unit scale: variances that keep the length of every layer at 1 (paper D, maintaining unit scale).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { activationOf, hiddenLayers, type Network, withLayerVariances } from "../network/index.js";
import { type UnitScale, unitScaleWeightVariance } from "./criticality.js";
import type { LengthLayer } from "./length-process.js";

/** A stack as the length process reads it. */
export interface LengthStack {
  /** hidden layers in order: the dense layer and the activation after it */
  readonly layers: readonly LengthLayer[];
  readonly widths: readonly number[];
}

/**
 * The hidden layers of a plain fully connected network with their widths, for `lengthBand` and `sampleLengths`.
 * @throws `ERR_UNAVAILABLE` with the reason when the network is no plain stack of dense and activation layers
 * @example
 * const { layers, widths } = lengthStack(network(input([784]), dense(512), relu(), dense(10)));
 * lengthBand(layers, widths)
 */
export function lengthStack(network: Network): LengthStack {
  const { layers } = hiddenLayers(network);
  return {
    layers: layers.map(({ activation, weightVariance, biasVariance }) => ({
      activation: activationOf(activation),
      weightVariance,
      biasVariance,
    })),
    widths: layers.map(({ units }) => units),
  };
}

/** Options of `unitScaleNetwork`. */
export interface UnitScaleOptions {
  /** sigma_b^2 of every dense layer, in [0, 1]; default: each keeps its own */
  readonly biasVariance?: number | undefined;
  /** |x|^2 / n_0 of the inputs, default 1 */
  readonly inputMeanSquare?: number | undefined;
  /** whether the outputs get unit scale too, default true; otherwise the readout keeps its variances */
  readonly readout?: boolean | undefined;
}

/** A network at unit scale, and how firmly its layers stay there. */
export interface UnitScaleNetwork {
  readonly network: Network;
  /** per hidden layer, for the dense layer behind it: its weight variance and the slope of the length map at q = 1 */
  readonly layers: readonly UnitScale[];
  /** false when a slope is 1 or more in size: deviations of q from 1 then stay (homogeneous activations) or grow */
  readonly stable: boolean;
}

/**
 * The same network with weight variances that keep every pre-activation at variance 1:
 * `sigma_w^2 = (1 - sigma_b^2) / (|x|^2 / n_0)` in the first dense layer and
 * `sigma_w^2 = (1 - sigma_b^2) / E[phi(z)^2]` behind each activation.
 *
 * @throws `ERR_UNAVAILABLE` when the network is no plain stack or an activation has no length map, `ERR_DOMAIN` for a
 *   bias variance outside [0, 1] or an input mean square that is not positive
 * @see paper D, maintaining unit scale
 * @example
 * const { network: kept, stable } = unitScaleNetwork(preset("fcn", { input: [784], activation: "tanh" }));
 */
export function unitScaleNetwork(network: Network, options: UnitScaleOptions = {}): UnitScaleNetwork {
  const { biasVariance, inputMeanSquare = 1, readout = true } = options;
  if (!(inputMeanSquare > 0 && inputMeanSquare < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `unitScaleNetwork: inputMeanSquare is ${inputMeanSquare}, expected a finite number > 0: inputs of zeros have no scale`,
      { argument: "inputMeanSquare", got: inputMeanSquare },
    );
  }
  const stack = hiddenLayers(network);
  const dense = [...stack.layers, stack.readout];
  const bias = (l: number): number => {
    const value = biasVariance ?? dense[l]!.biasVariance;
    if (value >= 0 && value <= 1) return value;
    throw new ForetrainError(
      "ERR_DOMAIN",
      `unitScaleNetwork: the bias variance ${biasVariance === undefined ? `of dense layer ${l + 1} ` : ""}is ${value}, expected a number in [0, 1]: biases alone must not exceed unit scale; give biasVariance`,
      { argument: "biasVariance", got: value },
    );
  };
  const layers = stack.layers.map(({ activation }, l) =>
    unitScaleWeightVariance(activationOf(activation), bias(l + 1)),
  );
  const variances = dense.map(({ weightVariance, biasVariance: own }, l) => {
    if (l === dense.length - 1 && !readout) return { weightVariance, biasVariance: own };
    return {
      weightVariance: l === 0 ? (1 - bias(0)) / inputMeanSquare : layers[l - 1]!.weightVariance,
      biasVariance: bias(l),
    };
  });
  // the dense layer behind the last activation is the readout: it moves no length of a hidden layer
  return {
    network: withLayerVariances(network, variances),
    layers,
    stable: layers.slice(0, -1).every(({ stable }) => stable),
  };
}
