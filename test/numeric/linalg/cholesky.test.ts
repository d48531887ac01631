import { describe, expect, test } from "vitest";
import { ForetrainError, isForetrainError } from "../../../src/errors.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  choleskyWithJitter,
  gramMatrix,
  logDeterminant,
  matmul,
  solveTriangular,
} from "../../../src/numeric/linalg/index.js";
import { matrix, matrixFromRows } from "../../../src/numeric/matrix.js";
import { distance, identity, randomMatrix, wishart, withSpectrum } from "./matrices.js";

function thrown(run: () => unknown): ForetrainError {
  try {
    run();
  } catch (error) {
    if (error instanceof ForetrainError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("cholesky", () => {
  test("of a 3 x 3 matrix is the known factor", () => {
    const a = matrixFromRows([
      [4, 12, -16],
      [12, 37, -43],
      [-16, -43, 98],
    ]);
    expect([...cholesky(a).data]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  test.each([0, 1, 2, 63, 64, 65, 66, 67, 130, 257])(
    "L L^T = a for n = %i, zeros above the diagonal",
    (n) => {
      const a = addToDiagonal(wishart(n, n + 1), 0.1);
      const l = cholesky(a);
      // backward error of Cholesky: some sqrt(n) eps of the diagonal, which is about 1 here
      expect(distance(matmul(l, l, { transposeB: true }), a)).toBeLessThan(50 * Number.EPSILON);
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(l.data[i * n + j]).toBe(0);
    },
  );

  test("reads the lower triangle only", () => {
    const a = wishart(70, 100);
    const b = matrix(70, 70, a.data.slice());
    for (let i = 0; i < 70; i++) for (let j = i + 1; j < 70; j++) b.data[i * 70 + j] = Number.NaN;
    expect(cholesky(b)).toEqual(cholesky(a));
  });

  test("of duplicate rows throws ERR_SINGULAR with the pivot, the condition and a ridge that works", () => {
    const x = randomMatrix(100, 120);
    x.data.copyWithin(80 * 120, 20 * 120, 21 * 120); // sample 80 = sample 20
    const a = gramMatrix(x);
    const error = thrown(() => cholesky(a));
    expect(error.code).toBe("ERR_SINGULAR");
    expect(error.details).toMatchObject({ pivot: 80 });
    expect(error.details["conditionEstimate"]).toBeGreaterThan(1e12);
    const ridge = error.details["suggestedRidge"] as number;
    expect(error.message).toContain(String(ridge));
    expect(() => cholesky(addToDiagonal(a, ridge))).not.toThrow();
    const trace = a.data.reduce((s, v, i) => s + (i % 101 === 0 ? v : 0), 0);
    const relative = error.details["suggestedDiagReg"] as number;
    expect(() => cholesky(addToDiagonal(a, (relative * trace) / 100))).not.toThrow();
  });

  test("the suggested ridge also repairs an indefinite matrix", () => {
    const a = withSpectrum([5, 3, 1, 0.5, -1e-5]);
    const error = thrown(() => cholesky(a));
    expect(() => cholesky(addToDiagonal(a, error.details["suggestedRidge"] as number))).not.toThrow();
  });

  test("of zeros, of a negative number and of NaN is refused", () => {
    expect(thrown(() => cholesky(matrix(2, 2))).code).toBe("ERR_SINGULAR");
    expect(thrown(() => cholesky(matrixFromRows([[-1]]))).code).toBe("ERR_SINGULAR");
    expect(thrown(() => cholesky(matrixFromRows([[Number.NaN]]))).code).toBe("ERR_DATA");
    expect(thrown(() => cholesky(matrix(2, 3))).code).toBe("ERR_SHAPE");
  });
});

describe("triangular solves", () => {
  test.each([
    [1, 1],
    [5, 3],
    [64, 7],
    [130, 33],
  ])("L X = B, L^T X = B and a X = B have small residuals: n = %i, %i right-hand sides", (n, k) => {
    const a = addToDiagonal(wishart(n, n + 3), 0.5);
    const b = randomMatrix(n, k, 9);
    const l = cholesky(a);
    expect(distance(matmul(l, solveTriangular(l, b)), b)).toBeLessThan(1e-13);
    const backward = solveTriangular(l, b, { transpose: true });
    expect(distance(matmul(l, backward, { transposeA: true }), b)).toBeLessThan(1e-13);
    expect(distance(matmul(a, choleskySolve(l, b)), b)).toBeLessThan(1e-13);
  });

  test("refuse a zero on the diagonal and a wrong number of rows", () => {
    expect(thrown(() => solveTriangular(matrix(2, 2), matrix(2, 1))).code).toBe("ERR_SINGULAR");
    expect(thrown(() => solveTriangular(identity(2), matrix(3, 1))).code).toBe("ERR_SHAPE");
  });
});

describe("logDeterminant", () => {
  test("is the sum of the logarithms of the eigenvalues", () => {
    const values = [9, 4, 2, 1, 0.25, 0.01];
    const expected = values.reduce((s, v) => s + Math.log(v), 0);
    expect(logDeterminant(cholesky(withSpectrum(values)))).toBeWithinRelative(expected, 1e-12);
  });
});

describe("choleskyWithJitter", () => {
  test("adds nothing where nothing is needed", () => {
    const a = wishart(20, 40);
    expect(choleskyWithJitter(a)).toEqual({ lower: cholesky(a), jitter: 0, attempts: 1 });
  });

  test("factors a singular covariance and reports the jitter, which bounds the error", () => {
    const a = gramMatrix(randomMatrix(60, 10));
    const { lower, jitter, attempts } = choleskyWithJitter(a);
    expect(attempts).toBeGreaterThan(1);
    expect(jitter).toBeGreaterThan(0);
    expect(jitter).toBeLessThan(1e-10);
    expect(distance(matmul(lower, lower, { transposeB: true }), a)).toBeLessThan(jitter + 1e-13);
  });

  test("of the zero matrix is zero, of an indefinite one an error", () => {
    expect(choleskyWithJitter(matrix(3, 3)).lower).toEqual(matrix(3, 3));
    expect(
      isForetrainError(
        thrown(() => choleskyWithJitter(withSpectrum([1, -0.1]))),
        "ERR_SINGULAR",
      ),
    ).toBe(true);
  });
});
