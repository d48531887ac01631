import { describe, expect, test } from "vitest";
import { bestRidge, evidence, gaussianProcessPosterior, spectralModel } from "../../src/dynamics/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { linearModel } from "./linear-model.js";

const [N, K] = [9, 3];
const { ntkTrain: kernel, targets } = linearModel(N, 2, 20, K, 4);
const labels = Array.from({ length: N }, (_, i) => {
  const row = Array.from(targets.data.subarray(i * K, (i + 1) * K));
  return row.indexOf(Math.max(...row));
});
const without = (i: number) => Array.from({ length: N }, (_, j) => j).filter((j) => j !== i);
const pick = (a: Matrix, rows: readonly number[], cols: readonly number[]) =>
  matrix(
    rows.length,
    cols.length,
    Float64Array.from(rows.flatMap((r) => cols.map((c) => a.data[r * a.shape[1] + c]!))),
  );
const all = [0, 1, 2];

describe("evidence", () => {
  test("leave-one-out errors are those of n networks trained without one sample each", async () => {
    const model = await spectralModel(kernel);
    const ridges = [0, 0.01, 1];
    const found = evidence(model, { targets, labels, ridges, ridgesAbsolute: true });
    for (const [r, noise] of ridges.entries()) {
      let [loss, right, density] = [0, 0, 0];
      for (let i = 0; i < N; i++) {
        const rest = without(i);
        const { mean, covariance } = gaussianProcessPosterior({
          train: pick(kernel, rest, rest),
          testTrain: pick(kernel, [i], rest),
          test: pick(kernel, [i], [i]),
          targets: pick(targets, rest, all),
          diagReg: noise,
          diagRegAbsolute: true,
        });
        const variance = (covariance as Matrix).data[0]! + noise;
        const row = Array.from(mean.data);
        for (let c = 0; c < K; c++) {
          const d = row[c]! - targets.data[i * K + c]!;
          loss += d ** 2 / (2 * N);
          density -= (Math.log(2 * Math.PI * variance) + d ** 2 / variance) / (2 * N);
        }
        if (row.indexOf(Math.max(...row)) === labels[i]) right++;
      }
      // rounding times the condition number of the kernel, about 1e3
      expect(found[r]!.leaveOneOutLoss).toBeWithinRelative(loss, 1e-9);
      expect(found[r]!.leaveOneOutLogDensity).toBeWithinRelative(density, 1e-9);
      expect(found[r]!.leaveOneOutAccuracy).toBe(right / N);
    }
  });

  test("the decomposition serves every ridge, and must fit the kernel", async () => {
    const { vectors, conditioning } = await spectralModel(kernel);
    const eigen = { values: Float64Array.from(conditioning.eigenvalues), vectors };
    // not even looked at: another kernel of the same trace has the same ridge
    const other = matrix(
      N,
      N,
      kernel.data.map((value, at) => (at % (N + 1) === 0 ? value : 0)),
    );
    const [handed, own] = [
      await spectralModel(other, { diagReg: 0.1, eigen }),
      await spectralModel(kernel, { diagReg: 0.1 }),
    ];
    expect(handed).toEqual(own);
    await expect(spectralModel(matrix(2, 2, Float64Array.of(1, 0, 0, 1)), { eigen })).rejects.toThrow(
      /eigen has 9 values and vectors \[9, 9\], expected 2 and \[2, 2\]/,
    );
  });

  test("the log marginal likelihood is that of the Gaussian density, by Cholesky", async () => {
    const model = await spectralModel(kernel);
    const ridges = [0, 1e-3, 0.1, 10];
    for (const { ridge, logMarginalLikelihood } of evidence(model, { targets, ridges })) {
      const by = gaussianProcessPosterior({ train: kernel, testTrain: kernel, targets, diagReg: ridge });
      expect(logMarginalLikelihood).toBeWithinRelative(by.logMarginalLikelihood, 1e-10);
    }
  });

  test("it is the chain of one-sample densities: 1 x 1 and 2 x 2 by hand", async () => {
    const two = matrix(2, 2, Float64Array.of(2, 1, 1, 3));
    const y = matrix(2, 1, Float64Array.of(0.5, -1));
    const [at] = evidence(await spectralModel(two), { targets: y, ridges: [0.5], ridgesAbsolute: true });
    const log = (x: number, mean: number, variance: number) =>
      -0.5 * (Math.log(2 * Math.PI * variance) + (x - mean) ** 2 / variance);
    const chain = log(0.5, 0, 2.5) + log(-1, 0.5 / 2.5, 3.5 - 1 / 2.5);
    expect(at!.logMarginalLikelihood).toBeCloseTo(chain, 12);
    const expected = (log(0.5, -1 / 3.5, 2.5 - 1 / 3.5) + log(-1, 0.5 / 2.5, 3.5 - 1 / 2.5)) / 2;
    expect(at!.leaveOneOutLogDensity).toBeCloseTo(expected, 12);
    expect(at!.leaveOneOutAccuracy).toBeNull();
  });

  test("the default ridges leave out what float64 cannot hold; an unusable one is refused with what can be used", async () => {
    const regular = evidence(await spectralModel(kernel), { targets });
    expect(regular.map(({ ridge }) => ridge)[0]).toBe(0);
    expect(regular.length).toBe(20);
    const same = matrix(3, 3, new Float64Array(9).fill(1));
    const model = await spectralModel(same);
    const y = matrix(3, 1, Float64Array.of(1, 2, 3));
    const list = evidence(model, { targets: y });
    expect(list[0]!.ridge).toBeGreaterThan(0);
    expect(list.every(({ logMarginalLikelihood: l }) => Number.isFinite(l))).toBe(true);
    expect(() => evidence(model, { targets: y, ridges: [0] })).toThrow(
      /with ridge 0 the train kernel is singular.*use ridges above/,
    );
    expect(() => evidence(model, { targets: y, ridges: [-1] })).toThrow(/a ridge is -1/);
    expect(() => evidence(model, { targets: y, labels: [0] })).toThrow(/there are 1 labels, expected 3/);
    expect(() => evidence(model, { targets: y, labels: [0, 1, 0] })).toThrow(/label 1 is 1/);
  });

  test("the best ridge finds the noise that the targets have", async () => {
    // y = f + noise, f of the kernel's own prior: the likelihood is greatest near the true variance
    const { ntkTrain, features } = linearModel(60, 2, 40, 1, 8);
    const big = linearModel(60, 2, 40, 50, 9).targets; // standard normals
    const w = linearModel(40, 2, 1, 50, 10).targets;
    const y = matrix(60, 50);
    for (let i = 0; i < 60; i++)
      for (let c = 0; c < 50; c++) {
        for (let p = 0; p < 40; p++) y.data[i * 50 + c]! += features.data[i * 40 + p]! * w.data[p * 50 + c]!;
        y.data[i * 50 + c]! += 0.3 * big.data[i * 50 + c]!;
      }
    const ridges = Array.from({ length: 25 }, (_, i) => 10 ** (-3 + i / 8));
    const list = evidence(await spectralModel(ntkTrain), { targets: y, ridges, ridgesAbsolute: true });
    // 3000 numbers tell a variance to some per cent; the grid has steps of a third
    expect(Math.abs(Math.log(bestRidge(list, "likelihood").noise / 0.09))).toBeLessThan(0.3);
    expect(Math.abs(Math.log(bestRidge(list, "leaveOneOut").noise / 0.09))).toBeLessThan(0.6);
    expect(() => bestRidge([], "likelihood")).toThrow(/the list is empty/);
  });
});
