import { describe, expect, test } from "vitest";
import {
  accuracyOfInformation,
  binaryEntropy,
  bootstrapError,
  type CountTable,
  conditionalInformation,
  countTable,
  type PerformanceCorrelation,
  performanceCorrelation,
  permutationNull,
  tableFromCounts,
} from "../../src/complexity/index.js";
import { createRng } from "../../src/numeric/random.js";

/** Probabilities p(f, l, y) of three coins. */
const coins = (p: (f: number, l: number, y: number) => number) =>
  tableFromCounts([0, 1].map((f) => [0, 1].map((l) => [0, 1].map((y) => p(f, l, y)))));
const hit = (a: number, b: number, p: number) => (a === b ? p : 1 - p);

describe("performance correlation of known tables", () => {
  // exact up to sums of logarithms
  const CLOSE = 10;

  test("is -1 where the label is the XOR of both predictions", () => {
    const { explained, network, simple } = performanceCorrelation(
      coins((f, l, y) => ((f ^ l) === y ? 1 / 4 : 0)),
    );
    expect(explained).toBeCloseTo(-1, 12);
    expect([network, simple].every((bits) => Math.abs(bits) < 1e-12)).toBe(true);
  });

  test("is all of it where the network only copies the simple model with errors", () => {
    const got = performanceCorrelation(coins((f, l, y) => hit(l, y, 0.8) * hit(f, l, 0.9) * 0.5));
    expect(got.explained).toBeCloseTo(0.173253627507, CLOSE);
    expect(got.network).toBeCloseTo(got.explained, 12);
    expect(got.explained).toBeCloseTo(1 - binaryEntropy(0.74), 12);
    expect(got.simple).toBeCloseTo(0.278071905113, CLOSE);
    expect(got.unexplained).toBeCloseTo(0, 12);
  });

  test("counts what both know of the label when their errors are independent", () => {
    const got = performanceCorrelation(coins((f, l, y) => hit(f, y, 0.9) * hit(l, y, 0.8) * 0.5));
    expect(got.network).toBeCloseTo(0.531004406411, CLOSE);
    expect(got.simple).toBeCloseTo(0.278071905113, CLOSE);
    expect(got.both).toBeCloseTo(0.635822683984, CLOSE);
    expect(got.explained).toBeCloseTo(0.173253627507, CLOSE);
  });

  test("of a network that corrects half of the simple model's errors", () => {
    const got = performanceCorrelation(
      coins((f, l, y) => (f === y ? (l === y ? 0.4 : 0.05) : l === y ? 0 : 0.05)),
    );
    expect(got.explained).toBeCloseTo(0.262008812821, CLOSE);
    expect(got.unexplained).toBeCloseTo(0.26899559359, CLOSE);
  });

  test("two ways of computing it agree, and both models may change places", () => {
    const rng = createRng(3);
    for (const [f, l, y] of [
      [2, 2, 2],
      [3, 5, 4],
      [10, 7, 10],
    ] as const) {
      const counts = Array.from({ length: f }, () =>
        Array.from({ length: l }, () => Array.from({ length: y }, () => rng.integer(20))),
      );
      const table = tableFromCounts(counts);
      const got = performanceCorrelation(table);
      expect(got.explained).toBeCloseTo(got.network - conditionalInformation(table), 12);
      expect(got.explained).toBeCloseTo(got.network + got.simple - got.both, 12);
      const swapped: CountTable = tableFromCounts(
        Array.from({ length: l }, (_, b) => Array.from({ length: f }, (__, a) => counts[a]![b]!)),
      );
      expect(performanceCorrelation(swapped).explained).toBeCloseTo(got.explained, 12);
      expect(got.explained).toBeLessThanOrEqual(Math.min(got.network, got.simple) + 1e-12);
    }
  });

  test("of a network with itself is its information", () => {
    const labels = Array.from({ length: 300 }, (_, i) => i % 3);
    const predictions = labels.map((y, i) => (i % 5 === 0 ? (y + 1) % 3 : y));
    const got = performanceCorrelation(countTable(predictions, predictions, labels));
    expect(got.explained).toBeCloseTo(got.network, 12);
  });
});

/** n samples of three coins as in the third table. */
function draw(n: number, seed: number, network = 0.9, simple = 0.8) {
  const rng = createRng(seed);
  const y = Array.from({ length: n }, () => rng.integer(2));
  const right = (p: number) => y.map((label) => (rng.uniform() < p ? label : 1 - label));
  return { y, f: right(network), l: right(simple) };
}

