/**
 * Prediction from the tangent kernel of a finite network, between all pairs of its outputs, beside the training in weights of that
 * network linearized.
 */
import { describe, expect, test } from "vitest";
import { modeFilters } from "../../src/dynamics/index.js";
import { lossGradients } from "../../src/dynamics/output-loss.js";
import {
  empiricalKernels,
  finiteModel,
  initialParameters,
  linearize,
  vectorJacobianProduct,
} from "../../src/finite/index.js";
import {
  type Clock,
  ensembleOutputs,
  evidence,
  initializationModes,
  lossOutputs,
  meanOutputs,
  modeEnergies,
  type OutputLossName,
  outputLoss,
  predict,
  spectralModel,
} from "../../src/index.js";
import { dense, input, network, tanh } from "../../src/network/index.js";
import { type Matrix, matrix, type NdArray } from "../../src/numeric/matrix.js";
import { solveOde } from "../../src/numeric/ode.js";
import { createRng } from "../../src/numeric/random.js";

const [N, M, K] = [5, 4, 3];
const model = finiteModel(network(input([3]), dense(7), tanh(), dense(K)));
const theta0 = initialParameters(model, { seed: 2 });
const rng = createRng(5);
const samples = (n: number): NdArray<Float64Array> => ({
  data: rng.normals(new Float64Array(n * 3)),
  shape: [n, 3],
});
const [x, xTest] = [samples(N), samples(M)];
const linear = linearize(model, theta0);
const axes = { get: ["ntk"], traceAxes: [] } as const;
const ntk = empiricalKernels(model, theta0, x, null, axes).ntk!;
const testTrain = empiricalKernels(model, theta0, xTest, x, axes).ntk!;
const outputsAt = (theta: Float64Array, at: NdArray): Matrix =>
  matrix(at.shape[0]!, K, linear(theta, at).data);
const initialTrain = outputsAt(theta0, x);
const initialTest = outputsAt(theta0, xTest);

const targetsOf = (loss: OutputLossName): Matrix =>
  loss === "squared"
    ? matrix(N, K, createRng(7).normals(new Float64Array(N * K)))
    : matrix(
        N,
        K,
        Float64Array.from({ length: N * K }, (_, i) => {
          const hot = i % K === Math.floor(i / K) % K;
          return loss === "logistic" ? (hot ? 1 : -1) : hot ? 1 : 0;
        }),
      );

/** J^T dL/df of the linearized network. */
function gradient(theta: Float64Array, loss: OutputLossName): Float64Array {
  const f = outputsAt(theta, x);
  const g = matrix(N, K);
  lossGradients(outputLoss(loss), f, targetsOf(loss), g);
  return vectorJacobianProduct(model, theta0, x, g);
}

function descend(loss: OutputLossName, rate: number, momentum: number, steps: number): Float64Array {
  const [theta, v] = [theta0.slice(), new Float64Array(theta0.length)];
  for (let s = 0; s < steps; s++) {
    const g = gradient(theta, loss);
    for (let p = 0; p < theta.length; p++) {
      v[p] = momentum * v[p]! - rate * g[p]!;
      theta[p]! += v[p]!;
    }
  }
  return theta;
}

function flow(loss: OutputLossName, time: number): Float64Array {
  const slope = (_: number, theta: Float64Array, out: Float64Array) => {
    gradient(theta, loss).forEach((g, p) => {
      out[p] = -g;
    });
  };
  return solveOde(slope, theta0.slice(), [time], { tolerance: 1e-12 })[0]!;
}

const apart = (a: Matrix, b: Matrix) => Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i]!)));

async function predicted(loss: OutputLossName, clock: Clock) {
  const spectral = await spectralModel(ntk);
  const start = { targets: targetsOf(loss), testTrain, initialTrain, initialTest, loss };
  for await (const outputs of lossOutputs(spectral, start, [clock], { tolerance: 1e-11 })) return outputs;
  throw new Error("none");
}

