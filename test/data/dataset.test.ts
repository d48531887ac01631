import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkDataset,
  chooseSubset,
  classCounts,
  classesOf,
  classFrequencies,
  type Dataset,
  datasetFromArrays,
  inputsFromArrays,
  normalizeInputs,
  oneHotCentred,
  splitSamples,
  targetsFromArrays,
} from "../../src/data/index.js";
import { type ErrorCode, isForetrainError } from "../../src/errors.js";
import type { NdArray } from "../../src/numeric/matrix.js";

function message(body: () => unknown, code: ErrorCode = "ERR_DATA"): string {
  try {
    body();
  } catch (error) {
    if (isForetrainError(error, code)) return error.message;
    throw error;
  }
  throw new Error(`expected ${code}`);
}

/** 3 classes; the single feature of a sample is its index, so that draws can be followed. */
function counted(train = 300, test = 60): Dataset {
  const split = (n: number, from: number) => ({
    x: { data: Float64Array.from({ length: n }, (_, i) => from + i), shape: [n, 1] },
    y: Int32Array.from({ length: n }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)),
  });
  return {
    name: "counted",
    origin: "made here",
    inputShape: [1],
    classNames: ["a", "b", "c"],
    valueScale: 1,
    train: split(train, 0),
    test: split(test, 10_000),
    warnings: [],
  };
}

function setOf(train: NdArray, test: NdArray = train, valueScale = 1): Dataset {
  const y = (n: number) => Int32Array.from({ length: n }, (_, i) => i % 2);
  return {
    ...counted(),
    name: "s",
    inputShape: train.shape.slice(1),
    valueScale,
    train: { x: train, y: y(train.shape[0]!) },
    test: { x: test, y: y(test.shape[0]!) },
  };
}

describe("chooseSubset", () => {
  const set = counted();

  test("the same seed gives the same samples, another seed others", () => {
    const draw = (seed: number) => chooseSubset(set, { train: 50, test: 20, seed });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(4).train.x.data).not.toEqual(draw(3).train.x.data);
  });

  test("draws without replacement, keeps labels with samples, and mixes no test into train", () => {
    const { train, test: held } = chooseSubset(set, { train: 300, test: 60, seed: 1 });
    expect([...train.x.data].sort((a, b) => a - b)).toEqual([...set.train.x.data]);
    expect([...held.x.data].sort((a, b) => a - b)).toEqual([...set.test.x.data]);
    train.y.forEach((label, i) => {
      expect(label).toBe(set.train.y[train.x.data[i]!]);
    });
  });

  test("a smaller draw is the beginning of a larger one, and train does not depend on test", () => {
    const large = chooseSubset(set, { train: 200, test: 60, seed: 7 });
    const small = chooseSubset(set, { train: 20, test: 5, seed: 7 });
    expect(small.train.x.data).toEqual(large.train.x.data.subarray(0, 20));
    expect(small.test.x.data).toEqual(large.test.x.data.subarray(0, 5));
  });

  test("every order is about equally likely: the mean index is within 5 standard errors", () => {
    const means = Array.from({ length: 100 }, (_, seed) => {
      const { data } = chooseSubset(set, { train: 30, seed }).train.x;
      return Array.from(data as Float64Array).reduce((a, b) => a + b, 0) / 30;
    });
    // of one draw of 30 from 0..299: sd = 300/sqrt(12)/sqrt(30) * sqrt(1 - 30/300)
    const stderr = (300 / Math.sqrt(12 * 30) / Math.sqrt(100)) * Math.sqrt(0.9);
    expect(Math.abs(means.reduce((a, b) => a + b, 0) / 100 - 149.5)).toBeLessThan(5 * stderr);
  });

  test("classes are kept in the given order with their names", () => {
    const { train, classNames } = chooseSubset(set, { classes: [2, 0], seed: 0 });
    expect(classNames).toEqual(["c", "a"]);
    expect(classCounts(train.y, 2)).toEqual([30, 180]);
    train.y.forEach((label, i) => {
      expect([2, 0][label]).toBe(set.train.y[train.x.data[i]!]);
    });
  });

  test("stratified draws are as equal as the classes allow", () => {
    const count = (train: number) =>
      classCounts(chooseSubset(set, { train, seed: 5, stratified: true }).train.y, 3);
    expect(count(30)).toEqual([10, 10, 10]);
    expect(count(31)).toEqual([11, 10, 10]);
    expect(count(120)).toEqual([45, 45, 30]); // only 30 of class c there
  });

  test("keeps the compact type of the features", () => {
    const bytes = setOf({ data: Uint8Array.from({ length: 20 }, (_, i) => i), shape: [10, 2] });
    expect(chooseSubset(bytes, { train: 4, seed: 0 }).train.x.data).toBeInstanceOf(Uint8Array);
  });

  test("asks for too much are errors with the number there is", () => {
    expect(message(() => chooseSubset(set, { train: 301 }))).toMatch(
      /counted train: 301 samples asked for, there are 300; ask for at most 300/,
    );
    expect(message(() => chooseSubset(set, { train: 271, classes: [0, 1] }))).toMatch(
      /271 samples asked for, there are 270 of these classes \(300 of all\)/,
    );
  });

  test("classes that do not exist, or one class, are errors that list the classes", () => {
    for (const classes of [[0, 3], [1], [0, 0], [0.5, 1], [Number.NaN, 1], []]) {
      expect(message(() => chooseSubset(set, { classes }), "ERR_SPEC")).toMatch(/0 a, 1 b, 2 c/);
    }
  });

  test("a draw of one class is an error", () => {
    expect(message(() => chooseSubset(set, { train: 1, seed: 0 }))).toMatch(/expected at least two classes/);
  });

  test.each([-1, 1.5, Number.NaN])("refuses %s samples", (train) => {
    message(() => chooseSubset(set, { train }), "ERR_DOMAIN");
  });
});

