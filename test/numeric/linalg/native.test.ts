import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainNetwork, trainNetworks } from "../../../src/finite/index.js";
import { dense, input, network, tanh } from "../../../src/network/index.js";
import { setNativeImplementation } from "../../../src/numeric/linalg/dispatch.js";
import type { DenseImplementation } from "../../../src/numeric/linalg/implementation.js";
import {
  addToDiagonal,
  cholesky,
  eigenSymmetric,
  gramMatrix,
  matmul,
  solveTriangular,
} from "../../../src/numeric/linalg/index.js";
import { type NativeLibrary, searchNativeLibrary } from "../../../src/numeric/linalg/native-library-node.js";
import {
  nativeRoutines,
  threadHolds,
  useNativeLinearAlgebra,
} from "../../../src/numeric/linalg/native-node.js";
import { view } from "../../../src/numeric/linalg/plain-gemm.js";
import { matrix, transpose } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { distance, identity, naiveProduct, randomMatrix, wishart } from "./matrices.js";

const EPS = Number.EPSILON;
const found = await searchNativeLibrary(null);
if (found.library === null) {
  console.log(
    `native linear algebra is not tested: ${found.koffi === null ? "koffi is not installed" : "no BLAS was found"}`,
  );
}

describe("without a library", () => {
  test("FORETRAIN_BLAS=none looks for nothing", async () => {
    expect(await useNativeLinearAlgebra("none")).toEqual({
      setting: "none",
      koffi: null,
      library: null,
      tried: [],
    });
  });

  test("a name that cannot be opened is refused with the reason", async () => {
    await expect(useNativeLinearAlgebra("/no/such/libblas.so")).rejects.toMatchObject({
      code: "ERR_UNAVAILABLE",
    });
    await expect(useNativeLinearAlgebra("/no/such/libblas.so")).rejects.toThrow(
      /FORETRAIN_BLAS is \/no\/such\/libblas.so, .*(cannot be used|koffi)/,
    );
  });
});

describe("threads that are held", () => {
  const library = { threads: 8 } as NativeLibrary;

  test("are the fewest that anyone holds, and the library's own again after the last", () => {
    const set: number[] = [];
    const hold = threadHolds({ ...library, setThreads: (threads) => void set.push(threads) });
    const first = hold(2);
    const second = hold(1);
    const third = hold(64);
    first();
    first(); // again: nothing
    second();
    third();
    expect(set).toEqual([2, 1, 1, 1, 8, 8]);
  });

  test("stay as they are where a library does not let them be set", () => {
    expect(() => threadHolds({ ...library, setThreads: null })(1)()).not.toThrow();
  });
});

