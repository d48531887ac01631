import { describe, expect, test } from "vitest";
import { type ComplexityExperimentInput, complexityExperiment } from "../../src/complexity/index.js";
import { sinusoidDataset } from "../../src/data/index.js";
import { dense, input, network, relu } from "../../src/network/index.js";

const set = sinusoidDataset({ dimensions: 2, train: 1500, test: 3000, seed: 1 });
const samples = (split: typeof set.train) => ({ x: split.x, labels: split.y });
const base: ComplexityExperimentInput = {
  network: network(
    input([2]),
    dense(64, { biasVariance: 0.1 }),
    relu(),
    dense(64, { biasVariance: 0.1 }),
    relu(),
    dense(2),
  ),
  recipe: { learningRate: 0.1, batch: 32, epochs: 60, initialization: "heNormal" },
  train: samples(set.train),
  test: samples(set.test),
  explainers: [{ kind: "logistic" }],
  records: [0, 5, 20, 50, 100, 200, 500, 1500],
};

describe("complexityExperiment", () => {
  test("first the network learns what a linear model knows, then more, and keeps it", async () => {
    const { curve, trainCurve, predictions } = await complexityExperiment(base);
    const [logistic] = curve.explainers;
    // the sign of the first feature is right for 77 %
    expect(Math.abs(logistic!.accuracy - 0.7712)).toBeLessThan(0.04);
    expect(curve.steps).toEqual([0, 5, 20, 50, 100, 200, 500, 1500, 2820]);
    expect(predictions.length).toBe(9);
    expect(curve.accuracy.at(-1)).toBeGreaterThan(0.9);
    expect(trainCurve.accuracy.at(-1)).toBeGreaterThan(curve.accuracy.at(-1)!);
    const { end, retention } = logistic!.phases;
    expect(end).toBeGreaterThan(0);
    // in two dimensions random networks know something by chance; what they learn at first is what the linear model knows
    const share = logistic!.explained.map(({ value }, t) => value / curve.network[t]!.value);
    expect(Math.max(...share.slice(1, end! + 1))).toBeGreaterThan(0.8);
    expect(retention).toBeGreaterThan(0.75);
    const known = curve.network.at(-1)!.value;
    expect(logistic!.explained.at(-1)!.value / known).toBeLessThan(0.6);
  });

  test("simple models may learn what the network says at T0 or at its end, and be networks", async () => {
    const { curve } = await complexityExperiment({
      ...base,
      recipe: { ...base.recipe, epochs: 8 },
      records: [20, 50, 100],
      explainers: [
        { kind: "leastSquares", ridge: 1e-6 },
        { kind: "leastSquares", target: "T0" },
        { kind: "logistic", target: "final" },
        {
          kind: "network",
          name: "narrow",
          target: "final",
          network: network(input([2]), dense(8, { weightVariance: 2 }), relu(), dense(2)),
          recipe: { learningRate: 0.4, batch: 32, epochs: 4, initialization: "heNormal" },
        },
      ],
    });
    expect(curve.explainers.map(({ name }) => name)).toEqual([
      "leastSquares",
      "leastSquares on T0",
      "logistic on final",
      "narrow",
    ]);
    for (const { accuracy } of curve.explainers) expect(accuracy).toBeGreaterThan(0.7);
  });

  test("one output may tell two classes apart by its sign", async () => {
    const single = network(input([2]), dense(64, { weightVariance: 2 }), relu(), dense(1));
    const { curve, network: trained } = await complexityExperiment({
      ...base,
      network: single,
      recipe: { ...base.recipe, epochs: 2 },
      explainers: [
        {
          kind: "network",
          network: network(input([2]), dense(1)),
          recipe: { learningRate: 0.3, epochs: 60 },
        },
      ],
      records: [20],
    });
    expect(trained.recipe.loss).toBe("logistic");
    expect(curve.accuracy.at(-1)!).toBe(trained.records.at(-1)!.testAccuracy!);
    expect(curve.accuracy.at(-1)!).toBeGreaterThan(0.75);
    // logistic regression by descent
    expect(Math.abs(curve.explainers[0]!.accuracy - 0.7712)).toBeLessThan(0.04);
  });

  test("says what does not fit", async () => {
    await expect(complexityExperiment({ ...base, network: network(input([2]), dense(3)) })).rejects.toThrow(
      /output is \[3\], expected \[2\], one for each class, or \[1\], whose sign decides/,
    );
    await expect(
      complexityExperiment({ ...base, explainers: [{ kind: "logistic", target: "T0" }] }),
    ).rejects.toThrow(/none on the labels, which T0 comes from/);
    await expect(
      complexityExperiment({
        ...base,
        recipe: { ...base.recipe, epochs: undefined, steps: 1, learningRate: 1e-6 },
        records: [0],
        explainers: [{ kind: "logistic" }, { kind: "logistic", target: "T0" }],
      }),
    ).rejects.toThrow(/logistic on T0: the network never gets to T0/);
  });
});
