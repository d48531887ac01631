import { describe, expect, test } from "vitest";
import { predictionRunFromArrays, predictionRunFromCsv } from "../../src/complexity/index.js";

const array = (data: readonly number[], ...shape: number[]) => ({ data: Float64Array.from(data), shape });

describe("predictionRunFromArrays", () => {
  const good = {
    labels: array([0, 1, 2], 3),
    steps: array([1, 10], 2),
    predictions: array([0, 0, 0, 0, 1, 2], 2, 3),
    explainer_linear: array([0, 1, 1], 3),
  };

  test("reads classes, steps and simple models", () => {
    const run = predictionRunFromArrays({ ...good, other: array([1], 1) }, "run.npz");
    expect(run).toMatchObject({ classes: 3, classNames: null, steps: [1, 10], train: null });
    expect(run.predictions.map((list) => [...list])).toEqual([
      [0, 0, 0],
      [0, 1, 2],
    ]);
    expect(run.explainers.map(({ name }) => name)).toEqual(["linear"]);
  });

  test("takes the largest score, the first of equal ones, and counts the classes of the scores", () => {
    const scores = array([3, 1, 1, 0, 0, 2, 2, 2, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 9], 2, 3, 4);
    const run = predictionRunFromArrays({ ...good, predictions: scores }, "run.npz");
    expect(run.classes).toBe(4);
    expect(run.predictions.map((list) => [...list])).toEqual([
      [0, 1, 3],
      [1, 2, 3],
    ]);
  });

  test("numbers snapshots that have no steps, and reads the train samples", () => {
    const { steps: _, ...rest } = good;
    const run = predictionRunFromArrays(
      { ...rest, train_labels: array([1, 0], 2), train_predictions: array([1, 1, 1, 0], 2, 2) },
      "run.npz",
    );
    expect(run.steps).toEqual([0, 1]);
    expect([...run.train!.predictions[1]!]).toEqual([1, 0]);
  });

  test("reads classes that are texts, sorted by name, as the CSV route does", () => {
    const text = (words: readonly string[], ...shape: number[]) => {
      const texts = [...new Set(words)].sort();
      return { data: Int32Array.from(words, (word) => texts.indexOf(word)), shape, texts };
    };
    const named = {
      labels: text(["cat", "dog", "emu"], 3),
      steps: array([1, 10], 2),
      predictions: text(["dog", "dog", "dog", "cat", "dog", "emu"], 2, 3),
      explainer_linear: text(["emu", "dog", "dog"], 3),
    };
    const run = predictionRunFromArrays(named, "run.npz");
    const csv = "label,step:1,step:10,explainer:linear\ncat,dog,cat,emu\ndog,dog,dog,dog\nemu,dog,emu,dog\n";
    expect(run).toEqual(predictionRunFromCsv(csv, "run.csv"));
    expect(run.classNames).toEqual(["cat", "dog", "emu"]);
    expect(() =>
      predictionRunFromArrays({ ...named, predictions: array([0, 0, 0, 0, 1, 2], 2, 3) }, "run.npz"),
    ).toThrow(/run\.npz: predictions: has numbers, labels has texts, .*expected texts in both/);
    expect(() => predictionRunFromArrays({ ...named, steps: text(["1", "10"], 2) }, "run.npz")).toThrow(
      /run\.npz: steps: has texts/,
    );
  });

  test.each([
    [{ labels: undefined }, /run\.npz: has no array "labels"; .* it has .*predictions/],
    [{ labels: array([0, 464, 2], 3) }, /run\.npz: labels: element 1 is 464; .* from 0 to 463$/],
    [
      { explainer_linear: array(Array(3 * 465).fill(0), 3, 465) },
      /run\.npz: explainer_linear: has scores of 465 classes; expected at most 464/,
    ],
    [{ labels: array([0, 1.5, 2], 3) }, /run\.npz: labels: element 1 is 1\.5; expected classes/],
    [
      { predictions: array([0, 1], 2, 1) },
      /predictions: has shape \[2, 1\], expected \[2, 3\] classes or \[2, 3, k\]/,
    ],
    [{ steps: array([1], 1) }, /steps has 1 numbers, expected 2/],
    [{ steps: array([10, 1], 2) }, /steps: step 1 is 1 after 10; expected ascending/],
    [
      { predictions: array([0, Number.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2, 3, 2) },
      /row 0 has a score that is NaN/,
    ],
    [{ train_labels: array([0], 1) }, /has no array "train_predictions"/],
  ])("says what is wrong: %#", (change, expected) => {
    const arrays = Object.fromEntries(
      Object.entries({ ...good, ...change }).filter((entry) => entry[1] !== undefined),
    ) as typeof good;
    expect(() => predictionRunFromArrays(arrays, "run.npz")).toThrow(expected);
  });
});

describe("predictionRunFromCsv", () => {
  test("reads named classes, and steps in ascending order whatever that of the columns", () => {
    const run = predictionRunFromCsv(
      "sample,label,step:10,step:2,explainer:linear\n1,cat,cat,dog,dog\n2,dog,dog,dog,dog\n\n",
      "run.csv",
    );
    expect(run).toMatchObject({ classes: 2, classNames: ["cat", "dog"], steps: [2, 10] });
    expect(run.predictions.map((list) => [...list])).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect([...run.labels]).toEqual([0, 1]);
  });

  test("numbers are classes as they are", () => {
    const run = predictionRunFromCsv("label,step:1\n0,3\n3,0\n", "run.csv");
    expect(run).toMatchObject({ classes: 4, classNames: null });
    expect([...run.predictions[0]!]).toEqual([3, 0]);
  });

  test.each([
    ["label,step:1\n0,0\n464,1", /run\.csv: has 465 classes among label, step:1; expected at most 464/],
    ["a,b\n1,2\n", /run\.csv: has no column "label"; .* it has a, b/],
    ["label,x\n1,2\n", /has no column "step:NUMBER"/],
    ["label,step:1\n", /has a header and no samples/],
    ["label,step:1\n1,\n", /line 2 has nothing in column 2 \(step:1\)/],
    ["label,step:1,step:1\n1,1,1\n", /step 1 is 1 after 1/],
    ["label,step:one\n1,1\n", /step 0 is NaN/],
  ])("says what is wrong: %#", (text, expected) => {
    expect(() => predictionRunFromCsv(text, "run.csv")).toThrow(expected);
  });
});
