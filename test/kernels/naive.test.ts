import { describe, expect, test } from "vitest";
import { computeKernelArrays } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { randomNetworks } from "../support/random-network.js";
import { type NaiveKernels, naiveKernel } from "./naive-kernel.js";

const NAMES = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
const { conv, dense, relu, erf, flatten, parallel, residual, residualWithShortcut, network, input } = n;

function samples(seed: number, count: number, shape: readonly number[]): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

/** [p][p'] as [h, h', w, w']. */
function inOrder(values: number[][], sides: readonly number[]): number[] {
  if (sides.length < 2) return values.flat();
  const [height, width] = sides as [number, number];
  const out: number[] = [];
  for (let h = 0; h < height; h++)
    for (let h2 = 0; h2 < height; h2++)
      for (let w = 0; w < width; w++)
        for (let w2 = 0; w2 < width; w2++) out.push(values[h * width + w]![h2 * width + w2]!);
  return out;
}

/** Every entry of all four matrices, train-train and test-train. */
async function agrees(net: n.Network, tolerance: number): Promise<void> {
  const size = net.input.reduce((a, b) => a * b, 1);
  const x = samples(3, 3, net.input);
  const y = samples(4, 2, net.input);
  const row = ({ data }: NdArray<Float64Array>, i: number) => data.subarray(i * size, (i + 1) * size);
  for (const other of [null, y]) {
    const actual = await computeKernelArrays(net, x, other, { get: NAMES, backend: "reference" });
    const cols = other ?? x;
    const expected = new Map<string, NaiveKernels>();
    let scale = { nngp: 0, ntk: 0 };
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < cols.shape[0]!; j++) {
        const naive = naiveKernel(net, row(x, i), row(cols, j), other === null && i === j);
        expected.set(`${i},${j}`, naive);
        const most = (values: number[][]) => Math.max(...values.flat().map(Math.abs));
        scale = { nngp: Math.max(scale.nngp, most(naive.nngp)), ntk: Math.max(scale.ntk, most(naive.ntk)) };
      }
    }
    for (const name of NAMES) {
      const all: number[] = [];
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < cols.shape[0]!; j++) {
          const naive = expected.get(`${i},${j}`)!;
          all.push(...inOrder(naive[name], naive.sides));
        }
      }
      expect(actual[name].data.length).toBe(all.length);
      expect(actual[name].data).toAllBeWithinRelative(
        all,
        tolerance,
        scale[name.startsWith("ntk") ? "ntk" : "nngp"],
      );
    }
  }
}

const wide = { weightVariance: 1.6, biasVariance: 0.1 };
const image = (...layers: n.Layer[]) => network(input([4, 3, 2]), ...layers);
const c = (filter: number[] = [3, 2], options: object = {}) => conv(3, filter, { ...wide, ...options });

