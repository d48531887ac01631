import { describe, expect, test } from "vitest";
import { accuracyAt, accuracyByGamma, middleRecord } from "../../src/studies/paper-e/accuracy-by-gamma.js";
import { cutTitles } from "../figures/figure-boxes.js";

const run = (end: number) => ({
  epochs: [0, 10, 20, 40],
  train: [0.1, 0.3, 0.5, end],
  test: [0.1, 0.2, 0.4, end],
});
const gammas = [0.5, 0.7, 1];
const runs = gammas.map((gamma) => [0.7, 0.72, 0.74].map((value) => run(value + gamma / 10)));

describe("accuracies against gamma", () => {
  test("means and standard errors over seeds, at the end and half-way", () => {
    const end = accuracyAt(runs[0]!, "test", 3);
    expect(end.value).toBeCloseTo(0.77, 12);
    expect(end.error).toBeCloseTo(0.02 / Math.sqrt(3), 12);
    expect(middleRecord(runs[0]![0]!)).toBe(2);
  });

  test("three panels for each loss, a curve for each width", () => {
    const cases = ["cross entropy", "squared loss"].flatMap((group) =>
      ["N = 100", "N = 500"].map((label) => ({ group, label, runs })),
    );
    const { name, caption, draw } = accuracyByGamma(cases, gammas, "test", "classifiers");
    expect(name).toBe("test-accuracy-by-gamma");
    expect(caption).toMatch(/means of 3 networks of different seeds, thick bars one standard error/);
    const svg = draw({});
    for (const text of [
      "(a) cross entropy, 40 epochs",
      "(b) cross entropy, 20 epochs",
      "(c) cross entropy, spread",
      "(f) squared loss, spread",
      "N = 500",
      "deviation over seeds, points",
    ])
      expect(svg).toContain(text);
  });

  test("no title is cut, with the names and epochs of the study of digits", () => {
    const cases = [
      { group: "cross entropy", ends: [120, 240] },
      { group: "squared loss", ends: [120, 240] },
    ].flatMap(({ group, ends }) =>
      ends.map((epochs) => {
        const last = { ...run(0.9), epochs: [0, epochs / 4, epochs / 2, epochs] };
        return { group, label: `N = ${epochs}`, runs: gammas.map(() => [last, last]) };
      }),
    );
    const { draw } = accuracyByGamma(cases, gammas, "test", "classifiers");
    for (const width of [760, 380]) expect(cutTitles(draw({ width }))).toEqual([]);
    expect(draw({})).toContain("(a) cross entropy, 120 or 240 epochs");
  });
});
