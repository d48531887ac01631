import { describe, expect, test } from "vitest";
import {
  computeKernel,
  type KernelBackend,
  kernelDiagonal,
  planKernel,
  referenceBackend,
} from "../../src/kernels/index.js";
import { byteSize } from "../../src/kernels/memory.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import type { Progress } from "../../src/progress.js";

const { dense, relu, erf, network, input } = n;

const samples = (count: number, shape: readonly number[], seed = 1): NdArray<Float64Array> => ({
  data: createRng(seed).normals(new Float64Array(count * shape.reduce((a, b) => a * b, 1))),
  shape: [count, ...shape],
});

const everything = (features: number) =>
  network(
    input([features]),
    dense(4, { weightVariance: 2, biasVariance: 0.1 }),
    n.layerNorm(),
    relu(),
    n.dropout(0.7),
    dense(4, { weightVariance: 1.5 }),
    n.repeat(2, n.residual(erf(), dense(4, { biasVariance: 0.2 }))),
    n.parallel("sum", [[n.tanh(), dense(4)], [], [n.gelu(), dense(4)]]),
    relu(),
    dense(1),
  );

describe("computeKernel", () => {
  test("gives the same bits for every size of tile", async () => {
    const net = everything(9);
    const [x, y] = [samples(13, [9]), samples(7, [9], 2)];
    // a close pair, whose distance is summed from differences
    y.data.set(
      x.data.subarray(0, 9).map((value) => value + 1e-6),
      9,
    );
    const whole = await computeKernel(net, x, y, { tile: 64 });
    const triangle = await computeKernel(net, x, null, { tile: 64 });
    for (const tile of [1, 2, 3, 5, 8, 12, 13]) {
      const rectangle = await computeKernel(net, x, y, { tile });
      const tiled = await computeKernel(net, x, null, { tile });
      for (const name of ["nngp", "ntk"] as const) {
        expect(rectangle[name].data).toEqual(whole[name].data);
        expect(tiled[name].data).toEqual(triangle[name].data);
      }
    }
  });

  test("sums more features than one chunk in the same order in every tile", async () => {
    const net = network(input([700]), dense(1), relu(), dense(1));
    const x = samples(9, [700]);
    const whole = await computeKernel(net, x);
    expect((await computeKernel(net, x, null, { tile: 2 })).ntk.data).toEqual(whole.ntk.data);
    const dot = x.data.slice(0, 700).reduce((sum, value, f) => sum + value * x.data[700 + f]!, 0) / 700;
    const first = await computeKernel(network(input([700]), dense(1)), x);
    expect(first.nngp.data[1]!).toBeWithinRelative(dot, 1e-14, 1);
  });

  test("computes what is asked for, and no other matrix", async () => {
    const net = network(input([3]), dense(4), relu(), dense(1));
    const x = samples(4, [3]);
    const both = await computeKernel(net, x);
    const one = await computeKernel(net, x, null, { get: ["nngp"] });
    expect(Object.keys(one).sort()).toEqual(["nngp", "plan"]);
    expect(one.nngp).toEqual(both.nngp);
    expect((await computeKernel(net, x, null, { get: ["ntk"] })).ntk).toEqual(both.ntk);
  });

  test("takes one sample, float32 data and images", async () => {
    const net = network(input([2, 2, 1]), n.flatten(), dense(3), relu(), dense(1));
    const x = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] };
    const { nngp, ntk } = await computeKernel(net, x);
    // q = 30 / 4, relu halves, and each of the two dense layers adds its share to the ntk
    expect(Array.from(nngp.data)).toEqual([3.75]);
    expect(Array.from(ntk.data)).toEqual([7.5]);
  });

  test("a sample of zeros has the finite limit, not NaN", async () => {
    for (const layer of [
      relu(),
      erf(),
      n.tanh(),
      n.polynomial([0, 1, 0.5]),
      n.rectifiedMonomial(2),
      n.abs(),
    ]) {
      const net = network(input([3]), dense(4), layer, dense(4), layer, dense(1));
      const x = { data: Float64Array.of(0, 0, 0, 1, 2, 3, 0, 0, 0), shape: [3, 3] };
      const { nngp, ntk } = await computeKernel(net, x);
      expect(nngp.data.every(Number.isFinite)).toBe(true);
      expect(ntk.data.every(Number.isFinite)).toBe(true);
      expect([nngp.data[0], nngp.data[1], nngp.data[2]]).toEqual([0, 0, 0]);
      expect(nngp.data[4]).toBeGreaterThan(0);
    }
    const normed = network(input([3]), dense(4), n.layerNorm(), relu(), dense(1));
    const { nngp } = await computeKernel(normed, { data: Float64Array.of(0, 0, 0, 1, 2, 3), shape: [2, 3] });
    expect(Array.from(nngp.data)).toEqual([0, 0, 0, 0.5]);
  });

  test("duplicates in different places have the kernel of the sample with itself", async () => {
    const net = network(input([9]), dense(4), relu(), dense(4), erf(), dense(1));
    const x = samples(3, [9]);
    x.data.copyWithin(18, 0, 9); // sample 2 is sample 0 again
    const { nngp, ntk } = await computeKernel(net, x);
    expect(nngp.data[2]).toBe(nngp.data[0]);
    expect(ntk.data[2]!).toBeWithinUlp(ntk.data[0]!, 2);
  });

  test("dropout concerns the same sample only: by index in one set, never between two", async () => {
    const net = network(input([5]), dense(4), relu(), n.dropout(0.5), dense(1));
    const x = samples(3, [5]);
    const own = await computeKernel(net, x);
    const other = await computeKernel(net, x, x);
    const told = await computeKernel(net, x, x, { sameSamples: true });
    const never = await computeKernel(net, x, null, { sameSamples: false });
    for (const name of ["nngp", "ntk"] as const) {
      for (let i = 0; i < 3; i++) {
        expect(own[name].data[4 * i]!).toBeWithinRelative(2 * other[name].data[4 * i]!, 1e-15);
      }
      expect(told[name].data).toEqual(own[name].data);
      expect(never[name].data).toEqual(other[name].data);
      expect(own[name].data[1]).toBe(other[name].data[1]);
    }
  });

  test("the diagonal alone equals the matrix's diagonal", async () => {
    const net = everything(6);
    const x = samples(5, [6]);
    const full = await computeKernel(net, x);
    const diagonal = await kernelDiagonal(net, x);
    for (const name of ["nngp", "ntk"] as const) {
      expect(Array.from(diagonal[name])).toEqual([0, 1, 2, 3, 4].map((i) => full[name].data[6 * i]));
    }
    expect(Object.keys(await kernelDiagonal(net, x, { get: ["nngp"] }))).toEqual(["nngp"]);
  });

  test.each<[string, NdArray, string, RegExp]>([
    ["another number of features", samples(4, [5]), "ERR_SHAPE", /x1 has shape \[4, 5\].*needs \[n, 3\]/],
    ["a missing axis", { data: new Float64Array(3), shape: [3] }, "ERR_SHAPE", /\[3\].*\[n, 3\]/],
    ["images of the right size", samples(4, [3, 1]), "ERR_SHAPE", /reshape/],
    ["no samples", { data: new Float64Array(0), shape: [0, 3] }, "ERR_SHAPE", /0 samples/],
    ["too little data", { data: new Float64Array(5), shape: [2, 3] }, "ERR_SHAPE", /5 values.*needs 6/],
    [
      "NaN",
      { data: Float64Array.of(1, 2, 3, 4, Number.NaN, 6), shape: [2, 3] },
      "ERR_DATA",
      /sample 1 of x1 holds NaN/,
    ],
    [
      "Infinity",
      { data: Float64Array.of(1 / 0, 2, 3), shape: [1, 3] },
      "ERR_DATA",
      /sample 0 of x1 holds Infinity/,
    ],
  ])("refuses %s", async (_what, x, code, message) => {
    const net = network(input([3]), dense(1));
    await expect(computeKernel(net, x)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test("says which input is wrong", async () => {
    await expect(
      computeKernel(network(input([3]), dense(1)), samples(2, [3]), samples(2, [4])),
    ).rejects.toThrow(/x2 has shape \[2, 4\]/);
  });

  test("a variance that leaves float64 is an error that names the layer and the sample", async () => {
    const net = network(input([3]), n.repeat(600, dense(1, { weightVariance: 10 }), relu()), dense(1));
    await expect(computeKernel(net, samples(2, [3]))).rejects.toThrow(
      expect.objectContaining({
        code: "ERR_NUMERICAL",
        message: expect.stringMatching(/of sample [01] is Infinity after layers\[0\]\.layers\[[01]\]/),
      }),
    );
  });

  test("an error of an activation names its layer", async () => {
    const net = network(input([3]), dense(1), n.gaussian({ a: 1, b: 10 }), dense(1));
    await expect(computeKernel(net, samples(2, [3]))).rejects.toThrow(/^layers\[1\]: /);
  });

  test("is cancelled between tiles and reports progress", async () => {
    const net = network(input([400]), n.repeat(30, dense(1), erf()), dense(1));
    const seen: Progress[] = [];
    const controller = new AbortController();
    // the slow backend and many pairs: far more work than fits between two reports on any machine
    const work = computeKernel(net, samples(600, [400]), null, {
      backend: "reference",
      tile: 16,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    });
    await expect(work).rejects.toThrow(expect.objectContaining({ code: "ERR_ABORTED" }));
    expect(seen.length).toBe(1);
    expect(seen[0]!.done).toBeLessThan(seen[0]!.total);
    const finished: Progress[] = [];
    await computeKernel(net, samples(20, [400]), null, { tile: 16, onProgress: (p) => finished.push(p) });
    expect(finished.at(-1)).toEqual({ label: "kernel", done: 3, total: 3, unit: "tiles" });
  });

  test("a job cancelled before it starts does nothing", async () => {
    await expect(
      computeKernel(network(input([3]), dense(1)), samples(2, [3]), null, { signal: AbortSignal.abort() }),
    ).rejects.toThrow(expect.objectContaining({ code: "ERR_ABORTED" }));
  });

  test("gives the same bits with a backend that runs several tiles at once, out of order", async () => {
    let closed = 0;
    const eager: KernelBackend = {
      name: "eager",
      async open(job, work) {
        const inner = await referenceBackend.open(job, work);
        let turn = 0;
        return {
          diagonal: inner.diagonal,
          lanes: 3,
          async run(tile, out) {
            await new Promise((resolve) => setTimeout(resolve, (turn++ * 7) % 5));
            await inner.run(tile, out);
          },
          close: () => {
            closed++;
          },
        };
      },
    };
    const net = everything(6);
    const x = samples(11, [6]);
    const expected = await computeKernel(net, x, null, { backend: referenceBackend });
    const actual = await computeKernel(net, x, null, { tile: 3, backend: eager });
    expect(actual.ntk.data).toEqual(expected.ntk.data);
    expect(actual.nngp.data).toEqual(expected.nngp.data);
    expect(closed).toBe(1);
  });
});

describe("arguments of the wrong type", () => {
  const net = network(input([2]), dense(3), relu(), dense(1));
  const x = samples(2, [2]);
  const code = (value: string) => expect.objectContaining({ name: "ForetrainError", code: value });

  test("no network is refused", async () => {
    for (const wrong of [null, undefined, "preset:fcn", { layers: null, input: [2] }]) {
      const network = wrong as unknown as n.Network;
      await expect(computeKernel(network, x)).rejects.toEqual(code("ERR_SPEC"));
      await expect(kernelDiagonal(network, x)).rejects.toEqual(code("ERR_SPEC"));
      expect(() => planKernel(network, 2, null)).toThrow(
        /(network: got .*expected a network|foretrain: got nothing)/,
      );
    }
  });

  test("samples that are no { data, shape } are refused with what they should be", async () => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    for (const wrong of [rows, null, { data: [1, 2], shape: [1, 2] }, { data: new Float64Array(2) }]) {
      const error = code("ERR_SHAPE");
      await expect(computeKernel(net, wrong as unknown as NdArray)).rejects.toEqual(error);
      await expect(computeKernel(net, x, (wrong ?? {}) as unknown as NdArray)).rejects.toEqual(error);
    }
    await expect(computeKernel(net, rows as unknown as NdArray)).rejects.toThrow(
      /x1 is \[\[1,2\],\[3,4\]\], expected \{ data, shape \} with a typed array and \[n, 2\]/,
    );
  });
});