describe.skipIf(found.library === null)(`${found.library?.name ?? "native library"}`, () => {
  let routines: DenseImplementation;
  beforeAll(async () => {
    const search = await useNativeLinearAlgebra();
    routines = nativeRoutines(search.library!);
    Object.assign(routines.smallest, { gemm: 0, factor: 0, solve: 0, eigen: 0 });
    setNativeImplementation(routines);
  });
  afterAll(() => setNativeImplementation(null));

  test("says what it is", () => {
    expect(found.library!.name).not.toBe("");
    expect(found.koffi).toMatch(/^\d+\.\d+/);
  });

  test.each([
    [1, 1, 1],
    [1, 5, 3],
    [5, 1, 3],
    [3, 5, 1],
    [70, 33, 41],
  ])("products [%i, %i] x [., %i] agree with the plain loop, all transpositions", (m, k, n) => {
    const a = randomMatrix(m, k, 1);
    const b = randomMatrix(k, n, 2);
    const expected = naiveProduct(a, b);
    const tolerance = 32 * k * EPS;
    expect(distance(matmul(a, b), expected)).toBeLessThan(tolerance);
    expect(distance(matmul(transpose(a), b, { transposeA: true }), expected)).toBeLessThan(tolerance);
    expect(distance(matmul(a, transpose(b), { transposeB: true }), expected)).toBeLessThan(tolerance);
    const both = matmul(transpose(a), transpose(b), { transposeA: true, transposeB: true });
    expect(distance(both, expected)).toBeLessThan(tolerance);
    expect(distance(gramMatrix(a), naiveProduct(a, transpose(a)))).toBeLessThan(tolerance);
  });

  test("products in float32 agree with the plain loop, all transpositions, beside what is there", () => {
    const [m, n, k] = [7, 5, 9];
    const [a, b] = [randomMatrix(m, k, 1), randomMatrix(k, n, 2)];
    const expected = naiveProduct(a, b);
    const operand = (x: typeof a, transposed: boolean) => ({
      data: Float32Array.from((transposed ? transpose(x) : x).data),
      stride: x.shape[transposed ? 0 : 1]!,
      transposed,
    });
    for (const left of [false, true]) {
      for (const right of [false, true]) {
        const c = new Float32Array(m * 6).fill(1); // rows of 6 numbers, of which 5 are of C
        routines.singleProduct!(m, n, k, 2, operand(a, left), operand(b, right), c, 6);
        c.forEach((value, at) => {
          const [i, j] = [Math.floor(at / 6), at % 6];
          // 9 terms of size 1 in 24 bits
          if (j < n) expect(Math.abs(value - 1 - 2 * expected.data[i * n + j]!)).toBeLessThan(1e-5);
          else expect(value).toBe(1);
        });
      }
    }
  });

  test("both triangles of A A^T and A^T A, at an offset, with a factor", () => {
    const [n, d, stride] = [23, 7, 31];
    const a = randomMatrix(n, d);
    for (const region of ["lower", "upper"] as const) {
      for (const flipped of [false, true]) {
        const side = flipped ? d : n;
        const depth = flipped ? n : d;
        const c = createRng(8).normals(new Float64Array(n * stride + 4));
        const expected = c.slice();
        for (let i = 0; i < side; i++) {
          for (let j = 0; j < side; j++) {
            if (region === "lower" ? j > i : j < i) continue;
            for (let p = 0; p < depth; p++) {
              const x = flipped
                ? a.data[p * d + i]! * a.data[p * d + j]!
                : a.data[i * d + p]! * a.data[j * d + p]!;
              expected[4 + i * stride + j]! -= 0.5 * x;
            }
          }
        }
        const left = view(a.data, 0, d, flipped);
        const right = view(a.data, 0, d, !flipped);
        expect(routines.gemm(side, side, depth, -0.5, left, right, c, 4, stride, region)).toBe(true);
        expect(c).toAllBeWithinRelative(expected, 1e-14, 10);
      }
    }
  });

  test.each([1, 2, 5, 64, 101])("Cholesky and triangular solves, n = %i", (n) => {
    const a = addToDiagonal(wishart(n, n + 2), 0.1);
    const l = cholesky(a);
    expect(distance(matmul(l, l, { transposeB: true }), a)).toBeLessThan(50 * EPS);
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(l.data[i * n + j]).toBe(0);
    const b = randomMatrix(n, 9, 3);
    expect(distance(matmul(l, solveTriangular(l, b)), b)).toBeLessThan(1e-13);
    const x = solveTriangular(l, b, { transpose: true });
    expect(distance(matmul(l, x, { transposeA: true }), b)).toBeLessThan(1e-13);
  });

  test("a singular matrix is refused with the pivot and its value, as without the library", () => {
    const x = randomMatrix(100, 120);
    x.data.copyWithin(80 * 120, 20 * 120, 21 * 120); // sample 80 = sample 20
    expect(() => cholesky(gramMatrix(x))).toThrow(/pivot 80 of 100 is/);
    expect(() => cholesky(matrix(3, 3))).toThrow(/pivot 0 of 3 is 0/);
  });

  test.each([1, 2, 40, 120])(
    "eigen-decomposition, n = %i: residual, orthogonality, values alone",
    async (n) => {
      const a = wishart(n, n + 2);
      const { values, vectors } = await eigenSymmetric(a);
      const v = vectors!;
      const right = matrix(
        n,
        n,
        v.data.map((x, at) => x * values[at % n]!),
      );
      expect(distance(matmul(a, v), right) / values[0]!).toBeLessThan(1e-14);
      expect(distance(matmul(v, v, { transposeA: true }), identity(n))).toBeLessThan(1e-14);
      const alone = await eigenSymmetric(a, { vectors: false });
      expect(alone.values).toAllBeWithinRelative(values, 1e-14, values[0]!);
      setNativeImplementation(null);
      const own = await eigenSymmetric(a);
      setNativeImplementation(routines);
      expect(values).toAllBeWithinRelative(own.values, 1e-14, values[0]!);
      // well separated values: the vectors agree too, signs included
      if (n === 40) expect(distance(v, own.vectors!)).toBeLessThan(1e-11);
    },
  );

  test.skipIf((found.library?.threads ?? 1) < 2 || found.library?.setThreads == null)(
    "networks that train together take one of its threads each, whatever threads train them",
    async () => {
      const rng = createRng(4);
      const normals = (...shape: [number, number]) => ({
        data: rng.normals(new Float64Array(shape[0] * shape[1])),
        shape,
      });
      const job = {
        network: network(input([512]), dense(128), tanh(), dense(1)),
        recipe: { steps: 2, learningRate: 0.1, seed: 3, dtype: "float32" as const },
        train: { x: normals(128, 512), y: normals(128, 1) },
      };
      const own = found.library!.threads!;
      found.library!.setThreads!(1);
      const alone = await trainNetwork(job);
      found.library!.setThreads!(own);
      for (const threads of [1, 2]) {
        const { networks } = await trainNetworks({ ...job, networks: 2, threads });
        expect(networks[0]!.parameters).toEqual(alone.parameters);
        expect((await searchNativeLibrary(null)).library!.threads).toBe(own);
      }
    },
  );

  test("an eigen-decomposition that was cancelled before rejects", async () => {
    const a = wishart(80, 80);
    await expect(eigenSymmetric(a, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});
