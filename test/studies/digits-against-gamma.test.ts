import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";
import type { StudyOptions } from "../../src/studies/index.js";
import {
  accuracyStep,
  type CaseResult,
  digitsChecks,
  spreadOf,
  spreadSteps,
} from "../../src/studies/paper-e/mnist-comparison.js";
import { type DigitsInput, standardImages, trainDigits } from "../../src/studies/paper-e/mnist-networks.js";
import { runAndLook } from "./run-and-look.js";

const SIDE = 4;

/** Three classes of 4 x 4 bytes: a bright row each, and noise. */
function stripes(n: number, seed: number): Dataset["train"] {
  const rng = createRng(seed);
  const data = new Uint8Array(n * SIDE * SIDE);
  const y = Int32Array.from({ length: n }, (_, i) => i % 3);
  for (let i = 0; i < n; i++) {
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      data[i * SIDE * SIDE + pixel] = rng.integer(60) + (Math.floor(pixel / SIDE) === y[i] ? 180 : 0);
    }
  }
  return { x: { data, shape: [n, SIDE, SIDE] }, y };
}

const images = (): Dataset => ({
  name: "stripes",
  origin: "drawn here",
  train: stripes(60, 1),
  test: stripes(30, 2),
  classNames: ["a", "b", "c"],
  inputShape: [SIDE, SIDE],
  valueScale: 255,
  warnings: [],
});

const input = (changes: Partial<DigitsInput> = {}): DigitsInput => ({
  ...{ units: 8, gamma: 0.8, loss: "crossEntropy", epochs: 1, alpha: 1, seed: 5, side: 4, batch: 20 },
  ...{ meanZero: false, key: "" },
  ...changes,
});

/** runs[g][k]: two samples of two classes, the first of class 0 and the second of class 1. */
const caseOf = (runs: readonly (readonly (readonly number[])[])[]): CaseResult => ({
  ...{ units: 4, loss: "squared", epochs: 1, alpha: 1 },
  runs: runs.map((list) =>
    list.map((outputs) => {
      const right = (outputs[0]! > outputs[1]! ? 1 : 0) + (outputs[3]! > outputs[2]! ? 1 : 0);
      return { epochs: [0, 1], train: [0.5, 1], test: [0.5, right / 2], outputs };
    }),
  ),
});
const LABELS = [0, 1];

describe("images of the study", () => {
  test("are means over squares, standardized as the paper does", () => {
    const { x } = stripes(1, 3);
    const [corner] = standardImages({ x, y: Int32Array.of(0) }, 2);
    const mean = [0, 1, 4, 5].reduce((sum, pixel) => sum + x.data[pixel]! / 4, 0);
    expect(corner).toBeCloseTo((mean / 255 - 0.1307) / 0.3081, 12);
  });
});

describe("classifiers of the study", () => {
  test("move in proportion to alpha while steps are small", async () => {
    // float32 outputs of order 1 hold 1e-7, the moves are about 1e-3: 2e-3 covers rounding, and curvature at this alpha
    const at = (alpha: number) => trainDigits(images(), input({ alpha }), {});
    const [one, two, three] = (await Promise.all([0.01, 0.02, 0.03].map(at))).map(({ outputs }) => outputs);
    const move = (a: readonly number[], b: readonly number[]) =>
      Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
    expect(move(two!, one!)).toBeGreaterThan(1e-4);
    expect(move(three!, two!) / move(two!, one!)).toBeWithinRelative(1, 0.02);
  });

  test("learn stripes, and are the same from the same seed", async () => {
    const [first, again] = await Promise.all(
      [0, 1].map(() => trainDigits(images(), input({ epochs: 60, units: 32, alpha: 4 }), {})),
    );
    expect(first!.test.at(-1)!).toBeGreaterThan(0.9);
    expect(again).toEqual(first);
  });
});

