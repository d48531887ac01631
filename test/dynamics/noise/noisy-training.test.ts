import { describe, expect, test } from "vitest";
import { noiseExpansion, simulateNoisyTraining } from "../../../src/dynamics/index.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { portableNetwork } from "../portable-network.js";

describe("simulated noisy training", () => {
  const { model, theta, x, y, testX } = portableNetwork();
  const common = { model, parameters: theta, x, y, testX };

  test("shifts the mean as orders 2 and 3 say", async () => {
    const [paths] = await simulateNoisyTraining({
      ...common,
      noise: 0.1,
      times: [0.5],
      step: 0.0125,
      pairs: 1200,
      seed: 1,
    });
    const [noisy, quiet] = await Promise.all(
      [0.1, 0].map((noise) => noiseExpansion({ ...common, noise, order: 3, times: [0.5] })),
    );
    const listed = [-0.000483, 0.000434, 0.000169, -0.001591, -0.000476];
    const largest = 0.001591;
    listed.forEach((value, i) => {
      const theory = [1, 2].reduce((sum, k) => sum + noisy![0]!.terms[k]![i]! - quiet![0]!.terms[k]![i]!, 0);
      // listed to 6 decimals
      expect(Math.abs(theory - value)).toBeLessThan(1e-6);
      // the next order is 5 % of the largest entry, the step's error 2 % of it
      const { mean, error } = paths!.noiseEffect;
      expect(Math.abs(mean[i]! - theory)).toBeLessThan(0.07 * largest + 4 * error[i]!);
      expect(error[i]!).toBeLessThan(0.12 * largest);
    });
    paths!.variance.mean.forEach((variance, i) => {
      const [at] = noisy!;
      const expected = at!.variance[i]! + at!.varianceCorrection![i]!;
      // the next order in eps is some 3 % of the variance, the step's error 1 %
      expect(Math.abs(variance - expected)).toBeLessThan(0.04 * expected + 4 * paths!.variance.error[i]!);
    });
  });

  test("raises the trace of the Hessian of this network, as order 3 says for small eps", async () => {
    const eps = 0.2;
    const [paths] = await simulateNoisyTraining({
      ...common,
      noise: 0.1,
      times: [2],
      step: 0.05,
      pairs: 250,
      seed: 2,
      eps,
      hessianTrace: true,
    });
    const [noisy, quiet] = await Promise.all(
      [0.1, 0].map((noise) => noiseExpansion({ ...common, noise, order: 3, times: [2] })),
    );
    const theory = noisy![0]!.hessianTrace[2]! - quiet![0]!.hessianTrace[2]!;
    const { mean, quiet: without, error } = paths!.hessianTrace!;
    // 0.0128 in theory; the next order takes some eps of it
    expect(Math.abs((mean - without) / eps ** 2 - theory)).toBeLessThan(
      0.35 * theory + (4 * error) / eps ** 2,
    );
    expect(mean - without).toBeGreaterThan(3 * error);
  });

  test("of a linear model has its exact moments", async () => {
    const linear = finiteModel(
      parseNetwork({ foretrain: 1, input: [2], layers: [{ kind: "dense", units: 1 }] }),
    );
    const at = initialParameters(linear, { seed: 1 });
    const points = { data: Float64Array.of(1, 0.5, -1, 0.2), shape: [2, 2] };
    const targets = { data: Float64Array.of(1, 2), shape: [2, 1] };
    const input = { model: linear, parameters: at, x: points, y: targets, noise: 0.3, times: [1] };
    const [paths] = await simulateNoisyTraining({ ...input, step: 0.01, pairs: 600, seed: 3 });
    const [exact] = await noiseExpansion({ ...input, order: 1 });
    for (let i = 0; i < 2; i++) {
      // opposite noise cancels to rounding: the mean of a linear model is the quiet path
      expect(Math.abs(paths!.noiseEffect.mean[i]!)).toBeLessThan(1e-13);
      expect(Math.abs(paths!.quiet[i]! - exact!.terms[0]![i]!)).toBeLessThan(0.01);
      expect(Math.abs(paths!.variance.mean[i]! - exact!.variance[i]!)).toBeLessThan(
        4 * paths!.variance.error[i]! + 0.01 * exact!.variance[i]!,
      );
    }
  });

  test("is the same for the same seed, and stops when asked to", async () => {
    const quick = { ...common, noise: 0.1, times: [0.2], step: 0.05, pairs: 3 };
    const [a, b, c] = await Promise.all([7, 7, 8].map((seed) => simulateNoisyTraining({ ...quick, seed })));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    const stop = new AbortController();
    stop.abort();
    await expect(simulateNoisyTraining({ ...quick, seed: 1, signal: stop.signal })).rejects.toThrow(
      /abort|cancel/i,
    );
  });

  test("wrong use is answered", async () => {
    const base = { ...common, noise: 0.1, times: [1], step: 0.1, pairs: 4, seed: 1 };
    await expect(simulateNoisyTraining({ ...base, step: 0 })).rejects.toThrow(/step is 0/);
    await expect(simulateNoisyTraining({ ...base, pairs: 1 })).rejects.toThrow(/pairs is 1/);
    await expect(simulateNoisyTraining({ ...base, noise: Number.NaN })).rejects.toThrow(/noise is NaN/);
    await expect(simulateNoisyTraining({ ...base, eps: 0 })).rejects.toThrow(/eps is 0/);
  });
});
