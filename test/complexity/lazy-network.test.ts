import { describe, expect, test } from "vitest";
import {
  classify,
  type LearningCurve,
  leastSquaresClassifier,
  recordLearningCurve,
} from "../../src/complexity/index.js";
import { meanOutputs, spectralModel } from "../../src/dynamics/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network } from "../../src/network/index.js";
import { matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const [TRAIN, TEST, D] = [120, 3000, 6];
const rng = createRng(4);
/** On the sphere of radius sqrt(D): kernels are functions of the angle. */
const points = (n: number): Matrix => {
  const { data } = matrix(n, D, rng.normals(new Float64Array(n * D)));
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * D, (i + 1) * D);
    const scale = Math.sqrt(D / row.reduce((sum, v) => sum + v * v, 0));
    for (let a = 0; a < D; a++) row[a]! *= scale;
  }
  return matrix(n, D, data);
};
/** Half of it a plane can see. */
const labelsOf = ({ data, shape }: Matrix) =>
  Int32Array.from({ length: shape[0] }, (_, i) =>
    data[i * D]! + 1.5 * data[i * D + 1]! * data[i * D + 2]! > 0 ? 1 : 0,
  );
const [x, testX] = [points(TRAIN), points(TEST)];
const [labels, testLabels] = [labelsOf(x), labelsOf(testX)];
const linear = classify(leastSquaresClassifier(x, labels, { ridge: 0 }), testX);

/** What the linear model explains of the sign of the mean output while the network of this kernel trains. */
async function curveOf(kernel: Matrix, testTrain: Matrix, times: readonly number[]): Promise<LearningCurve> {
  const model = await spectralModel(kernel);
  const recorder = recordLearningCurve({
    labels: testLabels,
    explainers: [{ name: "linear", predictions: linear }],
  });
  const targets = matrix(
    TRAIN,
    1,
    Float64Array.from(labels, (label) => 2 * label - 1),
  );
  const clocks = times.map((time) => ({ kind: "flow", time }) as const);
  let step = 0;
  for (const { test: out } of meanOutputs(model, { targets, testTrain }, clocks)) {
    recorder.add(
      step++,
      Int32Array.from(out!.data, (value) => (value > 0 ? 1 : 0)),
    );
  }
  return recorder.result();
}

describe("what a linear model explains of a lazy network", () => {
  test("is all of it where the kernel is linear, and the network ends as least squares", async () => {
    const affine = (a: Matrix) => {
      const product = matmul(a, x, { transposeB: true });
      return matrix(
        a.shape[0],
        TRAIN,
        product.data.map((v) => 1 + v),
      );
    };
    // slowest mode of the 7 that there are: some tens of n; the others are 0 up to rounding, 1e-13 of the largest
    const curve = await curveOf(affine(x), affine(testX), [1e-3, 1, 1e5]);
    const [{ explained, information }] = curve.explainers as [LearningCurve["explainers"][0]];
    expect(information.value).toBeGreaterThan(0.1);
    // F = L: mu = I(F; Y) = I(L; Y)
    expect(curve.network[2]!.value).toBe(information.value);
    expect(explained[2]!.value).toBeCloseTo(information.value, 12);
    for (const { value } of explained) expect(value).toBeLessThan(information.value + 1e-12);
  });

  test("is nearly all of it in the ordered phase while linear functions are learned, and less after them", async () => {
    const kernels = async (weightVariance: number, depth: number) => {
      const layers = Array.from({ length: depth }, () => [
        dense(10, { weightVariance, biasVariance: 0.2 }),
        erf(),
      ]).flat();
      const net = network(input([D]), ...layers, dense(1, { weightVariance, biasVariance: 0.2 }));
      const { ntk } = await computeKernel(net, x);
      const { ntk: cross } = await computeKernel(net, testX, x);
      return { ntk: ntk!, cross: cross!, model: await spectralModel(ntk!) };
    };
    const share = async (weightVariance: number, depth: number) => {
      const { ntk, cross, model } = await kernels(weightVariance, depth);
      // in units of the 7th mode's time: the constant and the linear functions are learned by then, the others much later
      const slow = TRAIN / model.values.toSorted((a, b) => b - a)[D]!;
      const times = [0.3, 1, 1000].map((time) => time * slow);
      const first = await curveOf(ntk, cross, times);
      expect(await curveOf(ntk, cross, times)).toEqual(first); // no random numbers
      const { explained } = first.explainers[0]!;
      return explained.map(({ value }, t) => ({
        share: value / first.network[t]!.value,
        error: explained[t]!.error / first.network[t]!.value,
      }));
    };
    const [early, fitted, late] = await share(0.1, 6);
    // the rest is what the kernel's small quadratic part has learned by then
    expect(early!.share).toBeGreaterThan(0.9);
    expect(fitted!.share).toBeGreaterThan(0.9);
    // errors of both, although they share the samples
    expect(late!.share).toBeLessThan(fitted!.share - 2 * Math.hypot(late!.error, fitted!.error));
  });
});
