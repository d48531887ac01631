import { describe, expect, test } from "vitest";
import type { StudyRun } from "../../src/studies/index.js";
import { runAndLook as run } from "./run-and-look.js";

const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);

function expectFigure({ figures }: StudyRun, name: string): void {
  expect(figures.map((figure) => figure.name)).toEqual([name]);
  const svg = figures[0]!.draw({ id: "f", width: 760 });
  expect(svg).toMatch(/^<svg/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

/** Median of |z|, z normal; its standard error for n draws is 0.5 / (density sqrt n), density 2 phi(0.6745). */
const MEDIAN = 0.6744897501960817;
const medianError = (n: number) => 0.5 / (0.6355535 * Math.sqrt(n));

describe("study D.convergence", () => {
  test("its medians are those of the central limit, and of the Levy law for 1/z", async () => {
    const [widths, repetitions] = [[64, 256, 1024], 2000];
    const study = await run("D.convergence", { parameters: { widths, repetitions } });
    const median = column(study, "median");
    // N Var(q_3) at unit scale: 2 from the third layer's own weights; the two layers before add Var(sigma_w^2 phi^2),
    // 5 each for relu (E[relu^4] = 3/2, E[relu^2] = 1/2, sigma_w^2 = 2), and 1 once for heaviside, which forgets the scale
    for (const [row, variance] of [
      [1, 12],
      [2, 3],
    ] as const) {
      for (const [w, width] of widths.entries()) {
        const expected = MEDIAN * Math.sqrt(variance / width);
        const error = 4 * (medianError(repetitions) / MEDIAN) + 2 / Math.sqrt(width) / 3; // skewness: O(N^-1/2)
        expect(median[row * widths.length + w]!).toBeWithinRelative(expected, error);
      }
    }
    // N^-2 sum of Levy(0, 1) is Levy(0, 1): median 1 / (2 erfcinv(1/2)^2), density 0.0975 there
    for (const [w, width] of widths.entries()) {
      const error = (4 * 0.5) / (0.0975 * Math.sqrt(repetitions)) + 2.2 * Math.sqrt(2 / width);
      expect(Math.abs(median[3 * widths.length + w]! / width - 2.19811)).toBeLessThan(error);
    }
    expect(study.record.checks.filter(({ agrees }) => !agrees)).toEqual([]);
    expectFigure(study, "convergence");
  });
});

describe("study D.second-layer", () => {
  test("1/z gives exactly Cauchy(0, sqrt N), relu the moments of a mixture of Gaussians", async () => {
    const [width, networks] = [10, 4000];
    const study = await run("D.second-layer", { parameters: { width, networks } });
    const [cauchy, relu] = [column(study, "reciprocal"), column(study, "relu")];
    // P(|h| < sqrt(N)) = 1/2, P(h < sqrt(N) tan(pi / 8)) = 5/8
    const share = (hit: (h: number) => boolean) => cauchy.filter(hit).length / networks;
    const error = (p: number) => 4 * Math.sqrt((p * (1 - p)) / networks);
    expect(Math.abs(share((h) => Math.abs(h) < Math.sqrt(width)) - 1 / 2)).toBeLessThan(error(0.5));
    const eighth = Math.sqrt(width) * Math.tan(Math.PI / 8);
    expect(Math.abs(share((h) => h < eighth) - 5 / 8)).toBeLessThan(error(5 / 8));
    // h | v ~ N(0, v), v a mean of N squares of relu: E v = 1/2, Var v = 5 / (4 N)
    const second = relu.reduce((sum, h) => sum + h * h, 0) / networks;
    const fourth = 3 * (1 / 4 + 5 / (4 * width));
    expect(Math.abs(second - 0.5)).toBeLessThan(4 * Math.sqrt((fourth - 0.25) / networks));
    expect(study.record.checks.filter(({ agrees, id }) => !agrees && id.startsWith("1/z"))).toEqual([]);
    expect(study.record.notes).toHaveLength(3);
    expectFigure(study, "second-layer");
  });
});

describe("study D.dependence", () => {
  test("squares of two units are correlated as the variance of their common scale says", async () => {
    const [widths, networks] = [[1, 2, 4], 40_000];
    const study = await run("D.dependence", { parameters: { widths, networks, shown: 50 } });
    // h_i^2 = v g_i^2: Cov = Var v, Var h^2 = 3 E v^2 - (E v)^2
    const law = (mean: number, variance: number) => variance / (3 * (variance + mean ** 2) - mean ** 2);
    for (const [w, width] of widths.entries()) {
      for (const [name, expected] of [
        ["relu", law(1 / 2, 5 / (4 * width))],
        ["heaviside", law(1 / 2, 1 / (4 * width))],
      ] as const) {
        const row = study.record.checks.find(
          ({ id, quantity }) => id === `${name}.${width}` && quantity.includes("squares"),
        )!;
        expect(row.expected as number).toBeWithinRelative(expected, 1e-12);
        expect(row.computed).toBe(column(study, name)[w]);
        // four standard errors of that correlation, which the study estimates from its sample: a few per mille here
        expect(row.tolerance!).toBeGreaterThan(4 / Math.sqrt(networks));
        expect(row.tolerance!).toBeLessThan(0.1);
        expect(Math.abs((row.computed as number) - expected)).toBeLessThan(row.tolerance!);
      }
    }
    expect(study.record.checks).toHaveLength(12);
    expect(study.record.disagreeing).toBe(0);
    expectFigure(study, "dependence");
  });
});

describe("study D.unit-scale", () => {
  test("one network stays within the deviations that add up for relu and do not for heaviside", async () => {
    const [depth, width, networks] = [10, 400, 8];
    const study = await run("D.unit-scale", { parameters: { depth, width, networks } });
    const relu = column(study, "relu");
    const heaviside = column(study, "heaviside");
    expect(column(study, "layer")).toEqual(Array.from({ length: depth }, (_, l) => l + 1));
    for (let l = 0; l < depth; l++) {
      // N Var(q_l): 2 + 5 (l - 1) for relu, 2 and then 3 for heaviside
      expect(Math.abs(relu[l]! - 1)).toBeLessThan(4 * Math.sqrt((2 + 5 * l) / width));
      expect(Math.abs(heaviside[l]! - 1)).toBeLessThan(4 * Math.sqrt((l === 0 ? 2 : 3) / width));
    }
    // networks differ: equal deviations would mean that nothing was drawn
    expect(new Set([...relu, ...heaviside]).size).toBe(2 * depth);
    const rows = study.record.checks.filter(({ id }) => id.endsWith(".network"));
    expect(new Set(rows.map(({ computed }) => computed)).size).toBe(4);
    expect(study.record.disagreeing).toBe(0);
    expectFigure(study, "unit-scale");
  });
});
