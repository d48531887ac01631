import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { Matrix, NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const { dense, network, input } = n;

const FEATURES = 4;
const ACTIVATIONS = [
  n.relu(),
  n.erf(),
  n.leakyRelu({ slope: 0.3 }),
  n.gelu(),
  n.sin(),
  n.abs(),
  n.exp({ a: 1, b: 0.3 }),
];

const variance = fc.double({ min: 0.1, max: 2, noNaN: true });
const bias = fc.constantFrom(0, 0.05, 1);
const denseLayer = fc.record({ weightVariance: variance, biasVariance: bias }).map((v) => dense(3, v));
const block = fc.oneof(
  fc.tuple(denseLayer, fc.constantFrom(...ACTIVATIONS)).map((layers): n.Layer[] => layers),
  fc
    .tuple(fc.constantFrom(...ACTIVATIONS), denseLayer, fc.constantFrom(...ACTIVATIONS))
    .map(([first, middle, last]): n.Layer[] => [dense(3), n.residual(first, middle), last]),
  fc
    .constantFrom(...ACTIVATIONS)
    .map((phi): n.Layer[] => [dense(3, { weightVariance: 1.5 }), n.layerNorm(), phi]),
);
const layers = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 3 }), denseLayer)
  .map(([blocks, last]): n.Layer[] => [...blocks.flat(), last]);
const points = fc.integer({ min: 0, max: 1e6 }).map((seed): NdArray<Float64Array> => {
  const x = createRng(seed).normals(new Float64Array(5 * FEATURES));
  x.copyWithin(3 * FEATURES, 0, FEATURES);
  x[3 * FEATURES]! += 1e-8; // sample 3 is nearly sample 0
  return { data: x, shape: [5, FEATURES] };
});

/** Deterministic runs; 40 networks reach every block and activation several times over. */
const RUNS = { numRuns: 40, seed: 7 };

/** Smallest eigenvalue bound by Cholesky with the tiniest ridge that rounding explains: true when positive. */
function isPositive(a: Matrix): boolean {
  const size = a.shape[0];
  const l = Float64Array.from(a.data);
  const scale = Math.max(...Array.from({ length: size }, (_, i) => Math.abs(l[i * size + i]!)), 1e-300);
  for (let i = 0; i < size; i++) l[i * size + i]! += 1e-12 * scale;
  for (let j = 0; j < size; j++) {
    let pivot = l[j * size + j]!;
    for (let f = 0; f < j; f++) pivot -= l[j * size + f]! ** 2;
    if (!(pivot > 0)) return false;
    l[j * size + j] = Math.sqrt(pivot);
    for (let i = j + 1; i < size; i++) {
      let value = l[i * size + j]!;
      for (let f = 0; f < j; f++) value -= l[i * size + f]! * l[j * size + f]!;
      l[i * size + j] = value / l[j * size + j]!;
    }
  }
  return true;
}

const sizeOf = (a: Matrix) => Math.max(...a.data.map(Math.abs));
const minus = (a: Matrix, b: Matrix): Matrix => ({
  shape: a.shape,
  data: a.data.map((v, i) => v - b.data[i]!),
});

