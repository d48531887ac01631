import { describe, expect, test } from "vitest";
import { activation } from "../../../src/activations/index.js";
import {
  minibatchMoments,
  noiseExpansion,
  noiseVariance,
  spectralModel,
} from "../../../src/dynamics/index.js";
import { empiricalKernels } from "../../../src/finite/index.js";
import { shallowKernels, shallowLimit } from "../../../src/normalization/index.js";
import { gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { problem, SHIFTED } from "../../normalization/cases.js";
import { portableNetwork } from "../portable-network.js";

const toMatrix = ({
  data,
  shape,
}: {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}): Matrix => matrix(shape[0]!, shape[1]!, data);

describe("noise in the linear model", () => {
  test("spreads the outputs as the weights' process does", async () => {
    const { model, theta, x, y, testX } = portableNetwork();
    const kernel = (a: typeof x, b: typeof x | null) => toMatrix(empiricalKernels(model, theta, a, b).ntk!);
    const train = await spectralModel(kernel(x, null));
    const test = { train: kernel(testX, x), diagonal: kernel(testX, null).data };
    const times = [0.3, 2, 50];
    const clocks = times.map((time) => ({ kind: "flow", time }) as const);
    const own = noiseVariance(train, { noise: 0.1, test }, clocks);
    const weights = await noiseExpansion({
      model,
      parameters: theta,
      x,
      y,
      testX,
      noise: 0.1,
      order: 1,
      times,
    });
    own.forEach(({ train: variance, test: more }, k) => {
      [...variance, ...more!].forEach((value, i) => {
        expect(value).toBeCloseTo(weights[k]!.variance[i]!, 12);
      });
    });
    // listed to 8 decimals, at t = 2
    [0.00938474, 0.00644073, 0.00704039, 0.00978875].forEach((value, i) => {
      expect(Math.abs(own[1]!.train[i]! - value)).toBeLessThan(1e-8);
    });
  });

  test("spreads slow modes as a random walk, also where a step changes them by less than rounding", async () => {
    for (const lambda of [1e-10, 1e-18, 1e-30]) {
      const model = await spectralModel(matrix(1, 1, Float64Array.of(lambda)));
      const [one] = noiseVariance(model, { noise: 1 }, [{ kind: "gd", learningRate: 0.5, steps: 1000 }]);
      // lambda eta k (1 - (k - 1) eta lambda + ...)
      expect(one!.train[0]! / (lambda * 500)).toBeCloseTo(1 - 999 * 0.5 * lambda, 13);
    }
    const model = await spectralModel(matrix(1, 1, Float64Array.of(1)));
    const ends = noiseVariance(model, { noise: 1 }, [
      { kind: "gd", learningRate: 1, steps: 0 },
      { kind: "gd", learningRate: 1, steps: 3 },
    ]);
    expect(ends.map(({ train }) => train[0])).toEqual([0, 1]);
  });

  test("ends at s^2 n / 2 on the training points, whatever the kernel, and without bound elsewhere", async () => {
    const rng = createRng(1);
    for (const size of [3, 8]) {
      const features = matrix(size, 20, rng.normals(new Float64Array(size * 20)));
      const model = await spectralModel(gramMatrix(features));
      const test = {
        train: matrix(1, size, rng.normals(new Float64Array(size))),
        diagonal: Float64Array.of(50),
      };
      const [end] = noiseVariance(model, { noise: 0.2, test }, [
        { kind: "flow", time: Number.POSITIVE_INFINITY },
      ]);
      for (const variance of end!.train) expect(variance).toBeCloseTo((0.04 * size) / 2, 10);
      expect(end!.test![0]).toBe(Number.POSITIVE_INFINITY);
      const [still] = noiseVariance(model, { noise: 0, test }, [
        { kind: "flow", time: Number.POSITIVE_INFINITY },
      ]);
      expect(still!.test![0]).toBe(0);
    }
  });

  test("of gradient descent is that of its recursion, and small steps are the flow", async () => {
    const rng = createRng(2);
    const features = matrix(4, 9, rng.normals(new Float64Array(36)));
    const kernel = gramMatrix(features);
    const model = await spectralModel(kernel);
    const [eta, steps, noise] = [0.05, 30, 0.3];
    const [own] = noiseVariance(model, { noise }, [{ kind: "gd", learningRate: eta, steps }]);
    // Cov r <- G Cov r G + s^2 eta Theta
    let cov = new Float64Array(16);
    for (let k = 0; k < steps; k++) {
      const g = Float64Array.from(kernel.data, (v, i) => (i % 5 === 0 ? 1 : 0) - (eta / 4) * v);
      const next = new Float64Array(16);
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          let sum = noise ** 2 * eta * kernel.data[i * 4 + j]!;
          for (let a = 0; a < 4; a++)
            for (let b = 0; b < 4; b++) sum += g[i * 4 + a]! * cov[a * 4 + b]! * g[j * 4 + b]!;
          next[i * 4 + j] = sum;
        }
      }
      cov = next;
    }
    for (let i = 0; i < 4; i++) expect(own!.train[i]).toBeCloseTo(cov[i * 5]!, 12);
    const [fine, flow] = noiseVariance(model, { noise }, [
      { kind: "gd", learningRate: 1e-6, steps: 1e6 },
      { kind: "flow", time: 1 },
    ]);
    for (let i = 0; i < 4; i++) expect(fine!.train[i]).toBeCloseTo(flow!.train[i]!, 5);
  });

  test("wrong use is answered", async () => {
    const model = await spectralModel(matrix(2, 2, Float64Array.of(2, 1, 1, 2)));
    expect(() => noiseVariance(model, { noise: -1 }, [])).toThrow(/noise is -1/);
    expect(() =>
      noiseVariance(model, { noise: 1 }, [{ kind: "gd", learningRate: 0.1, steps: 1, momentum: 0.9 }]),
    ).toThrow(/momentum is not 0/);
  });
});

