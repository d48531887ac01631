/**
 * Networks whose first layer is dense on inputs in the few dimensions that their samples span: of exactly the same law, with fewer
 * weights.
 * @module
 */

import { writtenOut } from "../network/depth.js";
import type { Layer, Network } from "../network/index.js";
import { samplesInSpan } from "../normalization/index.js";
import { matrix, type NdArray } from "../numeric/matrix.js";
import { type ForecastSplit, inShape } from "./inputs.js";

export interface SpannedNetwork {
  readonly network: Network;
  readonly x: NdArray<Float64Array>;
  readonly testX: NdArray<Float64Array>;
}

/**
 * The network in the span of train and test samples. With z = Q^T x on orthonormal columns Q, W x = (W Q) z where W Q is Gaussian as
 * W is, training moves W within the span alone, and the first layer's sigma_w^2 / fan-in stays when sigma_w^2 is scaled like
 * the number of inputs. As it is where the first layer is another one, or the samples span all dimensions.
 */
export async function inSpan(
  network: Network,
  inputs: { readonly train: Pick<ForecastSplit, "x">; readonly test: Pick<ForecastSplit, "x"> },
): Promise<SpannedNetwork> {
  const same = { network, x: inShape(inputs.train.x, network), testX: inShape(inputs.test.x, network) };
  const all = writtenOut(network.layers);
  const [start, ...others] = all;
  const layers: readonly Layer[] = start?.kind === "flatten" ? others : all;
  const [first, ...rest] = layers;
  const flat = network.input.length === 1 || start?.kind === "flatten";
  if (first?.kind !== "dense" || !flat) return same;
  const dim = network.input.reduce((product, side) => product * side, 1);
  const asMatrix = ({ data, shape }: NdArray<Float64Array>) => matrix(shape[0]!, dim, data);
  const spanned = await samplesInSpan(asMatrix(same.x), asMatrix(same.testX));
  if (spanned === null || spanned.testX === null) return same;
  const rank = spanned.x.shape[1];
  const weightVariance = ((first.weightVariance ?? 1) * rank) / dim;
  return {
    network: { ...network, input: [rank], layers: [{ ...first, weightVariance }, ...rest] },
    x: spanned.x,
    testX: spanned.testX,
  };
}
