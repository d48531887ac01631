import { describe, expect, test } from "vitest";
import * as n from "../../src/network/index.js";
import {
  at,
  BACKENDS,
  expectClose,
  expectSame,
  kernelsBy,
  NAMES,
  positionsOf,
  samples,
  sizeOf,
  taken,
  type Values,
} from "../support/kernel-values.js";
import { randomNetworks } from "../support/random-network.js";

const { conv, dense, network, input, relu, erf } = n;

/** True when Cholesky of the symmetric matrix plus the ridge that rounding explains has positive pivots. */
function isPositive(entry: (a: number, b: number) => number, size: number): boolean {
  const l = new Float64Array(size * size);
  let scale = Number.MIN_VALUE;
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) l[a * size + b] = entry(a, b);
  for (let a = 0; a < size; a++) scale = Math.max(scale, Math.abs(l[a * size + a]!));
  for (let a = 0; a < size; a++) l[a * size + a]! += 1e-12 * scale;
  for (let b = 0; b < size; b++) {
    let pivot = l[b * size + b]!;
    for (let f = 0; f < b; f++) pivot -= l[b * size + f]! ** 2;
    if (!(pivot > 0)) return false;
    l[b * size + b] = Math.sqrt(pivot);
    for (let a = b + 1; a < size; a++) {
      let value = l[a * size + b]!;
      for (let f = 0; f < b; f++) value -= l[a * size + f]! * l[b * size + f]!;
      l[a * size + b] = value / l[b * size + b]!;
    }
  }
  return true;
}

