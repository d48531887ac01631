import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openGradientEngine, type TrainingDtype } from "../../src/finite/gradient-engine.js";
import {
  applyModel,
  decodeCheckpoint,
  empiricalKernels,
  encodeCheckpoint,
  type FiniteModel,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  lossGradient,
  type TrainingCheckpoint,
  trainNetwork,
  trainNetworks,
} from "../../src/finite/index.js";
import * as n from "../../src/network/index.js";
import { sizeOf } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

interface Fixture {
  readonly momentum: number;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly share: number;
  readonly batch: number;
  readonly steps: number;
  readonly start: Readonly<Record<string, number[]>>;
  readonly x: number[];
  readonly y: number[];
  readonly losses: number[];
  readonly gradient: Readonly<Record<string, number[]>>;
  readonly running: readonly (readonly [number[], number[]])[];
  readonly outputs: number[];
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../fixtures/batch-norm.json", import.meta.url), "utf8"),
);

const bias = { biasVariance: 1 };
const norm = { epsilon: fixture.epsilon, momentum: fixture.share };
const fixtureNetwork = n.network(
  n.input([6, 6, 2], { parameterization: "standard" }),
  n.conv(4, [3, 3], bias),
  n.batchNorm(norm),
  n.relu(),
  n.maxPool([2, 2], { strides: [2, 2] }),
  n.flatten(),
  n.dense(5, bias),
  n.batchNorm(norm),
  n.tanh(),
  n.dense(3, bias),
);
/** In the order of the vector; running statistics begin with means 0 and variances 1. */
const vectorOf = (parts: Readonly<Record<string, readonly number[]>>, mean: number, variance: number) =>
  Float64Array.from(
    ["w1", "b1", "scale1", "shift1", 4, "w2", "b2", "scale2", "shift2", 5, "w3", "b3"].flatMap((name) =>
      typeof name === "number"
        ? [...new Array<number>(name).fill(mean), ...new Array<number>(name).fill(variance)]
        : parts[name]!,
    ),
  );
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

// rounding of sums of some hundred terms, of 53 and 24 bits
describe.each<[TrainingDtype, number]>([
  ["float64", 1e-12],
  ["float32", 1e-5],
])("batchNorm in %s is that of NumPy", (dtype, tolerance) => {
  const x = { data: Float64Array.from(fixture.x), shape: [fixture.batch, 6, 6, 2] };
  const y = { data: Float64Array.from(fixture.y), shape: [fixture.batch, 3] };
  const start = vectorOf(fixture.start, 0, 1);

  test("loss, gradient of every tensor, and running statistics of one step", async () => {
    const model = finiteModel(fixtureNetwork);
    const engine = await openGradientEngine(model, { batch: fixture.batch, loss: "crossEntropy", dtype });
    engine.parameters.set(start);
    const value = engine.lossGradient(x.data, y.data, fixture.batch, createRng(0));
    expect(Math.abs(value - fixture.losses[0]!)).toBeLessThan(tolerance);
    expect(furthest(engine.gradient, vectorOf(fixture.gradient, 0, 0))).toBeLessThan(tolerance);
  });

  test("training with momentum, then evaluation by the running statistics", async () => {
    const { parameters, model } = await trainNetwork({
      network: fixtureNetwork,
      recipe: {
        ...{ steps: fixture.steps, learningRate: fixture.learningRate, momentum: fixture.momentum },
        ...{ loss: "crossEntropy", dtype },
      },
      train: { x, y },
      parameters: start,
    });
    const tensors = model.tensors.filter(({ role }) => role === "mean" || role === "variance");
    const running = tensors.map(({ offset, size }) => parameters.subarray(offset, offset + size));
    fixture.running.flat().forEach((expected, i) => {
      expect(furthest(running[i]!, expected)).toBeLessThan(10 * tolerance);
    });
    const outputs = applyModel(model, Float64Array.from(parameters), x);
    expect(furthest(outputs.data, fixture.outputs)).toBeLessThan(10 * tolerance);
  });
});

const NETWORKS: Readonly<Record<string, n.Network>> = {
  "images, channels that fill vectors and a rest": n.network(
    n.input([5, 4, 2]),
    n.conv(6, [3, 3], { biasVariance: 0.1 }),
    n.batchNorm(),
    n.relu(),
    n.conv(8, [3, 3]),
    n.batchNorm({ epsilon: 0.01 }),
    n.tanh(),
    n.flatten(),
    n.dense(3, { biasVariance: 0.1 }),
  ),
  "vectors, and the data itself": n.network(
    n.input([7]),
    n.batchNorm(),
    n.dense(9),
    n.batchNorm(),
    n.residual(n.relu(), n.batchNorm(), n.dense(9)),
    n.dense(3),
  ),
  "its input has another reader, and is written over": n.network(
    n.input([4, 3]),
    n.dense(5),
    n.tanh(),
    n.parallel("concat", [[n.batchNorm(), n.relu()], [], [n.batchNorm(), n.dropout(0.5)]]),
    n.flatten(),
    n.dense(3),
  ),
};
const SAMPLES = 23;

