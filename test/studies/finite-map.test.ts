import { describe, expect, test } from "vitest";
import {
  chooseSubset,
  classFrequencies,
  type Dataset,
  normalizeInputs,
  oneHotCentred,
} from "../../src/data/index.js";
import { empiricalKernels, finiteModel, initialParameters } from "../../src/finite/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { normalCdf } from "../../src/numeric/special/index.js";
import { findStudies, runStudy, type StudyRun } from "../../src/studies/index.js";
import { expectedAccuracy, predictedAccuracy } from "../../src/studies/paper-b/finite/map-prediction.js";
import { paperNetwork } from "../../src/studies/paper-b/finite/paper-networks.js";
import { fcnKernels } from "./erf-kernels.js";

const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);

describe("expected accuracy of outputs with normal noise", () => {
  test("for two classes it is the normal distribution at the difference of the means", () => {
    const means = matrix(3, 2, Float64Array.of(0.3, -0.2, 0, 0, -1, 2));
    const variance = Float64Array.of(0.5, 1e-9, 2);
    const labels = Int32Array.of(0, 1, 0);
    const expected = (normalCdf(0.5 / Math.sqrt(2 * 0.5)) + 0.5 + normalCdf(-3 / Math.sqrt(2 * 2))) / 3;
    expect(expectedAccuracy(means, variance, labels)).toBeCloseTo(expected, 12);
  });

  test("for many classes it is the share of draws whose largest output is the right one", () => {
    const k = 10;
    const means = matrix(1, k, createRng(3).normals(new Float64Array(k)));
    const variance = Float64Array.of(0.7);
    const rng = createRng(4);
    const draws = 40_000;
    const right = new Array<number>(k).fill(0);
    const noise = rng.normals(new Float64Array(draws * k));
    for (let d = 0; d < draws; d++) {
      let best = 0;
      const value = (c: number) => means.data[c]! + Math.sqrt(variance[0]!) * noise[d * k + c]!;
      for (let c = 1; c < k; c++) if (value(c) > value(best)) best = c;
      right[best]! += 1 / draws;
    }
    let sum = 0;
    for (let c = 0; c < k; c++) {
      const p = expectedAccuracy(means, variance, Int32Array.of(c));
      expect(Math.abs(p - right[c]!)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws));
      sum += p;
    }
    expect(sum).toBeCloseTo(1, 12);
  });
});

const [N, M] = [6, 4];
const LAYER = { weightVariance: 1.6, biasVariance: 0.18 };

function kernelsOf(depth: number) {
  const x = createRng(7).normals(new Float64Array((N + M) * 8));
  for (let i = 0; i < N + M; i++) {
    const row = x.subarray(i * 8, (i + 1) * 8);
    const norm = Math.sqrt(row.reduce((sum, a) => sum + a * a, 0) / 8);
    for (let j = 0; j < 8; j++) row[j]! /= norm;
  }
  const { k, theta } = fcnKernels(LAYER, x, N + M, depth);
  const part = (a: number[][], from: number, to: number) =>
    matrix(to - from, N, Float64Array.from(a.slice(from, to).flatMap((row) => row.slice(0, N))));
  return {
    k,
    theta,
    kernels: {
      train: { nngp: part(k, 0, N), ntk: part(theta, 0, N) },
      test: { nngp: part(k, N, N + M), ntk: part(theta, N, N + M) },
      own: Float64Array.from({ length: M }, (_, i) => k[N + i]![N + i]!),
    },
  };
}

