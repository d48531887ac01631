import { describe, expect, test } from "vitest";
import {
  type ComplexityExperimentInput,
  complexityExperiment,
  explainSnapshots,
  trainExplainer,
  trainSnapshots,
} from "../../src/complexity/index.js";
import { sinusoidDataset, withLabelNoise } from "../../src/data/index.js";
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

  test("what the network said is explained later, as if it had been explained at once", async () => {
    const recipe = { ...base.recipe, epochs: 8 };
    const records = [20, 50, 100];
    const explainers = [
      { kind: "logistic" },
      { kind: "leastSquares", target: "T0", ridge: 1e-6 },
    ] as const satisfies ComplexityExperimentInput["explainers"];
    const { network, ...at } = await complexityExperiment({ ...base, recipe, records, explainers });
    const { snapshots } = await trainSnapshots({ ...base, recipe, records });
    expect(snapshots).toEqual(at.snapshots);
    const asked: string[] = [];
    const { train, test } = base;
    const later = await explainSnapshots({
      snapshots,
      train,
      test,
      explainers,
      through: (request, compute) => {
        asked.push(request.name);
        return compute(request);
      },
    });
    const { predictions, snapshots: _, ...explained } = at;
    expect(later).toEqual(explained);
    expect(asked).toEqual(["logistic", "leastSquares on T0"]);
    // kept ones are taken as they are, without training
    const kept = { test: test.labels.slice(), train: train.labels.slice() };
    const known = await explainSnapshots({
      snapshots,
      train,
      test,
      explainers: [{ kind: "logistic" }],
      through: async () => ({ test: Uint8Array.from(kept.test), train: Uint8Array.from(kept.train) }),
    });
    expect(known.curve.explainers[0]!.accuracy).toBe(1);
    expect(network.steps).toBe(snapshots.steps.at(-1));
  });

  test("logistic regression by steps comes close to its exact optimum", async () => {
    const { train, test } = base;
    const exact = await trainExplainer({ explainer: { kind: "logistic" }, train, test, classes: 2 });
    const recipe = { learningRate: 0.5, epochs: 100, dtype: "float64" } as const;
    const steps = await trainExplainer({ explainer: { kind: "logistic", recipe }, train, test, classes: 2 });
    const same = steps.test.filter((label, i) => label === exact.test[i]).length;
    // the directions differ by a few mrad after 100 full steps: so do as many labels in 1000
    expect(same / test.labels.length).toBeGreaterThan(0.99);
    expect(steps.train.length).toBe(train.labels.length);
  });

  test("noisy labels are learned, and measured against both what was trained on and the truth", async () => {
    const noisy = withLabelNoise(base.train.labels, { share: 0.2, classes: 2, seed: 3 });
    const { trainCurve, cleanTrainCurve } = await complexityExperiment({
      ...base,
      recipe: { ...base.recipe, epochs: 8 },
      records: [100],
      train: { ...base.train, labels: noisy },
      cleanTrainLabels: base.train.labels,
    });
    const flips = noisy.filter((label, i) => label !== base.train.labels[i]).length / noisy.length;
    const [withNoise, clean] = [trainCurve.accuracy.at(-1)!, cleanTrainCurve!.accuracy.at(-1)!];
    // before it fits the noise it is as wrong about the noisy labels as they are noisy: 0.77 (1 - 2 * 0.2) + 0.2
    expect(clean).toBeGreaterThan(0.7);
    expect(Math.abs(withNoise - (clean * (1 - 2 * flips) + flips))).toBeLessThan(0.05);
    expect(trainCurve.explainers[0]!.name).toBe("logistic");
  });

  test("T0 may be given", async () => {
    const { curve } = await complexityExperiment({
      ...base,
      recipe: { ...base.recipe, epochs: 8 },
      records: [20, 50, 100],
      phaseEnd: 60,
      explainers: [{ kind: "logistic" }, { kind: "leastSquares" }],
    });
    const [logistic, leastSquares] = curve.explainers;
    expect(curve.steps[logistic!.phases.end!]).toBe(100);
    expect(logistic!.statements.learned!.step).toBe(100);
    expect(leastSquares!.phases.end).not.toBe(logistic!.phases.end);
    await expect(
      complexityExperiment({ ...base, recipe: { ...base.recipe, epochs: 1 }, records: [], phaseEnd: 1000 }),
    ).rejects.toThrow(/T0 is given as step 1000, and the last record is at step 47/);
  });

  test("says what does not fit", async () => {
    await expect(complexityExperiment({ ...base, network: network(input([2]), dense(3)) })).rejects.toThrow(
      /output is \[3\], expected \[2\], one for each class, or \[1\], whose sign decides/,
    );
    await expect(
      complexityExperiment({ ...base, explainers: [{ kind: "logistic", target: "T0" }] }),
    ).rejects.toThrow(/none on the labels, which T0 comes from/);
    await expect(
      complexityExperiment({ ...base, explainers: [{ kind: "logistic" }, { kind: "logistic" }] }),
    ).rejects.toThrow(/two are called "logistic"/);
    // before anything is trained
    const onCheckpoint = () => expect.unreachable();
    const other = { kind: "network", network: network(input([7]), dense(2)), recipe: { steps: 1 } } as const;
    await expect(complexityExperiment({ ...base, explainers: [other], onCheckpoint })).rejects.toThrow(
      /network: the network's input is \[7\], expected \[2\], the shape of a sample/,
    );
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