describe("minibatch SGD on the linear model", () => {
  const rng = createRng(3);
  const [n, p, batch, steps, eta] = [6, 20, 2, 30, 0.08];
  const features = matrix(n, p, rng.normals(new Float64Array(n * p)));
  const start = rng.normals(new Float64Array(n));
  const kernel = gramMatrix(features);

  test("has the moments of simulated runs", () => {
    const elsewhere = matrix(2, p, rng.fork("test").normals(new Float64Array(2 * p)));
    const across = matmul(elsewhere, features, { transposeB: true });
    const test = { kernel: across, start: Float64Array.of(0.3, -0.8) };
    const [end] = minibatchMoments({
      kernel,
      residual: start,
      test,
      learningRate: eta,
      batch,
      steps: [steps],
    });
    const runs = 6000;
    const outputs: number[][] = [[], []];
    const sum = new Float64Array(n);
    const squares = new Float64Array(n);
    const fourth = new Float64Array(n);
    for (let run = 0; run < runs; run++) {
      const draws = rng.fork("run", run);
      // residuals move by kernel columns: r <- r - (eta / B) sum over the batch Theta(., i) r_i
      const r = Float64Array.from(start);
      const f = Float64Array.from(test.start);
      for (let k = 0; k < steps; k++) {
        const picked = Array.from({ length: batch }, () => draws.integer(n));
        const push = picked.map((i) => r[i]!);
        picked.forEach((i, b) => {
          for (let j = 0; j < n; j++) r[j]! -= (eta / batch) * kernel.data[j * n + i]! * push[b]!;
          for (const j of [0, 1]) f[j]! -= (eta / batch) * across.data[j * n + i]! * push[b]!;
        });
      }
      for (const j of [0, 1]) outputs[j]!.push(f[j]!);
      for (let i = 0; i < n; i++) {
        sum[i]! += r[i]! / runs;
        squares[i]! += r[i]! ** 2 / runs;
        fourth[i]! += r[i]! ** 4 / runs;
      }
    }
    for (let i = 0; i < n; i++) {
      const second = end!.second.data[i * n + i]!;
      expect(Math.abs(sum[i]! - end!.mean[i]!)).toBeLessThan(4 * Math.sqrt(squares[i]! / runs));
      expect(Math.abs(squares[i]! - second)).toBeLessThan(
        4 * Math.sqrt((fourth[i]! - squares[i]! ** 2) / runs),
      );
    }
    for (const j of [0, 1]) {
      const average = outputs[j]!.reduce((a, b) => a + b, 0) / runs;
      const deviations = outputs[j]!.map((f) => (f - average) ** 2);
      const variance = deviations.reduce((a, b) => a + b, 0) / runs;
      const spread = Math.sqrt(deviations.reduce((a, b) => a + (b - variance) ** 2, 0)) / runs;
      expect(Math.abs(average - end!.test!.mean[j]!)).toBeLessThan(4 * Math.sqrt(variance / runs));
      expect(Math.abs(variance - end!.test!.variance[j]!)).toBeLessThan(4 * spread);
    }
    // points that are trained on are the same, less their targets
    const same = { kernel, start };
    const [joint] = minibatchMoments({
      kernel,
      residual: start,
      test: same,
      learningRate: eta,
      batch,
      steps: [steps],
    });
    joint!.test!.mean.forEach((value, i) => {
      expect(value).toBeCloseTo(end!.mean[i]!, 12);
      expect(joint!.test!.variance[i]).toBeCloseTo(end!.second.data[i * (n + 1)]! - end!.mean[i]! ** 2, 12);
    });
    expect(() =>
      minibatchMoments({
        kernel,
        residual: start,
        test: { kernel, start: start.slice(1) },
        learningRate: eta,
        batch,
        steps: [1],
      }),
    ).toThrow(/test.kernel has shape \[6, 6\], expected \[5, 6\]/);
    // the noise is a good part of it
    expect(end!.loss).toBeGreaterThan((1.05 * end!.mean.reduce((s, r) => s + r * r, 0)) / (2 * n));
  });

  test("of the whole data set with replacement has less noise, and none at a fit", () => {
    const many = minibatchMoments({
      kernel,
      residual: start,
      learningRate: eta,
      batch: 1000,
      steps: [0, steps],
    });
    expect(many[0]!.loss).toBeCloseTo(start.reduce((s, r) => s + r * r, 0) / (2 * n), 12);
    const one = minibatchMoments({ kernel, residual: start, learningRate: eta, batch: 2, steps: [steps] });
    expect(many[1]!.loss).toBeLessThan(one[0]!.loss);
    const fitted = minibatchMoments({
      kernel,
      residual: new Float64Array(n),
      learningRate: eta,
      batch: 1,
      steps: [9],
    });
    expect(fitted[0]!.loss).toBe(0);
  });

  test("in many small steps is the sampling noise of wide shallow networks", async () => {
    const given = problem(SHIFTED);
    const limit = await shallowLimit(given, { noise: true });
    const { training } = shallowKernels(activation("tanh"), given.particles, given.x, null);
    const units = 1e4;
    const [end] = minibatchMoments({
      kernel: training,
      residual: given.y.map((target) => -target),
      // one sample a step with rate alpha / N: the loss of this package divides by n
      learningRate: 1 / units,
      batch: 1,
      steps: [3 * units],
    });
    limit.trainNoise![0]!.forEach((sigma, i) => {
      const variance = end!.second.data[i * 5]! - end!.mean[i]! ** 2;
      // the next order in 1 / N, 1e-4, and differences of squares
      expect(Math.abs((units * variance) / sigma - 1)).toBeLessThan(0.01);
    });
  });

  test("wrong use is answered", () => {
    const base = { kernel, residual: start, learningRate: eta, batch, steps: [1] };
    expect(() => minibatchMoments({ ...base, batch: 0 })).toThrow(/batch is 0/);
    expect(() => minibatchMoments({ ...base, learningRate: -1 })).toThrow(/learningRate is -1/);
    expect(() => minibatchMoments({ ...base, steps: [3, 2] })).toThrow(/steps\[1\] is 2/);
    expect(() => minibatchMoments({ ...base, residual: start.subarray(1) })).toThrow(/expected \[5, 5\]/);
    expect(() => minibatchMoments({ ...base, learningRate: 50, steps: [2000] })).toThrow(
      /above the limit of batches/,
    );
  });
});
