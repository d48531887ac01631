import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import {
  computeKernel,
  type KernelOptions,
  kernelsAtDepths,
  planKernelsAtDepths,
} from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

const { network, input, dense, conv, relu, erf, repeat, residual } = n;

const NAMES = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
const hidden = dense(1, { weightVariance: 1.5, biasVariance: 0.05 });
const filter = conv(1, [3], { weightVariance: 1.5, biasVariance: 0.05, padding: "circular" });

function samples(count: number, shape: readonly number[], seed: number): NdArray<Float64Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

const cases = [
  ["plain, read-in of its own", network(input([7]), dense(1), repeat(3, erf(), hidden))],
  [
    "plain, readout of its own",
    network(input([7]), repeat(3, hidden, relu()), dense(1, { weightVariance: 3 })),
  ],
  ["no closed form", network(input([7]), repeat(3, hidden, n.tanh()), dense(1))],
  ["dropout before the readout", network(input([7]), repeat(3, hidden, erf()), n.dropout(0.7), dense(1))],
  ["dropout in every layer", network(input([7]), repeat(3, hidden, erf(), n.dropout(0.7)), dense(1))],
  ["layerNorm", network(input([7]), repeat(3, hidden, n.layerNorm(), erf()), dense(1))],
  ["residual", network(input([7]), dense(1), repeat(3, residual(relu(), hidden)))],
  [
    "residual, readout of its own",
    network(input([7]), dense(1), repeat(3, residual(erf(), hidden)), erf(), dense(1)),
  ],
  [
    "product of branches",
    network(
      input([7]),
      dense(1),
      repeat(
        2,
        n.parallel("product", [
          [erf(), hidden],
          [relu(), hidden],
        ]),
        hidden,
      ),
    ),
  ],
  ["conv, flatten", network(input([6, 2]), repeat(3, filter, erf()), n.flatten(), dense(1))],
  ["conv, global pool", network(input([6, 2]), repeat(3, filter, erf()), n.globalAvgPool(), dense(1))],
  [
    "conv, pool and flatten",
    network(input([6, 2]), repeat(3, filter, erf()), n.avgPool([2], { strides: [2] }), n.flatten(), dense(1)),
  ],
  [
    "conv 2-D, global pool, dropout",
    network(
      input([4, 4, 2]),
      repeat(2, conv(1, [3, 3]), relu()),
      n.globalAvgPool(),
      n.dropout(0.5),
      dense(1),
    ),
  ],
] as const;

describe("kernels at many depths are those of each network by itself", () => {
  const depths = [9, 1, 2, 5, 2];
  test.each(
    cases.flatMap(([name, net]) =>
      (["reference", "auto"] as const).map((backend) => [name, backend, net] as const),
    ),
  )("%s, backend %s", async (_, backend, net) => {
    const x = samples(5, net.input, 3);
    const x2 = samples(4, net.input, 4);
    const reachable = depths.filter((depth) => {
      const { blockDepth, outsideDepth } = n.repeatedBlock(net);
      return Number.isInteger((depth - outsideDepth) / blockDepth);
    });
    for (const columns of [null, x2]) {
      const seen: number[] = [];
      const options = { get: NAMES, backend };
      for await (const kernels of kernelsAtDepths(net, reachable, x, columns, options)) {
        seen.push(kernels.depth);
        const alone = await computeKernel(n.networkAtDepth(net, kernels.depth), x, columns, options);
        // float64 with the roundings of up to 9 layers; entries of the size of the diagonal
        const size = Math.max(...alone.ntk.data.map(Math.abs));
        for (const name of ["nngp", "ntk"] as const) {
          const [rows, cols] = [kernels.own.rows[name]!, kernels.own.cols[name]!];
          const [values, gaps] = [kernels[name].data, kernels[`${name}Gap`].data];
          const means = values.map(
            (_, at) => (rows[Math.floor(at / cols.length)]! + cols[at % cols.length]!) / 2,
          );
          // k and d of an expansion round by themselves
          expect(values.map((value, at) => value + gaps[at]!)).toAllBeWithinRelative(means, 1e-13, size);
        }
        for (const name of NAMES) {
          expect(kernels[name].shape).toEqual(alone[name].shape);
          expect(kernels[name].data).toAllBeWithinRelative(alone[name].data, 1e-12, 1e-3 * size);
        }
      }
      expect(seen).toEqual([...new Set(reachable)].sort((a, b) => a - b));
    }
  });
});

