import { describe, expect, test } from "vitest";
import { oneHotCentred, signTargets } from "../../../src/data/index.js";
import { minibatchMoments } from "../../../src/dynamics/index.js";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  finiteModel,
  initialParameters,
  lossGradient,
  type TrainingCheckpoint,
  type TrainNetworkInput,
  trainNetwork,
  trainNetworks,
} from "../../../src/finite/index.js";
import { dense, dropout, input, network, relu, tanh } from "../../../src/network/index.js";
import { matmul } from "../../../src/numeric/linalg/index.js";
import { matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";

const rng = createRng(11);
const normals = (shape: readonly number[], name: string) => ({
  data: rng.fork(name).normals(new Float64Array(shape.reduce((a, b) => a * b, 1))),
  shape,
});

/** One weight, f = w x: L = h (w - w*)^2 / 2 + const with h = mean x^2. */
const line = network({ ...input([1]), parameterization: "standard" }, dense(1));
const lineData = { x: normals([8, 1], "line x"), y: normals([8, 1], "line y") };
const h = lineData.x.data.reduce((sum, x) => sum + x * x, 0) / 8;
const best = lineData.x.data.reduce((sum, x, i) => sum + x * lineData.y.data[i]!, 0) / 8 / h;

describe("steps of training", () => {
  test.each<[string, { momentum?: number; nesterov?: boolean; cooldown?: number }]>([
    ["gradient descent", {}],
    ["heavy ball", { momentum: 0.7 }],
    ["Nesterov", { momentum: 0.7, nesterov: true }],
    ["gradient descent with a cooldown", { cooldown: 0.4 }],
    ["heavy ball with a cooldown", { momentum: 0.7, cooldown: 0.8 }],
  ])("%s on one weight is the recursion on paper", async (_, recipe) => {
    const eta = 0.3;
    const start = Float64Array.of(2);
    const { parameters, steps } = await trainNetwork({
      network: line,
      recipe: { steps: 25, learningRate: eta, dtype: "float64", ...recipe },
      train: lineData,
      parameters: start,
    });
    const mu = recipe.momentum ?? 0;
    let [w, v] = [2, 0];
    for (let k = 0; k < 25; k++) {
      const g = h * (w - best);
      v = mu * v + g;
      const falling = recipe.cooldown ? Math.min(1, (25 - k) / (25 * recipe.cooldown)) : 1;
      w -= falling * eta * (recipe.nesterov ? g + mu * v : v);
    }
    expect(steps).toBe(25);
    expect(parameters[0]).toBeCloseTo(w, 13);
  });

  test("batches larger than one pass holds have the gradient of all samples", async () => {
    const net = network(input([3]), dense(4), tanh(), dense(2));
    const [x, y] = [normals([1500, 3], "many x"), normals([1500, 2], "many y")];
    const { model, parameters } = await trainNetwork({
      network: net,
      recipe: { steps: 2, learningRate: 0.5, dtype: "float64" },
      train: { x, y },
    });
    const theta = initialParameters(model, { seed: 0 });
    for (let k = 0; k < 2; k++) {
      const { gradient } = lossGradient(model, theta, x, y);
      for (let i = 0; i < theta.length; i++) theta[i]! -= 0.5 * gradient[i]!;
    }
    for (const [i, value] of parameters.entries()) expect(value).toBeCloseTo(theta[i]!, 13);
  });

  test.each(["shuffled", "ordered", "replacement"] as const)(
    "a batch holds all samples at most, %s",
    async (order) => {
      const given = {
        network: network(input([3]), dense(1)),
        train: { x: normals([6, 3], "few"), y: normals([6, 1], "few y") },
      };
      const recipe = (batch: number) => ({ steps: 2, learningRate: 0.1, batch, order });
      const { records } = await trainNetwork({ ...given, recipe: recipe(6) });
      expect(records.at(-1)!.step).toBe(2);
      const refusal = /batch: got 7 samples in a step, but there are 6 to train on/;
      await expect(trainNetwork({ ...given, recipe: recipe(7) })).rejects.toThrow(refusal);
      await expect(trainNetworks({ ...given, recipe: recipe(7), networks: 2 })).rejects.toThrow(refusal);
    },
  );

  test("learning-rate factors are those of the scheme; 0 freezes a tensor, noise or not", async () => {
    const net = network(input([3]), dense(4), tanh(), dense(2));
    const train = { x: normals([6, 3], "factors x"), y: normals([6, 2], "factors y") };
    const initialization = {
      layers: [
        { layer: 0, weights: { learningRate: 0 } },
        { layer: 1, weights: { learningRate: 3 } },
      ],
    };
    const once = (noise: number) =>
      trainNetwork({
        network: net,
        recipe: { steps: 1, learningRate: 0.1, initialization, noise, dtype: "float64" },
        train,
      });
    const { model, parameters } = await once(0);
    const theta = initialParameters(model, { seed: 0 });
    const { gradient } = lossGradient(model, theta, train.x, train.y);
    for (const [i, value] of parameters.entries()) {
      expect(value).toBeCloseTo(theta[i]! - (i < 12 ? 0 : 0.3 * gradient[i]!), 14);
    }
    const noisy = await once(1);
    expect(noisy.parameters.slice(0, 12)).toEqual(theta.slice(0, 12));
    expect(noisy.parameters[12]).not.toBe(parameters[12]);
  });

  test("additive noise has the variance of the discrete Ornstein-Uhlenbeck process", async () => {
    const units = 3000;
    const [eta, s, steps] = [0.4, 0.3, 6];
    const net = network({ ...input([1]), parameterization: "standard" }, dense(units, { weightVariance: 0 }));
    const { parameters } = await trainNetwork({
      network: net,
      recipe: { steps, learningRate: eta, noise: s, seed: 3, dtype: "float64" },
      train: {
        x: { data: Float64Array.of(1), shape: [1, 1] },
        y: { data: new Float64Array(units), shape: [1, units] },
      },
    });
    const decay = 1 - eta;
    const expected = (s * s * eta * (1 - decay ** (2 * steps))) / (1 - decay * decay);
    const variance = Float64Array.from(parameters).reduce((sum, w) => sum + w * w, 0) / units;
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / units));
  });

  test("minibatches with replacement have the exact first two moments of a linear model", async () => {
    const [n, d, batch, steps, eta] = [6, 3, 2, 8, 0.4];
    const net = network(input([d]), dense(1));
    const x = normals([n, d], "moments x");
    const y = normals([n, 1], "moments y");
    const kernel = matmul(matrix(n, d, x.data), matrix(n, d, x.data), { transposeB: true });
    for (let i = 0; i < n * n; i++) kernel.data[i]! /= d;
    const residual = y.data.map((value) => -value);
    const [exact] = minibatchMoments({ kernel, residual, learningRate: eta, batch, steps: [steps] });
    const runs = 300;
    const sums = { mean: new Float64Array(n), squares: new Float64Array(n), fourth: new Float64Array(n) };
    for (let seed = 0; seed < runs; seed++) {
      const { outputs } = await trainNetwork({
        network: net,
        recipe: { steps, learningRate: eta, batch, order: "replacement", seed, dtype: "float64" },
        train: { x, y },
        parameters: new Float64Array(d),
        records: [steps],
        keepOutputs: "train",
      });
      const last = outputs.train!.data.subarray(n);
      for (let i = 0; i < n; i++) {
        const r = last[i]! - y.data[i]!;
        sums.mean[i]! += r / runs;
        sums.squares[i]! += (r * r) / runs;
        sums.fourth[i]! += r ** 4 / runs;
      }
    }
    for (let i = 0; i < n; i++) {
      const second = exact!.second.data[i * n + i]!;
      const meanError = Math.sqrt((sums.squares[i]! - sums.mean[i]! ** 2) / runs);
      const squareError = Math.sqrt((sums.fourth[i]! - sums.squares[i]! ** 2) / runs);
      expect(Math.abs(sums.mean[i]! - exact!.mean[i]!)).toBeLessThan(4 * meanError);
      expect(Math.abs(sums.squares[i]! - second)).toBeLessThan(4 * squareError);
    }
  });
});

