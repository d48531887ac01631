import { describe, expect, test } from "vitest";
import {
  gaussianProcessPosterior,
  initialEnergies,
  initializationModes,
  meanTestVariance,
  meanTrainVariance,
  meanVarianceTable,
  modeFilters,
  outputCovariance,
  spectralModel,
} from "../../src/dynamics/index.js";
import { eigenSymmetric, matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix, matrixFromRows, transpose } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import type { Clock } from "../../src/trainability/index.js";
import { distance, identity } from "../numeric/linalg/matrices.js";
import { descend, initialWeights, type LinearModel, linearModel } from "./linear-model.js";

const flow = (time: number): Clock => ({ kind: "flow", time });
const FOREVER = flow(Number.POSITIVE_INFINITY);
const CLOCKS: readonly Clock[] = [
  flow(0),
  flow(0.3),
  flow(4),
  { kind: "gd", learningRate: 0.2, steps: 30 },
  FOREVER,
];

async function modesOf(linear: LinearModel, ridge = 0) {
  const model = await spectralModel(linear.ntkTrain, { diagReg: ridge, diagRegAbsolute: true });
  return initializationModes(model, {
    nngpTrain: linear.nngpTrain,
    testTrain: linear.ntkTestTrain,
    nngpTestTrain: linear.nngpTestTrain,
    nngpTest: linear.nngpTest,
  });
}

const combine = (terms: readonly (readonly [number, Matrix])[]): Matrix => {
  const [n, m] = terms[0]![1].shape;
  const out = matrix(n, m);
  for (const [s, a] of terms) for (let i = 0; i < out.data.length; i++) out.data[i]! += s * a.data[i]!;
  return out;
};

