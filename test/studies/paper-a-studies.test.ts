import { describe, expect, test } from "vitest";
import { createRng } from "../../src/numeric/random.js";
import type { StudyRun } from "../../src/studies/index.js";
import {
  TIMES as PARTING_TIMES,
  partingProblem,
  STEP,
  sideBySide,
} from "../../src/studies/paper-a/linear-model-paths.js";
import { tanhPaths } from "../../src/studies/paper-a/tanh-paths.js";
import { runAndLook as run } from "./run-and-look.js";

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

describe("study A.orders", () => {
  test("finds the powers of the width in the mean errors, and judges by nothing that cannot tell them apart", async () => {
    const study = await run("A.orders", { parameters: { widths: [32, 256], networks: 6 } });
    expect(disagreeing(study)).toEqual([]);
    const slopes = study.record.checks.filter(({ id }) => /\.[123]$/.test(id));
    // 1 and 3 scatter least; too few networks for the others are said to be too few
    expect(slopes.map(({ id }) => id)).toEqual(expect.arrayContaining(["positive.1", "positive.3"]));
    expect(slopes.length + study.record.notComputed.length).toBe(6);
    for (const { tolerance } of slopes) expect(tolerance).toBeLessThan(0.5);
    expectFigure(study, "orders");
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
  test("finds the shift of the mean that orders 2 + 3 say, like s^2, and none in the linear model", async () => {
    const study = await run("A.noise", { parameters: { noises: [0.1, 0.2], pairs: 2000 } });
    expect(disagreeing(study)).toEqual([]);
    expect(study.record.notComputed).toEqual([]);
    const rows = study.record.checks.filter(({ id }) => id.startsWith("effect."));
    expect(rows).toHaveLength(2);
    for (const { expected, tolerance } of rows) {
      // 1, and what order 4 adds
      expect(Math.abs(Number(expected) - 1)).toBeLessThan(0.1);
      expect(tolerance).toBeLessThan(0.2);
    }
    expectFigure(study, "noise");
  });

  test("does not judge by paths that are too few to tell an effect from none", async () => {
    const { record } = await run("A.noise", { parameters: { noises: [0.1], pairs: 8 } });
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

describe("study A.linear-model", () => {
  const parameters = {
    ...{ widths: [5, 12, 30], networks: [4, 12, 12], firstNetworks: [0, 48, 48], noises: [0.05, 0.2] },
    ...{ noisyUpTo: 30, ordersUpTo: 12, firstSteps: 100 },
  };

  test("the linear model parts later when wide, earlier with noise, for tanh and relu at one to three layers", async () => {
    const study = await run("A.linear-model", { parameters });
    expect(disagreeing(study)).toEqual([]);
    expect(study.record.checks).toHaveLength(37);
    expect(study.figures.map(({ name }) => name)).toEqual([
      "linear-model",
      "linear-model-width",
      "linear-model-noise",
    ]);
    for (const figure of study.figures) {
      const svg = figure.draw({ id: figure.name, width: 760 });
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("network and linear model follow the noise that formulas written out by hand follow", async () => {
    const { noise: _, ...problem } = partingProblem({
      ...{ activation: "tanh", depth: 1, width: 6, network: 0, seed: 1 },
    });
    const hand = { x: problem.x.data, y: problem.y.data, testX: problem.testX.data };
    const points = Float64Array.of(...hand.x, ...hand.testX);
    const { parameters: theta } = problem;
    const outputs = (at: Float64Array) =>
      Array.from(points, (x) => {
        let sum = 0;
        for (let i = 0; i < 6; i++) sum += at[12 + i]! * Math.tanh(at[i]! * x + at[6 + i]!);
        return sum / Math.sqrt(6);
      });
    // the linear model is the lazy family at small eps
    const thetas = async (eps: number) => {
      const found: number[][] = [];
      await tanhPaths({
        ...{ theta, ...hand, eps, noise: 0.2, step: STEP, times: PARTING_TIMES, pairs: 1, seed: 5 },
        visit: (_pair, _at, moved) => {
          const start = outputs(theta);
          found.push(outputs(moved).map((f, i) => start[i]! + (f - start[i]!) / eps));
        },
      });
      return found;
    };
    const same = createRng(5).fork("tanh paths").fork("pair", 0);
    const [found] = await sideBySide(problem, [0.2], same);
    const [network, linear] = [await thetas(1), await thetas(1e-6)];
    for (const [k, at] of found!.entries()) {
      for (let i = 0; i < points.length; i++) {
        expect(at.network[i]!).toBeCloseTo(network[k]![i]!, 11);
        // eps of the family, rounding over eps
        expect(at.linear[i]!).toBeCloseTo(linear[k]![i]!, 5);
      }
    }
    // and they are two
    expect(Math.abs(found!.at(-1)!.network[0]! - found!.at(-1)!.linear[0]!)).toBeGreaterThan(1e-3);
  });
});
