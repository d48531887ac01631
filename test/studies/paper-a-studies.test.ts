import { describe, expect, test } from "vitest";
import { findStudies, runStudy, type StudyOptions, type StudyRun } from "../../src/studies/index.js";

const run = (id: string, options: StudyOptions): Promise<StudyRun> =>
  runStudy(findStudies(id)[0]!, { threads: 1, ...options });
const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);
const disagreeing = ({ record }: StudyRun) => record.checks.filter(({ agrees }) => !agrees);

function expectFigure({ figures }: StudyRun, name: string): void {
  expect(figures.map((figure) => figure.name)).toEqual([name]);
  const svg = figures[0]!.draw({ id: "f", width: 760 });
  expect(svg).toMatch(/^<svg/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

describe("study A.linear-noise", () => {
  test("ends at the floor s^2 n / 2, spreads without end elsewhere, and agrees with the closed form", async () => {
    const [noises, paths] = [[0.1, 0.2], 60];
    const study = await run("A.linear-noise", { parameters: { noises, width: 8, paths } });
    expect(disagreeing(study)).toEqual([]);
    const [times, variance] = [column(study, "times"), column(study, "theoryVariance")];
    const at = (s: number, time: number, point: number) => variance[(s * times.length + time) * 7 + point]!;
    // s^2 for every output and time, since the linear model scales
    for (let k = 0; k < times.length; k++) {
      for (let i = 0; i < 7; i++) expect(at(1, k, i)).toBeWithinRelative(4 * at(0, k, i), 1e-12);
    }
    expectFigure(study, "linear-noise");
  });
});

describe("study A.hyper-parameters", () => {
  test("the noise that stays is the same for kernels of all phases", async () => {
    const study = await run("A.hyper-parameters", {
      parameters: { depths: [1, 3], rates: [0.1, 0.2], paths: 60 },
    });
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "hyper-parameters");
  });
});

/** Rows whose expected value is a slope of 1: neither 0 nor 1.5 may agree. */
function expectSharpSlopes({ record }: StudyRun, prefix: string, count: number): void {
  const rows = record.checks.filter(({ id }) => id.startsWith(prefix));
  expect(rows).toHaveLength(count);
  for (const { expected, tolerance } of rows) {
    expect(expected).toBe(1);
    expect(tolerance).toBeLessThan(0.5);
  }
}

describe("study A.noise", () => {
  test("finds the shift of the mean that orders 2 to 4 say, like s^2, and none in the linear model", async () => {
    const study = await run("A.noise", { parameters: { noises: [0.1, 0.2], pairs: 2000 } });
    expect(disagreeing(study)).toEqual([]);
    expect(study.record.notComputed).toEqual([]);
    expectSharpSlopes(study, "effect.", 2);
    expectFigure(study, "noise");
  });

  test("does not judge by paths that are too few to tell an effect from none", async () => {
    const { record } = await run("A.noise", { parameters: { noises: [0.1], pairs: 50 } });
    expect(record.notComputed.map(({ id }) => id)).toEqual(["effect.0.1"]);
    expect(record.checks.map(({ id }) => id)).not.toContain("effect.0.1");
  });
});

describe("study A.hessian", () => {
  test("finds the network whose trace noise lowers against the leading term", async () => {
    const study = await run("A.hessian", {
      parameters: { noises: [0.1], widths: [4, 16], networks: 2, pairs: 600 },
    });
    expect(disagreeing(study)).toEqual([]);
    expect(study.record.notComputed).toEqual([]);
    expectSharpSlopes(study, "test.", 1);
    const limit = study.record.checks.find(({ id }) => id === "extrapolated")!;
    expect(limit.tolerance).toBeLessThan(Number(limit.expected) / 2);
    const [found, leading] = [column(study, "handEffect"), column(study, "handLeading")];
    const [units4, units8] = [2, 5 + 2]; // t = 1
    expect(Math.sign(found[units4]!)).toBe(Math.sign(leading[units4]!));
    expect(Math.sign(found[units8]!)).toBe(-Math.sign(leading[units8]!));
    expectFigure(study, "hessian");
  });
});
