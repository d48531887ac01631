import { describe, expect, test } from "vitest";
import { linearStabilityLimit, noisyEvolution } from "../../../src/dynamics/index.js";
import { applyModel, lossGradient } from "../../../src/finite/index.js";
import { portableNetwork } from "../portable-network.js";

describe("a network under noisy training", () => {
  const { model, theta, x, y, testX } = portableNetwork();
  const common = { model, parameters: theta, x, y, testX };

  test("has the listed noise effect, spread and trace, by split", async () => {
    const { at } = await noisyEvolution({ ...common, noise: 0.1, order: 3, times: [0.5, 2] });
    const [early, late] = at;
    const listed = [-0.000483, 0.000434, 0.000169, -0.001591, -0.000476];
    [...early!.train.noiseEffect, ...early!.test!.noiseEffect].forEach((value, i) => {
      // listed to 6 decimals
      expect(Math.abs(value - listed[i]!)).toBeLessThan(1e-6);
    });
    expect(late!.hessianTrace.value).toBeCloseTo(0.8063412 - 0.0829268 + 0.1730872, 6);
    expect(late!.hessianTrace.noiseEffect).toBeCloseTo(0.1730872 - 0.1603337, 6);
    expect(late!.test!.loss).toBeNull();
    expect(late!.zScores).toBeNull();
    const { mean, deviation, loss } = late!.train;
    const expected = y.data.reduce((sum, t, i) => sum + (mean[i]! - t) ** 2 + deviation[i]! ** 2, 0) / 8;
    expect(loss).toBeCloseTo(expected, 12);
  });

  test("order 1 spreads and shifts nothing", async () => {
    const { at } = await noisyEvolution({ ...common, noise: 0.1, order: 1, times: [2] });
    expect(Math.max(...at[0]!.train.noiseEffect.map(Math.abs))).toBe(0);
    expect(at[0]!.train.deviation[0]! ** 2).toBeCloseTo(0.00938474, 8);
    expect(at[0]!.termSizes).toEqual([]);
  });

  test("simulated paths stand beside it, with scores of about one", async () => {
    const { at } = await noisyEvolution({
      ...common,
      testY: { data: Float64Array.of(0.1), shape: [1, 1] },
      noise: 0.1,
      order: 3,
      times: [0, 0.5],
      simulate: { pairs: 200, step: 0.025, seed: 5 },
    });
    expect(at[0]!.zScores).toBeNull();
    // 5 correlated outputs: a root mean square above 3 is a chance of 1 in 1000
    expect(at[1]!.zScores!.noiseEffect).toBeLessThan(3);
    expect(at[1]!.zScores!.deviation).toBeLessThan(3);
    expect(at[1]!.test!.simulated!.mean).toHaveLength(1);
    expect(at[1]!.test!.loss).toBeGreaterThan(0);
  });

  test("gradient descent of its linear model is stable below the limit, and not above", async () => {
    const limit = await linearStabilityLimit(model, theta, x);
    // lambda_max is listed
    expect(limit).toBeCloseTo(8 / 1.77602779, 7);
    // the linear model by differences of the gradient: f_0 + J w has the gradient J^T (f_0 + J w - y) / n
    const start = applyModel(model, theta, x).data;
    const grow = (rate: number) => {
      let residual = Float64Array.of(1, -1, 1, 1);
      for (let step = 0; step < 400; step++) {
        const targets = { data: start.map((f, i) => f - residual[i]!), shape: y.shape };
        const { gradient } = lossGradient(model, theta, x, targets);
        const h = 1e-6;
        const up = applyModel(
          model,
          theta.map((t, i) => t - h * gradient[i]!),
          x,
        ).data;
        const down = applyModel(
          model,
          theta.map((t, i) => t + h * gradient[i]!),
          x,
        ).data;
        residual = residual.map((r, i) => r + (rate * (up[i]! - down[i]!)) / (2 * h));
      }
      return Math.hypot(...residual);
    };
    expect(grow(0.97 * limit)).toBeLessThan(2.1);
    expect(grow(1.03 * limit)).toBeGreaterThan(100);
  });
});
