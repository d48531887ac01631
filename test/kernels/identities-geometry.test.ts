import { describe, expect, test } from "vitest";
import { computeKernelArrays } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import {
  at,
  BACKENDS,
  expectClose,
  expectSame,
  kernelsBy,
  moved,
  NAMES,
  positionsOf,
  samples,
  sizeOf,
} from "../support/kernel-values.js";
import { randomNetworks } from "../support/random-network.js";

const { conv, dense, network, input, relu, erf } = n;

describe.each(BACKENDS)("geometry, %s backend", (backend) => {
  const kernels = kernelsBy(backend);
  const SHAPE = [4, 3, 2];
  const VARIANCES = { weightVariance: 1.6, biasVariance: 0.2 };
  const x = samples(11, 3, SHAPE);
  const image = (...layers: n.Layer[]) => network(input(SHAPE), ...layers);

  test("same padding is valid padding of the image with zeros around", async () => {
    const tail = () => [erf(), conv(2, [2, 2], VARIANCES)];
    const framed = moved(x, [6, 5], ([h, w]) =>
      h! >= 1 && h! <= 4 && w! >= 1 && w! <= 3 ? [h! - 1, w! - 1] : null,
    );
    const same = await kernels(image(conv(2, [3, 3], VARIANCES), ...tail()), x);
    const valid = await kernels(
      network(input([6, 5, 2]), conv(2, [3, 3], { ...VARIANCES, padding: "valid" }), ...tail()),
      framed,
    );
    for (const name of NAMES) expectClose(valid[name], same[name], 1e-14);
  });

  test("an even filter has the odd zero behind", async () => {
    const framed = moved(x, [5, 3], ([h, w]) => (h! < 4 ? [h!, w!] : null));
    const same = await kernels(image(conv(2, [2, 1], VARIANCES), relu()), x);
    const valid = await kernels(
      network(input([5, 3, 2]), conv(2, [2, 1], { ...VARIANCES, padding: "valid" }), relu()),
      framed,
    );
    for (const name of NAMES) expectClose(valid[name], same[name], 1e-14);
  });

  test("circular padding is valid padding of the image wrapped around", async () => {
    const wrapped = moved(x, [6, 5], ([h, w]) => [(h! + 3) % 4, (w! + 2) % 3]);
    const circular = await kernels(image(conv(2, [3, 3], { ...VARIANCES, padding: "circular" }), relu()), x);
    const valid = await kernels(
      network(input([6, 5, 2]), conv(2, [3, 3], { ...VARIANCES, padding: "valid" }), relu()),
      wrapped,
    );
    for (const name of NAMES) expectClose(valid[name], circular[name], 1e-14);
  });

  test("a stride takes every so many positions of the stride-1 convolution", async () => {
    const of = (strides: number[]) =>
      image(conv(2, [3, 2], VARIANCES), erf(), conv(2, [2, 3], { ...VARIANCES, strides, padding: "valid" }));
    const [every, some] = [await kernels(of([1, 1]), x), await kernels(of([2, 1]), x)];
    for (const name of NAMES) {
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          for (const p of positionsOf(some[name])) {
            for (const q of positionsOf(some[name])) {
              expect(at(some[name], i, j, p, q)).toBeWithinRelative(
                at(every[name], i, j, [2 * p[0]!, p[1]!], [2 * q[0]!, q[1]!]),
                1e-13,
              );
            }
          }
        }
      }
    }
  });

  test("a 1x1 convolution is a dense layer at every position, and over one pixel a dense layer", async () => {
    const spatial = (layer: n.Layer) => image(conv(2, [3, 3]), relu(), layer, relu());
    const [one, every] = [
      await kernels(spatial(conv(3, [1, 1], VARIANCES)), x),
      await kernels(spatial(dense(3, VARIANCES)), x),
    ];
    for (const name of NAMES) expectClose(one[name], every[name], 1e-14);
    const pixel = samples(2, 3, [1, 1, 4]);
    for (const padding of ["same", "valid", "circular"] as const) {
      const net = network(
        input([1, 1, 4]),
        conv(3, [1, 1], { ...VARIANCES, padding }),
        erf(),
        n.flatten(),
        dense(1),
      );
      const vector = network(input([4]), dense(3, VARIANCES), erf(), dense(1));
      const [a, b] = [await kernels(net, pixel), await kernels(vector, { ...pixel, shape: [3, 4] })];
      for (const name of NAMES) expectClose(a[name], b[name], 1e-14);
    }
  });

  test("an image of one row is a sequence; exchanging the axes of image and filters exchanges those of the kernel", async () => {
    const row = samples(4, 3, [1, 5, 2]);
    const layers = (make: (side: number) => number[]): n.Layer[] => [
      conv(2, make(3), VARIANCES),
      relu(),
      n.avgPool(make(2), { strides: make(2).map((_, a, all) => (a === all.length - 1 ? 2 : 1)) }),
      conv(2, make(2), { ...VARIANCES, padding: "circular" }),
      n.globalAvgPool(),
    ];
    const [flat, line] = [
      await kernels(network(input([1, 5, 2]), ...layers((side) => [1, side])), row),
      await kernels(network(input([5, 2]), ...layers((side) => [side])), { ...row, shape: [3, 5, 2] }),
    ];
    for (const name of NAMES) expectClose(flat[name], line[name], 1e-14);

    const turned = moved(x, [3, 4], ([h, w]) => [w!, h!]);
    const upright = await kernels(
      image(conv(2, [3, 2], VARIANCES), erf(), conv(2, [1, 3], { strides: [1, 2] })),
      x,
    );
    const lying = await kernels(
      network(input([3, 4, 2]), conv(2, [2, 3], VARIANCES), erf(), conv(2, [3, 1], { strides: [2, 1] })),
      turned,
    );
    for (const name of NAMES) {
      for (const p of positionsOf(upright[name])) {
        for (const q of positionsOf(upright[name])) {
          const [a, b] = [[...p].reverse(), [...q].reverse()];
          for (const [i, j] of [
            [0, 0],
            [0, 1],
            [2, 1],
          ] as const) {
            expect(at(lying[name], i, j, a, b)).toBeWithinRelative(
              at(upright[name], i, j, p, q),
              1e-13,
              sizeOf(upright[name]),
            );
          }
        }
      }
    }
  });

  test("circular networks with a global pool do not see where an image is shifted to", async () => {
    const c = () => conv(2, [3, 2], { ...VARIANCES, padding: "circular" });
    const net = image(c(), relu(), c(), erf(), n.globalAvgPool(), dense(1));
    const y = samples(12, 2, SHAPE);
    const expected = await kernels(net, x, y);
    for (const [down, right] of [
      [1, 0],
      [3, 2],
    ] as const) {
      const shifted = moved(x, [4, 3], ([h, w]) => [(h! + down) % 4, (w! + right) % 3]);
      const found = await kernels(net, shifted, y);
      for (const name of NAMES) expectClose(found[name], expected[name], 1e-13);
    }
    // with zeros around they do
    const same = image(conv(2, [3, 2]), relu(), conv(2, [3, 2]), erf(), n.globalAvgPool());
    const shifted = moved(x, [4, 3], ([h, w]) => [(h! + 1) % 4, w!]);
    const [a, b] = [await kernels(same, x, y), await kernels(same, shifted, y)];
    expect(Math.abs(a.nngp.data[0]! / b.nngp.data[0]! - 1)).toBeGreaterThan(1e-3);
  });

  test("flatten is the mean over equal positions, the global pools are mean and sum over all pairs", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep").filter((item) => item.shape.length > 1)) {
      const sets = [samples(seed, 3, shape), samples(seed + 1000, 2, shape)] as const;
      const ends = { flatten: n.flatten(), mean: n.globalAvgPool(), sum: n.globalSumPool() };
      const full = await kernels(net, ...sets);
      const positions = positionsOf(full.nngp);
      for (const [kind, layer] of Object.entries(ends)) {
        const found = await kernels({ ...net, layers: [...net.layers, layer] }, ...sets);
        for (const name of NAMES) {
          const data = found[name].data.map((_, e) => {
            const [i, j] = [Math.floor(e / 2), e % 2];
            let [equal, all] = [0, 0];
            for (const p of positions) {
              for (const q of positions) all += at(full[name], i, j, p, q);
              equal += at(full[name], i, j, p, p);
            }
            if (kind === "flatten") return equal / positions.length;
            return kind === "mean" ? all / positions.length ** 2 : all;
          });
          expectClose(found[name], { data, shape: [3, 2] }, 1e-12, text);
        }
      }
    }
  });

  test("a pool over everything is a global pool, a sum is the size of the window times the mean", async () => {
    const of = (layer: n.Layer) => image(conv(2, [3, 2], VARIANCES), relu(), layer, n.flatten());
    const [window, everywhere] = [
      await kernels(of(n.avgPool([4, 3])), x),
      await kernels(of(n.globalAvgPool()), x),
    ];
    for (const name of NAMES) expectClose(window[name], everywhere[name], 1e-13);
    for (const padding of ["valid", "same", "circular"] as const) {
      const options = { strides: [2, 1], padding };
      const [mean, sum] = [
        await kernels(of(n.avgPool([2, 3], options)), x),
        await kernels(of(n.sumPool([2, 3], options)), x),
      ];
      for (const name of NAMES) {
        expectClose(sum[name], { ...mean[name], data: mean[name].data.map((v) => 36 * v) }, 1e-13);
      }
    }
  });

  test("averages of ones at the edge count the zeros of the padding, or do not", async () => {
    const ones = { data: new Float64Array(6).fill(1), shape: [1, 2, 3, 1] };
    const share = [1, 1, 0.5, 0.5, 0.5, 0.25];
    for (const normalizeEdges of [false, true]) {
      // a dense layer of variance 1 leaves the kernel as it is
      const net = network(input([2, 3, 1]), dense(1), n.avgPool([2, 2], { padding: "same", normalizeEdges }));
      const { nngp } = await kernels(net, ones);
      const positions = positionsOf(nngp);
      positions.forEach((p, a) => {
        positions.forEach((q, b) => {
          const expected = normalizeEdges ? 1 : share[a]! * share[b]!;
          expect(at(nngp, 0, 0, p, q)).toBeWithinUlp(expected, 4);
        });
      });
    }
  });

  test("images of one constant have the kernel of a vector wherever no edge is seen", async () => {
    const values = [0.7, -1.2, 2];
    const flat = {
      data: Float64Array.from(values.flatMap((v) => new Array<number>(12).fill(v))),
      shape: [3, 4, 3, 1],
    };
    const c = () => conv(2, [3, 3], { ...VARIANCES, padding: "circular" });
    const net = network(input([4, 3, 1]), c(), erf(), c(), relu(), n.globalAvgPool(), dense(1));
    const d = () => dense(2, VARIANCES);
    const vector = network(input([1]), d(), erf(), d(), relu(), dense(1));
    const [a, b] = [
      await kernels(net, flat),
      await kernels(vector, { data: Float64Array.from(values), shape: [3, 1] }),
    ];
    for (const name of NAMES) expectClose(a[name], b[name], 1e-13);
  });
});

