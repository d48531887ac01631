import { describe, expect, test } from "vitest";
import {
  computeKernel,
  computeKernelArrays,
  type KernelOptions,
  kernelDiagonal,
} from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";

const { conv, dense, network, input, parallel } = n;

type Numbers = readonly number[];

/** All four arrays of samples that are given as rows. */
async function arrays(
  shape: Numbers,
  layers: readonly n.Layer[],
  x: readonly Numbers[],
  options: KernelOptions = {},
) {
  return await computeKernelArrays(
    network(input(shape), ...layers),
    { data: Float64Array.from(x.flat()), shape: [x.length, ...shape] },
    null,
    { get: ["nngp", "ntk", "nngpGap", "ntkGap"], ...options },
  );
}
const list = ({ data }: { data: ArrayLike<number> }) => Array.from(data);

describe("kernels small enough to compute by hand", () => {
  // two samples of two positions and one channel
  const x = [
    [1, 2],
    [3, -1],
  ] as const;

  test("a valid filter over everything is a dense layer: sigma_w^2 x . x' / 2 + sigma_b^2", async () => {
    const { nngp, ntk, nngpGap, ntkGap } = await arrays(
      [2, 1],
      [conv(4, [2], { weightVariance: 3, biasVariance: 0.5, padding: "valid" })],
      x,
    );
    expect(nngp.shape).toEqual([2, 2, 1, 1]);
    // x . x' / 2 = 2.5, 0.5, 5
    expect(list(nngp)).toEqual([8, 2, 2, 15.5]);
    expect(list(ntk)).toEqual([8, 2, 2, 15.5]);
    // (8 + 15.5) / 2 - 2 = 3 |x - x'|^2 / 4 = 3 (4 + 9) / 4
    expect(list(nngpGap)).toEqual([0, 9.75, 9.75, 0]);
    expect(list(ntkGap)).toEqual([0, 9.75, 9.75, 0]);
  });

  test("a same filter sees zeros after the end", async () => {
    const { nngp, nngpGap } = await arrays([2, 1], [conv(4, [2])], x);
    // output 0 sees (x0, x1), output 1 sees (x1, 0); [p][p'] of x with itself: (1 + 4) / 2, 1 * 2 / 2, 2 * 1 / 2, 4 / 2
    expect(list(nngp).slice(0, 4)).toEqual([2.5, 1, 1, 2]);
    // of x with x': (3 - 2) / 2, 1 * -1 / 2, 2 * 3 / 2, 2 * -1 / 2
    expect(list(nngp).slice(4, 8)).toEqual([0.5, -0.5, 3, -1]);
    // q = 2.5, 2 and q' = 5, 0.5
    expect(list(nngpGap).slice(4, 8)).toEqual([3.75 - 0.5, 1.5 + 0.5, 3.5 - 3, 1.25 + 1]);
  });

  test("in standard parameterization the ntk counts the inputs of a unit and its bias", async () => {
    const { ntk } = await arrays(
      [2, 1],
      [
        conv(5, [2], { parameterization: "standard", biasVariance: 0.5, padding: "valid" }),
        conv(4, [1], { parameterization: "standard", weightVariance: 2 }),
      ],
      x,
    );
    // first layer: 2 inputs * 2.5 + 1 = 6 and K = 3; second: 2 * 6 + 5 * 3
    expect(list(ntk)[0]).toBe(27);
  });

  test("average pools of ones: 1 inside, what is left of the window at the edges", async () => {
    const ones = [[1, 1, 1, 1, 1, 1]];
    const pool = (options: object) =>
      arrays([2, 3, 1], [n.avgPool([2, 2], { padding: "same", ...options })], ones);
    const weights = [1, 1, 0.5, 0.5, 0.5, 0.25];
    const { nngp, nngpGap } = await pool({});
    expect(nngp.shape).toEqual([1, 1, 2, 2, 3, 3]);
    const entry = (values: { data: ArrayLike<number> }, p: number, q: number) => {
      const [h, w, h2, w2] = [Math.floor(p / 3), p % 3, Math.floor(q / 3), q % 3];
      return values.data[((h * 2 + h2) * 3 + w) * 3 + w2];
    };
    weights.forEach((a, p) => {
      weights.forEach((b, q) => {
        expect(entry(nngp, p, q)).toBe(a * b);
        // E (h_p - h_q)^2 / 2 for fixed inputs
        expect(entry(nngpGap, p, q)).toBe((a - b) ** 2 / 2);
      });
    });
    const normalized = await pool({ normalizeEdges: true });
    expect(new Set(normalized.nngp.data)).toEqual(new Set([1]));
    const sums = await arrays([2, 3, 1], [n.sumPool([2, 2], { padding: "same" })], ones);
    expect(entry(sums.nngp, 0, 2)).toBe(4 * 2);
    expect(entry(sums.nngp, 5, 5)).toBe(1);
  });

  test("flatten takes the mean over equal positions, global pools over all", async () => {
    const kernel = async (last: n.Layer) => list((await arrays([2, 1], [conv(3, [1]), last], x)).nngp);
    expect(await kernel(n.flatten())).toEqual([2.5, 0.5, 0.5, 5]);
    // ((1 + 2) / 2)^2, (3 / 2) (2 / 2), ((3 - 1) / 2)^2
    expect(await kernel(n.globalAvgPool())).toEqual([2.25, 1.5, 1.5, 1]);
    expect(await kernel(n.globalSumPool())).toEqual([9, 6, 6, 4]);
  });

  test("layerNorm over positions and channels divides by the mean variance of a sample", async () => {
    const { nngp, ntk } = await arrays([2, 1], [conv(3, [1]), n.layerNorm([1, 2])], x);
    // v = 2.5 and 5
    expect(list(nngp).slice(0, 4)).toAllBeWithinRelative([1 / 2.5, 2 / 2.5, 2 / 2.5, 4 / 2.5], 4e-16);
    const scale = Math.sqrt(2.5 * 5);
    const expected = [3 / scale, -1 / scale, 6 / scale, -2 / scale];
    expect(list(nngp).slice(4, 8)).toAllBeWithinRelative(expected, 4e-16);
    expect(list(ntk).slice(4, 8)).toAllBeWithinRelative(expected, 4e-16);
  });

  test("a product of two dense layers: k = w1 w2 s^2, theta = 2 w1 w2 s^2 with s = x . x' / n_0", async () => {
    const { nngp, ntk, nngpGap } = await arrays(
      [2],
      [parallel("product", [[dense(3, { weightVariance: 2 })], [dense(3, { weightVariance: 5 })]])],
      x,
    );
    // s = 2.5, 0.5, 5
    expect(list(nngp)).toEqual([62.5, 2.5, 2.5, 250]);
    expect(list(ntk)).toEqual([125, 5, 5, 500]);
    expect(list(nngpGap)[1]).toBe((62.5 + 250) / 2 - 2.5);
  });

  test("channels side by side count by their number, positions side by side are independent", async () => {
    const branches = [[conv(1, [1], { weightVariance: 2 })], [conv(3, [1], { weightVariance: 6 })]];
    const channels = await arrays([2, 1], [parallel("concat", branches), n.flatten()], x);
    expect(list(channels.nngp)).toEqual([2.5, 0.5, 0.5, 5].map((value) => value * (2 / 4 + (6 * 3) / 4)));
    const equal = [[conv(2, [1], { weightVariance: 2 })], [conv(2, [1], { weightVariance: 6 })]];
    const positions = await arrays([2, 1], [parallel("concat", equal, { axis: 1 })], x);
    expect(list(positions.nngp).slice(0, 16)).toEqual([2, 4, 0, 0, 4, 8, 0, 0, 0, 0, 6, 12, 0, 0, 12, 24]);
  });

  test("dropout divides the same sample's equal positions, before a pool adds them up", async () => {
    const layers = (...last: n.Layer[]) => [conv(3, [1]), n.dropout(0.5), ...last];
    const kept = await arrays([2, 1], layers(), x);
    expect(list(kept.nngp).slice(0, 8)).toEqual([1 / 0.5, 2, 2, 4 / 0.5, 3, -1, 6, -2]);
    expect(list(kept.nngpGap).slice(0, 4)).toEqual([0, 3, 3, 0]);
    const pooled = await arrays([2, 1], layers(n.globalAvgPool()), x);
    // (2 + 2 * 2 + 8) / 4, without the masks (1 + 2 * 2 + 4) / 4
    expect(list(pooled.nngp)).toEqual([3.5, 1.5, 1.5, (18 - 6 + 2) / 4]);
    const apart = await arrays([2, 1], layers(n.globalAvgPool()), x, { sameSamples: false });
    expect(list(apart.nngp)).toEqual([2.25, 1.5, 1.5, 1]);
  });
});

describe("networks that keep positions", () => {
  const net = network(input([2, 1]), conv(3, [1]));
  const x = { data: Float64Array.of(1, 2), shape: [1, 2, 1] };

  test("are refused where a matrix or a diagonal is expected", async () => {
    await expect(computeKernel(net, x)).rejects.toThrow(/keeps its positions \[2\].*computeKernelArrays/);
    await expect(kernelDiagonal(net, x)).rejects.toThrow(/kernelDiagonal: the network keeps its positions/);
  });
});
