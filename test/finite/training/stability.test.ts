import { describe, expect, test } from "vitest";
import {
  applyModel,
  finiteModel,
  initialParameters,
  jacobian,
  largestCurvature,
  lossGradient,
  stableLearningRate,
  trainNetwork,
} from "../../../src/finite/index.js";
import { dense, input, network, relu, tanh } from "../../../src/network/index.js";
import { eigenSymmetric, gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { matrix, transpose } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";

const normals = (shape: readonly number[], seed: number) => ({
  data: createRng(seed).normals(new Float64Array(shape.reduce((a, b) => a * b, 1))),
  shape,
});

describe("largest curvature of the loss", () => {
  const net = network(input([4]), dense(6, { biasVariance: 0.2 }), tanh(), dense(3));
  const model = finiteModel(net, { scheme: { layers: [{ layer: 1, weights: { learningRate: 2.5 } }] } });
  const theta = initialParameters(model, { seed: 2 });
  const [n, k] = [5, 3];
  const x = normals([n, 4], 3);

  test.each(["squared", "crossEntropy", "logistic"] as const)(
    "is the largest eigenvalue of J^T H J with the tensors' rates, %s",
    async (loss) => {
      const j = jacobian(model, theta, x);
      const p = model.parameterCount;
      for (const { offset, size, learningRate } of model.tensors) {
        for (let row = 0; row < n * k; row++) {
          for (let i = offset; i < offset + size; i++) j.data[row * p + i]! *= Math.sqrt(learningRate);
        }
      }
      const f = n * k;
      const hessian = matrix(f, f);
      const outputs = applyModel(model, theta, x).data;
      for (let s = 0; s < n; s++) {
        const row = outputs.subarray(s * k, (s + 1) * k);
        const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
        for (let a = 0; a < k; a++) {
          for (let b = 0; b < k; b++) {
            const [pa, pb] = [Math.exp(row[a]!) / total, Math.exp(row[b]!) / total];
            const softmax = (a === b ? pa : 0) - pa * pb;
            const logit = 1 / (1 + Math.exp(-row[a]!));
            const one = { squared: 1, crossEntropy: 0, logistic: logit * (1 - logit) }[loss];
            hessian.data[(s * k + a) * f + s * k + b] =
              (loss === "crossEntropy" ? softmax : a === b ? one : 0) / n;
          }
        }
      }
      const full = matmul(matmul(transpose(j), hessian), j);
      for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) full.data[a * p + b] = full.data[b * p + a]!;
      const { values } = await eigenSymmetric(full);
      const found = await largestCurvature(model, theta, x, { loss, tolerance: 1e-12, iterations: 5000 });
      expect(found.status).toBe("converged");
      expect(Math.abs(found.value / Math.max(...values) - 1)).toBeLessThan(1e-11);
      const rough = await largestCurvature(model, theta, x, { loss });
      expect(Math.abs(rough.value / Math.max(...values) - 1)).toBeLessThan(1e-4);
    },
  );

  test("keeps its tolerance where the next eigenvalue is close, and says where the iterations do not reach it", async () => {
    // equal inputs up to little noise in orthogonal directions: eigenvalues 1, 1 - 1/50, ...
    const count = 20;
    const close = { data: new Float64Array(count * count), shape: [count, count] };
    for (let i = 0; i < count; i++) close.data[i * count + i] = Math.sqrt(count * count * (1 - i / 50));
    const linear = finiteModel(network(input([count]), dense(1)));
    const start = initialParameters(linear, { seed: 1 });
    const at = (options: object) => largestCurvature(linear, start, close, options);
    const { value, status } = await at({ tolerance: 1e-6 });
    expect([status, Math.abs(value - 1) < 1e-6]).toEqual(["converged", true]);
    expect((await at({ tolerance: 1e-6, iterations: 3 })).status).toBe("max-iterations");
  });

  test("more outputs than parameters: ends with what the parameters reach", async () => {
    const small = finiteModel(network(input([2]), dense(1)));
    const many = normals([30, 2], 9);
    const found = await largestCurvature(small, initialParameters(small, { seed: 1 }), many, {
      tolerance: 0,
    });
    const { values } = await eigenSymmetric(gramMatrix(matrix(30, 2, many.data)));
    expect(found.status).toBe("converged");
    expect(Math.abs(found.value / (values[0]! / 60) - 1)).toBeLessThan(1e-13);
  });
});