describe("a kernel [n, n, k, k]", () => {
  const rate = 0.3;
  const clocks: [Clock, (loss: OutputLossName) => Float64Array][] = [
    [{ kind: "gd", learningRate: rate, steps: 40 }, (loss) => descend(loss, rate, 0, 40)],
    [{ kind: "gd", learningRate: 0.1, momentum: 0.8, steps: 30 }, (loss) => descend(loss, 0.1, 0.8, 30)],
    [{ kind: "flow", time: 6 }, (loss) => flow(loss, 6)],
  ];

  for (const loss of ["squared", "crossEntropy", "logistic"] as const) {
    test.each(clocks)(`${loss}: %j trains the linearized network, to 1e-8`, async (clock, train) => {
      const theta = train(loss);
      const outputs = await predicted(loss, clock);
      expect(apart(outputs.train, outputsAt(theta, x))).toBeLessThan(1e-8);
      expect(apart(outputs.test!, outputsAt(theta, xTest))).toBeLessThan(1e-8);
    });
  }

  test.each(clocks)("%j: squared loss in closed form is the same", async (clock, train) => {
    const spectral = await spectralModel(ntk);
    expect(spectral).toMatchObject({ samples: N, outputs: K, size: N * K });
    const theta = train("squared");
    const start = { targets: targetsOf("squared"), testTrain, initialTrain, initialTest };
    const [outputs] = meanOutputs(spectral, start, [clock]);
    expect(apart(outputs!.train, outputsAt(theta, x))).toBeLessThan(1e-8);
    expect(apart(outputs!.test!, outputsAt(theta, xTest))).toBeLessThan(1e-8);
    const { residual } = modeFilters(spectral, clock);
    const loss = modeEnergies(spectral, start.targets, initialTrain).reduce(
      (sum, energy, i) => sum + (energy * residual[i]! ** 2) / (2 * N),
      0,
    );
    const left = outputs!.train.data.reduce((sum, f, i) => sum + (f - start.targets.data[i]!) ** 2, 0);
    expect(loss).toBeCloseTo(left / (2 * N), 12);
  });

  test("momentumFlow agrees with its closed form, and networks side by side with each alone", async () => {
    const spectral = await spectralModel(ntk);
    const clock = { kind: "momentumFlow", time: 4, learningRate: 0.1, momentum: 0.5 } as const;
    const start = { targets: targetsOf("squared"), testTrain, initialTrain, initialTest };
    const [closed] = meanOutputs(spectral, start, [clock]);
    expect(apart((await predicted("squared", clock)).test!, closed!.test!)).toBeLessThan(1e-7);

    const beside = (a: Matrix) =>
      matrix(
        a.shape[0],
        2 * K,
        Float64Array.from(
          { length: 2 * a.data.length },
          (_, i) => (i % (2 * K) < K ? 1 : -0.5) * a.data[Math.floor(i / (2 * K)) * K + (i % K)]!,
        ),
      );
    const gd: Clock = { kind: "gd", learningRate: rate, steps: 15 };
    const two = { initialTrain: beside(initialTrain), initialTest: beside(initialTest) };
    const targets = targetsOf("crossEntropy");
    for (const at of [gd, { kind: "flow", time: 5 } as const]) {
      const alone = await predicted("crossEntropy", at);
      const input = { targets, testTrain, loss: "crossEntropy", ...two } as const;
      for await (const both of lossOutputs(spectral, input, [at], { tolerance: 1e-11 })) {
        const first = alone.test!.data.map((_, i) => both.test!.data[Math.floor(i / K) * 2 * K + (i % K)]!);
        expect(apart(matrix(M, K, first), alone.test!)).toBeLessThan(1e-8);
        expect(both.loss).toHaveLength(2);
        expect(both.loss[0]).toBeCloseTo(alone.loss[0]!, 8);
      }
    }
  });

  test("of outputs that do not see each other is that of each", async () => {
    const shared = matrix(N, N);
    const full = { data: new Float64Array(ntk.data.length), shape: ntk.shape };
    for (let i = 0; i < N * N; i++) {
      shared.data[i] = ntk.data[i * K * K]!;
      for (let a = 0; a < K; a++) full.data[(i * K + a) * K + a] = shared.data[i]!;
    }
    const clocks: Clock[] = [{ kind: "flow", time: 3 }];
    const kernels = (train: NdArray<Float64Array>) => ({
      get: "ntk" as const,
      nngp: null,
      ntk: { train, testTrain: train },
      nngpTest: null,
      targets: targetsOf("squared"),
      clocks,
    });
    const [a, b] = [await predict(kernels(shared)), await predict(kernels(full))];
    b.mean.data.forEach((value, i) => {
      expect(value).toBeCloseTo(a.mean.data[i]!, 12);
    });
  });

  test("names equal samples with different targets", async () => {
    const twice = { data: Float64Array.from([1, 2, 3, 1, 2, 3]), shape: [2, 3] };
    const spectral = await spectralModel(empiricalKernels(model, theta0, twice, null, axes).ntk!);
    expect(spectral.duplicates).toEqual([{ index: 1, of: 0 }]);
    const targets = matrix(2, K, Float64Array.of(1, 0, 0, 0, 1, 0));
    const end: Clock = { kind: "flow", time: Number.POSITIVE_INFINITY };
    expect(() => [...meanOutputs(spectral, { targets }, [end])]).toThrow(/rank 3 of 6.*equal/);
  });
});

