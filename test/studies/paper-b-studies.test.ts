import { describe, expect, test } from "vitest";
import {
  chooseSubset,
  classFrequencies,
  type Dataset,
  normalizeInputs,
  oneHotCentred,
} from "../../src/data/index.js";
import { createRng } from "../../src/numeric/random.js";
import type { StudyRun } from "../../src/studies/index.js";
import { sphereInputs } from "../../src/studies/paper-b/deep-network.js";
import {
  convolutionalTheta,
  erfChi1,
  erfDual,
  erfFixedPoint,
  erfSlopeDual,
  fcnKernels,
  jacobiEigenvalues,
} from "./erf-kernels.js";
import { runAndLook as run } from "./run-and-look.js";

const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);
const check = ({ record }: StudyRun, id: string) => record.checks.find((row) => row.id === id)!;

/** Every figure draws at two widths, without a number that is none. */
function expectFigures({ figures }: StudyRun, names: readonly string[]): void {
  expect(figures.map(({ name }) => name)).toEqual(names);
  for (const { draw } of figures) {
    for (const width of [380, 760]) {
      const svg = draw({ id: "f", width });
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
}

/** [ordered, chaotic] of the paper. */
const ORDERED = { weightVariance: 1.25, biasVariance: 0.05 };
const CHAOTIC = { weightVariance: 1.5, biasVariance: 0.05 };
const DEEP = [1, 2, 5];

/** sigma_w^2 with chi_1 = 1 at sigma_b^2 = 0.05, from erf's closed forms: q* = ((4 w / pi)^2 - 1) / 4. */
function criticalErf(): typeof ORDERED {
  const bias = (w: number) => {
    const q = ((4 * w) / Math.PI) ** 2 / 4 - 1 / 4;
    return q - ((2 * w) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q));
  };
  let [low, high] = [1, 2];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (bias(middle) < 0.05) low = middle;
    else high = middle;
  }
  return { weightVariance: low, biasVariance: 0.05 };
}
const CRITICAL = criticalErf();

const kappaOfMeans = (theta: readonly (readonly number[])[]) => {
  const [first, ...bulk] = jacobiEigenvalues(theta);
  return first! / (bulk.reduce((sum, x) => sum + x, 0) / bulk.length);
};

describe("study B.signal-depth", () => {
  test("its correlations are the arcsine map iterated, its depth scales the logarithms of erf's slopes", async () => {
    const study = await run("B.signal-depth", { parameters: { layers: 400, columns: 5 } });
    const correlation = column(study, "correlation");
    for (const [r, layer] of [ORDERED, CHAOTIC].entries()) {
      const q = erfFixedPoint(layer);
      let c = 0.5;
      for (let l = 0; l <= 400; l++) {
        // both run 400 times through rounding
        expect(correlation[r * 401 + l]!).toBeCloseTo(c, 12);
        c = (layer.weightVariance * erfDual(q, q, q * c) + layer.biasVariance) / q;
      }
    }
    const xi1 = column(study, "xi1");
    for (const [i, weightVariance] of column(study, "weightVariance").entries()) {
      const layer = { weightVariance, biasVariance: 0.05 };
      const scale = 1 / Math.abs(Math.log(erfChi1(layer, erfFixedPoint(layer))));
      expect(xi1[i]!).toBeWithinRelative(scale, 1e-9);
    }
    expect(study.record.disagreeing).toBe(0);
    expectFigures(study, ["signal-depth"]);
  });

  test("too few layers for the exponential law make its checks disagree", async () => {
    const study = await run("B.signal-depth", { parameters: { layers: 8, columns: 3 } });
    expect(study.record.disagreeing).toBeGreaterThan(0);
  });
});

