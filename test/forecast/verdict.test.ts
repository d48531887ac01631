import { describe, expect, test } from "vitest";
import { logSteps, roundUpStep } from "../../src/forecast/step-grid.js";
import { giveVerdict, type VerdictInput } from "../../src/forecast/verdict.js";

const good: VerdictInput = {
  learningRate: { used: 1, limit: 2, stable: true },
  diagReg: 0,
  optimizer: "gd",
  horizon: 1000,
  trainAccuracy: 1,
  testAccuracy: 0.9,
  ensembleTestAccuracy: 0.93,
  lossRatio: 0.001,
  chance: 0.1,
  testSamples: 300,
  stepsToAccuracy90: 50,
};

describe("giveVerdict", () => {
  test.each([
    ["trains-and-generalizes", {}],
    ["diverges", { learningRate: { used: 2.1, limit: 2, stable: false } }],
    ["will-not-train", { trainAccuracy: 0.5, lossRatio: 0.4, testAccuracy: 0.4 }],
    ["memorizes-only", { testAccuracy: 0.15 }],
    ["memorizes-only", { testAccuracy: 0.05 }],
  ] as const)("%s", (kind, changes) => {
    expect(giveVerdict({ ...good, ...changes }).kind).toBe(kind);
  });

  test("a learning rate above the limit does not matter under gradient flow", () => {
    const verdict = giveVerdict({
      ...good,
      optimizer: "flow",
      learningRate: { used: 9, limit: 2, stable: true },
    });
    expect(verdict.kind).toBe("trains-and-generalizes");
    expect(verdict.because.join(" ")).not.toContain("learning rate");
  });

  test("a lead over chance that few test samples cannot tell is said to be so", () => {
    const verdict = giveVerdict({ ...good, testAccuracy: 0.9, chance: 0.67, testSamples: 10 });
    expect(verdict.sentence).toMatch(/10 test samples cannot tell that from chance, 67\.0 %/);
    expect(giveVerdict({ ...good, testAccuracy: 0.9, chance: 0.67, testSamples: 100 }).sentence).not.toMatch(
      /cannot/,
    );
  });

  test("removing the random outputs of initialization is not training", () => {
    // loss is held against that of answering 0, not against the initial one
    expect(giveVerdict({ ...good, trainAccuracy: 0.4, lossRatio: 0.9 }).kind).toBe("will-not-train");
  });

  test("a ridge that holds training back is named", () => {
    const verdict = giveVerdict({ ...good, trainAccuracy: 0.8, lossRatio: 0.5, diagReg: 0.5 });
    expect(verdict.sentence).toMatch(/held back by the ridge 0\.5/);
  });

  test("the sentence and the reasons carry the numbers", () => {
    const { sentence, because } = giveVerdict(good);
    expect(sentence).toContain("90.0 %");
    expect(sentence).toContain("93.0 %");
    expect(because.join(" ")).toMatch(/10\.0 %/);
  });
});

describe("steps of the curves", () => {
  test("begin at 0, end at the horizon, and increase", () => {
    for (const horizon of [1, 2, 7, 1000, 1_000_000]) {
      const steps = logSteps(horizon, 40);
      expect(steps[0]).toBe(0);
      expect(steps.at(-1)).toBe(horizon);
      expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true);
    }
  });

  test("horizons are round", () => {
    expect([1, 3, 9.5, 10, 11, 200, 201, 6000].map(roundUpStep)).toEqual([1, 5, 10, 10, 20, 200, 500, 10000]);
  });
});
