import { describe, expect, test } from "vitest";
import { activation, activationNames, customActivation } from "../../../src/activations/index.js";
import { openFloat32Engine } from "../../../src/finite/float32/engine.js";
import { openGradientEngine } from "../../../src/finite/gradient-engine.js";
import { type FiniteModel, finiteModel, initialParameters, type Loss } from "../../../src/finite/index.js";
import { operationOf } from "../../../src/finite/step.js";
import * as n from "../../../src/network/index.js";
import { sizeOf } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { NETWORKS } from "../networks.js";

/**
 * float32 has 24 bits, 6e-8: sums over some hundred terms of mixed sign, through several layers, keep a relative 1e-6 of the norm,
 * and a wrong term of any kind shows at far more than 1e-5.
 */
const TOLERANCE = 1e-5;

const norm = (a: ArrayLike<number>) => Math.sqrt(Array.from(a).reduce((sum, v) => sum + v * v, 0));
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => norm(Array.from(a, (v, i) => v - b[i]!));

/** Rows that sum to 1, so that both losses take them. */
function targetsFor(model: FiniteModel, samples: number, seed: number): Float64Array {
  const rng = createRng(seed);
  const classes = model.outputShape.at(-1)!;
  const out = Float64Array.from({ length: samples * sizeOf(model.outputShape) }, () => rng.uniform());
  for (let at = 0; at < out.length; at += classes) {
    const row = out.subarray(at, at + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let c = 0; c < classes; c++) row[c]! /= sum;
  }
  return out;
}

interface Case {
  readonly loss?: Loss;
  readonly batch?: number;
  readonly samples?: number;
  /** seed of the masks; none: no dropout */
  readonly masks?: number;
}

/** Largest relative differences of loss, outputs and the gradient of every tensor between the two engines. */
async function compare(
  net: n.Network | FiniteModel,
  { loss = "squared", batch = 7, samples = batch, masks }: Case = {},
) {
  const model = "tape" in net ? net : finiteModel(net);
  const x = createRng(2).normals(new Float32Array(samples * sizeOf(model.inputShape)));
  const y = Float32Array.from(targetsFor(model, samples, 3));
  // both start from numbers that float32 has
  const parameters = Float32Array.from(initialParameters(model, { seed: 1 }));
  const results = await Promise.all(
    (["float32", "float64"] as const).map(async (dtype) => {
      const engine = await openGradientEngine(model, { batch, loss, dtype });
      engine.parameters.set(parameters);
      // twice: what the first call left behind must not show
      engine.lossGradient(x, y, samples);
      const value = engine.lossGradient(x, y, samples, masks === undefined ? null : createRng(masks));
      const outputs = Float64Array.from(engine.outputs(x, samples));
      return { value, outputs, gradient: Float64Array.from(engine.gradient) };
    }),
  );
  const [single, double] = [results[0]!, results[1]!];
  const total = norm(double.gradient);
  const tensors = model.tensors.map(({ offset, size }) => {
    const [a, b] = [single, double].map(({ gradient }) => gradient.subarray(offset, offset + size));
    // a tensor whose gradient vanishes by symmetry is judged against the whole
    return distance(a!, b!) / Math.max(norm(b!), 1e-3 * total);
  });
  return {
    loss: Math.abs(single.value - double.value) / Math.abs(double.value),
    outputs: distance(single.outputs, double.outputs) / norm(double.outputs),
    gradient: Math.max(0, ...tensors),
    size: total,
  };
}

function expectClose(difference: Awaited<ReturnType<typeof compare>>, tolerance = TOLERANCE): void {
  expect(difference.loss).toBeLessThan(tolerance);
  expect(difference.outputs).toBeLessThan(tolerance);
  expect(difference.gradient).toBeLessThan(tolerance);
  expect(difference.size).toBeGreaterThan(0);
}

const layers = (input: readonly number[], list: readonly n.Layer[], rest: Partial<n.Network> = {}) =>
  n.parseNetwork({ foretrain: 1, input, layers: list, ...rest });
