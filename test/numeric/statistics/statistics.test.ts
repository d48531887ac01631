import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/numeric/random.js";
import { normalCdf } from "../../../src/numeric/special/index.js";
import {
  cauchyCdf,
  cauchyPdf,
  correlationOf,
  fitCauchy,
  fitGaussian,
  kolmogorovPValue,
  kolmogorovTail,
  kolmogorovTest,
  kolmogorovTwoSampleTest,
  kurtosisOf,
  logLogFit,
  meanOf,
  quantileEstimate,
  sortedQuantile,
  testFit,
  varianceOf,
} from "../../../src/numeric/statistics/index.js";

const normals = (n: number, seed: number) => createRng(seed).normals(new Float64Array(n));
const cauchys = (n: number, seed: number) => {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => rng.normal() / rng.normal());
};

describe("kolmogorovPValue", () => {
  test("gives the tabulated critical values", () => {
    // Smirnov's table of D_n at 5 % and 1 %
    for (const [n, five, one] of [
      [1, 0.975, 0.995],
      [5, 0.56328, 0.66853],
      [10, 0.40925, 0.48893],
      [20, 0.29408, 0.35241],
      [40, 0.21012, 0.25205],
    ] as const) {
      expect(kolmogorovPValue(n, five)).toBeCloseTo(0.05, 4);
      expect(kolmogorovPValue(n, one)).toBeCloseTo(0.01, 4);
    }
  });

  test("of one and two samples is the closed form", () => {
    // P(D_1 < d) = 2 d - 1, P(D_2 < d) = 2 (2 d - 1/2)^2 for 1/4 <= d <= 1/2
    for (const d of [0.5, 0.6, 0.9]) expect(kolmogorovPValue(1, d)).toBeCloseTo(2 - 2 * d, 13);
    for (const d of [0.3, 0.45]) expect(kolmogorovPValue(2, d)).toBeCloseTo(1 - 2 * (2 * d - 0.5) ** 2, 13);
  });

  test("goes over into the limit law", () => {
    for (const d of [0.05, 0.08, 0.12, 0.17]) {
      expect(
        Math.abs(kolmogorovPValue(100, d) - kolmogorovPValue(101, d * Math.sqrt(100 / 101))),
      ).toBeLessThan(5e-4);
    }
  });

  test("both series of the limit law agree where they meet, and known points are met", () => {
    expect(kolmogorovTail(1 - 1e-12)).toBeCloseTo(kolmogorovTail(1 + 1e-12), 11);
    expect(kolmogorovTail(1.3580986)).toBeCloseTo(0.05, 7);
    expect(kolmogorovTail(1.6276236)).toBeCloseTo(0.01, 7);
    expect(kolmogorovTail(0.1)).toBe(1);
  });

  test("is uniform over samples of the distribution itself", () => {
    const p = Array.from({ length: 400 }, (_, seed) => kolmogorovTest(normals(50, seed), normalCdf).pValue);
    expect(kolmogorovTest(p, (x) => Math.min(1, Math.max(0, x))).pValue).toBeGreaterThan(1e-3);
  });
});

describe("kolmogorovTwoSampleTest", () => {
  test("tells two distributions apart and one from itself not", () => {
    expect(kolmogorovTwoSampleTest(normals(3000, 1), normals(2000, 2)).pValue).toBeGreaterThan(1e-3);
    expect(kolmogorovTwoSampleTest(normals(3000, 1), cauchys(2000, 2)).pValue).toBeLessThan(1e-9);
  });

  test("counts ties on both sides at once", () => {
    expect(kolmogorovTwoSampleTest([1, 1, 2], [1, 1, 2]).statistic).toBe(0);
    expect(kolmogorovTwoSampleTest([1, 1, 2, 2], [1, 2, 2, 2]).statistic).toBe(0.25);
  });

  test("refuses samples that are no numbers", () => {
    expect(() => kolmogorovTwoSampleTest([], [1])).toThrow(/no samples/);
    expect(() => kolmogorovTest([1, Number.NaN], normalCdf)).toThrow(/NaN/);
  });
});

