import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  columnStatistics,
  gammaForecast,
  inputSpan,
  isCentred,
  meanFieldFlow,
  quadratureParticles,
  type ShallowNetwork,
  shallowKernels,
  shallowVariance,
  standInParticles,
  trainShallow,
  trainShallowEnsemble,
} from "../../src/normalization/index.js";
import { matrix, matrixFromRows } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { expectClose } from "../support/expect-close.js";
import { CENTRED, problem, SHIFTED } from "./cases.js";

const GAMMAS = [0.5, 0.6, 0.75, 0.8, 0.84, 0.9, 1];

describe("the forecast over gamma", () => {
  test("sums h and the corrections that count, and takes the flow where too many do", async () => {
    const given = problem(SHIFTED);
    const units = 100;
    const { gammas, expansion } = await gammaForecast({ problem: given, units, gammas: GAMMAS });
    expect(gammas.map(({ counted }) => counted)).toEqual([
      0,
      0,
      1,
      1,
      2,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    const { train, test: more } = expansion!;
    const eps = 100 ** -0.16;
    const sum = [0, 1].map((side) => {
      const terms = side === 0 ? train : more!;
      return Array.from(terms[0]![0]!, (h, i) => h + eps * terms[1]![0]![i]! + eps ** 2 * terms[2]![0]![i]!);
    });
    expectClose([...gammas[4]!.train.mean[0]!, ...gammas[4]!.test!.mean[0]!], sum.flat(), 1e-13);
    // gamma = 1 is the mean-field limit, whatever N
    const limit = meanFieldFlow(given, 1);
    expectClose([...gammas[6]!.train.mean[0]!], [...limit.train[0]!], 1e-13);
    // listed sizes of the terms
    expect(gammas[2]!.termSizes[0]! / 100 ** -0.25).toBeCloseTo(0.01169, 4);
  });

  test("the expected squared error is bias squared plus both variances, and falls with gamma", async () => {
    const given = problem(SHIFTED, [0, 3]);
    const testY = Float64Array.of(0.1);
    const { gammas, limit } = await gammaForecast({ problem: given, units: 400, gammas: GAMMAS, testY });
    for (const { gamma, train, test: more } of gammas) {
      const spread = shallowVariance(limit!.trainVariance[1]!, limit!.trainNoise![1]!, 400, gamma);
      expectClose([...train.variance![1]!], [...spread], 1e-15);
      const byHand = given.y.reduce(
        (total, y, i) => total + ((y - train.mean[1]![i]!) ** 2 + spread[i]!) / 4,
        0,
      );
      expect(train.errors![1]!.total).toBeCloseTo(byHand, 14);
      expect(more!.errors![1]!.bias).toBeCloseTo((0.1 - more!.mean[1]![0]!) ** 2, 14);
    }
    const totals = gammas.slice(0, 3).map(({ train }) => train.errors![1]!.total);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    // at the start all outputs are random alone: bias is the mean square of the targets
    expect(gammas[0]!.train.errors![0]!.bias).toBeCloseTo((1 + 0.49 + 0.25 + 0.64) / 4, 14);
  });

  test("outer weights of another mean have a mean output by the flow, and no spread", async () => {
    const network: ShallowNetwork = { ...CENTRED, outer: { kind: "uniform", low: 0, high: 1 } };
    expect(isCentred(network)).toBe(false);
    const sigmoid: ShallowNetwork = { ...network, activation: { kind: "activation", name: "sigmoid" } };
    const units = 64;
    const gamma = 0.75;
    const { x, y, testX } = problem(CENTRED);
    const particles = quadratureParticles(sigmoid, 16);
    const result = await gammaForecast({
      problem: { network: sigmoid, particles, x, y, testX, times: [0, 0.2] },
      units,
      gammas: [gamma, 1],
    });
    expect(result).toMatchObject({ centred: false, limit: null, expansion: null });
    // E C = 1/2, and sigmoid(u) - 1/2 is odd: the start is N^(1 - gamma) / 4
    const [start, later] = result.gammas[0]!.train.mean;
    expectClose([...start!], new Array(4).fill(units ** (1 - gamma) / 4), 1e-9);
    // real networks of the same width beside it: 4 standard errors, and their 1 / N
    const [trained] = await trainShallowEnsemble({
      network: sigmoid,
      cases: [{ units, gamma }],
      runs: 400,
      seed: 1,
      batch: "full",
      timeStep: 0.01,
      x,
      y,
      times: [0.2],
      threads: 1,
    });
    columnStatistics(trained!.train[0]!).mean.forEach(({ value, error }, i) => {
      expect(Math.abs(value - later![i]!)).toBeLessThan(4 * error + 2 / units);
    });
  });

  test("activations with kinks have h and the flow, and the reason why no corrections", async () => {
    const network: ShallowNetwork = { ...CENTRED, activation: { kind: "activation", name: "relu" } };
    const given = {
      ...problem(CENTRED),
      network,
      particles: quadratureParticles(network, 8),
      tolerance: 1e-4,
    };
    const { gammas, refusal } = await gammaForecast({ problem: given, units: 100, gammas: [0.6, 0.8] });
    expect(refusal).toMatch(/relu/);
    expect(gammas.map(({ counted }) => counted)).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test("wrong use is answered", async () => {
    const given = problem(CENTRED);
    const base = { problem: given, units: 100, gammas: [0.6] };
    await expect(gammaForecast({ ...base, gammas: [1.2] })).rejects.toThrow(/gamma is 1.2/);
    await expect(gammaForecast({ ...base, units: 0 })).rejects.toThrow(/units is 0/);
    await expect(
      gammaForecast({ ...base, problem: { ...given, times: [Number.POSITIVE_INFINITY] } }),
    ).rejects.toThrow(/times\[0\] is Infinity/);
    await expect(gammaForecast({ ...base, testY: new Float64Array(3) })).rejects.toThrow(/3 test targets/);
  });
});

describe("units that stand for infinitely many", () => {
  test("are a quadrature where the inputs are few, and sampled where they are many", () => {
    const plane = standInParticles(CENTRED);
    expect(plane.order).toBe(24);
    const fine = quadratureParticles(CENTRED, 40);
    const { x } = problem(CENTRED);
    const tanh = activation("tanh");
    // 24 nodes leave 3e-5 at the longest input, of squared length 1.45
    expectClose(
      [...shallowKernels(tanh, plane.particles, x, null).training.data],
      [...shallowKernels(tanh, fine, x, null).training.data],
      5e-5,
    );
    const wide = { ...CENTRED, inner: new Array(30).fill(CENTRED.inner[0]) };
    const sampled = standInParticles(wide, { count: 500, seed: 3 });
    expect(sampled.order).toBeNull();
    expect(sampled.particles.weights.length).toBe(500);
  });

  test("inputs in the span of the samples have the same inner products", async () => {
    const rng = createRng(1);
    const x = matrix(3, 50, rng.normals(new Float64Array(150)));
    const testX = matrix(2, 50, rng.normals(new Float64Array(100)));
    const network = { ...CENTRED, inner: new Array(50).fill(CENTRED.inner[0]) };
    const span = await inputSpan(network, x, testX);
    expect(span!.x.shape).toEqual([3, 5]);
    const rows = (m: typeof x, more: typeof x) => {
      const list = [m, more].flatMap(({ data, shape: [n, d] }) =>
        Array.from({ length: n }, (_, i) => data.subarray(i * d, (i + 1) * d)),
      );
      return list.flatMap((a) => list.map((b) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)));
    };
    expectClose(rows(span!.x, span!.testX!), rows(x, testX), 1e-11);
    // shifted weights see the direction of their mean
    expect(
      await inputSpan(
        { ...network, inner: network.inner.map((law, i) => (i === 0 ? { ...law, mean: 1 } : law)) },
        x,
        testX,
      ),
    ).toBeNull();
    expect(
      await inputSpan(
        CENTRED,
        matrixFromRows([
          [1, 2],
          [2, 3],
          [1, 1],
        ]),
        null,
      ),
    ).toBeNull();
  });
});

describe("ensembles of real networks", () => {
  const { x, y, testX } = problem(SHIFTED);
  const options = {
    network: SHIFTED,
    cases: [
      { units: 40, gamma: 0.6 },
      { units: 20, gamma: 1 },
    ],
    runs: 6,
    seed: 7,
    x,
    y,
    testX,
    times: [0, 1],
  };

  test("have the same bits on any number of threads, and are those of single runs", async () => {
    const alone = await trainShallowEnsemble({ ...options, threads: 1 });
    const both = await trainShallowEnsemble({ ...options, threads: 2 });
    expect(both).toEqual(alone);
    const single = trainShallow({
      ...options,
      units: 20,
      gamma: 1,
      seed: createRng(7).fork("run", 5),
    });
    expect([...alone[1]!.train[1]!.data.subarray(20, 24)]).toEqual([...single.train[1]!]);
    expect([...alone[1]!.test![1]!.data.subarray(5, 6)]).toEqual([...single.test![1]!]);
  });

  test("wrong use is answered", async () => {
    await expect(trainShallowEnsemble({ ...options, runs: 0 })).rejects.toThrow(/runs is 0/);
    await expect(trainShallowEnsemble({ ...options, cases: [{ units: 5, gamma: 2 }] })).rejects.toThrow(
      /gamma is 2/,
    );
    expect(() => trainShallow({ ...options, units: 5, gamma: 1, timeStep: 0 })).toThrow(/timeStep is 0/);
  });
});
