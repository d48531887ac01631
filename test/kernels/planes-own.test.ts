import { describe, expect, test } from "vitest";
import type { KernelJob, OpenJob, TileOutput } from "../../src/kernels/backend.js";
import { compileKernel } from "../../src/kernels/compile.js";
import { computeKernel, kernelDiagonal } from "../../src/kernels/index.js";
import { linearAfter } from "../../src/kernels/own-needs.js";
import { referenceOwnPairs } from "../../src/kernels/reference/own-pairs.js";
import { referenceBackend } from "../../src/kernels/reference-backend.js";
import { runSamplePass } from "../../src/kernels/sample-pass.js";
import type { OwnDeficits, OwnPairs } from "../../src/kernels/sample-state.js";
import type { SampleSet } from "../../src/kernels/samples.js";
import { simdBackend } from "../../src/kernels/simd/backend.js";
import { planesOwnPairs } from "../../src/kernels/simd/planes-own.js";
import * as n from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";

const { conv, dense, globalAvgPool, input, network, relu } = n;

function images(count: number, shape: readonly number[], seed: number): SampleSet {
  const features = shape.reduce((a, b) => a * b, 1);
  return { count, features, data: createRng(seed).normals(new Float64Array(count * features)) };
}

const w = { weightVariance: 1.7, biasVariance: 0.2 };
const layer = [conv(4, [3, 3], w), relu()];
const chain = [input([6, 5, 2]), n.repeat(3, ...layer)] as const;
const head = [dense(5, w), n.erf(), dense(1, w)];

/** Largest difference over the largest expected value. */
function error(actual: Float64Array, expected: Float64Array): number {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / size;
}

function jobOf(net: n.Network, rows: SampleSet, cols: SampleSet, more: Partial<KernelJob> = {}): KernelJob {
  const program = compileKernel(net, { tangent: true });
  return { program, rows, cols, nngp: true, ntk: true, tile: 8, ...more };
}

async function kernelsOf(job: KernelJob, open: OpenJob) {
  const size = job.rows.count * job.cols.count;
  const out = { nngp: new Float64Array(size), ntk: new Float64Array(size), nngpGap: null, ntkGap: null };
  const tile = { rowStart: 0, rowEnd: job.rows.count, colStart: 0, colEnd: job.cols.count, triangle: false };
  await open.run(tile, out satisfies TileOutput);
  open.close();
  return out;
}

/** Networks with pools of all kinds, at several places. */
const pooled: Record<string, n.Network> = {
  "global pool of a chain": network(...chain, globalAvgPool(), ...head),
  "one dimension": network(input([9, 2]), n.repeat(2, conv(4, [3], w), relu()), n.globalSumPool(), ...head),
  "pools between layers": network(
    input([8, 6, 2]),
    ...layer,
    n.avgPool([2, 2], { strides: [2, 2] }),
    ...layer,
    n.avgPool([2, 3], { strides: [2, 1], padding: "same", normalizeEdges: true }),
    ...layer,
    globalAvgPool(),
    ...head,
  ),
  "overlapping and circular windows": network(
    input([7, 6, 2]),
    conv(4, [3, 2], { ...w, padding: "circular" }),
    relu(),
    n.sumPool([3, 3], { strides: [2, 2], padding: "same" }),
    ...layer,
    n.avgPool([2, 2], { strides: [1, 2], padding: "circular" }),
    ...layer,
    n.avgPool([3, 2], { padding: "valid" }),
    n.flatten(),
    ...head,
  ),
  "strided convolutions before": network(
    input([9, 8, 2]),
    conv(4, [3, 3], { ...w, strides: [2, 2] }),
    relu(),
    conv(4, [3, 4], { ...w, strides: [1, 3], padding: "valid" }),
    relu(),
    n.avgPool([2, 1]),
    ...layer,
    globalAvgPool(),
    ...head,
  ),
  "branches with pools": network(
    input([6, 6, 2]),
    n.residualWithShortcut(
      [...layer, n.avgPool([2, 2], { strides: [2, 2] })],
      [conv(4, [1, 1], { ...w, strides: [2, 2] })],
    ),
    conv(3, [3, 3], w),
    n.layerNorm(),
    relu(),
    globalAvgPool(),
    ...head,
  ),
};