describe("what training records", () => {
  const net = network(input([4]), dense(20), relu(), dense(3));
  const train = {
    x: normals([30, 4], "records x"),
    y: { data: new Float64Array(90), shape: [30, 3] },
    labels: new Int32Array(30),
  };
  for (let i = 0; i < 30; i++) {
    train.labels[i] = i % 3;
    train.y.data[i * 3 + (i % 3)] = 1;
  }
  const common = { network: net, train, test: train } satisfies Partial<TrainNetworkInput>;

  test("0, steps evenly spaced in the logarithm, and the last; loss and accuracy of train and test", async () => {
    const { records, outputs } = await trainNetwork({
      ...common,
      recipe: { epochs: 20, batch: 8, learningRate: 0.5, loss: "crossEntropy", dtype: "float64" },
      keepOutputs: "both",
    });
    const steps = records.map(({ step }) => step);
    expect(steps[0]).toBe(0);
    expect(steps[1]).toBe(1);
    expect(steps.at(-1)).toBe(80); // 20 epochs of 8 + 8 + 8 + 6 samples
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(outputs.train!.shape).toEqual([records.length, 30, 3]);
    expect(outputs.test!.data).toEqual(outputs.train!.data);
    records.forEach(({ trainLoss, testLoss, trainAccuracy, testAccuracy }, r) => {
      expect(testLoss).toBe(trainLoss);
      expect(testAccuracy).toBe(trainAccuracy);
      let [loss, right] = [0, 0];
      for (let i = 0; i < 30; i++) {
        const row = [...outputs.train!.data.subarray((r * 30 + i) * 3, (r * 30 + i + 1) * 3)];
        const total = row.reduce((sum, f) => sum + Math.exp(f), 0);
        loss -= Math.log(Math.exp(row[i % 3]!) / total) / 30;
        if (row.indexOf(Math.max(...row)) === i % 3) right++;
      }
      expect(trainLoss).toBeCloseTo(loss, 12);
      expect(trainAccuracy).toBe(right / 30);
    });
    expect(records.at(-1)!.trainLoss).toBeLessThan(0.8 * records[0]!.trainLoss);
  });

  test("one logit by the logistic loss is the difference of two by cross entropy at half the rate", async () => {
    const labels = Int32Array.from({ length: 30 }, (_, i) =>
      train.x.data[4 * i]! + 0.5 * (i % 2) > 0 ? 1 : 0,
    );
    const run = (outputs: number, loss: "logistic" | "crossEntropy", learningRate: number) => {
      const y = outputs === 1 ? signTargets(labels, 1) : oneHotCentred(labels, 2, [0, 0]);
      return trainNetwork({
        network: network(input([4]), dense(outputs, { biasVariance: 1 })),
        recipe: { steps: 50, batch: 10, learningRate, loss, initialization: "zeros", dtype: "float64" },
        train: { x: train.x, y, labels },
        keepOutputs: "train",
      });
    };
    const [one, two] = [await run(1, "logistic", 0.4), await run(2, "crossEntropy", 0.2)];
    one.outputs.train!.data.forEach((f, i) => {
      const [f0, f1] = two.outputs.train!.data.subarray(2 * i, 2 * i + 2);
      expect(Math.abs(f - (f1! - f0!))).toBeLessThan(1e-13);
    });
    one.records.forEach(({ trainLoss, trainAccuracy }, i) => {
      expect(trainLoss).toBeCloseTo(two.records[i]!.trainLoss, 13);
      expect(trainAccuracy).toBe(two.records[i]!.trainAccuracy);
    });
    expect(one.records.at(-1)!.trainAccuracy).toBeGreaterThan(0.8);
    await expect(
      trainNetwork({
        network: network(input([4]), dense(1)),
        recipe: { steps: 1, loss: "logistic" },
        train: { x: train.x, y: { data: new Float64Array(30), shape: [30, 1] } },
      }),
    ).rejects.toThrow(/y has 0 at index 0, expected -1 or 1/);
  });

  test("callbacks see every record, progress reaches the end", async () => {
    const seen: number[] = [];
    const done: number[] = [];
    const { records } = await trainNetwork({
      ...common,
      recipe: { steps: 12, learningRate: 0.5, dtype: "float64" },
      records: [3, 12],
      onRecord: ({ step }) => seen.push(step),
      onProgress: (progress) => done.push(progress.done),
    });
    expect(seen).toEqual([0, 3, 12]);
    expect(records.map(({ step }) => step)).toEqual(seen);
    expect(done.at(-1)).toBe(12);
  });
});

