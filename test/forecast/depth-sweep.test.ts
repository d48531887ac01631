import { describe, expect, test } from "vitest";
import { parseForecastRecipe, runForecast } from "../../src/forecast/index.js";
import {
  conv,
  dense,
  erf,
  globalAvgPool,
  input,
  type Network,
  network,
  relu,
  repeat,
  residual,
} from "../../src/network/index.js";
import { halfCircles } from "./sample-data.js";

const run = async (net: Network, data = halfCircles({ train: 20 })) => {
  const recipe = parseForecastRecipe({
    foretrain: 1,
    title: "test",
    network: net,
    data: { source: "half-circles", normalization: "none" },
    training: { ensemble: 4, corrections: 0 },
  });
  return (await runForecast(recipe, data)).forecast;
};

describe("the sweep over depths", () => {
  test("repeats the blocks of a residual network", async () => {
    const w = { weightVariance: 1.5, biasVariance: 0.1 };
    const blocks = (times: number) =>
      network(input([2]), dense(16, w), repeat(times, residual(erf(), dense(16, w))), dense(2));
    const { depthSweep, spectrum } = await run(blocks(3));
    expect(depthSweep!.depth).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]);
    // all train samples are in the sweep: at the network's own depth it has the network's own spectrum
    expect(depthSweep!.kappa[2]!).toBeWithinRelative(spectrum.ntk.kappa, 1e-6);
    const deeper = await run(blocks(6));
    expect(deeper.spectrum.ntk.kappa).toBeWithinRelative(depthSweep!.kappa[4]!, 1e-6);
    // no table has a number for it
    expect(depthSweep!.kappaTheory.every((kappa) => kappa === null)).toBe(true);
  });

  test("counts depth in nonlinear layers where a block has more than one", async () => {
    const block = residual(relu(), dense(16), relu(), dense(16));
    const { depthSweep, network: described } = await run(
      network(input([2]), dense(16), repeat(2, block), relu(), dense(2)),
    );
    expect(described.depth).toBe(5);
    expect(depthSweep!.depth.slice(0, 4)).toEqual([3, 5, 7, 9]);
    expect(depthSweep!.depth.at(-1)!).toBeLessThanOrEqual(64);
  });

  test("is left out where nothing repeats, and covers pooled networks that are quick", async () => {
    const unlike = network(input([2]), dense(8), erf(), dense(8), relu(), dense(2));
    expect((await run(unlike)).depthSweep).toBeNull();
    const pooled = network(input([2, 1]), repeat(2, conv(4, [2]), relu()), globalAvgPool(), dense(2));
    // two positions: quick enough
    expect((await run(pooled)).depthSweep).not.toBeNull();
  });
});
