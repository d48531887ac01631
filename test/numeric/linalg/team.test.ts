import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { selectLinearAlgebra } from "../../../src/numeric/linalg/dispatch.js";
import {
  addToDiagonal,
  cholesky,
  choleskySolve,
  eigenSymmetric,
  gramMatrix,
  matmul,
  setLinearAlgebraThreads,
  solveTriangular,
} from "../../../src/numeric/linalg/index.js";
import { view } from "../../../src/numeric/linalg/plain-gemm.js";
import { openTeam, teamIsReady } from "../../../src/numeric/linalg/team.js";
import { linearAlgebraThreads } from "../../../src/numeric/linalg/thread-count.js";
import { embedded } from "../../../src/numeric/linalg/wasm.js";
import { selectLinearAlgebraVariant } from "../../../src/numeric/linalg/wasm-memory.js";
import { matrix, transpose } from "../../../src/numeric/matrix.js";
import { hardwareThreads, workerPool } from "../../../src/threads/index.js";
import { randomMatrix, sameBits, wishart } from "./matrices.js";

beforeEach(() => selectLinearAlgebra("wasm"));
afterEach(() => {
  selectLinearAlgebra("auto");
  selectLinearAlgebraVariant(undefined);
  setLinearAlgebraThreads(null);
});

const COUNTS = [2, 5];

describe.each(["simd", "relaxed"] as const)(
  "threads give the same bits, whatever their number, %s:",
  (variant) => {
    beforeEach(() => selectLinearAlgebraVariant(variant));

    // from 5e8 multiplications on threads are used; no side is a multiple of a tile
    test.each([
      [803, 801, 799],
      [90, 803, 7001],
      [7001, 803, 90],
      [2049, 257, 1030],
    ])("products [%i, %i] x [., %i], all transpositions", (m, k, n) => {
      const a = randomMatrix(m, k, 1);
      const b = randomMatrix(k, n, 2);
      const alone = matmul(a, b, { threads: 1 });
      const [at, bt] = [transpose(a), transpose(b)];
      for (const threads of COUNTS) {
        expect(sameBits(matmul(a, b, { threads }), alone)).toBe(true);
        expect(sameBits(matmul(at, b, { transposeA: true, threads }), alone)).toBe(true);
        expect(sameBits(matmul(a, bt, { transposeB: true, threads }), alone)).toBe(true);
      }
    });

    test.each(["lower", "upper"] as const)("products of which the %s triangle is wanted", (region) => {
      const [n, k] = [1031, 500];
      const a = randomMatrix(n, k, 1);
      const run = (threads: number) => {
        const c = new Float64Array(n * n);
        embedded.gemm(n, n, k, 0.5, view(a.data, 0, k), view(a.data, 0, k, true), c, 0, n, region, threads);
        return matrix(n, n, c);
      };
      const alone = run(1);
      for (const threads of COUNTS) expect(sameBits(run(threads), alone)).toBe(true);
    });

    test("Gram matrices, Cholesky factors and solves", () => {
      const x = randomMatrix(1501, 300, 3);
      const gram = gramMatrix(x, { threads: 1 });
      const a = addToDiagonal(gram, 300);
      const l = cholesky(a, { threads: 1 });
      const b = randomMatrix(1501, 453, 4);
      const solved = choleskySolve(l, b, { threads: 1 });
      for (const threads of COUNTS) {
        expect(sameBits(gramMatrix(x, { threads }), gram)).toBe(true);
        expect(sameBits(cholesky(a, { threads }), l)).toBe(true);
        expect(sameBits(choleskySolve(l, b, { threads }), solved)).toBe(true);
      }
    });

    test("the eigen-decomposition", async () => {
      const a = wishart(517, 600);
      const alone = await eigenSymmetric(a, { threads: 1 });
      for (const threads of COUNTS) {
        const shared = await eigenSymmetric(a, { threads });
        expect(shared.values).toEqual(alone.values);
        expect(sameBits(shared.vectors!, alone.vectors!)).toBe(true);
      }
    });
  },
);

