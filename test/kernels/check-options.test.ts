/**
 * What a caller without types may hand over.
 */
import { describe, expect, test } from "vitest";
import {
  computeKernel,
  computeKernelArrays,
  type KernelOptions,
  kernelDiagonal,
  openKernel,
  planKernel,
} from "../../src/kernels/index.js";
import { dense, input, type Network, network, parallel, relu } from "../../src/network/index.js";

const net = network(input([2]), dense(1), relu(), dense(1));
const x = { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] };
const CALLS: readonly [string, (options: KernelOptions) => unknown][] = [
  ["computeKernel", (options) => computeKernel(net, x, null, options)],
  ["computeKernel", (options) => computeKernelArrays(net, x, null, options)],
  ["computeKernel", (options) => openKernel(net, x, null, options)],
  ["kernelDiagonal", (options) => kernelDiagonal(net, x, options as KernelOptions<"nngp">)],
  ["planKernel", (options) => planKernel(net, 2, null, options)],
];

/** The error of a call, thrown or rejected. */
const errorOf = async (call: () => unknown): Promise<{ code?: string; message: string }> => {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return { message: "no error" };
};

describe("options of wrong types are refused by every function that takes them", () => {
  test.each([
    [null, "options is null, expected an object"],
    [[], "options is [], expected an object"],
    ["fast", 'options is "fast", expected an object'],
    [{ threads: 0 }, "threads (--threads) is 0, expected a whole number from 1 to 1024"],
    [{ threads: Number.NaN }, "threads (--threads) is NaN, expected a whole number from 1 to 1024"],
    [{ threads: 1e9 }, "threads (--threads) is 1000000000, expected a whole number from 1 to 1024"],
    [{ threads: "2" }, 'threads (--threads) is "2", expected a whole number from 1 to 1024'],
    [{ tile: null }, "tile (--tile) is null, expected a whole number >= 1"],
    [{ memoryLimit: "2" }, 'memoryLimit (--memory) is "2", expected a number of bytes > 0'],
    [{ memoryLimit: -1 }, "memoryLimit (--memory) is -1, expected a number of bytes > 0"],
    [{ onProgress: true }, "onProgress is true, expected a function"],
    [{ signal: {} }, "signal is {}, expected an AbortSignal"],
    [{ sharedMemory: "no" }, 'sharedMemory is "no", expected true or false'],
    [{ sameSamples: 1 }, "sameSamples is 1, expected true or false"],
    [{ backend: {} }, "backend is {}, expected a name such as auto, or a backend"],
  ])("%o", async (options, message) => {
    for (const [caller, call] of CALLS) {
      const error = await errorOf(() => call(options as KernelOptions));
      expect(error).toMatchObject({ code: "ERR_USAGE" });
      expect(error.message).toContain(`${caller}: ${message}`);
    }
  });

  test.each([
    ["backend", "fast", /expected one of auto, simd, reference/],
    ["precision", "float16", /expected "float64" or "float32"/],
  ])("%s %s", async (name, value, message) => {
    const error = await errorOf(() => computeKernel(net, x, null, { [name]: value } as KernelOptions));
    expect(error).toMatchObject({ code: "ERR_USAGE" });
    expect(error.message).toMatch(message);
  });

  test("float32 on the reference backend, which has none", async () => {
    const options = { backend: "reference", precision: "float32" } as const;
    const error = await errorOf(() => computeKernel(net, x, null, options));
    expect(error).toMatchObject({ code: "ERR_UNAVAILABLE" });
    expect(error.message).toMatch(/float64 only; leave precision \(--precision\) out/);
  });

  test("options that are left undefined count as left out", async () => {
    const options = { threads: undefined, tile: undefined, signal: undefined, backend: undefined };
    await expect(computeKernel(net, x, null, options)).resolves.toHaveProperty("ntk");
  });
});

describe("networks that no parser has seen", () => {
  const bare = (layers: unknown): Network => ({ foretrain: 1, input: [2], layers }) as Network;

  test.each([
    [bare([{ kind: "dense", units: 1, weightVariance: -1 }]), /layers\[0\]\.weightVariance: got -1/],
    [bare([{ kind: "dense", units: 1, biasVariance: "0" }]), /layers\[0\]\.biasVariance: got "0"/],
    [
      bare([
        { kind: "dense", units: 1 },
        { kind: "dropout", keepRate: 2 },
      ]),
      /layers\[1\]\.keepRate: got 2/,
    ],
    [bare([{ kind: "activation", name: "rellu" }]), /layers\[0\]\.name: .*rellu/],
    [
      { ...net, layers: [{ ...parallel("sum", [[dense(1)], []]), merge: "max" as "sum" }] },
      /layers\[0\]\.merge/,
    ],
    [null as unknown as Network, /got null, expected a network/],
  ])("%# are checked", async (wrong, message) => {
    const calls = [
      () => computeKernel(wrong, x),
      () => computeKernelArrays(wrong, x),
      () => kernelDiagonal(wrong, x),
      () => planKernel(wrong, 2, null),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: "ERR_SPEC" });
      expect(error.message).toMatch(message);
    }
  });

  test("one that was changed after it was checked is checked again", async () => {
    const changed = structuredClone(net);
    (changed.layers[0] as { weightVariance: number }).weightVariance = Number.NaN;
    expect((await errorOf(() => computeKernel(changed, x))).message).toMatch(/weightVariance: got NaN/);
  });
});
