import { describe, expect, test } from "vitest";
import { computeKernel, kernelsAtDepths } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const { network, input, dense, conv, relu, erf, repeat, residual } = n;

const NAMES = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
const hidden = dense(1, { weightVariance: 1.5, biasVariance: 0.05 });
const filter = conv(1, [3], { weightVariance: 1.5, biasVariance: 0.05, padding: "circular" });

function samples(count: number, shape: readonly number[], seed: number): NdArray<Float64Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

const cases = [
  ["plain, read-in of its own", network(input([7]), dense(1), repeat(3, erf(), hidden))],
  [
    "plain, readout of its own",
    network(input([7]), repeat(3, hidden, relu()), dense(1, { weightVariance: 3 })),
  ],
  ["no closed form", network(input([7]), repeat(3, hidden, n.tanh()), dense(1))],
  ["dropout before the readout", network(input([7]), repeat(3, hidden, erf()), n.dropout(0.7), dense(1))],
  ["dropout in every layer", network(input([7]), repeat(3, hidden, erf(), n.dropout(0.7)), dense(1))],
  ["layerNorm", network(input([7]), repeat(3, hidden, n.layerNorm(), erf()), dense(1))],
  ["residual", network(input([7]), dense(1), repeat(3, residual(relu(), hidden)))],
  [
    "residual, readout of its own",
    network(input([7]), dense(1), repeat(3, residual(erf(), hidden)), erf(), dense(1)),
  ],
  [
    "product of branches",
    network(
      input([7]),
      dense(1),
      repeat(
        2,
        n.parallel("product", [
          [erf(), hidden],
          [relu(), hidden],
        ]),
        hidden,
      ),
    ),
  ],
  ["conv, flatten", network(input([6, 2]), repeat(3, filter, erf()), n.flatten(), dense(1))],
  ["conv, global pool", network(input([6, 2]), repeat(3, filter, erf()), n.globalAvgPool(), dense(1))],
  [
    "conv, pool and flatten",
    network(input([6, 2]), repeat(3, filter, erf()), n.avgPool([2], { strides: [2] }), n.flatten(), dense(1)),
  ],
  [
    "conv 2-D, global pool, dropout",
    network(
      input([4, 4, 2]),
      repeat(2, conv(1, [3, 3]), relu()),
      n.globalAvgPool(),
      n.dropout(0.5),
      dense(1),
    ),
  ],
] as const;

describe("kernels at many depths are those of each network by itself", () => {
  const depths = [9, 1, 2, 5, 2];
  test.each(
    cases.flatMap(([name, net]) =>
      (["reference", "auto"] as const).map((backend) => [name, backend, net] as const),
    ),
  )("%s, backend %s", async (_, backend, net) => {
    const x = samples(5, net.input, 3);
    const x2 = samples(4, net.input, 4);
    const reachable = depths.filter((depth) => {
      const { blockDepth, outsideDepth } = n.repeatedBlock(net);
      return Number.isInteger((depth - outsideDepth) / blockDepth);
    });
    for (const columns of [null, x2]) {
      const seen: number[] = [];
      const options = { get: NAMES, backend };
      for await (const kernels of kernelsAtDepths(net, reachable, x, columns, options)) {
        seen.push(kernels.depth);
        const alone = await computeKernel(n.networkAtDepth(net, kernels.depth), x, columns, options);
        // float64 with the roundings of up to 9 layers; entries of the size of the diagonal
        const size = Math.max(...alone.ntk.data.map(Math.abs));
        for (const name of NAMES) {
          expect(kernels[name].shape).toEqual(alone[name].shape);
          expect(kernels[name].data).toAllBeWithinRelative(alone[name].data, 1e-12, 1e-3 * size);
        }
      }
      expect(seen).toEqual([...new Set(reachable)].sort((a, b) => a - b));
    }
  });
});