describe.each(BACKENDS)("combinators, %s backend", (backend) => {
  const kernels = kernelsBy(backend);
  const SHAPE = [4, 3, 2];
  const x = samples(21, 3, SHAPE);
  const start = () => conv(2, [2, 2], { weightVariance: 1.5, biasVariance: 0.1 });
  const of = (...layers: n.Layer[]) => network(input(SHAPE), start(), ...layers);
  const one = () => [relu(), conv(2, [3, 3])];
  const two = () => [erf(), conv(2, [2, 1])];

  test("a residual is a sum with the identity; a sum and a product do not care for the order of the branches", async () => {
    expectSame(
      await kernels(of(n.residual(...one())), x),
      await kernels(of(n.parallel("sum", [one(), []])), x),
    );
    for (const merge of ["sum", "product"] as const) {
      const [a, b] = [
        await kernels(of(n.parallel(merge, [one(), two()])), x),
        await kernels(of(n.parallel(merge, [two(), one()])), x),
      ];
      for (const name of NAMES) expectClose(a[name], b[name], 1e-14);
    }
  });

  test("sums and products are those of the branches' own kernels", async () => {
    const [a, b] = [await kernels(of(...one()), x), await kernels(of(...two()), x)];
    const sum = await kernels(of(n.parallel("sum", [one(), two()])), x);
    const product = await kernels(of(n.parallel("product", [one(), two()])), x);
    const combined = (f: (i: number) => number) => ({
      shape: a.nngp.shape,
      data: a.nngp.data.map((_, i) => f(i)),
    });
    const [ka, kb, ta, tb] = [a.nngp.data, b.nngp.data, a.ntk.data, b.ntk.data];
    expectClose(
      sum.nngp,
      combined((i) => ka[i]! + kb[i]!),
      1e-14,
    );
    expectClose(
      sum.ntk,
      combined((i) => ta[i]! + tb[i]!),
      1e-14,
    );
    expectClose(
      product.nngp,
      combined((i) => ka[i]! * kb[i]!),
      1e-13,
    );
    expectClose(
      product.ntk,
      combined((i) => ta[i]! * kb[i]! + ka[i]! * tb[i]!),
      1e-13,
    );
  });

  test("branches along the channels are weighted with their channels, along a side they are blocks", async () => {
    const branch = (channels: number, layer: n.Layer) => [layer, conv(channels, [3, 3])];
    const [a, b] = [await kernels(of(...branch(1, relu())), x), await kernels(of(...branch(3, erf())), x)];
    const channels = await kernels(of(n.parallel("concat", [branch(1, relu()), branch(3, erf())])), x);
    for (const name of NAMES) {
      const data = a[name].data.map((v, i) => (v + 3 * b[name].data[i]!) / 4);
      expectClose(channels[name], { shape: a[name].shape, data }, 1e-14);
    }
    const equal = (layer: n.Layer) => branch(2, layer);
    const [rows, columns] = [
      await kernels(of(n.parallel("concat", [equal(relu()), equal(erf())], { axis: 1 })), x),
      await kernels(of(n.parallel("concat", [equal(relu()), equal(erf())], { axis: -2 })), x),
    ];
    expect(rows.nngp.shape).toEqual([3, 3, 8, 8, 3, 3]);
    expect(columns.nngp.shape).toEqual([3, 3, 4, 4, 6, 6]);
    for (const [found, axis, side] of [
      [rows, 0, 4],
      [columns, 1, 3],
    ] as const) {
      for (const name of NAMES) {
        const positions = positionsOf(found[name]);
        const inside = (p: readonly number[]) => p.map((s, along) => (along === axis ? s % side : s));
        for (const p of positions) {
          for (const q of positions) {
            const [first, second] = [p[axis]! >= side, q[axis]! >= side];
            const expected = first !== second ? 0 : at((first ? b : a)[name], 0, 1, inside(p), inside(q));
            // entries are sums and differences of variances near 1
            expect(Math.abs(at(found[name], 0, 1, p, q) - expected)).toBeLessThan(1e-14);
          }
        }
      }
    }
  });
});