describe("study B.spectra", () => {
  const [n, m, side, seed] = [6, 3, 12, 4];
  const split = (count: number, at: number) => ({
    x: {
      data: createRng(at).normals(new Float64Array(count * side)),
      shape: [count, side],
    },
    y: Int32Array.from({ length: count }, (_, i) => i % 3),
  });
  const set: Dataset = {
    name: "gaussian",
    origin: "random numbers",
    inputShape: [side],
    classNames: ["a", "b", "c"],
    valueScale: 1,
    train: split(12, 1),
    test: split(6, 2),
    warnings: [],
  };

  test("has the eigenvalues and the mean predictor of the recursions, entry by entry", async () => {
    const study = await run("B.spectra", {
      seed,
      parameters: { train: n, test: m, depths: DEEP },
      loadData: async () => set,
    });
    const subset = chooseSubset(set, { train: n, test: m, seed });
    const inputs = normalizeInputs(subset, "unit");
    const y = oneHotCentred(subset.train.y, 3, classFrequencies(subset.train.y, 3));
    for (const [phase, layer] of [
      ["ordered", ORDERED],
      ["critical", CRITICAL],
      ["chaotic", CHAOTIC],
    ] as const) {
      const q = erfFixedPoint(layer);
      const x = [...inputs.train.data, ...inputs.test.data].map((value) => value * Math.sqrt(q));
      for (const [i, depth] of DEEP.entries()) {
        const { theta } = fcnKernels(layer, x, n + m, depth);
        const train = theta.slice(0, n).map((row) => row.slice(0, n));
        const eigenvalues = jacobiEigenvalues(train);
        const at = (name: string) => column(study, `${phase}_${name}`)[i]!;
        // eigenvalues to 1e-9 of the largest: the study goes through gaps, the oracle through differences
        expect(at("lambdaMax")).toBeWithinRelative(eigenvalues[0]!, 1e-9);
        expect(Math.abs(at("lambdaMin") - eigenvalues[n - 1]!)).toBeLessThan(1e-9 * eigenvalues[0]!);
        expect(at("lambdaBulk")).toBeWithinRelative(eigenvalues[3]!, 1e-8);
        expect(at("own")).toBeWithinRelative(train[0]![0]!, 1e-10);
        const predicted = prediction(theta, train, y.data);
        const largest = Math.max(...predicted.flat().map(Math.abs));
        expect(at("predictor")).toBeWithinRelative(largest, 1e-6);
        const pairs = train.flatMap((row, a) => row.filter((_, b) => b !== a));
        expect(at("pair")).toBeWithinRelative(pairs.reduce((sum, v) => sum + v, 0) / pairs.length, 1e-10);
        if (phase !== "ordered") continue;
        // of the four components followed, two are there with three test samples and three classes
        const components = column(study, "ordered_components");
        expect(components).toHaveLength(2 * DEEP.length);
        for (const row of [0, 1]) {
          expect(Math.abs(components[row * DEEP.length + i]! - predicted[row]![0]!)).toBeLessThan(
            1e-6 * largest,
          );
        }
      }
    }
    expectFigures(study, ["spectra", "entries"]);
    // five layers are no asymptotics: the checks are computed, and say so
    expect(study.record.checks).toHaveLength(16);
    expect(study.record.disagreeing).toBeGreaterThan(0);
    for (const id of ["ordered.gap.rate", "critical.pair", "chaotic.pair", "ordered.components"]) {
      expect(check(study, id).agrees, id).toBe(false);
    }
    // Theta_aa is exact at any depth
    for (const phase of ["ordered", "critical", "chaotic"]) {
      expect(check(study, `${phase}.own`).agrees, phase).toBe(true);
    }
    expect(check(study, "critical.kappa").expected).toBe((n + 2) / 2);
  });

  /** Theta_test,train Theta^-1 Y by elimination. */
  function prediction(theta: number[][], train: number[][], y: Float64Array): number[][] {
    const k = y.length / n;
    const a = train.map((row, i) => [...row, ...y.subarray(i * k, (i + 1) * k)]);
    for (let p = 0; p < n; p++) {
      for (let r = 0; r < n; r++) {
        if (r === p) continue;
        const factor = a[r]![p]! / a[p]![p]!;
        for (let c = p; c < n + k; c++) a[r]![c]! -= factor * a[p]![c]!;
      }
    }
    return theta.slice(n).map((row) =>
      Array.from({ length: k }, (_, c) => {
        let sum = 0;
        for (let p = 0; p < n; p++) sum += (row[p]! * a[p]![n + c]!) / a[p]![p]!;
        return sum;
      }),
    );
  }
});

