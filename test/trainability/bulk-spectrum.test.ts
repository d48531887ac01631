import { describe, expect, test } from "vitest";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { bulkSpectrum } from "../../src/trainability/index.js";

/** K_ij = (q_i + q_j) / 2 - G_ij in float64. */
function kernelOf(q: readonly number[], gap: Matrix): Matrix {
  const n = q.length;
  return matrix(
    n,
    n,
    gap.data.map((g, at) => 0.5 * (q[Math.floor(at / n)]! + q[at % n]!) - g),
  );
}

/** Half squared distances of random points, times `scale`. */
function randomGap(n: number, scale: number, seed: number): Matrix {
  const points = Array.from({ length: n }, (_, i) =>
    createRng(seed).fork("point", i).normals(new Float64Array(n)),
  );
  const gap = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      gap.data[i * n + j] = points[i]!.reduce(
        (sum, v, f) => sum + 0.5 * scale * (v - points[j]![f]!) ** 2,
        0,
      );
    }
  }
  return gap;
}

describe("bulkSpectrum", () => {
  test("equal gaps delta: n - (n - 1) delta once, delta for the others, far below what the kernel holds", async () => {
    for (const delta of [1e-8, 1e-30, 1e-200]) {
      const n = 7;
      const gap = matrix(
        n,
        n,
        Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 0 : delta)),
      );
      const { eigenvalues, lambdaMax, lambdaMin, kappa } = await bulkSpectrum(
        kernelOf(Array(n).fill(1), gap),
        gap,
      );
      expect(eigenvalues).toAllBeWithinRelative([n - (n - 1) * delta, ...Array(n - 1).fill(delta)], 1e-14);
      expect(lambdaMax).toBe(eigenvalues[0]);
      expect(lambdaMin).toBe(eigenvalues[n - 1]);
      expect(kappa).toBeWithinRelative((n - (n - 1) * delta) / delta, 1e-14);
    }
  });

  test("scales with the gap: bulk eigenvalues of 1e-40 G are 1e-30 times those of 1e-10 G", async () => {
    const n = 9;
    const q = Array<number>(n).fill(0.7);
    const spectrumAt = async (scale: number) => {
      const gap = randomGap(n, scale, 5);
      return (await bulkSpectrum(kernelOf(q, gap), gap)).eigenvalues.slice(1);
    };
    // what couples to the constant mode changes the bulk by 1e-10 of itself
    expect(await spectrumAt(1e-40)).toAllBeWithinRelative(
      (await spectrumAt(1e-10)).map((value) => value * 1e-30),
      1e-8,
    );
  });

  test("agrees with the eigenvalues of the kernel where float64 holds them, with unequal diagonals too", async () => {
    const n = 8;
    const q = Array.from({ length: n }, (_, i) => 1 + 1e-4 * Math.sin(3 * i));
    const gap = randomGap(n, 3e-7, 2);
    const kernel = kernelOf(q, gap);
    const { eigenvalues } = await bulkSpectrum(kernel, gap);
    const { values } = await eigenSymmetric(kernel, { vectors: false });
    // the plain solver's absolute error is a few eps of the largest value, 8; the smallest is about 1e-8
    expect(Math.max(...eigenvalues.map((value, k) => Math.abs(value - values[k]!)))).toBeLessThan(2e-14);
    expect(eigenvalues.at(-1)!).toBeLessThan(1e-7);
  });

  test("takes the kernel's own eigenvalues where there is no large constant mode", async () => {
    const gap = randomGap(6, 0.3, 3);
    const kernel = kernelOf(Array(6).fill(4), gap);
    const { eigenvalues } = await bulkSpectrum(kernel, gap);
    expect(eigenvalues).toEqual([...(await eigenSymmetric(kernel, { vectors: false })).values]);
    expect((await bulkSpectrum(matrix(1, 1, Float64Array.of(3)), matrix(1, 1))).eigenvalues).toEqual([3]);
  });

  test("a bulk that is not positive has no finite condition number", async () => {
    const zero = matrix(4, 4);
    expect((await bulkSpectrum(kernelOf([1, 1, 1, 1], zero), zero)).kappa).toBe(Number.POSITIVE_INFINITY);
  });

  test("refuses matrices that are not square or of two sizes", async () => {
    await expect(bulkSpectrum(matrix(2, 3), matrix(2, 3))).rejects.toThrow(/expected two square matrices/);
    await expect(bulkSpectrum(matrix(3, 3), matrix(2, 2))).rejects.toThrow(/kernel is 3 x 3, gap 2 x 2/);
  });
});
