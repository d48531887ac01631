import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import {
  computeKernel,
  computeKernelArrays,
  type KernelName,
  type KernelOptions,
  openKernel,
  planKernel,
} from "../../src/kernels/index.js";
import { type TileGrid, tileAt, tileCount } from "../../src/kernels/tiles.js";
import {
  conv,
  dense,
  dropout,
  erf,
  flatten,
  input,
  network,
  preset,
  relu,
  tanh,
} from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const NAMES: readonly KernelName[] = ["nngp", "ntk", "nngpGap", "ntkGap"];

function samples(n: number, shape: readonly number[], seed: number): NdArray<Float64Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: createRng(seed).normals(new Float64Array(n * size)), shape: [n, ...shape] };
}

const deep = network(
  input([7]),
  dense(8, { weightVariance: 1.7, biasVariance: 0.1 }),
  relu(),
  dense(8, { weightVariance: 1.2 }),
  relu(),
  dropout(0.8),
  dense(1),
);
const smooth = network(
  input([7]),
  dense(8, { weightVariance: 1.5, biasVariance: 0.1 }),
  erf(),
  dense(8),
  tanh(),
  dense(1),
);
const images = network(input([4, 4, 2]), conv(8, [3, 3], { weightVariance: 2 }), relu(), flatten(), dense(1));

/** Every way of spreading the work. */
const WAYS: readonly KernelOptions[] = [
  { threads: 1, tile: 5 },
  { threads: 1, tile: 64 },
  { threads: 2, tile: 4 },
  { threads: 3, tile: 7 },
  { threads: 2, tile: 3, sharedMemory: false },
  { threads: 3, tile: 16, sharedMemory: false },
];

describe("threads and tiles", () => {
  test.each([
    ["relu with dropout", deep, [7]],
    ["erf and tanh", smooth, [7]],
    ["a convolution", images, [4, 4, 2]],
  ])("give the same bits however the work is spread: %s", async (_, net, shape) => {
    const x = samples(41, shape, 1);
    const y = samples(29, shape, 2);
    for (const precision of ["float64", "float32"] as const) {
      for (const columns of [null, y]) {
        const options = { get: NAMES, precision, backend: "auto" } as const;
        const expected = await computeKernel(net, x, columns, { ...options, threads: 1 });
        for (const way of WAYS) {
          const actual = await computeKernel(net, x, columns, { ...options, ...way });
          for (const name of NAMES) expect(actual[name].data).toEqual(expected[name].data);
        }
      }
    }
  });

  test("are used: a job with a SIMD form has as many threads as asked for, the reference backend one", async () => {
    const x = samples(41, [7], 1);
    const { plan } = await computeKernel(deep, x, null, { threads: 3, tile: 8, backend: "simd" });
    expect(plan).toMatchObject({ backend: "simd", threads: 3, precision: "float64", tile: 8, tiles: 21 });
    expect(["relaxed", "simd"]).toContain(plan.variant);
    const reference = await computeKernel(deep, x, null, { threads: 3, backend: "reference" });
    expect(reference.plan).toMatchObject({
      backend: "reference",
      variant: null,
      threads: 1,
      precision: "float64",
    });
    // no more threads than tiles, and none besides this one for what is over at once
    expect(planKernel(deep, 41, null, { threads: 64, tile: 20 }).threads).toBe(6);
    expect(planKernel(deep, 10, null).threads).toBe(1);
  });

  test("the symmetric result is symmetric bit for bit", async () => {
    const { ntk, nngpGap } = await computeKernel(smooth, samples(33, [7], 3), null, {
      get: ["ntk", "nngpGap"],
      threads: 2,
      tile: 5,
    });
    for (const { data, shape } of [ntk, nngpGap]) {
      const n = shape[0];
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expect(data[i * n + j]).toBe(data[j * n + i]);
    }
  });

  test("networks that keep positions give arrays with exchanged positions in the mirror image", async () => {
    const net = network(
      input([3, 2, 2]),
      conv(4, [2, 2], { weightVariance: 2, biasVariance: 0.1 }),
      relu(),
      conv(1, [2, 1]),
    );
    const x = samples(4, [3, 2, 2], 5);
    const { ntk } = await computeKernelArrays(net, x, null, { get: ["ntk"], tile: 2, threads: 2 });
    expect(ntk.shape).toEqual([4, 4, 3, 3, 2, 2]);
    const at = (i: number, j: number, h: number, h2: number, w: number, w2: number) =>
      ntk.data[((((i * 4 + j) * 3 + h) * 3 + h2) * 2 + w) * 2 + w2];
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        for (let h = 0; h < 3; h++) {
          for (let h2 = 0; h2 < 3; h2++) {
            for (const w of [0, 1])
              for (const w2 of [0, 1]) expect(at(i, j, h, h2, w, w2)).toBe(at(j, i, h2, h, w2, w));
          }
        }
      }
    }
    const whole = await computeKernelArrays(net, x, x, { get: ["ntk"], tile: 3, threads: 1 });
    expect(Array.from(whole.ntk.data)).toEqual(Array.from(ntk.data));
    await expect(computeKernel(net, x)).rejects.toThrow(
      /keeps its positions \[3, 2\].*flatten.*computeKernelArrays/,
    );
  });

  test("cancellation stops them soon, and the next job runs", async () => {
    const x = samples(1500, [7], 4);
    for (const sharedMemory of [true, false]) {
      const cancel = new AbortController();
      let seen = 0;
      const running = computeKernel(smooth, x, null, {
        threads: 2,
        tile: 16,
        sharedMemory,
        signal: cancel.signal,
        onProgress: ({ label, done }) => {
          if (label !== "kernel" || done === 0) return;
          seen = done;
          cancel.abort();
        },
      });
      await expect(running).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
      expect(seen).toBeGreaterThan(0);
      expect(seen).toBeLessThan(planKernel(smooth, 1500, null, { tile: 16 }).tiles);
    }
    const few = samples(20, [7], 4);
    const after = await computeKernel(smooth, few, null, { threads: 2, tile: 4 });
    expect(after.ntk.data).toEqual((await computeKernel(smooth, few, null, { threads: 1 })).ntk.data);
  });

  test("what a worker finds wrong is thrown as if it was found here", async () => {
    const x = samples(40, [7], 6);
    const large = { ...x, data: x.data.map((value) => value * 1e25) };
    const all = { rowStart: 0, rowEnd: 40, colStart: 0, colEnd: 40 };
    for (const sharedMemory of [true, false]) {
      // entries near 1e50 are fine in float64, but not in a float32 result
      const kernel = await openKernel(deep, large, null, {
        threads: 2,
        tile: 4,
        sharedMemory,
        dtype: "float32",
      });
      try {
        await expect(kernel.area(all)).rejects.toSatisfy(
          (error) => isForetrainError(error, "ERR_NUMERICAL") && /samples \d+ and \d+ is/.test(error.message),
        );
      } finally {
        kernel.close();
      }
    }
  });

  test("options that are wrong are refused by name", async () => {
    const x = samples(4, [7], 1);
    for (const [options, pattern] of [
      [{ threads: 0 }, /threads \(--threads\) is 0/],
      [{ threads: 1.5 }, /threads \(--threads\) is 1\.5/],
      [{ backend: "gpu" as "simd" }, /backend: got "gpu", expected one of auto, simd, reference/],
      [{ precision: "float16" as "float32" }, /precision: got "float16"/],
      [{ get: ["gap" as "ntk"] }, /got "gap", expected names of nngp, ntk, nngpGap, ntkGap/],
    ] as const) {
      await expect(computeKernel(deep, x, null, options)).rejects.toThrow(pattern);
    }
  });

  test("gaps are what the matrices leave of the diagonal", async () => {
    const x = samples(12, [7], 7);
    const net = preset("fcn", { input: [7], depth: 3 });
    const { nngp, ntk, nngpGap, ntkGap } = await computeKernel(net, x, null, { get: NAMES });
    for (const [k, gap] of [
      [nngp, nngpGap],
      [ntk, ntkGap],
    ] as const) {
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < 12; j++) {
          const expected = (k.data[i * 13]! + k.data[j * 13]!) / 2 - k.data[i * 12 + j]!;
          // random samples are far apart: the difference keeps 14 digits of the diagonal
          expect(Math.abs(gap.data[i * 12 + j]! - expected)).toBeLessThan(1e-13 * k.data[i * 13]!);
        }
      }
    }
  });
});

