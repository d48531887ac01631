import { describe, expect, test } from "vitest";
import { linearNoise, noiseExpansion, parameterNoise } from "../../../src/dynamics/index.js";
import { jacobian } from "../../../src/finite/index.js";
import { matmul } from "../../../src/numeric/linalg/index.js";
import { matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { expectClose } from "../../support/expect-close.js";
import { portableNetwork } from "../portable-network.js";

describe("noise in the linear model of a network", () => {
  const { model, theta, x, y, testX } = portableNetwork();
  const base = { model, parameters: theta, x, y, testX };
  const flow = (...times: number[]) => times.map((time) => ({ kind: "flow", time }) as const);

  test("has the mean and variances of order 1", async () => {
    const times = [0, 0.5, 2, 40];
    const own = await linearNoise({ ...base, noise: 0.1, clocks: flow(...times) });
    const first = await noiseExpansion({ ...base, noise: 0.1, order: 1, times });
    own.forEach(({ mean, covariance, weights }, k) => {
      expectClose(mean, [...first[k]!.terms[0]!], 1e-13);
      expectClose(weights, [...first[k]!.weights[0]!], 1e-13);
      for (let i = 0; i < 5; i++) {
        expect(covariance.data[i * 5 + i]).toBeCloseTo(first[k]!.variance[i]!, 14);
      }
    });
    // listed to 8 decimals, at t = 2
    expectClose(
      [0, 6, 12, 18, 24].map((at) => own[2]!.covariance.data[at]!),
      [0.00938474, 0.00644073, 0.00704039, 0.00978875, 0.00862959],
      1e-8,
    );
    // the mean does not know the noise
    const loud = await linearNoise({ ...base, noise: 5, clocks: flow(...times) });
    loud.forEach(({ mean }, k) => {
      expect([...mean]).toEqual([...own[k]!.mean]);
    });
  });

  test("targets that are not finite are refused, not turned into means that are NaN", async () => {
    const broken = { ...y, data: Float64Array.from(y.data, (value, i) => (i === 2 ? Number.NaN : value)) };
    const given = { ...base, y: broken, noise: 0.1 };
    const refusal = { code: "ERR_DATA", message: expect.stringContaining("y has NaN at index 2") };
    await expect(linearNoise({ ...given, clocks: flow(1) })).rejects.toMatchObject(refusal);
    await expect(noiseExpansion({ ...given, order: 1, times: [1] })).rejects.toMatchObject(refusal);
  });

  test("of the weights is spread over all of them as D t, less what training holds back", async () => {
    const s = parameterNoise(model, ({ role }) => (role === "bias" ? 0.1 : 0.4));
    const variances = [...s].map((value) => value ** 2);
    const [start, early] = await linearNoise({ ...base, noise: s, clocks: flow(0, 1e-6) });
    expect(Math.max(...start!.weightVariance)).toBe(0);
    expectClose(
      early!.weightVariance.map((value) => value / 1e-6),
      variances,
      1e-5,
    );
    const dense = matrix(12, 12);
    variances.forEach((value, i) => {
      dense.data[i * 13] = value;
    });
    const [[diagonal], [full]] = await Promise.all(
      [s, dense].map((noise) => linearNoise({ ...base, noise, clocks: flow(3) })),
    );
    expectClose(full!.weightVariance, [...diagonal!.weightVariance], 1e-13);
    expectClose(full!.covariance.data, [...diagonal!.covariance.data], 1e-13);
    // training moves variance between weights, and takes some away
    const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
    expect(total(diagonal!.weightVariance)).toBeLessThan(0.95 * 3 * total(variances));
  });

  test("is that of simulated steps: outputs, weights and two times, for noise with correlations", async () => {
    const p = 12;
    const [eta, between, steps, paths] = [0.2, 12, 30, 3000];
    const rng = createRng(4);
    const factor = matrix(
      p,
      p,
      rng
        .fork("factor")
        .normals(new Float64Array(p * p))
        .map((v) => 0.1 * v),
    );
    const noise = matmul(factor, factor, { transposeB: true });
    const clocks = [between, steps].map((k) => ({ kind: "gd", learningRate: eta, steps: k }) as const);
    const [middle, end] = await linearNoise({ ...base, noise, clocks });
    const both = { data: Float64Array.of(...x.data, ...testX.data), shape: [5, 1] };
    const j = jacobian(model, theta, both).data;
    const start = [...(await linearNoise({ ...base, noise: 0, clocks: flow(0) }))[0]!.mean];
    const output = (w: Float64Array, i: number) => {
      let f = start[i]!;
      for (let a = 0; a < p; a++) f += j[i * p + a]! * w[a]!;
      return f;
    };
    const size = 5 + p + 1; // outputs at the end, weights, and the first output at the middle
    const samples: Float64Array[] = [];
    for (let path = 0; path < paths; path++) {
      const stream = rng.fork("path", path);
      const w = new Float64Array(p);
      const xi = new Float64Array(p);
      const seen = new Float64Array(size);
      for (let k = 1; k <= steps; k++) {
        const slope = new Float64Array(p);
        for (let i = 0; i < 4; i++) {
          const r = output(w, i) - y.data[i]!;
          for (let a = 0; a < p; a++) slope[a]! += (r * j[i * p + a]!) / 4;
        }
        stream.normals(xi);
        for (let a = 0; a < p; a++) {
          let push = 0;
          for (let b = 0; b < p; b++) push += factor.data[a * p + b]! * xi[b]!;
          w[a]! += -eta * slope[a]! + Math.sqrt(eta) * push;
        }
        if (k === between) seen[size - 1] = output(w, 0);
      }
      for (let i = 0; i < 5; i++) seen[i] = output(w, i);
      seen.set(w, 5);
      samples.push(seen);
    }
    const mean = Float64Array.from(
      { length: size },
      (_, i) => samples.reduce((t, v) => t + v[i]!, 0) / paths,
    );
    const expected = [...end!.mean, ...end!.weights, middle!.mean[0]!];
    const product = (a: number, b: number, covariance: number) => {
      const values = samples.map((v) => (v[a]! - mean[a]!) * (v[b]! - mean[b]!));
      const average = values.reduce((t, v) => t + v, 0) / paths;
      const error = Math.sqrt(values.reduce((t, v) => t + (v - average) ** 2, 0)) / paths;
      expect(Math.abs(average - covariance)).toBeLessThan(4 * error);
    };
    for (let i = 0; i < size; i++) {
      const deviation = Math.sqrt(samples.reduce((t, v) => t + (v[i]! - mean[i]!) ** 2, 0)) / paths;
      expect(Math.abs(mean[i]! - expected[i]!)).toBeLessThan(4 * deviation);
    }
    for (let i = 0; i < 5; i++) for (let k = 0; k <= i; k++) product(i, k, end!.covariance.data[i * 5 + k]!);
    for (let a = 0; a < p; a++) product(5 + a, 5 + a, end!.weightVariance[a]!);
    // Cov(f now, f_0 before)
    for (let i = 0; i < 5; i++) product(i, size - 1, end!.between[0]!.data[i * 5]!);
  });

  test("ends at s^2 n / 2 on the training points and grows with time elsewhere", async () => {
    const [late, later] = await linearNoise({ ...base, noise: 0.3, clocks: flow(1e5, 2e5) });
    for (let i = 0; i < 4; i++) expect(late!.covariance.data[i * 6]).toBeCloseTo((0.09 * 4) / 2, 10);
    expect(late!.loss).toBeCloseTo((0.09 * 4) / 4, 8);
    const growth = later!.covariance.data[24]! - late!.covariance.data[24]!;
    expect(growth).toBeGreaterThan(1);
    expect(growth / 1e5).toBeCloseTo(late!.covariance.data[24]! / 1e5, 3);
    const [forever] = await linearNoise({ ...base, noise: 0.3, clocks: flow(Number.POSITIVE_INFINITY) });
    expect(forever!.covariance.data[0]).toBeCloseTo((0.09 * 4) / 2, 10);
    expect(forever!.covariance.data[24]).toBe(Number.POSITIVE_INFINITY);
    expectClose(forever!.mean, [...y.data], 1e-10);
  });

  test("wrong use is answered", async () => {
    const run = (fields: object) => linearNoise({ ...base, noise: 0.1, clocks: flow(1), ...fields });
    await expect(run({ noise: -1 })).rejects.toThrow(/noise is -1/);
    await expect(run({ noise: new Float64Array(3) })).rejects.toThrow(/3 numbers, expected 12/);
    await expect(run({ noise: matrix(2, 2) })).rejects.toThrow(/expected \[12, 12\]/);
    const wrong = matrix(12, 12);
    wrong.data[1] = 1;
    await expect(run({ noise: wrong })).rejects.toThrow(/no covariance matrix at \(1, 0\)/);
    await expect(run({ clocks: flow(2, 1) })).rejects.toThrow(/clocks\[1\] does not follow/);
    const momentum = { kind: "gd", learningRate: 0.1, steps: 3, momentum: 0.9 };
    await expect(run({ clocks: [momentum] })).rejects.toThrow(/momentum/);
  });
});
