import { describe, expect, test } from "vitest";
import {
  forecastInputs,
  forecastStages,
  parseForecastRecipe,
  resolveNetwork,
  runForecast,
} from "../../src/forecast/index.js";
import { planSweep } from "../../src/forecast/sweep-plan.js";
import {
  conv,
  dense,
  erf,
  globalAvgPool,
  input,
  type Network,
  network,
  relu,
  repeat,
} from "../../src/network/index.js";
import { halfCircles } from "./sample-data.js";

const recipeOf = (net: Network, training: object = {}) =>
  parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: net,
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 4, steps: 3, ...training },
  });

const smooth = network(
  input([2]),
  repeat(2, dense(8, { weightVariance: 1.5, biasVariance: 0.1 }), erf()),
  dense(2),
);

describe("the stages of a forecast", () => {
  const data = halfCircles({ train: 12 });

  test("are those that run: every progress belongs to one, and those that report have run", async () => {
    const recipe = recipeOf(smooth, { noise: 0.01 });
    const verify = { networks: 2, steps: 3 };
    const inputs = forecastInputs(data, recipe);
    const stages = forecastStages(resolveNetwork(recipe, inputs), inputs, recipe, { verify });
    const seen = new Set<string>();
    const { forecast } = await runForecast(recipe, data, {
      verify,
      onProgress: ({ label }) => void seen.add(label),
    });
    const planned = new Set(stages.filter(({ runs }) => runs).flatMap(({ labels }) => labels));
    expect([...seen].filter((label) => !planned.has(label))).toEqual([]);
    for (const { name, labels, runs } of stages) {
      expect([name, labels.some((label) => seen.has(label))]).toEqual([name, runs]);
    }
    expect(stages.map(({ name }) => name)).toContain("verification");
    const sweep = stages.find(({ name }) => name === "depth sweep")!;
    const { depth, samples, testSamples } = forecast.depthSweep!;
    expect(sweep.what).toContain(
      `${depth.length} depths up to ${depth.at(-1)}, ${samples} train and ${testSamples} test`,
    );
  });

  test("left out ones say why and cost nothing", () => {
    const recipe = recipeOf(network(input([2]), dense(8), relu(), dense(8), erf(), dense(2)), {
      noise: 0.01,
    });
    const inputs = forecastInputs(data, recipe);
    const stages = forecastStages(resolveNetwork(recipe, inputs), inputs, recipe);
    const none = stages.filter(({ runs }) => !runs);
    expect(none.map(({ name }) => name)).toEqual(["depth sweep", "finite width", "noise"]);
    expect(none.every(({ seconds, flops, bytes }) => seconds === 0 && flops === 0 && bytes === 0)).toBe(true);
    expect(none[1]!.what).toMatch(/relu has a kink/);
    expect(stages.some(({ name }) => name === "verification")).toBe(false);
  });

  test("verification counts the products of forward and backward passes", () => {
    const recipe = recipeOf(smooth, { steps: 50 });
    const inputs = forecastInputs(data, recipe);
    const flopsAt = (steps: number) =>
      forecastStages(resolveNetwork(recipe, inputs), inputs, recipe, {
        verify: { networks: 3, steps },
      }).at(-1)!.flops!;
    // a step on 12 samples: 2 x 8, 8 x 8 and 8 x 2 weights forward, for the weights, and for what is below the first layer
    const products = 12 * (2 * (16 + 64 + 16) + 64 + 16);
    const step = (flopsAt(50) - flopsAt(45)) / (3 * 5);
    expect(step).toBeGreaterThanOrEqual(2 * products);
    expect(step).toBeLessThan(4 * products);
  });
});

describe("the plan of a sweep", () => {
  const same = { weightVariance: 2, padding: "same" } as const;
  const images = network(
    input([7, 7, 1]),
    repeat(2, conv(16, [3, 3], same), relu()),
    globalAvgPool(),
    dense(10),
  );

  test("takes no longer than the kernels of the data, or 2 s of one core", () => {
    for (const samples of [
      { train: 100, test: 100 },
      { train: 400, test: 1000 },
    ]) {
      const plan = planSweep(images, null, samples, {})!;
      expect(plan.reduced).toBe(true);
      expect(plan.seconds).toBeLessThanOrEqual(plan.allowed);
      expect(plan.allowed).toBeGreaterThanOrEqual(2);
      expect(plan.allowed).toBeLessThanOrEqual(20);
      expect(plan.depths).toContain(2);
    }
  });

  test("has all depths and samples where layers are quick, whatever the threads", () => {
    const plan = planSweep(smooth, null, { train: 500, test: 500 }, { threads: 2 })!;
    expect([plan.reduced, plan.train, plan.test, plan.depths.at(-1)]).toEqual([false, 128, 500, 64]);
    const alone = planSweep(smooth, null, { train: 500, test: 500 }, { threads: 1 })!;
    expect(alone.seconds).toBe(plan.seconds);
  });
});
