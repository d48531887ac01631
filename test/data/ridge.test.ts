/** Images, labels and order fit together only if something can be learned from them. */
import { describe, expect, test } from "vitest";
import { classesOf, oneHotCentred, type Split } from "../../src/data/index.js";
import { loadDataset } from "../../src/data/index-node.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  gramMatrix,
  matmul,
} from "../../src/numeric/linalg/index.js";
import { type Matrix, transpose } from "../../src/numeric/matrix.js";

/** The first n samples as pixel / 255, minus `mean`. */
function pixels({ x }: Split, n: number, mean?: Float64Array): Matrix {
  const d = x.data.length / x.shape[0]!;
  const data = Float64Array.from(x.data.subarray(0, n * d) as Uint8Array, (byte) => byte / 255);
  if (mean !== undefined) for (let i = 0; i < data.length; i++) data[i]! -= mean[i % d]!;
  return { data, shape: [n, d] };
}

describe("MNIST as the loader gives it", () => {
  test("ridge regression of the first 2,000 images reaches the known test accuracy of 0.7972", async () => {
    const { train, test: held } = await loadDataset("mnist", { offline: true });
    const n = 2000;
    const raw = pixels(train, n);
    const d = raw.shape[1];
    const mean = new Float64Array(d);
    raw.data.forEach((v, i) => {
      mean[i % d]! += v / n;
    });
    const x = pixels(train, n, mean);
    // the column mean of the targets is a constant that the centred pixels cannot express; it is added back
    const targets = oneHotCentred(train.y.subarray(0, n), 10, new Float64Array(10));
    const shift = new Float64Array(10);
    targets.data.forEach((v, i) => {
      shift[i % 10]! += v / n;
    });
    const y = oneHotCentred(train.y.subarray(0, n), 10, shift);
    const gram = addToDiagonal(gramMatrix(transpose(x)), 1);
    const weights = choleskySolve(cholesky(gram), matmul(x, y, { transposeA: true }));
    const outputs = matmul(pixels(held, 10000, mean), weights);
    for (let i = 0; i < outputs.data.length; i++) outputs.data[i]! += shift[i % 10]!;
    const right = classesOf(outputs).reduce((sum, label, i) => sum + (label === held.y[i] ? 1 : 0), 0);
    // an independent implementation gives 0.7972 to four digits; ties and rounding move single images
    expect(right / 10000).toBeCloseTo(0.7972, 3);
  });
});
