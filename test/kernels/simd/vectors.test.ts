/**
 * Whole networks of vectors on the SIMD backend against the reference backend, for both builds and precisions.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  compileKernel,
  computeKernel,
  type KernelOptions,
  kernelDiagonal,
  referenceBackend,
} from "../../../src/kernels/index.js";
import { runSamplePass } from "../../../src/kernels/sample-pass.js";
import { checkSamples } from "../../../src/kernels/samples.js";
import { simdBackendOf } from "../../../src/kernels/simd/backend.js";
import { lower, openLowered } from "../../../src/kernels/simd/job.js";
import * as n from "../../../src/network/index.js";
import type { NdArray } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import * as binary from "../../../src/wasm/generated/pairs.js";
import { loadModule } from "../../../src/wasm/load.js";
import { randomNetwork } from "../../support/random-network.js";

const VARIANTS = (["simd", "relaxed"] as const).filter((variant) => loadModule(binary, variant) !== null);
const NAMES = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;

function samples(seed: number, count: number, features: number): NdArray & { readonly data: Float64Array } {
  return { data: createRng(seed).normals(new Float64Array(count * features)), shape: [count, features] };
}

/** Random samples, among them a zero, a copy, a near copy and one that is `length` times as long. */
function mixedSamples(
  seed: number,
  count: number,
  features: number,
  length = 30,
): NdArray & { readonly data: Float64Array } {
  const x = samples(seed, count, features);
  const row = (i: number) => x.data.subarray(i * features, (i + 1) * features);
  row(1).fill(0);
  row(2).set(row(0));
  row(3).set(row(0));
  row(3)[0] = row(0)[0]! + 1e-4;
  row(4).forEach((value, f, all) => {
    all[f] = length * value;
  });
  return x;
}

async function lowered(
  net: n.Network,
  x: NdArray,
  precision: "float64" | "float32" = "float64",
  y: NdArray | null = null,
) {
  const program = compileKernel(net, { tangent: true });
  const rows = checkSamples(x, net.input, "test", "x1");
  const cols = y === null ? rows : checkSamples(y, net.input, "test", "x2");
  const pass = await runSamplePass(program, rows, cols, true);
  return lower({ program, rows, cols, nngp: true, ntk: true, tile: 64, precision }, pass);
}

interface Comparison extends KernelOptions {
  readonly x2?: NdArray | null;
  /** largest difference relative to the geometric mean of the samples' own entries */
  readonly within: number;
}

const owned = new WeakMap<n.Network, Map<NdArray, ReturnType<typeof kernelDiagonal>>>();
/** The samples' own entries, which a test needs with several other samples. */
function ownEntries(net: n.Network, x: NdArray): ReturnType<typeof kernelDiagonal> {
  const known = owned.get(net) ?? new Map<NdArray, ReturnType<typeof kernelDiagonal>>();
  owned.set(net, known);
  const found = known.get(x) ?? kernelDiagonal(net, x);
  known.set(x, found);
  return found;
}

async function agrees(
  net: n.Network,
  x: NdArray,
  { x2 = null, within, ...options }: Comparison,
): Promise<void> {
  const get = [...NAMES];
  const expected = await computeKernel(net, x, x2, { get, backend: referenceBackend });
  const rows = await ownEntries(net, x);
  const cols = x2 === null ? rows : await ownEntries(net, x2);
  for (const variant of VARIANTS) {
    const actual = await computeKernel(net, x, x2, { get, ...options, backend: simdBackendOf(variant) });
    for (const name of get) {
      const kind = name.startsWith("nngp") ? "nngp" : "ntk";
      const [p, q] = [rows[kind], cols[kind]];
      const relative = Array.from(actual[name].data, (value, at) => {
        const [i, j] = [Math.floor(at / q.length), at % q.length];
        const size = name.endsWith("Gap") ? 0.5 * (p[i]! + q[j]!) : Math.sqrt(p[i]! * q[j]!);
        const difference = Math.abs(value - expected[name].data[at]!);
        return difference === 0 ? 0 : difference / size;
      });
      expect(Math.max(...relative), `${name}, ${variant}`).toBeLessThanOrEqual(within);
    }
  }
}

const dense = (weightVariance: number, biasVariance: number) => n.dense(1, { weightVariance, biasVariance });

