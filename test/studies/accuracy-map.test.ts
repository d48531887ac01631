import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import { networkAtDepth } from "../../src/network/index.js";
import { eigenSymmetric, matmul } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { accuracyColumn, type MapData } from "../../src/studies/paper-b/accuracy-map/column.js";
import { networkVariance, outputsAt, trainExactly } from "../../src/studies/paper-b/accuracy-map/training.js";
import { block, centredTargets, deepNetwork, sphereInputs } from "../../src/studies/paper-b/deep-network.js";

const N = 8;
const M = 5;
const INPUTS = 12;
const GET = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;

async function kernelsOf(weightVariance: number, depth: number) {
  const layer = { activation: "erf", weightVariance, biasVariance: 0.05 };
  const x = sphereInputs(3, N + M, INPUTS, 1);
  const { plan: _, ...all } = await computeKernel(
    networkAtDepth(deepNetwork(layer, INPUTS), depth),
    x,
    null,
    {
      get: GET,
      threads: 1,
    },
  );
  const part = (rows: [number, number], cols: [number, number]) =>
    Object.fromEntries(GET.map((name) => [name, block(all[name]!, rows, cols)])) as Record<
      (typeof GET)[number],
      Matrix
    >;
  return { all, train: part([0, N], [0, N]), cross: part([N, N + M], [0, N]), own: all.nngp!.data[0]! };
}

/** f_{s+1} = f_s - h Theta (f_s - Y) in many small steps, at train and test points. */
function descend(train: Matrix, cross: Matrix, y: Matrix, time: number, steps: number) {
  let lambda = 0; // power iteration
  let v = matrix(N, 1, new Float64Array(N).fill(1));
  for (let i = 0; i < 200; i++) {
    const next = matmul(train, v);
    lambda = Math.hypot(...next.data);
    v = matrix(
      N,
      1,
      next.data.map((x) => x / lambda),
    );
  }
  const h = (2 * time) / lambda / steps;
  const f = matrix(N, y.shape[1]);
  const g = matrix(cross.shape[0], y.shape[1]);
  for (let s = 0; s < steps; s++) {
    const residual = matrix(
      N,
      y.shape[1],
      f.data.map((x, i) => x - y.data[i]!),
    );
    const [df, dg] = [matmul(train, residual), matmul(cross, residual)];
    for (let i = 0; i < f.data.length; i++) f.data[i]! -= h * df.data[i]!;
    for (let i = 0; i < g.data.length; i++) g.data[i]! -= h * dg.data[i]!;
  }
  return { train: f, test: g, lambda };
}

const largestDifference = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

const at = (a: Matrix, t: number, k: number, times: number) =>
  Float64Array.from(
    { length: a.shape[0] * k },
    (_, i) => a.data[Math.floor(i / k) * times * k + t * k + (i % k)]!,
  );

