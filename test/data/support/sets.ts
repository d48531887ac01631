/** Data sets made by hand, and the errors about them. */
import type { Dataset } from "../../../src/data/index.js";
import { type ErrorCode, isForetrainError } from "../../../src/errors.js";
import type { NdArray } from "../../../src/numeric/matrix.js";

/** The message of the error of this code that the body throws. */
export function message(body: () => unknown, code: ErrorCode = "ERR_DATA"): string {
  try {
    body();
  } catch (error) {
    if (isForetrainError(error, code)) return error.message;
    throw error;
  }
  throw new Error(`expected ${code}`);
}

/** 3 classes; the single feature of a sample is its index, so that draws can be followed. */
export function counted(train = 300, test = 60): Dataset {
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

/** A data set of these features, with two classes. */
export function setOf(train: NdArray, test: NdArray = train, valueScale = 1): Dataset {
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
