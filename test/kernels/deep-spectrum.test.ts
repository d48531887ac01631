import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { activation, derivativeSecondMoment, secondMoment } from "../../src/activations/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { activationLayer, dense, erf, input, network, repeat } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
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

describe("samples whose variances settle at different last bits", () => {
  // found by iterating the length map from several starts: without care q - q' stays at 1e-16 and hides the gaps
  test.each([
    ["erf", 1.115, 0.2935],
    ["gelu", 0.93, 0.277],
    ["sin", 0.93, 0.277],
    ["tanh", 1.1, 0.13],
  ] as const)("%s (%d, %d): gaps shrink by chi_1 per layer down to 1e-60 and below", async (name, w, b) => {
    const phi = activation(name);
    let q = 1;
    for (let l = 0; l < 400; l++) q = w * secondMoment(phi, q) + b;
    const chi = w * derivativeSecondMoment(phi, q);
    const variances = { weightVariance: w, biasVariance: b };
    const x = createRng(8)
      .normals(new Float64Array(6 * 10))
      .map((v, i) => v * (0.5 + Math.floor(i / 10) / 4));
    const gapsAt = (depth: number) =>
      computeKernel(
        network(input([10]), repeat(depth, dense(1, variances), activationLayer(name)), dense(1, variances)),
        { data: x, shape: [6, 10] },
        null,
        { get: ["nngpGap", "ntkGap"], backend: "reference" },
      );
    const depth = 400;
    const [before, after] = [await gapsAt(depth), await gapsAt(depth + 1)];
    for (let i = 0; i < 6; i++) {
      for (let j = i + 1; j < 6; j++) {
        const at = 6 * i + j;
        expect(before.nngpGap.data[at]!).toBeGreaterThan(0);
        expect(before.nngpGap.data[at]!).toBeLessThan(1e-55);
        expect(after.nngpGap.data[at]! / before.nngpGap.data[at]!).toBeWithinRelative(chi, 1e-13);
        // the ntk's gap goes as (depth + c) chi^depth
        expect(after.ntkGap.data[at]! / before.ntkGap.data[at]!).toBeWithinRelative(chi, 2 / depth);
      }
    }
  });
});
