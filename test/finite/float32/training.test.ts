import { describe, expect, test } from "vitest";
import { openGradientEngine } from "../../../src/finite/gradient-engine.js";
import { finiteModel, initialParameters, type Loss } from "../../../src/finite/index.js";
import * as n from "../../../src/network/index.js";
import { sizeOf } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import fixture from "../../fixtures/training.json" with { type: "json" };

const layers = (input: readonly number[], list: readonly n.Layer[]) =>
  n.parseNetwork({ foretrain: 1, input, parameterization: "standard", layers: list });
const dense = (units: number): n.Layer => ({ kind: "dense", units, biasVariance: 1 });
const conv = (channels: number): n.Layer => ({ kind: "conv", channels, filter: [3, 3], biasVariance: 1 });
const relu: n.Layer = { kind: "activation", name: "relu" };

const NETWORKS = {
  mlp: layers([784], [dense(512), relu, dense(512), relu, dense(10)]),
  cnn: layers(
    [32, 32, 3],
    [
      conv(32),
      relu,
      conv(64),
      relu,
      { kind: "avgPool", window: [2, 2], strides: [2, 2] },
      { kind: "flatten" },
      dense(10),
    ],
  ),
} as const;

/** The generator of scripts/fixtures/training.py. */
function numbers(seed: number) {
  let state = seed;
  const bits = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 8;
  };
  return { bits, uniform: () => bits() / 2 ** 24 - 0.5 };
}

async function open(name: "mlp" | "cnn") {
  const { seed, batch } = fixture[name];
  const model = finiteModel(NETWORKS[name]);
  const engine = await openGradientEngine(model, { batch, loss: "crossEntropy", dtype: "float32" });
  const { bits, uniform } = numbers(seed);
  for (const { role, offset, size, fanIn } of model.tensors) {
    if (role === "bias") continue;
    const scale = 2 ** Math.round(Math.log2(Math.sqrt(24 / fanIn)));
    for (let i = offset; i < offset + size; i++) engine.parameters[i] = uniform() * scale;
  }
  const x = Float32Array.from({ length: batch * sizeOf(model.inputShape) }, () => uniform() * 4);
  const y = new Float32Array(batch * 10);
  for (let s = 0; s < batch; s++) y[s * 10 + (bits() % 10)] = 1;
  return { model, engine, x, y };
}

describe.each(["mlp", "cnn"] as const)("training of the %s in float32", (name) => {
  const { batch, learningRate, losses, gradientNorms } = fixture[name];
  // relative 1e-5: rounding of 24 bits through three layers, carried on by ten steps of descent
  test("has the gradients and losses of NumPy in float64", async () => {
    const { model, engine, x, y } = await open(name);
    const norm = (values: Iterable<number>) => Math.sqrt([...values].reduce((sum, v) => sum + v * v, 0));
    for (let step = 0; step <= 10; step++) {
      const value = engine.lossGradient(x, y, batch);
      const expected = (losses as Record<number, number>)[step];
      if (expected !== undefined) expect(Math.abs(value / expected - 1)).toBeLessThan(1e-5);
      if (step === 0) {
        model.tensors.forEach(({ offset, size }, t) => {
          const part = norm(engine.gradient.subarray(offset, offset + size));
          expect(Math.abs(part / gradientNorms[t]! - 1)).toBeLessThan(1e-5);
        });
      }
      engine.gradient.forEach((g, i) => {
        engine.parameters[i]! -= learningRate * g;
      });
    }
  });
});