const dataOf = (model: FiniteModel, samples = SAMPLES) => {
  const x = createRng(2).normals(new Float64Array(samples * sizeOf(model.inputShape)));
  // means and variances that are neither 0 nor 1, in float32 for both engines
  const moved = Float64Array.from(Float32Array.from(x, (value, i) => 2 * value + Math.sin(i % 7)));
  const y = Float64Array.from({ length: samples * sizeOf(model.outputShape) }, (_, i) => Math.cos(i));
  return { x: moved, y };
};

/** Parameters with scales, shifts and statistics off their beginnings, of 24 bits. */
const parametersOf = (model: FiniteModel) => {
  const theta = initialParameters(model, { seed: 1 });
  for (const { role, offset, size } of model.tensors) {
    if (role === "weight" || role === "bias") continue;
    for (let i = offset; i < offset + size; i++) theta[i] = theta[i]! + 0.3 * Math.sin(i);
  }
  return Float64Array.from(Float32Array.from(theta));
};

const engineOf = async (model: FiniteModel, dtype: TrainingDtype, batch = SAMPLES) => {
  const engine = await openGradientEngine(model, { batch, dtype });
  engine.parameters.set(parametersOf(model));
  return engine;
};

describe.each(Object.entries(NETWORKS))("batchNorm: %s", (_, net) => {
  const model = finiteModel(net);
  const { x, y } = dataOf(model);
  const size = (a: Float64Array) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));

  test.each([true, false])("float32 is float64, in training (%s) and evaluation", async (training) => {
    const results = await Promise.all(
      (["float32", "float64"] as const).map(async (dtype) => {
        const engine = await engineOf(model, dtype, SAMPLES + 2);
        // twice: what the first call left behind must not show, but for the running statistics
        const masks = () => (training ? createRng(4) : null);
        engine.lossGradient(x, y, SAMPLES, masks());
        const value = engine.lossGradient(x, y, SAMPLES, masks());
        const outputs = Float64Array.from(engine.outputs(x, SAMPLES));
        const gradient = Float64Array.from(engine.gradient);
        return { value, outputs, gradient, parameters: Float64Array.from(engine.parameters) };
      }),
    );
    const [single, double] = [results[0]!, results[1]!];
    const distance = (a: Float64Array, b: Float64Array) => size(a.map((v, i) => v - b[i]!)) / size(b);
    // 24 bits, as everywhere in the engine
    expect(Math.abs(single.value / double.value - 1)).toBeLessThan(1e-5);
    expect(distance(single.outputs, double.outputs)).toBeLessThan(1e-5);
    expect(distance(single.gradient, double.gradient)).toBeLessThan(1e-5);
    expect(distance(single.parameters, double.parameters)).toBeLessThan(1e-6);
    expect(furthest(double.parameters, parametersOf(model)) > 0).toBe(training);
  });

  test("the gradient of training is that of the loss of the batch: central differences", async () => {
    const engine = await engineOf(model, "float64");
    const theta = parametersOf(model);
    const lossAt = (v: Float64Array, t: number) => {
      engine.parameters.set(theta.map((value, i) => value + t * v[i]!));
      return engine.lossGradient(x, y, SAMPLES, createRng(4));
    };
    for (const seed of [1, 2, 3]) {
      const v = createRng(seed).normals(new Float64Array(theta.length));
      const length = size(v);
      v.forEach((value, i) => {
        v[i] = value / length;
      });
      lossAt(v, 0);
      const slope = Float64Array.from(engine.gradient).reduce((sum, g, i) => sum + g * v[i]!, 0);
      // of fourth order: errors h^4 and 1e-16 / h
      const h = 1e-3;
      const d = (8 * (lossAt(v, h) - lossAt(v, -h)) - (lossAt(v, 2 * h) - lossAt(v, -2 * h))) / (12 * h);
      expect(Math.abs(slope - d)).toBeLessThan(1e-7 * Math.max(1, Math.abs(d)));
    }
  });

  test("evaluation treats every sample by itself", async () => {
    const theta = parametersOf(model);
    const whole = applyModel(model, theta, { data: x, shape: [SAMPLES, ...model.inputShape] });
    const each = sizeOf(model.inputShape);
    const alone = applyModel(model, theta, {
      data: x.slice(5 * each, 6 * each),
      shape: [1, ...model.inputShape],
    });
    // matrix products of other sizes round otherwise
    expect(furthest(alone.data, whole.data.slice(15, 18))).toBeLessThan(1e-14);
  });

  test("empirical kernels in evaluation are the products of gradients, which pass the statistics by", () => {
    const theta = parametersOf(model);
    const samples = { data: x.slice(0, 4 * sizeOf(model.inputShape)), shape: [4, ...model.inputShape] };
    const { data, shape } = jacobian(model, theta, samples);
    const p = shape[1];
    for (const { role, offset, size: count } of model.tensors) {
      if (role !== "mean" && role !== "variance") continue;
      for (let row = 0; row < shape[0]; row++) {
        expect(data.subarray(row * p + offset, row * p + offset + count).every((g) => g === 0)).toBe(true);
      }
    }
    for (const method of ["layers", "outer", "jacobian", "products"] as const) {
      const { ntk } = empiricalKernels(model, theta, samples, null, { method });
      for (const [i, j] of [
        [0, 0],
        [1, 3],
      ] as const) {
        let sum = 0;
        for (let o = 0; o < 3; o++) {
          for (let k = 0; k < p; k++) sum += data[(3 * i + o) * p + k]! * data[(3 * j + o) * p + k]!;
        }
        expect(Math.abs(ntk!.data[4 * i + j]! - sum / 3)).toBeLessThan(1e-12 * Math.max(1, Math.abs(sum)));
      }
    }
  });

  test("Hessians in evaluation are the change of the gradient", () => {
    const theta = parametersOf(model);
    const [input, targets] = [
      { data: x, shape: [SAMPLES, ...model.inputShape] },
      { data: y, shape: [SAMPLES, 3] },
    ];
    const v = theta.map((_, i) => Math.cos(3 * i));
    for (const { role, offset, size: count } of model.tensors) {
      if (role === "mean" || role === "variance") v.fill(0, offset, offset + count);
    }
    const h = 1e-5;
    const at = (t: number) =>
      lossGradient(
        model,
        theta.map((value, i) => value + t * v[i]!),
        input,
        targets,
      ).gradient;
    const [up, down] = [at(h), at(-h)];
    const product = hessianVectorProduct(model, theta, input, targets, v);
    const change = up.map((g, i) => (g - down[i]!) / (2 * h));
    // rounding 1e-16 / h of the gradient's size, and third derivatives times h^2; relu may turn within h
    expect(size(product.map((value, i) => value - change[i]!)) / size(product)).toBeLessThan(1e-6);
  });
});