describe.each(BACKENDS)("kernels of random networks, %s backend", (backend) => {
  const kernels = kernelsBy(backend);
  test("K and Theta - K are symmetric and positive semidefinite, over samples and positions together", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep", { dropout: true })) {
      // K is the last layer's own part of Theta; behind an activation Theta - K means nothing
      const ended = { ...net, layers: [...net.layers, dense(2, { biasVariance: 0.1 })] };
      const found = await kernels(ended, samples(seed, 4, shape));
      const positions = positionsOf(found.nngp);
      const entry = (values: Values) => (a: number, b: number) =>
        at(
          values,
          Math.floor(a / positions.length),
          Math.floor(b / positions.length),
          positions[a % positions.length]!,
          positions[b % positions.length]!,
        );
      const [nngp, ntk] = [entry(found.nngp), entry(found.ntk)];
      const rows = 4 * positions.length;
      for (let a = 0; a < rows; a++) {
        for (let b = 0; b < a; b++) {
          // pairs of samples are computed once; pairs of positions twice, in two orders
          const tolerance = positions.length === 1 ? 0 : 1e-14 * sizeOf(found.ntk);
          expect(Math.abs(nngp(a, b) - nngp(b, a))).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(ntk(a, b) - ntk(b, a))).toBeLessThanOrEqual(tolerance);
        }
      }
      expect(isPositive(nngp, rows), text).toBe(true);
      expect(
        isPositive((a, b) => ntk(a, b) - nngp(a, b), rows),
        text,
      ).toBe(true);
    }
  });

  test("x2 = x1 is the train-train kernel, where samples of equal index are the same sample", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep", { dropout: true })) {
      const x = samples(seed, 4, shape);
      const own = await kernels(net, x);
      const again = await kernels(net, x, x, { sameSamples: true });
      for (const name of NAMES) expectClose(again[name], own[name], 1e-13, text);
    }
  });

  test("exchanging the two sets transposes the kernel", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep")) {
      const [x, y] = [samples(seed, 3, shape), samples(seed + 1000, 4, shape)];
      const [there, back] = [await kernels(net, x, y), await kernels(net, y, x)];
      for (const name of NAMES) {
        const size = sizeOf(there[name]);
        for (const p of positionsOf(there[name])) {
          for (const q of positionsOf(there[name])) {
            for (let i = 0; i < 3; i++) {
              for (let j = 0; j < 4; j++) {
                const away = at(there[name], i, j, p, q) - at(back[name], j, i, q, p);
                expect(Math.abs(away), text).toBeLessThanOrEqual(1e-13 * size);
              }
            }
          }
        }
      }
    }
  });

  test("the order of the samples is the order of the kernel", async () => {
    for (const { net, seed, shape, text } of randomNetworks("vector")) {
      const x = samples(seed, 5, shape);
      const order = [3, 0, 4, 1, 2];
      const [plain, shuffled] = [await kernels(net, x), await kernels(net, taken(x, order))];
      for (const name of NAMES) {
        const expected = plain[name].data.map((_, e) => {
          const [i, j] = [order[Math.floor(e / 5)]!, order[e % 5]!];
          return plain[name].data[i * 5 + j]!;
        });
        expectClose(shuffled[name], { data: expected, shape: [5, 5] }, 1e-13, text);
      }
    }
  });

  test("the size of the tiles changes no bit", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep", { dropout: true })) {
      const [x, y] = [samples(seed, 5, shape), samples(seed + 1000, 3, shape)];
      const expected = await kernels(net, x);
      const cross = await kernels(net, x, y);
      for (const tile of [1, 2, 3]) {
        expectSame(await kernels(net, x, null, { tile }), expected, text);
        expectSame(await kernels(net, x, y, { tile }), cross, text);
      }
    }
  });

  test("a set in two parts has the parts of the kernel, bit for bit with closed forms", async () => {
    for (const { net, seed, shape, text } of randomNetworks("vector", { closedForms: true })) {
      const [x, y] = [samples(seed, 5, shape), samples(seed + 1000, 3, shape)];
      const whole = await kernels(net, x, y);
      const parts = [await kernels(net, taken(x, [0, 1]), y), await kernels(net, taken(x, [2, 3, 4]), y)];
      for (const name of NAMES) {
        const joined = parts.flatMap((part) => [...part[name].data]);
        expect(Float64Array.from(joined), text).toEqual(whole[name].data);
      }
    }
  });

  test("a set in two parts has the parts of the kernel, to 1e-11 with expansions", async () => {
    // which samples there are decides how an expansion is computed: 1e-12 per layer
    for (const { net, seed, shape, text } of randomNetworks("vector")) {
      const [x, y] = [samples(seed, 5, shape), samples(seed + 1000, 3, shape)];
      const whole = await kernels(net, x, y);
      const parts = [await kernels(net, taken(x, [0, 1]), y), await kernels(net, taken(x, [2, 3, 4]), y)];
      for (const name of NAMES) {
        const data = Float64Array.from(parts.flatMap((part) => [...part[name].data]));
        expectClose({ data, shape: whole[name].shape }, whole[name], 1e-11, text);
      }
    }
  });

  test("serial, repeat, identity and dropout that keeps all change no bit", async () => {
    for (const { net, seed, shape } of randomNetworks("vector")) {
      const x = samples(seed, 3, shape);
      const expected = await kernels(net, x);
      const [first, ...rest] = net.layers;
      const others: n.Layer[][] = [
        [n.serial(first!, n.serial(...rest))],
        [n.repeat(1, first!), n.identity(), ...rest],
        [first!, n.dropout(1), ...rest],
      ];
      for (const layers of others) {
        expectSame(await kernels({ ...net, layers }, x), expected, JSON.stringify(layers));
      }
    }
  });

  test("repeat is its layers written out, for an even and an odd number of convolutions", async () => {
    for (const times of [2, 3]) {
      const block = [conv(2, [3, 2], { weightVariance: 1.4, biasVariance: 0.1 }), relu()];
      const x = samples(times, 3, [4, 3, 2]);
      const of = (...layers: n.Layer[]) => network(input([4, 3, 2]), ...layers, n.globalAvgPool());
      const written = of(...Array.from({ length: times }, () => block).flat());
      expectSame(await kernels(of(n.repeat(times, ...block)), x), await kernels(written, x));
    }
  });

  test("both parameterizations have one nngp, bit for bit, and two ntks", async () => {
    for (const { net, seed, shape } of randomNetworks("keep")) {
      const x = samples(seed, 3, shape);
      const [ntk, standard] = [
        await kernels(net, x),
        await kernels({ ...net, parameterization: "standard" }, x),
      ];
      expect(standard.nngp.data).toEqual(ntk.nngp.data);
      expect(standard.ntk.data).not.toEqual(ntk.ntk.data);
    }
  });

  test("the ntk of the standard parameterization is the sum of its layers' parts", async () => {
    // Theta = sum_l (parameters of layer l): in a network of dense layers, fan-in times the kernel before each layer,
    // sent through the layers above, whose ntk parameterization multiplies the same by sigma_w^2 instead
    const layers = [
      dense(7, { weightVariance: 1.3 }),
      erf(),
      dense(5, { weightVariance: 0.8 }),
      erf(),
      dense(1),
    ];
    const x = samples(3, 4, [3]);
    const alone = async (which: number, parameterization: n.Parameterization) =>
      (
        await kernels(
          network(
            input([3]),
            ...layers.map((layer, l) =>
              layer.kind === "dense" && l === which ? { ...layer, parameterization } : layer,
            ),
          ),
          x,
        )
      ).ntk.data;
    const plain = (await kernels(network(input([3]), ...layers), x)).ntk.data;
    const changed = await Promise.all([0, 2, 4].map((which) => alone(which, "standard")));
    const whole = await kernels(network(input([3], { parameterization: "standard" }), ...layers), x);
    const sum = plain.map((v, i) => v + changed.reduce((total, other) => total + other[i]! - v, 0));
    expectClose(whole.ntk, { data: sum, shape: [4, 4] }, 1e-13);
  });
});

