import { describe, expect, test } from "vitest";
import { matrix } from "../../src/numeric/matrix.js";
import { kernelSpectrum, largestLearningRate, summarizeSpectrum } from "../../src/trainability/index.js";
import { descend, linearModel } from "../dynamics/linear-model.js";
import { withSpectrum } from "../numeric/linalg/matrices.js";

describe("summarizeSpectrum", () => {
  test("names the largest, the bulk, the smallest and their ratio; the bulk is the median without the largest", () => {
    const summary = summarizeSpectrum([3, 50, 2, 1, 4]);
    expect(summary).toEqual({
      eigenvalues: [50, 4, 3, 2, 1],
      lambdaMax: 50,
      lambdaBulk: 2.5,
      lambdaMin: 1,
      kappa: 50,
      effectiveRank: 5,
      ridge: 0,
      float64Needed: false,
    });
    expect(summarizeSpectrum([3, 50, 2, 4]).lambdaBulk).toBe(3);
    expect(summarizeSpectrum([7]).lambdaBulk).toBe(7);
  });

  test("adds the ridge to every eigenvalue", () => {
    const summary = summarizeSpectrum([10, 0], 0.5);
    expect(summary.eigenvalues).toEqual([10.5, 0.5]);
    expect(summary.kappa).toBe(21);
    expect(summary.ridge).toBe(0.5);
  });

  test("counts eigenvalues above n eps lambda_max; below, kappa is a finite lower bound that JSON can hold", () => {
    const summary = summarizeSpectrum([1, 1e-3, 1e-17, -1e-17]);
    expect(summary.effectiveRank).toBe(2);
    expect(summary.kappa).toBe(1 / (4 * Number.EPSILON));
    expect(summary.float64Needed).toBe(true);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  test("says when float32 would not have been enough", () => {
    expect(summarizeSpectrum([1, 1e-5]).float64Needed).toBe(false);
    expect(summarizeSpectrum([1, 1e-7]).float64Needed).toBe(true);
  });

  test("refuses nothing, NaN and a negative ridge", () => {
    expect(() => summarizeSpectrum([])).toThrow(/no eigenvalues/);
    expect(() => summarizeSpectrum([1, Number.NaN])).toThrow(/not finite/);
    expect(() => summarizeSpectrum([1], -1)).toThrow(/ridge is -1/);
    expect(() => summarizeSpectrum([1], Number.NaN)).toThrow(/ridge is NaN/);
  });
});

describe("kernelSpectrum", () => {
  test("is the summary of the eigenvalues of the matrix", async () => {
    const values = [9, 3, 2, 1, 0.5];
    const summary = await kernelSpectrum(withSpectrum(values), { ridge: 0.25 });
    expect(summary.eigenvalues).toAllBeWithinRelative(
      values.map((x) => x + 0.25),
      1e-13,
    );
  });
});

describe("largestLearningRate", () => {
  test.each([0, 0.5, 0.9])(
    "descent with momentum %f in weight space converges at 0.95 of it and diverges at 1.05",
    (momentum) => {
      const linear = linearModel(6, 2, 25, 1);
      return kernelSpectrum(linear.ntkTrain).then(({ lambdaMax }) => {
        const limit = largestLearningRate(lambdaMax, 6, { momentum });
        const loss = (c: number, steps: number) => {
          const { train } = descend(linear, matrix(25, 1), { learningRate: c * limit, steps, momentum });
          return train.data.reduce((s, x, i) => s + (x - linear.targets.data[i]!) ** 2, 0);
        };
        expect(loss(0.95, 400)).toBeLessThan(loss(0.95, 0) * 0.5);
        expect(loss(1.05, 800)).toBeGreaterThan(1e6 * loss(1.05, 0));
      });
    },
  );

  test("is infinite for a kernel of zeros and refuses NaN", () => {
    expect(largestLearningRate(0, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(() => largestLearningRate(Number.NaN, 3)).toThrow(/lambdaMax is NaN/);
    expect(() => largestLearningRate(1, 0)).toThrow(/n is 0/);
    expect(() => largestLearningRate(1, 1, { momentum: 1 })).toThrow(/momentum is 1/);
  });
});