describe("float64 on the SIMD backend agrees with the reference backend", () => {
  // rounding of some tens of operations per layer and up to ten layers, in units of sqrt(q q')
  const CLOSED = { within: 1e-13 };
  // a series may leave 1e-12 of E phi^2 in each layer; both backends cut it at the same term
  const SERIES = { within: 2e-12 };

  // number 13 has exponentials of exponentials: the engine leaves variances that differ by 1e9 to the reference backend
  const seeds = Array.from({ length: 24 }, (_, seed) => seed).filter((seed) => seed !== 13);
  test.each(seeds)("random network %d of closed forms", async (seed) => {
    const net = randomNetwork(createRng(seed), {
      input: [7],
      blocks: 4,
      closedForms: true,
      dropout: true,
      parameterization: seed % 2 === 0 ? "ntk" : "standard",
    });
    const x = samples(seed, 19, 7);
    expect((await lowered(net, x)).reason).toBe(null);
    await agrees(net, x, CLOSED);
    await agrees(net, x, { ...CLOSED, x2: samples(seed + 100, 6, 7) });
  });

  test.each(["tanh", "sigmoid", "silu", "softplus", "arctan"])("%s, by its Hermite series", async (name) => {
    const net = n.network(n.input([5]), n.repeat(3, dense(1.7, 0.1), n.activationLayer(name)), dense(1, 0.3));
    const x = samples(3, 20, 5);
    const lowering = await lowered(net, x);
    expect(lowering.reason).toBe(null);
    await agrees(net, x, SERIES);
    await agrees(net, x, { ...SERIES, x2: samples(4, 3, 5) });
  });

  test.each([
    ["tanh", 17],
    ["silu", 17],
    ["arctan", 30],
    ["elu", 1],
    ["selu", 17],
    ["softsign", 100],
  ])("%s of samples of length %d sqrt(n), by graded series", async (name, length) => {
    const net = n.network(n.input([5]), n.repeat(2, dense(1.7, 0.1), n.activationLayer(name)), dense(1, 0.3));
    const x = samples(3, 20, 5);
    for (let f = 0; f < x.data.length; f++) x.data[f]! *= length;
    const { job, reason } = await lowered(net, x);
    expect([job?.kind, reason]).toEqual(["vectors", null]);
    // the same tables on both backends: rounding of some hundred terms, twice; measured up to 2e-13
    await agrees(net, x, { within: 4e-13 });
    // pairs of very different lengths take wider tables, which take seconds: once
    const y = samples(4, 3, 5);
    for (let f = 0; name !== "tanh" && f < y.data.length; f++) y.data[f]! *= Math.max(1, length / 4);
    await agrees(net, x, { within: 4e-13, x2: y });
  });

  test.each(["tanh", "softplus", "selu", "softsign"])("%s of opposite samples", async (name) => {
    const net = n.network(n.input([5]), dense(1.7, 0), n.activationLayer(name), dense(1, 0.3));
    const x = samples(17, 8, 5);
    for (let f = 0; f < 5; f++) x.data[5 + f] = -x.data[f]!;
    await agrees(net, x, SERIES);
  });

  test("samples of one length share one expansion", async () => {
    const net = n.network(n.input([5]), n.repeat(3, dense(2.5, 0), n.tanh()), dense(1, 0));
    const x = samples(5, 30, 5);
    for (let i = 0; i < 30; i++) {
      const row = x.data.subarray(5 * i, 5 * i + 5);
      const norm = Math.hypot(...row);
      row.forEach((value, f) => {
        row[f] = value / norm;
      });
    }
    expect((await lowered(net, x)).reason).toBe(null);
    await agrees(net, x, SERIES);
  });

  test.each([
    ["relu", [dense(2, 0), n.relu()]],
    ["leaky relu with biases", [dense(2, 0.3), n.leakyRelu({ slope: 0.2 })]],
    ["erf", [dense(2, 0), n.erf()]],
    ["gelu", [dense(2, 0), n.gelu()]],
    // long series take seconds
    ["tanh", [dense(2, 0), n.tanh()], 2],
    ["selu", [dense(2, 0), n.activationLayer("selu")], 2],
    ["tanh at large variance", [dense(200, 0), n.tanh()], 2],
    ["layerNorm", [dense(1, 0), n.layerNorm([-1]), n.relu()]],
    ["dropout", [dense(2, 0), n.relu(), n.dropout(0.7)]],
  ] as [string, n.Layer[], number?][])(
    "zero, repeated, close and very long samples: %s",
    async (_name, block, length = 30) => {
      const net = n.network(n.input([6]), n.repeat(3, ...block), dense(1, 0));
      const x = mixedSamples(7, 13, 6, length);
      expect((await lowered(net, x)).reason).toBe(null);
      // variances differ by a factor of 900: k is known to one rounding of the larger one, 15 in units of sqrt(q q')
      await agrees(net, x, { within: 2e-12 });
      await agrees(net, x, { within: 2e-12, x2: mixedSamples(7, 5, 6, length) });
    },
  );

  test("the entry of a sample without variance is exactly 0", async () => {
    const net = n.network(n.input([6]), n.repeat(2, dense(2, 0), n.relu()), dense(1, 0));
    const x = mixedSamples(8, 9, 6);
    for (const precision of ["float64", "float32"] as const) {
      const { nngp, ntk } = await computeKernel(net, x, null, { backend: simdBackendOf(null), precision });
      for (let j = 0; j < 9; j++) {
        expect(nngp.data[9 + j]).toBe(0);
        expect(ntk.data[9 + j]).toBe(0);
      }
    }
  });

  test("inner products of any number of features, close pairs by their differences", async () => {
    const net = n.network(n.input([1]), dense(1, 0));
    for (const features of [1, 2, 3, 5, 255, 256, 257, 515, 1030]) {
      const x = samples(features, 11, features);
      for (let f = 0; f < features; f++) x.data[features + f] = x.data[f]! * (1 + 1e-9) + 1e-9 * (f % 3);
      const wide = { ...net, input: [features] };
      await agrees(wide, x, { within: 1e-14 });
      const get = ["nngpGap"] as const;
      const [a, b] = await Promise.all(
        [referenceBackend, simdBackendOf(null)].map((backend) =>
          computeKernel(wide, x, null, { get, backend }),
        ),
      );
      // the difference of two samples is exact here, its square and their sum are not
      expect(b!.nngpGap.data[1]!).toBeWithinRelative(a!.nngpGap.data[1]!, 1e-14);
    }
  });
});