describe("splitSamples", () => {
  test("cuts by the fraction, keeps the file's order inside each part", () => {
    const { train, test: held } = splitSamples(counted(100).train, { testFraction: 0.25, seed: 2 });
    expect([train.y.length, held.y.length]).toEqual([75, 25]);
    const ascending = (data: ArrayLike<number>) =>
      Array.from(data).every((v, i, all) => i === 0 || v > all[i - 1]!);
    expect(ascending(train.x.data) && ascending(held.x.data)).toBe(true);
  });

  test("always leaves one sample in each part, and refuses other fractions", () => {
    expect(splitSamples(counted(2).train, { testFraction: 0.001 }).test.y).toHaveLength(1);
    expect(splitSamples(counted(2).train, { testFraction: 0.999 }).train.y).toHaveLength(1);
    for (const testFraction of [0, 1, -1, Number.NaN]) {
      message(() => splitSamples(counted(9).train, { testFraction }), "ERR_DOMAIN");
    }
    message(() => splitSamples(counted(1).train));
  });
});

describe("normalizeInputs", () => {
  const finite = fc
    .double({ min: -1e150, max: 1e150, noNaN: true })
    .filter((v) => v === 0 || Math.abs(v) > 1e-150);

  test("unit: |x|^2 = n_0 for every sample and direction kept, at any magnitude", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(finite, { minLength: 5, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
        (rows) => {
          fc.pre(rows.every((row) => row.some((v) => v !== 0)));
          const x = { data: Float64Array.from(rows.flat()), shape: [rows.length, 5] };
          const { train } = normalizeInputs(setOf(x), "unit");
          rows.forEach((row, i) => {
            const out = Array.from(train.data.subarray(i * 5, i * 5 + 5));
            // 5 squares and their sum: a few roundings
            expect(out.reduce((s, v) => s + v * v, 0)).toBeWithinRelative(5, 8 * 2 ** -52);
            const j = row.map(Math.abs).indexOf(Math.max(...row.map(Math.abs)));
            row.forEach((v, c) => {
              expect(Math.abs(out[c]! - (v / row[j]!) * out[j]!)).toBeLessThanOrEqual(2 ** -50);
            });
          });
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });

  test("unit: bytes, and subnormal and huge values", () => {
    const bytes = { data: Uint8Array.of(3, 4, 0, 255), shape: [2, 2] };
    const { train } = normalizeInputs(setOf(bytes), "unit");
    expect([...train.data]).toEqual([
      expect.closeTo(0.6 * Math.SQRT2, 15),
      expect.closeTo(0.8 * Math.SQRT2, 15),
      0,
      expect.closeTo(Math.SQRT2, 15),
    ]);
    const extreme = { data: Float64Array.of(5e-324, 5e-324, 1e308, 1e308), shape: [2, 2] };
    expect([...normalizeInputs(setOf(extreme), "unit").train.data]).toEqual([1, 1, 1, 1]);
  });

  test("unit: a zero sample has no direction", () => {
    const x = { data: Float64Array.of(1, 2, 0, 0), shape: [2, 2] };
    expect(message(() => normalizeInputs(setOf(x), "unit"))).toMatch(
      /s train: sample 1 is all zeros.*standardize/,
    );
  });

  test("standardize: features have mean 0 and deviation 1 over train; test is moved by the same numbers", () => {
    const data = Float64Array.from({ length: 60 }, (_, i) =>
      i % 3 === 2 ? 7 : 1e6 + Math.sin(i * i) * (1 + (i % 3)),
    );
    const probe = { data: Float64Array.of(1e6, 1e6, 9), shape: [1, 3] };
    const { train, test: held } = normalizeInputs(setOf({ data, shape: [20, 3] }, probe), "standardize");
    for (const j of [0, 1]) {
      const column = Array.from({ length: 20 }, (_, i) => train.data[i * 3 + j]!);
      const raw = Array.from({ length: 20 }, (_, i) => data[i * 3 + j]!);
      const mean = raw.reduce((a, b) => a + b, 0) / 20;
      const deviation = Math.sqrt(raw.reduce((s, v) => s + (v - mean) ** 2, 0) / 20);
      // values near 1e6 lose 6 digits in the difference: 1e6 eps / deviation of about 1
      expect(Math.abs(column.reduce((a, b) => a + b, 0) / 20)).toBeLessThan(1e-9);
      expect(column.reduce((s, v) => s + v * v, 0) / 20).toBeWithinRelative(1, 1e-9);
      expect(held.data[j]).toBeWithinRelative((1e6 - mean) / deviation, 1e-9);
    }
    // a constant feature: centred, not divided
    expect(Array.from({ length: 20 }, (_, i) => train.data[i * 3 + 2])).toEqual(Array(20).fill(0));
    expect(held.data[2]).toBe(2);
  });

  test("standardize: a constant of many digits stays zero, whatever its rounding", () => {
    const data = new Float64Array(3000).fill(0.1);
    const { train } = normalizeInputs(setOf({ data, shape: [1000, 3] }), "standardize");
    expect(Math.max(...train.data.map(Math.abs))).toBeLessThan(1e-12);
  });

  test("standardize: images share mean and deviation per channel", () => {
    const data = Uint8Array.from({ length: 4 * 2 * 2 * 2 }, (_, i) => (i % 2 === 0 ? i * 7 : 255 - i));
    const { train } = normalizeInputs(setOf({ data, shape: [4, 2, 2, 2] }), "standardize");
    for (const channel of [0, 1]) {
      const values = Array.from(train.data).filter((_, i) => i % 2 === channel);
      expect(Math.abs(values.reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
      expect(values.reduce((s, v) => s + v * v, 0) / values.length).toBeWithinRelative(1, 1e-13);
    }
  });

  test("none: raw values over the scale", () => {
    const x = { data: Uint8Array.of(0, 51, 255, 102), shape: [2, 2] };
    expect([...normalizeInputs(setOf(x, x, 255), "none").test.data]).toEqual([0, 0.2, 1, 0.4]);
  });

  test("an unknown kind lists the known ones", () => {
    const x = { data: Float64Array.of(1, 2), shape: [2, 1] };
    expect(message(() => normalizeInputs(setOf(x), "zca" as "none"), "ERR_SPEC")).toMatch(
      /"zca".*"unit", "standardize", "none"/,
    );
  });
});

describe("oneHotCentred", () => {
  const labels = Int32Array.of(2, 0, 2, 1);

  test("rows are e_label - 1/k and sum to zero", () => {
    const { data, shape } = oneHotCentred(labels, 4);
    expect(shape).toEqual([4, 4]);
    expect([...data.subarray(0, 4)]).toEqual([-0.25, -0.25, 0.75, -0.25]);
    for (let i = 0; i < 4; i++) expect(data.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0)).toBe(0);
  });

  test("minus the class frequencies, columns sum to zero over the samples", () => {
    const offset = classFrequencies(labels, 3);
    expect([...offset]).toEqual([0.25, 0.25, 0.5]);
    const { data } = oneHotCentred(labels, 3, offset);
    for (let c = 0; c < 3; c++) {
      expect([0, 1, 2, 3].reduce((sum, i) => sum + data[i * 3 + c]!, 0)).toBe(0);
    }
  });

  test("classesOf gives the labels back, and the first of equal outputs", () => {
    expect(classesOf(oneHotCentred(labels, 3))).toEqual(labels);
    expect([...classesOf({ data: Float64Array.of(1, 1, 0, -1), shape: [2, 2] })]).toEqual([0, 0]);
  });

  test("refuses labels out of range, one class, and an offset of another length", () => {
    expect(message(() => oneHotCentred(Int32Array.of(0, 3), 3))).toMatch(/label 1 is 3, expected 0 to 2/);
    message(() => oneHotCentred(labels, 1), "ERR_DOMAIN");
    message(() => oneHotCentred(labels, Number.NaN), "ERR_DOMAIN");
    message(() => oneHotCentred(labels, 3, [0.5, 0.5]), "ERR_SHAPE");
  });
});

describe("datasetFromArrays", () => {
  const f64 = (data: number[], shape: number[]): NdArray => ({ data: Float64Array.from(data), shape });
  const i32 = (...data: number[]): NdArray => ({ data: Int32Array.from(data), shape: [data.length] });
  const x = f64([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
  const load = (arrays: Record<string, NdArray>) => datasetFromArrays(arrays, { file: "f.npz" });

  test("x and y are split by seed; labels of any integers become classes in order", () => {
    const set = load({ x, y: i32(7, -1, 7, -1) });
    expect(set.classNames).toEqual(["-1", "7"]);
    expect(set.inputShape).toEqual([2]);
    expect([set.train.y.length, set.test.y.length]).toEqual([3, 1]);
  });

  test.each([
    ["x, y, x_test, y_test", { x, y: i32(0, 1, 0, 1), x_test: f64([9, 9], [1, 2]), y_test: i32(1) }],
    [
      "x_train, y_train, x_test, y_test",
      { x_train: x, y_train: i32(0, 1, 0, 1), x_test: f64([9, 9], [1, 2]), y_test: i32(1) },
    ],
    [
      "labels [n, 1]",
      {
        x,
        y: { data: Int32Array.of(0, 1, 0, 1), shape: [4, 1] },
        x_test: f64([9, 9], [1, 2]),
        y_test: i32(1),
      },
    ],
    [
      "one-hot labels",
      {
        x,
        y: f64([1, 0, 0, 1, 1, 0, 0, 1], [4, 2]),
        x_test: f64([9, 9], [1, 2]),
        y_test: f64([0, 1], [1, 2]),
      },
    ],
    ["labels as reals", { x, y: f64([0, 1, 0, 1], [4]), x_test: f64([9, 9], [1, 2]), y_test: i32(1) }],
  ])("reads %s", (_, arrays) => {
    const set = load(arrays as Record<string, NdArray>);
    expect([...set.train.y]).toEqual([0, 1, 0, 1]);
    expect([...set.test.y]).toEqual([1]);
    expect(set.test.x.data[0]).toBe(9);
  });

  test("bytes count as images in 0..255, reals as they are", () => {
    const bytes: NdArray = { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [4, 2] };
    expect(load({ x: bytes, y: i32(0, 1, 0, 1) }).valueScale).toBe(255);
    expect(load({ x, y: i32(0, 1, 0, 1) }).valueScale).toBe(1);
  });

  test.each<[string, Record<string, NdArray>, ErrorCode, RegExp]>([
    [
      "NaN in x",
      { x: f64([1, 2, Number.NaN, 4], [2, 2]), y: i32(0, 1) },
      "ERR_DATA",
      /f\.npz: x: element \[1, 0\] is NaN/,
    ],
    [
      "infinity in x_test",
      { x, y: i32(0, 1, 0, 1), x_test: f64([1, Number.POSITIVE_INFINITY], [1, 2]), y_test: i32(0) },
      "ERR_DATA",
      /x_test: element \[0, 1\] is Infinity/,
    ],
    [
      "one class",
      { x, y: i32(3, 3, 3, 3) },
      "ERR_DATA",
      /f\.npz: y: all 4 labels are 3; expected at least two classes/,
    ],
    ["no y", { x }, "ERR_DATA", /has no array "y".*it holds x/],
    ["half a test set", { x, y: i32(0, 1, 0, 1), x_test: x }, "ERR_DATA", /has no array "y_test"/],
    ["another number of labels", { x, y: i32(0, 1, 0) }, "ERR_SHAPE", /x has 4 samples, y has 3 labels/],
    ["x of rank 1", { x: f64([1, 2], [2]), y: i32(0, 1) }, "ERR_SHAPE", /x has shape \[2\]/],
    [
      "test samples of another shape",
      { x, y: i32(0, 1, 0, 1), x_test: f64([1, 2, 3], [1, 3]), y_test: i32(0) },
      "ERR_SHAPE",
      /test: x has shape \[1, 3\], expected \[1, 2\]/,
    ],
    [
      "rows that are not one-hot",
      { x, y: f64([1, 0, 0.5, 0.5, 1, 0, 0, 1], [4, 2]) },
      "ERR_DATA",
      /row 1 is no one-hot/,
    ],
    ["regression targets", { x, y: f64([0.1, 0.2, 0.1, 0.2], [4]) }, "ERR_DATA", /label 0 is 0\.1/],
    ["nothing", {}, "ERR_DATA", /it holds nothing/],
  ])("%s is an error that names the array", (_, arrays, code, pattern) => {
    expect(message(() => load(arrays), code)).toMatch(pattern);
  });

  test("a class without train samples is a warning", () => {
    const set = load({ x, y: i32(0, 1, 0, 1), x_test: f64([1, 2], [1, 2]), y_test: i32(5) });
    expect(set.warnings).toEqual(["f.npz: no train sample of 5, only test samples"]);
  });
});

describe("inputsFromArrays and targetsFromArrays", () => {
  const x: NdArray = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };

  test("gives float64 inputs of the network's shape", () => {
    const inputs = inputsFromArrays({ x }, "f.npz", [2]);
    expect(inputs.data).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  test("another shape names both, and the reshape when it has as many elements", () => {
    expect(message(() => inputsFromArrays({ x }, "f.npz", [2, 1]), "ERR_SHAPE")).toMatch(
      /x has shape \[2, 2\], the network takes \[n, 2, 1\]; it has as many elements: .*reshape\(-1, 2, 1\)/,
    );
    expect(message(() => inputsFromArrays({ x }, "f.npz", [3]), "ERR_SHAPE")).not.toMatch(/reshape/);
    message(() => inputsFromArrays({}, "f.npz", [3]));
    const bad: NdArray = { data: Float64Array.of(1, Number.NaN), shape: [2, 1] };
    expect(message(() => inputsFromArrays({ x: bad }, "f.npz", [1]))).toMatch(/x: element \[1, 0\] is NaN/);
  });

  test("integers [n] are labels, anything else real targets", () => {
    const labels = targetsFromArrays({ y: { data: Int32Array.of(4, 2, 4), shape: [3] } }, "f", 3);
    expect(labels).toEqual({ kind: "labels", labels: Int32Array.of(1, 0, 1), classNames: ["2", "4"] });
    const reals = targetsFromArrays({ y: { data: Float64Array.of(0.5, 1), shape: [2] } }, "f", 2);
    expect(reals).toEqual({ kind: "targets", targets: { data: Float64Array.of(0.5, 1), shape: [2, 1] } });
    const rows = targetsFromArrays({ y: { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] } }, "f", 2);
    expect(rows.kind).toBe("targets");
    message(() => targetsFromArrays({ y: { data: Float64Array.of(1), shape: [1] } }, "f", 2), "ERR_SHAPE");
    message(() => targetsFromArrays({ y: { data: Float64Array.of(1, Number.NaN), shape: [2] } }, "f", 2));
  });

  test("test labels get the indices of the train classes, whatever is among them", () => {
    const y = (...values: number[]) => ({ y: { data: Int32Array.from(values), shape: [values.length] } });
    const train = targetsFromArrays(y(0, 7, 3, 7, 0), "train.npz", 5);
    const read = (...values: number[]) =>
      targetsFromArrays(y(...values), "test.npz", values.length, "y", train);
    expect(read(3, 7)).toEqual({ kind: "labels", labels: Int32Array.of(1, 2), classNames: ["0", "3", "7"] });
    expect(read(7)).toMatchObject({ labels: Int32Array.of(2) });
    expect(read(3, 3, 3)).toMatchObject({ labels: Int32Array.of(1, 1, 1) });
    expect(read(7, 3, 0)).toMatchObject({ labels: Int32Array.of(2, 1, 0) });
    const error = message(() => read(3, 9, 4, 9));
    expect(error).toMatch(/test\.npz: y: no train sample has the labels 9, 4; .*0, 3, 7/);
    const rows = { y: { data: Float64Array.of(1, 0, 0), shape: [1, 3] } };
    message(() => targetsFromArrays(rows, "test.npz", 1, "y", train), "ERR_SHAPE");
  });

  test("test targets are read as the train targets are: whole numbers stay targets, columns must agree", () => {
    const reals = { y: { data: Float64Array.of(0.5, 1.5), shape: [2] } };
    const train = targetsFromArrays(reals, "train.npz", 2);
    const whole = { y: { data: Float64Array.of(1, 2, 2), shape: [3] } };
    expect(targetsFromArrays(whole, "test.npz", 3, "y", train)).toEqual({
      kind: "targets",
      targets: { data: Float64Array.of(1, 2, 2), shape: [3, 1] },
    });
    const wide = { y: { data: new Float64Array(4), shape: [2, 2] } };
    message(() => targetsFromArrays(wide, "test.npz", 2, "y", train), "ERR_SHAPE");
  });

  test("inputs without samples are refused by the name of their file", () => {
    const empty = { x: { data: new Float64Array(0), shape: [0, 3] } };
    expect(message(() => inputsFromArrays(empty, "empty.npz", [3]))).toMatch(/empty\.npz: x has no samples/);
  });
});

describe("checkDataset", () => {
  test("refuses labels without a name, empty shapes, and a shape that does not fit the data", () => {
    const set = counted();
    expect(checkDataset(set)).toBe(set);
    expect(message(() => checkDataset({ ...set, classNames: ["a", "b"] }))).toMatch(/label 9 is 2/);
    message(() => checkDataset({ ...set, inputShape: [] }), "ERR_SHAPE");
    message(() => checkDataset({ ...set, valueScale: 0 }), "ERR_DOMAIN");
    const x = { data: new Float64Array(7), shape: [300, 1] };
    expect(message(() => checkDataset({ ...set, train: { ...set.train, x } }), "ERR_SHAPE")).toMatch(
      /7 elements.*needs 300/,
    );
  });
});