describe("training that stops and goes on", () => {
  const net = network(input([5]), dense(16, { biasVariance: 0.1 }), relu(), dropout(0.8), dense(2));
  const train = { x: normals([25, 5], "resume x"), y: normals([25, 2], "resume y") };
  const recipe = {
    steps: 23,
    batch: 7,
    momentum: 0.6,
    nesterov: true,
    noise: 0.02,
    learningRate: 0.2,
    seed: 9,
    dtype: "float64",
  } as const;
  const probe = normals([3, 5], "resume probe");
  const keep = { keepOutputs: "train", keepClasses: "both", test: train, probe } as const;
  const whole = () => trainNetwork({ network: net, recipe, train, ...keep });
  /** a checkpoint after as many steps, through the bytes of a file */
  async function stopAfter(steps: number): Promise<TrainingCheckpoint> {
    let last: TrainingCheckpoint | null = null;
    const records = [...new Set((await whole()).records.map(({ step }) => step))].filter(
      (step) => step <= steps,
    );
    await trainNetwork({
      network: net,
      recipe: { ...recipe, steps },
      train,
      records,
      ...keep,
      onCheckpoint: (checkpoint) => {
        last = checkpoint;
      },
    });
    return decodeCheckpoint(encodeCheckpoint(last!));
  }

  test.each([1, 4, 11, 22])("goes on after step %i to the bit", async (steps) => {
    const checkpoint = await stopAfter(steps);
    expect(checkpoint.step).toBe(steps);
    const resumed = await trainNetwork({
      network: net,
      recipe,
      train,
      ...keep,
      resume: checkpoint,
    });
    const { parameters, records, outputs, classes } = await whole();
    expect(resumed.parameters).toEqual(parameters);
    expect(resumed.records).toEqual(records);
    expect(resumed.outputs).toEqual(outputs);
    expect(resumed.classes).toEqual(classes);
    expect(classes.probe!.shape).toEqual([records.length, 3]);
  });

  test("classes are those of the largest outputs, the same on the same samples", async () => {
    const { outputs, classes } = await whole();
    const { data } = outputs.train!;
    expect(Array.from(classes.train!.data)).toEqual(
      Array.from({ length: data.length / 2 }, (_, i) => (data[2 * i + 1]! > data[2 * i]! ? 1 : 0)),
    );
    expect(new Set(classes.train!.data)).toEqual(new Set([0, 1]));
    expect(classes.test).toEqual(classes.train);
    const onTrain = await trainNetwork({ network: net, recipe, train, probe: train.x });
    expect(onTrain.classes).toEqual({ train: null, test: null, probe: classes.train });
  });

  test("asks for no more than a checkpoint has kept", async () => {
    const resume = await stopAfter(4);
    await expect(
      trainNetwork({ network: net, recipe, train, ...keep, keepOutputs: "both", resume }),
    ).rejects.toThrow(/keepOutputs asks for what the checkpoint has kept of 0 of its \d+ records/);
  });

  test("cancelled training gives a last checkpoint before it rejects", async () => {
    const controller = new AbortController();
    const checkpoints: TrainingCheckpoint[] = [];
    const running = trainNetwork({
      network: net,
      recipe: { ...recipe, steps: 1_000_000 },
      train,
      records: [],
      signal: controller.signal,
      onProgress: () => controller.abort(),
      onCheckpoint: (checkpoint) => {
        checkpoints.push(checkpoint);
      },
    });
    await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(checkpoints).toHaveLength(1);
    const { step } = checkpoints[0]!;
    expect(step).toBeGreaterThan(0);
    const resumed = await trainNetwork({
      network: net,
      recipe: { ...recipe, steps: step + 5 },
      train,
      resume: checkpoints[0]!,
    });
    const straight = await trainNetwork({ network: net, recipe: { ...recipe, steps: step + 5 }, train });
    expect(resumed.parameters).toEqual(straight.parameters);
  });

  test("with a cooldown training goes on to the bit, and only to the number of steps that it had", async () => {
    const long = { ...recipe, steps: 20_000, cooldown: 0.999 };
    const go = (given: Partial<TrainNetworkInput>) =>
      trainNetwork({ network: net, recipe: long, train, records: [], ...given });
    const controller = new AbortController();
    const checkpoints: TrainingCheckpoint[] = [];
    const stopped = go({
      signal: controller.signal,
      onProgress: () => controller.abort(),
      onCheckpoint: (checkpoint) => {
        checkpoints.push(checkpoint);
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const resume = decodeCheckpoint(encodeCheckpoint(checkpoints[0]!));
    expect(resume.step).toBeLessThan(long.steps);
    expect((await go({ resume })).parameters).toEqual((await go({})).parameters);
    await expect(go({ resume, recipe: { ...long, steps: 30_000 } })).rejects.toThrow(
      /steps is 20000 in it and 30000 now/,
    );
    await expect(go({ recipe: { ...long, cooldown: 1 } })).rejects.toThrow(
      /cooldown: got 1, expected a number in \[0, 1\)/,
    );
  });

  test("checkpoints of other training are refused by what differs", async () => {
    const resume = await stopAfter(4);
    const go = (changes: Partial<TrainNetworkInput>) =>
      trainNetwork({ network: net, recipe, train, ...keep, resume, ...changes });
    await expect(go({ network: line })).rejects.toThrow(/the network is/);
    await expect(go({ recipe: { ...recipe, momentum: 0.5 } })).rejects.toThrow(
      /momentum is 0.6 in it and 0.5 now/,
    );
    await expect(go({ train: { ...train, x: normals([25, 5], "other") } })).rejects.toThrow(
      /checksum of the data/,
    );
    await expect(go({ recipe: { ...recipe, steps: 3 } })).rejects.toThrow(/has made 4 steps already/);
    // labels decide the accuracies of the records that are there
    const rows = train.x.shape[0]!;
    const labelled = { ...train, labels: new Uint8Array(rows) };
    await expect(go({ train: labelled })).rejects.toThrow(/checksum of the data/);
    const bytes = encodeCheckpoint(resume);
    expect(() => decodeCheckpoint(bytes.slice(0, 200), "c.npz")).toThrow(/c.npz/);
  });

  test("seeds are networks of their own", async () => {
    const { model } = await whole();
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => trainNetwork({ network: net, recipe: { ...recipe, seed }, train })),
    );
    expect(a!.parameters).not.toEqual(b!.parameters);
    expect(a!.parameters).toHaveLength(finiteModel(model.network).parameterCount);
  });
});
