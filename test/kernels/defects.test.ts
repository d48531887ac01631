import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { ForetrainError } from "../../src/errors.js";
import { computeKernel, type KernelBackend, referenceBackend } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { gaussLegendre } from "../../src/numeric/quadrature/index.js";
import { createRng } from "../../src/numeric/random.js";
import { estimateKernels } from "../support/finite-network.js";
import { analyticMean, kinkedMean } from "../support/gaussian-pairs.js";

// Where google/neural-tangents returns NaN, loses digits, is silently wrong or stops with an error of its own: right answers
// by independent ways of computing them.

const { conv, dense, network, input, relu } = n;

const rows = (...list: number[][]): NdArray<Float64Array> => ({
  data: Float64Array.from(list.flat()),
  shape: [list.length, list[0]!.length],
});

/** The recursion of a plain dense network, with a rule for [E phi(u) phi(v), E phi'(u) phi'(v)] that is given. */
function recursion(
  x: readonly number[],
  y: readonly number[],
  layers: readonly { weightVariance: number; biasVariance: number }[],
  means: (q1: number, q2: number, k: number) => readonly [number, number],
): { nngp: number; ntk: number } {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, v, i) => sum + v * b[i]!, 0) / a.length;
  let [q1, q2, k, t] = [dot(x, x), dot(y, y), dot(x, y), 0];
  layers.forEach(({ weightVariance: w, biasVariance: b }, l) => {
    if (l > 0) {
      const [value, slope] = means(q1, q2, k);
      [q1, q2, k, t] = [means(q1, q1, q1)[0], means(q2, q2, q2)[0], value, t * slope];
    }
    [q1, q2, t, k] = [w * q1 + b, w * q2 + b, w * t + w * k + b, w * k + b];
  });
  return { nngp: k, ntk: t };
}

describe("rectified monomials", () => {
  /**
   * x^n for x > 0 in polar coordinates: (2^n n! / 2 pi) (q1 q2)^(n/2) times the integral of cos^n a cos^n (a - theta) over
   * the angles where both are positive, a trigonometric polynomial that 40 nodes integrate exactly.
   */
  const rule = gaussLegendre(40);
  function mean(degree: number, q1: number, q2: number, k: number): number {
    const c = k / Math.sqrt(q1 * q2);
    // equal and opposite inputs up to rounding, whose angle acos would know to sqrt(eps) only
    const theta = 1 - Math.abs(c) < 1e-13 ? (c > 0 ? 0 : Math.PI) : Math.acos(c);
    const half = (Math.PI - theta) / 2;
    let sum = 0;
    rule.nodes.forEach((node, i) => {
      const a = theta / 2 + half * node;
      sum += rule.weights[i]! * half * Math.cos(a) ** degree * Math.cos(a - theta) ** degree;
    });
    let factor = (q1 * q2) ** (degree / 2) / (2 * Math.PI);
    for (let i = 1; i <= degree; i++) factor *= 2 * i;
    return factor * sum;
  }

  test.each([1, 2, 3, 4, 5])(
    "of degree %i are right at depth 5, for equal and opposite inputs too",
    async (degree) => {
      const unit = (values: number[]) => {
        const norm = Math.hypot(...values);
        return values.map((v) => (v * Math.sqrt(values.length)) / norm);
      };
      const list = [
        [1, 2, -1, 0.5],
        [0.3, -1, 1, 1],
        [1, 2, -1, 0.5],
        [-1, -2, 1, -0.5],
      ].map(unit);
      // q stays 1: E of the square is (2 n - 1)!! / 2
      let moment = 0.5;
      for (let i = 1; i < 2 * degree; i += 2) moment *= i;
      const layer = { weightVariance: 1 / moment, biasVariance: 0 };
      const layers = [{ weightVariance: 1, biasVariance: 0 }, ...new Array(5).fill(layer)];
      const net = network(
        input([4]),
        dense(1),
        n.repeat(5, n.activationLayer("rectifiedMonomial", { degree }), dense(1, layer)),
      );
      const { nngp, ntk } = await computeKernel(net, rows(...list));
      list.forEach((x, i) => {
        list.forEach((y, j) => {
          const plain = recursion(x, y, layers, (q1, q2, k) => [
            mean(degree, q1, q2, k),
            degree ** 2 * mean(degree - 1, q1, q2, k),
          ]);
          // a relative error of q grows by the degree in each layer
          const tolerance = 2e-15 * (5 + degree ** 5);
          expect(nngp.data[4 * i + j]!).toBeWithinRelative(plain.nngp, tolerance, nngp.data[0]);
          expect(ntk.data[4 * i + j]!).toBeWithinRelative(plain.ntk, tolerance, ntk.data[0]);
        });
      });
    },
  );
});