describe("the traced kernel of a finite network", () => {
  test("is one that all outputs share, as it is", async () => {
    const traced = empiricalKernels(model, theta0, x, null, { get: ["ntk"] }).ntk!;
    const spectral = await spectralModel(traced);
    expect(spectral).toMatchObject({ samples: N, outputs: null, size: N });
    const cross = empiricalKernels(model, theta0, xTest, x, { get: ["ntk"] }).ntk!;
    const [at] = meanOutputs(spectral, { targets: targetsOf("squared"), testTrain: cross }, [
      { kind: "flow", time: 1 },
    ]);
    expect(at!.test!.shape).toEqual([M, K]);
  });
});

describe("kernels of other shapes are refused by shape", () => {
  test.each([[[4, 4, 4]], [[4, 5]], [[4, 4, 2, 3]], [[2, 2, 2, 2, 2, 2]], [[4, 5, 2, 2]], [[0, 0]], [[16]]])(
    "%j",
    async (shape) => {
      const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
      await expect(spectralModel({ data, shape })).rejects.toThrow(
        /spectralModel: the train kernel has shape \[[\d, ]+\], expected .*(traceAxes: \[\]|one train sample)/,
      );
    },
  );

  test("kernels between test and train points, targets, and what needs a shared kernel", async () => {
    const spectral = await spectralModel(ntk);
    const targets = targetsOf("squared");
    const clock: Clock = { kind: "flow", time: 1 };
    const flat = matrix(M, N);
    expect(() => [...meanOutputs(spectral, { targets, testTrain: flat }, [clock])]).toThrow(
      /testTrain has shape \[4, 5\], expected \[m, 5, 3, 3\]/,
    );
    expect(() => [...meanOutputs(spectral, { targets: matrix(N, 2) }, [clock])]).toThrow(
      /targets is \[5, 2\], expected \[5, 3\]/,
    );
    expect(() => evidence(spectral, { targets })).toThrow(/couples the 3 outputs/);
    const kernels = { nngpTrain: null, testTrain: null, nngpTestTrain: null, nngpTest: null };
    expect(() => initializationModes(spectral, kernels)).toThrow(/couples the 3 outputs/);
    const ensemble = { ...kernels, nngpTrain: matrix(N, N), targets, draws: 1, seed: 0 };
    await expect(ensembleOutputs(spectral, ensemble, [clock]).next()).rejects.toThrow(
      /couples the 3 outputs/,
    );
  });
});