describe("kernels of any network", () => {
  test("K and Theta - K are positive semidefinite and symmetric", async () => {
    await fc.assert(
      fc.asyncProperty(layers, points, async (list, x) => {
        const { nngp, ntk } = await computeKernel(network(input([FEATURES]), ...list), x);
        expect(isPositive(nngp)).toBe(true);
        expect(isPositive(minus(ntk, nngp))).toBe(true);
        for (let i = 0; i < 5; i++)
          for (let j = 0; j < i; j++) expect(nngp.data[5 * i + j]).toBe(nngp.data[5 * j + i]);
      }),
      RUNS,
    );
  });

  test("x2 = null equals x2 = x1, and exchanging the sets transposes", async () => {
    await fc.assert(
      fc.asyncProperty(layers, points, points, async (list, x, y) => {
        const net = network(input([FEATURES]), ...list);
        const [own, again] = [await computeKernel(net, x), await computeKernel(net, x, x)];
        const [there, back] = [await computeKernel(net, x, y), await computeKernel(net, y, x)];
        for (const name of ["nngp", "ntk"] as const) {
          // the diagonal comes from single samples in one and from pairs in the other: a few ulp apart per layer
          expect(own[name].data).toAllBeWithinRelative(again[name].data, 1e-13, sizeOf(own[name]));
          for (let i = 0; i < 5; i++) {
            for (let j = 0; j < 5; j++) {
              expect(there[name].data[5 * i + j]!).toBeWithinRelative(
                back[name].data[5 * j + i]!,
                1e-13,
                sizeOf(there[name]),
              );
            }
          }
        }
      }),
      RUNS,
    );
  });

  test("serial, repeat written out and dropout that keeps all change no bit", async () => {
    await fc.assert(
      fc.asyncProperty(block, points, async (list, x) => {
        const chain = network(input([FEATURES]), ...list, ...list, ...list, dense(1));
        const same = [
          network(input([FEATURES]), n.repeat(3, ...list), dense(1)),
          network(input([FEATURES]), n.serial(...list, n.serial(...list)), ...list, n.identity(), dense(1)),
          network(input([FEATURES]), ...list, n.dropout(1), ...list, ...list, n.dropout(1), dense(1)),
        ];
        const expected = await computeKernel(chain, x);
        for (const net of same) {
          const actual = await computeKernel(net, x);
          expect(actual.nngp.data).toEqual(expected.nngp.data);
          expect(actual.ntk.data).toEqual(expected.ntk.data);
        }
      }),
      RUNS,
    );
  });

  test("both parameterizations have one nngp", async () => {
    await fc.assert(
      fc.asyncProperty(layers, points, async (list, x) => {
        const ntk = await computeKernel(network(input([FEATURES]), ...list), x);
        const standard = await computeKernel(
          network(input([FEATURES], { parameterization: "standard" }), ...list),
          x,
        );
        expect(standard.nngp.data).toEqual(ntk.nngp.data);
        expect(standard.ntk.data).not.toEqual(ntk.ntk.data);
      }),
      RUNS,
    );
  });

  test("layerNorm makes every variance 1", async () => {
    await fc.assert(
      fc.asyncProperty(layers, points, async (list, x) => {
        const { nngp } = await computeKernel(network(input([FEATURES]), ...list, n.layerNorm()), x);
        for (let i = 0; i < 5; i++) expect(nngp.data[6 * i]).toBe(1);
        for (const value of nngp.data) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-15);
      }),
      RUNS,
    );
  });

  test("rotating the inputs changes nothing but rounding", async () => {
    await fc.assert(
      fc.asyncProperty(layers, points, fc.double({ min: 0, max: 6, noNaN: true }), async (list, x, angle) => {
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const rotated = x.data.map((value, i) => {
          const feature = i % FEATURES;
          if (feature === 1) return c * value + s * x.data[i + 1]!;
          return feature === 2 ? c * value - s * x.data[i - 1]! : value;
        });
        const net = network(input([FEATURES]), ...list);
        const before = await computeKernel(net, x);
        const after = await computeKernel(net, { data: rotated, shape: x.shape });
        // kinked layers turn the rounding eps of a rotated near-duplicate into sqrt(eps) of its angle
        for (const name of ["nngp", "ntk"] as const) {
          expect(after[name].data).toAllBeWithinRelative(before[name].data, 1e-6, sizeOf(before[name]));
        }
        expect(after.nngp.data[1]!).toBeWithinRelative(before.nngp.data[1]!, 1e-12, sizeOf(before.nngp));
      }),
      RUNS,
    );
  });

  test("relu networks without bias scale with the square of the inputs", async () => {
    const net = network(
      input([FEATURES]),
      n.repeat(3, dense(3, { weightVariance: 1.7 }), n.relu()),
      dense(1),
    );
    await fc.assert(
      fc.asyncProperty(points, async (x) => {
        const one = await computeKernel(net, x);
        const eight = await computeKernel(net, { data: x.data.map((v) => 8 * v), shape: x.shape });
        expect(eight.ntk.data).toAllBeWithinRelative(
          one.ntk.data.map((v) => 64 * v),
          1e-13,
          1e-3,
        );
      }),
      RUNS,
    );
  });

  test("a sum of independent dense branches is one dense layer with the sum of their variances", async () => {
    const branches = n.parallel("sum", [
      [dense(3, { weightVariance: 0.5, biasVariance: 0.1 })],
      [dense(3, { weightVariance: 1.25 })],
    ]);
    const one = dense(3, { weightVariance: 1.75, biasVariance: 0.1 });
    await fc.assert(
      fc.asyncProperty(points, async (x) => {
        const net = (layer: n.Layer) =>
          network(input([FEATURES]), dense(3), n.relu(), layer, n.erf(), dense(1));
        const [a, b] = [await computeKernel(net(branches), x), await computeKernel(net(one), x)];
        expect(a.ntk.data).toAllBeWithinRelative(b.ntk.data, 1e-13, sizeOf(b.ntk));
        expect(a.nngp.data).toAllBeWithinRelative(b.nngp.data, 1e-13, sizeOf(b.nngp));
      }),
      RUNS,
    );
  });
});
