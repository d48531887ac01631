import { afterEach, describe, expect, test, vi } from "vitest";
import {
  computeKernel,
  type DepthKernels,
  type KernelOptions,
  kernelsAtDepths,
  planKernelsAtDepths,
} from "../../src/kernels/index.js";
import { ChainEngine } from "../../src/kernels/simd/planes-chain-engine.js";
import { PlaneEngine } from "../../src/kernels/simd/planes-engine.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const { network, input, dense, conv, relu, tanh, repeat, flatten, globalAvgPool } = n;

const NAMES = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
const w = { weightVariance: 1.7, biasVariance: 0.1 };

function images(count: number, shape: readonly number[], seed: number): NdArray<Float64Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

async function collect(net: n.Network, depths: readonly number[], options: KernelOptions, count = 4) {
  const out: DepthKernels[] = [];
  const x = images(count, net.input, 3);
  for await (const kernels of kernelsAtDepths(net, depths, x, null, options)) out.push(kernels);
  return out;
}

const nets: Record<string, n.Network> = {
  "relu, global pool": network(
    input([5, 6, 2]),
    repeat(2, conv(1, [3, 3], w), relu()),
    globalAvgPool(),
    dense(1),
  ),
  "relu, flatten": network(input([5, 6, 2]), repeat(2, conv(1, [3, 3], w), relu()), flatten(), dense(1, w)),
  "tanh, global pool, one hidden dense layer": network(
    input([5, 4, 2]),
    repeat(2, conv(1, [3, 3], w), tanh()),
    globalAvgPool(),
    dense(1, w),
    tanh(),
    dense(1),
  ),
  "tanh, flatten": network(input([5, 4, 2]), repeat(2, conv(1, [3, 3], w), tanh()), flatten(), dense(1)),
  "convolution last in the block": network(
    input([5, 4, 2]),
    conv(1, [3, 3], w),
    repeat(2, relu(), conv(1, [3, 3], w)),
    globalAvgPool(),
    dense(1),
  ),
  "residual blocks, pools of windows in the readout": network(
    input([6, 4, 2]),
    conv(1, [3, 3], w),
    repeat(2, n.residual(relu(), conv(1, [3, 3], w))),
    relu(),
    n.avgPool([2, 2], { strides: [2, 2] }),
    conv(1, [3, 1], w),
    relu(),
    globalAvgPool(),
    dense(1),
  ),
  "a pool in the block, whose every copy is a grid of its own": network(
    input([5, 4, 2]),
    repeat(2, conv(1, [3, 3], w), relu(), n.avgPool([2, 2], { padding: "same" })),
    globalAvgPool(),
    dense(1),
  ),
  "dropout, layerNorm": network(
    input([4, 4, 2]),
    repeat(2, conv(1, [3, 3], w), n.layerNorm(), relu()),
    n.dropout(0.7),
    flatten(),
    dense(1),
  ),
};