describe("outputCovariance", () => {
  test.each([0, 0.5])(
    "equals the formula written out with matrices in their order, ridge %f",
    async (ridge) => {
      const linear = linearModel(6, 4, 20, 1);
      const modes = await modesOf(linear, ridge);
      for (const clock of CLOCKS) {
        const { filter } = modeFilters(modes.model, clock);
        const u = modes.model.vectors;
        const a = matmul(
          matmul(
            u,
            matrix(
              6,
              6,
              identity(6).data.map((x, i) => x * filter[i % 6]!),
            ),
          ),
          u,
          {
            transposeB: true,
          },
        );
        const g = matmul(linear.ntkTestTrain, a); // Theta_xX A
        const expectedTest = combine([
          [1, linear.nngpTest],
          [1, matmul(matmul(g, linear.nngpTrain), g, { transposeB: true })],
          [-1, matmul(g, transpose(linear.nngpTestTrain))],
          [-1, matmul(linear.nngpTestTrain, transpose(g))],
        ]);
        const r = combine([
          [1, identity(6)],
          [-1, matmul(linear.ntkTrain, a)],
        ]);
        const expectedTrain = matmul(matmul(r, linear.nngpTrain), r, { transposeB: true });
        const full = outputCovariance(modes, clock, { covariance: "full" });
        expect(distance(full.test as Matrix, expectedTest)).toBeLessThan(1e-12);
        expect(distance(full.train as Matrix, expectedTrain)).toBeLessThan(1e-12);
        const diagonal = outputCovariance(modes, clock);
        expect(diagonal.test as Float64Array).toAllBeWithinRelative(
          [0, 1, 2, 3].map((i) => expectedTest.data[i * 5]!),
          1e-12,
          1,
        );
        expect(diagonal.train as Float64Array).toAllBeWithinRelative(
          [0, 1, 2, 3, 4, 5].map((i) => expectedTrain.data[i * 7]!),
          1e-12,
          1,
        );
      }
    },
  );

  test("mean and covariance agree with 4000 linear models trained in weight space, within 4 standard errors", async () => {
    const linear = linearModel(5, 3, 25, 1, 3);
    const modes = await modesOf(linear);
    const clock = { kind: "gd", learningRate: 0.4, steps: 6 } as const;
    const { test: theory, train } = outputCovariance(modes, clock, { covariance: "full" });
    const mean = descend(linear, matrix(25, 1), clock).test.data; // from zero weights: the mean, by linearity
    const runs = 4000;
    const rng = createRng(9);
    const samples: Float64Array[] = [];
    const trainSamples: Float64Array[] = [];
    for (let run = 0; run < runs; run++) {
      const w0 = initialWeights(linear, 1, rng.fork("run", run));
      const out = descend(linear, w0, clock);
      samples.push(out.test.data);
      trainSamples.push(out.train.data);
    }
    for (let i = 0; i < 3; i++) {
      const variance = (theory as Matrix).data[i * 4]!;
      const estimate = samples.reduce((s, f) => s + f[i]! / runs, 0);
      expect(estimate).toAgreeWith(mean[i]!, { stderr: Math.sqrt(variance / runs), z: 4 });
      for (let j = 0; j <= i; j++) {
        const c = (theory as Matrix).data[i * 3 + j]!;
        const other = (theory as Matrix).data[j * 4]!;
        const product = samples.reduce((s, f) => s + ((f[i]! - mean[i]!) * (f[j]! - mean[j]!)) / runs, 0);
        // Gaussian: Var(xy) = Vx Vy + Cxy^2
        expect(product).toAgreeWith(c, { stderr: Math.sqrt((variance * other + c * c) / runs), z: 4 });
      }
    }
    const trainMean = descend(linear, matrix(25, 1), clock).train.data;
    for (let i = 0; i < 5; i++) {
      const v = (train as Matrix).data[i * 6]!;
      const estimate = trainSamples.reduce((s, f) => s + (f[i]! - trainMean[i]!) ** 2 / runs, 0);
      expect(estimate).toAgreeWith(v, { stderr: v * Math.sqrt(2 / runs), z: 4 });
    }
  });

  test("is positive semidefinite at every time and decreases with time on the train points", async () => {
    const linear = linearModel(8, 6, 30, 1);
    const modes = await modesOf(linear);
    let before = Number.POSITIVE_INFINITY;
    for (const time of [0, 0.1, 0.5, 2, 10, 100]) {
      const { train, test: at } = outputCovariance(modes, flow(time), { covariance: "full" });
      for (const a of [train, at] as Matrix[]) {
        const { values } = await eigenSymmetric(a, { vectors: false });
        expect(values.at(-1)!).toBeGreaterThan(-1e-13);
      }
      // the trace decreases; single diagonal entries need not when Theta and K do not commute
      const trace = [...Array(8).keys()].reduce((s, i) => s + (train as Matrix).data[i * 9]!, 0);
      expect(trace).toBeLessThan(before);
      before = trace;
    }
  });

  test("with Theta = K decreases at every train point and ends as the Gaussian process posterior", async () => {
    const linear = linearModel(7, 4, 30, 2);
    const model = await spectralModel(linear.nngpTrain);
    const explicit = initializationModes(model, {
      nngpTrain: linear.nngpTrain,
      testTrain: linear.nngpTestTrain,
      nngpTestTrain: linear.nngpTestTrain,
      nngpTest: linear.nngpTest,
    });
    const implied = initializationModes(model, {
      nngpTrain: null,
      testTrain: linear.nngpTestTrain,
      nngpTestTrain: null,
      nngpTest: linear.nngpTest,
    });
    const posterior = gaussianProcessPosterior({
      train: linear.nngpTrain,
      testTrain: linear.nngpTestTrain,
      test: linear.nngpTest,
      targets: linear.targets,
    });
    let before: Float64Array = new Float64Array(7).fill(Number.POSITIVE_INFINITY);
    for (const clock of [flow(0), flow(1), flow(30), FOREVER]) {
      const a = outputCovariance(explicit, clock, { covariance: "full" });
      const b = outputCovariance(implied, clock, { covariance: "full" });
      expect(distance(a.test as Matrix, b.test as Matrix)).toBeLessThan(1e-12);
      expect(distance(a.train as Matrix, b.train as Matrix)).toBeLessThan(1e-12);
      const now = outputCovariance(implied, clock).train as Float64Array;
      for (let i = 0; i < 7; i++) expect(now[i]!).toBeLessThan(before[i]!);
      before = now;
      if (clock === FOREVER)
        expect(distance(b.test as Matrix, posterior.covariance as Matrix)).toBeLessThan(1e-12);
    }
  });

  test("averages over points equal the averages of the variances, by the O(n^2) sums", async () => {
    const linear = linearModel(6, 5, 20, 1);
    for (const ridge of [0, 0.3]) {
      const modes = await modesOf(linear, ridge);
      const same = initializationModes(await spectralModel(linear.nngpTrain), {
        nngpTrain: null,
        testTrain: linear.nngpTestTrain,
        nngpTestTrain: null,
        nngpTest: Float64Array.from({ length: 5 }, (_, i) => linear.nngpTest.data[i * 6]!),
      });
      for (const m of [modes, same]) {
        const table = meanVarianceTable(m);
        for (const clock of CLOCKS) {
          const { train, test: at } = outputCovariance(m, clock);
          const average = (x: unknown) => {
            const a = x as Float64Array;
            return a.reduce((s, v) => s + v, 0) / a.length;
          };
          expect(meanTestVariance(table, clock)).toBeWithinRelative(average(at), 1e-11, 1e-2);
          expect(meanTrainVariance(m, clock)).toBeWithinRelative(average(train), 1e-11, 1e-2);
        }
      }
    }
  });

  test("initial energies sum to the trace of K", async () => {
    const linear = linearModel(6, 5, 20, 1);
    const energies = initialEnergies(await modesOf(linear));
    const trace = [...Array(6).keys()].reduce((s, i) => s + linear.nngpTrain.data[i * 7]!, 0);
    expect(energies.reduce((s, x) => s + x, 0)).toBeWithinRelative(trace, 1e-13);
  });

  test("duplicate inputs: finite, equal for both copies, 0 in the limit", async () => {
    const linear = linearModel(5, 2, 20, 1);
    linear.features.data.copyWithin(20, 0, 20);
    const pick = (a: Matrix, cols: boolean) => {
      const n = a.shape[1];
      const out = matrix(a.shape[0], n, a.data.slice());
      if (cols) for (let i = 0; i < a.shape[0]; i++) out.data[i * n + 1] = out.data[i * n]!;
      return out;
    };
    const both = (a: Matrix) => {
      const out = pick(a, true);
      out.data.copyWithin(5, 0, 5);
      return out;
    };
    const model = await spectralModel(both(linear.ntkTrain));
    expect(model.rank).toBe(4);
    const modes = initializationModes(model, {
      nngpTrain: both(linear.nngpTrain),
      testTrain: pick(linear.ntkTestTrain, true),
      nngpTestTrain: pick(linear.nngpTestTrain, true),
      nngpTest: linear.nngpTest,
    });
    for (const clock of CLOCKS) {
      const v = outputCovariance(modes, clock).train as Float64Array;
      expect(v[1]).toBeWithinRelative(v[0]!, 1e-12, 1e-3);
    }
    expect((outputCovariance(modes, FOREVER).train as Float64Array).every((x) => x < 1e-13)).toBe(true);
  });

  test("an initial function outside the range of the train kernel has no limit", async () => {
    const model = await spectralModel(
      matrixFromRows([
        [1, 1],
        [1, 1],
      ]),
    );
    const modes = initializationModes(model, {
      nngpTrain: identity(2),
      testTrain: null,
      nngpTestTrain: null,
      nngpTest: null,
    });
    expect(() => outputCovariance(modes, FOREVER)).toThrow(expect.objectContaining({ code: "ERR_SINGULAR" }));
    expect(outputCovariance(modes, flow(1e9)).train).toBeInstanceOf(Float64Array);
  });
});

