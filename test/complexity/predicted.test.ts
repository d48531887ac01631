import { beforeAll, describe, expect, test } from "vitest";
import {
  classify,
  countTable,
  leastSquaresClassifier,
  type PredictedComplexityInput,
  performanceCorrelation,
  predictedComplexity,
  recordPredictedComplexity,
} from "../../src/complexity/index.js";
import { oneHotCentred } from "../../src/data/index.js";
import { meanOutputs, spectralModel } from "../../src/dynamics/index.js";
import { trainNetworks } from "../../src/finite/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network } from "../../src/network/index.js";
import { matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const [N, M, D] = [40, 800, 3];
const rng = createRng(8);
const points = (n: number) => matrix(n, D, rng.normals(new Float64Array(n * D)));
/** Three classes, half of them beyond a plane's reach. */
const labelsOf = ({ data, shape }: Matrix) =>
  Int32Array.from({ length: shape[0] }, (_, i) => {
    const [a, b, c] = [data[i * D]!, data[i * D + 1]!, data[i * D + 2]!];
    return a + b * c > 0.4 ? 2 : a - b * c > 0 ? 1 : 0;
  });
const [x, testX] = [points(N), points(M)];
const [labels, testLabels] = [labelsOf(x), labelsOf(testX)];
const said = classify(leastSquaresClassifier(x, labels, { classes: 3 }), testX);
const explainers = [{ name: "linear", predictions: said }];
const targets = oneHotCentred(labels, 3);
const net = (width: number) =>
  network(
    input([D]),
    dense(width, { weightVariance: 1.5, biasVariance: 0.1 }),
    erf(),
    // small outputs at the start: single networks are not noise alone
    dense(3, { weightVariance: 0.05 }),
  );
const ETA = 1;
const STEPS = [0, 10, 100, 1000];

let problem: PredictedComplexityInput;
beforeAll(async () => {
  const infinite = net(1);
  const [train, cross, own] = await Promise.all([
    computeKernel(infinite, x, null, { threads: 1 }),
    computeKernel(infinite, testX, x, { threads: 1 }),
    computeKernel(infinite, testX, null, { get: ["nngp"], threads: 1 }),
  ]);
  problem = {
    model: await spectralModel(train.ntk!),
    targets,
    testTrain: cross.ntk!,
    labels: testLabels,
    explainers,
    times: STEPS.map((step) => ({ step, clock: { kind: "gd", learningRate: ETA, steps: step } })),
    ensemble: {
      nngpTrain: train.nngp!,
      nngpTestTrain: cross.nngp!,
      nngpTest: own.nngp!,
      draws: 12,
      seed: 3,
    },
  };
});

describe("what a linear model explains of the predicted network", () => {
  test("a network may name a class that no label has", () => {
    const recorder = recordPredictedComplexity({
      labels: [0, 1],
      explainers: [{ name: "linear", predictions: [0, 1] }],
      outputs: 3,
    });
    recorder.addMean(1, matrix(2, 3, Float64Array.of(1, 0, 0, 0, 0, 1)));
    const { mean } = recorder.result();
    expect(mean.classes).toBe(3);
    expect(mean.accuracy).toEqual([0.5]);
  });

  test("is, for the mean output, the measure of its largest outputs", async () => {
    const { mean } = await predictedComplexity({ ...problem, ensemble: undefined });
    expect(mean.steps).toEqual(STEPS);
    let t = 0;
    for (const { test: out } of meanOutputs(
      problem.model,
      { targets, testTrain: problem.testTrain },
      problem.times.map(({ clock }) => clock),
    )) {
      const answers = Int32Array.from({ length: M }, (_, i) => {
        const row = Array.from(out!.data.subarray(3 * i, 3 * i + 3));
        return row.indexOf(Math.max(...row));
      });
      const expected = performanceCorrelation(countTable(answers, said, testLabels, [3, 3, 3]));
      expect(mean.network[t]!.value).toBe(expected.network);
      expect(mean.explainers[0]!.explained[t]!.value).toBe(expected.explained);
      t++;
    }
    expect(mean.network.at(-1)!.value).toBeGreaterThan(2 * mean.network[1]!.error);
  });

  test("is all of it at the end where the kernel is linear: F = L", async () => {
    const affine = (a: Matrix) => {
      const product = matmul(a, x, { transposeB: true });
      return matrix(
        a.shape[0],
        N,
        product.data.map((value) => 1 + value),
      );
    };
    // least squares without ridge is where flow on that kernel ends; the slowest of its 4 modes is at about n
    const linear = classify(leastSquaresClassifier(x, labels, { classes: 3, ridge: 0 }), testX);
    const { mean } = await predictedComplexity({
      model: await spectralModel(affine(x)),
      targets,
      testTrain: affine(testX),
      labels: testLabels,
      explainers: [{ name: "linear", predictions: linear }],
      times: [{ step: 1, clock: { kind: "flow", time: 1e4 } }],
    });
    const [{ explained, information }] = mean.explainers as [(typeof mean.explainers)[0]];
    expect(information.value).toBeGreaterThan(0.2);
    expect(mean.network[0]!.value).toBe(information.value);
    expect(explained[0]!.value).toBeCloseTo(information.value, 12);
  });

  test("is for single networks what wide trained ones have", async () => {
    const { single } = await predictedComplexity(problem);
    const NETWORKS = 6;
    const trained = await trainNetworks({
      network: net(1024),
      recipe: { steps: STEPS.at(-1)!, learningRate: ETA, dtype: "float32", seed: 5 },
      train: { x, y: targets, labels },
      test: { x: testX, y: oneHotCentred(testLabels, 3), labels: testLabels },
      networks: NETWORKS,
      records: STEPS,
      keepOutputs: "test",
    });
    const measured = STEPS.map((_, t) =>
      trained.networks.map(({ outputs }) => {
        const data = outputs.test!.data.subarray(t * M * 3, (t + 1) * M * 3);
        const answers = Int32Array.from({ length: M }, (_v, i) => {
          const row = Array.from(data.subarray(3 * i, 3 * i + 3));
          return row.indexOf(Math.max(...row));
        });
        return performanceCorrelation(countTable(answers, said, testLabels, [3, 3, 3]));
      }),
    );
    const [{ explained }] = single!.explainers as [NonNullable<typeof single>["explainers"][0]];
    expect([single!.networks, single!.samples]).toEqual([12, M]);
    for (let t = 1; t < STEPS.length; t++) {
      for (const [quantity, spread] of [
        ["network", single!.network],
        ["explained", explained],
      ] as const) {
        const values = measured[t]!.map((one) => one[quantity]);
        const mean = values.reduce((a, b) => a + b, 0) / NETWORKS;
        const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (NETWORKS - 1));
        // 80 % of a Gaussian lie within 1.28 deviations; a median of 12 errs by 1.25 / sqrt(12) of one
        const predicted = (spread.high[t]! - spread.low[t]!) / 2.56;
        const error = Math.hypot(deviation / Math.sqrt(NETWORKS), (1.25 * predicted) / Math.sqrt(12));
        expect(Math.abs(mean - spread.median[t]!)).toBeLessThan(4 * error + 0.01);
      }
    }
  });

  test("the sign decides where there is one output", () => {
    const recorder = recordPredictedComplexity({
      labels: [0, 1, 0, 1],
      explainers: [{ name: "L", predictions: [0, 1, 1, 1] }],
      outputs: 1,
    });
    recorder.addMean(1, matrix(4, 1, Float64Array.of(-1, 2, -0.1, 3)));
    recorder.addSingle(1, matrix(4, 2, Float64Array.of(-1, 1, 2, 1, -3, 1, 4, 1)));
    const { mean, single } = recorder.result();
    expect(mean.network[0]!.value).toBeCloseTo(1, 14);
    expect(mean.accuracy).toEqual([1]);
    // one of the two networks is right, the other always says 1
    expect(single!.network.median[0]!).toBeCloseTo(0.5, 14);
    expect([single!.network.low[0]!, single!.network.high[0]!]).toEqual([
      expect.closeTo(0.1, 12),
      expect.closeTo(0.9, 12),
    ]);
  });

  test("outputs that do not fit are refused", () => {
    const recorder = recordPredictedComplexity({ labels: [0, 1], explainers: [], outputs: 2 });
    for (const wrong of [matrix(3, 2), matrix(2, 3), matrix(0, 2)]) {
      expect(() => recorder.addMean(0, wrong)).toThrow(expect.objectContaining({ code: "ERR_SHAPE" }));
    }
  });
});