describe("samples with themselves", () => {
  test.each(Object.keys(pooled))("have the deficits of the reference at every pool: %s", async (name) => {
    const net = pooled[name]!;
    const program = compileKernel(net, { tangent: true });
    const set = images(3, net.input, 1);
    /** What a pass of its own finds: each needs deficits of its own rounding, equal pixels being exactly equal. */
    const found = async (own: OwnPairs): Promise<OwnDeficits[]> => {
      const all: OwnDeficits[] = [];
      const deficits: OwnPairs["deficits"] = async (...job) => {
        all.push(await own.deficits(...job));
        return all.at(-1)!;
      };
      await runSamplePass(program, set, set, true, {}, { ...own, deficits });
      return all;
    };
    const [actual, expected] = [await found(planesOwnPairs(null)), await found(referenceOwnPairs)];
    for (const [at, { d, g }] of expected.entries()) {
      expect(error(actual[at]!.d, d)).toBeLessThan(1e-13);
      expect(error(actual[at]!.g!, g!)).toBeLessThan(1e-13);
    }
    const pools = actual.length;
    expect(pools).toBe(program.steps.filter(({ op }) => op === "pool" || op === "globalPool").length);
  });

  test.each(Object.keys(pooled))("have the diagonals of the reference: %s", async (name) => {
    const net = pooled[name]!;
    const [rows, cols] = [images(3, net.input, 2), images(2, net.input, 3)];
    const { diagonal: expected } = await referenceBackend.open(jobOf(net, rows, cols), {});
    for (const kernelsOnly of [false, true]) {
      const { diagonal, close } = await simdBackend.open(jobOf(net, rows, cols, { kernelsOnly }), {});
      close();
      for (const side of ["rows", "cols"] as const) {
        expect(error(diagonal[side]!.nngp, expected[side]!.nngp)).toBeLessThan(1e-13);
        expect(error(diagonal[side]!.ntk!, expected[side]!.ntk!)).toBeLessThan(1e-13);
      }
    }
  });

  test("are the same bits for any number of threads", async () => {
    const shape = [16, 15, 3];
    const net = network(input(shape), n.repeat(4, ...layer), globalAvgPool(), ...head);
    const { data } = images(9, shape, 4);
    const x = { data, shape: [9, ...shape] };
    const alone = await computeKernel(net, x, null, { threads: 1 });
    for (const threads of [2, 3]) {
      const { nngp, ntk } = await computeKernel(net, x, null, { threads });
      expect(nngp.data).toEqual(alone.nngp.data);
      expect(ntk.data).toEqual(alone.ntk.data);
    }
    const diagonal = await kernelDiagonal(net, x, { threads: 2 });
    for (let i = 0; i < 9; i++) expect(diagonal.ntk[i]).toBe(alone.ntk.data[i * 10]);
  });
});

