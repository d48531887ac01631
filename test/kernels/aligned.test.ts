/**
 * Pairs on nearly one line through 0, x' = -x and the like, whose angle no state of the form (k, d) resolves.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { computeKernel, type KernelOptions } from "../../src/kernels/index.js";
import { activationLayer, dense, input, type Network, network, repeat } from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { randomNetwork } from "../support/random-network.js";

interface Case {
  readonly layer: { readonly name: string; readonly slope?: number };
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly depth: number;
  readonly pairs: readonly {
    readonly pair: string;
    readonly nngp: number;
    readonly nngpScale: number;
    readonly ntk: number | null;
    readonly ntkScale: number | null;
  }[];
}

const { x, partners, cases } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../fixtures/kernel-aligned.json"), "utf8"),
) as { x: number[]; partners: Record<string, number[]>; cases: Case[] };

function networkOf({ layer: { name, ...parameters }, weightVariance, biasVariance, depth }: Case): Network {
  const variances = { weightVariance, biasVariance };
  return network(
    input([x.length]),
    repeat(depth, dense(1, variances), activationLayer(name, parameters)),
    dense(1, variances),
  );
}

const isStep = ({ layer: { name } }: Case) => name === "sign" || name === "heaviside";

/** Angle of the pairs whose samples have different lengths. */
const ANGLES: Record<string, number> = {
  "-x + 1e-9": 1e-9,
  "-3x + 1e-6": 3e-7,
  "3x + 1e-6": 3e-7,
  "1.01x + 1e-9": 1e-9,
};

/**
 * Error in units of sqrt(K(x, x) K(x', x')) up to which a pair is right; null where the inputs do not say what is right:
 * after several steps, whose kernel depends on the root of the angle, for pairs whose angle is all rounding.
 */
function toleranceOf(c: Case, { pair, nngp, nngpScale }: Case["pairs"][number]): number | null {
  const some = 1e-13;
  if (!isStep(c) || c.depth === 1) return some;
  if (pair === "3x" || pair === "-3x") return null;
  const angle = ANGLES[pair];
  if (angle === undefined) return some;
  // samples of different lengths: their angle is known to eps, and each step halves its relative error
  const error = Number.EPSILON / angle / 2 ** (c.depth - 1);
  return some + 4 * error * (1 - Math.abs(nngp) / nngpScale);
}

/** Kernels between x and its partners. */
async function kernelsOf(
  c: Case,
  options: KernelOptions,
): Promise<{ nngp: Float64Array; ntk: Float64Array | null }> {
  const others = c.pairs.map(({ pair }) => partners[pair]!);
  const { nngp, ntk } = await computeKernel(
    networkOf(c),
    { data: Float64Array.from(x), shape: [1, x.length] },
    { data: Float64Array.from(others.flat()), shape: [others.length, x.length] },
    { ...options, get: isStep(c) ? ["nngp"] : ["nngp", "ntk"] },
  );
  return { nngp: nngp.data, ntk: isStep(c) ? null : ntk.data };
}

const label = ({ layer, weightVariance, biasVariance, depth }: Case) =>
  `${layer.name}${layer.slope ?? ""} (${weightVariance}, ${biasVariance}), depth ${depth}`;

/** Random samples, and for each of the first its opposite, a multiple, and one close to the opposite of a multiple. */
function alignedSamples(seed: number, features: number): NdArray & { readonly data: Float64Array } {
  const rng = createRng(seed);
  const first = rng.normals(new Float64Array(3 * features));
  const noise = rng.normals(new Float64Array(3 * features));
  const others = [
    first.map((value) => -value),
    first.map((value) => 2.5 * value),
    first.map((value, i) => -0.7 * value + 1e-5 * noise[i]!),
    noise,
  ];
  return { data: Float64Array.from([first, ...others].flatMap((part) => [...part])), shape: [15, features] };
}

describe("random networks with aligned samples", () => {
  // number 13 has exponentials of exponentials, which overflow
  const seeds = Array.from({ length: 24 }, (_, seed) => seed).filter((seed) => seed !== 13);
  test.each(seeds)("network %d: both backends agree", async (seed) => {
    const net = randomNetwork(createRng(seed), { input: [5], blocks: 4, closedForms: true, dropout: true });
    const x = alignedSamples(seed, 5);
    const [fast, plain] = await Promise.all(
      (["auto", "reference"] as const).map((backend) => computeKernel(net, x, null, { backend })),
    );
    const error = (name: "nngp" | "ntk") =>
      Math.max(
        ...fast![name].data.map((value, at) => {
          const own = (i: number) => plain![name].data[16 * i]!;
          return (
            Math.abs(value - plain![name].data[at]!) / Math.sqrt(own(Math.floor(at / 15)) * own(at % 15))
          );
        }),
      );
    expect(error("nngp")).toBeLessThan(1e-13);
    expect(error("ntk")).toBeLessThan(1e-13);
  });

  test("opposite samples have opposite kernels in odd networks", async () => {
    const net = network(
      input([5]),
      repeat(10, dense(1, { weightVariance: 6, biasVariance: 0 }), activationLayer("erf")),
      dense(1, { weightVariance: 6, biasVariance: 0 }),
    );
    // in this chaotic phase, what rounding leaves between x and -x grows from layer to layer
    for (const backend of ["simd", "reference"] as const) {
      const { nngp, ntk } = await computeKernel(net, alignedSamples(1, 5), null, { backend });
      for (let i = 0; i < 3; i++) {
        const [own, opposite] = [16 * i, 15 * i + i + 3];
        // the closed forms of K(x, x) and K(x, x') differ by some roundings in each layer
        expect(nngp.data[opposite]).toBeWithinRelative(-nngp.data[own]!, 2e-14);
        expect(ntk.data[opposite]).toBeWithinRelative(-ntk.data[own]!, 2e-14);
      }
    }
  });
});

const named = cases.map((c) => [label(c), c] as const);

describe.each(["reference", "simd"] as const)("aligned pairs against 60 digits, %s backend", (backend) => {
  test.each(named)("%s", async (_, c) => {
    const { nngp, ntk } = await kernelsOf(c, { backend });
    c.pairs.forEach((expected, j) => {
      const tolerance = toleranceOf(c, expected);
      if (tolerance === null) return;
      const error = (value: number, right: number, scale: number) => Math.abs(value - right) / scale;
      const { pair } = expected;
      expect(error(nngp[j]!, expected.nngp, expected.nngpScale), `nngp, ${pair}`).toBeLessThan(tolerance);
      if (ntk === null) return;
      expect(error(ntk[j]!, expected.ntk!, expected.ntkScale!), `ntk, ${pair}`).toBeLessThan(tolerance);
    });
  });
});

describe("aligned pairs in float32", () => {
  // the inputs are rounded to float32: angles to 6e-8, of which a second step would take the root
  test.each(named.filter(([, c]) => !isStep(c) || c.depth === 1))("%s", async (_, c) => {
    const { nngp, ntk } = await kernelsOf(c, { backend: "simd", precision: "float32" });
    c.pairs.forEach(({ pair, ...expected }, j) => {
      expect(Math.abs(nngp[j]! - expected.nngp) / expected.nngpScale, `nngp, ${pair}`).toBeLessThan(1e-6);
      if (ntk === null) return;
      expect(Math.abs(ntk[j]! - expected.ntk!) / expected.ntkScale!, `ntk, ${pair}`).toBeLessThan(1e-6);
    });
  });
});