describe("networks on images read out at many depths", () => {
  test.each(Object.entries(nets))("%s: as each network by itself", async (_, net) => {
    const depths = [7, 2, 1, 4].map((d) => d + n.repeatedBlock(net).outsideDepth);
    const [x, x2] = [images(5, net.input, 3), images(3, net.input, 4)];
    const options = { get: NAMES, backend: "simd" } as const;
    for (const columns of [null, x2]) {
      expect(planKernelsAtDepths(net, depths, 5, columns && 3, options).incremental).toBe(true);
      let seen = 0;
      for await (const kernels of kernelsAtDepths(net, depths, x, columns, options)) {
        seen++;
        const alone = await computeKernel(n.networkAtDepth(net, kernels.depth), x, columns, options);
        // the same operations in the same order: the last bits differ where something is scaled for the next layer
        const size = Math.max(...alone.ntk.data);
        for (const name of NAMES)
          expect(kernels[name].data).toAllBeWithinRelative(alone[name].data, 1e-13, 1e-2 * size);
        for (let i = 0; i < 5 && columns === null; i++) {
          expect(kernels.own.rows.ntk![i]).toBeWithinRelative(alone.ntk.data[6 * i]!, 1e-14);
        }
      }
      expect(seen).toBe(4);
    }
  });

  test.each([
    ["float64", 2e-13],
    ["float32", 3e-6],
  ] as const)("relu chains without gaps, %s", async (precision, tolerance) => {
    for (const name of ["relu, global pool", "relu, flatten"]) {
      const net = nets[name]!;
      const options: KernelOptions = { get: ["nngp", "ntk"], precision };
      const x = images(5, net.input, 3);
      for await (const kernels of kernelsAtDepths(net, [1, 3, 12], x, null, options)) {
        const alone = await computeKernel(n.networkAtDepth(net, kernels.depth), x, null, options);
        // an angle is rounded by eps / sqrt(2 (1 - |c|)) in each way, see the chain's limit for c
        for (const key of ["nngp", "ntk"] as const)
          expect(kernels[key].data).toAllBeWithinRelative(alone[key].data, tolerance);
      }
    }
  });

  test("pairs that meet at the deeper depths only are as exact as alone", async () => {
    // all correlations go to 1 with depth: planes of the fast form are left to deficits from some layer on
    const net = network(
      input([4, 4, 1]),
      repeat(1, conv(1, [3, 3], { weightVariance: 0.5, biasVariance: 1, padding: "same" }), relu()),
      flatten(),
      dense(1),
    );
    const options: KernelOptions = { get: ["nngp", "ntk"], precision: "float32" };
    const x = images(5, net.input, 3);
    for await (const kernels of kernelsAtDepths(net, [1, 4, 30], x, null, options)) {
      const alone = await computeKernel(n.networkAtDepth(net, kernels.depth), x, null, options);
      for (const key of ["nngp", "ntk"] as const)
        expect(kernels[key].data).toAllBeWithinRelative(alone[key].data, 2e-6);
    }
  });

  test("the data's own readout and deeper ones", async () => {
    const net = nets["relu, flatten"]!;
    const all = await collect(net, [0, 1, 3], { get: ["ntk"] });
    const x = images(4, net.input, 3);
    for (const { depth, ntk } of all) {
      const alone = await computeKernel(n.networkAtDepth(net, depth), x, null, { get: ["ntk"] });
      expect(ntk.data).toAllBeWithinRelative(alone.ntk.data, 2e-13);
    }
    expect(planKernelsAtDepths(net, [0, 1, 3], 4, null).copies).toBe(3);
  });

  test("the same bits for any tile, number of threads and with or without shared memory", async () => {
    for (const net of [nets["relu, global pool"]!, nets["tanh, global pool, one hidden dense layer"]!]) {
      const depths = [1, 3, 6].map((d) => d + n.repeatedBlock(net).outsideDepth);
      const expected = await collect(net, depths, { get: ["nngp", "ntk"], tile: 2, threads: 1 }, 7);
      for (const variant of [
        { tile: 8 },
        { threads: 2, tile: 2 },
        { threads: 2, tile: 2, sharedMemory: false },
      ]) {
        const actual = await collect(net, depths, { get: ["nngp", "ntk"], ...variant }, 7);
        for (const [i, kernels] of actual.entries()) {
          for (const name of ["nngp", "ntk"] as const)
            expect(kernels[name].data).toEqual(expected[i]![name].data);
        }
      }
    }
  });
});