describe("a zero input without bias", () => {
  // E phi(0) phi(v) = phi(0) E phi(v): nothing is divided by the variance 0
  const q = 1.5 * (1 + 0.25 + 4) * (1 / 3);
  const mean = (f: (x: number) => number, strip = 1) => analyticMean(f, () => 1, q, 1, 0, strip);
  test.each<[string, object, number]>([
    ["polynomial", { coefficients: [0.3, -1, 0.2, 0.4] }, 0.3 * (0.3 + 0.2 * q)],
    ["tanh", {}, 0],
    ["softplus", {}, Math.LN2 * mean((x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0), Math.PI)],
    ["sigmoid", {}, 0.25],
    ["rectifiedMonomial", { degree: 2 }, 0],
    ["rectifiedMonomial", { degree: 3 }, 0],
    ["relu", {}, 0],
    ["cos", {}, Math.exp(-q / 2)],
  ])("through %s %j has the finite limit", async (name, parameters, expected) => {
    const net = network(
      input([3]),
      dense(1, { weightVariance: 1.5 }),
      n.activationLayer(name, parameters as never),
      dense(1, { weightVariance: 2 }),
    );
    const { nngp, ntk } = await computeKernel(net, rows([0, 0, 0], [1, 0.5, 2], [0, 0, 0]));
    const own = activation(name, parameters as never).value(0) ** 2;
    for (const matrix of [nngp, ntk]) {
      // the inputs' own ntk, x . x', is 0 at zero: only the last layer's weights are left
      for (const at of [0, 2, 6, 8]) expect(matrix.data[at]!).toBeWithinRelative(2 * own, 1e-12, 1e-300);
      for (const at of [1, 3, 5, 7]) expect(matrix.data[at]!).toBeWithinRelative(2 * expected, 1e-12, 1e-14);
    }
    expect(nngp.data[4]!).toBeGreaterThan(0);
  });
});

describe("activations without a closed form", () => {
  const LAYERS = [
    { weightVariance: 1.8, biasVariance: 0.1 },
    { weightVariance: 1.2, biasVariance: 0.3 },
    { weightVariance: 0.9, biasVariance: 0 },
  ];
  const [x, y] = [
    [1, -0.4, 0.7],
    [0.2, 1.3, 0.9],
  ] as const;
  const of = (name: string) => {
    const act = n.activationLayer(name);
    return network(input([3]), dense(1, LAYERS[0]), act, dense(1, LAYERS[1]), act, dense(1, LAYERS[2]));
  };

  // a Gauss-Hermite rule of degree 25 is wrong by percents at kinks, one of degree 200 by 0.5 % (nngp) and 7 % (ntk)
  test.each(["elu", "selu", "softsign"])("%s with its kink is right to 1e-11", async (name) => {
    const phi = activation(name);
    const { nngp, ntk } = await computeKernel(of(name), rows([...x], [...y]));
    const square = (q: number) =>
      kinkedMean(
        (u) => phi.value(u) ** 2,
        () => 1,
        q,
        1,
        0,
      );
    const plain = recursion(x, y, LAYERS, (q1, q2, k) =>
      q1 === k
        ? [square(q1), Number.NaN] // a sample with itself, of which only the variance is used
        : [
            kinkedMean(phi.value, phi.value, q1, q2, k),
            kinkedMean(phi.derivative!, phi.derivative!, q1, q2, k),
          ],
    );
    expect(nngp.data[1]!).toBeWithinRelative(plain.nngp, 1e-11);
    expect(ntk.data[1]!).toBeWithinRelative(plain.ntk, 1e-11);
  });

  // degree 64 is wrong by 1e-2 for tanh at variance 16
  test.each([
    ["tanh", 4, Math.PI / 2],
    ["tanh", 16, Math.PI / 2],
    ["tanh", 100, Math.PI / 2],
    ["sigmoid", 100, Math.PI],
    ["arctan", 25, 1],
  ] as const)("%s at variance %d is right to 1e-11", async (name, variance, strip) => {
    const phi = activation(name);
    const layers = LAYERS.map((layer, l) =>
      l === 0 ? { weightVariance: variance, biasVariance: 0 } : layer,
    );
    const act = n.activationLayer(name);
    const net = network(input([3]), dense(1, layers[0]), act, dense(1, layers[1]), act, dense(1, layers[2]));
    const { nngp, ntk } = await computeKernel(net, rows([...x], [...y]));
    const slope = phi.derivative!;
    const plain = recursion(x, y, layers, (q1, q2, k) =>
      q1 === k
        ? [
            analyticMean(
              (u) => phi.value(u) ** 2,
              () => 1,
              q1,
              1,
              0,
              strip,
            ),
            Number.NaN,
          ]
        : [
            analyticMean(phi.value, phi.value, q1, q2, k, strip),
            analyticMean(slope, slope, q1, q2, k, strip),
          ],
    );
    expect(nngp.data[1]!).toBeWithinRelative(plain.nngp, 1e-11);
    expect(ntk.data[1]!).toBeWithinRelative(plain.ntk, 1e-11);
  });

  test("erf at sigma_w = 3 is Williams' closed form, which a rule of degree 64 misses by 1e-3", async () => {
    const layers = [
      { weightVariance: 9, biasVariance: 0.1 },
      { weightVariance: 9, biasVariance: 0.1 },
      { weightVariance: 1, biasVariance: 0 },
    ];
    const net = network(
      input([3]),
      ...layers.slice(0, 2).flatMap((layer) => [dense(1, layer), n.erf()]),
      dense(1, layers[2]),
    );
    const { nngp, ntk } = await computeKernel(net, rows([...x], [...y]));
    const plain = recursion(x, y, layers, (q1, q2, k) => {
      const root = Math.sqrt((1 + 2 * q1) * (1 + 2 * q2));
      return [(2 / Math.PI) * Math.asin((2 * k) / root), 4 / (Math.PI * Math.sqrt(root * root - 4 * k * k))];
    });
    expect(nngp.data[1]!).toBeWithinRelative(plain.nngp, 1e-13);
    expect(ntk.data[1]!).toBeWithinRelative(plain.ntk, 1e-13);
  });
});