describe("trainExactly", () => {
  test("is gradient flow with eta = 2 / lambda_max: small explicit steps reach the same outputs", async () => {
    const { train, cross } = await kernelsOf(1.5, 3);
    const y = centredTargets(1, N, 2);
    const times = [0.5, 3];
    const trained = await trainExactly({ kernel: train.ntk, gap: train.ntkGap }, y, times);
    expect(trained.onGap).toBe(false);
    const test = outputsAt(trained, cross.ntk, undefined);
    times.forEach((time, t) => {
      const steps = 5000;
      const slow = descend(train.ntk, cross.ntk, y, time, steps);
      expect(trained.lambdaMax).toBeCloseTo(slow.lambda, 8);
      // Euler's error is of first order in the step
      const tolerance = (4 * time) / steps;
      expect(largestDifference(at(trained.train, t, 2, 2), slow.train.data)).toBeLessThan(tolerance);
      expect(largestDifference(at(test, t, 2, 2), slow.test.data)).toBeLessThan(tolerance);
    });
  });

  test("where float64 holds nothing of the bulk in the kernel, the gap gives what a larger bulk gives", async () => {
    // Theta = mu + B: the dynamics on centred targets do not depend on mu but through the rate 2 / lambda_max
    const { train, cross } = await kernelsOf(1.5, 3);
    const y = centredTargets(1, N, 2);
    const withConstant = (mu: number, a: Matrix) =>
      matrix(
        ...a.shape,
        a.data.map((x) => x + mu),
      );
    const relativeTo = (mu: number) => withConstant(mu, train.ntk);
    const middle = 1e7; // direct: the bulk keeps 8 digits
    const direct = await trainExactly({ kernel: relativeTo(middle), gap: train.ntkGap }, y, [1e6, 1e12]);
    const huge = 1e12; // time scales with lambda_max = n mu
    const far = await trainExactly({ kernel: relativeTo(huge), gap: train.ntkGap }, y, [1e11, 1e17]);
    expect(direct.onGap).toBe(false);
    expect(far.onGap).toBe(true);
    const here = outputsAt(direct, withConstant(middle, cross.ntk), undefined);
    const there = outputsAt(far, withConstant(huge, cross.ntk), cross.ntkGap);
    // the direct form is off by bulk / lambda_max = 1e-7 and by its rounding 1e-16 x 1e7
    expect(largestDifference(far.train.data, direct.train.data)).toBeLessThan(1e-5);
    expect(largestDifference(there.data, here.data)).toBeLessThan(1e-5);
    expect(Math.max(...there.data.map(Math.abs))).toBeGreaterThan(0.05);
  });
});

/** `count` columns of N(0, covariance). */
async function draws(covariance: Matrix, count: number): Promise<Matrix> {
  const { values, vectors } = await eigenSymmetric(covariance);
  const n = values.length;
  const normals = matrix(n, count, createRng(8).normals(new Float64Array(n * count)));
  for (let i = 0; i < n; i++) {
    const deviation = Math.sqrt(Math.max(0, values[i]!));
    for (let c = 0; c < count; c++) normals.data[i * count + c]! *= deviation;
  }
  return matmul(vectors!, normals);
}

const rowsOf = (a: Matrix, from: number, to: number) => block(a, [from, to], [0, a.shape[1]]);
const negated = (a: Matrix) =>
  matrix(
    ...a.shape,
    a.data.map((x) => -x),
  );

function columnMeans({ data, shape: [n, k] }: Matrix): Float64Array {
  const means = new Float64Array(k);
  data.forEach((x, i) => {
    means[i % k]! += x / n;
  });
  return means;
}

describe("networkVariance", () => {
  const COUNT = 3000;
  // relative standard error of a variance: sqrt(2 / 3000) = 2.6 %
  const TOLERANCE = 4 * Math.sqrt(2 / COUNT);
  const time = [1e20];

  test("from the kernel: the variance over networks drawn and trained one by one", async () => {
    const { all, train, cross, own } = await kernelsOf(1.6, 6);
    const trained = await trainExactly(
      { kernel: train.ntk, gap: train.ntkGap },
      centredTargets(1, N, 1),
      time,
    );
    expect(trained.onGap).toBe(false);
    const variance = networkVariance(trained, train, cross, own);
    const functions = await draws(all.nngp!, COUNT);
    const start = rowsOf(functions, 0, N);
    const learned = await trainExactly({ kernel: train.ntk, gap: train.ntkGap }, negated(start), time);
    const change = outputsAt(learned, cross.ntk, undefined);
    for (let i = 0; i < M; i++) {
      let sum = 0;
      for (let c = 0; c < COUNT; c++) {
        sum += (functions.data[(N + i) * COUNT + c]! + change.data[i * COUNT + c]!) ** 2 / COUNT;
      }
      expect(Math.abs(sum / variance[i]! - 1)).toBeLessThan(TOLERANCE);
    }
  });

  test("from the gaps: the same where only differences of functions are left", async () => {
    const { all, train, cross, own } = await kernelsOf(0.5, 45);
    const trained = await trainExactly(
      { kernel: train.ntk, gap: train.ntkGap },
      centredTargets(1, N, 1),
      time,
    );
    expect(trained.onGap).toBe(true);
    const variance = networkVariance(trained, train, cross, own);
    // functions minus their value at the first sample: covariance G_i0 + G_j0 - G_ij
    const gap = all.nngpGap!;
    const size = N + M;
    const differences = matrix(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        differences.data[i * size + j] = gap.data[i * size]! + gap.data[j * size]! - gap.data[i * size + j]!;
      }
    }
    const functions = await draws(differences, COUNT);
    const start = rowsOf(functions, 0, N);
    const means = columnMeans(start);
    const centred = matrix(
      N,
      COUNT,
      start.data.map((x, at_) => means[at_ % COUNT]! - x),
    );
    const learned = await trainExactly({ kernel: train.ntk, gap: train.ntkGap }, centred, time);
    const change = outputsAt(learned, cross.ntk, cross.ntkGap);
    for (let i = 0; i < M; i++) {
      let sum = 0;
      for (let c = 0; c < COUNT; c++) {
        // a constant is learned as it is
        const value = functions.data[(N + i) * COUNT + c]! - means[c]! + change.data[i * COUNT + c]!;
        sum += value ** 2 / COUNT;
      }
      expect(variance[i]!).toBeGreaterThan(0);
      expect(Math.abs(sum / variance[i]! - 1)).toBeLessThan(TOLERANCE);
    }
  });
});