describe("circular windows wider than the side wrap around more than once", () => {
  const kernels = kernelsBy("reference");
  const SHAPE = [4, 3, 2];
  const x = samples(12, 3, SHAPE);
  const wide = { weightVariance: 1.6, biasVariance: 0.2, padding: "circular" } as const;
  const image = (...layers: n.Layer[]) => network(input(SHAPE), conv(2, [9, 7], wide), relu(), ...layers);

  test("as valid windows of the image wrapped around", async () => {
    // 9 positions around a side of 4, 7 around one of 3: each is met up to three times, with weights of its own
    const valid = await kernels(
      network(input([12, 9, 2]), conv(2, [9, 7], { ...wide, padding: "valid" }), relu()),
      moved(x, [12, 9], ([h, w]) => [h! % 4, w! % 3]),
    );
    const circular = await kernels(image(), x);
    for (const name of NAMES) expectClose(valid[name], circular[name], 1e-14);
  });

  test("a pool over twice each side averages all", async () => {
    const twice = n.avgPool([8, 6], { strides: [4, 3], padding: "circular" });
    const [pooled, global] = [
      await kernels(image(twice, n.flatten()), x),
      await kernels(image(n.globalAvgPool()), x),
    ];
    for (const name of NAMES) expectClose(pooled[name], global[name], 1e-13);
  });

  test("the SIMD engine leaves them to the reference backend, and says why when asked for by name", async () => {
    const { plan } = await computeKernelArrays(image(), x, null, { backend: "auto" });
    expect(plan.backend).toBe("reference");
    await expect(computeKernelArrays(image(), x, null, { backend: "simd" })).rejects.toThrow(
      /layers\[0\]: no SIMD form of circular windows that meet positions twice/,
    );
  });
});