const dense = (units: number): n.Layer => ({ kind: "dense", units, weightVariance: 1.5, biasVariance: 0.3 });
const conv = (channels: number, fields: Partial<n.ConvLayer> = {}): n.Layer => ({
  kind: "conv",
  channels,
  filter: [3, 3],
  biasVariance: 0.1,
  ...fields,
});
const relu: n.Layer = { kind: "activation", name: "relu" };
const tanh: n.Layer = { kind: "activation", name: "tanh" };

describe("the float32 engine agrees with the float64 tape", () => {
  test.each(Object.entries(NETWORKS))("%s, squared loss", async (_, net) => {
    expectClose(await compare(net));
  });
  // of one class the cross entropy is 0
  const several = Object.entries(NETWORKS).filter(([, net]) => finiteModel(net).outputShape.at(-1)! > 1);
  test.each(several)("%s, cross entropy, fewer samples than fit", async (_, net) => {
    expectClose(await compare(net, { loss: "crossEntropy", batch: 9, samples: 5 }));
  });
  test.each(Object.entries(NETWORKS).slice(0, 4))("%s, logistic loss", async (_, net) => {
    expectClose(await compare(net, { loss: "logistic", batch: 9, samples: 5 }));
  });
  test("for one sample", async () => {
    expectClose(await compare(NETWORKS["convolution, stride, flatten"]!, { batch: 1 }));
  });
  test("for sizes beyond the blocks of the matrix products", async () => {
    expectClose(await compare(layers([300], [dense(270), relu, dense(65), relu, dense(10)]), { batch: 37 }));
  });
  test("for convolutions over several tiles of patches", async () => {
    const net = layers(
      [12, 12, 5],
      [
        conv(33),
        relu,
        conv(40, { strides: [2, 2] }),
        tanh,
        { kind: "avgPool", window: [2, 2] },
        { kind: "flatten" },
        dense(3),
      ],
    );
    expectClose(await compare(net, { batch: 40, loss: "crossEntropy" }));
  });
  test.each([
    ["windows side by side, a rest left over", { window: [2, 2], strides: [2, 2] }],
    ["overlapping windows, edges", { window: [3, 2], strides: [2, 1], padding: "same" }],
    ["wrapped windows", { window: [3, 3], padding: "circular" }],
  ] as const)("for maxPool: %s", async (_, fields) => {
    // 6 channels: whole vectors and a rest; a second reader of its input
    const net = layers(
      [5, 5, 2],
      [
        conv(6),
        relu,
        {
          kind: "parallel",
          merge: "sum",
          branches: [
            [{ kind: "maxPool", ...fields }, { kind: "flatten" }, dense(3)],
            [{ kind: "flatten" }, dense(3)],
          ],
        },
      ],
    );
    expectClose(await compare(net));
  });
  test("for maxPool and zeroPad of the data itself", async () => {
    const net = layers(
      [5, 4, 3],
      [
        { kind: "zeroPad", margin: [2, 1] },
        { kind: "maxPool", window: [2, 2], strides: [2, 1] },
        conv(4, { padding: "valid" }),
        tanh,
        { kind: "zeroPad", margin: [1, 0] },
        { kind: "flatten" },
        dense(2),
      ],
    );
    expectClose(await compare(net));
  });
  test("for filters of one position and of the whole image", async () => {
    const net = layers(
      [4, 4, 3],
      [
        conv(8, { filter: [1, 1] }),
        relu,
        conv(6, { filter: [4, 4], padding: "valid" }),
        tanh,
        { kind: "flatten" },
        dense(2),
      ],
    );
    expectClose(await compare(net));
  });
});

const parametersOf: Readonly<Record<string, Record<string, unknown>>> = {
  expression: { expression: "x*tanh(x)" },
  abRelu: { a: -0.3, b: 1.2 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 2 },
  polynomial: { coefficients: [0.3, -0.5, 0.2, 0.1] },
  hermite: { degree: 3 },
  leakyRelu: { slope: 0.2 },
  erf: { a: 1.3, b: 0.7, c: 0.2 },
  sin: { a: 0.9, b: 1.4, c: 0.5 },
  cos: { a: 0.9, b: 1.4, c: 0.5 },
  gaussian: { a: 1.2, b: -0.6 },
  exp: { a: 0.5, b: 0.4 },
  rbf: { gamma: 0.7 },
};
const trainable = activationNames().filter((name) => {
  const made = activation(name, parametersOf[name] ?? {});
  return made.derivative !== null && !made.kernelOnly;
});

