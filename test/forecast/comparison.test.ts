import { describe, expect, test } from "vitest";
import { compareSpreads } from "../../src/forecast/comparison.js";

const counts = { networks: 4, draws: 16, samples: 100 };
const steps = [0, 1, 2, 3, 4];

describe("comparison of one quantity", () => {
  const measured = {
    mean: [1, 2, 3, 9, 9],
    deviation: [0.3, 0.3, 0.3, 0.3, 0.3],
    low: [0, 0, 0, 0, 0],
    high: [9, 9, 9, 9, 9],
  };
  const predicted = { mean: [1, 4, 3, 3, 4], deviation: [0.4, 0.4, 0, 0.4, 0.4] };

  test("z is the difference over the standard error of the means, of which that of a loss is exact; the band is that of single networks", () => {
    const zOf = (error: number) => [
      0,
      expect.closeTo(-2 / error, 12),
      null,
      expect.closeTo(6 / error, 12),
      expect.closeTo(5 / error, 12),
    ];
    expect(compareSpreads(steps, measured, predicted, counts, "accuracy").z).toEqual(
      zOf(0.4 * Math.sqrt(1 / 4 + 1 / 16)),
    );
    const { z, leavesAt, differs, inside, detectable } = compareSpreads(
      steps,
      measured,
      predicted,
      counts,
      "loss",
    );
    expect(z).toEqual(zOf(0.4 * Math.sqrt(1 / 4)));
    // leaving and coming back is leaving; a single step that differs is left to chance
    expect(leavesAt).toBe(1);
    expect(differs).toEqual({
      first: { step: 3, difference: 2 },
      largest: { step: 3, difference: 2 },
      end: { step: 4, difference: 1.25 },
    });
    // 3 standard errors of 0.2, relative to the prediction
    expect(detectable).toEqual([0.6, 0.15, 0, 0.2, 0.15].map((size) => expect.closeTo(size, 12)));
    // means 0, 2, 0, 6 and 5 from the band's middle, its half widths 0.8, 0.8, 0, 0.8 and 0.8
    expect(inside).toEqual({ mean: 2, all: 0 });
  });

  test("half a point of accuracy and 2 % of a loss count as nothing", () => {
    const exact = { mean: [0.5, 0.5, 0.5], deviation: [0, 0, 0] };
    const counts = { networks: 4, draws: 16, samples: 10_000 };
    const near = (end: number) => ({ ...measured, mean: [0.5, end, end] });
    const compare = (end: number, kind: "loss" | "accuracy") => {
      const { leavesAt, differs } = compareSpreads([0, 1, 2], near(end), exact, counts, kind);
      return [leavesAt, differs?.first.step ?? null];
    };
    expect(compare(0.504, "accuracy")).toEqual([null, null]);
    expect(compare(0.504, "loss")).toEqual([null, null]);
    expect(compare(0.506, "accuracy")).toEqual([1, 1]);
    expect(compare(0.511, "loss")).toEqual([1, 1]);
  });

  test("a difference within the band differs as soon as it is 3 standard errors, however many networks there are", () => {
    const flat = { mean: [1, 1], deviation: [0.1, 0.1] };
    const at = (mean: number, networks: number) =>
      compareSpreads([0, 1], { ...measured, mean: [mean, mean] }, flat, { ...counts, networks }, "loss");
    expect(at(0.86, 4).differs).toBeNull(); // 2.8 standard errors
    expect(at(0.84, 4).differs!.end).toEqual({ step: 1, difference: expect.closeTo(-0.16, 12) });
    expect(at(0.84, 4).leavesAt).toBeNull();
    expect(at(0.975, 100).differs).toBeNull();
    expect(at(0.965, 100).differs).not.toBeNull();
  });

  test("luck of the start is in z and not in the difference; a matched one needs Student's error or that of single networks", () => {
    const flat = { mean: [1, 1], deviation: [0.1, 0.1] };
    const lucky = { ...measured, mean: [0.8, 0.8] };
    const own = [0.79, 0.81, 0.78, 0.82];
    const rows = (values: readonly number[]) => values.map((value) => [value, value]);
    const same = compareSpreads([0, 1], lucky, flat, counts, "loss", {
      measured: rows(own),
      theory: rows(own),
    });
    expect(same.z[1]).toBeCloseTo(-4, 12);
    expect(same.leavesAt).toBeNull();
    expect(same.differs).toBeNull();
    expect(same.matched).toEqual({
      mean: [0.8, 0.8].map((value) => expect.closeTo(value, 12)),
      difference: [0, 0],
      error: [0, 0],
    });
    // 5 % above the same start in every network: far less than one standard error of single networks
    const above = compareSpreads([0, 1], lucky, flat, counts, "loss", {
      measured: rows(own),
      theory: rows(own.map((value, i) => value / (1.05 + 0.001 * i))),
    });
    expect(above.differs!.end.difference).toBeCloseTo(0.0515, 3);
    // scattered as much as it is large, 4 networks cannot tell
    const scattered = compareSpreads([0, 1], lucky, flat, counts, "loss", {
      measured: rows(own),
      theory: rows(own.map((value, i) => value / (1.05 + 0.05 * (i - 1)))),
    });
    expect(scattered.differs).toBeNull();
  });

  test("equal differences of accuracies in a few networks are known to one sample only", () => {
    const flat = { mean: [0.5, 0.5], deviation: [0.05, 0.05] };
    const compare = (samples: number) =>
      compareSpreads([0, 1], { ...measured, mean: [0.47, 0.47] }, flat, { ...counts, samples }, "accuracy", {
        measured: Array.from({ length: 4 }, () => [0.47, 0.47]),
        theory: Array.from({ length: 4 }, () => [0.5, 0.5]),
      });
    expect(compare(100).matched!.error[1]).toBeCloseTo(0.005, 12);
    expect(compare(100).differs).toBeNull();
    expect(compare(1000).differs).not.toBeNull();
  });
});
