import { describe, expect, test } from "vitest";
import { activation, customActivation } from "../../../src/activations/index.js";
import { isForetrainError } from "../../../src/errors.js";
import { type LengthSamples, repeatedLayer, sampleLengths, sampleUnits } from "../../../src/finite/index.js";
import { lengthBand } from "../../../src/meanfield/index.js";
import { kolmogorovTwoSampleTest, meanOf, varianceOf } from "../../../src/numeric/statistics/index.js";
import type { Progress } from "../../../src/progress.js";

const layer = (name: string, weightVariance: number, biasVariance: number) => ({
  activation: activation(name),
  weightVariance,
  biasVariance,
});
const tanh = layer("tanh", 1.5, 0.1);

const column = (samples: LengthSamples, set: number, l: number) => {
  const {
    data,
    shape: [rows, cols],
  } = samples.q[set]!;
  return Float64Array.from({ length: rows }, (_, draw) => data[draw * cols + l]!);
};

describe("sampleLengths", () => {
  test("means and N Var of tanh at N = 1000 are those of the theory", async () => {
    const samples = await sampleLengths(repeatedLayer(tanh, 5), { widths: [1000], repetitions: 3000 });
    // the length map to the digits that are given, E q_l up to O(1 / N)
    const map = [1.6, 0.819995, 0.637737, 0.571564, 0.543651];
    const theory = [5.12, 1.6012, 1.0405, 0.8633, 0.7926];
    const band = lengthBand(samples.layers, samples.widths[0]!);
    for (let l = 0; l < 5; l++) {
      expect(band.q[l]!).toBeCloseTo(map[l]!, 6);
      expect(1000 * band.standardDeviation[l]! ** 2).toBeWithinRelative(theory[l]!, 1e-4);
      const q = column(samples, 0, l);
      const mean = meanOf(q);
      expect(Math.abs(mean.value - map[l]!)).toBeLessThan(4 * mean.error + 1e-3);
      const variance = varianceOf(q);
      // 5 %, and the noise of 3000 runs
      expect(Math.abs(1000 * variance.value - theory[l]!)).toBeLessThan(
        0.05 * theory[l]! + 4 * 1000 * variance.error,
      );
    }
  });

  test("the same seed gives the same bits with one thread and with workers", async () => {
    const layers = repeatedLayer(tanh, 3);
    const options = { widths: [7, [40, 3, 90], 500], repetitions: 700, seed: 5 };
    const alone = await sampleLengths(layers, { ...options, threads: 1 });
    const many = await sampleLengths(layers, { ...options, threads: 3 });
    expect([alone.threads, many.threads]).toEqual([1, 3]);
    expect(many.q).toEqual(alone.q);
    expect(many.activationLength).toEqual(alone.activationLength);
    const other = await sampleLengths(layers, { ...options, seed: 6, threads: 1 });
    expect(other.q[0]!.data).not.toEqual(alone.q[0]!.data);
  });

  test("a set of widths, and the first initializations, do not depend on what else is asked for", async () => {
    const layers = repeatedLayer(tanh, 2);
    const both = await sampleLengths(layers, { widths: [5, 50], repetitions: 100 });
    const one = await sampleLengths(layers, { widths: [50], repetitions: 40 });
    expect(both.q[1]!.data.subarray(0, 80)).toEqual(one.q[0]!.data);
  });

  test.each([
    ["tanh", 1.5, 0.1],
    ["relu", 2, 0],
    ["reciprocal", 1, 0],
    ["heaviside", 2, 0.3],
  ])("networks of %s drawn by their law and weight by weight have one distribution", async (name, w, b) => {
    const layers = repeatedLayer(layer(name, w, b), 3);
    const options = { widths: [[6, 9, 4]], repetitions: 6000 };
    const law = await sampleLengths(layers, { ...options, seed: 1 });
    const real = await sampleLengths(layers, { ...options, seed: 2, method: "matrices" });
    for (let l = 0; l < 3; l++) {
      expect(kolmogorovTwoSampleTest(column(law, 0, l), column(real, 0, l)).pValue).toBeGreaterThan(1e-3);
    }
    const units = (method: "law" | "matrices", seed: number) =>
      sampleUnits(layers, { width: [6, 9, 4], units: 1, repetitions: 6000, seed, method });
    const [a, c] = [await units("law", 1), await units("matrices", 2)];
    expect(kolmogorovTwoSampleTest(a.h.data, c.h.data).pValue).toBeGreaterThan(1e-3);
  });

  test("the input counts by its mean square alone", async () => {
    const layers = repeatedLayer(tanh, 2);
    const input = [3, 0, 1, -2, 0.5];
    const meanSquare = (9 + 1 + 4 + 0.25) / 5;
    const drawn = await sampleLengths(layers, { widths: [12], repetitions: 5000, input, method: "matrices" });
    const law = await sampleLengths(layers, {
      widths: [12],
      repetitions: 5000,
      seed: 1,
      inputMeanSquare: meanSquare,
    });
    expect(drawn.inputMeanSquare).toBeCloseTo(meanSquare, 15);
    for (const l of [0, 1]) {
      expect(kolmogorovTwoSampleTest(column(drawn, 0, l), column(law, 0, l)).pValue).toBeGreaterThan(1e-3);
    }
    const mean = meanOf(column(drawn, 0, 0));
    expect(Math.abs(mean.value - (1.5 * meanSquare + 0.1))).toBeLessThan(4 * mean.error);
  });

  test("no weights leave the biases, and nothing at all leaves zero", async () => {
    const biases = await sampleLengths(repeatedLayer(layer("reciprocal", 0, 1), 2), { widths: [400] });
    const mean = meanOf(column(biases, 0, 1));
    expect(Math.abs(mean.value - 1)).toBeLessThan(4 * mean.error);
    const none = await sampleLengths(repeatedLayer(layer("sigmoid", 0, 0), 2), { widths: [4] });
    expect(none.q[0]!.data.every((q) => q === 0)).toBe(true);
    expect(none.activationLength[0]!.data.every((r) => r === 0.25)).toBe(true);
  });

  test("lengths beyond float64 are Infinity, not NaN", async () => {
    const layers = repeatedLayer(layer("exp", 4, 0), 6);
    const samples = await sampleLengths(layers, { widths: [50], repetitions: 40 });
    expect(column(samples, 0, 5).every((q) => q === Number.POSITIVE_INFINITY)).toBe(true);
  });

  test("a function of the user's runs on the calling thread, and is said to", async () => {
    const own = customActivation({ name: "tanh", value: (x) => Math.tanh(x) });
    const layers = repeatedLayer({ ...tanh, activation: own }, 2);
    const samples = await sampleLengths(layers, { widths: [30], repetitions: 500, threads: 4 });
    expect(samples.threads).toBe(1);
    expect(samples.note).toMatch(/function of your own/);
    const named = await sampleLengths(repeatedLayer(tanh, 2), {
      widths: [30],
      repetitions: 500,
      threads: 1,
    });
    expect(samples.q).toEqual(named.q);
  });

  test("reports progress to the end, and stops when told to", async () => {
    const seen: Progress[] = [];
    const layers = repeatedLayer(tanh, 3);
    await sampleLengths(layers, { widths: [1000], repetitions: 1000, onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    const controller = new AbortController();
    const running = sampleLengths(layers, {
      widths: [1000],
      repetitions: 100_000,
      threads: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(running).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
  });

  const wrong: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
    [
      "a width of 0",
      () => sampleLengths([tanh], { widths: [0] }),
      "ERR_DOMAIN",
      /a width is 0, expected a whole number/,
    ],
    [
      "too few widths",
      () => sampleLengths([tanh, tanh], { widths: [[5]] }),
      "ERR_SHAPE",
      /1 numbers, expected 2/,
    ],
    ["no layers", () => sampleLengths([], { widths: [5] }), "ERR_SPEC", /no layers/],
    [
      "half a repetition",
      () => sampleLengths([tanh], { widths: [5], repetitions: 0.5 }),
      "ERR_DOMAIN",
      /repetitions is 0.5/,
    ],
    [
      "a negative variance",
      () => sampleLengths([{ ...tanh, biasVariance: -1 }], { widths: [5] }),
      "ERR_DOMAIN",
      /biasVariance of layer 1 is -1/,
    ],
    ["a bad seed", () => sampleLengths([tanh], { widths: [5], seed: -1 }), "ERR_DOMAIN", /seed is -1/],
    [
      "a kernel without networks",
      () => sampleLengths([layer("expNormalized", 1, 0)], { widths: [5] }),
      "ERR_UNAVAILABLE",
      /without a finite network/,
    ],
    [
      "two inputs",
      () => sampleLengths([tanh], { widths: [5], input: [1], inputMeanSquare: 1 }),
      "ERR_SPEC",
      /expected one of them/,
    ],
    [
      "more than memory holds",
      () => sampleLengths([tanh], { widths: [5], repetitions: 2 ** 30 }),
      "ERR_MEMORY",
      /take fewer repetitions/,
    ],
  ];
  test.each(wrong)("refuses %s", async (_, run, code, words) => {
    const error = await run().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isForetrainError(error, code as never)).toBe(true);
    expect((error as Error).message).toMatch(words);
  });
});