describe("where only linear layers follow a pool", () => {
  const linear: Record<string, n.Network> = {
    "dense after a global pool": network(...chain, globalAvgPool(), dense(1, w)),
    "pools and sums of pools": network(
      input([6, 8, 2]),
      ...layer,
      n.parallel("sum", [
        [n.avgPool([2, 2]), conv(3, [2, 2], w)],
        [n.sumPool([2, 2]), conv(3, [2, 2], w)],
      ]),
      conv(2, [3, 3], w),
      n.flatten(),
      dense(1, w),
    ),
    "positions kept": network(input([3, 4, 2]), ...layer, n.avgPool([2, 2], { strides: [1, 1] })),
  };

  test.each(Object.keys(linear))("kernels do without samples with themselves: %s", async (name) => {
    const net = linear[name]!;
    const rows = images(3, net.input, 5);
    for (const cols of [rows, images(4, net.input, 6)]) {
      const job = jobOf(net, rows, cols);
      const keeps = job.program.outputPositions.reduce((a, b) => a * b, 1) ** 2;
      const runs: TileOutput[] = [];
      for (const [backend, kernelsOnly] of [
        [referenceBackend, false],
        [simdBackend, true],
      ] as const) {
        const open = await backend.open({ ...job, kernelsOnly }, {});
        expect(open.diagonal.rows === null).toBe(kernelsOnly);
        const size = rows.count * cols.count * keeps;
        const out = {
          nngp: new Float64Array(size),
          ntk: new Float64Array(size),
          nngpGap: null,
          ntkGap: null,
        };
        const tile = { rowStart: 0, rowEnd: rows.count, colStart: 0, colEnd: cols.count, triangle: false };
        await open.run(tile, out);
        open.close();
        runs.push(out);
      }
      const [expected, actual] = runs;
      expect(error(actual!.nngp!, expected!.nngp!)).toBeLessThan(1e-13);
      expect(error(actual!.ntk!, expected!.ntk!)).toBeLessThan(1e-13);
    }
  });

  test("a sample with itself has the kernel of the pass that computes it", async () => {
    const net = linear["dense after a global pool"]!;
    const rows = images(5, net.input, 7);
    const x = { data: rows.data, shape: [5, ...net.input] };
    const { nngp, ntk } = await computeKernel(net, x);
    const diagonal = await kernelDiagonal(net, x);
    const at = (values: Float64Array) => Float64Array.from({ length: 5 }, (_, i) => values[i * 6]!);
    expect(error(at(nngp.data), diagonal.nngp)).toBeLessThan(1e-14);
    expect(error(at(ntk.data), diagonal.ntk)).toBeLessThan(1e-14);
  });

  test("the other samples of a set change no bit, also where normalization gives all the same variance", async () => {
    const layers = [
      conv(3, [1, 3], { ...w, padding: "circular" }),
      n.layerNorm([1, -1]),
      globalAvgPool(),
      dense(1),
    ];
    const net = network(input([4, 4, 2]), ...layers);
    const x = images(5, net.input, 5);
    const y = { data: images(3, net.input, 6).data, shape: [3, ...net.input] };
    const of = async (from: number, to: number) => {
      const data = x.data.subarray(from * x.features, to * x.features);
      return (await computeKernel(net, { data, shape: [to - from, ...net.input] }, y)).nngp.data;
    };
    const whole = await of(0, 5);
    for (let i = 0; i < 5; i++) expect(await of(i, i + 1)).toEqual(whole.slice(3 * i, 3 * i + 3));
  });

  test("is told from layers that look at variances, and dropout keeps the pass", async () => {
    const linearWith = (...layers: n.Layer[]) => {
      const program = compileKernel(network(...chain, globalAvgPool(), ...layers), { tangent: true });
      const pool = program.steps.findIndex(({ op }) => op === "globalPool");
      return linearAfter(program, pool);
    };
    expect(linearWith(dense(1))).toBe(true);
    expect(linearWith(dense(3), relu(), dense(1))).toBe(false);
    expect(linearWith(dense(3), n.layerNorm(), dense(1))).toBe(false);
    expect(linearWith(n.parallel("product", [[dense(3)], [dense(3)]]))).toBe(false);
    expect(linearWith(n.dropout(0.5), dense(1))).toBe(false);
    const net = network(...chain, globalAvgPool(), n.dropout(0.5), dense(1));
    const rows = images(3, net.input, 8);
    const job = jobOf(net, rows, rows, { kernelsOnly: true });
    const open = await simdBackend.open(job, {});
    const expected = await referenceBackend.open(job, {});
    expect(error(open.diagonal.rows!.ntk!, expected.diagonal.rows!.ntk!)).toBeLessThan(1e-13);
    expect((await kernelsOf(job, open)).nngp[0]).toBeLessThan(expected.diagonal.rows!.nngp[0]!);
  });
});