describe("close pairs keep the relative digits of both gaps", () => {
  test.each(["relu", "erf", "gelu", "tanh", "selu", "softsign"])("%s", async (name) => {
    const net = n.network(n.input([6]), n.repeat(4, dense(1.6, 0.05), n.activationLayer(name)), dense(1, 0));
    const x = samples(9, 8, 6);
    // turned by 1e-3 ... 1e-7 in the plane of the first two values: lengths stay, to one rounding
    for (let i = 1; i < 8; i++) {
      const turn = 10 ** -i;
      for (let f = 0; f < 6; f++) x.data[6 * i + f] = x.data[f]!;
      x.data[6 * i] = x.data[0]! * Math.cos(turn) - x.data[1]! * Math.sin(turn);
      x.data[6 * i + 1] = x.data[0]! * Math.sin(turn) + x.data[1]! * Math.cos(turn);
    }
    const get = ["nngpGap", "ntkGap"] as const;
    const expected = await computeKernel(net, x, null, { get, backend: referenceBackend });
    for (const variant of VARIANTS) {
      const actual = await computeKernel(net, x, null, { get, backend: simdBackendOf(variant) });
      for (const gap of get) {
        const pick = (data: Float64Array) => Array.from({ length: 7 }, (_, i) => data[i + 1]!);
        // s - s' is known to 1e-16 beside a distance of 1e-7, and relu's ntk sees the root of the gap
        expect(pick(actual[gap].data)).toAllBeWithinRelative(pick(expected[gap].data), 1e-8);
      }
    }
  });
});

describe("float32", () => {
  test.each(["relu", "erf", "gelu", "tanh", "sin", "selu", "softsign"])(
    "%s agrees to a few roundings of 6e-8 per layer",
    async (name) => {
      const net = n.network(n.input([9]), n.repeat(4, dense(1.6, 0.1), n.activationLayer(name)), dense(1, 0));
      await agrees(net, samples(10, 21, 9), { within: 4e-6, precision: "float32" });
    },
  );

  test("computes in float64 where variances leave its range", async () => {
    const net = n.network(n.input([4]), dense(1, 0), n.erf(), dense(1, 0));
    const x = samples(11, 5, 4);
    for (let f = 0; f < x.data.length; f++) x.data[f]! *= 1e6;
    expect((await lowered(net, x, "float32")).job?.precision).toBe("float64");
    await agrees(net, x, { within: 1e-13, precision: "float32" });
  });
});

