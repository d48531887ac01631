import { describe, expect, test } from "vitest";
import { classify, leastSquaresClassifier, logisticRegression } from "../../src/complexity/index.js";
import { matrix, matrixFromRows } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

/** Samples that are one of three kinds, with this many labels of each class. */
const COUNTS = [
  [5, 3, 2],
  [1, 8, 1],
  [2, 2, 6],
];
const kinds = COUNTS.flatMap((counts, kind) =>
  counts.flatMap((count, label) => new Array<[number, number]>(count).fill([kind, label])),
);
const oneHot = matrixFromRows(kinds.map(([kind]) => [0, 1, 2].map((k) => (k === kind ? 1 : 0))));
const labels = kinds.map(([, label]) => label);

/** Two overlapping clouds. */
function clouds(n: number, seed: number) {
  const rng = createRng(seed);
  const y = Int32Array.from({ length: n }, () => rng.integer(2));
  const x = matrix(n, 3, rng.normals(new Float64Array(3 * n)));
  for (let i = 0; i < n; i++) x.data[3 * i]! += 1.5 * y[i]! - 0.75;
  return { x, y };
}

describe("logisticRegression", () => {
  test("without a ridge a model that can say everything says the frequencies", () => {
    const { weights, bias, loss, gradient } = logisticRegression(oneHot, labels, { ridge: 0 });
    expect(gradient).toBeLessThan(1e-8);
    let entropy = 0;
    COUNTS.forEach((counts, kind) => {
      const scores = counts.map((_, c) => Math.exp(weights.data[3 * kind + c]! + bias[c]!));
      const sum = scores.reduce((a, b) => a + b);
      counts.forEach((count, c) => {
        expect(scores[c]! / sum).toBeCloseTo(count / 10, 7);
        entropy -= (count / 30) * Math.log(count / 10);
      });
    });
    expect(loss).toBeCloseTo(entropy, 12);
  });

  test("of two clouds finds the plane that the law of the samples has", () => {
    const { x, y } = clouds(40000, 4);
    const { weights, steps } = logisticRegression(x, y, { ridge: 0 });
    // log odds of clouds of unit variance at -0.75 and 0.75: 1.5 x_0; the errors of n samples are about 1 / sqrt(n p (1 - p))
    const slopes = [0, 1, 2].map((a) => weights.data[2 * a + 1]! - weights.data[2 * a]!);
    expect(Math.abs(slopes[0]! - 1.5)).toBeLessThan(0.07);
    expect(Math.abs(slopes[1]!)).toBeLessThan(0.05);
    expect(steps).toBeLessThan(12);
  });

  test("a ridge shrinks weights: the gradient of the loss is minus ridge times weights", () => {
    const { x, y } = clouds(200, 5);
    const ridge = 0.3;
    const { weights, bias } = logisticRegression(x, y, { ridge });
    const pull = new Float64Array(6);
    for (let i = 0; i < 200; i++) {
      const scores = [0, 1].map((c) =>
        [0, 1, 2].reduce((sum, a) => sum + x.data[3 * i + a]! * weights.data[2 * a + c]!, bias[c]!),
      );
      const p = 1 / (1 + Math.exp(scores[0]! - scores[1]!));
      for (let a = 0; a < 3; a++) pull[2 * a + 1]! += ((p - y[i]!) * x.data[3 * i + a]!) / 200;
    }
    for (let a = 0; a < 3; a++) expect(pull[2 * a + 1]).toBeCloseTo(-ridge * weights.data[2 * a + 1]!, 8);
  });

  test("separable classes without a ridge have no optimum, and the error says so", () => {
    const x = matrixFromRows([[-1], [-2], [1], [2]]);
    expect(() => logisticRegression(x, [0, 0, 1, 1], { ridge: 0, tolerance: 1e-12, maxSteps: 20 })).toThrow(
      /a plane separates have no optimum without a ridge/,
    );
    expect(logisticRegression(x, [0, 0, 1, 1]).loss).toBeLessThan(0.05);
  });

  test("refuses labels that are no classes", () => {
    expect(() => logisticRegression(oneHot, labels.slice(1))).toThrow(/29 labels for 30 samples/);
    expect(() => logisticRegression(oneHot, labels, { classes: 2 })).toThrow(/labels\[8\] is 2/);
    expect(() => logisticRegression(oneHot, labels, { ridge: -1 })).toThrow(/ridge is -1/);
    const broken = matrixFromRows([[1], [Number.NaN], [2]]);
    for (const learn of [logisticRegression, leastSquaresClassifier]) {
      expect(() => learn(broken, [0, 1, 0])).toThrow(/x has NaN at index 1, expected finite numbers/);
    }
  });
});

describe("leastSquaresClassifier", () => {
  test("predicts frequencies where it can say everything, up to the ridge", () => {
    // one column less: with all three and a free bias the weights would not be determined
    const x = matrixFromRows(kinds.map(([kind]) => [kind === 0 ? 1 : 0, kind === 1 ? 1 : 0]));
    const { weights, bias } = leastSquaresClassifier(x, labels, { ridge: 0 });
    COUNTS.forEach((counts, kind) => {
      counts.forEach((count, c) => {
        const score = bias[c]! + (kind < 2 ? weights.data[3 * kind + c]! : 0);
        expect(score).toBeCloseTo(count / 10, 12);
      });
    });
    expect([...classify({ weights, bias }, x)].slice(0, 10)).toEqual(new Array(10).fill(0));
  });

  test("two clouds: both models classify as the best plane does", () => {
    const train = clouds(4000, 6);
    const test = clouds(4000, 7);
    const accuracy = (model: Parameters<typeof classify>[0]) =>
      classify(model, test.x).filter((label, i) => label === test.y[i]).length / 4000;
    // Phi(0.75) = 0.7734, with an error of 0.0066
    for (const learn of [logisticRegression, leastSquaresClassifier]) {
      expect(Math.abs(accuracy(learn(train.x, train.y)) - 0.7734)).toBeLessThan(0.027);
    }
  });
});
