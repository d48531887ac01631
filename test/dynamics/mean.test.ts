import { describe, expect, test } from "vitest";
import { meanOutputs, modeEnergies, spectralModel, squaredLoss } from "../../src/dynamics/index.js";
import { isForetrainError } from "../../src/errors.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  gramMatrix,
  matmul,
} from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix, matrixFromRows } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { type Clock, modalLoss } from "../../src/trainability/index.js";
import { distance, identity, randomMatrix } from "../numeric/linalg/matrices.js";
import { descend, initialWeights, linearModel } from "./linear-model.js";

const FOREVER: Clock = { kind: "flow", time: Number.POSITIVE_INFINITY };
const flow = (time: number): Clock => ({ kind: "flow", time });

/** e^a by scaling and squaring of the Taylor series: independent of any eigen-decomposition. */
function exponential(a: Matrix): Matrix {
  const n = a.shape[0];
  const norm = a.data.reduce((s, x) => Math.max(s, Math.abs(x)), 0) * n;
  const squarings = Math.max(0, Math.ceil(Math.log2(norm * 8)));
  const small = matrix(
    n,
    n,
    a.data.map((x) => x / 2 ** squarings),
  );
  let sum = identity(n);
  let term = identity(n);
  for (let k = 1; k < 20; k++) {
    term = matmul(term, small);
    for (let i = 0; i < term.data.length; i++) term.data[i]! /= k;
    sum = matrix(
      n,
      n,
      sum.data.map((x, i) => x + term.data[i]!),
    );
  }
  for (let s = 0; s < squarings; s++) sum = matmul(sum, sum);
  return sum;
}