describe("kernels of every layer kind agree with the naive recursion over all pairs of positions", () => {
  // rounding of a few dozen operations on numbers of the size of the largest entry
  const TOLERANCE = 1e-13;

  test.each<[string, n.Network]>([
    ["conv, same, positions kept", image(c(), relu(), c([2, 2]))],
    [
      "conv with strides, positions kept",
      image(c([2, 3], { strides: [2, 1] }), erf(), c([2, 2], { strides: [1, 2] })),
    ],
    [
      "conv, valid, flattened",
      image(
        c([2, 2], { padding: "valid" }),
        relu(),
        c([2, 2], { padding: "valid" }),
        flatten(),
        dense(1, wide),
      ),
    ],
    [
      "conv, circular, global average",
      image(
        c([3, 3], { padding: "circular" }),
        relu(),
        c([2, 3], { padding: "circular", strides: [2, 2] }),
        n.globalAvgPool(),
        dense(1),
      ),
    ],
    [
      "one axis",
      network(
        input([7, 2]),
        conv(3, [3], { ...wide, strides: [2] }),
        relu(),
        conv(3, [2], wide),
        n.globalSumPool(),
      ),
    ],
    ["dense on positions", image(dense(3, wide), relu(), dense(2, wide))],
    [
      "standard parameterization",
      network(
        input([4, 3, 2], { parameterization: "standard" }),
        conv(5, [3, 2], wide),
        relu(),
        conv(4, [2, 2]),
        flatten(),
        dense(2, { parameterization: "ntk" }),
      ),
    ],
    [
      "average pool, same, zeros counted",
      image(
        c(),
        relu(),
        n.avgPool([2, 3], { padding: "same", strides: [2, 1] }),
        c(),
        relu(),
        flatten(),
        dense(1),
      ),
    ],
    [
      "average pool, same, edges normalized",
      image(c(), relu(), n.avgPool([3, 3], { padding: "same", normalizeEdges: true }), c(), relu()),
    ],
    [
      "sum pool, same, uneven windows",
      image(c(), erf(), n.sumPool([3, 2], { padding: "same" }), c(), relu()),
    ],
    [
      "circular and valid pools",
      image(
        c(),
        relu(),
        n.avgPool([2, 2], { padding: "circular" }),
        c(),
        relu(),
        n.sumPool([2, 2], { strides: [2, 1] }),
        c(),
        erf(),
      ),
    ],
    ["pool of the raw input", image(n.avgPool([2, 2]), c(), relu(), flatten())],
    ["pool of Gaussians before an activation", image(c(), n.avgPool([2, 2]), relu(), n.globalAvgPool())],
    ["layerNorm over channels", image(c(), n.layerNorm(), relu(), n.globalAvgPool())],
    ["layerNorm over everything", image(c(), n.layerNorm([1, 2, 3]), relu(), c())],
    [
      "layerNorm over one side and channels",
      image(c(), n.layerNorm([-2, -1]), erf(), c(), n.layerNorm([1, -1]), relu()),
    ],
    [
      "dropout and pools",
      image(c(), relu(), n.dropout(0.7), n.avgPool([2, 2]), c(), erf(), n.dropout(0.6), n.globalAvgPool()),
    ],
    ["dropout, positions kept", image(c(), relu(), n.dropout(0.7), c())],
    [
      "dropout of Gaussians, then layerNorm",
      image(c(), n.dropout(0.7), n.layerNorm([1, -1]), c(), relu(), flatten()),
    ],
    [
      "residual with strided shortcut",
      image(
        c(),
        residualWithShortcut(
          [relu(), c([3, 3], { strides: [2, 1] }), relu(), c()],
          [c([1, 1], { strides: [2, 1] })],
        ),
        relu(),
        n.globalAvgPool(),
      ),
    ],
    [
      "a value that a pool and layers of equal positions read, then flatten",
      image(
        c(),
        residualWithShortcut(
          [relu(), c([2, 2], { strides: [2, 2] })],
          [relu(), n.avgPool([2, 2], { strides: [2, 2], padding: "same" }), c([1, 1])],
        ),
        relu(),
        flatten(),
        dense(1),
      ),
    ],
    [
      "a value that flatten and global average pooling read",
      image(
        c(),
        relu(),
        parallel("sum", [
          [flatten(), dense(3, wide)],
          [n.globalAvgPool(), dense(3, wide)],
        ]),
        relu(),
        dense(1),
      ),
    ],
    [
      "two residuals and a pool",
      image(c(), n.repeat(2, residual(relu(), c())), n.avgPool([2, 2]), flatten(), dense(1)),
    ],
    [
      "product of gates",
      image(
        c(),
        parallel("product", [
          [relu(), c()],
          [n.sigmoidLike(), c(), n.sigmoidLike()],
        ]),
        c(),
        relu(),
      ),
    ],
    [
      "product of three",
      network(
        input([5]),
        dense(3, wide),
        parallel("product", [[relu(), dense(3, wide)], [erf(), dense(3, wide), n.gelu()], [dense(3, wide)]]),
        dense(1, wide),
      ),
    ],
    [
      "concat along channels",
      image(parallel("concat", [[conv(3, [3, 3], wide), relu()], [conv(5, [1, 1], wide)]]), c(), relu()),
    ],
    [
      "concat along channels, then activations",
      image(
        parallel("concat", [[conv(3, [3, 3], wide)], [conv(5, [1, 1], wide)]]),
        c([2, 2]),
        relu(),
        flatten(),
      ),
    ],
    [
      "concat along both sides",
      image(
        c(),
        parallel(
          "concat",
          [
            [relu(), c()],
            [erf(), c()],
          ],
          { axis: 1 },
        ),
        relu(),
        parallel("concat", [[c()], [c([2, 2]), relu()], [c([1, 1])]], { axis: -2 }),
        c(),
        relu(),
        n.globalAvgPool(),
      ),
    ],
    [
      "concat of vectors",
      network(
        input([5]),
        dense(3, wide),
        parallel("concat", [[relu(), dense(2, wide)], [erf()], []]),
        dense(2, wide),
        relu(),
      ),
    ],
  ])("%s", async (_name, net) => {
    await agrees(net, TOLERANCE);
  });

  const nested = (end: "keep" | "vector", parameterization: n.Parameterization) =>
    randomNetworks(end, { closedForms: true, dropout: true, parameterization });
  test.each([...nested("keep", "ntk"), ...nested("vector", "standard")])(
    "random network $seed on $shape: $text",
    async ({ net }) => {
      // exp and squares of sums make some of these grow fast
      await agrees(net, 1e-12);
    },
  );
});

describe("populations of units of different variance", () => {
  test("relu after flatten is flatten after relu", async () => {
    const x = samples(5, 3, [4, 3, 2]);
    const after = await computeKernelArrays(image(c(), flatten(), relu(), dense(1, wide)), x);
    const before = await computeKernelArrays(image(c(), relu(), flatten(), dense(1, wide)), x);
    expect(after.nngp.data).toEqual(before.nngp.data);
    expect(after.ntk.data).toEqual(before.ntk.data);
  });

  test("relu after a concat along channels is a concat of relus", async () => {
    const x = samples(6, 3, [4, 3, 2]);
    const branches = [[conv(3, [3, 3], wide)], [conv(6, [1, 1], { weightVariance: 0.4 })]];
    const end = [c(), n.globalAvgPool()];
    const after = await computeKernelArrays(image(parallel("concat", branches), relu(), ...end), x);
    const before = await computeKernelArrays(
      image(
        parallel(
          "concat",
          branches.map((branch) => [...branch, relu()]),
        ),
        ...end,
      ),
      x,
    );
    expect(after.nngp.data).toEqual(before.nngp.data);
    expect(after.ntk.data).toEqual(before.ntk.data);
  });
});
