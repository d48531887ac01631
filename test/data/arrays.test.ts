import { describe, expect, test } from "vitest";
import { datasetFromArrays, inputsFromArrays, targetsFromArrays } from "../../src/data/index.js";
import type { ErrorCode } from "../../src/errors.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { message } from "./support/sets.js";

describe("datasetFromArrays", () => {
  const f64 = (data: number[], shape: number[]): NdArray => ({ data: Float64Array.from(data), shape });
  const i32 = (...data: number[]): NdArray => ({ data: Int32Array.from(data), shape: [data.length] });
  const text = (...words: string[]): NdArray => {
    const texts = [...new Set(words)].sort();
    return { data: Int32Array.from(words, (word) => texts.indexOf(word)), shape: [words.length], texts };
  };
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

  test("labels of texts become classes sorted by name, in test samples too", () => {
    const set = load({
      x,
      y: text("dog", "cat", "dog", "cat"),
      x_test: f64([9, 9], [1, 2]),
      y_test: text("dog"),
    });
    expect(set.classNames).toEqual(["cat", "dog"]);
    expect([...set.train.y]).toEqual([1, 0, 1, 0]);
    expect([...set.test.y]).toEqual([1]);
  });

  test("texts that are whole numbers stand for them, as in a CSV file", () => {
    const labels = text("10", "9", "10", "9");
    const set = load({ x, y: labels, x_test: f64([9, 9], [1, 2]), y_test: i32(10) });
    expect(set.classNames).toEqual(["9", "10"]);
    expect([...set.train.y, ...set.test.y]).toEqual([1, 0, 1, 0, 1]);
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
    [
      "texts in x",
      { x: { ...text("1", "2", "3", "4"), shape: [4, 1] }, y: i32(0, 1, 0, 1) },
      "ERR_DATA",
      /f\.npz: x: has texts, for example "1"; expected numbers/,
    ],
    ["an empty text", { x, y: text("a", "", "a", "") }, "ERR_DATA", /f\.npz: y: label 1 is empty/],
    [
      "texts in y, numbers in y_test",
      { x, y: text("a", "b", "a", "b"), x_test: f64([9, 9], [1, 2]), y_test: i32(1) },
      "ERR_DATA",
      /f\.npz: y_test: has whole numbers; expected texts, as the labels of the train samples are/,
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

describe("targetsFromArrays of texts", () => {
  const text = (...words: string[]): NdArray => {
    const texts = [...new Set(words)].sort();
    return { data: Int32Array.from(words, (word) => texts.indexOf(word)), shape: [words.length], texts };
  };

  test("are labels, and test labels get the indices of the train labels", () => {
    const train = targetsFromArrays({ y: text("b", "a", "b") }, "f.npz", 3);
    expect(train).toEqual({ kind: "labels", labels: Int32Array.of(1, 0, 1), classNames: ["a", "b"] });
    const test = targetsFromArrays({ y: text("b") }, "f.npz", 1, "y", train);
    expect(test).toMatchObject({ labels: Int32Array.of(1) });
    expect(() => targetsFromArrays({ y: text("c") }, "f.npz", 1, "y", train)).toThrow(
      /no train sample has the label c/,
    );
  });

  test("are refused where the train samples have targets", () => {
    const train = targetsFromArrays({ y: { data: Float64Array.of(0.5, 1), shape: [2] } }, "f.npz", 2);
    expect(() => targetsFromArrays({ y: text("b") }, "f.npz", 1, "y", train)).toThrow(/y: has texts/);
  });
});
