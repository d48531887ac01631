import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, input, network } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { plainKernel } from "./plain-kernel.js";

describe("computeKernel agrees with the recursion by plain sums", () => {
  // analytic in a strip wide enough for the sums at these variances (tanh: pi / (2 sqrt 3) = 0.9, error e^-57)
  test.each([["tanh"], ["erf"], ["gelu"], ["sin"], ["sigmoid"], ["silu"], ["softplus"]])(
    "%s, three layers",
    async (name) => {
      const rng = createRng(11);
      const rows = [0, 1, 2].map((i) => Array.from(rng.fork("row", i).normals(new Float64Array(5))));
      const layers = [
        { weightVariance: 2.25, biasVariance: 0.01 },
        { weightVariance: 1.5, biasVariance: 0.2 },
        { weightVariance: 0.7, biasVariance: 0 },
      ];
      const act = activation(name);
      const net = network(
        input([5]),
        dense(3, layers[0]),
        activationLayer(name),
        dense(3, layers[1]),
        activationLayer(name),
        dense(1, layers[2]),
      );
      const { nngp, ntk } = await computeKernel(net, { data: Float64Array.from(rows.flat()), shape: [3, 5] });
      const size = Math.abs(nngp.data[0]!);
      const tangentSize = Math.abs(ntk.data[0]!);
      for (const [i, x] of rows.entries()) {
        for (const [j, y] of rows.entries()) {
          const plain = plainKernel(x, y, layers, act.value, act.derivative!);
          // expansions are cut at 1e-12 of the second moment in each layer
          expect(nngp.data[3 * i + j]!).toBeWithinRelative(plain.nngp, 1e-11, size);
          expect(ntk.data[3 * i + j]!).toBeWithinRelative(plain.ntk, 1e-11, tangentSize);
        }
      }
    },
  );
});
