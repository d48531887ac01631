import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../../src/kernels/compile.js";
import { computeKernel } from "../../src/kernels/index.js";
import { makeSlots, runTile } from "../../src/kernels/reference/run.js";
import { runSamplePass } from "../../src/kernels/sample-pass.js";
import type { SampleSet } from "../../src/kernels/samples.js";
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

/** The half squared distance that the engine carries beside the nngp, for the pair (x, y). */
async function carriedGap(c: Case): Promise<number> {
  const program = compileKernel(networkOf(c), { tangent: true });
  const set: SampleSet = { count: 2, features: c.x.length, data: Float64Array.from([...c.x, ...c.y]) };
  const pass = await runSamplePass(program, set, set, true);
  const job = { program, rows: set, cols: set, ntk: true, prepared: pass.prepared };
  const tile = { rowStart: 0, rowEnd: 2, colStart: 0, colEnd: 2, triangle: true };
  return runTile(job, makeSlots(program, 4, true), tile).d[1]!;
}

describe("pairs of nearly equal inputs in deep networks, against 100 digits", () => {
  test.each(cases)(
    "$activation ($weightVariance, $biasVariance), depth $depth, distance $distance",
    async (c) => {
      const shape = [2, c.x.length];
      const { nngp, ntk } = await computeKernel(networkOf(c), {
        data: Float64Array.from([...c.x, ...c.y]),
        shape,
      });
      // 50 layers of a few roundings each
      expect(nngp.data[1]!).toBeWithinRelative(c.nngp, 2e-14);
      expect(ntk.data[1]!).toBeWithinRelative(c.ntk, 2e-14);
      // Rectified layers keep every digit of the distance. For others q - q' of the two samples enters, which as a
      // difference of two rounded numbers is known to about eps / distance.
      const tolerance = c.activation === "relu" ? 1e-13 : 1e-13 + (20 * Number.EPSILON) / c.distance;
      expect(await carriedGap(c)).toBeWithinRelative(c.nngpGap, tolerance);
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
    expect(await carriedGap(c)).toBeWithinRelative(c.nngpGap, 1e-13);
  });
});
