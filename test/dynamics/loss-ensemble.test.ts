/**
 * Ensembles under any loss against networks that are trained one by one in weight space: f(x) = phi(x) . w, w_0 ~ N(0, D), whose
 * kernels are Theta = Phi Phi^T and K = Phi D Phi^T exactly.
 */
import { describe, expect, test } from "vitest";
import { type LossEnsemble, lossEnsemble, spectralModel } from "../../src/dynamics/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import type { Clock } from "../../src/trainability/index.js";
import { linearModel } from "./linear-model.js";

const [N, M, P] = [4, 2, 5];
const DRAWS = 1000;
const model = linearModel(N, M, P, 2);
/** of the training points, then of the others [N + M][P] */
const rows = [model.features, model.testFeatures].flatMap(({ data, shape: [count] }) =>
  Array.from({ length: count }, (_, i) => [...data.subarray(i * P, (i + 1) * P)]),
);

type Slope = (f: readonly number[], y: readonly number[]) => number[];
const CASES = {
  squared: {
    k: 1,
    targets: [[0.5], [-1.2], [0.8], [0.1]],
    slope: ((f, y) => f.map((value, c) => value - y[c]!)) as Slope,
  },
  logistic: {
    k: 1,
    targets: [[1], [-1], [-1], [1]],
    slope: ((f, y) => f.map((value, c) => -y[c]! / (1 + Math.exp(y[c]! * value)))) as Slope,
  },
  crossEntropy: {
    k: 2,
    targets: [
      [1, 0],
      [0, 1],
      [0.3, 0.7],
      [1, 0],
    ],
    slope: ((f, y) => {
      const total = f.reduce((sum, value) => sum + Math.exp(value), 0);
      return f.map((value, c) => Math.exp(value) / total - y[c]!);
    }) as Slope,
  },
} as const;

/** phi(x) . w of every row, [row][output] */
const outputsOf = (w: readonly number[][], k: number) =>
  rows.map((phi) => Array.from({ length: k }, (_, c) => phi.reduce((sum, x, p) => sum + x * w[p]![c]!, 0)));

type Case = (typeof CASES)[keyof typeof CASES];
/** -grad L of the mean over samples, [P][k] */
const descent = ({ k, targets, slope }: Case, w: readonly number[][]) => {
  const f = outputsOf(w, k);
  const g = targets.map((y, i) => slope(f[i]!, y));
  return w.map((_, p) =>
    Array.from({ length: k }, (_, c) => -g.reduce((sum, row, i) => sum + row[c]! * rows[i]![p]!, 0) / N),
  );
};
const plus = (a: readonly number[][], b: readonly number[][], step: number) =>
  a.map((row, p) => row.map((value, c) => value + step * b[p]![c]!));

/** Runge and Kutta's steps of 1/8: rates are below 1.5, so that their error is below 1e-5 of the outputs. */
function flowed(one: Case, start: number[][], time: number): number[][] {
  const steps = Math.round(time * 8);
  const h = time / steps;
  let w = start;
  for (let s = 0; s < steps; s++) {
    const k1 = descent(one, w);
    const k2 = descent(one, plus(w, k1, h / 2));
    const k3 = descent(one, plus(w, k2, h / 2));
    const k4 = descent(one, plus(w, k3, h));
    w = plus(plus(plus(plus(w, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6);
  }
  return w;
}

function descended(one: Case, start: number[][], eta: number, momentum: number, steps: number): number[][] {
  let w = start;
  let velocity = w.map((row) => row.map(() => 0));
  for (let s = 0; s < steps; s++) {
    const step = descent(one, w);
    velocity = velocity.map((row, p) => row.map((value, c) => momentum * value + eta * step[p]![c]!));
    w = plus(w, velocity, 1);
  }
  return w;
}

/** [draw][row * k + output] of networks that are trained here */
function simulated(one: Case, clock: Clock): number[][] {
  const rng = createRng(77);
  return Array.from({ length: DRAWS }, (_, draw) => {
    const normals = rng.fork("weights", draw);
    const w0 = Array.from(model.deviation, (deviation) =>
      Array.from({ length: one.k }, () => deviation * normals.normal()),
    );
    const w =
      clock.kind === "gd"
        ? descended(one, w0, clock.learningRate, clock.momentum ?? 0, clock.steps)
        : flowed(one, w0, clock.kind === "flow" ? clock.time : Number.NaN);
    return outputsOf(w, one.k).flat();
  });
}

/** [draw][row * k + output] of the ensemble */
function drawsOf({ networks }: LossEnsemble, k: number): number[][] {
  const parts: readonly Matrix[] = [networks.train, networks.test!];
  return Array.from({ length: DRAWS }, (_, d) =>
    parts.flatMap(({ data, shape: [count, columns] }) =>
      Array.from({ length: count * k }, (_, i) => data[Math.floor(i / k) * columns + d * k + (i % k)]!),
    ),
  );
}

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const column = (draws: readonly number[][], i: number) => draws.map((row) => row[i]!);
/** products of the distances from the means: their mean is the covariance */
const products = (draws: readonly number[][], i: number, j: number) => {
  const [a, b] = [meanOf(column(draws, i)), meanOf(column(draws, j))];
  return draws.map((row) => (row[i]! - a) * (row[j]! - b));
};
/** of the mean */
const errorOf = (values: readonly number[]) => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)) / values.length);
};