describe("the largest stable learning rate", () => {
  const [n, d] = [12, 5];
  const net = network(input([d]), dense(1));
  const train = { x: normals([n, d], 5), y: normals([n, 1], 6) };
  const kernel = gramMatrix(matrix(n, d, train.x.data));
  const run = async (share: number, momentum: number, nesterov: boolean) => {
    const { values } = await eigenSymmetric(kernel);
    const limit = stableLearningRate(Math.max(...values) / (d * n), { momentum, nesterov });
    return {
      limit,
      done: trainNetwork({
        network: net,
        recipe: { steps: 3000, learningRate: share * limit, momentum, nesterov, dtype: "float64" },
        train,
        records: [],
      }),
    };
  };

  test.each([
    [0, false],
    [0.5, false],
    [0.9, false],
    [0.5, true],
    [0.9, true],
  ])(
    "linear model, momentum %d, nesterov %s: converges at 0.95 of it and diverges at 1.05 with its value in the message",
    async (momentum, nesterov) => {
      const below = await (await run(0.95, momentum, nesterov)).done;
      const { gradient } = lossGradient(below.model, Float64Array.from(below.parameters), train.x, train.y);
      for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-12);
      const above = await run(1.05, momentum, nesterov);
      const error = await above.done.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "ERR_NUMERICAL" });
      const { message, details } = error as Error & { details: { limit: number } };
      expect(details.limit / above.limit).toBeCloseTo(1, 4); // known to 1e-4
      expect(message).toMatch(/diverged at step \d+: .* above the largest stable one/);
    },
  );

  test("a rate left open is half of it", async () => {
    const { recipe, curvature } = await trainNetwork({
      network: net,
      recipe: { steps: 3, dtype: "float64" },
      train,
    });
    const { limit } = await run(0.5, 0, false);
    expect(recipe.learningRate / limit).toBeCloseTo(0.5, 4);
    expect(curvature!.samples).toBe(n);
  });

  test("units of relu that one step throws out are divergence, where the rate is beyond all that networks come back from", async () => {
    const dead = network(input([3]), dense(64, { weightVariance: 2 }), relu(), dense(1));
    // positive inputs move all units to one side
    const positive = {
      x: { data: Float64Array.of(1, 0.5, 0.2, 0.4, 1, 0.6), shape: [2, 3] },
      y: matrix(2, 1),
    };
    positive.y.data.set([1, -1]);
    const at = (learningRate: number | undefined, divergenceFactor?: number) =>
      trainNetwork({
        network: dead,
        recipe: { steps: 20, dtype: "float64", learningRate, divergenceFactor, seed: 1 },
        train: positive,
        records: Array.from({ length: 21 }, (_, step) => step),
      });
    const stable = stableLearningRate((await at(undefined)).curvature!.value);
    const { records } = await at(12 * stable, 1e300);
    const losses = records.map(({ trainLoss }) => trainLoss);
    // it never comes to 10^4 times the start, and ends as a network that answers 0: losses 1/2
    const size = Math.max(...losses) / Math.max(losses[0]!, 0.5);
    expect([size > 100, size < 1e4, losses.at(-1)]).toEqual([true, true, 0.5]);
    await expect(at(12 * stable)).rejects.toThrow(/diverged at step \d+: .* above the largest stable one/);
  });

  test("a loss that is not finite stops training", async () => {
    const deep = network(input([d]), dense(64), relu(), dense(64), relu(), dense(1));
    const running = trainNetwork({
      network: deep,
      recipe: { steps: 50, learningRate: 1e12, dtype: "float64", divergenceFactor: 1e300 },
      train,
    });
    await expect(running).rejects.toMatchObject({ code: "ERR_NUMERICAL" });
  });
});
