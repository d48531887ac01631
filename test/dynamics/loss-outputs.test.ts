import { describe, expect, test } from "vitest";
import { dualProblem } from "../../src/dynamics/dual-training.js";
import {
  ensembleOutputs,
  initializationModes,
  type LossOutputs,
  lossEnsemble,
  lossOutputs,
  meanOutputs,
  type OutputLoss,
  outputCovariance,
  spectralModel,
} from "../../src/dynamics/index.js";
import { lossFlow } from "../../src/dynamics/loss-flow.js";
import { isForetrainError } from "../../src/errors.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { solveOde } from "../../src/numeric/ode.js";
import { createRng } from "../../src/numeric/random.js";
import type { Clock } from "../../src/trainability/index.js";

const [N, M, P, K] = [6, 4, 9, 3];
const rng = createRng(11);
const normals = (name: string, rows: number, cols: number): Matrix =>
  matrix(rows, cols, rng.fork(name).normals(new Float64Array(rows * cols)));
/** Features of a linear model: rows of the Jacobian at train and test points. */
const J = { train: normals("train", N, P), test: normals("test", M, P) };
const products = (a: Matrix, b: Matrix): Matrix => {
  const out = matrix(a.shape[0], b.shape[0]);
  for (let i = 0; i < a.shape[0]; i++)
    for (let j = 0; j < b.shape[0]; j++)
      for (let p = 0; p < P; p++) out.data[i * b.shape[0] + j]! += a.data[i * P + p]! * b.data[j * P + p]!;
  return out;
};
const theta = products(J.train, J.train);
const cross = products(J.test, J.train);
const labels = [0, 1, 2, 0, 1, 0];
const oneHot = matrix(
  N,
  K,
  Float64Array.from({ length: N * K }, (_, i) => (labels[Math.floor(i / K)] === i % K ? 1 : 0)),
);
const start = { train: normals("f0", N, K), test: normals("g0", M, K) };

const all = async (outputs: AsyncIterable<LossOutputs>): Promise<LossOutputs[]> => {
  const list: LossOutputs[] = [];
  for await (const at of outputs) list.push({ ...at });
  return list;
};
const flow = (time: number): Clock => ({ kind: "flow", time });
const worst = (a: Matrix, b: Matrix) =>
  a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - b.data[i]!)), 0);

/** (1/n) (softmax(f) - y), written here once more. */
function crossEntropyGradient(f: ArrayLike<number>, y: ArrayLike<number>, out: Float64Array): void {
  for (let i = 0; i < N; i++) {
    let total = 0;
    for (let c = 0; c < K; c++) total += Math.exp(f[i * K + c]!);
    for (let c = 0; c < K; c++) out[i * K + c] = (Math.exp(f[i * K + c]!) / total - y[i * K + c]!) / N;
  }
}

