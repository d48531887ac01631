import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { network as build, dense, input } from "../../src/network/index.js";
import {
  quadratureParticles,
  shallowKernels,
  shallowLimit,
  shallowVariance,
  trainShallow,
} from "../../src/normalization/index.js";
import { matrixFromRows } from "../../src/numeric/matrix.js";
import { expectClose } from "../support/expect-close.js";
import { CENTRED, problem, SHIFTED } from "./cases.js";

describe("kernels of shallow networks", () => {
  test("with standard normal weights the training kernel is the ntk of one hidden layer", async () => {
    const unit = { kind: "discrete", values: [1, -1], probabilities: [0.5, 0.5] } as const;
    const network = { ...CENTRED, outer: unit, activation: { kind: "activation", name: "erf" } as const };
    const x = problem(CENTRED).x;
    const own = shallowKernels(activation("erf"), quadratureParticles(network, 150), x, null);
    // sigma_w^2 = inputs in the first layer: W . x without the 1 / fan-in
    const net = build(
      input([2]),
      dense(8, { weightVariance: 2 }),
      { kind: "activation", name: "erf" },
      dense(1),
    );
    const { ntk, nngp } = await computeKernel(net, x, null);
    // erf has poles of its Gaussian integrals at distance 1: 150 nodes per axis leave 1e-13
    own.training.data.forEach((value, i) => {
      expect(Math.abs(value - ntk!.data[i]!)).toBeLessThan(1e-12);
      expect(Math.abs(own.initial.data[i]! - nngp!.data[i]!)).toBeLessThan(1e-12);
    });
  });
});

describe("the limit and its spread", () => {
  test("variances over initializations have the listed values", async () => {
    const centred = await shallowLimit(problem(CENTRED, [0, 3]));
    expectClose(
      [...centred.trainVariance[0]!, ...centred.testVariance![0]!],
      [0.82, 0.9035, 0.9242, 0.8701, 0.7299],
      1e-4,
    );
    expectClose(
      [...centred.trainVariance[1]!, ...centred.testVariance![1]!],
      [0.012, 0.0235, 0.0173, 0.0144, 0.0642],
      1e-4,
    );
    const shifted = await shallowLimit(problem(SHIFTED, [0, 3]), { noise: true });
    expectClose(
      [...shifted.trainVariance[0]!, ...shifted.testVariance![0]!],
      [0.9272, 1.0331, 1.1166, 0.9408, 0.7381],
      1e-4,
    );
    expectClose(
      [...shifted.trainVariance[1]!, ...shifted.testVariance![1]!],
      [0.015, 0.0317, 0.0244, 0.0191, 0.1038],
      1e-4,
    );
    expectClose(
      [...shifted.trainNoise![1]!, ...shifted.testNoise![1]!],
      [0.4457, 0.0151, 0.0406, 0.499, 0.2945],
      1e-4,
    );
    expectClose([...shifted.trainNoise![0]!], [0, 0, 0, 0], 1e-15);
  });

  test("the mean fits the data in the end, and is the leading term of the expansion", async () => {
    const limit = await shallowLimit(problem(SHIFTED, [3, Number.POSITIVE_INFINITY]));
    expectClose([...limit.train[1]!], [1, -0.7, 0.5, 0.8], 1e-9);
    expectClose(
      [...limit.train[0]!, ...limit.test![0]!],
      [0.13665, -0.58719, 0.57093, -0.02882, -0.1865],
      2e-5,
    );
  });

  test("steps of full batches carry the start by powers, not by the exponential", async () => {
    const two = { ...problem(CENTRED, [0.2]), alpha: 2 };
    const limit = await shallowLimit(two, { timeStep: 0.1 });
    // by hand: r -> (I - alpha d A / 4) r, twice, for the mean and for a start of unit size at each training point
    const { training: a, initial } = shallowKernels(activation("tanh"), two.particles, two.x, null);
    const step = (r: readonly number[]) =>
      r.map(
        (value, i) => value - (0.2 / 4) * r.reduce((sum, other, j) => sum + a.data[i * 4 + j]! * other, 0),
      );
    const left = step(step([...two.y]));
    expectClose(
      [...limit.train[0]!],
      [...two.y].map((y, i) => y - left[i]!),
      1e-12,
    );
    const powers = [0, 1, 2, 3].map((j) => step(step([0, 1, 2, 3].map((i) => (i === j ? 1 : 0)))));
    const variances = [0, 1, 2, 3].map((i) =>
      powers.reduce(
        (sum, p, j) => sum + powers.reduce((all, q, k) => all + p[i]! * q[i]! * initial.data[j * 4 + k]!, 0),
        0,
      ),
    );
    expectClose([...limit.trainVariance[0]!], variances, 1e-12);
    await expect(shallowLimit(two, { timeStep: 0.1, noise: true })).rejects.toThrow(
      /timeStep is 0.1 with noise/,
    );
    await expect(shallowLimit(two, { timeStep: 0 })).rejects.toThrow(/timeStep is 0, expected a number > 0/);
  });

  test("outer weights of another mean have no limit", async () => {
    const uniform = { ...CENTRED, outer: { kind: "uniform", low: 0, high: 1 } as const };
    await expect(shallowLimit({ ...problem(CENTRED), network: uniform })).rejects.toThrow(
      /have mean 0\.(5|4999\d*), expected 0/,
    );
  });
});