describe("dependent branches", () => {
  const W = 64;
  const x = { data: createRng(8).normals(new Float64Array(6)), shape: [2, 3] };
  const start = () => dense(W, { weightVariance: 1.3, biasVariance: 0.2 });
  const own = () => dense(W, { weightVariance: 0.8 });

  /** Whether the kernel of a network is that of random finite networks (true), or refused with a reason (false). */
  async function computed(...layers: n.Layer[]): Promise<boolean> {
    const net = network(input([3]), start(), ...layers);
    let found: Float64Array;
    try {
      found = (await computeKernel(net, x, null, { get: ["nngp"] })).nngp.data;
    } catch (error) {
      expect(error).toBeInstanceOf(ForetrainError);
      expect((error as ForetrainError).code).toBe("ERR_UNAVAILABLE");
      expect((error as Error).message).toMatch(/layer of its own/); // what to do about it
      return false;
    }
    const { nngp } = estimateKernels(net, x, { draws: 400, seed: 2 });
    nngp.mean.forEach((mean, i) => {
      expect(mean).toAgreeWith(found[i]!, { stderr: nngp.stderr[i]! });
    });
    return true;
  }

  test.each<[string, n.Layer[]]>([
    ["the sum of a layer with itself, 4 K and not 2 K", [n.parallel("sum", [[], []])]],
    ["the sum of a layer with its relu", [n.residual(relu())]],
    ["the sum of two relus of one layer", [n.parallel("sum", [[relu()], [relu()]])]],
    [
      "the sum of two branches with means, each with weights of its own",
      [
        n.parallel("sum", [
          [own(), relu()],
          [own(), relu()],
        ]),
        own(),
      ],
    ],
    ["the product of a layer with itself", [n.parallel("product", [[], []])]],
    ["the product of a layer with its relu", [n.parallel("product", [[], [relu()]]), own()]],
    [
      "the product of two layers that share an input, of which one is the layer",
      [n.parallel("product", [[relu(), own()], []])],
    ],
    [
      "a residual around layers that end without weights of their own",
      [n.residual(relu(), own(), relu()), own()],
    ],
    ["side by side, a layer with its relu", [n.parallel("concat", [[], [relu()]]), own()]],
    ["side by side, then an activation of both copies", [n.parallel("concat", [[], []]), relu()]],
  ])("%s: right or refused, never silently wrong", async (_name, layers) => {
    await computed(...layers);
  });

  test("branches with weights of their own are computed", async () => {
    expect(await computed(n.residual(relu(), own()))).toBe(true);
    expect(await computed(n.parallel("sum", [[relu(), own()], [own()], []]))).toBe(true);
    expect(await computed(n.parallel("product", [[relu(), own()], [own()]]))).toBe(true);
  });

  test("a normalization of units that are no centred Gaussians is right or refused with the reason", async () => {
    const net = network(input([3]), start(), relu(), n.layerNorm(), own());
    try {
      const { nngp } = await computeKernel(net, x, null, { get: ["nngp"] });
      const found = estimateKernels(net, x, { draws: 400, seed: 2 }).nngp;
      found.mean.forEach((mean, i) => {
        expect(mean).toAgreeWith(nngp.data[i]!, { stderr: found.stderr[i]! + 0.004 });
      });
    } catch (error) {
      expect((error as ForetrainError).code).toBe("ERR_UNAVAILABLE");
      expect((error as Error).message).toMatch(/layers\[2\].*layerNorm needs.*layers\[1\] \(relu\)/);
    }
  });
});

