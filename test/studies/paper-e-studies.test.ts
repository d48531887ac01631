import { describe, expect, test } from "vitest";
import type { StudyRun } from "../../src/studies/index.js";
import { runAndLook as run } from "./run-and-look.js";

const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));
const disagreeing = ({ record }: StudyRun) => record.checks.filter(({ agrees }) => !agrees);

function expectFigure({ figures }: StudyRun, name: string): void {
  expect(figures.map((figure) => figure.name)).toEqual([name]);
  const svg = figures[0]!.draw({ id: "f", width: 760 });
  expect(svg).toMatch(/^<svg/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

/** Four training points, one further; four or five decimals each. `centred`, `shifted`: means of the inner weights. */
const SHIFTED = {
  h: [0.13665, -0.58719, 0.57093, -0.02882, -0.1865],
  corrections: [
    [-0.00014, 0.00655, -0.01169, 0.00158, -0.00279],
    [0.00332, 0.01262, -0.00852, 0.00419, -0.0107],
    [-0.00071, -0.0011, 0.00076, 0.0003, 0.0001],
  ],
  variance: [0.015, 0.0317, 0.0244, 0.0191, 0.1038],
  sigma: [0.4457, 0.0151, 0.0406, 0.499, 0.2945],
};
const CENTRED_START = [0.82, 0.9035, 0.9242, 0.8701, 0.7299];

describe("study E.limit", () => {
  test("distances are made of corrections, initialization and samples; gamma = 1/2 keeps its own", async () => {
    const [gammas, widths] = [
      [0.5, 0.75],
      [40, 160],
    ];
    const study = await run("E.limit", { parameters: { gammas, widths, runs: 60 } });
    const limit = column(study, "limit");
    expect(largest(limit.slice(0, 5))).toBeLessThan(1e-14);
    limit.slice(-5).forEach((value, i) => {
      expect(Math.abs(value - SHIFTED.h[i]!)).toBeLessThan(1e-5);
    });
    const expected = column(study, "expected");
    gammas.forEach((gamma, g) => {
      widths.forEach((units, w) => {
        // gamma = 3/4 is where the first correction begins to count
        const shift =
          gamma === 0.75 ? mean(SHIFTED.corrections[0]!.map((q) => (q * units ** -0.25) ** 2)) : 0;
        const square =
          shift + units ** (1 - 2 * gamma) * mean(SHIFTED.variance) + mean(SHIFTED.sigma) / units;
        expect(expected[g * 2 + w]! ** 2).toBeWithinRelative(square, 2e-3); // the listed digits
      });
    });
    const distance = column(study, "distance");
    expect(distance[3]! / distance[2]!).toBeLessThan(0.75);
    expect(distance[1]! / distance[0]!).toBeGreaterThan(0.75);
    expect(study.record.checks).toHaveLength(3);
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "limit");
  });
});

describe("study E.expansion", () => {
  test("what each term leaves is the next one, and networks have the first", async () => {
    const eps = [0.025, 0.00625];
    const study = await run("E.expansion", {
      parameters: { eps, widths: [100], runs: 500, timeStep: 0.1 },
    });
    const terms = column(study, "terms");
    for (const j of [0, 1]) {
      terms.slice(5 * (j + 1), 5 * (j + 2)).forEach((value, i) => {
        expect(Math.abs(value - SHIFTED.corrections[j]![i]!)).toBeLessThan(1e-5);
      });
    }
    const errors = column(study, "errors");
    for (const j of [0, 1, 2]) {
      // the term after the next is at most 4 times as large as the next
      const next = largest(SHIFTED.corrections[j]!);
      const left = errors[3 + j]! / eps[1]! ** (j + 1);
      expect(Math.abs(left - next)).toBeLessThan(1e-5 + 4 * eps[1]! * next);
    }
    const share = study.record.checks.find(({ id }) => id === "share-100")!;
    // a row that can fail: networks without the correction would have 0
    expect(share.tolerance!).toBeLessThan(1);
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "expansion");
  });
});

