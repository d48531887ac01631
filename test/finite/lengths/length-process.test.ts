import { describe, expect, test } from "vitest";
import { activation, customActivation } from "../../../src/activations/index.js";
import {
  type LengthSamples,
  lengthSummary,
  reciprocalLengthQuantile,
  repeatedLayer,
  sampleLengths,
  sampleUnits,
} from "../../../src/finite/index.js";
import { type LengthLayer, lengthBand, unitScaleWeightVariance } from "../../../src/meanfield/index.js";
import { quantileEstimate } from "../../../src/numeric/statistics/index.js";

const layer = (
  name: string,
  weightVariance: number,
  biasVariance = 0,
  parameters: Readonly<Record<string, unknown>> = {},
): LengthLayer => ({ activation: activation(name, parameters), weightVariance, biasVariance });

const column = (samples: LengthSamples, set: number, l: number) => {
  const {
    data,
    shape: [rows, cols],
  } = samples.q[set]!;
  return Float64Array.from({ length: rows }, (_, draw) => data[draw * cols + l]!);
};

const PERMISSIBLE: readonly (readonly [string, number, number, object])[] = [
  ["identity", 1, 0, {}],
  ["relu", 2, 0, {}],
  ["leakyRelu", 1.9, 0, { slope: 0.2 }],
  ["abs", 1, 0, {}],
  ["elu", 1.5, 0, {}],
  ["selu", 1, 0, {}],
  ["sigmoid", 2, 0.1, {}],
  ["tanh", 1.5, 0.1, {}],
  ["erf", 1.5, 0.1, {}],
  ["softplus", 1, 0, {}],
  ["silu", 2, 0, {}],
  ["gelu", 2, 0, {}],
  ["sin", 1.5, 0, {}],
  ["heaviside", 2, 0, {}],
  ["sign", 1, 0.2, {}],
  ["polynomial", 0.3, 0, { coefficients: [0.5, 0.3, 0.2] }],
  ["exp", 0.4, 0, { b: 0.5 }],
];

describe("distances from the length map", () => {
  test.each(PERMISSIBLE)("of %s shrink like N^(-1/2)", async (name, w, b, parameters) => {
    const layers = repeatedLayer(layer(name, w, b, parameters as Record<string, unknown>), 3);
    const samples = await sampleLengths(layers, { widths: [64, 256, 1024], repetitions: 700 });
    const { slopes, sets } = lengthSummary(samples);
    for (const bySlope of slopes) {
      // 0.1, of which the noise of the fit is about 0.03
      expect(Math.abs(bySlope[0]!.slope + 0.5)).toBeLessThan(0.1);
    }
    for (const { limit, mean, scaledVariance, expectedScaledVariance } of sets[2]!.layers) {
      expect(Math.abs(mean.value - limit!)).toBeLessThan(4 * mean.error + 0.01 * limit!);
      expect(Math.abs(scaledVariance.value - expectedScaledVariance!)).toBeLessThan(
        4 * scaledVariance.error + 0.05 * expectedScaledVariance!,
      );
    }
  });

  test.each([
    ["log|x|", (x: number) => Math.log(Math.abs(x))],
    ["|x|^(-1/5)", (x: number) => Math.abs(x) ** -0.2],
  ])("of %s shrink too, though it is not permissible", async (name, value) => {
    const own = customActivation({ name, value });
    expect(own.permissibility.permissible).toBe(false);
    const layers = repeatedLayer({ activation: own, weightVariance: 1, biasVariance: 0 }, 2);
    const samples = await sampleLengths(layers, { widths: [64, 256, 1024], repetitions: 700 });
    const { slopes, sets, reason } = lengthSummary(samples);
    expect(reason).toBeNull();
    expect(slopes[1]![0]!.slope).toBeLessThan(-0.35);
    const last = sets[2]!.layers[1]!;
    // E (log|z|)^2 = (pi^2 / 8) + ((gamma + log 2) / 2)^2, E |z|^(-2/5) = 2^(-1/5) Gamma(3/10) / sqrt(pi)
    const expected =
      name === "log|x|"
        ? Math.PI ** 2 / 8 + ((0.5772156649015329 + Math.LN2) / 2) ** 2
        : (2 ** -0.2 * 2.99156898768759) / Math.sqrt(Math.PI);
    expect(last.limit).toBeWithinRelative(expected, 1e-9);
    expect(Math.abs(last.mean.value - expected)).toBeLessThan(4 * last.mean.error);
  });

  test("relu fluctuates by N Var = 8, 28, 48, 68, 88 at N = 1000", async () => {
    const samples = await sampleLengths(repeatedLayer(layer("relu", 2), 5), {
      widths: [1000],
      repetitions: 3000,
    });
    const { layers } = lengthSummary(samples).sets[0]!;
    for (const [l, theory] of [8, 28, 48, 68, 88].entries()) {
      const { scaledVariance, expectedScaledVariance } = layers[l]!;
      expect(expectedScaledVariance!).toBeWithinRelative(theory, 1e-10);
      expect(Math.abs(scaledVariance.value - theory)).toBeLessThan(0.05 * theory + 4 * scaledVariance.error);
    }
  });

  test("layers that differ have the band of their own widths, for activations too", async () => {
    const layers = [layer("relu", 1.3, 0.2), layer("tanh", 2, 0), layer("gelu", 1, 0.5)];
    const widths = [300, 150, 600];
    const samples = await sampleLengths(layers, {
      widths: [widths],
      repetitions: 4000,
      inputMeanSquare: 0.7,
    });
    const band = lengthBand(layers, widths, 0.7);
    expect(band.q[0]!).toBeCloseTo(1.3 * 0.7 + 0.2, 14);
    lengthSummary(samples).sets[0]!.layers.forEach(({ scaledVariance, mean }, l) => {
      const theory = widths[l]! * band.standardDeviation[l]! ** 2;
      expect(Math.abs(scaledVariance.value - theory)).toBeLessThan(0.05 * theory + 4 * scaledVariance.error);
      expect(Math.abs(mean.value - band.q[l]!)).toBeLessThan(4 * mean.error + 0.01 * band.q[l]!);
    });
    const r = samples.activationLength[0]!.data;
    for (const l of [0, 1, 2]) {
      const values = Float64Array.from({ length: 4000 }, (_, draw) => r[3 * draw + l]!);
      const mean = values.reduce((sum, x) => sum + x / 4000, 0);
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2 / 4000, 0));
      expect(mean).toBeWithinRelative(band.activationLength[l]!, 0.01);
      expect(deviation).toBeWithinRelative(band.activationStandardDeviation[l]!, 0.06);
    }
  });
});

