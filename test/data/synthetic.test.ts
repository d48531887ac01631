import { describe, expect, test } from "vitest";
import {
  BINARY_TASKS,
  binaryTaskGroups,
  diskDataset,
  groupClasses,
  productsDataset,
  sinusoidDataset,
  syntheticDataset,
  theoremDataset,
  withLabelNoise,
} from "../../src/data/index.js";
import { counted } from "./support/sets.js";

const share = (flags: readonly boolean[]) => flags.filter(Boolean).length / flags.length;

describe("sinusoidDataset", () => {
  // standard error of 40,000 samples 0.002, four of them
  test.each([
    [1, 0.7901],
    [2, 0.7712],
    [2 * Math.PI, 0.7712],
  ])("at frequency %s the sign of the first feature is right for a share of %s", (frequency, expected) => {
    const { train } = sinusoidDataset({ dimensions: 3, frequency, train: 40000, test: 1, seed: 2 });
    const right = Array.from(train.y, (label, i) => label === (train.x.data[3 * i]! > 0 ? 1 : 0));
    expect(Math.abs(share(right) - expected)).toBeLessThan(0.0085);
  });

  test("noise flips train labels only, and test samples do not depend on it", () => {
    const options = { dimensions: 2, train: 5000, test: 50, seed: 3 };
    const [clean, noisy] = [sinusoidDataset(options), sinusoidDataset({ ...options, labelNoise: 0.1 })];
    expect(noisy.train.x).toEqual(clean.train.x);
    expect(noisy.test).toEqual(clean.test);
    const flips = share(Array.from(noisy.train.y, (label, i) => label !== clean.train.y[i]));
    expect(Math.abs(flips - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 5000));
  });

  test("refuses what has no meaning", () => {
    expect(() => sinusoidDataset({ dimensions: 1, train: 5, test: 5, seed: 0 })).toThrow(/dimensions is 1/);
    expect(() => sinusoidDataset({ dimensions: 2, train: 0, test: 5, seed: 0 })).toThrow(/train is 0/);
  });
});

test("the disk is filled evenly, and its wave cuts it into halves", () => {
  const { train } = diskDataset({ train: 20000, test: 1, seed: 1 });
  const radii = Array.from({ length: 20000 }, (_, i) =>
    Math.hypot(train.x.data[2 * i]!, train.x.data[2 * i + 1]!),
  );
  expect(Math.max(...radii)).toBeLessThanOrEqual(1);
  expect(Math.abs(share(radii.map((r) => r < 0.5)) - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / 20000));
  expect(Math.abs(share(Array.from(train.y, (label) => label === 1)) - 0.5)).toBeLessThan(0.0145);
});

describe("productsDataset", () => {
  const of = (x: ArrayLike<number>, i: number, d: number, [pair, triple]: readonly [number, number]) => {
    const at = (j: number) => x[d * i + j]!;
    return at(0) + pair * at(1) * at(2) + triple * at(3) * at(4) * at(5);
  };

  test.each([
    [{}, [0.9, 0.8]],
    [{ pair: 0, triple: -2 }, [0, -2]],
  ] as const)("labels are signs of the sum of the products: %j", (weights, expected) => {
    const { train, test: held } = productsDataset({
      ...{ dimensions: 7, train: 500, test: 300, seed: 4 },
      ...weights,
    });
    for (const { x, y } of [train, held]) {
      expect(x.shape).toEqual([y.length, 7]);
      expect(Array.from(y)).toEqual(
        Array.from(y, (_, i) => (of(x.data as Float64Array, i, 7, expected) > 0 ? 1 : 0)),
      );
    }
    const numbers = Array.from(train.x.data as Float64Array);
    // 3500 normal numbers
    expect(Math.abs(numbers.reduce((sum, x) => sum + x * x, 0) / 3500 - 1)).toBeLessThan(
      4 * Math.sqrt(2 / 3500),
    );
  });

  test("refuses what has no meaning, and is drawn by name", () => {
    const sizes = { train: 5, test: 5, seed: 0 };
    expect(() => productsDataset({ ...sizes, dimensions: 5 })).toThrow(
      /dimensions is 5, expected a whole number >= 6/,
    );
    expect(() => productsDataset({ ...sizes, dimensions: 6, pair: Number.NaN })).toThrow(/pair is NaN/);
    const named = syntheticDataset("products?d=6&a=1&b=0.5&train=20&test=5&seed=2");
    expect(named.train).toEqual(
      productsDataset({ dimensions: 6, pair: 1, triple: 0.5, train: 20, test: 5, seed: 2 }).train,
    );
    expect(() => syntheticDataset("products?d=5")).toThrow(/has d = 5, expected a whole number >= 6/);
    expect(syntheticDataset("sinusoid?d=2&train=3&test=3").inputShape).toEqual([2]);
  });
});

