import { describe, expect, test } from "vitest";
import { gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { matrix, matrixFromRows, transpose } from "../../../src/numeric/matrix.js";
import { distance, identity, naiveProduct, randomMatrix } from "./matrices.js";

// sides around the register tile (4) and the cache blocks (96, 256, 512), so that every edge path runs
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 5, 2],
  [4, 4, 4],
  [7, 257, 9],
  [97, 31, 5],
  [5, 3, 515],
  [100, 260, 101],
];

describe("matmul", () => {
  test.each(SHAPES)(
    "agrees with the plain triple loop: [%i, %i] x [., %i], all transpositions",
    (m, k, n) => {
      const a = randomMatrix(m, k, 1);
      const b = randomMatrix(k, n, 2);
      const expected = naiveProduct(a, b);
      // sums of k products of order 1 in another order: k eps
      const tolerance = 4 * k * Number.EPSILON;
      expect(distance(matmul(a, b), expected)).toBeLessThanOrEqual(tolerance);
      expect(distance(matmul(transpose(a), b, { transposeA: true }), expected)).toBeLessThanOrEqual(
        tolerance,
      );
      expect(distance(matmul(a, transpose(b), { transposeB: true }), expected)).toBeLessThanOrEqual(
        tolerance,
      );
      const both = matmul(transpose(a), transpose(b), { transposeA: true, transposeB: true });
      expect(distance(both, expected)).toBeLessThanOrEqual(tolerance);
    },
  );

  test("writes into `out`, whatever it held, and returns it", () => {
    const out = matrix(2, 2, Float64Array.of(9, 9, 9, 9));
    const a = matrixFromRows([
      [1, 2],
      [3, 4],
    ]);
    expect(matmul(a, a, { out })).toBe(out);
    expect([...out.data]).toEqual([7, 10, 15, 22]);
  });

  test("empty sides give zeros of the right shape", () => {
    expect(matmul(matrix(2, 0), matrix(0, 3))).toEqual(matrix(2, 3));
    expect(matmul(matrix(0, 2), matrix(2, 3)).shape).toEqual([0, 3]);
  });

  test("NaN and Infinity propagate", () => {
    const a = matrixFromRows([
      [Number.NaN, 1],
      [1, 2],
    ]);
    const product = matmul(a, identity(2));
    expect(product.data[0]).toBeNaN();
    expect(product.data[3]).toBe(2);
  });

  test("refuses sides that differ, a wrong `out` and an operand as `out`", () => {
    const a = matrix(2, 3);
    expect(() => matmul(a, a)).toThrow(/inner sides differ: \[2, 3\] x \[2, 3\]/);
    expect(() => matmul(a, a, { transposeB: true, out: matrix(3, 3) })).toThrow(
      /out is \[3, 3\], expected \[2, 2\]/,
    );
    const s = matrix(2, 2);
    expect(() => matmul(s, s, { out: s })).toThrow(/also an operand/);
  });
});

describe("gramMatrix", () => {
  test.each([
    [1, 1],
    [5, 3],
    [101, 300],
    [530, 2],
  ])("equals a a^T and is symmetric to the last bit: [%i, %i]", (n, d) => {
    const a = randomMatrix(n, d);
    const g = gramMatrix(a);
    expect(distance(g, matmul(a, a, { transposeB: true }))).toBeLessThanOrEqual(4 * d * Number.EPSILON);
    expect(g).toEqual(transpose(g));
  });

  test("of no features is zero", () => {
    expect(gramMatrix(matrix(3, 0))).toEqual(matrix(3, 3));
  });
});
