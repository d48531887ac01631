import { describe, expect, test } from "vitest";
import { activation } from "../../../src/activations/index.js";
import { cauchyPlusGaussianCdf, secondLayerLaw, secondLayerReport } from "../../../src/finite/index.js";
import { cauchyCdf } from "../../../src/numeric/statistics/index.js";

const layer = (name: string, weightVariance: number, biasVariance = 0) => ({
  activation: activation(name),
  weightVariance,
  biasVariance,
});

describe("secondLayerLaw", () => {
  test("of relu: kurtosis 3 (1 + 5/N), Corr of squares 5 / (2 N + 15), for every sigma_w", () => {
    for (const width of [1, 2, 5, 10, 1000]) {
      for (const w of [0.3, 2]) {
        const law = secondLayerLaw(layer("relu", w), width);
        expect(law.spread).toBeWithinRelative(5 / width, 1e-11);
        expect(law.kurtosis).toBeWithinRelative(3 * (1 + 5 / width), 1e-11);
        expect(law.squareCorrelation).toBeWithinRelative(5 / (2 * width + 15), 1e-11);
      }
    }
  });

  test("of heaviside: Corr of squares 1 / (2 N + 3); of sign: independent Gaussians", () => {
    for (const width of [1, 2, 5, 10]) {
      expect(secondLayerLaw(layer("heaviside", 2), width).squareCorrelation).toBeWithinRelative(
        1 / (2 * width + 3),
        1e-11,
      );
    }
    expect(secondLayerLaw(layer("sign", 1), 3)).toMatchObject({
      spread: 0,
      kurtosis: 3,
      squareCorrelation: 0,
    });
  });

  test("biases make the units more independent", () => {
    const [none, some] = [secondLayerLaw(layer("relu", 1), 5), secondLayerLaw(layer("relu", 1, 1), 5)];
    // q_1 = 2: Var phi^2 = 5, E s_2 = 1 + 1
    expect(some.spread).toBeWithinRelative(5 / (5 * 4), 1e-11);
    expect(some.squareCorrelation).toBeLessThan(none.squareCorrelation);
  });

  test("of 1/x: no variance, a Cauchy law of scale sqrt N whatever sigma_w", () => {
    for (const w of [0.5, 3]) {
      expect(secondLayerLaw(layer("reciprocal", w), 100)).toMatchObject({
        variance: Number.POSITIVE_INFINITY,
        cauchyScale: 10,
      });
    }
    expect(secondLayerLaw(layer("reciprocal", 1, 3), 100).cauchyScale).toBeCloseTo(5, 14);
  });
});

describe("secondLayerReport", () => {
  test.each([10, 100, 1000])("1/x at N = %i is Cauchy(0, sqrt N) and no Gaussian", async (width) => {
    const { exact, gaussian, cauchy, samples } = await secondLayerReport(layer("reciprocal", 1), {
      width,
      repetitions: width === 1000 ? 4000 : 20_000,
      replicas: 99,
    });
    expect(exact!.pValue).toBeGreaterThan(1e-3);
    expect(cauchy.pValue).toBeGreaterThan(1e-3);
    expect(gaussian.pValueBound).toBeLessThan(1e-6);
    // the median of |h| is the scale; Fisher information n / (2 scale^2)
    const error = Math.sqrt((2 * width) / samples.repetitions);
    expect(Math.abs(cauchy.scale - Math.sqrt(width))).toBeLessThan(4 * error);
    const sizes = Float64Array.from({ length: samples.repetitions }, (_, i) =>
      Math.abs(samples.h.data[2 * i]!),
    );
    const median = sizes.sort()[samples.repetitions / 2]!;
    // density of |h| at its median: 1 / (pi scale)
    expect(Math.abs(median - Math.sqrt(width))).toBeLessThan(
      (4 * Math.PI * Math.sqrt(width)) / (2 * Math.sqrt(samples.repetitions)),
    );
  });

  test("1/x with biases is a Cauchy variable plus a Gaussian", async () => {
    const biased = layer("reciprocal", 1, 4);
    const { exact, law } = await secondLayerReport(biased, { width: 6, repetitions: 2000, replicas: 19 });
    expect(exact!.pValue).toBeGreaterThan(1e-3);
    // the Cauchy part alone is refused: the test sees the difference
    const cdf = cauchyPlusGaussianCdf(law.cauchyScale!, 4);
    let largest = 0;
    for (let x = -5; x <= 5; x += 0.25) {
      largest = Math.max(largest, Math.abs(cdf(x) - cauchyCdf(x, 0, law.cauchyScale!)));
    }
    expect(largest).toBeGreaterThan(0.05);
  });

  test.each([
    ["relu", 1, 18],
    ["relu", 2, 10.5],
    ["relu", 5, 6],
    ["relu", 10, 4.5],
    ["heaviside", 1, 6],
    ["heaviside", 2, 4.5],
    ["heaviside", 5, 3.6],
    ["heaviside", 10, 3.3],
  ] as const)("%s at N = %i: dependent squares and heavy tails as derived", async (name, width, kurtosis) => {
    const report = await secondLayerReport(layer(name, 2), { width, repetitions: 100_000, replicas: 1 });
    const { law, squareCorrelation, correlation } = report;
    const expected = name === "relu" ? 5 / (2 * width + 15) : 1 / (2 * width + 3);
    expect(law.squareCorrelation).toBeWithinRelative(expected, 1e-11);
    expect(law.kurtosis).toBeWithinRelative(kurtosis, 1e-11);
    expect(Math.abs(squareCorrelation.value - expected)).toBeLessThan(4 * squareCorrelation.error);
    expect(Math.abs(correlation.value)).toBeLessThan(4 * correlation.error);
    expect(Math.abs(report.kurtosis.value - kurtosis)).toBeLessThan(4 * report.kurtosis.error);
    // both units vanish together, with 2^-N and not 4^-N
    const none = 2 ** -width;
    const error = Math.sqrt((none * (1 - none)) / 100_000);
    expect(report.zero).toBe(report.bothZero);
    expect(Math.abs(report.zero - none)).toBeLessThan(4 * error);
  });

  test("wide tanh layers are Gaussian to all appearances", async () => {
    const { gaussian, cauchy } = await secondLayerReport(layer("tanh", 1), {
      width: 1000,
      repetitions: 4000,
      replicas: 99,
    });
    expect(gaussian.pValue).toBeGreaterThan(0.01);
    expect(cauchy.pValue).toBe(0.01);
  });
});