describe("any tile size gives the same bits", () => {
  test.each([
    ["float64", "relu"],
    ["float64", "gelu"],
    ["float64", "tanh"],
    ["float32", "relu"],
    ["float32", "tanh"],
    ["float64", "elu"],
    ["float32", "softsign"],
  ] as const)("%s, %s", async (precision, name) => {
    const net = n.network(
      n.input([10]),
      n.repeat(2, dense(1.6, 0.1), n.activationLayer(name)),
      dense(1, 0),
      n.residual(n.relu(), dense(1, 0)),
      n.layerNorm([-1]),
      n.abs(),
      dense(1, 0),
    );
    const x = mixedSamples(12, 41, 10, 2);
    const y = samples(13, 19, 10);
    for (const variant of VARIANTS) {
      const backend = simdBackendOf(variant);
      for (const x2 of [null, y]) {
        const whole = await computeKernel(net, x, x2, { get: [...NAMES], backend, precision, tile: 128 });
        for (const tile of [1, 7, 16, 33]) {
          const part = await computeKernel(net, x, x2, { get: [...NAMES], backend, precision, tile });
          for (const kernel of NAMES) expect(part[kernel].data).toEqual(whole[kernel].data);
        }
      }
    }
  });
});

describe("what has no SIMD form", () => {
  const text = (reason: string | null) => reason ?? "";

  test("standard deviations that differ by more than a thousand", async () => {
    const net = n.network(n.input([3]), dense(1, 0), n.relu(), dense(1, 0));
    const x = samples(15, 6, 3);
    for (let f = 0; f < 3; f++) x.data[f]! *= 1e5;
    const { job, reason } = await lowered(net, x);
    expect(job).toBe(null);
    expect(text(reason)).toMatch(/layers\[1\].*variances from/);
    await agrees(net, x, { within: 0 });
  });
});

test("a lowered job is plain data, and opens from a copy", async () => {
  const net = n.network(n.input([6]), n.repeat(2, dense(2, 0.1), n.tanh()), dense(1, 0));
  const x = samples(16, 20, 6);
  const { job } = await lowered(net, x);
  const tile = { rowStart: 0, rowEnd: 20, colStart: 0, colEnd: 20, triangle: false };
  const results = [job!, structuredClone(job!)].map((of) => {
    const nngp = new Float64Array(400);
    const runner = openLowered(of);
    runner.run(tile, { nngp, ntk: null, nngpGap: null, ntkGap: null });
    runner.close();
    return nngp;
  });
  expect(results[1]).toEqual(results[0]);
  const { nngp } = await computeKernel(net, x, null, { backend: referenceBackend });
  expect(results[0]!).toAllBeWithinRelative(nngp.data, 1e-12);
});

describe("kernels of neural-tangents", () => {
  const folder = resolve(import.meta.dirname, "../../../../shared/golden/neural-tangents");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^fc_.*\.json$/.test(file)) : [];
  test.skipIf(files.length === 0)("are there", () => expect(files.length).toBeGreaterThan(0));
  interface Golden {
    readonly tolerance: number;
    readonly network: unknown;
    readonly x1: { readonly shape: number[]; readonly values: number[] };
    readonly x2: { readonly shape: number[]; readonly values: number[] } | null;
    readonly expected: { readonly nngp: number[]; readonly ntk: number[] };
  }
  test.each(files)("%s", async (file) => {
    const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;
    const array = ({ shape, values }: Golden["x1"]): NdArray => ({ shape, data: Float64Array.from(values) });
    const net = n.parseNetwork(golden.network);
    const [x1, x2] = [array(golden.x1), golden.x2 === null ? null : array(golden.x2)];
    // its tanh is a quadrature of 25 to 64 nodes, good to 2e-5
    const tolerance = file.includes("gh64") ? 3e-5 : golden.tolerance;
    for (const variant of VARIANTS) {
      const kernels = await computeKernel(net, x1, x2, { backend: simdBackendOf(variant) });
      for (const name of ["nngp", "ntk"] as const) {
        const expected = golden.expected[name];
        const size = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
        expect(kernels[name].data).toAllBeWithinRelative(expected, tolerance, size);
      }
    }
  });
});