describe("accuracyColumn", () => {
  test("counts what training one depth at a time gives", async () => {
    const [n, m, k] = [20, 30, 3];
    const x = sphereInputs(9, n + m, INPUTS, 1);
    const labels = Int32Array.from({ length: n + m }, (_, i) =>
      x.data[i * INPUTS]! > 0.5 ? 2 : x.data[i * INPUTS + 1]! > 0 ? 1 : 0,
    );
    const rows = (from: number, to: number) => ({
      data: x.data.slice(from * INPUTS, to * INPUTS),
      shape: [to - from, INPUTS],
    });
    const targets = matrix(n, k);
    for (let i = 0; i < n; i++) targets.data[i * k + labels[i]!] = 1;
    const data: MapData = {
      train: rows(0, n),
      trainLabels: labels.subarray(0, n),
      targets: matrix(
        n,
        k,
        targets.data.map((x, i) => x - columnMeans(targets)[i % k]!),
      ),
      test: rows(n, n + m),
      testLabels: labels.subarray(n),
    };
    const input = {
      weightVariance: 1.5,
      biasVariance: 0.05,
      depths: [0, 2, 5],
      times: [1, 100],
      networkSamples: 10,
      seed: 0,
    };
    const seconds = { kernels: 0, training: 0 };
    const column = await accuracyColumn(input, data, { threads: 1, seconds });
    const net = deepNetwork({ ...input, activation: "erf" }, INPUTS);
    for (const [d, depth] of input.depths.entries()) {
      const deep = networkAtDepth(net, depth);
      const { ntk, ntkGap } = await computeKernel(deep, data.train, null, {
        get: ["ntk", "ntkGap"],
        threads: 1,
      });
      const { ntk: cross } = await computeKernel(deep, data.test, data.train, { get: ["ntk"], threads: 1 });
      const trained = await trainExactly({ kernel: ntk, gap: ntkGap }, data.targets, input.times);
      const outputs = outputsAt(trained, cross, undefined);
      input.times.forEach((_, t) => {
        const right = (a: Matrix, wanted: Int32Array) => {
          const own = at(a, t, k, input.times.length);
          return (
            wanted.reduce((sum, label, i) => {
              const row = Array.from(own.subarray(i * k, (i + 1) * k));
              return sum + (row.indexOf(Math.max(...row)) === label ? 1 : 0);
            }, 0) / wanted.length
          );
        };
        const index = t * input.depths.length + d;
        expect(column["trainAccuracy"]!.data[index]).toBe(right(trained.train, data.trainLabels));
        expect(column["testAccuracy"]!.data[index]).toBe(right(outputs, data.testLabels));
      });
    }
    expect(column["networkAccuracy"]!.shape).toEqual([3]);
    expect(seconds.kernels).toBeGreaterThan(0);
  });
});