describe("study B.pooling", () => {
  test("has the condition numbers of the recursions, with convolutions over all pairs of positions", async () => {
    const [n, d, seed] = [3, 4, 7];
    const study = await run("B.pooling", { seed, parameters: { samples: n, positions: d, depths: DEEP } });
    for (const [phase, layer] of [
      ["ordered", ORDERED],
      ["critical", CRITICAL],
      ["chaotic", CHAOTIC],
    ] as const) {
      const { data } = sphereInputs(seed, n * d, 16, erfFixedPoint(layer));
      for (const [i, depth] of DEEP.entries()) {
        const { flat, pooled } = convolutionalTheta(layer, data, n, d, depth);
        const { theta } = fcnKernels(layer, data, n, depth);
        expect(column(study, `${phase}_connected`)[i]!).toBeWithinRelative(kappaOfMeans(theta), 1e-8);
        expect(column(study, `${phase}_flat`)[i]!).toBeWithinRelative(kappaOfMeans(flat), 1e-8);
        expect(column(study, `${phase}_pooled`)[i]!).toBeWithinRelative(kappaOfMeans(pooled), 1e-8);
      }
    }
    expect(check(study, "pooled").expected).toBe((n * d + 2) / 2);
    expectFigures(study, ["pooling"]);
  });

  test("deep networks meet the laws, shallow ones do not", async () => {
    const small = { samples: 3, positions: 4 };
    const deep = await run("B.pooling", { parameters: { ...small, depths: [1, 256, 384, 512] } });
    expect(deep.record.checks.filter(({ agrees }) => !agrees)).toEqual([]);
    const shallow = await run("B.pooling", { parameters: { ...small, depths: DEEP } });
    expect(shallow.record.checks).toHaveLength(8);
    expect(shallow.record.disagreeing).toBe(8);
  });

  test("another size does not take the pieces of the first", async () => {
    const { localExecutor, memoryStore } = await import("../../src/runs/index.js");
    const executor = localExecutor({ store: memoryStore() });
    const small = { samples: 2, positions: 3, depths: [1, 2] };
    await run("B.pooling", { executor, parameters: small });
    const again = await run("B.pooling", { executor, parameters: small });
    const larger = await run("B.pooling", { executor, parameters: { ...small, samples: 3 } });
    expect(again.record.pieces).toEqual({ computed: 0, stored: 9 });
    expect(larger.record.pieces).toEqual({ computed: 9, stored: 0 });
  });
});

describe("study B.dropout", () => {
  test("has the condition numbers of the recursion with dropped units before the last layer, and their limit", async () => {
    const [n, seed] = [4, 2];
    const depths = [1, 3, 6, 400];
    const study = await run("B.dropout", { seed, parameters: { samples: n, depths } });
    const q = erfFixedPoint(ORDERED);
    const { data } = sphereInputs(seed, n, 30, q);
    for (const keepRate of [1, 0.99, 0.9, 0.5]) {
      for (const [i, depth] of depths.slice(0, 3).entries()) {
        const { theta } = fcnKernels(ORDERED, data, n, depth, keepRate);
        expect(column(study, `kappa_${keepRate}`)[i]!).toBeWithinRelative(kappaOfMeans(theta), 1e-7);
      }
    }
    // the limit from its parts: p* = q* / (1 - chi_1)
    const chi = ORDERED.weightVariance * erfSlopeDual(q, q, q);
    const p = q / (1 - chi);
    for (const keepRate of [0.99, 0.9, 0.5]) {
      const limit = 1 + (n * p) / ((1 / keepRate - 1) * (p - ORDERED.biasVariance));
      expect(check(study, `rho.${keepRate}`).expected as number).toBeWithinRelative(limit, 1e-9);
    }
    expect(study.record.disagreeing).toBe(0);
    expectFigures(study, ["dropout"]);
  });
});

describe("changed parameters", () => {
  test("are in the record, and wrong ones are refused before any work", async () => {
    const changed = await run("B.signal-depth", { parameters: { columns: 4, layers: 40 } });
    expect(changed.record.parameters).toEqual({ layers: 40, columns: 4 });
    await expect(run("B.pooling", { parameters: { sampels: 3 } })).rejects.toThrow(
      /B\.pooling has no parameter "sampels"; did you mean "samples"\?/,
    );
    await expect(run("B.pooling", { parameters: { depths: 3 } })).rejects.toThrow(
      /depths is 3, expected an array/,
    );
    await expect(run("B.pooling", { parameters: { depths: ["a"] } })).rejects.toThrow(
      /expected a number, for each element/,
    );
    await expect(run("B.pooling", { parameters: { depths: [] } })).rejects.toThrow(/at least one element/);
  });
});
