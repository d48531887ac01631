import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { selectLinearAlgebra } from "../../../src/numeric/linalg/dispatch.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  eigenSymmetric,
  gramMatrix,
  matmul,
  solveTriangular,
} from "../../../src/numeric/linalg/index.js";
import { plainGemm, view } from "../../../src/numeric/linalg/plain-gemm.js";
import { decompose, eigenMemory } from "../../../src/numeric/linalg/symmetric.js";
import { embedded } from "../../../src/numeric/linalg/wasm.js";
import {
  linearAlgebraVariant,
  openLinearAlgebra,
  selectLinearAlgebraVariant,
} from "../../../src/numeric/linalg/wasm-memory.js";
import { paddedStride, reductionMemory, wasmWorkspace } from "../../../src/numeric/linalg/wasm-workspace.js";
import { type Matrix, matrix, transpose } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import * as binary from "../../../src/wasm/generated/linalg.js";
import { loadModule } from "../../../src/wasm/load.js";
import {
  distance,
  identity,
  naiveProduct,
  randomMatrix,
  sameBits,
  wishart,
  withSpectrum,
} from "./matrices.js";

const EPS = Number.EPSILON;

/** Small sizes too go to WebAssembly here; in use they stay in plain TypeScript. */
const crossovers = { ...embedded.smallest };
beforeEach(() => {
  Object.assign(embedded.smallest, { gemm: 0, factor: 0, solve: 0, eigen: 0 });
  selectLinearAlgebra("wasm");
});
afterEach(() => {
  Object.assign(embedded.smallest, crossovers);
  selectLinearAlgebra("auto");
  selectLinearAlgebraVariant(undefined);
});

/** What the plain implementation gives. */
function plainly<T>(run: () => T): T {
  selectLinearAlgebra("typescript");
  try {
    return run();
  } finally {
    selectLinearAlgebra("wasm");
  }
}

/** Entries of size 1e-150 to 1e150, by rows and columns. */
function graded(n: number): Matrix {
  const a = randomMatrix(n, n, 5);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) a.data[i * n + j]! *= 10 ** ((150 * (i + j)) / (n - 1) - 150);
  return a;
}

test("this runtime has both variants; the best one is taken", () => {
  expect(loadModule(binary, "simd")).not.toBeNull();
  expect(loadModule(binary, "relaxed")).not.toBeNull();
  expect(linearAlgebraVariant()).toBe("relaxed");
});

