import { describe, expect, test } from "vitest";
import {
  accuracy,
  argmax,
  gaussianProcessPosterior,
  initializationModes,
  meanOutputs,
  outputCovariance,
  predict,
  spectralModel,
  squaredLoss,
} from "../../src/dynamics/index.js";
import { addToDiagonal, cholesky, choleskySolve, matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix, matrixFromRows } from "../../src/numeric/matrix.js";
import type { Clock } from "../../src/trainability/index.js";
import { distance } from "../numeric/linalg/matrices.js";
import { linearModel } from "./linear-model.js";

const linear = linearModel(6, 4, 20, 2);
const clocks: readonly Clock[] = [
  { kind: "flow", time: 0 },
  { kind: "flow", time: 2 },
  { kind: "flow", time: Number.POSITIVE_INFINITY },
];
const input = {
  nngp: { train: linear.nngpTrain, testTrain: linear.nngpTestTrain },
  ntk: { train: linear.ntkTrain, testTrain: linear.ntkTestTrain },
  nngpTest: linear.nngpTest,
  targets: linear.targets,
  clocks,
};

describe("predict", () => {
  test("ntk: mean, train mean and full covariance are those of the parts", async () => {
    const result = await predict({ ...input, get: "ntk", covariance: "full" });
    expect(result.mean.shape).toEqual([3, 4, 2]);
    expect(result.trainMean.shape).toEqual([3, 6, 2]);
    expect(result.covariance!.shape).toEqual([3, 4, 4]);
    expect(result.std).toBeNull();
    const model = await spectralModel(linear.ntkTrain);
    const outputs = [
      ...meanOutputs(model, { targets: linear.targets, testTrain: linear.ntkTestTrain }, clocks),
    ];
    const modes = initializationModes(model, {
      nngpTrain: linear.nngpTrain,
      testTrain: linear.ntkTestTrain,
      nngpTestTrain: linear.nngpTestTrain,
      nngpTest: linear.nngpTest,
    });
    clocks.forEach((clock, t) => {
      expect(result.mean.data.slice(t * 8, t * 8 + 8)).toEqual(outputs[t]!.test!.data);
      expect(result.trainMean.data.slice(t * 12, t * 12 + 12)).toEqual(outputs[t]!.train.data);
      const covariance = outputCovariance(modes, clock, { covariance: "full" }).test as Matrix;
      expect(result.covariance!.data.slice(t * 16, t * 16 + 16)).toEqual(covariance.data);
    });
    expect(result.conditioning).toEqual(model.conditioning);
  });

  test("nngp in the limit is the Bayesian posterior, std its deviation", async () => {
    const result = await predict({ ...input, ntk: null, get: "nngp", covariance: "std" });
    const posterior = gaussianProcessPosterior({
      train: linear.nngpTrain,
      testTrain: linear.nngpTestTrain,
      test: linear.nngpTest,
      targets: linear.targets,
    });
    expect(distance(matrix(4, 2, result.mean.data.slice(16)), posterior.mean)).toBeLessThan(1e-12);
    expect(result.std!.shape).toEqual([3, 4]);
    const expected = [0, 1, 2, 3].map((i) => Math.sqrt((posterior.covariance as Matrix).data[i * 5]!));
    expect(result.std!.data.slice(8)).toAllBeWithinRelative(expected, 1e-10);
    expect(result.std!.data.slice(0, 4)).toAllBeWithinRelative(
      [0, 1, 2, 3].map((i) => Math.sqrt(linear.nngpTest.data[i * 5]!)),
      1e-14,
    );
  });

  test("means only need the kernel that trains", async () => {
    const result = await predict({ ...input, nngp: null, nngpTest: null, get: "ntk" });
    expect(result.covariance).toBeNull();
    expect(result.std).toBeNull();
    expect(result.mean.data.slice(0, 8)).toEqual(new Float64Array(8));
  });

  test("reports the conditioning with the ridge used", async () => {
    const { conditioning } = await predict({ ...input, get: "ntk" }, { diagReg: 0.1 });
    const mean = [0, 1, 2, 3, 4, 5].reduce((s, i) => s + linear.ntkTrain.data[i * 7]! / 6, 0);
    expect(conditioning.ridge).toBeWithinRelative(0.1 * mean, 1e-14);
    expect(conditioning.effectiveRank).toBe(6);
  });

  test("names the kernel that is missing", async () => {
    await expect(predict({ ...input, ntk: null, get: "ntk" })).rejects.toThrow(/ntk is missing/);
    await expect(predict({ ...input, nngp: null, get: "ntk", covariance: "std" })).rejects.toThrow(
      /nngp is missing/,
    );
    await expect(predict({ ...input, nngpTest: null, get: "ntk", covariance: "std" })).rejects.toThrow(
      /nngpTest/,
    );
    const diagonal = new Float64Array(4).fill(1);
    await expect(predict({ ...input, nngpTest: diagonal, get: "ntk", covariance: "full" })).rejects.toThrow(
      /nngpTest as a matrix/,
    );
    await expect(predict({ ...input, get: "ntk" }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});

describe("NaN in an array", () => {
  const withNaN = (a: Matrix) => {
    const out = matrix(a.shape[0], a.shape[1], a.data.slice());
    out.data[2] = Number.NaN;
    return out;
  };
  const { nngp, ntk } = input;

  test.each([
    ["targets", { targets: withNaN(linear.targets) }],
    ["ntk.testTrain", { ntk: { ...ntk, testTrain: withNaN(ntk.testTrain) } }],
    ["nngp.train", { nngp: { ...nngp, train: withNaN(nngp.train) } }],
    ["nngp.testTrain", { nngp: { ...nngp, testTrain: withNaN(nngp.testTrain) } }],
    ["nngpTest", { nngpTest: withNaN(linear.nngpTest) }],
    ["nngpTest", { nngpTest: Float64Array.of(1, 1, Number.NaN, 1) }],
  ])("%s is refused by its name", async (name, change) => {
    await expect(predict({ ...input, get: "ntk", covariance: "std", ...change })).rejects.toMatchObject({
      code: "ERR_DATA",
      details: { argument: name },
    });
  });

  test("the kernel that trains is refused too, and an array that is not used does not matter", async () => {
    const train = withNaN(ntk.train);
    await expect(predict({ ...input, get: "ntk", ntk: { ...ntk, train } })).rejects.toMatchObject({
      code: "ERR_DATA",
    });
    const unused = { ...nngp, testTrain: withNaN(nngp.testTrain) };
    const { mean } = await predict({ ...input, get: "ntk", nngp: unused });
    expect(mean.data.every(Number.isFinite)).toBe(true);
  });

  test.each([
    ["nngpTrain", nngp.train],
    ["testTrain", ntk.testTrain],
    ["nngpTestTrain", nngp.testTrain],
    ["nngpTest", linear.nngpTest],
    ["nngpTest", Float64Array.of(1, 2, 3, 4)],
  ] as const)("initializationModes refuses %s", async (name, a) => {
    const model = await spectralModel(ntk.train);
    const good = {
      nngpTrain: nngp.train,
      testTrain: ntk.testTrain,
      nngpTestTrain: nngp.testTrain,
      nngpTest: linear.nngpTest,
    };
    const bad = a instanceof Float64Array ? a.map((x) => (x === 3 ? Number.NaN : x)) : withNaN(a);
    expect(() => initializationModes(model, { ...good, [name]: bad })).toThrow(
      expect.objectContaining({ code: "ERR_DATA", details: expect.objectContaining({ argument: name }) }),
    );
  });

  test.each(["train", "testTrain", "test", "targets"] as const)(
    "gaussianProcessPosterior refuses %s",
    (name) => {
      const good = { ...nngp, test: linear.nngpTest, targets: linear.targets };
      expect(() => gaussianProcessPosterior({ ...good, [name]: withNaN(good[name]) })).toThrow(
        expect.objectContaining({ code: "ERR_DATA", details: expect.objectContaining({ argument: name }) }),
      );
    },
  );
});

describe("gaussianProcessPosterior", () => {
  const prior = { ...input.nngp, test: linear.nngpTest, targets: linear.targets };

  test("takes diagReg relative to the mean diagonal: the posterior with that noise written out", () => {
    const n = 6;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += prior.train.data[i * (n + 1)]! / n;
    const relative = gaussianProcessPosterior({ ...prior, diagReg: 0.2 });
    expect(relative.noise).toBeWithinRelative(0.2 * mean, 1e-14);
    const inverse = choleskySolve(cholesky(addToDiagonal(prior.train, 0.2 * mean)), linear.targets);
    expect(distance(relative.mean, matmul(prior.testTrain, inverse))).toBeLessThan(1e-13);
    const absolute = gaussianProcessPosterior({ ...prior, diagReg: 0.2 * mean, diagRegAbsolute: true });
    expect(absolute.noise).toBe(0.2 * mean);
    expect(distance(relative.covariance as Matrix, absolute.covariance as Matrix)).toBeLessThan(1e-14);
  });

  test("refuses no train samples and an infinite noise", () => {
    const empty = { train: matrix(0, 0), testTrain: matrix(4, 0), targets: matrix(0, 2) };
    expect(() => gaussianProcessPosterior(empty)).toThrow(
      expect.objectContaining({
        code: "ERR_SHAPE",
        message: expect.stringMatching(/train is \[0, 0\], expected at least one/),
      }),
    );
    expect(() => gaussianProcessPosterior({ ...prior, diagReg: Number.POSITIVE_INFINITY })).toThrow(
      /diagReg is Infinity/,
    );
  });
});

describe("squaredLoss and accuracy", () => {
  const outputs = matrixFromRows([
    [1, 0, 0.2, 0.9],
    [0, 3, 0.6, 0.5],
  ]); // two networks with two outputs each
  const targets = matrixFromRows([
    [1, 0],
    [0, 1],
  ]);

  test("squaredLoss is 1/(2n) sum (f - y)^2 of each network", () => {
    const expected = [(0 + 4) / 4, (0.64 + 0.81 + 0.36 + 0.25) / 4];
    expect(squaredLoss(outputs, targets)).toAllBeWithinRelative(expected, 1e-15);
  });

  test("accuracy counts the largest output, the first of equals; NaN is wrong", () => {
    expect([...accuracy(outputs, [0, 1], 2)]).toEqual([1, 0]);
    expect([...accuracy(matrixFromRows([[0.5, 0.5]]), [0], 2)]).toEqual([1]);
    expect([...accuracy(matrixFromRows([[Number.NaN, 0.5]]), [1], 2)]).toEqual([0]);
    expect(argmax(Float64Array.of(9, 1, 5, 5), 1, 3)).toBe(1);
  });

  test("refuse shapes and labels that do not fit", () => {
    expect(() => accuracy(outputs, [0, 2], 2)).toThrow(/label 1 is 2/);
    expect(() => accuracy(outputs, [0], 2)).toThrow(/outputs are \[2, 4\]/);
    expect(() => squaredLoss(outputs, matrix(2, 3))).toThrow(/multiple of 3/);
  });
});
