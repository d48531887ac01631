import { describe, expect, test } from "vitest";
import {
  drawInitialFunctions,
  type EnsembleOutputs,
  ensembleOutputs,
  initializationModes,
  meanOutputs,
  outputCovariance,
  spectralModel,
} from "../../src/dynamics/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import type { Clock } from "../../src/trainability/index.js";
import { distance } from "../numeric/linalg/matrices.js";
import { linearModel } from "./linear-model.js";

const flow = (time: number): Clock => ({ kind: "flow", time });
const CLOCKS: readonly Clock[] = [
  flow(0),
  flow(1),
  { kind: "gd", learningRate: 0.2, steps: 10 },
  flow(Number.POSITIVE_INFINITY),
];
const linear = linearModel(6, 4, 20, 3);
const input = {
  targets: linear.targets,
  nngpTrain: linear.nngpTrain,
  testTrain: linear.ntkTestTrain,
  nngpTestTrain: linear.nngpTestTrain,
  nngpTest: linear.nngpTest,
  seed: 4,
};

async function collect(draws: number, seed = 4): Promise<EnsembleOutputs[]> {
  const out: EnsembleOutputs[] = [];
  const model = await spectralModel(linear.ntkTrain);
  for await (const at of ensembleOutputs(model, { ...input, draws, seed }, CLOCKS)) out.push(at);
  return out;
}

/** Columns of one network. */
const network = (a: Matrix, draw: number, k: number) => {
  const [n, columns] = a.shape;
  const out = matrix(n, k);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < k; c++) out.data[i * k + c] = a.data[i * columns + draw * k + c]!;
  return out;
};

