/**
 * The three architectures of paper B at real widths.
 * @module
 */
import {
  activationLayer,
  conv,
  dense,
  flatten,
  globalAvgPool,
  input,
  type Network,
  network,
} from "../../../network/index.js";
import type { PaperLayer } from "../deep-network.js";

/** Fully connected; convolutions and then flattening; convolutions and then the mean over positions. */
export type Architecture = "FCN" | "CNN-F" | "CNN-P";

export interface PaperNetworkOptions {
  readonly architecture: Architecture;
  readonly layer: PaperLayer;
  /** nonlinear layers, >= 1 */
  readonly depth: number;
  /** units, or channels, of the hidden layers */
  readonly width: number;
  readonly classes: number;
  /** [h, w, channels]; FCN takes them flattened */
  readonly image: readonly number[];
}

/**
 * A read-in layer of unit weight variance, the hidden layer `depth` - 1 times, and the read-out with the hidden layer's variances;
 * convolutions are circular, 3 x 3.
 */
export function paperNetwork(options: PaperNetworkOptions): Network {
  const { architecture, layer, depth, width, classes, image } = options;
  const { weightVariance, biasVariance } = layer;
  const variances = { weightVariance, biasVariance };
  const act = activationLayer(layer.activation);
  const readIn = { weightVariance: 1, biasVariance: 0 };
  const hidden = Array.from({ length: depth - 1 });
  if (architecture === "FCN") {
    return network(
      input([image.reduce((a, b) => a * b, 1)]),
      dense(width, readIn),
      act,
      ...hidden.flatMap(() => [dense(width, variances), act]),
      dense(classes, variances),
    );
  }
  const padding = "circular";
  return network(
    input([...image]),
    conv(width, [3, 3], { padding, ...readIn }),
    act,
    ...hidden.flatMap(() => [conv(width, [3, 3], { padding, ...variances }), act]),
    architecture === "CNN-F" ? flatten() : globalAvgPool(),
    dense(classes, variances),
  );
}