async function collect(net: n.Network, depths: readonly number[], options: KernelOptions, count = 5) {
  const out = [];
  for await (const kernels of kernelsAtDepths(net, depths, samples(count, net.input, 3), null, options))
    out.push(kernels);
  return out;
}

async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    if (isForetrainError(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("one way through the layers serves all depths", () => {
  const plain = network(input([7]), dense(1), repeat(3, erf(), hidden));
  const flat = network(input([6, 2]), repeat(3, filter, erf()), n.flatten(), dense(1));
  const depths = [1, 10, 100, 1000];

  test("the plan counts every layer once, for stacks, flattened and pooled networks", () => {
    const pooled = network(input([6, 2]), repeat(3, filter, erf()), n.globalAvgPool(), dense(1));
    for (const [net, backend] of [
      [plain, "auto"],
      [plain, "reference"],
      [flat, "reference"],
      [pooled, "reference"],
    ] as const) {
      const plan = planKernelsAtDepths(net, depths, 20, null, { backend });
      expect(plan).toMatchObject({ depths, incremental: true, copies: 1000, fits: true });
      const deepest = planKernelsAtDepths(net, [1000], 20, null, { backend });
      expect(plan.seconds).toBeWithinRelative(deepest.seconds, 0.1);
    }
  });

  test("states of all pairs are the memory that many depths add, 16 bytes a pair for vectors", () => {
    const many = planKernelsAtDepths(plain, depths, 300, 50, {});
    const single = planKernelsAtDepths(plain, [1000], 300, 50, {});
    expect(many.bytes.carried).toBe(16 * 300 * 50);
    expect(many.bytes.other).toBe(single.bytes.other);
    expect(planKernelsAtDepths(plain, depths, 300, 50, { get: ["nngp"] }).bytes.carried).toBe(8 * 300 * 50);
  });

  test("depths beyond one part: gaps of 1e-26 keep their digits", async () => {
    const ordered = network(
      input([7]),
      dense(1),
      repeat(1, erf(), dense(1, { weightVariance: 1.25, biasVariance: 0.05 })),
    );
    for (const backend of ["reference", "auto"] as const) {
      const [middle, deep] = await collect(ordered, [300, 1500], { get: ["nngpGap", "ntkGap"], backend });
      for (const { depth, ...kernels } of [middle!, deep!]) {
        const net = n.networkAtDepth(ordered, depth);
        const alone = await computeKernel(net, samples(5, [7], 3), null, {
          get: ["nngpGap", "ntkGap"],
          backend,
        });
        // a few roundings of 1e-16 in each layer, all of one sign at worst
        for (const name of ["nngpGap", "ntkGap"] as const) {
          expect(kernels[name].data).toAllBeWithinRelative(alone[name].data, 3e-15 * depth, 1e-300);
        }
      }
      expect(Math.max(...deep!.nngpGap.data)).toBeLessThan(1e-25);
    }
  });

  test("the same bits for any tile, number of threads and with or without shared memory", async () => {
    const options = { get: NAMES, tile: 4 };
    const expected = await collect(plain, [1, 5, 20], options, 21);
    for (const variant of [
      { ...options, tile: 64 },
      { ...options, threads: 2 },
      { ...options, threads: 2, sharedMemory: false },
    ]) {
      const actual = await collect(plain, [1, 5, 20], variant, 21);
      for (const [i, kernels] of actual.entries()) {
        for (const name of NAMES) expect(kernels[name].data).toEqual(expected[i]![name].data);
      }
    }
  });

  test("float32 has its six digits at every depth", async () => {
    const [wide, narrow] = [
      await collect(plain, [1, 8, 30], {}),
      await collect(plain, [1, 8, 30], { precision: "float32" }),
    ];
    for (const [i, kernels] of narrow.entries()) {
      // a rounding of 6e-8 in each layer
      const size = Math.max(...wide[i]!.ntk.data);
      expect(kernels.ntk.data).toAllBeWithinRelative(wide[i]!.ntk.data, 3e-6, size);
      expect(kernels.ntk.data).not.toEqual(wide[i]!.ntk.data);
    }
  });

  test("where variances leave the SIMD engine's range, the reference backend goes on from there", async () => {
    // q grows by 4 in every layer, beyond 1e140 after 232
    const growing = network(input([7]), dense(1), repeat(1, relu(), dense(1, { weightVariance: 8 })));
    const options = { get: NAMES };
    const all = await collect(growing, [100, 200, 240, 300], options);
    for (const { depth, ...kernels } of all) {
      const alone = await computeKernel(n.networkAtDepth(growing, depth), samples(5, [7], 3), null, {
        get: NAMES,
        backend: "reference",
      });
      const size = Math.max(...alone.ntk.data);
      for (const name of NAMES)
        expect(kernels[name].data).toAllBeWithinRelative(alone[name].data, 1e-11, 1e-3 * size);
    }
  });
});

describe("kernels at many depths refuse", () => {
  const plain = network(input([7]), dense(1), repeat(3, erf(), hidden));

  test.each([
    ["no depths", plain, [], {}, "ERR_DOMAIN", /depths is empty/],
    [
      "a depth that is no integer",
      plain,
      [1, 2.5],
      {},
      "ERR_DOMAIN",
      /depth is 2.5, expected an integer >= 0/,
    ],
    [
      "a network without a block to repeat",
      network(input([7]), dense(1)),
      [1],
      {},
      "ERR_UNAVAILABLE",
      /no hidden block/,
    ],
    [
      "the ntk of sign",
      network(input([7]), repeat(2, hidden, n.sign()), dense(1)),
      [1, 2],
      {},
      "ERR_UNAVAILABLE",
      /layers\[0\].*sign jumps/,
    ],
    [
      "networks that keep positions",
      network(input([6, 2]), repeat(2, filter, erf())),
      [1],
      {},
      "ERR_SHAPE",
      /keeps its positions/,
    ],
    [
      "what memory does not hold",
      plain,
      [1, 2],
      { memoryLimit: 1000 },
      "ERR_MEMORY",
      /states between two depths/,
    ],
  ] as const)("%s", async (_, net, depths, options, code, message) => {
    const error = await refusal(collect(net, depths, options));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test("to go on once they are cancelled, and report layers until then", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const options: KernelOptions = {
      signal: controller.signal,
      onProgress: ({ label, done, total }) => {
        expect([label, total]).toEqual(["layers", 400]);
        seen.push(done);
        if (done >= 100) controller.abort();
      },
    };
    const error = await refusal(collect(plain, [100, 200, 300, 400], options, 40));
    expect(error.code).toBe("ERR_ABORTED");
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)!).toBeLessThan(400);
  });
});

test("pooled networks behind a pool of their data go past the layers of one part", async () => {
  const net = (copies: number) =>
    network(
      input([64, 1]),
      n.avgPool([16], { strides: [16] }),
      repeat(copies, filter, erf()),
      n.globalAvgPool(),
      dense(1),
    );
  const x = samples(2, [64, 1], 11);
  const options = { get: NAMES, backend: "reference" } as const;
  const single = await computeKernel(net(260), x, null, options);
  for await (const result of kernelsAtDepths(net(1), [260], x, null, options)) {
    for (const name of NAMES) {
      for (const [at, value] of result[name].data.entries()) {
        // the same steps, cut in two
        expect(Math.abs(value - single[name].data[at]!)).toBeLessThanOrEqual(
          1e-10 * Math.abs(single.ntk.data[0]!),
        );
      }
    }
  }
});