test("a singular matrix is refused at the same pivot with threads and without", () => {
  const x = randomMatrix(1500, 1600);
  x.data.copyWithin(1100 * 1600, 20 * 1600, 21 * 1600); // sample 1100 = sample 20
  const a = gramMatrix(x);
  for (const threads of [1, 2]) expect(() => cholesky(a, { threads })).toThrow(/pivot 1100 of 1500/);
});

describe("the threads of linear algebra", () => {
  test("are all cores unless a bound is set", () => {
    expect(linearAlgebraThreads()).toBe(hardwareThreads());
    setLinearAlgebraThreads(1);
    expect(linearAlgebraThreads()).toBe(1);
  });

  test("are taken by large products and not by small ones, and a bound of one starts none", async () => {
    await released();
    setLinearAlgebraThreads(1);
    matmul(randomMatrix(900, 900), randomMatrix(900, 900));
    expect(teamIsReady()).toBe(false);
    setLinearAlgebraThreads(2);
    matmul(randomMatrix(300, 300), randomMatrix(300, 300));
    expect(teamIsReady()).toBe(false);
    matmul(randomMatrix(900, 900), randomMatrix(900, 900));
    expect(teamIsReady()).toBe(true);
    await released();
    expect(teamIsReady()).toBe(false);
    await expect.poll(() => workerPool().idle).toBeGreaterThan(0);
  });

  test("do their part: a worker that is awake takes units from this thread", async () => {
    const team = openTeam(2 ** 16, 2)!;
    const step = Math.ceil(team.exports.gemmScratch() / 64) * 64;
    // what the other thread packs lies in its own scratch area, behind that of this thread
    const scratch = new Float64Array(team.exports.memory.buffer, team.scratch + step, step / 8);
    scratch.fill(0);
    new Float64Array(team.exports.memory.buffer, team.start, 16).fill(1);
    const units = Array.from({ length: 200 }, (_, i) => {
      const c = team.start + 128 * (1 + i);
      return [
        { routine: "dgemm" as const, args: [4, 4, 4, 1, team.start, 32, 8, team.start, 32, 8, c, 32, 0] },
      ];
    });
    await expect
      .poll(
        () => {
          team.run(units);
          return scratch.some((x) => x !== 0);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    team.close();
  });

  test.each([0, -1, 1.5, Number.NaN, 1025])("are not %d: refused", async (threads) => {
    const a = wishart(3, 3);
    const message = new RegExp(`threads is ${threads}, expected a whole number`);
    await expect(eigenSymmetric(a, { threads })).rejects.toThrow(message);
    expect(() => matmul(a, a, { threads })).toThrow(message);
    expect(() => gramMatrix(a, { threads })).toThrow(message);
    expect(() => cholesky(a, { threads })).toThrow(message);
    expect(() => solveTriangular(a, a, { threads })).toThrow(message);
    expect(() => setLinearAlgebraThreads(threads)).toThrow(message);
  });
});

describe("shared memory", () => {
  test("is not opened where it does not fit 32-bit addresses, and then one thread does the work", () => {
    expect(openTeam(2 ** 32, 2)).toBeNull();
  });

  test("is used again by the next job, and two jobs at one time have their own", () => {
    const first = openTeam(1000, 2)!;
    const other = openTeam(1000, 2)!;
    expect(other.exports.memory).not.toBe(first.exports.memory);
    other.close();
    first.close();
    const next = openTeam(2 ** 20, 2)!;
    expect(next.exports.memory).toBe(first.exports.memory);
    next.close();
  });

  test("a job that is cancelled on the way gives it back, and the next one runs", async () => {
    const a = wishart(900, 900);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      eigenSymmetric(a, { threads: 2, signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(teamIsReady()).toBe(true);
    const { values } = await eigenSymmetric(a, { threads: 2, vectors: false });
    expect(values).toHaveLength(900);
  });
});

/** When the workers of the last job are back in the pool. */
async function released(): Promise<void> {
  await expect.poll(teamIsReady).toBe(false);
}