describe("a float32 engine", () => {
  const small = layers([6, 6, 2], [conv(4), relu, { kind: "globalAvgPool" }, dense(3)]);
  const batchFor = (net: n.Network, samples: number, seed = 1) => ({
    x: createRng(seed).normals(new Float32Array(samples * sizeOf(net.input))),
    y: createRng(seed + 1).normals(new Float32Array(samples * 3)),
  });
  const openSmall = async (batch: number, loss: Loss = "squared") => {
    const model = finiteModel(small);
    const engine = await openGradientEngine(model, { batch, loss, dtype: "float32" });
    engine.parameters.set(initialParameters(model, { seed: 4 }));
    return engine;
  };

  test("descends along its gradient, in the part that is asked for", async () => {
    const engine = await openSmall(3);
    const { x, y } = batchFor(small, 3);
    engine.lossGradient(x, y, 3);
    const before = engine.parameters.slice();
    const [from, to] = [3, engine.parameters.length - 2];
    engine.descend!(0.25, from, to);
    engine.parameters.forEach((value, i) => {
      const step = i >= from && i < to ? 0.25 * engine.gradient[i]! : 0;
      // one rounding to 24 bits, of the product too where it is not fused
      expect(Math.abs(value - (before[i]! - step))).toBeLessThanOrEqual(
        2 ** -23 * (Math.abs(before[i]!) + Math.abs(step)),
      );
    });
    expect(engine.parameters.slice(from, to)).not.toEqual(before.slice(from, to));
    expect(engine.parameters[2]).toBe(before[2]);
  });

  test("does not grow in ten thousand steps", async () => {
    const engine = await openSmall(3);
    const { x, y } = batchFor(small, 3);
    const step = () => {
      engine.lossGradient(x, y, 3);
      for (let i = 0; i < engine.gradient.length; i++) engine.parameters[i]! -= 0.01 * engine.gradient[i]!;
      engine.outputs(x, 2);
    };
    for (let i = 0; i < 100; i++) step();
    const memory = engine.parameters.buffer.byteLength;
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10_000; i++) step();
    // a memory that grew would have left the old view with 0 bytes
    expect(engine.parameters.buffer.byteLength).toBe(memory);
    expect(memory).toBeGreaterThan(0);
    // one array of the batch per step would be 2 MB
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    expect(engine.parameters.every(Number.isFinite)).toBe(true);
  });

  test("has room for parameters, gradient and values only", async () => {
    const deep = layers([64], [...Array.from({ length: 30 }, () => [dense(64), relu]).flat(), dense(1)]);
    const model = finiteModel(deep);
    const bytes = async (batch: number) => {
      const engine = await openGradientEngine(model, { batch, dtype: "float32" });
      return engine.parameters.buffer.byteLength;
    };
    // 31 layers: their inputs, each kept until its backward part, and two arrays of cotangents
    const perSample = ((await bytes(2048)) - (await bytes(1024))) / 1024;
    expect(perSample).toBeGreaterThan(4 * 64 * 31);
    expect(perSample).toBeLessThan(4 * 64 * 35);
  });

  test("gives the same bits again, and whatever batch it was opened for", async () => {
    const { x, y } = batchFor(small, 4);
    const [a, b] = [await openSmall(4), await openSmall(50)];
    for (const engine of [a, b]) {
      const first = engine.lossGradient(x, y, 4);
      const gradient = engine.gradient.slice();
      engine.lossGradient(batchFor(small, 3, 9).x, y, 3);
      expect(engine.lossGradient(x, y, 4)).toBe(first);
      expect(engine.gradient).toEqual(gradient);
    }
    expect(a.gradient).toEqual(b.gradient);
    expect(a.outputs(x, 4)).toEqual(b.outputs(x, 4));
  });

  test("predicts each sample by itself: the same bits in any batch", async () => {
    const engine = await openSmall(8);
    const { x } = batchFor(small, 8);
    const all = engine.outputs(x, 8).slice();
    for (let s = 0; s < 8; s++) {
      expect(engine.outputs(x.subarray(s * 72, (s + 1) * 72), 1)).toEqual(all.subarray(3 * s, 3 * s + 3));
    }
  });

  test("takes float64 data and longer arrays than it needs", async () => {
    const engine = await openSmall(4);
    const { x, y } = batchFor(small, 4);
    const value = engine.lossGradient(x.subarray(0, 72 * 2), y.subarray(0, 6), 2);
    expect(engine.lossGradient(Float64Array.from(x), Float64Array.from(y), 2)).toBe(value);
  });

  test("refuses batches that do not fit, and memory that nobody has", async () => {
    const engine = await openSmall(4);
    const { x, y } = batchFor(small, 8);
    expect(() => engine.lossGradient(x, y, 5)).toThrow(/5 samples/);
    expect(() => engine.lossGradient(x, y.subarray(1), 4)).not.toThrow();
    expect(() => engine.lossGradient(x.subarray(0, 100), y, 4)).toThrow(/100 numbers in x/);
    expect(() => engine.outputs(x, 0)).toThrow(/0 samples/);
    const huge = openGradientEngine(finiteModel(layers([4096], [dense(4096), relu, dense(1)])), {
      batch: 200_000,
      dtype: "float32",
    });
    await expect(huge).rejects.toMatchObject({ code: "ERR_MEMORY" });
    engine.close();
    expect(() => engine.outputs(x, 1)).toThrow(/closed/);
  });
});