describe("dropout", () => {
  test.each<[string, number[], n.Layer[]]>([
    ["vector", [3], [n.dropout(0.5), dense(2)]],
    ["flattened image", [2, 2, 1], [n.flatten(), n.dropout(0.5), dense(2)]],
    ["image", [4, 4, 1], [n.dropout(0.5), conv(2, [3, 3]), n.flatten(), dense(2)]],
  ])("of a raw %s is refused: its kernel would stay random", async (_name, shape, layers) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const x = { data: createRng(1).normals(new Float64Array(2 * size)), shape: [2, ...shape] };
    await expect(computeKernel(network(input(shape), ...layers), x)).rejects.toMatchObject({
      code: "ERR_UNAVAILABLE",
      message: expect.stringMatching(/dropout of the raw input/),
    });
  });
});

describe("nearly equal inputs", () => {
  // an angle from the difference of two large numbers is wrong by 1.7e-4 at 20 layers in float32, by 3.6e-8 at 50 in float64
  test.each([
    [20, 1e-3],
    [50, 1e-3],
    [50, 1e-7],
  ])(
    "relu, %i layers, distance %d: float32 has the digits of float32, float64 those of float64",
    async (depth, distance) => {
      const x = [1, -0.5, 0.3, 2, -1.1, 0.7];
      const y = x.map((v, i) => (i === 1 ? v + distance : v));
      const net = network(input([6]), n.repeat(depth, dense(1, { weightVariance: 2 }), relu()), dense(1));
      const exact = (await computeKernel(net, rows(x, y), null, { backend: "reference" })).ntk.data[1]!;
      const double = (await computeKernel(net, rows(x, y))).ntk.data[1]!;
      const single = (await computeKernel(net, rows(x, y), null, { precision: "float32" })).ntk.data[1]!;
      // the angle enters the ntk at once: it is below one by about depth angle / pi
      const own = (await computeKernel(net, rows(x, x))).ntk.data[1]!;
      expect(1 - exact / own).toBeGreaterThan(0.05 * depth * distance);
      expect(double).toBeWithinRelative(exact, 1e-14 * depth);
      expect(single).toBeWithinRelative(exact, 1.2e-7 * depth);
    },
  );
});

describe("one pair of images in float64", () => {
  const image = (seed: number, shape: readonly number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { data: createRng(seed).normals(new Float64Array(size)), shape: [1, ...shape] };
  };
  const block = [conv(8, [3, 3], { weightVariance: 2, biasVariance: 0.1 }), relu()];
  test.each<[string, n.Network]>([
    ["32x32, a pooled network", network(input([32, 32, 3]), ...block, n.globalAvgPool(), dense(1))],
    ["16x16, the Myrtle network of five layers", n.preset("myrtle5", { input: [16, 16, 3] })],
  ])("%s: has the value that it has in a batch", async (_name, net) => {
    const [x, y] = [image(1, net.input), image(2, net.input)];
    const both = { data: Float64Array.from([...x.data, ...y.data]), shape: [2, ...net.input] };
    const pair = await computeKernel(net, x, y, { backend: "reference" });
    const batch = await computeKernel(net, both);
    for (const name of ["nngp", "ntk"] as const) {
      expect(pair[name].shape).toEqual([1, 1]);
      expect(batch[name].data[1]!).toBeWithinRelative(pair[name].data[0]!, 1e-13);
    }
  });
});

describe("the work that is done", () => {
  test("of a symmetric kernel each pair of samples is computed once", async () => {
    const pairs = new Map<string, number>();
    const counting: KernelBackend = {
      name: "counting",
      open: async (job, work) => {
        const open = await referenceBackend.open(job, work);
        return {
          ...open,
          run: (tile, out) => {
            for (let i = tile.rowStart; i < tile.rowEnd; i++) {
              for (let j = tile.triangle ? i : tile.colStart; j < tile.colEnd; j++) {
                const pair = [Math.min(i, j), Math.max(i, j)].join();
                pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
              }
            }
            return open.run(tile, out);
          },
        };
      },
    };
    const x = { data: createRng(1).normals(new Float64Array(3 * 23)), shape: [23, 3] };
    const net = network(input([3]), dense(2), relu(), dense(1));
    await computeKernel(net, x, null, { tile: 5, backend: counting });
    expect(pairs.size).toBe((23 * 24) / 2);
    expect(Math.max(...pairs.values())).toBe(1);
  });
});
