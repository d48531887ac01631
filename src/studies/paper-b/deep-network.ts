/**
 * The networks of paper B and random inputs for them: a read-in layer of unit weight variance, then the hidden layer
 * repeated; depth l gives K^(l) and Theta^(l) of the paper.
 * @module
 */

import { activation } from "../../activations/index.js";
import { criticalWeightVariance, type MeanField, meanField } from "../../meanfield/index.js";
import {
  activationLayer,
  conv,
  dense,
  input,
  type Layer,
  type Network,
  network,
} from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";

/** A hidden layer by name, with variances. */
export interface PaperLayer {
  readonly activation: string;
  readonly weightVariance: number;
  readonly biasVariance: number;
}

/** Read-in, then one copy of the hidden layer and its dense layer: `networkAtDepth` and `kernelsAtDepths` repeat it. */
export function deepNetwork(layer: PaperLayer, inputs: number, last: readonly Layer[] = []): Network {
  const { weightVariance, biasVariance } = layer;
  const variances = { weightVariance, biasVariance };
  return network(
    input([inputs]),
    dense(1, { weightVariance: 1, biasVariance: 0 }),
    activationLayer(layer.activation),
    dense(1, variances),
    activationLayer(layer.activation),
    dense(1, variances),
    ...last,
  );
}

/**
 * The convolutional counterpart over `positions` in one dimension: a read-in of one tap, then circular convolutions of three, and
 * a readout.
 */
export function deepCircularNetwork(
  { activation: name, weightVariance, biasVariance }: PaperLayer,
  [positions, channels]: readonly [positions: number, channels: number],
  readout: Layer,
): Network {
  const hidden = [activationLayer(name), conv(1, [3], { padding: "circular", weightVariance, biasVariance })];
  return network(
    input([positions, channels]),
    conv(1, [1], { weightVariance: 1, biasVariance: 0 }),
    ...hidden,
    ...hidden,
    readout,
  );
}

/** The layer with its critical weight variance at a bias variance. */
export function criticalLayer(name: string, biasVariance: number): PaperLayer {
  const { value } = criticalWeightVariance(activation(name), biasVariance);
  return { activation: name, weightVariance: value, biasVariance };
}

/** Fixed points and slopes of the layer. */
export function readingOf({ activation: name, ...variances }: PaperLayer): MeanField {
  return meanField({ activation: activation(name), ...variances });
}

/** `n` Gaussian directions of mean square `meanSquare`, |x|^2 = n_0 meanSquare. */
export function sphereInputs(
  seed: number,
  n: number,
  inputs: number,
  meanSquare: number,
): NdArray<Float64Array> {
  const data = createRng(seed)
    .fork("inputs")
    .normals(new Float64Array(n * inputs));
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * inputs, (i + 1) * inputs);
    let squares = 0;
    for (const value of row) squares += value * value;
    const scale = Math.sqrt((inputs * meanSquare) / squares);
    for (let j = 0; j < inputs; j++) row[j]! *= scale;
  }
  return { data, shape: [n, inputs] };
}

/** Rows and columns of a matrix, from a first to before a last index. */
export function block(
  a: Matrix,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): Matrix {
  const out = matrix(bottom - top, right - left);
  for (let i = top; i < bottom; i++) {
    out.data.set(a.data.subarray(i * a.shape[1] + left, i * a.shape[1] + right), (i - top) * (right - left));
  }
  return out;
}

/** Gaussian targets [n, k] with column mean 0. */
export function centredTargets(seed: number, n: number, k: number): Matrix {
  const out = matrix(
    n,
    k,
    createRng(seed)
      .fork("targets")
      .normals(new Float64Array(n * k)),
  );
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += out.data[i * k + c]!;
    for (let i = 0; i < n; i++) out.data[i * k + c]! -= sum / n;
  }
  return out;
}

/** max |a|. */
export function largest(a: Matrix): number {
  return a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
