import { describe, expect, test } from "vitest";
import type { KernelJob, TileOutput } from "../../src/kernels/backend.js";
import { compileKernel } from "../../src/kernels/compile.js";
import type { Precision } from "../../src/kernels/kernel.js";
import { pairSizeOf } from "../../src/kernels/program.js";
import { referenceBackend } from "../../src/kernels/reference-backend.js";
import { runSamplePass } from "../../src/kernels/sample-pass.js";
import type { SampleSet } from "../../src/kernels/samples.js";
import { simdBackendOf } from "../../src/kernels/simd/backend.js";
import { type LoweredJob, lower, openLowered } from "../../src/kernels/simd/job.js";
import { runChainPass } from "../../src/kernels/simd/planes-chain-pass.js";
import { planesOwnPairs } from "../../src/kernels/simd/planes-own.js";
import * as n from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import type { Variant } from "../../src/wasm/load.js";

const { conv, dense, flatten, globalAvgPool, input, network, relu } = n;

function images(count: number, shape: readonly number[], seed: number): SampleSet {
  const features = shape.reduce((a, b) => a * b, 1);
  return { count, features, data: createRng(seed).normals(new Float64Array(count * features)) };
}

const w = { weightVariance: 1.7, biasVariance: 0.2 };

/** Networks whose every layer has a form of planes. */
const cases: Record<string, n.Network> = {
  "conv 3 x 3, global average": network(
    input([5, 7, 2]),
    conv(4, [3, 3], w),
    relu(),
    conv(4, [3, 3], w),
    relu(),
    globalAvgPool(),
    dense(1),
  ),
  "conv 3 x 3, flatten": network(
    input([6, 4, 3]),
    conv(4, [3, 3], { weightVariance: 2 }),
    relu(),
    conv(4, [3, 3], { weightVariance: 2 }),
    relu(),
    flatten(),
    dense(1, w),
  ),
  "positions kept": network(input([3, 4, 2]), conv(4, [3, 3], w), relu(), conv(4, [3, 1], w)),
  "one dimension": network(input([9, 2]), conv(4, [3], w), relu(), conv(4, [5], w), relu(), globalAvgPool()),
  "one dimension, positions kept": network(input([6, 2]), conv(4, [3], w), relu(), conv(4, [2], w)),
  "filters 1, 5, 2 x 4": network(
    input([5, 6, 2]),
    conv(4, [1, 1], w),
    relu(),
    conv(4, [5, 5], w),
    relu(),
    conv(4, [2, 4], w),
    relu(),
    globalAvgPool(),
    dense(1),
  ),
  circular: network(
    input([5, 4, 2]),
    conv(4, [3, 3], { ...w, padding: "circular" }),
    relu(),
    conv(4, [2, 3], { ...w, padding: "circular", strides: [2, 2] }),
    relu(),
    globalAvgPool(),
  ),
  "strides, same": network(
    input([7, 6, 2]),
    conv(4, [3, 3], { ...w, strides: [2, 2] }),
    relu(),
    conv(4, [4, 3], { ...w, strides: [1, 3] }),
    relu(),
    globalAvgPool(),
  ),
  "strides, valid": network(
    input([8, 7, 2]),
    conv(4, [3, 2], { ...w, padding: "valid" }),
    relu(),
    conv(4, [3, 3], { ...w, strides: [2, 1], padding: "valid" }),
    relu(),
    flatten(),
    dense(1),
  ),
  "average pools": network(
    input([8, 6, 2]),
    conv(4, [3, 3], w),
    relu(),
    n.avgPool([2, 2], { strides: [2, 2] }),
    conv(4, [3, 3], w),
    relu(),
    n.avgPool([2, 2], { strides: [2, 2], padding: "same" }),
    flatten(),
    dense(1),
  ),
  "overlapping pools at edges": network(
    input([5, 6, 2]),
    conv(4, [3, 3], w),
    relu(),
    n.avgPool([3, 3], { strides: [2, 2], padding: "same", normalizeEdges: true }),
    conv(4, [3, 3], w),
    relu(),
    n.sumPool([2, 2], { padding: "same" }),
    conv(4, [1, 1], w),
    relu(),
    globalAvgPool(),
  ),
  "circular pool": network(
    input([4, 5, 2]),
    conv(4, [3, 3], w),
    relu(),
    n.avgPool([3, 2], { strides: [2, 1], padding: "circular" }),
    conv(4, [3, 3], w),
    relu(),
    globalAvgPool(),
  ),
  "pool then nonlinear after global sums": network(
    input([4, 4, 2]),
    conv(4, [3, 3], w),
    relu(),
    n.globalSumPool(),
    dense(3, w),
    relu(),
    dense(1, w),
  ),
  "residual with strided shortcut": network(
    input([6, 6, 3]),
    conv(4, [3, 3], w),
    n.residual(relu(), conv(4, [3, 3], w), relu(), conv(4, [3, 3], w)),
    n.residualWithShortcut(
      [relu(), conv(4, [3, 3], { ...w, strides: [2, 2] }), relu(), conv(4, [3, 3], w)],
      [relu(), conv(4, [3, 3], { ...w, strides: [2, 2] })],
    ),
    relu(),
    globalAvgPool(),
    dense(1, w),
  ),
  "leaky relu, layerNorm, dropout, dense at positions": network(
    input([4, 5, 2], { parameterization: "standard" }),
    conv(4, [3, 3], w),
    n.layerNorm(),
    n.leakyRelu({ slope: 0.3 }),
    n.dropout(0.6),
    dense(4, w),
    n.layerNorm([1, 2, 3]),
    n.abs(),
    conv(4, [3, 3], w),
    globalAvgPool(),
  ),
  "erf and gelu": network(
    input([5, 4, 2]),
    conv(4, [3, 3], w),
    n.erf(),
    conv(4, [3, 3], w),
    n.gelu(),
    n.avgPool([2, 2]),
    flatten(),
    dense(1, w),
  ),
  "tanh, where variances are alike": network(
    input([4, 4, 2]),
    conv(4, [3, 3], { ...w, padding: "circular" }),
    n.layerNorm(),
    n.tanh(),
    conv(4, [3, 3], { ...w, padding: "circular" }),
    globalAvgPool(),
  ),
  "sums and products of branches": network(
    input([4, 4, 2]),
    n.parallel("sum", [[conv(4, [3, 3], w), relu()], [conv(4, [1, 1], w)], [conv(4, [3, 1], w)]]),
    conv(4, [3, 3], w),
    n.parallel("product", [[conv(4, [3, 3], w), relu()], [conv(4, [1, 3], w)]]),
    flatten(),
    dense(1, w),
  ),
};

