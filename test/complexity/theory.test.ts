import { describe, expect, test } from "vitest";
import { learningPhases, overfittingAccuracy, simulateOverfitting } from "../../src/complexity/index.js";

describe("least squares in many dimensions", () => {
  const problem = (samples: number, dimensions: number, start: number) => ({
    samples,
    dimensions,
    flip: 0.1,
    start,
  });

  test("has the listed accuracies", () => {
    const leading = (n: number, d: number, start: number) =>
      overfittingAccuracy(problem(n, d, start)).leading;
    expect(leading(100, 10_000, 0)).toBeCloseTo(0.5255, 4);
    expect(leading(50, 2500, 0)).toBeCloseTo(0.536, 4);
    expect(leading(100, 1000, 0)).toBeCloseTo(0.5799, 4);
    expect(leading(100, 10_000, 1)).toBeCloseTo(0.9, 6);
    expect(overfittingAccuracy(problem(100, 1000, 0.5)).refined).toBeCloseTo(0.895, 3);
    // both forms have the same limit n << d
    const far = overfittingAccuracy(problem(10, 1e6, 0));
    expect(Math.abs(far.refined / far.leading - 1)).toBeLessThan(1e-5);
  });

  test("is predicted at any ratio of samples to dimensions", () => {
    const runs = 40;
    for (const [dimensions, start] of [
      [150, 0],
      [200, 1],
      [300, 0.5],
    ] as const) {
      const at = problem(100, dimensions, start);
      const found = Array.from({ length: runs }, (_, seed) => simulateOverfitting(at, { seed }).accuracy);
      const mean = found.reduce((a, b) => a + b, 0) / runs;
      const error = Math.sqrt(found.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (runs - 1) / runs);
      const { proportional, leading } = overfittingAccuracy(at);
      // 1 / n for what the limit leaves out
      expect(Math.abs(mean - proportional)).toBeLessThan(4 * error + 0.01);
      expect(Math.abs(mean - leading)).toBeGreaterThan(Math.abs(mean - proportional));
    }
    const far = overfittingAccuracy(problem(10, 1e6, 0));
    expect(Math.abs(far.proportional / far.leading - 1)).toBeLessThan(1e-5);
  });

  test("fits every label, and hurts only where nothing was known before", () => {
    const runs = 8;
    const mean = (start: number) => {
      let sum = 0;
      for (let seed = 0; seed < runs; seed++) {
        const { accuracy, trainAccuracy } = simulateOverfitting(problem(100, 10_000, start), { seed });
        expect(trainAccuracy).toBe(1);
        sum += accuracy / runs;
      }
      return sum;
    };
    // draws differ by some 0.004
    expect(Math.abs(mean(0) - 0.5255)).toBeLessThan(0.01);
    expect(Math.abs(mean(1) - 0.9)).toBeLessThan(0.002);
  });

  test("wrong use is answered", () => {
    expect(() => overfittingAccuracy(problem(100, 100, 0))).toThrow(
      /dimensions is 100, expected a whole number above samples/,
    );
    expect(() => overfittingAccuracy({ ...problem(1, 10, 0), flip: 0.7 })).toThrow(/flip is 0.7/);
    expect(() => simulateOverfitting(problem(0, 10, 0), { seed: 1 })).toThrow(/samples is 0/);
  });
});

describe("the phases of training", () => {
  test("are none where the simple model knows nothing", () => {
    // sums of entropies that cancel leave 2e-16, which is nothing either
    for (const simple of [0, -0.001, 2e-16]) {
      const phases = learningPhases({ network: [0.1, 0.5], explained: [0, 0], simple });
      expect(phases).toMatchObject({ end: null, retention: null, retentionAt: null, firstPhaseShare: 0 });
    }
  });

  test("end where the network knows what the simple model knows", () => {
    const { end, firstPhaseShare, retention } = learningPhases({
      network: [0.01, 0.1, 0.2, 0.29, 0.5, 0.7],
      explained: [0, 0.095, 0.18, 0.27, 0.285, 0.279],
      simple: 0.29,
    });
    expect(end).toBe(3);
    expect(firstPhaseShare).toBeCloseTo(0.9, 12);
    expect(retention).toBeCloseTo(0.279 / 0.29, 12);
  });

  test("may not end", () => {
    const got = learningPhases({ network: [0, 0.1], explained: [0, 0.1], simple: 0.3 });
    expect(got).toEqual({
      end: null,
      firstPhaseShare: 1,
      firstPhaseAt: 1,
      retention: null,
      retentionAt: null,
    });
    expect(() => learningPhases({ network: [1], explained: [], simple: 1 })).toThrow(
      /explained has 0 values/,
    );
  });
});
