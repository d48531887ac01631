import { afterEach, describe, expect, test } from "vitest";
import { selectLinearAlgebra } from "../../../src/numeric/linalg/dispatch.js";
import { eigenExtremal, eigenSymmetric, gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { largestEigenpairs } from "../../../src/numeric/linalg/lanczos.js";
import { plainWorkspace } from "../../../src/numeric/linalg/plain-workspace.js";
import { type Matrix, matrix, matrixFromRows } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { distance, identity, randomMatrix, wishart, withSpectrum } from "./matrices.js";

afterEach(() => selectLinearAlgebra("auto"));

const range = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));

const N = 220;
const CASES: readonly (readonly [string, Matrix, number])[] = [
  ["a spectrum that decays", withSpectrum(range(N, (i) => 0.8 ** i)), 6],
  [
    "a kernel's spectrum: one large value over a bulk",
    withSpectrum(range(N, (i) => (i === 0 ? 200 : 1 / i))),
    5,
  ],
  ["a random covariance, whose largest values are close", wishart(N, 2 * N), 3],
  ["both signs", withSpectrum(range(N, (i) => (i % 2 ? -1 : 1) * 0.7 ** (i >> 1))), 5],
  ["triple values", withSpectrum(range(N, (i) => 0.6 ** Math.floor(i / 3))), 7],
  ["few values, each of them often", withSpectrum(range(N, (i) => i % 4)), 10],
  ["rank 3", gramMatrix(randomMatrix(N, 3)), 5],
  ["the identity", identity(N), 4],
  ["zero", matrix(N, N), 2],
  ["large numbers", withSpectrum(range(N, (i) => 1e200 * 0.5 ** i)), 3],
];

describe.each(["auto", "typescript"] as const)("eigenExtremal, %s", (choice) => {
  test.each(CASES)("%s: values, residuals and orthogonality at both ends", async (_name, a, count) => {
    selectLinearAlgebra(choice);
    const n = a.shape[0];
    const all = (await eigenSymmetric(a)).values;
    const norm = Math.max(Math.abs(all[0]!), Math.abs(all[n - 1]!), Number.MIN_VALUE);
    for (const end of ["largest", "smallest"] as const) {
      const { values, vectors } = await eigenExtremal(a, count, { end });
      const expected = range(count, (k) => (end === "largest" ? all[k]! : all[n - 1 - k]!));
      expect(values).toAllBeWithinRelative(expected, 1e-13, norm);
      const v = vectors!;
      const right = matrix(
        n,
        count,
        v.data.map((x, at) => x * values[at % count]!),
      );
      // the tolerance of the residual, 1e-13 of the norm, holds for the sum of squares
      expect(distance(matmul(a, v), right) / norm).toBeLessThan(1e-13);
      expect(distance(matmul(v, v, { transposeA: true }), identity(count))).toBeLessThan(1e-13);
    }
  });

  test("gives the same bits for the same seed, and the values for another one", async () => {
    selectLinearAlgebra(choice);
    const a = CASES[0]![1];
    const first = await eigenExtremal(a, 3, { seed: 5 });
    expect(await eigenExtremal(a, 3, { seed: 5 })).toEqual(first);
    const other = await eigenExtremal(a, 3, { seed: 6, vectors: false });
    expect(other.values).toAllBeWithinRelative(first.values, 1e-13);
    expect(other.vectors).toBeNull();
  });
});

describe("eigenExtremal", () => {
  test("a loose tolerance is met and not exceeded by much work", async () => {
    const a = wishart(400, 500);
    const { values } = await eigenExtremal(a, 1, { tolerance: 1e-5 });
    const all = (await eigenSymmetric(a)).values;
    expect(Math.abs(values[0]! - all[0]!) / all[0]!).toBeLessThan(1e-5);
  });

  test("small matrices and many values go by the whole decomposition", async () => {
    const a = withSpectrum([5, 4, 3, 2, 1]);
    expect((await eigenExtremal(a, 2, { end: "smallest" })).values).toAllBeWithinRelative([1, 2], 1e-13);
    expect((await eigenExtremal(a, 0)).values).toHaveLength(0);
    expect((await eigenExtremal(a, 5)).vectors!.shape).toEqual([5, 5]);
  });

  test("refuses a count or tolerance out of range, NaN, and what is not square or symmetric", async () => {
    const a = identity(3);
    await expect(eigenExtremal(a, 4)).rejects.toThrow(/count is 4, expected a whole number from 0 to 3/);
    await expect(eigenExtremal(a, 1.5)).rejects.toMatchObject({ code: "ERR_DOMAIN" });
    await expect(eigenExtremal(a, 1, { tolerance: 0 })).rejects.toMatchObject({ code: "ERR_DOMAIN" });
    await expect(eigenExtremal(matrix(2, 3), 1)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    await expect(eigenExtremal(matrixFromRows([[Number.NaN]]), 1)).rejects.toMatchObject({
      code: "ERR_DATA",
    });
    const b = identity(200);
    b.data[3] = 1;
    await expect(eigenExtremal(b, 1)).rejects.toThrow(
      /eigenExtremal: entries \[0, 3\] = 1 and \[3, 0\] = 0 differ/,
    );
    await expect(eigenExtremal(b, 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});

describe("the search", () => {
  function search(a: Matrix, count: number, most: number) {
    const n = a.shape[0];
    const steps = largestEigenpairs(plainWorkspace(), a.data, n, n, count, most, 1e-13, createRng(1));
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  test("finds values that stand apart, multiple ones too, with far fewer vectors than rows", () => {
    const decaying = search(withSpectrum(range(N, (i) => 0.8 ** i)), 4, 60);
    expect(decaying!.values).toAllBeWithinRelative([1, 0.8, 0.64, 0.512], 1e-13);
    const triple = search(withSpectrum(range(N, (i) => 0.6 ** Math.floor(i / 3))), 4, 60);
    expect(triple!.values).toAllBeWithinRelative([1, 1, 1, 0.6], 1e-13);
  });

  test("gives up where so many vectors do not suffice", () => {
    expect(search(wishart(N, 2 * N), 20, 40)).toBeNull();
  });
});