describe("study E.variance", () => {
  test("before training the variance is N^(1 - 2 gamma) times that of the outer weights, at any width", async () => {
    const [gammas, widths] = [
      [0.5, 0.8],
      [30, 120],
    ];
    const study = await run("E.variance", {
      parameters: { gammas, widths, runs: 300, time: 0, timeStep: 0.1 },
    });
    const [variance, error] = [column(study, "variance"), column(study, "error")];
    widths.forEach((units, w) => {
      expect(Math.abs(variance[w]! - mean(CENTRED_START))).toBeLessThan(4 * error[w]!);
      // the same draws at every gamma
      expect(variance[2 + w]! / variance[w]!).toBeWithinRelative(units ** -0.6, 1e-12);
    });
    // carried nowhere, they are their starts
    expect(column(study, "ratio")).toEqual([1, 1, 1, 1]);
    expect(study.record.checks.map(({ id }) => id)).toEqual([
      "starts-30",
      "starts-120",
      "0.5.slope",
      "0.5.size",
      "0.8.slope",
      "0.8.size",
    ]);
    [1, 1, 0, 1, 1 - 1.6, 1].forEach((expected, i) => {
      // nothing has moved: the spread at eps is that of the start; 1e-9 of central differences
      expect(study.record.checks[i]!.expected).toBeCloseTo(expected, 8);
    });
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "variance");
  });

  test("and keeps that law while it trains", async () => {
    const study = await run("E.variance", {
      parameters: { gammas: [0.6], widths: [60, 240], runs: 200, time: 1, timeStep: 0.05 },
    });
    // the starts' luck has no part in this: steps of 0.05 taken for the flow would be off by 0.025
    const [ratio, error] = [column(study, "ratio"), column(study, "ratio_error")];
    ratio.forEach((value, w) => {
      expect(error[w]!).toBeLessThan(0.02);
      const units = [60, 240][w]!;
      // a tenth of eps^2 for the motion of the units, 0.7 / N for the second order in the fluctuations
      expect(Math.abs(value - 1)).toBeLessThan(4 * error[w]! + 0.1 * units ** -0.8 + 0.7 / units);
      expect(column(study, "growth")[w]!).toBeCloseTo(1 + 0.1 * units ** -0.8, 3);
    });
    // a third of what it was, and still of the same slope
    expect(column(study, "variance")[0]!).toBeLessThan(0.5 * mean(CENTRED_START) * 60 ** -0.2);
    expect(disagreeing(study)).toEqual([]);
  });
});

describe("study E.sgd-noise", () => {
  test("at gamma = 0.9 most of the variance is that of the samples", async () => {
    const study = await run("E.sgd-noise", {
      parameters: { gammas: [0.6, 0.9], widths: [50, 150], runs: 60, time: 3 },
    });
    const [, varK, sigma] = /Var K = (\S+), Sigma = (\S+)\.$/.exec(study.record.notes[0]!)!;
    expect(Number(varK)).toBeWithinRelative(mean(SHIFTED.variance), 2e-3);
    expect(Number(sigma)).toBeWithinRelative(mean(SHIFTED.sigma), 1e-3);
    expect(study.record.checks.map(({ id }) => id)).toEqual([
      "0.6.total",
      "0.9.total",
      "0.9.samples",
      "0.9.without",
    ]);
    const [variance, error] = [column(study, "variance"), column(study, "error")];
    const alone = (gamma: number) => 150 ** (1 - 2 * gamma) * mean(SHIFTED.variance);
    // what is beyond the initialization alone, at the wider one
    expect(variance[3]! - 4 * error[3]!).toBeGreaterThan(alone(0.9));
    expect(Math.abs(variance[1]! - alone(0.6) - mean(SHIFTED.sigma) / 150)).toBeLessThan(
      4 * error[1]! + 0.1 * variance[1]!, // the next order in N
    );
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "sgd-noise");
  });
});

describe("study E.bias-variance", () => {
  test("the error begins at that of the random output and falls with gamma at every time", async () => {
    const [gammas, units] = [[0.5, 0.7, 0.9], 100];
    const study = await run("E.bias-variance", { parameters: { gammas, units, runs: 60 } });
    const times = column(study, "times");
    const [error, predicted] = [column(study, "error"), column(study, "predicted")];
    const targets = mean([1, -0.7, 0.5, 0.8].map((y) => y ** 2));
    gammas.forEach((gamma, g) => {
      const start = targets + units ** (1 - 2 * gamma) * mean(CENTRED_START.slice(0, 4));
      expect(Math.abs(predicted[g * times.length]! - start)).toBeLessThan(1e-4);
      expect(error[g * times.length]!).toBeWithinRelative(start, 0.25);
      times.forEach((_, t) => {
        const at = g * times.length + t;
        if (t > 0) expect(predicted[at]!).toBeLessThan(predicted[at - 1]!);
        if (g > 0) expect(predicted[at]!).toBeLessThan(predicted[at - times.length]!);
        if (g > 0) expect(error[at]!).toBeLessThan(error[at - times.length]!);
      });
    });
    expect(study.record.checks).toHaveLength(6 + 3 + gammas.length);
    expect(disagreeing(study)).toEqual([]);
    expectFigure(study, "bias-variance");
  });
});
