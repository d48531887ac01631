import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, erf, input, network, repeat } from "../../src/network/index.js";
import { bulkSpectrum } from "../../src/trainability/index.js";

interface Numbers {
  readonly diagonal: number;
  /** upper triangle without the diagonal, row by row */
  readonly gap: number[];
  readonly eigenvalues: number[];
  readonly kappa: number;
}
interface Fixture {
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly cases: {
    readonly name: string;
    readonly x: number[][];
    readonly results: { readonly depth: number; readonly nngp: Numbers; readonly ntk: Numbers }[];
  }[];
}

const fixture = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../fixtures/deep-spectrum.json"), "utf8"),
) as Fixture;

describe("ordered erf networks, against 300-digit arithmetic", () => {
  const rows = fixture.cases.flatMap(({ name, x, results }) =>
    results.flatMap((result) =>
      (["reference", "auto"] as const).map((backend) => [name, result.depth, backend, x, result] as const),
    ),
  );
  test.each(rows)("%s, depth %d, backend %s", async (_name, depth, backend, x, expected) => {
    const variances = { weightVariance: fixture.weightVariance, biasVariance: fixture.biasVariance };
    const net = network(
      input([x[0]!.length]),
      repeat(depth, dense(1, variances), erf()),
      dense(1, variances),
    );
    const kernels = await computeKernel(
      net,
      { data: Float64Array.from(x.flat()), shape: [x.length, x[0]!.length] },
      null,
      { get: ["nngp", "ntk", "nngpGap", "ntkGap"], backend },
    );
    const size = x.length;
    for (const name of ["nngp", "ntk"] as const) {
      const gap = kernels[`${name}Gap`];
      const upper = gap.data.filter((_, at) => at % size > Math.floor(at / size));
      // a few roundings of 1e-16 in each layer, all of one sign at worst
      const tolerance = 1e-14 + 3e-15 * depth;
      expect(upper).toAllBeWithinRelative(expected[name].gap, tolerance);
      expect(kernels[name].data[0]!).toBeWithinRelative(expected[name].diagonal, 1e-13);
      const { eigenvalues, kappa } = await bulkSpectrum(kernels[name], gap);
      // at moderate depth the bulk is not small, and plain eigenvalues have the absolute error eps of the largest one
      const spectral = depth === 2000 ? tolerance : tolerance + 1e-15 * expected[name].kappa;
      expect(eigenvalues).toAllBeWithinRelative(expected[name].eigenvalues, spectral);
      expect(kappa).toBeWithinRelative(expected[name].kappa, spectral);
    }
  });

  test("the kernels themselves hold no digit of the bulk at depth 2000", () => {
    for (const { results } of fixture.cases) {
      const deep = results.find(({ depth }) => depth === 2000)!;
      expect(Math.max(...deep.nngp.gap) / deep.nngp.diagonal).toBeLessThan(Number.EPSILON * 1e-15);
      expect(Math.max(...deep.ntk.gap) / deep.ntk.diagonal).toBeLessThan(Number.EPSILON * 1e-15);
    }
  });
});