describe("the order of tiles", () => {
  test("covers every pair of an area once", () => {
    const grids: TileGrid[] = [
      { rowStart: 0, rowEnd: 37, colStart: 0, colEnd: 37, side: 5, symmetric: true },
      { rowStart: 10, rowEnd: 31, colStart: 10, colEnd: 31, side: 7, symmetric: true },
      { rowStart: 3, rowEnd: 20, colStart: 11, colEnd: 12, side: 4, symmetric: false },
      { rowStart: 0, rowEnd: 1, colStart: 0, colEnd: 1, side: 64, symmetric: true },
    ];
    for (const grid of grids) {
      const seen = new Map<string, number>();
      for (let index = 0; index < tileCount(grid); index++) {
        const { rowStart, rowEnd, colStart, colEnd, triangle } = tileAt(grid, index);
        for (let i = rowStart; i < rowEnd; i++) {
          for (let j = triangle ? i : colStart; j < colEnd; j++) {
            seen.set(`${i},${j}`, (seen.get(`${i},${j}`) ?? 0) + 1);
          }
        }
      }
      const pairs: string[] = [];
      for (let i = grid.rowStart; i < grid.rowEnd; i++) {
        for (let j = grid.symmetric ? i : grid.colStart; j < grid.colEnd; j++) pairs.push(`${i},${j}`);
      }
      expect([...seen.keys()].sort()).toEqual(pairs.sort());
      expect(Math.max(...seen.values())).toBe(1);
    }
  });

  test("finds the row band of any number in large triangles", () => {
    const grid: TileGrid = { rowStart: 0, rowEnd: 1e6, colStart: 0, colEnd: 1e6, side: 8, symmetric: true };
    const n = 125_000;
    for (const r of [0, 1, 2, 777, 62_500, n - 2, n - 1]) {
      const first = r * n - (r * (r - 1)) / 2;
      for (const [index, c] of [
        [first, r],
        [first + n - r - 1, n - 1],
      ] as const) {
        expect(tileAt(grid, index)).toMatchObject({ rowStart: 8 * r, colStart: 8 * c, triangle: r === c });
      }
    }
    expect(tileCount(grid)).toBe((n * (n + 1)) / 2);
  });
});