describe("gaussianProcessPosterior", () => {
  test("of one observation is the textbook formula", () => {
    const { mean, covariance, logMarginalLikelihood, noise } = gaussianProcessPosterior({
      train: matrixFromRows([[2]]),
      testTrain: matrixFromRows([[1]]),
      test: Float64Array.of(3),
      targets: matrixFromRows([[5]]),
      diagReg: 0.25,
    });
    expect(noise).toBe(0.5);
    expect(mean.data[0]).toBeWithinRelative(5 / 2.5, 1e-15);
    expect((covariance as Float64Array)[0]).toBeWithinRelative(3 - 1 / 2.5, 1e-15);
    expect(logMarginalLikelihood).toBeWithinRelative(-0.5 * (25 / 2.5 + Math.log(2 * Math.PI * 2.5)), 1e-15);
  });

  test("refuses a singular kernel with the ridge to use, and works with that ridge", () => {
    const input = {
      train: matrixFromRows([
        [1, 1],
        [1, 1],
      ]),
      testTrain: matrixFromRows([[1, 1]]),
      targets: matrixFromRows([[1], [0]]),
    };
    let diagReg = 0;
    try {
      gaussianProcessPosterior(input);
    } catch (error) {
      diagReg = (error as { details: { suggestedDiagReg: number } }).details.suggestedDiagReg;
    }
    expect(diagReg).toBeGreaterThan(0);
    expect(gaussianProcessPosterior({ ...input, diagReg }).mean.data[0]).toBeWithinRelative(0.5, 1e-4);
  });
});
