import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  empiricalKernels,
  finiteModel,
  initialParameters,
  sampleEmpiricalKernels,
} from "../../../src/finite/index.js";
import { computeKernelArrays } from "../../../src/kernels/index.js";
import { type Layer, type Network, parseNetwork } from "../../../src/network/index.js";
import { createRng } from "../../../src/numeric/random.js";
import { samplesFor } from "../networks.js";

const dense = (units: number): Layer => ({ kind: "dense", units, weightVariance: 1.5, biasVariance: 0.1 });
const net = (width: number): Network =>
  parseNetwork({
    foretrain: 1,
    input: [5],
    layers: [
      dense(width),
      { kind: "activation", name: "erf" },
      dense(width),
      { kind: "activation", name: "erf" },
      dense(2),
    ],
  });

describe("sampleEmpiricalKernels", () => {
  const x = samplesFor(net(1), 4, 1);
  const x2 = samplesFor(net(1), 3, 2);

  test("has the mean and the standard deviation of single networks", async () => {
    const { ntk, nngp } = await sampleEmpiricalKernels(net(16), x, x2, { networks: 3, seed: 7 });
    const model = finiteModel(net(16));
    const single = [0, 1, 2].map((k) => {
      const theta = initialParameters(model, { seed: createRng(7).fork("network", k) });
      return empiricalKernels(model, theta, x, x2);
    });
    for (const [name, sample] of [
      ["ntk", ntk!],
      ["nngp", nngp!],
    ] as const) {
      expect(sample.mean.shape).toEqual([4, 3]);
      expect(sample.distances).toBeNull();
      sample.mean.data.forEach((mean, i) => {
        const values = single.map((kernels) => kernels[name]!.data[i]!);
        const expected = values.reduce((a, b) => a + b) / 3;
        expect(mean).toBeCloseTo(expected, 13);
        const variance = values.reduce((sum, value) => sum + (value - expected) ** 2, 0) / 2;
        expect(sample.deviation.data[i]).toBeCloseTo(Math.sqrt(variance), 12);
      });
    }
  });

  test("has the same bits for any number of threads", async () => {
    const reference = { ntk: { data: new Float64Array(12).fill(1), shape: [4, 3] } };
    const of = (threads: number) =>
      sampleEmpiricalKernels(net(16), x, x2, { networks: 5, seed: 7, threads, reference });
    const [one, two, three] = [await of(1), await of(2), await of(3)];
    expect([one.threads, two.threads, three.threads]).toEqual([1, 2, 3]);
    for (const other of [two, three]) {
      expect(other.ntk).toEqual(one.ntk);
      expect(other.nngp).toEqual(one.nngp);
    }
  });

  test("takes no more threads than the memory holds, and refuses a number that is none", async () => {
    const { plan } = await sampleEmpiricalKernels(net(16), x, null, { networks: 1 });
    const memory = 2.5 * plan.bytes.total;
    const sample = await sampleEmpiricalKernels(net(16), x, null, { networks: 4, threads: 4, memory });
    expect(sample.threads).toBe(2);
    await expect(sampleEmpiricalKernels(net(16), x, null, { threads: 0 })).rejects.toThrow(/threads is 0/);
  });

  test("draws the same networks whatever their number", async () => {
    const reference = { ntk: { data: new Float64Array(16).fill(1), shape: [4, 4] } };
    const options = { seed: 3, get: ["ntk"], reference } as const;
    const few = await sampleEmpiricalKernels(net(16), x, null, { ...options, networks: 2 });
    const many = await sampleEmpiricalKernels(net(16), x, null, { ...options, networks: 5 });
    expect(many.ntk!.distances!.slice(0, 2)).toEqual(few.ntk!.distances);
    expect(new Set(many.ntk!.distances).size).toBe(5);
    expect(many.nngp).toBeUndefined();
  });

  test("reports its progress to the end", async () => {
    const seen: number[] = [];
    await sampleEmpiricalKernels(net(16), x, null, {
      networks: 3,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(seen.at(-1)).toBe(3);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  test("comes to the kernels of infinite width: single ones like 1 / sqrt(width), their mean like 1 / width", async () => {
    const limit = await computeKernelArrays(net(1), x, null, { get: ["nngp", "ntk"] });
    const distances = [];
    for (const width of [32, 256]) {
      const sample = await sampleEmpiricalKernels(net(width), x, null, {
        networks: 40,
        seed: 1,
        reference: limit,
      });
      for (const name of ["nngp", "ntk"] as const) {
        const { mean, deviation } = sample[name]!;
        mean.data.forEach((value, i) => {
          const bias = (3 * Math.abs(limit[name]!.data[i]!)) / width;
          const error = Math.abs(value - limit[name]!.data[i]!);
          expect(error).toBeLessThan(bias + (4 * deviation.data[i]!) / Math.sqrt(40));
        });
      }
      const squares = sample.ntk!.distances!.reduce((sum, d) => sum + d ** 2, 0);
      distances.push(Math.sqrt(squares / 40));
    }
    // 8 times the width: 1 / 2.8; 40 networks tell it to some 15 %
    expect(distances[0]! / distances[1]!).toBeGreaterThan(Math.sqrt(8) * 0.7);
    expect(distances[0]! / distances[1]!).toBeLessThan(Math.sqrt(8) * 1.4);
  });

  test("refuses wrong numbers and references, and stops on a signal", async () => {
    await expect(sampleEmpiricalKernels(net(4), x, null, { networks: 0 })).rejects.toThrow(/networks is 0/);
    const reference = { ntk: { data: new Float64Array(3), shape: [3] } };
    await expect(sampleEmpiricalKernels(net(4), x, null, { reference })).rejects.toThrow(
      /reference.ntk has shape \[3\], the kernel has \[4, 4\]/,
    );
    const signal = AbortSignal.abort();
    await expect(sampleEmpiricalKernels(net(4), x, null, { signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});

const GOLDEN = resolve(import.meta.dirname, "../../../../shared/golden/neural-tangents");

interface Golden {
  readonly network: Network;
  readonly x1: { readonly values: number[]; readonly shape: number[] };
  readonly x2: { readonly values: number[]; readonly shape: number[] };
  readonly expected: { readonly shape: number[]; readonly nngp: number[]; readonly ntk: number[] };
}

/** Every hidden layer with this many units or channels. */
const widened = (value: unknown, width: number): unknown => {
  if (Array.isArray(value)) return value.map((part) => widened(part, width));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      (key === "units" || key === "channels") && typeof part === "number" ? width : widened(part, width),
    ]),
  );
};

/** Wide hidden layers, two outputs. */
function finiteOf({ layers, ...rest }: Network): Network {
  const last = layers.findLastIndex((layer) => "units" in layer || "channels" in layer);
  const sized = layers.map((layer, i) => widened(layer, i === last ? 2 : WIDTH));
  return parseNetwork({ ...rest, layers: sized });
}

const WIDTH = 32;
const NETWORKS = 16;
/** Dropout is left out: there the kernels are those of masked networks. */
const NAMES = ["fc_erf", "fc_tanh_gh64", "conv_SAME_gap", "conv_VALID_flat", "conv_SAME_full", "fanin_sum"];

describe.skipIf(!existsSync(GOLDEN))(
  "networks of 32 channels and neural-tangents' kernels of infinite width",
  () => {
    test.each(NAMES)("%s", async (name) => {
      const golden = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), "utf8")) as Golden;
      const side = ({ values, shape }: Golden["x1"]) => ({ data: Float64Array.from(values), shape });
      const sample = await sampleEmpiricalKernels(
        finiteOf(golden.network),
        side(golden.x1),
        side(golden.x2),
        {
          networks: NETWORKS,
          seed: 5,
        },
      );
      for (const kernel of ["nngp", "ntk"] as const) {
        const { mean, deviation } = sample[kernel]!;
        expect(mean.shape).toEqual(golden.expected.shape);
        const expected = golden.expected[kernel];
        const size = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
        let worst = 0;
        mean.data.forEach((value, i) => {
          // of single entries: 5 standard errors, and a bias of order depth / width
          const noise = (5 * deviation.data[i]!) / Math.sqrt(NETWORKS) + (4 * size) / WIDTH;
          worst = Math.max(worst, Math.abs(value - expected[i]!) / noise);
        });
        expect(worst).toBeLessThan(1);
      }
    });
  },
);