describe("lossOutputs under gradient flow", () => {
  test("cross entropy follows f' = -Theta dL/df as Dormand and Prince integrate it, on train and test points", async () => {
    const model = await spectralModel(theta);
    const times = [0, 0.3, 5, 60];
    const g = new Float64Array(N * K);
    const expected = solveOde(
      (_, f, out) => {
        crossEntropyGradient(f, oneHot.data, g);
        for (const [rows, kernel, at] of [
          [N, theta, 0],
          [M, cross, N * K],
        ] as const)
          for (let i = 0; i < rows; i++)
            for (let c = 0; c < K; c++) {
              let sum = 0;
              for (let j = 0; j < N; j++) sum += kernel.data[i * N + j]! * g[j * K + c]!;
              out[at + i * K + c] = -sum;
            }
      },
      Float64Array.from([...start.train.data, ...start.test.data]),
      times,
      { tolerance: 1e-12 },
    );
    const input = {
      targets: oneHot,
      loss: "crossEntropy",
      testTrain: cross,
      initialTrain: start.train,
      initialTest: start.test,
    } as const;
    for (const tolerance of [1e-4, 1e-8]) {
      const found = await all(lossOutputs(model, input, times.map(flow), { tolerance }));
      for (const [t, { train, test, loss }] of found.entries()) {
        const size = Math.max(...expected[t]!.map(Math.abs));
        // errors of single steps add up: some tens of them
        expect(worst(train, matrix(N, K, expected[t]!.slice(0, N * K)))).toBeLessThan(30 * tolerance * size);
        expect(worst(test!, matrix(M, K, expected[t]!.slice(N * K)))).toBeLessThan(30 * tolerance * size);
        let sum = 0;
        for (let i = 0; i < N; i++) {
          const row = Array.from(train.data.subarray(i * K, (i + 1) * K));
          sum += Math.log(row.reduce((s, f) => s + Math.exp(f), 0)) - row[labels[i]!]!;
        }
        expect(loss[0]!).toBeWithinRelative(sum / N, 1e-12);
      }
    }
  });

  test("stays exact and cheap on stiff kernels: separate logistic samples have f + e^f = 1 + lambda t", async () => {
    const lambda = [1e10, 1e5, 1, 1e-3];
    const kernel = matrix(4, 4);
    for (const [i, x] of lambda.entries()) kernel.data[i * 5] = x;
    const testTrain = matrix(
      1,
      4,
      Float64Array.from(lambda, (x) => 0.3 * x),
    );
    const model = await spectralModel(kernel);
    const problem = dualProblem(model, {
      targets: matrix(4, 1, Float64Array.of(1, 1, 1, 1)),
      loss: "logistic",
      testTrain,
    });
    const exact = (x: number, t: number) => {
      const right = 1 + (x * t) / 4; // the mean over 4 samples
      let f = Math.min(right, Math.log(right + 1)); // f + e^f = right by Newton's method
      for (let i = 0; i < 60; i++) f -= (f + Math.exp(f) - right) / (1 + Math.exp(f));
      return f;
    };
    const times = [1e-6, 1, 1e6];
    let work = 0;
    const list = [];
    for await (const { a, steps, evaluations } of lossFlow(problem, times, { tolerance: 1e-7 })) {
      list.push(problem.outputs(a));
      expect(evaluations).toBeLessThanOrEqual(2 + 4 * steps);
      work = evaluations;
    }
    for (const [t, { train, test }] of list.entries()) {
      const f = lambda.map((x) => exact(x, times[t]!));
      for (const [i, x] of f.entries()) expect(Math.abs(train.data[i]! - x)).toBeLessThan(1e-4);
      const expected = 0.3 * f.reduce((sum, x) => sum + x, 0);
      expect(Math.abs(test!.data[0]! - expected)).toBeLessThan(1e-4);
    }
    // an explicit method would need lambda t L'' / 3 = 1e15 steps
    expect(work).toBeLessThan(10_000);
  });

  test("squared loss takes one step to any time, and agrees with the closed form, with weight decay too", async () => {
    for (const diagReg of [0, 0.3]) {
      const model = await spectralModel(theta, { diagReg });
      const targets = normals("y", N, K);
      const times = [0.1, 10, 1e6];
      const input = { targets, testTrain: cross, initialTrain: start.train, initialTest: start.test };
      const found = await all(lossOutputs(model, { ...input, loss: "squared" }, times.map(flow)));
      for (const [t, expected] of [...meanOutputs(model, input, times.map(flow))].entries()) {
        // rounding, amplified by the condition number 1e2 of the kernel
        expect(worst(found[t]!.train, expected.train)).toBeLessThan(1e-11);
        expect(worst(found[t]!.test!, expected.test!)).toBeLessThan(1e-11);
      }
      const problem = dualProblem(model, { ...input, loss: "squared" });
      for await (const { time, steps } of lossFlow(problem, times))
        expect(steps).toBe(times.indexOf(time) + 1);
    }
  });

  test("takes any loss that comes with its gradient", async () => {
    const quartic: OutputLoss = {
      name: "quartic",
      value: (f, y) => f.reduce((sum, x, c) => sum + (x - y[c]!) ** 4 / 4, 0),
      gradient: (f, y, out) => {
        for (let c = 0; c < f.length; c++) out[c] = (f[c]! - y[c]!) ** 3;
      },
    };
    // one sample: r' = -lambda r^3, r = 1 / sqrt(1 + 2 lambda t)
    const model = await spectralModel(matrix(1, 1, Float64Array.of(2.5)));
    const input = { targets: matrix(1, 1, Float64Array.of(1)), loss: quartic };
    const times = [0.1, 1, 100, 1e4];
    for (const [i, { train, loss }] of (
      await all(lossOutputs(model, input, times.map(flow), { tolerance: 1e-8 }))
    ).entries()) {
      const r = 1 / Math.sqrt(1 + 5 * times[i]!);
      expect(Math.abs(1 - train.data[0]! - r)).toBeLessThan(1e-6);
      expect(loss[0]!).toBeWithinRelative((1 - train.data[0]!) ** 4 / 4, 1e-12);
    }
    const steep = {
      ...quartic,
      gradient: (_f: Float64Array, _y: Float64Array, out: Float64Array) => out.fill(Number.NaN),
    };
    await expect(all(lossOutputs(model, { ...input, loss: steep }, [flow(1)]))).rejects.toSatisfy((error) =>
      isForetrainError(error, "ERR_NUMERICAL"),
    );
  });

  test("modes that float64 does not know are not trained: equal inputs keep equal changes", async () => {
    const twice = matrix(2, 2, Float64Array.of(2, 2, 2, 2));
    const model = await spectralModel(twice);
    const targets = matrix(2, 1, Float64Array.of(1, -1));
    const [at] = await all(lossOutputs(model, { targets, loss: "logistic" }, [flow(1e5)]));
    // the gradients of both samples cancel at f = 0
    expect(at!.train.data.every((x) => Math.abs(x) < 1e-12)).toBe(true);
    expect(at!.loss[0]!).toBeCloseTo(Math.log(2), 12);
  });
});