describe.each(["simd", "relaxed"] as const)("WebAssembly, variant %s", (variant) => {
  beforeEach(() => selectLinearAlgebraVariant(variant));

  // around the tile (4), the leaves of the recursions (32), the block of rows (96), of depth (256) and of columns (1024)
  test.each([
    [1, 1, 1],
    [2, 3, 5],
    [3, 4, 5],
    [5, 3, 2],
    [95, 255, 3],
    [97, 257, 5],
    [31, 2, 1023],
    [33, 3, 1025],
    [1025, 5, 7],
    [1030, 1027, 6],
  ])("products [%i, %i] x [., %i] agree with the plain loop, all transpositions", (m, k, n) => {
    const a = randomMatrix(m, k, 1);
    const b = randomMatrix(k, n, 2);
    const expected = naiveProduct(a, b);
    const tolerance = 8 * Math.sqrt(k) * EPS * 4; // random signs: sqrt(k) eps times products of order 1, 4 at most
    expect(distance(matmul(a, b), expected)).toBeLessThan(tolerance);
    expect(distance(matmul(transpose(a), b, { transposeA: true }), expected)).toBeLessThan(tolerance);
    expect(distance(matmul(a, transpose(b), { transposeB: true }), expected)).toBeLessThan(tolerance);
    expect(
      distance(matmul(transpose(a), transpose(b), { transposeA: true, transposeB: true }), expected),
    ).toBeLessThan(tolerance);
  });

  test.each(["full", "lower", "upper"] as const)(
    "C += alpha A B at an offset in C touches what it should: region %s",
    (region) => {
      const [m, k, stride] = [1027, 9, 1040];
      const a = randomMatrix(m, k, 1);
      const c = createRng(3).normals(new Float64Array(m * stride));
      const expected = c.slice();
      embedded.gemm(m, m, k, -0.75, view(a.data, 0, k), view(a.data, 0, k, true), c, 5, stride, region);
      plainGemm(m, m, k, -0.75, view(a.data, 0, k), view(a.data, 0, k, true), expected, 5, stride, region);
      let worst = 0;
      let outside = 0;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < stride; j++) {
          const at = i * stride + j;
          const col = j - 5;
          const inside =
            col >= 0 && col < m && (region === "full" || (region === "lower" ? i >= col : i <= col));
          if (inside) worst = Math.max(worst, Math.abs(c[at]! - expected[at]!));
          else if (col < 0 || col >= m) outside += c[at] === expected[at] ? 0 : 1;
        }
      }
      expect(worst).toBeLessThan(100 * EPS); // 9 products of order 1, at most about 10
      expect(outside).toBe(0);
    },
  );

  test("a part of a product has the same bits as the whole", () => {
    const a = randomMatrix(300, 700, 1);
    const b = randomMatrix(700, 150, 2);
    const whole = matmul(a, b);
    const rows = matmul(matrix(57, 700, a.data.slice(100 * 700, 157 * 700)), b);
    expect(rows.data).toEqual(whole.data.slice(100 * 150, 157 * 150));
  });

  test("products keep NaN and Infinity where they belong", () => {
    const a = randomMatrix(40, 40);
    a.data[3 * 40 + 7] = Number.NaN;
    a.data[5 * 40 + 7] = Number.POSITIVE_INFINITY;
    const c = matmul(a, identity(40));
    expect(c.data.slice(3 * 40, 4 * 40).every(Number.isNaN)).toBe(true);
    expect(c.data[5 * 40 + 7]).toBe(Number.POSITIVE_INFINITY);
    expect(c.data[4 * 40 + 7]).toBe(a.data[4 * 40 + 7]);
  });

  test("float32: the product agrees with the float64 one to its precision", () => {
    const [m, k, n] = [37, 300, 45];
    const a = Float32Array.from(randomMatrix(m, k, 1).data);
    const b = Float32Array.from(randomMatrix(k, n, 2).data);
    const { exports, start, scratch, close } = openLinearAlgebra(4 * (m * k + k * n + m * n))!;
    const heap = new Float32Array(exports.memory.buffer);
    const at = start / 4;
    heap.set(a, at);
    heap.set(b, at + m * k);
    heap.fill(0, at + m * k + k * n, at + m * k + k * n + m * n);
    const c = start + 4 * (m * k + k * n);
    exports.sgemm(m, n, k, 1, start, 4 * k, 4, start + 4 * m * k, 4 * n, 4, c, 4 * n, 0, scratch);
    const expected = naiveProduct(matrix(m, k, Float64Array.from(a)), matrix(k, n, Float64Array.from(b)));
    const got = matrix(m, n, Float64Array.from(heap.subarray(c / 4, c / 4 + m * n)));
    close();
    expect(distance(got, expected)).toBeLessThan(300 * 2 ** -24 * 4); // k half-ulps of products of order 1, at most about 4
  });

  test.each([1, 2, 3, 5, 31, 32, 33, 63, 64, 65, 95, 96, 97, 200, 301])(
    "Cholesky and triangular solves, n = %i: residuals, and agreement with the plain code",
    (n) => {
      const a = addToDiagonal(wishart(n, n + 5), 0.1);
      const l = cholesky(a);
      expect(distance(matmul(l, l, { transposeB: true }), a)).toBeLessThan(50 * EPS);
      expect(
        distance(
          l,
          plainly(() => cholesky(a)),
        ),
      ).toBeLessThan(200 * EPS); // condition about 40
      for (const k of [8, 13]) {
        const b = randomMatrix(n, k, 9);
        expect(distance(matmul(l, solveTriangular(l, b)), b)).toBeLessThan(1e-13);
        const x = solveTriangular(l, b, { transpose: true });
        expect(distance(matmul(l, x, { transposeA: true }), b)).toBeLessThan(1e-13);
        expect(distance(matmul(a, choleskySolve(l, b)), b)).toBeLessThan(1e-13);
      }
    },
  );

  test("Cholesky scales with its matrix: diagonals from 1e-150 to 1e150 keep their relative accuracy", () => {
    const n = 120;
    const a = addToDiagonal(wishart(n, n + 5), 0.1);
    const scales = Float64Array.from({ length: n }, (_, i) => 2 ** Math.round((500 * i) / n - 250));
    const b = matrix(
      n,
      n,
      a.data.map((x, at) => x * scales[Math.floor(at / n)]! * scales[at % n]!),
    );
    const l = cholesky(b);
    // powers of two: the same bits, scaled by rows
    expect(l.data.map((x, at) => x / scales[Math.floor(at / n)]!)).toEqual(cholesky(a).data);
  });

  test("a rank-deficient matrix is refused with the same pivot as by the plain code", () => {
    const x = randomMatrix(100, 120);
    x.data.copyWithin(80 * 120, 20 * 120, 21 * 120); // sample 80 = sample 20
    const a = gramMatrix(x);
    expect(() => cholesky(a)).toThrow(/pivot 80 of 100/);
    expect(() => plainly(() => cholesky(a))).toThrow(/pivot 80 of 100/);
    const low = gramMatrix(randomMatrix(90, 40));
    expect(() => cholesky(low)).toThrow(/singular/);
  });

  test.each([0, 1, 2, 3, 5, 31, 32, 33, 34, 63, 64, 65, 67, 130, 257])(
    "eigen-decomposition, n = %i: residual, orthogonality, and the plain values",
    async (n) => {
      const a = wishart(n, n + 3, 4);
      const { values, vectors } = await eigenSymmetric(a);
      const v = vectors!;
      const right = matrix(
        n,
        n,
        v.data.map((x, at) => x * values[at % n]!),
      );
      const norm = values[0] ?? 1;
      expect(distance(matmul(a, v), right) / norm).toBeLessThan(1e-14);
      expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(1e-14);
      selectLinearAlgebra("typescript");
      const plain = await eigenSymmetric(a);
      expect(values).toAllBeWithinRelative(plain.values, 1e-14, norm);
      selectLinearAlgebra("wasm");
      expect((await eigenSymmetric(a, { vectors: false })).values).toAllBeWithinRelative(values, 1e-14, norm);
    },
  );

  test.each<readonly [string, (n: number) => number[]]>([
    ["repeated values", (n) => Array.from({ length: n }, (_, i) => i % 3)],
    ["rank 5", (n) => Array.from({ length: n }, (_, i) => (i < 5 ? i + 1 : 0))],
    ["one value", (n) => Array.from({ length: n }, () => 2)],
    ["30 decades", (n) => Array.from({ length: n }, (_, i) => 10 ** (-i / 7))],
    ["huge", (n) => Array.from({ length: n }, (_, i) => 1e150 / (1 + i))],
    ["tiny", (n) => Array.from({ length: n }, (_, i) => 1e-150 / (1 + i))],
  ])("eigen-decomposition of a matrix with %s", async (_name, spectrum) => {
    const n = 211;
    const a = withSpectrum(spectrum(n));
    const { values, vectors } = await eigenSymmetric(a);
    const v = vectors!;
    const norm = values[0]!;
    const right = matrix(
      n,
      n,
      v.data.map((x, at) => x * values[at % n]!),
    );
    expect(distance(matmul(a, v), right) / norm).toBeLessThan(1e-14);
    expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(1e-14);
    const sorted = Float64Array.from(spectrum(n)).sort().reverse();
    expect(values).toAllBeWithinRelative(sorted, 2e-14, norm);
  });

  test("eigen-decomposition of entries from 1e-150 to 1e150: residual relative to the largest", async () => {
    const n = 101;
    const g = graded(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) g.data[i * n + j] = g.data[j * n + i]!;
    const { values, vectors } = await eigenSymmetric(g);
    const v = vectors!;
    const norm = Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
    const right = matrix(
      n,
      n,
      v.data.map((x, at) => x * values[at % n]!),
    );
    expect(distance(matmul(g, v), right) / norm).toBeLessThan(1e-14);
    expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(1e-14);
  });

  test("n = 700: residual and orthogonality at 1e-14, the same bits again", async () => {
    const n = 700;
    const a = wishart(n, n);
    const first = await eigenSymmetric(a);
    const v = first.vectors!;
    const right = matrix(
      n,
      n,
      v.data.map((x, at) => x * first.values[at % n]!),
    );
    expect(distance(matmul(a, v), right) / first.values[0]!).toBeLessThan(1e-14);
    expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(1e-14); // 3e-15 is seen
    for (let i = 0; i < n; i++) {
      let [sum, lost] = [0, 0]; // compensated: the test adds no error of its own
      for (let row = 0; row < n; row++) {
        const x = v.data[row * n + i]! ** 2 - lost;
        lost = sum + x - sum - x;
        sum += x;
      }
      expect(Math.abs(sum - 1)).toBeLessThan(8 * EPS);
    }
    expect(sameBits((await eigenSymmetric(a)).vectors!, v)).toBe(true);
  });
});