describe("phi = 1/x", () => {
  const reciprocal = layer("reciprocal", 1);

  test("has median lengths that grow with the width: q_2 / N like a Levy variable", async () => {
    const samples = await sampleLengths(repeatedLayer(reciprocal, 2), {
      widths: [30, 100, 300, 1000],
      repetitions: 4000,
    });
    const summary = lengthSummary(samples);
    expect(summary.reason).toMatch(/no length map/);
    expect(summary.growth[1]!.slope).toBeCloseTo(1, 1);
    const median = quantileEstimate(column(samples, 3, 1).sort(), 0.5);
    expect(reciprocalLengthQuantile(reciprocal)).toBeCloseTo(2.19811, 5);
    // 5 % at N = 1000: the approach to the limit is of order N^(-1/2); and the noise of the runs
    expect(Math.abs(median.value / 1000 - 2.19811)).toBeLessThan(0.05 * 2.19811 + (4 * median.error) / 1000);
  });

  test("with biases grows by sigma_w^2 / (sigma_w^2 + sigma_b^2) of it", async () => {
    const biased = layer("reciprocal", 1.5, 0.5);
    const samples = await sampleLengths(repeatedLayer(biased, 2), { widths: [1000], repetitions: 4000 });
    const median = quantileEstimate(column(samples, 0, 1).sort(), 0.5);
    const limit = reciprocalLengthQuantile(biased);
    expect(limit).toBeCloseTo(0.75 * 2.19811, 5);
    expect(Math.abs(median.value / 1000 - limit)).toBeLessThan(0.05 * limit + (4 * median.error) / 1000);
  });

  test("steeper and flatter poles grow like N^(2 p - 1)", async () => {
    for (const p of [0.8, 1.5]) {
      const own = customActivation({ name: `pole ${p}`, value: (x) => Math.abs(x) ** -p });
      const layers = repeatedLayer({ activation: own, weightVariance: 1, biasVariance: 0 }, 2);
      const samples = await sampleLengths(layers, { widths: [30, 300], repetitions: 2000 });
      expect(lengthSummary(samples).growth[1]!.slope).toBeCloseTo(2 * p - 1, 0);
    }
  });
});

describe("initialization at unit scale", () => {
  test.each(["tanh", "relu", "sigmoid", "heaviside"])("keeps 20 layers of %s at length 1", async (name) => {
    const { weightVariance } = unitScaleWeightVariance(activation(name));
    const hidden = layer(name, weightVariance);
    const layers = [{ ...hidden, weightVariance: 1 }, ...repeatedLayer(hidden, 19)];
    const widths = new Array<number>(20).fill(4000);
    const band = lengthBand(layers, widths);
    const samples = await sampleLengths(layers, { widths: [4000], repetitions: 20 });
    for (let l = 0; l < 20; l++) {
      expect(band.q[l]!).toBeCloseTo(1, 11);
      // relu: V_l = 2 + 5 (l - 1)
      if (name === "relu") expect(4000 * band.standardDeviation[l]! ** 2).toBeCloseTo(2 + 5 * l, 8);
      for (const q of column(samples, 0, l)) {
        expect(Math.abs(q - 1)).toBeLessThanOrEqual(4 * band.standardDeviation[l]!);
      }
    }
  });
});

describe("sampleUnits", () => {
  test("gives the second layer of the network of which sampleLengths gives the lengths", async () => {
    const layers = repeatedLayer(layer("relu", 2), 2);
    const { h } = await sampleUnits(layers, { width: 50, units: 50, repetitions: 2000 });
    const lengths = Float64Array.from({ length: 2000 }, (_, draw) => {
      let sum = 0;
      for (let i = 0; i < 50; i++) sum += h.data[50 * draw + i]! ** 2 / 50;
      return sum;
    });
    const mean = lengths.reduce((sum, q) => sum + q / 2000, 0);
    const variance = lengths.reduce((sum, q) => sum + (q - mean) ** 2 / 2000, 0);
    expect(mean).toBeWithinRelative(2, 0.05);
    expect(50 * variance).toBeWithinRelative(28, 0.15);
  });
});