describe("errors of the estimate", () => {
  const runs = 400;
  const n = 1000;
  const estimates = (network: number, simple: number) =>
    Array.from({ length: runs }, (_, seed) => {
      const { f, l, y } = draw(n, seed, network, simple);
      return performanceCorrelation(countTable(f, l, y));
    });
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));

  test("the bias of independent predictions is -1 / (2 n ln 2)", () => {
    const all = estimates(0.5, 0.5);
    const values = all.map((one) => one.explained);
    const expected = -1 / (2 * n * Math.LN2);
    expect(Math.abs(mean(values) - expected)).toBeLessThan((4 * deviation(values)) / Math.sqrt(runs));
    // the next order in 1 / n, of the 500 samples that have an l or a y
    for (const { bias } of all.slice(0, 20)) {
      expect(Math.abs(bias.explained / expected - 1)).toBeLessThan(0.05);
      expect(Math.abs(bias.network / -expected - 1)).toBeLessThan(0.01);
    }
  });

  test("the delta method and the bootstrap give the spread over samples", () => {
    const all = estimates(0.9, 0.8);
    const spread = deviation(all.map((one) => one.explained));
    // the spread of 400 runs is known to 4 %, the estimate at one sample to some 5 %
    expect(all[0]!.errors.explained / spread).toBeGreaterThan(0.8);
    expect(all[0]!.errors.explained / spread).toBeLessThan(1.25);
    const { f, l, y } = draw(n, 0, 0.9, 0.8);
    const again = bootstrapError(countTable(f, l, y), { seed: 1 });
    expect(again / spread).toBeGreaterThan(0.75);
    expect(again / spread).toBeLessThan(1.3);
    expect(bootstrapError(countTable(f, l, y), { seed: 1 })).toBe(again);
  });

  test("the delta method gives the spread of ratios and of what is not explained", () => {
    const all = estimates(0.9, 0.8);
    const quantities = {
      share: (one: PerformanceCorrelation) => one.explained / one.network,
      retained: (one: PerformanceCorrelation) => one.explained / one.simple,
      learned: (one: PerformanceCorrelation) => one.network / one.simple,
      unexplained: (one: PerformanceCorrelation) => one.unexplained,
    };
    for (const [name, value] of Object.entries(quantities)) {
      const spread = deviation(all.map(value));
      const error = mean(all.map((one) => one.errors[name as keyof typeof quantities]));
      // the spread of 400 runs is known to 4 %; three times that, and terms of higher order in 1 / n
      expect(Math.abs(error / spread - 1), name).toBeLessThan(0.15);
    }
    // all of a copy is explained, whatever the sample: the errors of numerator and denominator cancel
    const { l, y } = draw(n, 0, 0.9, 0.8);
    const copy = performanceCorrelation(countTable(l, l, y)).errors;
    expect(Math.max(copy.share, copy.retained, copy.learned, copy.unexplained)).toBeLessThan(1e-9);
    expect(copy.explained).toBeGreaterThan(0.01);
  });

  test("shuffled predictions explain nothing", () => {
    const { f, l, y } = draw(n, 5);
    const none = permutationNull(f, l, y, { seed: 2 });
    const { explained } = performanceCorrelation(countTable(f, l, y));
    expect(Math.abs(none.mean)).toBeLessThan(0.01);
    expect(explained).toBeGreaterThan(none.mean + 10 * none.deviation);
  });

  test("shuffled predictions of many classes have a bias, which is taken off when asked", () => {
    const rng = createRng(11);
    const y = Int32Array.from({ length: 4000 }, () => rng.integer(5));
    const near = (p: number) => y.map((label) => (rng.uniform() < p ? label : rng.integer(5)));
    const [f, l] = [near(0.6), near(0.6)];
    const [plain, corrected] = [false, true].map((correctBias) =>
      permutationNull(f, l, y, { seed: 2, correctBias }),
    );
    // I(F; Y) + I(L; Y) - I((F, L); Y) with 5, 5 and 25 against 5 classes: (16 + 16 - 96) / (2 n ln 2)
    const bias = -64 / (2 * 4000 * Math.LN2);
    expect(Math.abs(plain!.mean / bias - 1)).toBeLessThan(0.2);
    expect(plain!.mean / plain!.deviation).toBeLessThan(-3);
    // of 200 shuffles, and a fifth of the bias for terms of order 1 / n^2
    expect(Math.abs(corrected!.mean)).toBeLessThan((4 * corrected!.deviation) / Math.sqrt(200) - 0.2 * bias);
  });
});

describe("the accuracy scale", () => {
  test("inverts 1 - h_2", () => {
    for (const accuracy of [0.5, 0.6, 0.74, 0.9, 0.999, 1]) {
      // the slope of h_2 at 1/2 is 0: half the digits there
      expect(Math.abs(accuracyOfInformation(1 - binaryEntropy(accuracy)) - accuracy)).toBeLessThan(
        accuracy === 0.5 ? 1e-7 : 1e-12,
      );
    }
    expect([accuracyOfInformation(-0.1), accuracyOfInformation(1.2)]).toEqual([0.5, 1]);
  });
});

describe("wrong use", () => {
  test("is answered with what was expected", () => {
    expect(() => countTable([0, 1], [0], [0, 1])).toThrow(/simple has 1 predictions, expected 2/);
    expect(() => countTable([], [], [])).toThrow(/expected at least one label/);
    expect(() => countTable([0, 1.5], [0, 1], [0, 1])).toThrow(
      /network\[1\] is 1.5, expected a class from 0/,
    );
    expect(() => countTable([0, 1], [0, -1], [0, 1])).toThrow(/simple\[1\] is -1/);
    expect(() => countTable([0, 1], [0, 1], [0, 3], [2, 2, 2])).toThrow(
      /labels\[1\] is 3, expected a class from 0 to 1/,
    );
    expect(() => tableFromCounts([[[1, 2]], [[3]]])).toThrow(/lists of equal lengths/);
    expect(() => bootstrapError(countTable([0], [0], [0]), { seed: 1, repetitions: 1 })).toThrow(
      /repetitions is 1/,
    );
  });
});
