import { describe, expect, test } from "vitest";
import { conditionalBias, expectedInformation } from "../../src/complexity/independence-bias.js";
import { countTable, performanceCorrelation } from "../../src/complexity/index.js";
import { createRng } from "../../src/numeric/random.js";
import { meanOf } from "../../src/numeric/statistics/index.js";

describe("information of independent tables", () => {
  test("two pairs: the tables of margins (1, 1) have 1 bit each", () => {
    expect(expectedInformation([1, 1], [1, 1])).toBeCloseTo(1, 12);
    expect(expectedInformation([5], [2, 3])).toBeCloseTo(0, 12);
  });

  test("is (K - 1)^2 / (2 n ln 2) for many samples", () => {
    const many = [20000, 20000, 20000];
    const first = 4 / (2 * 60000 * Math.LN2);
    expect(expectedInformation(many, many) / first).toBeCloseTo(1, 3);
  });

  test("a chain Y - L - F of 10 classes is explained wholly, within 4 standard errors", () => {
    const [n, classes] = [1000, 10];
    const rng = createRng(3);
    const noisy = (of: Int32Array, p: number) =>
      of.map((v) => (rng.uniform() < p ? (v + 1 + rng.integer(classes - 1)) % classes : v));
    const rows = Array.from({ length: 40 }, () => {
      const labels = Int32Array.from({ length: n }, () => rng.integer(classes));
      const simple = noisy(labels, 0.25);
      const table = countTable(noisy(simple, 0.15), simple, labels, [classes, classes, classes]);
      const { unexplained } = performanceCorrelation(table);
      return { plain: unexplained, corrected: unexplained - conditionalBias(table) };
    });
    const [plain, corrected] = [
      meanOf(rows.map((row) => row.plain)),
      meanOf(rows.map((row) => row.corrected)),
    ];
    expect(plain.value).toBeGreaterThan(20 * plain.error);
    expect(Math.abs(corrected.value)).toBeLessThan(4 * corrected.error);
  });
});