describe("maximum likelihood", () => {
  test("fitCauchy is where the gradient of the likelihood vanishes", () => {
    const x = cauchys(501, 3).map((value) => 4 + 2.5 * value);
    const { location, scale, logLikelihood } = fitCauchy(x);
    let [dLocation, dScale, value] = [0, 0, 0];
    for (const sample of x) {
      const z = (sample - location) / scale;
      dLocation += (2 * z) / (1 + z * z);
      dScale += (2 * z * z) / (1 + z * z) - 1;
      value += Math.log(cauchyPdf(sample, location, scale));
    }
    expect(Math.abs(dLocation)).toBeLessThan(1e-7);
    expect(Math.abs(dScale)).toBeLessThan(1e-7);
    expect(logLikelihood).toBeCloseTo(value, 8);
    // Fisher information n / (2 scale^2) for both
    const error = 2.5 * Math.sqrt(2 / 501);
    expect(Math.abs(location - 4)).toBeLessThan(4 * error);
    expect(Math.abs(scale - 2.5)).toBeLessThan(4 * error);
  });

  test("fitGaussian has mean and root mean squared deviation", () => {
    const fit = fitGaussian([1, 2, 3, 6]);
    expect(fit.location).toBe(3);
    expect(fit.scale).toBeCloseTo(Math.sqrt(3.5), 15);
    const density = (x: number) => Math.exp(-((x - 3) ** 2) / 7) / Math.sqrt(7 * Math.PI);
    expect(fit.logLikelihood).toBeCloseTo(
      [1, 2, 3, 6].reduce((sum, x) => sum + Math.log(density(x)), 0),
      12,
    );
  });

  test("half of the samples at one number leave the Cauchy likelihood without a bound: scale 0", () => {
    expect(fitCauchy([0, 0, 0, 1, 5])).toMatchObject({ location: 0, scale: 0 });
  });

  test("the far left tail of the Cauchy distribution keeps its digits", () => {
    expect(cauchyCdf(-1e9)).toBeWithinRelative(1e-9 / Math.PI, 1e-12);
    expect(cauchyCdf(3) + cauchyCdf(-3)).toBeCloseTo(1, 15);
  });
});

describe("testFit", () => {
  test("accepts the right family and refuses the wrong one", () => {
    const rng = createRng(0);
    expect(testFit(normals(5000, 1), "gaussian", rng).pValue).toBeGreaterThan(0.01);
    expect(testFit(cauchys(5000, 2), "cauchy", rng).pValue).toBeGreaterThan(0.01);
    const wrong = testFit(cauchys(5000, 2), "gaussian", rng);
    expect(wrong.pValue).toBe(1 / 200);
    expect(wrong.pValueBound).toBeLessThan(1e-6);
    expect(testFit(normals(5000, 1), "cauchy", rng).pValue).toBe(1 / 200);
  });

  test("its p-value is proper where that of known parameters is too large", () => {
    const rng = createRng(4);
    const fits = Array.from({ length: 120 }, (_, seed) =>
      testFit(normals(60, 1000 + seed), "gaussian", rng.fork("one", seed), { replicas: 99 }),
    );
    const below = (key: "pValue" | "pValueBound") => fits.filter((fit) => fit[key] <= 0.2).length;
    // binomial(120, 0.2): 24 +- 4.4
    expect(Math.abs(below("pValue") - 24)).toBeLessThan(4 * 4.4);
    expect(below("pValueBound")).toBeLessThan(3);
  });
});

describe("summaries", () => {
  test("quantiles lie between order statistics", () => {
    expect(sortedQuantile([1, 2, 4], 0.5)).toBe(2);
    expect(sortedQuantile([1, 2, 4], 0.75)).toBe(3);
    expect(sortedQuantile([1, Infinity], 1)).toBe(Infinity);
    expect(sortedQuantile([Infinity, Infinity], 0.3)).toBe(Infinity);
  });

  test("standard errors cover the truth as often as they should", () => {
    const runs = Array.from({ length: 200 }, (_, seed) => normals(400, 50 + seed));
    const covered = (estimates: { value: number; error: number }[], truth: number) =>
      estimates.filter(({ value, error }) => Math.abs(value - truth) < 1.96 * error).length;
    // 95 % of 200: 190 +- 3.1
    for (const [estimates, truth] of [
      [runs.map(meanOf), 0],
      [runs.map(varianceOf), 1],
      [runs.map((x) => quantileEstimate(x.slice().sort(), 0.5)), 0],
    ] as const) {
      const count = covered(estimates, truth);
      expect(count).toBeGreaterThan(190 - 5 * 3.1);
    }
  });

  test("kurtosis and correlation of known samples", () => {
    expect(kurtosisOf([-1, 1, -1, 1]).value).toBe(1);
    const { value, error } = kurtosisOf(normals(40_000, 9));
    expect(Math.abs(value - 3)).toBeLessThan(4 * error);
    const [a, b] = [normals(20_000, 5), normals(20_000, 6)];
    const mixed = b.map((x, i) => 0.6 * a[i]! + 0.8 * x);
    const r = correlationOf(a, mixed);
    expect(Math.abs(r.value - 0.6)).toBeLessThan(4 * r.error);
    expect(r.error).toBeWithinRelative((1 - 0.36) / Math.sqrt(20_000), 0.5);
  });

  test("a power law is found with its error", () => {
    const x = [10, 100, 1000];
    const fit = logLogFit(
      x,
      x.map((n) => ({ value: 3 / Math.sqrt(n), error: 0.03 / Math.sqrt(n) })),
    )!;
    expect(fit.slope).toBeCloseTo(-0.5, 12);
    expect(Math.exp(fit.intercept)).toBeCloseTo(3, 12);
    // equal relative errors of 1 % at log x spaced by log 10
    expect(fit.slopeError).toBeCloseTo(0.01 / (Math.log(10) * Math.SQRT2), 12);
    expect(logLogFit([10], [{ value: 1, error: 0.1 }])).toBeNull();
    expect(
      logLogFit(
        [10, 100],
        [
          { value: 0, error: 0 },
          { value: 1, error: 0.1 },
        ],
      ),
    ).toBeNull();
  });
});