describe("running statistics", () => {
  const net = n.network(n.input([3]), n.batchNorm({ momentum: 1, epsilon: 1e-3 }), n.dense(2));
  const model = finiteModel(net);
  const { x, y } = dataOf(model, 50);

  test.each(["float64", "float32"] as const)(
    "of momentum 1 are the mean and variance of the batch, %s",
    async (dtype) => {
      const engine = await engineOf(model, dtype, 50);
      engine.lossGradient(x, y, 50, createRng(0));
      const column = (c: number) => Array.from({ length: 50 }, (_, s) => x[3 * s + c]!);
      const mean = model.tensors.find(({ role }) => role === "mean")!;
      const variance = model.tensors.find(({ role }) => role === "variance")!;
      for (let c = 0; c < 3; c++) {
        const m = column(c).reduce((sum, value) => sum + value / 50, 0);
        const v = column(c).reduce((sum, value) => sum + (value - m) ** 2 / 49, 0);
        expect(engine.parameters[mean.offset + c]).toBeCloseTo(m, 6);
        expect(engine.parameters[variance.offset + c]).toBeCloseTo(v, 5);
      }
    },
  );

  test.each(["float64", "float32"] as const)(
    "of one row are its values and variance 0, and nothing is NaN, %s",
    async (dtype) => {
      const engine = await engineOf(model, dtype, 1);
      expect(engine.lossGradient(x, y, 1, createRng(0))).toBeGreaterThan(0);
      const { offset } = model.tensors.find(({ role }) => role === "mean")!;
      expect(
        furthest(engine.parameters.subarray(offset, offset + 6), [x[0]!, x[1]!, x[2]!, 0, 0, 0]),
      ).toBeLessThan(1e-6);
      expect(engine.gradient.every(Number.isFinite)).toBe(true);
    },
  );

  test("are counted in the vector, not among what is trained", () => {
    expect(model.parameterCount).toBe(4 * 3 + 6);
    expect(n.parameterCount(net)).toBe(2 * 3 + 6);
  });

  test("a step takes no memory", async () => {
    const engine = await engineOf(model, "float32", 50);
    const before = engine.parameters.buffer.byteLength;
    for (let step = 0; step < 200; step++) engine.lossGradient(x, y, 50, createRng(step));
    expect(engine.parameters.buffer.byteLength).toBe(before);
    expect(engine.parameters.every(Number.isFinite)).toBe(true);
  });
});

