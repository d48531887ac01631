import { describe, expect, test } from "vitest";
import { eigenSymmetric, gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { type Matrix, matrix, matrixFromRows } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { distance, identity, jacobiEigenvalues, randomMatrix, wishart, withSpectrum } from "./matrices.js";

function tridiagonal(n: number, diagonal: (i: number) => number, off: (i: number) => number): Matrix {
  const a = matrix(n, n);
  for (let i = 0; i < n; i++) {
    a.data[i * n + i] = diagonal(i);
    if (i > 0) a.data[i * n + i - 1] = a.data[(i - 1) * n + i] = off(i);
  }
  return a;
}

const range = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));

const CASES: readonly (readonly [string, Matrix])[] = [
  ["1 x 1", matrixFromRows([[-3]])],
  ["2 x 2", withSpectrum([3, -2])],
  ["n = 3", wishart(3, 5)],
  ["leaf size 32", wishart(32, 40)],
  ["one join, 33", wishart(33, 40)],
  ["several joins, 131", wishart(131, 150)],
  ["panel edges, 97", wishart(97, 200)],
  ["identity", identity(80)],
  ["zero", matrix(80, 80)],
  ["rank 1 plus identity", withSpectrum(range(90, (i) => (i === 0 ? 91 : 1)))],
  ["rank 12 of 150", gramMatrix(randomMatrix(150, 12))],
  ["graded over 30 decades", withSpectrum(range(150, (i) => 10 ** (-i / 5)))],
  ["graded upwards", withSpectrum(range(150, (i) => 10 ** ((i - 149) / 20)))],
  ["two clusters", withSpectrum(range(150, (i) => (i < 70 ? 1 : 1e-8)))],
  ["triples of equal values", withSpectrum(range(120, (i) => Math.floor(i / 3)))],
  ["both signs", withSpectrum(range(100, (i) => (i % 2 ? 1 : -1) * (i + 1)))],
  [
    "Wilkinson 121",
    tridiagonal(
      121,
      (i) => Math.abs(i - 60),
      () => 1,
    ),
  ],
  [
    "glued: weak couplings",
    tridiagonal(
      128,
      (i) => i % 8,
      (i) => (i % 8 === 0 ? 1e-14 : 1),
    ),
  ],
  [
    "negative couplings",
    tridiagonal(
      128,
      () => 0,
      (i) => (i % 3 === 0 ? -1 : 2),
    ),
  ],
  ["huge entries", withSpectrum(range(40, (i) => 1e300 / (i + 1)))],
  ["tiny entries", withSpectrum(range(40, (i) => 1e-300 / (i + 1)))],
];