async function ensembleAt(loss: keyof typeof CASES, clock: Clock): Promise<LossEnsemble> {
  const { k, targets } = CASES[loss];
  const spectral = await spectralModel(model.ntkTrain);
  const input = {
    ...{ targets: matrix(N, k, Float64Array.from(targets.flat())), loss },
    ...{ nngpTrain: model.nngpTrain, nngpTestTrain: model.nngpTestTrain, nngpTest: model.nngpTest },
    ...{ testTrain: model.ntkTestTrain, draws: DRAWS, seed: 3 },
  };
  for await (const at of lossEnsemble(spectral, input, [clock])) return at;
  throw new Error("no clock");
}

const CLOCKS: readonly Clock[] = [
  { kind: "flow", time: 3 },
  { kind: "gd", learningRate: 0.2, momentum: 0.5, steps: 20 },
];

describe.each(["squared", "logistic", "crossEntropy"] as const)("lossEnsemble under %s loss", (loss) => {
  test.each(CLOCKS)(
    "has the means and covariances of networks trained in weight space, %j",
    async (clock) => {
      const one = CASES[loss];
      const at = await ensembleAt(loss, clock);
      const [ours, theirs] = [drawsOf(at, one.k), simulated(one, clock)];
      const size = (N + M) * one.k;
      let moved = 0;
      for (let i = 0; i < size; i++) {
        const [a, b] = [column(ours, i), column(theirs, i)];
        // two independent samples: 4 standard errors of their difference
        expect(Math.abs(meanOf(a) - meanOf(b))).toBeLessThan(4 * Math.hypot(errorOf(a), errorOf(b)));
        moved = Math.max(moved, Math.abs(meanOf(a)) / errorOf(a));
        for (let j = 0; j <= i; j++) {
          const [c, d] = [products(ours, i, j), products(theirs, i, j)];
          expect(Math.abs(meanOf(c) - meanOf(d))).toBeLessThan(4 * Math.hypot(errorOf(c), errorOf(d)));
        }
      }
      // the means have left 0, where they began
      expect(moved).toBeGreaterThan(10);
    },
  );

  test("reports the mean and the deviation of the networks that it gives", async () => {
    const { k } = CASES[loss];
    const at = await ensembleAt(loss, CLOCKS[0]!);
    const draws = drawsOf(at, k);
    const means = [...at.trainMean.data, ...at.testMean!.data];
    const deviations = [...at.trainStd.data, ...at.testStd!.data];
    expect(means).toHaveLength((N + M) * k);
    means.forEach((mean, i) => {
      // sums of the same numbers in the same order
      expect(mean).toBeCloseTo(meanOf(column(draws, i)), 13);
      const square = products(draws, i, i).reduce((a, b) => a + b, 0) / (DRAWS - 1);
      expect(deviations[i]!).toBeCloseTo(Math.sqrt(square), 13);
    });
  });
});