describe("training with batchNorm", () => {
  const net = n.network(
    n.input([6]),
    n.dense(8, { biasVariance: 1 }),
    n.batchNorm(),
    n.relu(),
    n.dropout(0.8),
    n.dense(2),
  );
  const model = finiteModel(net);
  const { x, y } = dataOf(model, 40);
  const train = { x: { data: x, shape: [40, 6] }, y: { data: y, shape: [40, 2] } };

  test.each(["float64", "float32"] as const)(
    "goes on from a checkpoint to the same bits, %s",
    async (dtype) => {
      const recipe = { steps: 30, batch: 8, learningRate: 0.05, momentum: 0.5, dtype, seed: 3 };
      const whole = await trainNetwork({ network: net, recipe, train });
      const saved: TrainingCheckpoint[] = [];
      await trainNetwork({
        network: net,
        recipe: { ...recipe, steps: 13 },
        train,
        onCheckpoint: (checkpoint) => void saved.push(decodeCheckpoint(encodeCheckpoint(checkpoint))),
      });
      const resumed = await trainNetwork({ network: net, recipe, train, resume: saved.at(-1)! });
      expect(resumed.parameters).toEqual(whole.parameters);
      const { offset } = model.tensors.find(({ role }) => role === "variance")!;
      expect(whole.parameters[offset]).not.toBe(1);
    },
  );

  test("does not cut a batch: its statistics are those of all samples", async () => {
    const many = dataOf(model, 1500);
    const data = { x: { data: many.x, shape: [1500, 6] }, y: { data: many.y, shape: [1500, 2] } };
    const without = n.network(n.input([6]), n.dense(8), n.batchNorm(), n.dense(2));
    const { model: made, parameters } = await trainNetwork({
      network: without,
      recipe: { steps: 1, learningRate: 0.1, dtype: "float64", seed: 1 },
      train: data,
    });
    const engine = await openGradientEngine(made, { batch: 1500 });
    const start = initialParameters(made, { seed: 1 });
    engine.parameters.set(start);
    engine.lossGradient(many.x, many.y, 1500, createRng(0));
    const moved = engine.parameters.map((value, i) => value - 0.1 * engine.gradient[i]!);
    expect(furthest(parameters, moved)).toBeLessThan(1e-14);
  });

  test("wants a learning rate: none is known before the first batch", async () => {
    const job = { network: net, recipe: { steps: 1 }, train };
    const refused = { code: "ERR_UNAVAILABLE", message: expect.stringContaining("batchNorm") };
    await expect(trainNetwork(job)).rejects.toMatchObject(refused);
    await expect(trainNetworks({ ...job, networks: 2 })).rejects.toMatchObject(refused);
  });

  test("that diverges says so, and a smaller rate", async () => {
    // enough steps at a rate that no network bears
    const plain = n.network(n.input([6]), n.batchNorm(), n.dense(8), n.dense(2));
    await expect(
      trainNetwork({ network: plain, recipe: { steps: 200, batch: 8, learningRate: 50 }, train }),
    ).rejects.toMatchObject({ code: "ERR_NUMERICAL", message: expect.stringContaining("such as 25") });
  });

  test("schemes set laws and learning rates of scales and shifts", () => {
    const made = finiteModel(net, {
      scheme: {
        weights: "glorotUniform",
        scales: { law: "normal", learningRate: 0.5 },
        shifts: { law: { kind: "uniform", low: -1, high: 1 } },
      },
    });
    const of = (role: string) => made.tensors.find((tensor) => tensor.role === role)!;
    expect(of("scale")).toMatchObject({
      law: { kind: "normal", variance: 1 },
      learningRate: 0.5,
      multiplier: 1,
    });
    expect(of("shift")).toMatchObject({ law: { kind: "uniform", low: -1, high: 1 }, learningRate: 1 });
    expect(of("variance")).toMatchObject({ law: { mean: 1, variance: 0 }, learningRate: 0 });
    const plain = finiteModel(net, { scheme: "normal" }).tensors.find(({ role }) => role === "scale")!;
    expect(plain.law).toEqual({ kind: "normal", mean: 1, variance: 0 });
    expect(() => finiteModel(net, { scheme: { scales: "heNormal" } })).toThrow(/no fan-in/);
    expect(() => finiteModel(net, { scheme: { shifts: { gamma: 0.5 } } })).toThrow(/gamma/);
  });

  test("the format refuses an epsilon of 0 and a momentum outside (0, 1]", () => {
    const made = (fields: object) => () =>
      n.network(n.input([3]), { kind: "batchNorm", ...fields } as n.Layer);
    expect(made({ epsilon: 0 })).toThrow(/epsilon: got 0, expected a finite number > 0/);
    expect(made({ momentum: 0 })).toThrow(/momentum: got 0, expected a number in \(0, 1\]/);
    expect(made({ momentum: 1.5 })).toThrow(/momentum/);
  });
});