describe("predicted accuracy of one network", () => {
  test("is that of functions drawn from the nngp and moved by the ntk, step by step", async () => {
    const { k, theta, kernels } = kernelsOf(3);
    const labels = Int32Array.from({ length: N + M }, (_, i) => i % 2);
    const [trainLabels, testLabels] = [labels.slice(0, N), labels.slice(N)];
    const targets = oneHotCentred(trainLabels, 2, classFrequencies(trainLabels, 2));
    const [steps, factor] = [3, 0.2];
    const predicted = await predictedAccuracy(
      kernels,
      { targets, trainLabels, testLabels },
      { steps, factor },
    );
    // f_0 = V sqrt(lambda) z over all samples, then f <- f - eta Theta(., X) (f(X) - Y)
    const all = await eigenSymmetric(matrix(N + M, N + M, Float64Array.from(k.flat())));
    const top = (await eigenSymmetric(kernels.train.ntk)).values[0]!;
    const eta = (factor * 2) / top;
    const draws = 4000;
    const z = createRng(9).normals(new Float64Array(draws * 2 * (N + M)));
    const rates = { train: [] as number[], test: [] as number[] };
    for (let d = 0; d < draws; d++) {
      const f = [0, 1].map((c) =>
        Array.from({ length: N + M }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < N + M; j++) {
            const root = Math.sqrt(Math.max(0, all.values[j]!));
            sum += all.vectors!.data[i * (N + M) + j]! * root * z[(d * 2 + c) * (N + M) + j]!;
          }
          return sum;
        }),
      );
      for (let s = 0; s < steps; s++) {
        f.forEach((own, c) => {
          const error = own.slice(0, N).map((value, i) => value - targets.data[i * 2 + c]!);
          theta.forEach((row, i) => {
            for (let j = 0; j < N; j++) own[i]! -= eta * row[j]! * error[j]!;
          });
        });
      }
      const right = Array.from(labels, (label, i): number => (f[label]![i]! > f[1 - label]![i]! ? 1 : 0));
      const share = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      rates.train.push(share(right.slice(0, N)));
      rates.test.push(share(right.slice(N)));
    }
    for (const part of ["train", "test"] as const) {
      const mean = rates[part].reduce((sum, x) => sum + x, 0) / draws;
      const variance = rates[part].reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1);
      expect(Math.abs(predicted[part] - mean)).toBeLessThan(4 * Math.sqrt(variance / draws));
    }
    // no trivial number: neither a coin nor all right
    expect(predicted.train).toBeGreaterThan(0.55);
    expect(predicted.train).toBeLessThan(0.99);
  });

  test("without steps it is a coin, with very many the train labels", async () => {
    const { kernels } = kernelsOf(3);
    const trainLabels = Int32Array.of(0, 1, 0, 1, 0, 1);
    const labels = { trainLabels, testLabels: Int32Array.of(0, 1, 0, 1) };
    const targets = oneHotCentred(trainLabels, 2, classFrequencies(trainLabels, 2));
    const of = (steps: number) => predictedAccuracy(kernels, { targets, ...labels }, { steps, factor: 0.5 });
    expect(await of(0)).toMatchObject({
      meanNorm: 0,
      train: expect.closeTo(0.5, 10),
      test: expect.closeTo(0.5, 10),
    });
    expect((await of(100_000)).train).toBeCloseTo(1, 10);
  });
});

describe("study B.finite-map", () => {
  /** Noise with a bright square whose place is the class: images of 4 x 4. */
  const split = (n: number, seed: number) => {
    const y = Int32Array.from({ length: n }, (_, i) => i % 2);
    const data = createRng(seed).normals(new Float64Array(n * 16));
    y.forEach((label, i) => {
      data[i * 16 + label]! += 2;
    });
    return { x: { data, shape: [n, 4, 4] }, y };
  };
  const set: Dataset = {
    name: "squares",
    origin: "drawn",
    inputShape: [4, 4],
    classNames: ["0", "1"],
    valueScale: 1,
    train: split(40, 1),
    test: split(400, 2),
    warnings: [],
  };
  const parameters = {
    train: 12,
    test: 200,
    weightVariance: [0.5, 3, 3],
    depths: [1, 3, 20],
    width: 48,
    steps: 120,
    networks: 2,
  };
  const run = (changed: object) =>
    runStudy(findStudies("B.finite-map")[0]!, {
      threads: 1,
      parameters: { ...parameters, ...changed },
      loadData: async () => set,
    });

  test("deep ordered networks do not fit, deep chaotic ones fit and do not generalize, as their kernels say", async () => {
    const study = await run({});
    expect(study.record.checks.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(study.record.checks).toHaveLength(9);
    const [train, predicted] = [column(study, "train"), column(study, "predictedTrain")];
    // [depth 20][sigma_w^2 0.5 and 3]
    expect(predicted[6]!).toBeLessThan(0.6);
    expect(predicted[8]!).toBeGreaterThan(0.99);
    expect((train[16]! + train[17]!) / 2).toBeGreaterThan(0.8);
    expect(study.figures.map(({ name }) => name)).toEqual(["finite-map", "agreement"]);
    for (const { draw } of study.figures) {
      for (const width of [380, 760]) {
        expect(draw({ id: "f", width })).toMatch(/^<svg/);
        expect(draw({ id: "f", width })).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  });

  test("networks that are hardly trained disagree with what it says", async () => {
    const study = await run({ steps: 1, networks: 1, depths: [1, 20] });
    const row = (id: string) => study.record.checks.find((check) => check.id === id)!;
    expect(row("train.fit").agrees).toBe(false);
    expect(row("train.chaotic").agrees).toBe(false);
  });

  test("the finite network at a depth is the one whose kernel is computed", async () => {
    // Theta = J J^T of one wide network, against the recursion to two nonlinear layers
    const width = 2048;
    const net = paperNetwork({
      architecture: "FCN",
      layer: { activation: "erf", ...LAYER },
      depth: 2,
      width,
      classes: 1,
      image: [4, 4, 1],
    });
    const model = finiteModel(net);
    const chosen = chooseSubset(set, { train: 2, test: 2, seed: 1 });
    const x = normalizeInputs(chosen, "unit").train;
    const { theta } = fcnKernels(LAYER, x.data, 2, 2);
    const { ntk } = empiricalKernels(
      model,
      initialParameters(model, { seed: 5 }),
      { data: x.data, shape: [2, 16] },
      null,
      { get: ["ntk"] },
    );
    const [own, pair] = ntk!.data;
    // about 2 / sqrt(N) relative
    expect(own!).toBeWithinRelative(theta[0]![0]!, 8 / Math.sqrt(width));
    expect(pair!).toBeWithinRelative(theta[0]![1]!, 16 / Math.sqrt(width));
  });
});
