import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, input, type Network, network, repeat } from "../../src/network/index.js";

interface Case {
  readonly activation: string;
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly depth: number;
  readonly distance: number;
  readonly x: number[];
  readonly y: number[];
  readonly nngp: number;
  readonly nngpGap: number;
  readonly ntk: number;
  readonly ntkGap: number;
}

const { cases } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../fixtures/kernel-near-duplicates.json"), "utf8"),
) as { cases: Case[] };

const networkOf = (c: Case): Network => {
  const variances = { weightVariance: c.weightVariance, biasVariance: c.biasVariance };
  return network(
    input([c.x.length]),
    repeat(c.depth, dense(1, variances), activationLayer(c.activation)),
    dense(1, variances),
  );
};

/** Kernels and gaps of the pair (x, y). */
async function pairOf(c: Case): Promise<Pick<Case, "nngp" | "nngpGap" | "ntk" | "ntkGap">> {
  const { nngp, ntk, nngpGap, ntkGap } = await computeKernel(
    networkOf(c),
    { data: Float64Array.from([...c.x, ...c.y]), shape: [2, c.x.length] },
    null,
    { get: ["nngp", "ntk", "nngpGap", "ntkGap"], backend: "reference" },
  );
  return {
    nngp: nngp.data[1]!,
    ntk: ntk.data[1]!,
    nngpGap: nngpGap.data[1]!,
    ntkGap: ntkGap.data[1]!,
  };
}

describe("pairs of nearly equal inputs in deep networks, against 100 digits", () => {
  test.each(cases)(
    "$activation ($weightVariance, $biasVariance), depth $depth, distance $distance",
    async (c) => {
      const pair = await pairOf(c);
      // 50 layers of a few roundings each
      expect(pair.nngp).toBeWithinRelative(c.nngp, 2e-14);
      expect(pair.ntk).toBeWithinRelative(c.ntk, 2e-14);
      // What enters is q - q' of the two samples, which as a difference of two rounded numbers is known to about
      // eps / distance. Rectified layers need it for the angle only, and so keep every digit of the nngp's distance.
      const tolerance = 1e-13 + (20 * Number.EPSILON) / c.distance;
      expect(pair.nngpGap).toBeWithinRelative(c.nngpGap, c.activation === "relu" ? 1e-13 : tolerance);
      expect(pair.ntkGap).toBeWithinRelative(c.ntkGap, tolerance);
    },
  );

  test("the carried distance has digits where the difference of the kernels has none", async () => {
    const c = cases.find(({ activation, distance }) => activation === "relu" && distance === 1e-11)!;
    const { nngp } = await computeKernel(networkOf(c), {
      data: Float64Array.from([...c.x, ...c.y]),
      shape: [2, c.x.length],
    });
    const subtracted = (nngp.data[0]! + nngp.data[3]!) / 2 - nngp.data[1]!;
    expect(Math.abs(subtracted / c.nngpGap - 1)).toBeGreaterThan(0.5);
    expect((await pairOf(c)).nngpGap).toBeWithinRelative(c.nngpGap, 1e-13);
  });
});
