import { describe, expect, test } from "vitest";
import { createRng } from "../../src/numeric/random.js";
import { findStudies, runStudy, type StudyOptions, type StudyRun } from "../../src/studies/index.js";
import { bestPlane, logisticPlane, planeAccuracy } from "../../src/studies/paper-c/sinusoid-planes.js";

const run = (id: string, options: StudyOptions): Promise<StudyRun> =>
  runStudy(findStudies(id)[0]!, { threads: 1, ...options });
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