describe("lossOutputs by steps and with momentum", () => {
  /** The linear model's own weights, trained by the heavy ball. */
  function weightSpace(eta: number, momentum: number, steps: number): { train: Matrix; test: Matrix } {
    const w = new Float64Array(P * K);
    const v = new Float64Array(P * K);
    const g = new Float64Array(N * K);
    const outputs = (rows: Matrix, f0: Matrix) => {
      const f = matrix(rows.shape[0], K, f0.data.slice());
      for (let i = 0; i < rows.shape[0]; i++)
        for (let p = 0; p < P; p++)
          for (let c = 0; c < K; c++) f.data[i * K + c]! += rows.data[i * P + p]! * w[p * K + c]!;
      return f;
    };
    for (let s = 0; s < steps; s++) {
      crossEntropyGradient(outputs(J.train, start.train).data, oneHot.data, g);
      for (let p = 0; p < P; p++)
        for (let c = 0; c < K; c++) {
          let sum = 0;
          for (let i = 0; i < N; i++) sum += J.train.data[i * P + p]! * g[i * K + c]!;
          v[p * K + c] = momentum * v[p * K + c]! - eta * sum;
        }
      for (let i = 0; i < w.length; i++) w[i]! += v[i]!;
    }
    return { train: outputs(J.train, start.train), test: outputs(J.test, start.test) };
  }
  const input = {
    targets: oneHot,
    loss: "crossEntropy",
    testTrain: cross,
    initialTrain: start.train,
    initialTest: start.test,
  } as const;

  test.each([0, 0.9])("descent with momentum %s is that of the linear model's weights", async (momentum) => {
    const model = await spectralModel(theta);
    const steps = [0, 1, 7, 200];
    const clocks = steps.map((at) => ({ kind: "gd", learningRate: 0.2, momentum, steps: at }) as const);
    for (const [i, { train, test }] of (await all(lossOutputs(model, input, clocks))).entries()) {
      const expected = weightSpace(0.2, momentum, steps[i]!);
      expect(worst(train, expected.train)).toBeLessThan(1e-11);
      expect(worst(test!, expected.test)).toBeLessThan(1e-11);
    }
  });

  test("with small steps it goes to its flow, with an error of the order of the step", async () => {
    const model = await spectralModel(theta);
    const distance = async (eta: number) => {
      const steps = Math.round(16 / Math.sqrt(eta));
      const momentum = 1 - 0.8 * Math.sqrt(eta); // friction 0.8 in the time sqrt(eta) steps
      const [exact] = await all(
        lossOutputs(model, input, [{ kind: "momentumFlow", time: eta * steps, learningRate: eta, momentum }]),
      );
      return worst(exact!.train, weightSpace(eta, momentum, steps).train);
    };
    const [coarse, fine] = [await distance(1e-2), await distance(1e-2 / 16)];
    expect(coarse).toBeLessThan(0.1);
    // the heavy ball is of first order in sqrt(eta): a quarter, but for the next order
    expect(fine / coarse).toBeGreaterThan(0.15);
    expect(fine / coarse).toBeLessThan(0.35);
  });

  test("squared loss agrees with the closed forms of all three clocks", async () => {
    const model = await spectralModel(theta, { diagReg: 0.1 });
    const targets = normals("y", N, K);
    for (const rule of [
      { kind: "gd", learningRate: 0.3, momentum: 0.7 },
      { kind: "momentumFlow", learningRate: 0.3, momentum: 0.7 },
    ] as const) {
      const clocks = [3, 40].map((at) =>
        rule.kind === "gd" ? { ...rule, steps: at } : { ...rule, time: 0.3 * at },
      );
      const found = await all(lossOutputs(model, { targets, loss: "squared", testTrain: cross }, clocks));
      for (const [t, expected] of [...meanOutputs(model, { targets, testTrain: cross }, clocks)].entries()) {
        expect(worst(found[t]!.train, expected.train)).toBeLessThan(1e-6);
        expect(worst(found[t]!.test!, expected.test!)).toBeLessThan(1e-6);
      }
    }
  });

  test("divergence is said with the rate, not returned as numbers", async () => {
    const model = await spectralModel(theta);
    const clock = { kind: "gd", learningRate: 50, steps: 2000 } as const;
    const targets = normals("y", N, K);
    await expect(all(lossOutputs(model, { targets, loss: "squared" }, [clock]))).rejects.toThrow(
      /learning rate 50 has diverged before step \d+; use a smaller learning rate/,
    );
    // within the few steps between two looks
    const fast = { kind: "gd", learningRate: 1e60, steps: 9 } as const;
    await expect(all(lossOutputs(model, { targets, loss: "squared" }, [fast]))).rejects.toMatchObject({
      code: "ERR_NUMERICAL",
    });
  });
});

