/**
 * A network of the JSON format with one hidden layer, read as a shallow network.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { hiddenLayers, type Network } from "../network/index.js";
import type { Law } from "../numeric/law.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { ShallowNetwork } from "./shallow.js";

/** A network read as N^-gamma sum C sigma(W.x). */
export interface ShallowReading {
  readonly network: ShallowNetwork;
  /** N that the network declares */
  readonly units: number;
  /** outputs of the network are this times those of the shallow one: train on targets divided by it, with alpha times its square */
  readonly outputScale: number;
  /** inputs as the shallow network reads them: scaled, with a constant column for the biases */
  readonly inputs: (x: Matrix) => Matrix;
}

/**
 * Reads dense, activation, dense: W ~ N(0, 1) on inputs times sqrt(sigma_w^2 / fanIn), hidden biases as the weight of the constant
 * input sqrt(sigma_b^2), C ~ N(0, 1) and outputs times sqrt(sigma_w^2) of the last layer. With gamma = 1/2 its training is that of
 * the network in the `ntk` parameterization.
 * @throws ERR_UNAVAILABLE for other networks, several outputs, a bias of the output, or the `standard` parameterization (whose
 *   layers would learn at other rates)
 */
export function shallowReading(network: Network): ShallowReading {
  const fail = (reason: string): never => {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `shallowReading: ${reason}; expected one hidden layer (dense, activation, dense with 1 unit), in the ntk parameterization and without a bias of the output`,
      { argument: "network", reason },
    );
  };
  const { layers, readout } = hiddenLayers(network);
  if (layers.length !== 1) fail(`the network has ${layers.length} hidden layers`);
  if (readout.units !== 1) fail(`the network has ${readout.units} outputs`);
  if (readout.biasVariance > 0) fail("the output has a bias");
  const dense = network.layers.flatMap((layer) => (layer.kind === "dense" ? [layer] : []));
  if ([network, ...dense].some((part) => part.parameterization === "standard")) {
    fail("the network is in the standard parameterization");
  }
  const [{ units, weightVariance, biasVariance, activation }] = layers as [(typeof layers)[number]];
  if (weightVariance === 0 || readout.weightVariance === 0) fail("a weight variance is 0");
  const fanIn = network.input.reduce((product, side) => product * side, 1);
  const biased = biasVariance > 0 ? 1 : 0;
  const columns = fanIn + biased;
  const normal: Law = { kind: "normal", variance: 1 };
  return {
    network: { activation, outer: normal, inner: new Array<Law>(columns).fill(normal) },
    units,
    outputScale: Math.sqrt(readout.weightVariance),
    inputs: ({ data, shape: [rows, width] }) => {
      if (width !== fanIn) {
        throw new ForetrainError(
          "ERR_SHAPE",
          `shallowReading: inputs have ${width} columns, the network reads ${fanIn}`,
          { argument: "x", got: width, expected: fanIn },
        );
      }
      const out = matrix(rows, columns);
      const scale = Math.sqrt(weightVariance / fanIn);
      for (let row = 0; row < rows; row++) {
        for (let a = 0; a < fanIn; a++) out.data[row * columns + a] = scale * data[row * fanIn + a]!;
        if (biased > 0) out.data[row * columns + fanIn] = Math.sqrt(biasVariance);
      }
      return out;
    },
  };
}
