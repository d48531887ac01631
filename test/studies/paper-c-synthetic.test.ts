import { describe, expect, test } from "vitest";
import { createRng } from "../../src/numeric/random.js";
import type { StudyRun } from "../../src/studies/index.js";
import { bestPlane, logisticPlane, planeAccuracy } from "../../src/studies/paper-c/sinusoid-planes.js";
import { runAndLook as run } from "./run-and-look.js";

const disagreeing = ({ record }: StudyRun) => record.checks.filter(({ agrees }) => !agrees);

function expectFigures({ figures }: StudyRun, names: readonly string[]): void {
  expect(figures.map((figure) => figure.name)).toEqual(names);
  for (const { draw } of figures) {
    const svg = draw({ id: "f", width: 760 });
    expect(svg).toMatch(/^<svg/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  }
}

describe("planes of the sinusoid", () => {
  const DRAWS = 200_000;
  const right = (frequency: number, angle: number) => {
    const rng = createRng(9).fork("draws");
    let count = 0;
    for (let i = 0; i < DRAWS; i++) {
      const [a, b] = [rng.normal(), rng.normal()];
      const says = Math.cos(angle) * a + Math.sin(angle) * b > 0;
      if (says === a + Math.sin(frequency * b) > 0) count++;
    }
    return count / DRAWS;
  };

  test.each([
    [1, 0.3],
    [2, 0.97],
    [3, -0.4],
  ])("have the accuracy of samples, k = %s, angle %s", (frequency, angle) => {
    const exact = planeAccuracy(frequency, angle);
    const error = Math.sqrt((exact * (1 - exact)) / DRAWS);
    expect(Math.abs(right(frequency, angle) - exact)).toBeLessThan(4 * error);
  });

  test("without a wave the plane is the label", () => {
    expect(planeAccuracy(0, 0)).toBeCloseTo(1, 12);
    // two planes differ in their angle over pi
    expect(planeAccuracy(0, 0.7)).toBeCloseTo(1 - 0.7 / Math.PI, 6);
  });

  test("the best is better than its neighbours, and than that of logistic regression", () => {
    const best = bestPlane(2);
    for (const step of [-0.02, 0.02]) {
      expect(planeAccuracy(2, best.angle + step)).toBeLessThan(best.accuracy);
    }
    expect(logisticPlane(2).accuracy).toBeLessThan(best.accuracy);
    // fast waves have no part in a plane
    expect(Math.abs(logisticPlane(8).angle)).toBeLessThan(1e-6);
  });
});

describe("study C.theorem", () => {
  test("what training ends at depends on where it starts, whatever it fits", async () => {
    const study = await run("C.theorem", {
      parameters: { samples: 40, dimensions: [60, 120, 2000], runs: 12, starts: [0, 1] },
    });
    const accuracy = Array.from(study.arrays!["accuracy"]!.data as Float64Array);
    expect(accuracy).toHaveLength(6);
    // the larger d, the better from 1 and the worse from 0
    expect(accuracy[3]!).toBeLessThan(accuracy[5]!);
    expect(accuracy[2]!).toBeLessThan(accuracy[1]!);
    expect(accuracy[5]!).toBeCloseTo(0.9, 4);
    expect(study.record.checks).toHaveLength(6 * 2 + 2 + 1);
    expect(disagreeing(study)).toEqual([]);
    expectFigures(study, ["theorem"]);
  });
});

describe("study C.first-phase", () => {
  test("measures both kinds of labels on both kinds of samples, and says when no table fits", async () => {
    const study = await run("C.first-phase", {
      parameters: { dimensions: 4, train: 1000, test: 4000, units: 48, epochs: 12, noisyEpochs: 12, runs: 2 },
    });
    const list = (name: string) => Array.from(study.arrays![name]!.data as Float64Array);
    const records = study.arrays!["clean_epochs"]!.shape[1]!;
    expect(study.arrays!["noisy_train_explained"]!.shape).toEqual([2, records]);
    // mu is at most what the network and the linear model know
    list("clean_test_explained").forEach((mu, i) => {
      expect(mu).toBeLessThanOrEqual(list("clean_test_network")[i]! + 1e-12);
      expect(mu).toBeLessThanOrEqual(list("clean_simple")[Math.floor(i / records)]! + 1e-12);
    });
    // a tenth of the labels is wrong: no simple function is right about more than the rest
    expect(list("noisy_train_accuracy").at(-1)!).toBeLessThan(0.93);
    // other sizes than those of the table
    expect(study.record.checks.some(({ source }) => /other code/.test(source))).toBe(false);
    expect(study.record.checks.find(({ id }) => id === "L")!.agrees).toBe(true);
    const last = [records - 1, 2 * records - 1].map((i) => list("clean_test_network")[i]!);
    const more = (last[0]! + last[1]!) / (list("clean_simple")[0]! + list("clean_simple")[1]!);
    expect(study.record.checks.find(({ id }) => id === "true.more")!.computed).toBeCloseTo(more, 12);
    expectFigures(study, ["true-labels", "noisy-labels", "retention"]);
  });
});

describe("study C.disk", () => {
  test("draws what the network says, and finds the plane before the wave", async () => {
    const study = await run("C.disk", {
      parameters: { train: 300, test: 1500, units: 64, steps: 2500, runs: 1, noise: 0.1 },
    });
    const row = (id: string) => study.record.checks.filter((check) => check.id === id);
    expect(row("linear").map(({ agrees }) => agrees)).toEqual([true, true]);
    expect(row("order")[0]!.agrees).toBe(true);
    // so short a training fits no noise, and the row says so
    expect(row("noise")[0]!.agrees).toBe(false);
    expectFigures(study, ["boundaries", "agreement"]);
  });
});

describe("study C.controls", () => {
  test("what begins at a fit of shuffled labels generalizes worse", async () => {
    const study = await run("C.controls", {
      parameters: {
        dimensions: 5,
        train: 200,
        test: 3000,
        units: 96,
        shuffledEpochs: 600,
        epochs: 60,
        runs: 2,
      },
    });
    const row = (id: string) => study.record.checks.find((check) => check.id === id)!;
    expect(row("shuffled.fitted").agrees).toBe(true);
    expect(row("shuffled.mu").agrees).toBe(true);
    expect(Number(row("bad.fresh").computed)).toBeGreaterThan(-0.05);
    const last = (name: string) => Array.from(study.arrays![name]!.data as Float64Array).at(-1)!;
    expect(last("shuffled_test")).toBeLessThan(0.6);
    expect(last("fresh_test")).toBeGreaterThan(last("bad_test"));
    expectFigures(study, ["controls"]);
  });
});