describe("groupClasses", () => {
  const set = counted();

  test("puts classes together and leaves the others out", () => {
    const grouped = groupClasses(set, [
      { name: "c", classes: [2] },
      { name: "a", classes: [0] },
    ]);
    expect(grouped.classNames).toEqual(["c", "a"]);
    grouped.train.y.forEach((label, i) => {
      expect([2, 0][label]).toBe(set.train.y[grouped.train.x.data[i]!]);
    });
    const all = groupClasses(set, [
      { name: "ab", classes: [0, 1] },
      { name: "c", classes: [2] },
    ]);
    expect(all.train.y.length).toBe(set.train.y.length);
  });

  test("refuses groups that do not fit", () => {
    const one = { name: "one", classes: [0] };
    expect(() => groupClasses(set, [one])).toThrow(/groups are \[\[0\]\], expected at least two/);
    expect(() => groupClasses(set, [one, one])).toThrow(/different labels/);
    expect(() => groupClasses(set, BINARY_TASKS["first-five"])).toThrow(/from 0 to 2/);
  });
});

describe("binaryTaskGroups", () => {
  const ten = (names: readonly string[]) => ({ name: "ten.npz", classNames: names });
  const digits = Array.from("0123456789");
  const cifar = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

  test("are the paper's groups for CIFAR-10, and by name where its classes stand in another order", () => {
    expect(binaryTaskGroups(ten(cifar), "animals-objects")).toEqual(BINARY_TASKS["animals-objects"]);
    expect(binaryTaskGroups(ten(digits), "first-five")).toEqual(BINARY_TASKS["first-five"]);
    const [objects] = binaryTaskGroups(ten(cifar.toReversed()), "animals-objects");
    expect(objects!.classes.map((label) => cifar.toReversed()[label])).toEqual([
      ...["airplane", "automobile", "ship", "truck"],
    ]);
  });

  test("refuse animals among digits, and ten classes of fewer", () => {
    expect(() => binaryTaskGroups(ten(digits), "animals-objects", "--task")).toThrow(
      /^--task: animals-objects is about the classes of CIFAR-10 by their names; ten\.npz has 10 \(0, .*\), expected cifar10, or groups of labels: 0,1,8,9:2,3,5,7 are those of CIFAR-10$/,
    );
    expect(() => binaryTaskGroups(ten(["a", "b"]), "first-five")).toThrow(
      /^task: first-five takes 10 classes; ten\.npz has 2 \(a, b\), expected/,
    );
  });
});

describe("withLabelNoise", () => {
  const labels = Int32Array.from({ length: 3000 }, (_, i) => i % 3);

  test("a larger share flips the samples of a smaller one, and wrong labels are equally likely", () => {
    const [few, many] = [0.1, 0.6].map((s) => withLabelNoise(labels, { share: s, classes: 3, seed: 4 }));
    labels.forEach((label, i) => {
      if (few![i] !== label) expect(many![i]).toBe(few![i]);
    });
    const shifts = Array.from(many!, (label, i) => (label - labels[i]! + 3) % 3).filter((shift) => shift > 0);
    expect(Math.abs(shifts.length / 3000 - 0.6)).toBeLessThan(4 * Math.sqrt(0.24 / 3000));
    expect(Math.abs(share(shifts.map((shift) => shift === 1)) - 0.5)).toBeLessThan(
      2 / Math.sqrt(shifts.length),
    );
  });

  test("share 0 changes nothing, 1 everything, 2 is refused", () => {
    expect(withLabelNoise(labels, { share: 0, classes: 3, seed: 0 })).toEqual(labels);
    expect(withLabelNoise(labels, { share: 1, classes: 3, seed: 0 }).every((l, i) => l !== labels[i])).toBe(
      true,
    );
    expect(() => withLabelNoise(labels, { share: 2, classes: 3, seed: 0 })).toThrow(/share is 2/);
  });
});