/** Classical Runge-Kutta on f' = -(1/n) K_.,X (f(X) - y), train and test together. */
function integrate(train: Matrix, testTrain: Matrix, y: Matrix, time: number, steps: number) {
  const [n, k] = y.shape;
  const m = testTrain.shape[0];
  const both = matrix(n + m, n, Float64Array.of(...train.data, ...testTrain.data));
  const slope = (f: Float64Array) => {
    const r = matrix(
      n,
      k,
      y.data.map((x, i) => x - f[i]!),
    );
    return matmul(both, r).data.map((x) => x / n);
  };
  const shift = (f: Float64Array, d: Float64Array, h: number) => f.map((x, i) => x + h * d[i]!);
  let f = new Float64Array((n + m) * k);
  const h = time / steps;
  for (let s = 0; s < steps; s++) {
    const k1 = slope(f);
    const k2 = slope(shift(f, k1, h / 2));
    const k3 = slope(shift(f, k2, h / 2));
    const k4 = slope(shift(f, k3, h));
    f = f.map((x, i) => x + (h / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
  }
  return { train: matrix(n, k, f.slice(0, n * k)), test: matrix(m, k, f.slice(n * k)) };
}

describe("meanOutputs", () => {
  test("eigenmodes, matrix exponential with a linear solve, and integration of the ODE agree to 1e-10", async () => {
    const { ntkTrain, ntkTestTrain, targets, n } = linearModel(6, 4, 30, 2);
    const model = await spectralModel(ntkTrain);
    for (const time of [0.1, 1, 5]) {
      const [modes] = meanOutputs(model, { targets, testTrain: ntkTestTrain }, [flow(time)]);
      const decay = exponential(
        matrix(
          n,
          n,
          ntkTrain.data.map((x) => (-x * time) / n),
        ),
      );
      const learned = matrix(
        n,
        2,
        matmul(decay, targets).data.map((x, i) => targets.data[i]! - x),
      );
      const solved = matmul(ntkTestTrain, choleskySolve(cholesky(ntkTrain), learned));
      const ode = integrate(ntkTrain, ntkTestTrain, targets, time, 4000);
      expect(distance(modes!.train, learned)).toBeLessThan(1e-10);
      expect(distance(modes!.test!, solved)).toBeLessThan(1e-10);
      expect(distance(modes!.train, ode.train)).toBeLessThan(1e-10);
      expect(distance(modes!.test!, ode.test)).toBeLessThan(1e-10);
    }
  });

  test.each([
    { learningRate: 0.3, steps: 0 },
    { learningRate: 0.3, steps: 1 },
    { learningRate: 0.3, steps: 37 },
    { learningRate: 0.3, steps: 40, ridge: 0.4 },
    { learningRate: 0.3, steps: 40, momentum: 0.8 },
    { learningRate: 0.3, steps: 40, momentum: 0.8, ridge: 0.4 },
    { learningRate: 6, steps: 9 }, // above the stable limit: grows, and is followed
  ])("equals gradient descent in weight space from random weights: %o", async (options) => {
    const linear = linearModel(7, 5, 40, 3);
    const w0 = initialWeights(linear, 3, createRng(5));
    const expected = descend(linear, w0, options);
    const model = await spectralModel(linear.ntkTrain, {
      diagReg: options.ridge ?? 0,
      diagRegAbsolute: true,
    });
    const [actual] = meanOutputs(
      model,
      {
        targets: linear.targets,
        testTrain: linear.ntkTestTrain,
        initialTrain: matmul(linear.features, w0),
        initialTest: matmul(linear.testFeatures, w0),
      },
      [{ kind: "gd", learningRate: options.learningRate, steps: options.steps, momentum: options.momentum }],
    );
    const size = expected.train.data.reduce((s, x) => Math.max(s, Math.abs(x)), 1);
    expect(distance(actual!.train, expected.train) / size).toBeLessThan(1e-12);
    expect(distance(actual!.test!, expected.test) / size).toBeLessThan(1e-12);
  });

  test("starts at the initial function and ends at the targets on train points and at kernel regression elsewhere", async () => {
    const linear = linearModel(8, 3, 50, 2);
    const model = await spectralModel(linear.ntkTrain);
    const initialTrain = randomMatrix(8, 2, 7);
    const initialTest = randomMatrix(3, 2, 8);
    const input = { targets: linear.targets, testTrain: linear.ntkTestTrain, initialTrain, initialTest };
    const [start, late, end] = meanOutputs(model, input, [flow(0), flow(1e9), FOREVER]);
    expect(distance(start!.train, initialTrain)).toBeLessThan(1e-14);
    expect(distance(start!.test!, initialTest)).toBeLessThan(1e-14);
    expect(distance(end!.train, linear.targets)).toBeLessThan(1e-14);
    expect(distance(late!.test!, end!.test!)).toBeLessThan(1e-13);
    const rest = matrix(
      8,
      2,
      linear.targets.data.map((x, i) => x - initialTrain.data[i]!),
    );
    const expected = matmul(linear.ntkTestTrain, choleskySolve(cholesky(linear.ntkTrain), rest));
    for (let i = 0; i < 6; i++) expected.data[i]! += initialTest.data[i]!;
    expect(distance(end!.test!, expected)).toBeLessThan(1e-12);
  });

  test("on the train points themselves gives the train outputs, at any time", async () => {
    const { ntkTrain, targets } = linearModel(9, 1, 30, 2);
    const model = await spectralModel(ntkTrain);
    for (const { train, test: again } of meanOutputs(model, { targets, testTrain: ntkTrain }, [
      flow(0.5),
      flow(40),
      FOREVER,
    ])) {
      expect(distance(train, again!)).toBeLessThan(1e-12);
    }
  });

  test("with a ridge ends at K (K + r)^{-1} y on the train points, relative and absolute ridge alike", async () => {
    const { ntkTrain, targets } = linearModel(6, 1, 30, 2);
    const ridge = 0.3;
    const expected = matmul(ntkTrain, choleskySolve(cholesky(addToDiagonal(ntkTrain, ridge)), targets));
    const mean = [0, 1, 2, 3, 4, 5].reduce((s, i) => s + ntkTrain.data[i * 7]! / 6, 0);
    for (const options of [{ diagReg: ridge, diagRegAbsolute: true }, { diagReg: ridge / mean }]) {
      const model = await spectralModel(ntkTrain, options);
      const [end] = meanOutputs(model, { targets }, [FOREVER]);
      expect(model.ridge).toBeWithinRelative(ridge, 1e-14);
      expect(distance(end!.train, expected)).toBeLessThan(1e-13);
      expect(end!.test).toBeNull();
    }
  });

  test("doubling learning rate and halving steps is nearly the same, time scales with n: only lambda t / n enters", async () => {
    const { ntkTrain, targets } = linearModel(6, 1, 30, 1);
    const model = await spectralModel(ntkTrain);
    const doubled = await spectralModel(
      matrix(
        6,
        6,
        ntkTrain.data.map((x) => 2 * x),
      ),
    );
    const [a] = meanOutputs(model, { targets }, [flow(2)]);
    const [b] = meanOutputs(doubled, { targets }, [flow(1)]);
    expect(distance(a!.train, b!.train)).toBeLessThan(1e-14);
  });

  test("loss of the outputs equals the loss from the spectrum and the mode energies", async () => {
    const { ntkTrain, targets } = linearModel(7, 1, 30, 3);
    for (const diagReg of [0, 0.1]) {
      const model = await spectralModel(ntkTrain, { diagReg });
      const energies = modeEnergies(model, targets);
      const problem = { eigenvalues: model.values, energies, ridge: model.ridge };
      for (const clock of [
        flow(0),
        flow(0.7),
        flow(20),
        { kind: "gd", learningRate: 0.4, steps: 12 } as const,
      ]) {
        const { train } = [...meanOutputs(model, { targets }, [clock])][0]!;
        expect(modalLoss(problem, clock)).toBeWithinRelative(squaredLoss(train, targets)[0]!, 1e-12);
      }
    }
  });
});

describe("a singular train kernel", () => {
  // inputs 0 and 1 are the same
  const kernel = matrixFromRows([
    [1, 1, 0],
    [1, 1, 0],
    [0, 0, 1],
  ]);

  test("gives finite outputs at finite time: .4866 .4866 .1417", async () => {
    const model = await spectralModel(kernel);
    const [at] = meanOutputs(model, { targets: matrixFromRows([[1], [1], [0.5]]), testTrain: kernel }, [
      flow(1),
    ]);
    const expected = [-Math.expm1(-2 / 3), -Math.expm1(-2 / 3), -Math.expm1(-1 / 3) / 2];
    expect(expected.map((x) => x.toFixed(4))).toEqual(["0.4866", "0.4866", "0.1417"]);
    expect(at!.train.data).toAllBeWithinRelative(expected, 1e-14);
    expect(at!.test!.data).toAllBeWithinRelative(expected, 1e-14);
  });

  test("with equal targets for equal inputs has the minimum-norm limit and says that it is rank-deficient", async () => {
    const model = await spectralModel(kernel);
    expect(model.rank).toBe(2);
    expect(model.conditioning.effectiveRank).toBe(2);
    const query = matrixFromRows([[0.5, 0.5, 0.3]]);
    const [end] = meanOutputs(model, { targets: matrixFromRows([[1], [1], [0.5]]), testTrain: query }, [
      FOREVER,
    ]);
    expect(end!.train.data).toAllBeWithinRelative([1, 1, 0.5], 1e-14);
    // pseudo-inverse: alpha = (1/2, 1/2, 1/2)
    expect(end!.test!.data[0]).toBeWithinRelative(0.65, 1e-14);
  });

  test("with different targets for equal inputs refuses the limit, names a ridge that works, and allows finite time", async () => {
    const targets = matrixFromRows([[1], [-1], [0.5]]);
    const model = await spectralModel(kernel);
    const run = () => [...meanOutputs(model, { targets }, [FOREVER])];
    expect(run).toThrow(expect.objectContaining({ code: "ERR_SINGULAR" }));
    let diagReg = 0;
    try {
      run();
    } catch (error) {
      diagReg = (error as { details: { suggestedDiagReg: number } }).details.suggestedDiagReg;
      expect((error as Error).message).toContain(String(diagReg));
    }
    expect(diagReg).toBeGreaterThan(0);
    const [end] = meanOutputs(await spectralModel(kernel, { diagReg }), { targets }, [FOREVER]);
    // the suggested ridge keeps half of the digits
    expect(end!.train.data).toAllBeWithinRelative([0, 0, 0.5], 1e-6, 1);
    // at finite time the two copies answer the mean of their targets
    const [late] = meanOutputs(model, { targets }, [flow(1e6)]);
    expect(late!.train.data).toAllBeWithinRelative([0, 0, 0.5], 1e-14, 1);
  });

  test("as duplicates among 40 random inputs: finite at every time, also very late", async () => {
    const x = randomMatrix(40, 60);
    x.data.copyWithin(60, 0, 60);
    const targets = randomMatrix(40, 3, 2);
    const model = await spectralModel(gramMatrix(x));
    expect(model.rank).toBe(39);
    for (const { train } of meanOutputs(model, { targets }, [flow(0), flow(1), flow(1e6), flow(1e18)])) {
      expect(train.data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("a singular train kernel is refused with its own reason", () => {
  const targetsOf = (n: number) =>
    matrix(
      n,
      1,
      Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1)),
    );
  async function refusal(kernel: Matrix, targets = targetsOf(kernel.shape[0])) {
    const model = await spectralModel(kernel);
    try {
      for (const _ of meanOutputs(model, { targets }, [FOREVER]));
    } catch (error) {
      if (isForetrainError(error, "ERR_SINGULAR")) return error;
      throw error;
    }
    throw new Error("expected ERR_SINGULAR");
  }

  test("duplicates: the pair is named", async () => {
    const kernel = matrixFromRows([
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 1],
    ]);
    const error = await refusal(kernel, matrixFromRows([[1], [0], [-1]]));
    expect(error.message).toMatch(/one input is equal.*samples 0 and 2.*--diag-reg.*remove the duplicates/);
    expect(error.details).toMatchObject({ cause: "duplicates", rank: 2, duplicates: [{ index: 2, of: 0 }] });
  });

  test("a linear kernel of more samples than features has a low rank and no duplicates to remove", async () => {
    const error = await refusal(gramMatrix(randomMatrix(12, 3)));
    expect(error.details).toMatchObject({ cause: "low-rank", rank: 3, duplicates: [] });
    expect(error.message).toMatch(/no inputs are equal.*linear network/);
    expect(error.message).not.toMatch(/remove|spectralModel/);
    const { suggestedDiagReg: diagReg } = error.details as { suggestedDiagReg: number };
    const model = await spectralModel(gramMatrix(randomMatrix(12, 3)), { diagReg });
    const [end] = meanOutputs(model, { targets: targetsOf(12) }, [FOREVER]);
    expect(end!.train.data.every(Number.isFinite)).toBe(true);
  });

  test("a kernel that is the same for all samples does not tell them apart", async () => {
    const error = await refusal(matrix(5, 5, new Float64Array(25).fill(0.7)));
    expect(error.details).toMatchObject({ cause: "indistinct-samples", rank: 1 });
    expect(error.message).toMatch(/does not tell the inputs apart.*fewer layers/);
  });

  test("a zero kernel says so, and suggests no ridge", async () => {
    const error = await refusal(matrix(4, 4));
    expect(error.details).toMatchObject({ cause: "zero-kernel", rank: 0 });
    expect(error.message).toMatch(/kernel is zero/);
    expect(error.message).not.toMatch(/NaN|>=/);
  });
});

describe("bad input", () => {
  test("is refused by name", async () => {
    const model = await spectralModel(identity(3));
    const y = matrix(3, 1);
    expect(() => [...meanOutputs(model, { targets: matrix(2, 1) }, [])]).toThrow(
      /targets is \[2, 1\], expected \[3, any\]/,
    );
    expect(() => [
      ...meanOutputs(model, { targets: matrix(3, 1, Float64Array.of(1, Number.NaN, 0)) }, []),
    ]).toThrow(/targets\[1, 0\] is NaN/);
    expect(() => [...meanOutputs(model, { targets: y, testTrain: matrix(2, 2) }, [])]).toThrow(/testTrain/);
    expect(() => [...meanOutputs(model, { targets: y }, [flow(-1)])]).toThrow(/time is -1/);
    await expect(spectralModel(identity(2), { diagReg: -1 })).rejects.toMatchObject({ code: "ERR_DOMAIN" });
    await expect(spectralModel(matrix(0, 0))).rejects.toMatchObject({ code: "ERR_SHAPE" });
    await expect(
      spectralModel(
        matrixFromRows([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).rejects.toThrow(/positive semidefinite/);
  });

  test.each([
    ["targets", 3],
    ["testTrain", 2],
    ["initialTrain", 3],
    ["initialTest", 2],
  ] as const)("NaN in %s is refused by name", async (name, rows) => {
    const model = await spectralModel(identity(3));
    const good = {
      targets: matrix(3, 3),
      testTrain: matrix(2, 3),
      initialTrain: matrix(3, 3),
      initialTest: matrix(2, 3),
    };
    const bad = matrix(rows, 3);
    bad.data[4] = Number.NaN;
    expect(() => [...meanOutputs(model, good, [flow(1)])]).not.toThrow();
    expect(() => [...meanOutputs(model, { ...good, [name]: bad }, [flow(1)])]).toThrow(
      expect.objectContaining({
        code: "ERR_DATA",
        details: expect.objectContaining({ argument: name, index: [1, 1] }),
      }),
    );
  });

  test("mode energies refuse NaN and shapes that do not fit", async () => {
    const model = await spectralModel(identity(3));
    const nan = matrix(3, 1, Float64Array.of(0, 0, Number.NaN));
    expect(() => modeEnergies(model, nan)).toThrow(/targets\[2, 0\] is NaN/);
    expect(() => modeEnergies(model, matrix(3, 1), nan)).toThrow(/initialTrain\[2, 0\] is NaN/);
    expect(() => modeEnergies(model, matrix(3, 1), matrix(3, 2))).toThrow(/initialTrain is \[3, 2\]/);
  });
});
