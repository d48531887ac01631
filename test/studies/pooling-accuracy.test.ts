import { describe, expect, test } from "vitest";
import {
  chooseSubset,
  classFrequencies,
  type Dataset,
  normalizeInputs,
  oneHotCentred,
} from "../../src/data/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import type { StudyRun } from "../../src/studies/index.js";
import { predictedAccuracy } from "../../src/studies/paper-b/finite/map-prediction.js";
import { erfDual, erfSlopeDual, fcnKernels } from "./erf-kernels.js";
import { runAndLook } from "./run-and-look.js";

const SIDE = 2;
const [N, M] = [6, 8];
const DEPTHS = [1, 2, 5];
const POSITIONS = SIDE * SIDE;
const CHAOTIC = { weightVariance: 2, biasVariance: 0.05 };

/** Noise with a bright corner whose place is the class. */
const split = (n: number, seed: number) => {
  const y = Int32Array.from({ length: n }, (_, i) => i % 2);
  const data = createRng(seed).normals(new Float64Array(n * POSITIONS));
  y.forEach((label, i) => {
    data[i * POSITIONS + label]! += 2;
  });
  return { x: { data, shape: [n, SIDE, SIDE] }, y };
};
const set: Dataset = {
  name: "corners",
  origin: "drawn",
  inputShape: [SIDE, SIDE],
  classNames: ["0", "1"],
  valueScale: 1,
  train: split(12, 1),
  test: split(16, 2),
  warnings: [],
};
const run = (parameters: object): Promise<StudyRun> =>
  runAndLook("B.pooling-accuracy", {
    threads: 1,
    seed: 3,
    parameters: { train: N, test: M, side: SIDE, depths: DEPTHS, steps: 20, ...parameters },
    loadData: async () => set,
  });
/** [phase][architecture][depth] */
const at = ({ arrays }: StudyRun, name: string, p: number, a: number, d: number) =>
  (arrays![name]!.data as Float64Array)[(p * 3 + a) * DEPTHS.length + d]!;

/** K and Theta of circular 3 x 3 convolutions, entry by entry over samples and positions; pooled or flattened. */
function convolutionalKernels(x: Float64Array, samples: number, depth: number, pooled: boolean) {
  const size = samples * POSITIONS;
  const at = (s: number, row: number, column: number) =>
    s * POSITIONS + ((row + SIDE) % SIDE) * SIDE + ((column + SIDE) % SIDE);
  const averaged = (f: (i: number, j: number) => number) =>
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => {
        const place = (k: number) => {
          const p = k % POSITIONS;
          return [Math.floor(k / POSITIONS), Math.floor(p / SIDE), p % SIDE] as const;
        };
        const [[s, r, c], [t, u, v]] = [place(i), place(j)];
        let sum = 0;
        for (const dr of [-1, 0, 1])
          for (const dc of [-1, 0, 1]) sum += f(at(s, r + dr, c + dc), at(t, u + dr, v + dc)) / 9;
        return sum;
      }),
    );
  const { weightVariance: w, biasVariance: b } = CHAOTIC;
  let k = averaged((i, j) => x[i]! * x[j]!);
  let theta = k;
  for (let l = 0; l < depth; l++) {
    const [before, slopes] = [k, theta];
    k = averaged((i, j) => w * erfDual(before[i]![i]!, before[j]![j]!, before[i]![j]!)).map((row) =>
      row.map((value) => value + b),
    );
    const moved = averaged(
      (i, j) => w * erfSlopeDual(before[i]![i]!, before[j]![j]!, before[i]![j]!) * slopes[i]![j]!,
    );
    theta = k.map((row, i) => row.map((value, j) => value + moved[i]![j]!));
  }
  const read = (a: number[][]) =>
    Array.from({ length: samples }, (_, s) =>
      Array.from({ length: samples }, (_, t) => {
        let sum = 0;
        for (let p = 0; p < POSITIONS; p++)
          for (let q = 0; q < POSITIONS; q++) {
            const value = a[s * POSITIONS + p]![t * POSITIONS + q]!;
            sum += pooled ? value / POSITIONS ** 2 : p === q ? value / POSITIONS : 0;
          }
        return sum;
      }),
    );
  return { k: read(k), theta: read(theta) };
}

describe("study B.pooling-accuracy", () => {
  test("has the accuracies that follow from the recursions over all pairs of positions", async () => {
    const study = await run({});
    const subset = chooseSubset(set, { train: N, test: M, classes: [0, 1], seed: 3 });
    const inputs = normalizeInputs(subset, "unit");
    const x = Float64Array.of(...inputs.train.data, ...inputs.test.data);
    const labels = {
      targets: oneHotCentred(subset.train.y, 2, classFrequencies(subset.train.y, 2)),
      trainLabels: subset.train.y,
      testLabels: subset.test.y,
    };
    const part = (a: number[][], from: number, to: number) =>
      matrix(to - from, N, Float64Array.from(a.slice(from, to).flatMap((row) => row.slice(0, N))));
    for (const [d, depth] of DEPTHS.entries()) {
      for (const [a, both] of [
        fcnKernels(CHAOTIC, x, N + M, depth),
        convolutionalKernels(x, N + M, depth, false),
        convolutionalKernels(x, N + M, depth, true),
      ].entries()) {
        const { k, theta } = both;
        const expected = await predictedAccuracy(
          {
            train: { nngp: part(k, 0, N), ntk: part(theta, 0, N) },
            test: { nngp: part(k, N, N + M), ntk: part(theta, N, N + M) },
            own: Float64Array.from({ length: M }, (_, i) => k[N + i]![N + i]!),
          },
          labels,
          { steps: 20, factor: 0.5 },
        );
        // 20 steps amplify differences in rounding of kernels at most as often
        expect(at(study, "trainAccuracy", 2, a, d)).toBeCloseTo(expected.train, 9);
        expect(at(study, "testAccuracy", 2, a, d)).toBeCloseTo(expected.test, 9);
        expect(at(study, "meanNorm", 2, a, d)).toBeCloseTo(expected.meanNorm, 9);
      }
    }
    expect(study.figures.map(({ name }) => name)).toEqual(["pooling-accuracy"]);
    for (const width of [380, 760]) {
      const svg = study.figures[0]!.draw({ id: "f", width });
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("says where shallow networks do not show what deep ones do", async () => {
    const { record } = await run({});
    const agrees = (id: string) => record.checks.find((row) => row.id === id)!.agrees;
    expect(record.checks).toHaveLength(8);
    expect(agrees("chaotic.norm")).toBe(false);
    expect(agrees("ordered.fit")).toBe(false);
  });
});