/** Variances over runs at the training points, then the further one, at t = 3 or after ten tenths of it. */
function variances(
  network: typeof CENTRED,
  units: number,
  gamma: number,
  runs: number,
  how: { readonly batch: "sgd" | "full"; readonly steps?: number },
): number[] {
  const { x, y, testX } = problem(network);
  // full-batch steps of 0.1 follow the flow to about 1 %
  const quick = how.steps === undefined ? {} : { alpha: units / 10 };
  const times = [how.steps === undefined ? 3 : how.steps / units];
  const all = Array.from({ length: runs }, (_, seed) => {
    const run = trainShallow({ network, units, gamma, x, y, testX, times, seed, batch: how.batch, ...quick });
    return [...run.train[0]!, ...run.test![0]!];
  });
  return all[0]!.map((_, i) => {
    const mean = all.reduce((sum, run) => sum + run[i]! / runs, 0);
    return all.reduce((sum, run) => sum + (run[i]! - mean) ** 2, 0) / (runs - 1);
  });
}

describe("real networks", () => {
  test("spread as the limit says, N^(1 - 2 gamma) Var K", async () => {
    const runs = 200;
    const { trainVariance, testVariance } = await shallowLimit(problem(CENTRED));
    const all = Float64Array.from([...trainVariance[0]!, ...testVariance![0]!]);
    const measured = variances(CENTRED, 1000, 0.6, runs, { batch: "full", steps: 30 });
    shallowVariance(all, null, 1000, 0.6).forEach((expected, i) => {
      // 4 standard errors of a variance, and 10 % for steps of 0.1 and the next order in 1 / N
      expect(Math.abs(measured[i]! / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / runs) + 0.1);
    });
  });

  test("SGD adds the noise of its samples, Sigma / N", async () => {
    const runs = 80;
    const limit = await shallowLimit(problem(SHIFTED), { noise: true });
    const measured = variances(SHIFTED, 400, 0.8, runs, { batch: "sgd" });
    const initial = Float64Array.from([...limit.trainVariance[0]!, ...limit.testVariance![0]!]);
    const noise = Float64Array.from([...limit.trainNoise![0]!, ...limit.testNoise![0]!]);
    shallowVariance(initial, noise, 400, 0.8).forEach((expected, i) => {
      // the next order is 20 % at N = 400; 3 standard errors of a variance over the runs
      expect(Math.abs(measured[i]! / expected - 1)).toBeLessThan(0.2 + 3 * Math.sqrt(2 / runs));
    });
    // without Sigma it would be far off: the noise is most of it on the first and last training points
    const without = shallowVariance(initial, null, 400, 0.8);
    expect(measured[0]! / without[0]!).toBeGreaterThan(2);
  });

  test("the variance falls like N^(1 - 2 gamma)", () => {
    for (const gamma of [0.6, 0.7]) {
      const mean = (units: number) =>
        variances(CENTRED, units, gamma, 200, { batch: "full", steps: 10 }).reduce((a, b) => a + b / 5, 0);
      const slope = Math.log(mean(1600) / mean(100)) / Math.log(16);
      expect(Math.abs(slope - (1 - 2 * gamma))).toBeLessThan(0.06);
    }
  });

  test("wrong use is answered", () => {
    const { x, y } = problem(CENTRED);
    const base = { network: CENTRED, units: 10, gamma: 0.5, x, y, times: [10], seed: 1 };
    expect(() => trainShallow({ ...base, gamma: 0.3 })).toThrow(/gamma is 0.3, expected a number from 1\/2/);
    expect(() => trainShallow({ ...base, units: 0 })).toThrow(/count is 0/);
    expect(() => trainShallow({ ...base, y: y.subarray(1) })).toThrow(/y 3 numbers/);
    const relu = { ...CENTRED, activation: { kind: "activation", name: "relu" } as const };
    expect(() => trainShallow({ ...base, network: relu, alpha: 1e6 })).toThrow(/no longer finite after/);
    const sign = { ...CENTRED, activation: { kind: "activation", name: "sign" } as const };
    expect(() => trainShallow({ ...base, network: sign })).toThrow(/no derivative/);
    expect(() => quadratureParticles({ ...CENTRED, inner: new Array(9).fill(CENTRED.inner[0]!) })).toThrow(
      /9 inputs with 24 nodes/,
    );
    expect(() =>
      shallowKernels(activation("tanh"), quadratureParticles(CENTRED, 3), matrixFromRows([[1]]), null),
    ).toThrow(/x has 1 columns, the units have 2 inputs/);
    expect(() => quadratureParticles({ ...CENTRED, outer: { kind: "normal", variance: -1 } })).toThrow(
      /outer is .* expected a finite mean and a variance >= 0/,
    );
  });
});