describe("theoremDataset", () => {
  test("its first feature is the label but with probability p, the others are coins", () => {
    const n = 40_000;
    const { train } = theoremDataset({ dimensions: 3, flip: 0.1, train: n, test: 1, seed: 4 });
    const sign = (i: number, feature: number) =>
      train.x.data[3 * i + feature]! === (train.y[i] === 1 ? 1 : -1);
    const agree = (feature: number) => share(Array.from(train.y, (_, i) => sign(i, feature)));
    // four standard errors
    expect(Math.abs(agree(0) - 0.9)).toBeLessThan(4 * Math.sqrt(0.09 / n));
    for (const feature of [1, 2])
      expect(Math.abs(agree(feature) - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
    expect(new Set(train.x.data)).toEqual(new Set([-1, 1]));
    expect(() => theoremDataset({ dimensions: 3, flip: 0.6, train: 1, test: 1, seed: 0 })).toThrow(
      /flip 0.6/,
    );
  });
});

test("samples beyond any memory are refused before they are drawn", () => {
  expect(() => syntheticDataset("sinusoid?train=1e12")).toThrow(/expected at most 1073741824, 8 GiB/);
});

test("a disk is cut by a finite wave", () => {
  const options = { train: 10, test: 5, seed: 0 };
  expect(() => diskDataset({ ...options, frequency: Number.NaN })).toThrow(/frequency is NaN/);
  expect(() => diskDataset({ ...options, amplitude: Number.POSITIVE_INFINITY })).toThrow(
    /amplitude is Infinity/,
  );
});

describe("syntheticDataset", () => {
  test("draws from the law that a text names", () => {
    const named = syntheticDataset("sinusoid?d=4&k=1&train=10&test=5&seed=7");
    const drawn = sinusoidDataset({ dimensions: 4, frequency: 1, train: 10, test: 5, seed: 7 });
    expect(named.train).toEqual(drawn.train);
    expect(named.test).toEqual(drawn.test);
    expect(syntheticDataset("disk?train=10&test=5").train.x.shape).toEqual([10, 2]);
    expect(syntheticDataset("theorem?d=30").train.x.shape).toEqual([100, 30]);
  });

  test("says which parameters there are", () => {
    expect(() => syntheticDataset("sinusoid?dim=4")).toThrow(
      /has "dim=4", expected parameters such as sinusoid\?d=20&k=2&train=10000/,
    );
    expect(() => syntheticDataset("disk?k=much")).toThrow(/has "k=much"/);
    // what is wrong is said in the words of the text
    expect(() => syntheticDataset("theorem?d=100&p=2")).toThrow(
      /^data: "theorem\?d=100&p=2" has p = 2, expected a probability from 0 to 1\/2$/,
    );
    expect(() => syntheticDataset("sinusoid?d=1")).toThrow(/has d = 1, expected a whole number >= 2/);
    expect(() => syntheticDataset("disk?train=1.5")).toThrow(
      /has train = 1\.5, expected a whole number >= 1/,
    );
    expect(() => syntheticDataset("sinusoid?d=5?k=2")).toThrow(/has "d=5\?k=2"/);
    expect(() => syntheticDataset("sinusoid?d=5=6")).toThrow(/has "d=5=6"/);
    expect(() => syntheticDataset("spiral")).toThrow(
      /is drawn from no law, expected sinusoid, disk, products, theorem/,
    );
  });
});