describe("one way through the layers serves all depths of networks on images", () => {
  afterEach(() => vi.restoreAllMocks());

  /** Activations that planes went through, in the deficit form and in the fast one. */
  async function work(net: n.Network, depths: readonly number[], options: KernelOptions): Promise<number> {
    let done = 0;
    const plane = PlaneEngine.prototype.plane;
    vi.spyOn(PlaneEngine.prototype, "plane").mockImplementation(function (this: PlaneEngine, index, dy, dx) {
      const { code } = this.groupOf(index);
      done += code.filter(({ constants, table }) => table !== undefined && constants !== undefined).length;
      plane.call(this, index, dy, dx);
    });
    const run = ChainEngine.prototype.run;
    vi.spyOn(ChainEngine.prototype, "run").mockImplementation(function (this: ChainEngine, ...args) {
      done += this.layers * net.input[0]! * net.input[1]!;
      run.call(this, ...args);
    });
    await collect(net, depths, { ...options, threads: 1 });
    vi.restoreAllMocks();
    return done;
  }

  test.each([
    ["relu, global pool", ["nngp", "ntk"]],
    ["relu, global pool", ["ntkGap"]],
    ["tanh, flatten", ["nngp", "ntk"]],
    ["tanh, global pool, one hidden dense layer", ["ntk"]],
  ] as const)("%s, %s: the work of depths 10, 20 and 40 is that of 40", async (name, get) => {
    const net = nets[name]!;
    const extra = n.repeatedBlock(net).outsideDepth;
    const at = (depth: number) => depth + extra;
    const together = await work(net, [at(10), at(20), at(40)], { get });
    const alone = await work(net, [at(40)], { get });
    expect(alone).toBeGreaterThan(400);
    // readouts of two depths more; 70 / 40 if every depth began with the data
    expect(together).toBeGreaterThanOrEqual(alone);
    expect(together / alone).toBeLessThan(1.1);
  });

  test("the plan counts every layer once, and the results of all depths", () => {
    const net = network(input([32, 32, 3]), repeat(3, conv(1, [3, 3]), relu()), globalAvgPool(), dense(1));
    const plan = planKernelsAtDepths(net, [2, 4, 8], 20, null, { get: ["ntk"] });
    expect(plan).toMatchObject({ incremental: true, backend: "simd", copies: 8 });
    const deepest = planKernelsAtDepths(net, [8], 20, null, { get: ["ntk"] });
    expect(plan.seconds).toBeWithinRelative(deepest.seconds, 0.1);
    expect(plan.bytes.total - deepest.bytes.total).toBeGreaterThanOrEqual(3 * 20 * 20 * 8);
  });

  test("where memory does not hold the results of all depths, several ways share them", async () => {
    const net = nets["relu, flatten"]!;
    const depths = [1, 2, 3, 4, 5, 6, 7, 8];
    const all = planKernelsAtDepths(net, depths, 300, null, { threads: 1 });
    const memoryLimit = all.bytes.total - 4e6;
    const options = { memoryLimit, threads: 1 };
    const plan = planKernelsAtDepths(net, depths, 300, null, options);
    expect(plan).toMatchObject({ incremental: true, fits: true, copies: 4 + 8 });
    const [few, many] = [
      await collect(net, depths, options, 300),
      await collect(net, depths, { threads: 1 }, 300),
    ];
    expect(few.map(({ depth }) => depth)).toEqual(depths);
    for (const [i, { ntk }] of few.entries())
      expect(ntk.data).toAllBeWithinRelative(many[i]!.ntk.data, 1e-13);
  });

  test("where variances leave the engine's range at some depth, each depth goes its own way", async () => {
    // q grows by some 3 in every layer, beyond 1e140 before layer 350, beyond float64 before layer 3000
    const net = network(
      input([3, 3, 1]),
      repeat(1, conv(1, [3, 3], { weightVariance: 8 }), relu()),
      flatten(),
      dense(1),
    );
    const all = await collect(net, [2, 350], { get: ["ntk"] });
    expect(all.map(({ depth }) => depth)).toEqual([2, 350]);
    expect(all[1]!.ntk.data[0]).toBeGreaterThan(1e145);
    const depths = kernelsAtDepths(net, [2, 3000], images(4, net.input, 3), null, { get: ["ntk"] });
    expect((await depths.next()).value).toMatchObject({ depth: 2 });
    await expect(depths.next()).rejects.toMatchObject({ code: "ERR_NUMERICAL" });
    for (const { depth, ntk } of all) {
      const alone = await computeKernel(n.networkAtDepth(net, depth), images(4, net.input, 3), null, {
        get: ["ntk"],
        backend: "reference",
      });
      expect(ntk.data).toAllBeWithinRelative(alone.ntk.data, 1e-12);
    }
  });
});