describe("ensembleOutputs", () => {
  test("every network is trained exactly from its own initial function", async () => {
    const outputs = await collect(3);
    const model = await spectralModel(linear.ntkTrain);
    const start = drawInitialFunctions({ ...input, draws: 3 });
    for (let draw = 0; draw < 3; draw++) {
      const expected = [
        ...meanOutputs(
          model,
          {
            targets: linear.targets,
            testTrain: linear.ntkTestTrain,
            initialTrain: network(start.train, draw, 3),
            initialTest: network(start.test!, draw, 3),
          },
          CLOCKS,
        ),
      ];
      CLOCKS.forEach((_, t) => {
        expect(distance(network(outputs[t]!.train, draw, 3), expected[t]!.train)).toBeLessThan(1e-13);
        expect(distance(network(outputs[t]!.test!, draw, 3), expected[t]!.test!)).toBeLessThan(1e-12);
      });
    }
  });

  test("mean and variance over 3000 networks agree with theory within 4 standard errors", async () => {
    const draws = 3000;
    const outputs = await collect(draws);
    const model = await spectralModel(linear.ntkTrain);
    const modes = initializationModes(model, { ...input, nngpTrain: linear.nngpTrain });
    const means = [
      ...meanOutputs(model, { targets: linear.targets, testTrain: linear.ntkTestTrain }, CLOCKS),
    ];
    CLOCKS.forEach((clock, t) => {
      const variance = outputCovariance(modes, clock).test as Float64Array;
      const test = outputs[t]!.test!;
      for (let x = 0; x < 4; x++) {
        for (let c = 0; c < 3; c++) {
          const mean = means[t]!.test!.data[x * 3 + c]!;
          let sum = 0;
          let squares = 0;
          for (let d = 0; d < draws; d++) {
            const f = test.data[(x * draws + d) * 3 + c]! - mean;
            sum += f;
            squares += f * f;
          }
          const v = variance[x]!;
          expect(sum / draws).toAgreeWith(0, { stderr: Math.sqrt(v / draws), z: 4 });
          expect(squares / draws).toAgreeWith(v, { stderr: v * Math.sqrt(2 / draws), z: 4 });
        }
      }
    });
  });

  test("outputs of one network, and the same output of two networks, start independently", () => {
    const draws = 4000;
    const k = 3;
    const { train } = drawInitialFunctions({ ...input, draws });
    const correlation = (
      a: (d: number) => number,
      b: (d: number) => number,
      variance: number,
      count: number,
    ) => {
      let sum = 0;
      for (let d = 0; d < count; d++) sum += a(d) * b(d);
      return sum / (count * variance);
    };
    for (const i of [0, 5]) {
      const variance = linear.nngpTrain.data[i * 7]!;
      const output = (d: number, c: number) => train.data[(i * draws + d) * k + c]!;
      for (const [c, other] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        const between = correlation(
          (d) => output(d, c),
          (d) => output(d, other),
          variance,
          draws,
        );
        expect(between).toAgreeWith(0, { stderr: 1 / Math.sqrt(draws), z: 4 });
      }
      const successive = correlation(
        (d) => output(2 * d, 0),
        (d) => output(2 * d + 1, 0),
        variance,
        draws / 2,
      );
      expect(successive).toAgreeWith(0, { stderr: 1 / Math.sqrt(draws / 2), z: 4 });
    }
  });

  test("gives the same bits for the same seed, others for another, and a larger ensemble begins with the smaller one", async () => {
    const a = await collect(2);
    const b = await collect(2);
    expect(b).toEqual(a);
    const c = await collect(2, 5);
    expect(distance(c[1]!.test!, a[1]!.test!)).toBeGreaterThan(0.01);
    const more = await collect(5);
    for (const draw of [0, 1]) {
      expect(distance(network(more[1]!.test!, draw, 3), network(a[1]!.test!, draw, 3))).toBeLessThan(1e-14);
    }
  });

  test("train outputs end at the targets", async () => {
    const end = (await collect(2)).at(-1)!;
    for (const draw of [0, 1])
      expect(distance(network(end.train, draw, 3), linear.targets)).toBeLessThan(1e-13);
  });

  test("works without test points, and with a test point that is a train point, reporting the jitter", async () => {
    const model = await spectralModel(linear.ntkTrain);
    const train = { ...input, testTrain: null, nngpTestTrain: null, nngpTest: null, draws: 2 };
    for await (const at of ensembleOutputs(model, train, [flow(1)])) {
      expect(at.test).toBeNull();
      expect(at.jitter).toBe(0);
    }
    const again = {
      ...input,
      testTrain: linear.ntkTrain,
      nngpTestTrain: linear.nngpTrain,
      nngpTest: linear.nngpTrain,
      draws: 4,
    };
    for await (const at of ensembleOutputs(model, again, CLOCKS)) {
      expect(at.jitter).toBeGreaterThan(0);
      expect(at.jitter).toBeLessThan(1e-10);
      // both copies of the initial function agree up to the noise that the jitter stands for
      expect(distance(at.train, at.test!)).toBeLessThan(1e-5);
    }
  });

  test("stops when cancelled, and refuses missing kernels and no draws", async () => {
    const model = await spectralModel(linear.ntkTrain);
    const controller = new AbortController();
    let seen = 0;
    const run = async () => {
      for await (const _ of ensembleOutputs(model, { ...input, draws: 1 }, CLOCKS, {
        signal: controller.signal,
      })) {
        seen++;
        controller.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(seen).toBe(1);
    const { nngpTest: _, ...rest } = input;
    expect(() => drawInitialFunctions({ ...rest, nngpTest: null, draws: 1 })).toThrow(/nngpTest is missing/);
    expect(() => drawInitialFunctions({ ...input, draws: 0 })).toThrow(/draws is 0/);
  });

  test.each(["targets", "nngpTrain", "testTrain", "nngpTestTrain", "nngpTest"] as const)(
    "refuses NaN in %s by name",
    async (name) => {
      const model = await spectralModel(linear.ntkTrain);
      const { data, shape } = input[name];
      const bad = matrix(shape[0], shape[1], data.slice());
      bad.data[1] = Number.NaN;
      const run = async () => {
        for await (const _ of ensembleOutputs(model, { ...input, [name]: bad, draws: 1 }, CLOCKS));
      };
      await expect(run()).rejects.toMatchObject({
        code: "ERR_DATA",
        details: { argument: name, index: [0, 1] },
      });
    },
  );
});