describe.each(BACKENDS)("normalization and scales, %s backend", (backend) => {
  const kernels = kernelsBy(backend);
  test("layerNorm makes every variance 1; over a spatial axis, their mean", async () => {
    for (const { net, seed, shape } of randomNetworks("keep")) {
      const x = samples(seed, 3, shape);
      const add = (axes?: number[]) => ({ ...net, layers: [...net.layers, dense(2), n.layerNorm(axes)] });
      const own = await kernels(add(), x);
      const positions = positionsOf(own.nngp);
      for (let i = 0; i < 3; i++) {
        for (const p of positions) expect(at(own.nngp, i, i, p, p)).toBeWithinUlp(1, 2);
      }
      for (const v of own.nngp.data) expect(Math.abs(v)).toBeLessThanOrEqual(1 + 1e-15);
      if (shape.length === 1) continue;
      const along = await kernels(add([1, -1]), x);
      const side = along.nngp.shape[2]!;
      for (let i = 0; i < 3; i++) {
        for (const p of positions.filter(([first]) => first === 0)) {
          let mean = 0;
          for (let s = 0; s < side; s++) {
            const moving = [s, ...p.slice(1)];
            mean += at(along.nngp, i, i, moving, moving) / side;
          }
          expect(mean).toBeWithinRelative(1, 1e-14);
        }
      }
    }
  });

  test("relu networks without bias scale with the square of the images", async () => {
    for (const shape of [[4], [5, 2], [3, 4, 2]]) {
      const spatial = shape.length > 1 ? [n.globalAvgPool()] : [];
      const weights = () =>
        shape.length > 1
          ? conv(
              2,
              shape.slice(1).map(() => 2),
              { weightVariance: 1.7 },
            )
          : dense(2, { weightVariance: 1.7 });
      const net = network(
        input(shape),
        weights(),
        relu(),
        n.residual(weights(), relu(), weights()),
        ...spatial,
      );
      const x = samples(7, 4, shape);
      const [one, eight] = [
        await kernels(net, x),
        await kernels(net, { ...x, data: x.data.map((v) => 8 * v) }), // a power of two: no rounding
      ];
      for (const name of NAMES) {
        expectClose(eight[name], { ...one[name], data: one[name].data.map((v) => 64 * v) }, 1e-14);
      }
    }
  });

  test("rotating the channels of every pixel changes nothing but rounding", async () => {
    for (const { net, seed, shape, text } of randomNetworks("keep").filter(
      (item) => item.shape.at(-1) === 2,
    )) {
      const x = samples(seed, 2, shape);
      const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
      const rotated = x.data.map((v, i) =>
        i % 2 === 0 ? c * v - s * x.data[i + 1]! : s * x.data[i - 1]! + c * v,
      );
      const [before, after] = [await kernels(net, x), await kernels(net, { ...x, data: rotated })];
      for (const name of NAMES) expectClose(after[name], before[name], 1e-11, text);
    }
  });

  test("a sum of independent convolutions is one convolution with the sum of their variances", async () => {
    const of = (layer: n.Layer) =>
      network(input([4, 3, 2]), conv(2, [2, 2]), relu(), layer, erf(), n.flatten());
    const both = n.parallel("sum", [
      [conv(2, [3, 3], { weightVariance: 0.5, biasVariance: 0.1 })],
      [conv(2, [3, 3], { weightVariance: 1.25 })],
    ]);
    const one = conv(2, [3, 3], { weightVariance: 1.75, biasVariance: 0.1 });
    const x = samples(5, 3, [4, 3, 2]);
    const [a, b] = [await kernels(of(both), x), await kernels(of(one), x)];
    for (const name of NAMES) expectClose(a[name], b[name], 1e-13);
  });

  test("abRelu with equal slopes is a linear layer, abs is abRelu(-1, 1), leakyRelu is abRelu(slope, 1)", async () => {
    const of = (layer: n.Layer) =>
      network(
        input([4, 3, 2]),
        conv(2, [2, 2], { biasVariance: 0.3 }),
        layer,
        conv(2, [3, 3]),
        n.globalAvgPool(),
      );
    const x = samples(6, 3, [4, 3, 2]);
    const pairs: [n.Layer, n.Layer, number][] = [
      [n.abRelu({ a: 0.7, b: 0.7 }), n.identity(), 0.49],
      [n.abs(), n.abRelu({ a: -1, b: 1 }), 1],
      [n.leakyRelu({ slope: 0.2 }), n.abRelu({ a: 0.2, b: 1 }), 1],
    ];
    for (const [one, other, factor] of pairs) {
      const [a, b] = [await kernels(of(one), x), await kernels(of(other), x)];
      for (const name of NAMES) {
        expectClose(a[name], { ...b[name], data: b[name].data.map((v) => factor * v) }, 1e-13);
      }
    }
  });
});

describe("the backends", () => {
  const [reference, auto] = BACKENDS.map(kernelsBy);
  test.each(["keep", "vector"] as const)("agree on random networks (positions: %s)", async (end) => {
    for (const { net, seed, shape, text } of randomNetworks(end, { dropout: true })) {
      const x = samples(seed, 4, shape);
      const [expected, actual] = [await reference!(net, x), await auto!(net, x)];
      const single = await auto!(net, x, null, { precision: "float32" });
      for (const name of NAMES) {
        // each layer rounds once or twice; a float32 angle of close samples loses half of its digits
        // a pool's deficits are differences of means, good to 1e-16 of the variance; angles are roots of deficits
        expectClose(actual[name], expected[name], /Pool/.test(text) ? 1e-9 : 1e-13, text);
        expectClose(single[name], expected[name], 2e-5, text);
      }
    }
  });
});