describe("eigenSymmetric", () => {
  test.each(CASES)("%s: a V = V diag(values), V orthogonal, values descending", async (_name, a) => {
    const n = a.shape[0];
    const { values, vectors } = await eigenSymmetric(a);
    const v = vectors!;
    const norm = Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!), Number.MIN_VALUE);
    const right = matrix(
      n,
      n,
      v.data.map((x, k) => x * values[k % n]!),
    );
    // 1e-14: about 10 times what is measured at these sizes
    expect(distance(matmul(a, v), right) / norm).toBeLessThan(1e-14);
    expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(2e-14);
    for (let i = 1; i < n; i++) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
  });

  test.each(CASES)("%s: the values alone, with vectors and by Jacobi agree", async (_name, a) => {
    const { values } = await eigenSymmetric(a);
    const { values: alone, vectors } = await eigenSymmetric(a, { vectors: false });
    expect(vectors).toBeNull();
    const norm = Math.max(...Array.from(values, Math.abs), Number.MIN_VALUE);
    // absolute accuracy of some eps times the norm is what the reduction to tridiagonal form keeps
    expect(alone).toAllBeWithinRelative(values, 2e-14, norm);
    const scaled = matrix(
      a.shape[0],
      a.shape[0],
      a.data.map((x) => x / norm),
    );
    // Jacobi's own rounding grows with its n^2 rotations per sweep: 4e-14 is seen at n = 150
    expect(values.map((x) => x / norm)).toAllBeWithinRelative(jacobiEigenvalues(scaled), 1e-13, 1);
  });

  test("finds the eigenvalues 2 - 2 cos(k pi / (n + 1)) of the discrete Laplacian", async () => {
    const n = 100;
    const { values } = await eigenSymmetric(
      tridiagonal(
        n,
        () => 2,
        () => -1,
      ),
    );
    const expected = range(n, (i) => 2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1)));
    expect(values).toAllBeWithinRelative(expected, 1e-14, 4);
  });

  test("n = 300: residual and orthogonality stay at 1e-14", async () => {
    const a = wishart(300, 320);
    const { values, vectors } = await eigenSymmetric(a);
    const v = vectors!;
    const right = matrix(
      300,
      300,
      v.data.map((x, k) => x * values[k % 300]!),
    );
    expect(distance(matmul(a, v), right) / values[0]!).toBeLessThan(1e-14);
    expect(distance(matmul(v, v, { transposeA: true }), identity(300))).toBeLessThan(1e-14);
  });

  test("300 random tridiagonal matrices with zeros, ties and couplings over 20 decades: residual and orthogonality", async () => {
    const rng = createRng(77);
    for (let run = 0; run < 300; run++) {
      const n = 2 + rng.integer(90);
      const diagonal = [() => rng.normal(), () => rng.integer(3), () => 0, () => 10 ** (-16 * rng.uniform())];
      const coupling = [
        () => rng.normal(),
        () => rng.integer(2),
        () => 1e-8 * rng.normal(),
        () => 10 ** (-20 * rng.uniform()),
      ];
      const d = diagonal[rng.integer(4)]!;
      const a = tridiagonal(n, d, () => coupling[rng.integer(4)]!());
      const { values, vectors } = await eigenSymmetric(a);
      const norm = Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!), Number.MIN_VALUE);
      const right = matrix(
        n,
        n,
        vectors!.data.map((x, k) => x * values[k % n]!),
      );
      expect(distance(matmul(a, vectors!), right) / norm).toBeLessThan(1e-14);
      expect(distance(matmul(vectors!, vectors!, { transposeA: true }), identity(n))).toBeLessThan(1e-14);
    }
  });

  test("n = 0 is empty", async () => {
    const { values, vectors } = await eigenSymmetric(matrix(0, 0));
    expect(values).toHaveLength(0);
    expect(vectors!.shape).toEqual([0, 0]);
  });

  test("does not change its input, and gives the same bits again", async () => {
    const a = wishart(70, 80);
    const copy = a.data.slice();
    const first = await eigenSymmetric(a);
    expect(a.data).toEqual(copy);
    expect(await eigenSymmetric(a)).toEqual(first);
  });

  test("refuses NaN, infinity, asymmetry and a matrix that is not square", async () => {
    await expect(eigenSymmetric(matrixFromRows([[Number.NaN]]))).rejects.toMatchObject({ code: "ERR_DATA" });
    await expect(eigenSymmetric(matrixFromRows([[Number.POSITIVE_INFINITY]]))).rejects.toMatchObject({
      code: "ERR_DATA",
    });
    const skew = matrixFromRows([
      [1, 2],
      [3, 1],
    ]);
    await expect(eigenSymmetric(skew)).rejects.toThrow(/\[0, 1\] = 2 and \[1, 0\] = 3 differ/);
    await expect(eigenSymmetric(matrix(2, 3))).rejects.toMatchObject({ code: "ERR_SHAPE" });
  });

  test("can be cancelled on the way, and reports progress that never falls", async () => {
    const a = wishart(1000, 1000);
    const before = AbortSignal.abort();
    await expect(eigenSymmetric(a, { signal: before })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(eigenSymmetric(a, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    const seen: number[] = [];
    await eigenSymmetric(a, { onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((x, y) => x - y)).toEqual(seen);
  });
});
