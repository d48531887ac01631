import { describe, expect, test } from "vitest";
import { binaryEntropy, recordLearningCurve } from "../../src/complexity/index.js";
import { isForetrainError } from "../../src/errors.js";
import { createRng } from "../../src/numeric/random.js";

const SAMPLES = 40000;
const rng = createRng(11);
const labels = Uint8Array.from({ length: SAMPLES }, () => (rng.uniform() < 0.5 ? 0 : 1));
/** the labels with this share of errors, at random */
const flipped = (of: ArrayLike<number>, share: number) =>
  Uint8Array.from(of, (label) => (rng.uniform() < share ? 1 - label : label));
const simple = flipped(labels, 0.2);
/** Knows what the simple model knows, and mends this share of its errors. */
const mended = (share: number) =>
  Uint8Array.from(simple, (prediction, i) =>
    prediction !== labels[i] && rng.uniform() < share ? labels[i]! : prediction,
  );
const bitsAt = (accuracy: number) => 1 - binaryEntropy(accuracy);

/** First copies the simple model ever better, then mends its errors. */
const run = () => {
  const recorder = recordLearningCurve({ labels, explainers: [{ name: "linear", predictions: simple }] });
  const noisy = [0.4, 0.2, 0.1].map((share) => flipped(simple, share));
  [...noisy, simple, mended(0.5), mended(0.9)].forEach((predictions, i) => {
    recorder.add(2 ** i, predictions);
  });
  return recorder.result();
};

describe("recordLearningCurve", () => {
  const curve = run();
  const [linear] = curve.explainers;
  // four standard errors of each estimate, and the bias of 1e-5
  const near = ({ value, error }: { value: number; error: number }, expected: number) =>
    expect(Math.abs(value - expected)).toBeLessThan(4 * error + 2e-5);

  test("has the information of coins that are known: a copy with errors has 1 - h(accuracy)", () => {
    const through = (share: number) => 0.8 * (1 - share) + 0.2 * share;
    near(curve.network[0]!, bitsAt(through(0.4)));
    near(curve.network[1]!, bitsAt(through(0.2)));
    near(curve.network[2]!, bitsAt(through(0.1)));
    near(linear!.information, bitsAt(0.8));
    near(curve.network[4]!, bitsAt(0.9));
  });

  test("all of a noisy copy is explained, and of a network that mends half of the errors what is known", () => {
    for (const t of [0, 1, 2]) near(linear!.explained[t]!, curve.network[t]!.value);
    expect(linear!.explained[3]!.value).toBeCloseTo(linear!.information.value, 12);
    // the nested table of exact probabilities .4, .4, .05, .05, .05, .05
    near(linear!.explained[4]!, 0.262008812821);
  });

  test("finds where the first phase ends, and what is retained after it", () => {
    expect(linear!.phases.end).toBe(3);
    expect(linear!.phases.firstPhaseShare).toBeGreaterThan(0.9);
    expect(linear!.phases.retention).toBeCloseTo(
      Math.min(...[4, 5].map((t) => linear!.explained[t]!.value)) / linear!.information.value,
      12,
    );
  });

  test("corrects the bias of independent predictions, (K - 1)^2 / (2 n ln 2)", () => {
    const n = 200;
    const means = [false, true].map((correctBias) => {
      let sum = 0;
      for (let r = 0; r < 400; r++) {
        const draw = rng.fork("bias", r);
        const four = () => Uint8Array.from({ length: n }, () => draw.integer(4));
        const recorder = recordLearningCurve({ labels: four(), explainers: [], classes: 4, correctBias });
        recorder.add(0, four());
        sum += recorder.result().network[0]!.value / 400;
      }
      return sum;
    });
    const bias = 9 / (2 * n * Math.LN2);
    // the next order of the bias and the error of 400 draws are a few per cent of it
    expect(Math.abs(means[0]! - bias)).toBeLessThan(0.08 * bias);
    expect(Math.abs(means[1]!)).toBeLessThan(0.08 * bias);
  });

  test("a snapshot that cannot be used leaves the recorder as it was", () => {
    const recorder = recordLearningCurve({ labels: [0, 1], explainers: [] });
    recorder.add(1, [0, 1]);
    for (const [step, predictions, expected] of [
      [1, [0, 1], /step is 1, expected a number above 1/],
      [2, [0], /network has 1 predictions, expected 2/],
      [2, [0, 5], /network\[1\] is 5, expected a class from 0 to 1/],
    ] as const) {
      try {
        recorder.add(step, predictions);
        expect.unreachable();
      } catch (error) {
        expect(isForetrainError(error) && error.message).toMatch(expected);
      }
    }
    expect(recorder.result().steps).toEqual([1]);
    expect(() =>
      recordLearningCurve({
        labels: [0, 1],
        explainers: [
          { name: "a", predictions: [0, 1] },
          { name: "a", predictions: [0, 1] },
        ],
      }),
    ).toThrow(/two explainers are called "a"/);
  });
});