describe("byteSize", () => {
  test("counts in powers of 1000 and never shows 1000 of a unit or an exponent", () => {
    const shown = [0, 999, 1000, 12_345, 99_400, 99_600, 999_499, 999_500, 1e6, 2.5e9, 7e15];
    expect(shown.map(byteSize)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "12 kB",
      "99 kB",
      "100 kB",
      "999 kB",
      "1.0 MB",
      "1.0 MB",
      "2.5 GB",
      "7.0 PB",
    ]);
  });
});

describe("planKernel", () => {
  const net = network(input([784]), n.repeat(4, dense(512), relu()), dense(10));

  test("counts bytes, entries and tiles", () => {
    const plan = planKernel(net, 1000, null, { tile: 64, memoryLimit: 1e9 });
    expect(plan).toMatchObject({
      shape: [1000, 1000],
      symmetric: true,
      entries: 500_500,
      tile: 64,
      tiles: 136,
      fits: true,
      advice: null,
      memoryLimit: 1e9,
    });
    expect(plan.bytes.inputs).toBe(1000 * 784 * 8);
    expect(plan.bytes.result).toBe(2 * 1000 * 1000 * 8);
    expect(plan.bytes.total).toBe(plan.bytes.inputs + plan.bytes.result + plan.bytes.work);
    expect(plan.flops.gram).toBe(500_500 * 784 * 2);
    const rectangle = planKernel(net, 1000, 70, { tile: 64, get: ["ntk"] });
    expect(rectangle).toMatchObject({ shape: [1000, 70], symmetric: false, entries: 70_000, tiles: 32 });
    expect(rectangle.bytes.result).toBe(70_000 * 8);
  });

  test("a job that does not fit is refused with the bytes and a subset that fits", async () => {
    const limit = 3e6;
    const small = network(input([10]), dense(4), relu(), dense(1));
    const plan = planKernel(small, 1000, null, { memoryLimit: limit });
    expect(plan.fits).toBe(false);
    const most = Number(/at most (\d+) samples/.exec(plan.advice!)![1]);
    expect(planKernel(small, most, null, { memoryLimit: limit }).fits).toBe(true);
    expect(planKernel(small, most + 1, null, { memoryLimit: limit }).fits).toBe(false);
    await expect(computeKernel(small, samples(1000, [10]), null, { memoryLimit: limit })).rejects.toThrow(
      expect.objectContaining({
        code: "ERR_MEMORY",
        message: expect.stringMatching(
          new RegExp(`${plan.bytes.total} bytes.*may use 3\\.0 MB.*at most ${most} samples`),
        ),
      }),
    );
  });

  test("too large a tile is refused with the size that fits", () => {
    const small = network(input([10]), dense(4), relu(), dense(1));
    const plan = planKernel(small, 1000, 1000, { memoryLimit: 2.5e7, tile: 1000 });
    expect(plan.fits).toBe(false);
    const tile = Number(/tile \(--tile\) of (\d+)/.exec(plan.advice!)![1]);
    expect(planKernel(small, 1000, 1000, { memoryLimit: 2.5e7, tile }).fits).toBe(true);
  });

  test("more threads than fit are answered with the number that fits", () => {
    const plan = planKernel(net, 4000, null, { threads: 512, tile: 64, memoryLimit: 5e8 });
    expect(plan.fits).toBe(false);
    const threads = Number(/threads \(--threads\) of (\d+)/.exec(plan.advice!)![1]);
    const fits = (count: number) =>
      planKernel(net, 4000, null, { threads: count, tile: 64, memoryLimit: 5e8 }).fits;
    expect([fits(threads), fits(threads + 1)]).toEqual([true, false]);
    expect(() => planKernel(net, 4000, null, { threads: 100_000 })).toThrow(
      /threads \(--threads\) is 100000, expected a whole number from 1 to 1024/,
    );
  });

  test("a job far beyond any machine has a plan", () => {
    const plan = planKernel(net, 1_000_000, null);
    expect(plan.fits).toBe(false);
    expect(plan.bytes.result).toBe(1.6e13);
    expect(plan.seconds).toBeGreaterThan(3600);
  });

  test("the default limit is what the machine has free", () => {
    const { memoryLimit } = planKernel(net, 10, null);
    expect(memoryLimit).toBeGreaterThan(2 ** 20);
    expect(memoryLimit).toBeLessThan(2 ** 50);
  });

  test.each([
    [{ tile: 0 }, /tile \(--tile\) is/],
    [{ tile: 1.5 }, /tile \(--tile\) is/],
    [{ memoryLimit: Number.NaN }, /memoryLimit \(--memory\) is NaN/],
    [{ get: [] }, /get is empty/],
    [{ get: "ntk" as unknown as ["ntk"] }, /got "ntk", expected a list of names/],
    [{ get: ["cntk" as "ntk"] }, /got "cntk", expected names of nngp, ntk, nngpGap, ntkGap/],
  ])("refuses %o", (options, message) => {
    expect(() => planKernel(net, 10, null, options)).toThrow(message);
  });

  test("refuses counts that are none", () => {
    expect(() => planKernel(net, 0, null)).toThrow(/n1 is 0, expected a whole number of samples >= 1/);
    expect(() => planKernel(net, 1, Number.NaN)).toThrow(/n2 is NaN/);
  });
});
