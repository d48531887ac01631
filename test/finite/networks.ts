/** Small networks that have every kind of layer between them, for checks against finite differences. */
import * as n from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";

const layers = (
  input: readonly number[],
  list: readonly n.Layer[],
  rest: Partial<n.Network> = {},
): n.Network => n.parseNetwork({ foretrain: 1, input, layers: list, ...rest });

const dense = (units: number, weightVariance = 1.5, biasVariance = 0.3): n.Layer => ({
  kind: "dense",
  units,
  weightVariance,
  biasVariance,
});
const conv = (channels: number, fields: Partial<n.ConvLayer> = {}): n.Layer => ({
  kind: "conv",
  channels,
  filter: [3, 2],
  weightVariance: 1.5,
  biasVariance: 0.2,
  ...fields,
});
const act = (name: string, parameters: Record<string, unknown> = {}): n.Layer => ({
  kind: "activation",
  name,
  ...parameters,
});

/** Smooth, so that differences converge; by what they show. */
export const NETWORKS: Readonly<Record<string, n.Network>> = {
  "dense layers, tanh": layers([4], [dense(5), act("tanh"), dense(3), act("erf"), dense(2)]),
  "standard parameterization": layers([4], [dense(5), act("gelu"), dense(2)], {
    parameterization: "standard",
  }),
  "no bias": layers([4], [dense(5, 2, 0), act("sin"), dense(2, 1, 0)]),
  "convolution, stride, flatten": layers(
    [5, 4, 2],
    [
      conv(3, { strides: [2, 1] }),
      act("tanh"),
      conv(2, { padding: "valid", filter: [2, 2] }),
      act("erf"),
      { kind: "flatten" },
      dense(2),
    ],
  ),
  "circular convolution, pools": layers(
    [4, 4, 2],
    [
      conv(3, { padding: "circular" }),
      act("silu"),
      { kind: "avgPool", window: [2, 2], padding: "same", normalizeEdges: true, strides: [2, 2] },
      conv(2),
      act("tanh"),
      { kind: "globalAvgPool" },
      dense(2),
    ],
  ),
  "1-D convolution, sum pools": layers(
    [6, 2],
    [
      { kind: "conv", channels: 3, filter: [3], biasVariance: 0.1 },
      act("softplus"),
      { kind: "sumPool", window: [2] },
      { kind: "globalSumPool" },
      dense(1),
    ],
  ),
  "keeps positions": layers([3, 3, 2], [conv(3), act("tanh"), conv(2)]),
  "repeat and residual": layers(
    [3],
    [
      dense(4),
      { kind: "repeat", times: 2, layers: [{ kind: "residual", layers: [act("tanh"), dense(4)] }] },
      { kind: "residual", layers: [act("erf"), dense(3)], shortcut: [dense(3, 0.5, 0)] },
      dense(2),
    ],
  ),
  "branches: product, concat, sum": layers(
    [3],
    [
      dense(4),
      {
        kind: "parallel",
        merge: "product",
        branches: [[act("tanh")], [dense(4), act("sigmoid")], [dense(4)]],
      },
      { kind: "parallel", merge: "concat", branches: [[dense(2)], [act("arctan"), dense(3)]] },
      { kind: "parallel", merge: "sum", branches: [[], [act("gaussian")]] },
      dense(2),
    ],
  ),
  layerNorm: layers(
    [4],
    [dense(5), { kind: "layerNorm" }, act("tanh"), dense(4), { kind: "layerNorm" }, dense(2)],
  ),
  "layerNorm over positions, spatial concat": layers(
    [3, 3, 2],
    [
      conv(3),
      { kind: "layerNorm", axes: [1, -1] },
      act("tanh"),
      { kind: "parallel", merge: "concat", axis: 1, branches: [[conv(2)], [conv(2), act("erf")]] },
      { kind: "flatten" },
      dense(2),
    ],
  ),
};

/** Samples for a network. */
export function samplesFor(net: n.Network, count: number, seed: number) {
  const size = net.input.reduce((a, b) => a * b, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...net.input] };
}