describe("the float32 engine has every activation", () => {
  test("of the catalogue but steps and kernels", () => {
    expect(activationNames().filter((name) => !trainable.includes(name))).toEqual([
      "sign",
      "heaviside",
      "expNormalized",
    ]);
  });
  test.each(trainable)("%s", async (name) => {
    const layer: n.Layer = { kind: "activation", name, ...parametersOf[name] };
    // 1 / x meets arguments near 0, where phi' = -1 / x^2 magnifies their rounding
    const tolerance = name === "reciprocal" ? 1e-3 : TOLERANCE;
    expectClose(
      await compare(layers([5], [dense(9), layer, dense(8), layer, dense(2)]), { batch: 11 }),
      tolerance,
    );
  });
  test.each(trainable)("%s with what it forgets: the argument has another reader", async (name) => {
    const layer: n.Layer = { kind: "activation", name, ...parametersOf[name] };
    const net = layers([5], [dense(6), { kind: "residual", layers: [layer, dense(6)] }, layer, dense(2)]);
    expectClose(await compare(net), name === "reciprocal" ? 1e-3 : TOLERANCE);
  });
  test("a function of one's own", async () => {
    const bump = customActivation({
      name: "bump",
      value: (x) => x * Math.exp(-x * x),
      derivative: (x) => (1 - 2 * x * x) * Math.exp(-x * x),
    });
    const model = finiteModel(layers([4], [dense(6), tanh, dense(2)]));
    const instructions = model.tape.instructions.map((instruction) => {
      if (instruction.step.kind !== "pointwise") return instruction;
      const step = { kind: "pointwise", activation: bump } as const;
      return { ...instruction, step, operation: operationOf(step) };
    });
    expectClose(await compare({ ...model, tape: { ...model.tape, instructions } }));
  });
  test("and says why it has none without a slope", async () => {
    const model = finiteModel(layers([3], [dense(4), { kind: "activation", name: "sign" }, dense(1)]));
    await expect(openGradientEngine(model, { batch: 2, dtype: "float32" })).rejects.toThrow(/no derivative/);
  });
});

test("without fused multiply-add the float32 engine differs by rounding only", () => {
  const list = [
    dense(40),
    tanh,
    dense(30),
    relu,
    dense(20),
    { kind: "activation", name: "gelu" },
    dense(3),
  ] as const;
  const model = finiteModel(layers([25], list));
  const x = createRng(1).normals(new Float32Array(10 * 25));
  const y = createRng(2).normals(new Float32Array(30));
  const [plain, fused] = (["simd", "relaxed"] as const).map((variant) => {
    const engine = openFloat32Engine(model, { batch: 10 }, variant);
    engine.parameters.set(initialParameters(model, { seed: 1 }));
    engine.lossGradient(x, y, 10);
    return engine.gradient;
  });
  expect(distance(plain!, fused!) / norm(fused!)).toBeLessThan(TOLERANCE);
  expect(plain).not.toEqual(fused);
});

describe("dropout in float32", () => {
  const net = layers(
    [6],
    [
      { kind: "dropout", keepRate: 0.8 },
      dense(20),
      relu,
      { kind: "dropout", keepRate: 0.5 },
      dense(10),
      tanh,
      dense(3),
    ],
  );
  test("draws the masks of the float64 tape from the same seed", async () => {
    expectClose(await compare(net, { masks: 5, loss: "crossEntropy" }));
  });
  test("is the identity without masks", async () => {
    expectClose(await compare(net));
  });
  test("draws other masks from other seeds", async () => {
    const model = finiteModel(net);
    const engine = await openGradientEngine(model, { batch: 3, dtype: "float32" });
    engine.parameters.set(initialParameters(model, { seed: 1 }));
    const [x, y] = [createRng(1).normals(new Float32Array(18)), new Float32Array(9)];
    const losses = [1, 1, 2].map((seed) => engine.lossGradient(x, y, 3, createRng(seed)));
    expect(losses[1]).toBe(losses[0]);
    expect(losses[2]).not.toBe(losses[0]);
  });
});
