import { describe, expect, test } from "vitest";
import { minibatchEvolution, minibatchMoments } from "../../../src/dynamics/index.js";
import { applyModel, empiricalKernels, finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { portableNetwork } from "../portable-network.js";

describe("a network under minibatch SGD", () => {
  test("a network that is linear in its weights has the predicted means and spreads, with several outputs and noise on top", async () => {
    const model = finiteModel(
      parseNetwork({ foretrain: 1, input: [3], layers: [{ kind: "dense", units: 2, biasVariance: 0.4 }] }),
    );
    const rng = createRng(8);
    const draw = (rows: number, size: number) => ({
      data: rng.normals(new Float64Array(rows * size)),
      shape: [rows, size],
    });
    const { order, batch, noise, method, at } = await minibatchEvolution({
      ...{ model, parameters: initialParameters(model, { seed: 2 }), x: draw(5, 3), y: draw(5, 2) },
      ...{ testX: draw(2, 3), testY: draw(2, 2), batch: 2, learningRate: 0.3, noise: 0.2 },
      times: [0, 0.9, 6],
      simulate: { paths: 1500, seed: 1, hessianTrace: true },
    });
    expect({ order, batch, noise, method }).toEqual({ order: 1, batch: 2, noise: 0.2, method: "recursion" });
    expect(at.map(({ time }) => Math.round(time / 0.3))).toEqual([0, 3, 20]);
    for (const row of at.slice(1)) {
      for (const split of [row.train, row.test!]) {
        const own = split.simulated!;
        split.mean.forEach((mean, i) => {
          expect(Math.abs(mean - own.mean[i]!)).toBeLessThan(4 * own.meanError[i]!);
          const apart = Math.abs(split.deviation[i]! - own.deviation[i]!);
          expect(apart).toBeLessThan(4 * own.deviationError[i]!);
          expect(split.deviation[i]!).toBeGreaterThan(8 * own.deviationError[i]!);
        });
      }
      // the Hessian of a linear model is constant
      expect(row.hessianTrace.simulated!.mean).toBeCloseTo(row.hessianTrace.value, 10);
      expect(row.zScores!.deviation).toBeLessThan(4);
    }
    expect(at[2]!.train.loss!).toBeLessThan(at[0]!.train.loss!);
    expect(at[2]!.test!.loss).toBeGreaterThan(0);
  });

  test("is the recursion of moments at the network's tangent kernel", async () => {
    const { model, theta, x, y, testX } = portableNetwork();
    const common = { batch: 3, learningRate: 0.5 };
    const { at } = await minibatchEvolution({
      ...{ model, parameters: theta, x, y, testX },
      ...common,
      times: [7],
    });
    const kernel = (a: typeof x, b: typeof x | null) => {
      const { data, shape } = empiricalKernels(model, theta, a, b).ntk!;
      return matrix(shape[0]!, shape[1]!, data);
    };
    const start = applyModel(model, theta, x).data;
    const [end] = minibatchMoments({
      ...common,
      kernel: kernel(x, null),
      residual: start.map((f, i) => f - y.data[i]!),
      test: { kernel: kernel(testX, x), start: applyModel(model, theta, testX).data },
      steps: [14],
    });
    expect(at[0]!.train.loss).toBeCloseTo(end!.loss, 12);
    expect(at[0]!.test!.mean[0]).toBeCloseTo(end!.test!.mean[0]!, 12);
    expect(at[0]!.test!.deviation[0]! ** 2).toBeCloseTo(end!.test!.variance[0]!, 12);
    end!.mean.forEach((r, i) => {
      expect(at[0]!.train.mean[i]).toBeCloseTo(r + y.data[i]!, 12);
    });
    const trace = kernel(x, null).data.filter((_, i) => i % 5 === 0);
    expect(at[0]!.hessianTrace.value).toBeCloseTo(trace.reduce((a, b) => a + b, 0) / 4, 12);
  });

  test("says what is wrong with its numbers, and where moments run away", async () => {
    const { model, theta, x, y } = portableNetwork();
    const run = (options: object) =>
      minibatchEvolution({
        ...{ model, parameters: theta, x, y, batch: 2, learningRate: 0.5, times: [1] },
        ...options,
      });
    await expect(run({ batch: 0 })).rejects.toThrow(
      /batch is 0, expected a whole number from 1 to the 4 samples/,
    );
    await expect(run({ batch: 5 })).rejects.toThrow(/batch is 5/);
    await expect(run({ learningRate: 0 })).rejects.toThrow(/learningRate is 0, expected a number > 0/);
    await expect(run({ noise: -1 })).rejects.toThrow(/noise is -1/);
    await expect(run({ times: [2, 1] })).rejects.toThrow(/times\[1\] is 1/);
    await expect(run({ simulate: { paths: 1, seed: 0 } })).rejects.toThrow(/simulate\.paths is 1/);
    await expect(run({ learningRate: 100, times: [50_000] })).rejects.toThrow(
      /no longer finite after \d+ steps: the learning rate 100 is above the limit of batches of 2/,
    );
  });
});