describe("memory", () => {
  test("a job that does not fit 32-bit addresses is not taken, and small ones still are", () => {
    expect(openLinearAlgebra(2 ** 32)).toBeNull();
    const memory = openLinearAlgebra(2 ** 20);
    expect(memory).not.toBeNull();
    memory!.close();
  });

  test("a product that no machine can hold is refused with its size", () => {
    const a = matrix(2 ** 21, 0);
    expect(() => gramMatrix(a)).toThrow(/gramMatrix: no memory for an array of 32768.0 GiB/);
    expect(() => matmul(a, a, { transposeB: true })).toThrow(/matmul: no memory/);
  });

  test("addresses beyond 2 GiB work: reduction, divide and conquer, back-transformation and products", () => {
    const n = 70;
    const far = 2 ** 28 + 2 ** 20; // numbers: 2 GiB and 8 MiB, never touched
    const stride = paddedStride(n);
    const work = wasmWorkspace(far + eigenMemory(n, stride, true) + reductionMemory(stride), 24);
    expect(work).not.toBeNull();
    expect(work!.allocate(far).byteLength).toBe(8 * far);
    const a = wishart(n, n + 5);
    const steps = decompose(work!, a.data, n, stride, 1, true);
    let step = steps.next();
    while (!step.done) step = steps.next();
    const v = matrix(n, n, step.value.rows!.slice());
    expect(step.value.rows!.byteOffset).toBeGreaterThan(2 ** 31);
    const scaled = matrix(
      n,
      n,
      v.data.map((x, at) => x * step.value.values[Math.floor(at / n)]!),
    );
    expect(distance(matmul(v, a), scaled)).toBeLessThan(1e-13);
    step.value.close();
  });

  test("a large instance is dropped after its job, a small one stays", () => {
    const first = openLinearAlgebra(2 ** 20)!;
    first.close();
    const again = openLinearAlgebra(2 ** 20)!;
    expect(again.exports).toBe(first.exports);
    again.close();
    const large = openLinearAlgebra(2 ** 27)!;
    large.close();
    const after = openLinearAlgebra(2 ** 20)!;
    expect(after.exports).not.toBe(large.exports);
    expect(after.exports.memory.buffer.byteLength).toBeLessThan(2 ** 24);
    after.close();
  });

  test("jobs at the same time have their own memories", () => {
    const a = openLinearAlgebra(1000)!;
    const b = openLinearAlgebra(1000)!;
    expect(a.exports).not.toBe(b.exports);
    a.close();
    b.close();
  });
});