describe("lossEnsemble", () => {
  const kernels = {
    nngpTrain: products(J.train, J.train),
    nngpTestTrain: cross,
    nngpTest: products(J.test, J.test),
    testTrain: matrix(
      M,
      N,
      cross.data.map((x) => 2 * x),
    ),
  };
  const twice = matrix(
    N,
    N,
    theta.data.map((x) => 2 * x),
  );

  test("squared loss: every network is the closed form's, and mean and spread are its mean and covariance", async () => {
    const model = await spectralModel(twice);
    const draws = 400;
    const input = { targets: oneHot, ...kernels, draws, seed: 5 };
    const clocks = [flow(0.5), flow(20)];
    const expected = [];
    for await (const at of ensembleOutputs(model, input, clocks)) expected.push(at);
    const modes = initializationModes(model, kernels);
    const means = [...meanOutputs(model, { targets: oneHot, testTrain: kernels.testTrain }, clocks)];
    let t = 0;
    for await (const at of lossEnsemble(model, { ...input, loss: "squared" }, clocks)) {
      expect(worst(at.networks.test!, expected[t]!.test!)).toBeLessThan(1e-9);
      const { test: variance } = outputCovariance(modes, clocks[t]!);
      for (let i = 0; i < M * K; i++) {
        const sd = Math.sqrt((variance as Float64Array)[Math.floor(i / K)]!);
        expect(Math.abs(at.testMean!.data[i]! - means[t]!.test!.data[i]!)).toBeLessThan(
          (4.5 * sd) / Math.sqrt(draws),
        );
        expect(at.testStd!.data[i]!).toBeWithinRelative(sd, 4.5 / Math.sqrt(2 * draws));
      }
      t++;
    }
    expect(t).toBe(2);
  });

  test("cross entropy: the same seed gives the same networks, the first ones whatever their number", async () => {
    const model = await spectralModel(twice);
    const run = async (draws: number, seed: number) => {
      const input = { targets: oneHot, ...kernels, draws, seed, loss: "crossEntropy" as const };
      for await (const { networks } of lossEnsemble(model, input, [flow(3)], { tolerance: 1e-9 }))
        return networks;
      throw new Error("no clock");
    };
    const [few, many] = [await run(2, 1), await run(5, 1)];
    expect((await run(2, 1)).train).toEqual(few.train);
    // a joint step size: the first networks agree to the tolerance
    for (let i = 0; i < N; i++)
      for (let c = 0; c < 2 * K; c++)
        expect(few.train.data[i * 2 * K + c]!).toBeCloseTo(many.train.data[i * 5 * K + c]!, 6);
    expect((await run(2, 2)).train).not.toEqual(few.train);
  });
});

describe("refusals of lossOutputs", () => {
  test.each([
    [{ loss: "hinge" }, [flow(1)], /loss is "hinge", expected squared, crossEntropy, logistic, or an object/],
    [{}, [flow(2), flow(1)], /clocks\[1\].*ascending/],
    [{}, [flow(1), { kind: "gd", learningRate: 1, steps: 2 }], /clocks\[1\].*the kind/],
    [{}, [flow(Number.POSITIVE_INFINITY)], /clocks\[0\].*a finite time/],
    [{ initialTrain: matrix(N, 4) }, [flow(1)], /4 columns, expected a multiple of the 3/],
    [{ initialTrain: start.train }, [flow(1)], /initialTest is missing/],
    [{ targets: matrix(2, K) }, [flow(1)], /targets is \[2, 3\], expected \[6, any\]/],
  ] as const)("%j", async (change, clocks, message) => {
    const model = await spectralModel(theta);
    const input = { targets: oneHot, loss: "crossEntropy", testTrain: cross, ...change } as Parameters<
      typeof lossOutputs
    >[1];
    await expect(all(lossOutputs(model, input, clocks as readonly Clock[]))).rejects.toThrow(message);
  });

  test("a fired signal stops the training", async () => {
    const model = await spectralModel(theta);
    const stop = AbortSignal.abort();
    const running = all(
      lossOutputs(model, { targets: oneHot, loss: "crossEntropy" }, [flow(1)], { signal: stop }),
    );
    await expect(running).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
  });
});
