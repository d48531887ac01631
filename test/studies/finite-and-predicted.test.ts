import { describe, expect, test } from "vitest";
import { classify, logisticRegression } from "../../src/complexity/index.js";
import { type Dataset, normalizeInputs, oneHotCentred, sinusoidDataset } from "../../src/data/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network } from "../../src/network/index.js";
import { matmul } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { findStudies, runStudy, type StudyRun } from "../../src/studies/index.js";
import { atInfiniteWidth, type TrainedCurves } from "../../src/studies/paper-c/predicted-results.js";
import { smallImages } from "../../src/studies/small-images.js";

/** Noise with a bright square whose place is the class: images of 4 x 4 of 10 classes. */
function squares(train: number, test: number): Dataset {
  const rng = createRng(2);
  const split = (n: number) => {
    const y = Int32Array.from({ length: n }, (_, i) => i % 10);
    const data = rng.normals(new Float64Array(n * 16));
    y.forEach((label, i) => {
      data[i * 16 + label]! += 4;
    });
    return { x: { data, shape: [n, 4, 4] }, y };
  };
  return {
    name: "squares",
    origin: "drawn",
    inputShape: [4, 4],
    classNames: Array.from("0123456789"),
    valueScale: 1,
    train: split(train),
    test: split(test),
    warnings: [],
  };
}

const loadData = async () => squares(200, 300);
const column = ({ arrays }: StudyRun, name: string) => Array.from(arrays![name]!.data as Float64Array);

function expectFigures({ figures }: StudyRun, names: readonly string[]): void {
  expect(figures.map(({ name }) => name)).toEqual(names);
  for (const { draw } of figures) {
    for (const width of [380, 760]) {
      expect(draw({ id: "f", width })).toMatch(/^<svg/);
      expect(draw({ id: "f", width })).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
}

describe("images averaged over squares", () => {
  test("keep channels apart, and gray ones get one", () => {
    const data = Float64Array.from({ length: 32 }, (_, i) => i);
    const split = { x: { data, shape: [1, 4, 4, 2] }, y: Int32Array.of(0) };
    const small = smallImages({ ...squares(1, 1), inputShape: [4, 4, 2], train: split, test: split }, 2);
    expect(small.train.x.shape).toEqual([1, 2, 2, 2]);
    // rows are 8 numbers, pixels 2: the mean of 0, 2, 8, 10 and so on
    expect(Array.from(small.train.x.data)).toEqual([5, 6, 9, 10, 21, 22, 25, 26]);
    expect(smallImages(squares(3, 2), 4).inputShape).toEqual([4, 4, 1]);
  });

  test("of other sides are refused", () => {
    expect(() => smallImages(squares(2, 2), 3)).toThrow(/multiple of 3/);
  });
});

describe("study B.learning-rate", () => {
  test("finite networks stay below the loss of the start at c = 1/4 and do not at c = 4; the threshold is the network's own", async () => {
    const [study] = findStudies("B.learning-rate");
    const run = await runStudy(study!, {
      threads: 1,
      loadData,
      parameters: {
        samples: 10,
        side: 4,
        depths: [1],
        width: 128,
        channels: 16,
        factors: [0.25, 4],
        steps: 20,
        networks: 2,
      },
    });
    const [peak, threshold, own] = ["peak", "threshold", "own"].map((name) => column(run, name));
    // [case, depth, network, factor]
    for (let i = 0; i < peak!.length; i += 2) {
      expect(peak![i]!).toBeLessThan(1);
      expect(peak![i + 1]!).toBeGreaterThan(1);
    }
    threshold!.forEach((value, i) => {
      // the bracket of the search is 0.7 to 1.4
      expect(Math.abs(value / own![i]! - 1)).toBeLessThan(0.3);
    });
    expect(run.record.checks.find(({ id }) => id === "below")!.agrees).toBe(true);
    expectFigures(run, ["largest-loss", "accuracy", "threshold"]);
  });
});

describe("study C.predicted", () => {
  test("its mean curve starts as the first step of descent says, Theta(x, X) Y", async () => {
    const sizes = { train: 60, test: 300, dimensions: 3, frequency: 2 };
    const run = await runStudy(findStudies("C.predicted")[0]!, {
      threads: 1,
      loadData,
      parameters: { ...sizes, side: 4, draws: 3, networks: [3, 2], widths: [16, 64], steps: 4 },
    });
    const set = sinusoidDataset({ ...sizes, seed: 0 });
    const inputs = normalizeInputs(set, "unit");
    const [x, testX] = [inputs.train, inputs.test].map(({ data }) => matrix(data.length / 3, 3, data));
    const hidden = { weightVariance: 0.5, biasVariance: 0.05 };
    const net = network(
      input([3]),
      dense(1, { weightVariance: 1 }),
      erf(),
      dense(1, hidden),
      erf(),
      dense(1, { weightVariance: 0.05 }),
    );
    const { ntk } = await computeKernel(net, testX!, x!, { get: ["ntk"], threads: 1 });
    const first = matmul(ntk, oneHotCentred(set.train.y, 2));
    const said = classify(logisticRegression(x!, set.train.y, { classes: 2, ridge: 0.01 }), testX!);
    const entropyOf = (key: (i: number) => string) => {
      const counts = new Map<string, number>();
      for (let i = 0; i < 300; i++) counts.set(key(i), (counts.get(key(i)) ?? 0) + 1);
      return [...counts.values()].reduce((sum, c) => sum - (c / 300) * Math.log2(c / 300), 0);
    };
    const F = (i: number) => (first.data[2 * i + 1]! > first.data[2 * i]! ? "1" : "0");
    const [L, Y] = [(i: number) => `${said[i]}`, (i: number) => `${set.test.y[i]}`];
    const information = entropyOf(F) + entropyOf(Y) - entropyOf((i) => F(i) + Y(i));
    expect(column(run, "sinusoid_ordered_mean_network")[0]!).toBeCloseTo(information, 12);
    const both = entropyOf((i) => F(i) + L(i)) + entropyOf(Y) - entropyOf((i) => F(i) + L(i) + Y(i));
    const linear = entropyOf(L) + entropyOf(Y) - entropyOf((i) => L(i) + Y(i));
    expect(column(run, "sinusoid_ordered_mean_explained")[0]!).toBeCloseTo(information + linear - both, 12);
    expect(column(run, "trainedSteps")).toEqual([0, 1, 2, 3, 4]);
    expect(run.arrays!["sinusoid_ordered_trained64_network"]!.shape).toEqual([5]);
    expectFigures(run, ["predicted"]);
  });

  test("trained networks go to 1 / N = 0 from two widths, which must ascend", async () => {
    const curves = (width: number, error: number): TrainedCurves => {
      const list = [0.3 + 2 / width, 0.2 - 1 / width];
      const over = { mean: list, error: [error, 0], median: list, low: list, high: list };
      return { steps: [0, 1], width, networks: 2, network: over, explained: over };
    };
    const trained = [curves(32, 0.03), curves(128, 0.01)];
    const limit = atInfiniteWidth(trained, "network", 0);
    expect(limit.value).toBeCloseTo(0.3, 14);
    // (4 wide - narrow) / 3
    expect(limit.error).toBeCloseTo(Math.hypot(4 * 0.01, 0.03) / 3, 14);
    expect(atInfiniteWidth(trained, "explained", 1).value).toBeCloseTo(0.2, 14);
    await expect(
      runStudy(findStudies("C.predicted")[0]!, { threads: 1, loadData, parameters: { widths: [64, 16] } }),
    ).rejects.toThrow(/widths are \[64, 16\] .* expected two ascending widths/);
  });
});
