import { describe, expect, test } from "vitest";
import { addToDiagonal, cholesky, choleskySolve, matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix, matrixFromRows } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { kernelSpectrum, meanPredictor, orderedMeanPredictorLimit } from "../../src/trainability/index.js";
import { distance, identity, randomMatrix } from "../numeric/linalg/matrices.js";
import { deepKernels, erfCritical, erfFixedPoint, randomCorrelations, split } from "./deep-kernels.js";

const TRAIN = 10;
const data = randomCorrelations(13);

/** Random targets with column means 0. */
function centredTargets(n: number, k: number, seed = 5): Matrix {
  const y = randomMatrix(n, k, seed);
  for (let c = 0; c < k; c++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += y.data[i * k + c]! / n;
    for (let i = 0; i < n; i++) y.data[i * k + c]! -= mean;
  }
  return y;
}

const scaled = (a: Matrix, f: (x: number) => number) => matrix(a.shape[0], a.shape[1], a.data.map(f));
const largest = (a: Matrix) => a.data.reduce((s, x) => Math.max(s, Math.abs(x)), 0);

describe("meanPredictor", () => {
  test("is kernel regression, with any labels and with a ridge", () => {
    const { ntk } = deepKernels(data, 3, erfFixedPoint(1.5, 0.05));
    const { train, testTrain } = split(ntk, TRAIN);
    const y = randomMatrix(TRAIN, 2, 3); // not centred
    const direct = (ridge: number) =>
      matmul(testTrain, choleskySolve(cholesky(addToDiagonal(train, ridge)), y));
    expect(distance(meanPredictor(testTrain, train, y).mean, direct(0))).toBeLessThan(1e-12);
    const { mean, ridge } = meanPredictor(testTrain, train, y, { diagReg: 0.01 });
    expect(ridge).toBeWithinRelative(0.01 * train.data[0]!, 1e-12);
    expect(distance(mean, direct(ridge))).toBeLessThan(1e-12);
  });

  test("does not depend on the scale of the kernel, also where its square overflows or vanishes", () => {
    const { train, testTrain } = split(deepKernels(data, 3, erfFixedPoint(1.5, 0.05)).ntk, TRAIN);
    const y = centredTargets(TRAIN, 2);
    const expected = meanPredictor(testTrain, train, y).mean;
    for (const scale of [2 ** 1000, 2 ** -1000]) {
      const actual = meanPredictor(
        scaled(testTrain, (x) => x * scale),
        scaled(train, (x) => x * scale),
        y,
      ).mean;
      expect(actual).toEqual(expected);
    }
  });

  test("keeps the digits of a kernel that is a huge constant plus a small part, where plain regression loses them", () => {
    // entries are multiples of 2^-12 far below the constant 2^40, so that the sum is exact in float64
    const rng = createRng(8);
    const x = matrix(13, 6);
    for (let i = 0; i < x.data.length; i++) x.data[i] = rng.integer(9) - 4;
    const gap = matmul(x, x, { transposeB: true });
    for (let i = 0; i < 13; i++) gap.data[i * 14]! += 1 / 64;
    const constant = 2 ** 40;
    const y = centredTargets(TRAIN, 1);
    const big = split(
      scaled(gap, (v) => v + constant),
      TRAIN,
    );
    const small = split(gap, TRAIN);
    const actual = meanPredictor(big.testTrain, big.train, y).mean;
    // exact limit of an infinite constant; the constant 2^40 is within 1e-9 of it
    const exact = orderedMeanPredictorLimit(
      scaled(small.testTrain, (v) => -v),
      scaled(small.train, (v) => -v),
      y,
    );
    expect(distance(actual, exact) / largest(exact)).toBeLessThan(1e-8);
    const plain = matmul(big.testTrain, choleskySolve(cholesky(big.train), y));
    expect(distance(plain, exact) / largest(exact)).toBeGreaterThan(1e-4);
  });

  test("of the ordered phase tends to the interpolant of the gaps: 2 P(2l) - P(l) within 2 %", () => {
    const point = erfFixedPoint(1.25, 0.05);
    const y = centredTargets(TRAIN, 1);
    const at = (depth: number) => {
      const { train, testTrain } = split(deepKernels(data, depth, point).ntk, TRAIN);
      return meanPredictor(testTrain, train, y).mean;
    };
    const { nngp } = deepKernels(data, 400, point);
    const gaps = scaled(nngp, (x) => (1 - x / nngp.data[0]!) / point.chi1 ** 400);
    const { train, testTrain } = split(gaps, TRAIN);
    const limit = orderedMeanPredictorLimit(testTrain, train, y);
    const a = at(200);
    const b = at(400);
    const richardson = matrix(
      3,
      1,
      b.data.map((x, i) => 2 * x - a.data[i]!),
    );
    expect(distance(richardson, limit) / largest(limit)).toBeLessThan(0.02);
    expect(distance(b, limit) / largest(limit)).toBeGreaterThan(0.005); // corrections of order 1 / depth are really there
  });

  test("of the critical phase falls like 1 / depth, NTK and NNGP", () => {
    const point = erfCritical(0.05);
    const y = centredTargets(TRAIN, 1);
    for (const get of ["ntk", "nngp"] as const) {
      const [a, b] = [1024, 4096].map((depth) => {
        const { train, testTrain } = split(deepKernels(data, depth, point)[get], TRAIN);
        return depth * largest(meanPredictor(testTrain, train, y).mean);
      });
      expect(a! / b!).toBeWithinRelative(1, 0.02);
    }
  });

  test("of the chaotic phase falls like depth (chi_c / chi_1)^depth: slope of the logarithm within 1.5 %", () => {
    const point = erfFixedPoint(2, 0.18);
    const y = centredTargets(TRAIN, 1);
    const reduced = (depth: number) => {
      const { train, testTrain } = split(deepKernels(data, depth, point).ntk, TRAIN);
      return Math.log(largest(meanPredictor(testTrain, train, y).mean) / depth);
    };
    const slope = (reduced(200) - reduced(150)) / 50;
    expect(slope).toBeWithinRelative(Math.log(point.chiC / point.chi1), 0.015);
  });

  test("Gaussian kernel: wide, the interpolant of squared distances; narrow, nothing", async () => {
    const x = randomCorrelations(13, 30, 4); // unit vectors in R^30: |x - x'|^2 = 2 - 2 c
    const squared = scaled(x, (c) => 2 - 2 * c);
    const y = centredTargets(TRAIN, 1);
    const kernel = (h: number) =>
      split(
        scaled(squared, (d) => Math.exp(-d / h)),
        TRAIN,
      );
    const wide = kernel(1000);
    const d = split(squared, TRAIN);
    const limit = orderedMeanPredictorLimit(d.testTrain, d.train, y);
    expect(distance(meanPredictor(wide.testTrain, wide.train, y).mean, limit) / largest(limit)).toBeLessThan(
      0.01,
    );
    expect((await kernelSpectrum(wide.train)).kappa).toBeGreaterThan(5e3);
    const narrow = kernel(0.1);
    expect((await kernelSpectrum(narrow.train)).kappa).toBeWithinRelative(1, 1e-3);
    expect(largest(meanPredictor(narrow.testTrain, narrow.train, y).mean)).toBeLessThan(5e-5);
  });

  test("on the train points returns the targets", () => {
    const { train } = split(deepKernels(data, 5, erfFixedPoint(1.25, 0.05)).ntk, TRAIN);
    const y = centredTargets(TRAIN, 3);
    expect(distance(meanPredictor(train, train, y).mean, y)).toBeLessThan(1e-11);
  });

  test("one sample, one test point", () => {
    const mean = meanPredictor(matrixFromRows([[3]]), matrixFromRows([[4]]), matrixFromRows([[2]])).mean;
    expect(mean.data[0]).toBeWithinRelative(1.5, 1e-15);
  });

  test("says of a constant kernel that it does not tell samples apart, with a ridge that works", () => {
    const constant = matrix(4, 4, new Float64Array(16).fill(0.7));
    const y = matrixFromRows([[1], [2], [3], [6]]);
    let diagReg = 0;
    try {
      meanPredictor(constant, constant, y);
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_SINGULAR" });
      expect((error as Error).message).toMatch(
        /is 0\.7 for each of the 4 x 4 pairs.*does not tell the samples apart/,
      );
      expect((error as Error).message).not.toMatch(/NaN|condition/);
      diagReg = (error as { details: { suggestedDiagReg: number } }).details.suggestedDiagReg;
    }
    expect(diagReg).toBeGreaterThan(0);
    // all that is left is the mean of the targets
    const { mean } = meanPredictor(constant, constant, y, { diagReg });
    expect(mean.data).toAllBeWithinRelative([3, 3, 3, 3], 1e-6);
    expect(() => orderedMeanPredictorLimit(matrix(4, 4), matrix(4, 4), y)).toThrow(/gap is 0 for every pair/);
  });

  test.each(["testTrain", "train", "targets"] as const)("refuses NaN in %s by name", (name) => {
    const good = { testTrain: matrix(2, 3), train: identity(3), targets: matrix(3, 3) };
    const bad = { ...good, [name]: matrix(good[name].shape[0], 3, good[name].data.slice()) };
    bad[name].data[5] = Number.NaN;
    const error = expect.objectContaining({
      code: "ERR_DATA",
      details: expect.objectContaining({ argument: name, index: [1, 2] }),
    });
    expect(() => meanPredictor(bad.testTrain, bad.train, bad.targets)).toThrow(error);
    expect(() => orderedMeanPredictorLimit(bad.testTrain, bad.train, bad.targets)).toThrow(error);
  });

  test("refuses duplicates with a ridge that works, and kernels that are not", () => {
    const twins = matrixFromRows([
      [2, 2, 1],
      [2, 2, 1],
      [1, 1, 2],
    ]);
    const y = matrixFromRows([[1], [-1], [0]]);
    let diagReg = 0;
    try {
      meanPredictor(twins, twins, y);
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_SINGULAR" });
      diagReg = (error as { details: { suggestedDiagReg: number } }).details.suggestedDiagReg;
    }
    expect(diagReg).toBeGreaterThan(0);
    expect(meanPredictor(twins, twins, y, { diagReg }).mean.data.every(Number.isFinite)).toBe(true);
    expect(() => meanPredictor(twins, matrix(3, 3), y)).toThrow(/mean diagonal of the train kernel is 0/);
    expect(() => meanPredictor(twins, twins, y, { diagReg: Number.POSITIVE_INFINITY })).toThrow(
      /diagReg is Infinity/,
    );
    expect(() => meanPredictor(matrix(1, 2), twins, y)).toThrow(/testTrain \[1, 2\]/);
    expect(() => meanPredictor(twins, twins, y, { diagReg: Number.NaN })).toThrow(/diagReg is NaN/);
  });
});