const names = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;

async function jobOf(net: n.Network, precision: Precision, rows: SampleSet, cols = rows): Promise<KernelJob> {
  const program = compileKernel(net, { tangent: true });
  return { program, rows, cols, nngp: true, ntk: true, tile: 8, precision };
}

function outputs(job: KernelJob): TileOutput & Record<(typeof names)[number], Float64Array> {
  const array = () => new Float64Array(job.rows.count * job.cols.count * pairSizeOf(job.program));
  return { nngp: array(), ntk: array(), nngpGap: array(), ntkGap: array() };
}

const tileOf = (job: KernelJob) => ({
  rowStart: 0,
  rowEnd: job.rows.count,
  colStart: 0,
  colEnd: job.cols.count,
  triangle: false,
});

async function loweredOf(job: KernelJob, variant: Variant): Promise<LoweredJob> {
  const chain = await runChainPass(job, {}, variant);
  if (chain !== null) return chain.job;
  const pass = await runSamplePass(job.program, job.rows, job.cols, true, {}, planesOwnPairs(variant));
  const { job: lowered, reason } = lower(job, pass, variant);
  expect(reason).toBeNull();
  return lowered!;
}

async function planes(
  job: KernelJob,
  variant: Variant,
  without: Partial<TileOutput> = {},
): Promise<ReturnType<typeof outputs>> {
  const out = outputs(job);
  openLowered(await loweredOf(job, variant)).run(tileOf(job), { ...out, ...without });
  return out;
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Largest difference over the largest value of the reference. */
const error = (actual: Float64Array, expected: Float64Array, size = largest(expected)) =>
  actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / size;

describe.each(["simd", "relaxed"] as const)("the plane engine (%s)", (variant) => {
  test.each(Object.keys(cases))("agrees with the reference: %s", async (name) => {
    const net = cases[name]!;
    const rows = images(3, net.input, 1);
    const cols = images(5, net.input, 2);
    // a near copy of a row, so that deficits have something to lose; means over positions lose their digits by nature
    const pools = compileKernel(net, { tangent: true }).steps.some(
      ({ op }) => op === "pool" || op === "globalPool",
    );
    for (let f = 0; f < rows.features && !pools; f++) cols.data[f] = rows.data[f]! * (1 + 1e-6 * Math.sin(f));
    const job = await jobOf(net, "float64", rows, cols);
    const reference = await referenceBackend.open(job, {});
    const expected = outputs(job);
    await reference.run(tileOf(job), expected);
    const wide = await planes(job, variant);
    for (const key of names) expect(error(wide[key], expected[key]), key).toBeLessThan(1e-13);
    // gaps of the near pair are small and keep their own digits; the inputs' differences hold 1e-10 of them
    const near = pairSizeOf(job.program);
    for (const key of pools ? [] : (["nngpGap", "ntkGap"] as const)) {
      const [a, b] = [wide[key].subarray(0, near), expected[key].subarray(0, near)];
      expect(error(a, b), key).toBeLessThan(1e-8);
    }
    const narrow = await planes({ ...job, precision: "float32" }, variant);
    // without gaps, chains of convolutions run in their fast form
    const kernels = { nngpGap: null, ntkGap: null };
    const wideFast = await planes(job, variant, kernels);
    const narrowFast = await planes({ ...job, precision: "float32" }, variant, kernels);
    for (const key of ["nngp", "ntk"] as const) {
      expect(error(narrow[key], expected[key]), key).toBeLessThan(2e-6);
      expect(error(wideFast[key], expected[key]), key).toBeLessThan(1e-13);
      expect(error(narrowFast[key], expected[key]), key).toBeLessThan(2e-6);
    }
  });
});

/** Images in which some or all pixels are alike, and pairs of images that nearly are. */
function flatImages(count: number, shape: readonly number[], seed: number): SampleSet {
  const random = createRng(seed);
  const features = shape.reduce((a, b) => a * b, 1);
  const [width, channels] = [shape.at(-2)!, shape.at(-1)!];
  const set = { count, features, data: new Float64Array(count * features) };
  for (let i = 0; i < count; i++) {
    // a background of one colour, with a stroke of another
    const back = Array.from({ length: channels }, () => random.normal());
    const ink = Array.from({ length: channels }, () => random.normal());
    for (let p = 0; p < features / channels; p++) {
      const inside = i > 0 && p % width === i % width;
      for (let c = 0; c < channels; c++) {
        set.data[i * features + p * channels + c] = (inside ? ink : back)[c]! + 1e-9 * random.normal();
      }
    }
  }
  return set;
}

describe.each(["simd", "relaxed"] as const)("chains in their fast form (%s)", (variant) => {
  const chains: Record<string, n.Network> = {
    "global average": cases["conv 3 x 3, global average"]!,
    flatten: cases["conv 3 x 3, flatten"]!,
    "global sum, one dimension": network(
      input([11, 2]),
      conv(4, [3], w),
      relu(),
      conv(4, [3], w),
      relu(),
      n.globalSumPool(),
      dense(1, w),
    ),
    "leaky relu and abs, standard parameterization": network(
      input([5, 4, 2], { parameterization: "standard" }),
      conv(7, [3, 3], w),
      n.leakyRelu({ slope: 0.3 }),
      conv(5, [3, 3], { weightVariance: 0.6 }),
      n.abs(),
      conv(3, [3, 3], w),
      n.abRelu({ a: 0.5, b: -1.5 }),
      globalAvgPool(),
      dense(1, w),
    ),
    "60 layers, whose scales leave the range of float32": network(
      input([4, 4, 3]),
      n.repeat(60, conv(4, [3, 3], { weightVariance: 2.2 }), relu()),
      globalAvgPool(),
    ),
    "a nonlinear head": network(
      input([6, 6, 2]),
      n.repeat(3, conv(4, [3, 3], w), relu()),
      globalAvgPool(),
      dense(5, w),
      n.erf(),
      dense(1, w),
    ),
  };

  async function compare(net: n.Network, rows: SampleSet, cols: SampleSet, narrowTolerance: number) {
    const job = await jobOf(net, "float64", rows, cols);
    const expected = outputs(job);
    await (await referenceBackend.open(job, {})).run(tileOf(job), expected);
    for (const [precision, tolerance] of [
      ["float64", 1e-13],
      ["float32", narrowTolerance],
    ] as const) {
      const lowered = await loweredOf({ ...job, precision }, variant);
      if (lowered.kind !== "planes") throw new Error("not lowered to planes");
      expect(lowered.chain).not.toBeNull();
      const out = { ...outputs(job), nngpGap: null, ntkGap: null };
      openLowered(lowered).run(tileOf(job), out);
      for (const key of ["nngp", "ntk"] as const) {
        expect(error(out[key], expected[key]), `${precision} ${key}`).toBeLessThan(tolerance);
      }
    }
  }

  test.each(Object.keys(chains))("agree with the reference: %s", async (name) => {
    const net = chains[name]!;
    // correlations of deep networks are near 1, where an error of c is one of sqrt(2 (1 - c)) times the angle
    const narrow = name.startsWith("60") ? 4e-5 : 2e-6;
    await compare(net, images(3, net.input, 1), images(6, net.input, 2), narrow);
    const same = images(5, net.input, 3);
    await compare(net, same, same, narrow);
  });

  test.each(["global average", "flatten", "a nonlinear head"])(
    "keep their accuracy on flat images and near copies: %s",
    async (name) => {
      const net = chains[name]!;
      const rows = flatImages(4, net.input, 5);
      const cols = flatImages(5, net.input, 6);
      for (let f = 0; f < 2 * rows.features; f++) cols.data[f] = rows.data[f]! * (1 + 1e-5 * Math.sin(f));
      await compare(net, rows, cols, 4e-6);
      await compare(net, rows, rows, 4e-6);
    },
  );

  test.each(Object.keys(chains))("have the diagonals of the reference: %s", async (name) => {
    const net = chains[name]!;
    const job = await jobOf(net, "float64", images(3, net.input, 1), flatImages(4, net.input, 2));
    const [expected, actual] = [
      (await referenceBackend.open(job, {})).diagonal,
      (await simdBackendOf(variant).open(job, {})).diagonal,
    ];
    for (const side of ["rows", "cols"] as const) {
      expect(error(actual[side]!.nngp, expected[side]!.nngp)).toBeLessThan(1e-13);
      expect(error(actual[side]!.ntk!, expected[side]!.ntk!)).toBeLessThan(1e-13);
    }
  });

  test("give the same bits whatever the tile and the other samples of the job", async () => {
    const net = chains["global average"]!;
    const rows = flatImages(6, net.input, 7);
    const cols = images(7, net.input, 8);
    cols.data.set(rows.data.subarray(0, 2 * rows.features), rows.features);
    for (const precision of ["float64", "float32"] as const) {
      const job = await jobOf(net, precision, rows, cols);
      const runner = openLowered(await loweredOf(job, variant));
      const whole = { ...outputs(job), nngpGap: null, ntkGap: null };
      runner.run(tileOf(job), whole);
      for (let i = 0; i < rows.count; i++) {
        for (let j = 0; j < cols.count; j++) {
          const one = { nngp: new Float64Array(1), ntk: new Float64Array(1), nngpGap: null, ntkGap: null };
          const tile = { rowStart: i, rowEnd: i + 1, colStart: j, colEnd: j + 1, triangle: false };
          runner.run(tile, one);
          const at = i * cols.count + j;
          expect([one.nngp[0], one.ntk[0]]).toEqual([whole.nngp[at], whole.ntk[at]]);
        }
      }
    }
  });
});