describe("comparison of gammas", () => {
  test("steps of accuracy are differences of means, with the errors of networks and of images", () => {
    const [good, half] = [
      [1, 0, 0, 1],
      [1, 0, 1, 0],
    ];
    const result = caseOf([
      [half, half, good],
      [good, good, good],
    ]);
    const { value, error } = accuracyStep(result, LABELS, 0, 1);
    // means 2/3 and 1; errors of the means 1/6 and 0, pooled sqrt(1/72); hits of the images rise by 0 and 2/3, error 1/3
    expect(value).toBeCloseTo(1 / 3, 12);
    expect(error).toBeCloseTo(Math.hypot(Math.SQRT2 * Math.sqrt(1 / 72), 1 / 3), 12);
  });

  test("the spread is the deviation over runs, and its steps are logarithms of ratios", () => {
    const around = (scale: number) => [-1, 0, 1].map((sign) => [sign * scale, 0, 0, sign * scale]);
    const result = caseOf([around(2), around(1)]);
    expect(spreadOf(result.runs[0]!)).toBeCloseTo(2 * Math.SQRT1_2, 12);
    const [step] = spreadSteps(result);
    expect(step!.value).toBeCloseTo(-Math.log(2), 12);
    expect(step!.error).toBeCloseTo(0, 12); // the same ratio whichever run is left out
  });

  test("checks disagree where accuracy falls and the spread grows", () => {
    const rng = createRng(4);
    const labels = Array.from({ length: 400 }, (_, i) => i % 2);
    const runsOf = (right: number, scale: number) =>
      Array.from({ length: 3 }, () => {
        const outputs = labels.flatMap((label) => {
          const size = scale * (1 + rng.uniform());
          const positive = (rng.uniform() < right ? label : 1 - label) === 0;
          return positive ? [size, -size] : [-size, size];
        });
        return { epochs: [0, 1], train: [0.5, right], test: [0.5, right], outputs };
      });
    const result = (...gammas: [number, number][]): CaseResult => ({
      ...{ units: 4, loss: "squared", epochs: 1, alpha: 1 },
      runs: gammas.map(([right, scale]) => runsOf(right, scale)),
    });
    const verdicts = (one: CaseResult) => digitsChecks(one, [0.5, 1], labels).map(({ agrees }) => agrees);
    expect(verdicts(result([0.6, 2], [0.9, 0.5]))).toEqual([true, true, true, true]);
    expect(verdicts(result([0.9, 0.5], [0.6, 2]))).toEqual([false, false, false, false]);
  });
});

describe("study E.mnist", () => {
  test("trains every case, gamma and run at sizes that are given, and draws its figures", async () => {
    const parameters: StudyOptions["parameters"] = {
      cases: [{ units: 8, loss: "crossEntropy", epochs: 2, alpha: 2 }],
      gammas: [0.5, 1],
      ...{ runs: 3, side: 4, train: 60, test: 30 },
    };
    const study = await runAndLook("E.mnist", {
      parameters,
      loadData: async () => images(),
      threads: 1,
    });
    expect(study.arrays!.test_accuracy!.shape).toEqual([1, 2, 3, 3]); // the start and two epochs
    expect(study.record.pieces).toEqual({ computed: 6, stored: 0 });
    expect(study.record.checks.map(({ id }) => id)).toEqual([
      "ce-8.monotone",
      "ce-8.ends",
      "ce-8.spread",
      "ce-8.spread-ends",
    ]);
    expect(study.figures.map(({ name }) => name)).toEqual([
      "test-accuracy-by-gamma",
      "test-accuracy",
      "train-accuracy-by-gamma",
      "train-accuracy",
    ]);
    for (const { draw } of study.figures) {
      expect(draw({ id: "f", width: 760 })).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("cases that record different numbers of epochs lie in one array, the shorter ones filled with NaN", async () => {
    const cases = [
      { units: 4, loss: "crossEntropy", epochs: 1, alpha: 1 },
      { units: 6, loss: "squared", epochs: 3, alpha: 1 },
    ];
    const { arrays } = await runAndLook("E.mnist", {
      parameters: { cases, gammas: [0.5, 1], runs: 2, side: 4, train: 60, test: 30 },
      loadData: async () => images(),
      threads: 1,
    });
    expect(arrays!.epochs!.shape).toEqual([2, 4]);
    expect([...arrays!.epochs!.data]).toEqual([0, 1, Number.NaN, Number.NaN, 0, 1, 2, 3]);
    for (const name of ["train_accuracy", "test_accuracy"]) {
      const { data, shape } = arrays![name]!;
      expect(shape).toEqual([2, 2, 2, 4]); // case, gamma, run, record
      data.forEach((value, i) => {
        const [record, isFirst] = [i % 4, i < 16];
        if (isFirst && record > 1) expect(value).toBeNaN();
        else expect(Math.abs(value - 0.5)).toBeLessThanOrEqual(0.5);
      });
    }
  });
});
