import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { computeKernel } from "../../src/kernels/index.js";
import { parseNetwork } from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";

/** Kernels computed by google/neural-tangents in float64. */
interface Golden {
  readonly name: string;
  readonly tolerance: number;
  readonly network: unknown;
  readonly x1: { readonly shape: number[]; readonly values: number[] };
  readonly x2: { readonly shape: number[]; readonly values: number[] } | null;
  readonly expected: { readonly shape: number[]; readonly nngp: number[]; readonly ntk: number[] };
}

const array = ({ shape, values }: { shape: number[]; values: number[] }): NdArray => ({
  shape,
  data: Float64Array.from(values),
});

async function agrees(golden: Golden): Promise<void> {
  const { nngp, ntk } = await computeKernel(
    parseNetwork(golden.network),
    array(golden.x1),
    golden.x2 === null ? null : array(golden.x2),
  );
  for (const [name, actual] of [
    ["nngp", nngp],
    ["ntk", ntk],
  ] as const) {
    const expected = golden.expected[name];
    expect(actual.shape).toEqual(golden.expected.shape);
    // relative to the size of the matrix's entries: single entries may pass through zero
    const size = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
    expect(actual.data).toAllBeWithinRelative(expected, golden.tolerance, size);
  }
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Golden;
const fixtures = resolve(import.meta.dirname, "../fixtures");
const shared = resolve(import.meta.dirname, "../../../shared/golden/neural-tangents");

describe("kernels agree with google/neural-tangents", () => {
  test.each(["nt-fc-erf", "nt-fc-relu", "nt-fanin-sum"])("%s, from the project's fixtures", async (name) => {
    await agrees(read(join(fixtures, `${name}.json`)));
  });

  const names = existsSync(shared)
    ? readdirSync(shared).filter((file) => /^(fc_.*|fanin_sum)\.json$/.test(file))
    : [];
  test.skipIf(names.length === 0)("every fully connected case is there", () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
  });
  test.each(names.filter((name) => name !== "fc_tanh_gh64.json"))("%s", async (name) => {
    await agrees(read(join(shared, name)));
  });

  // Its numbers come from 64 Gauss-Hermite nodes per axis, which at these variances (the poles of tanh come near)
  // are off by up to 1.8e-5 of the matrix's size; plain.test.ts compares tanh with a converged sum.
  test.skipIf(names.length === 0)("fc_tanh_gh64.json to its own quadrature error", async () => {
    const golden = read(join(shared, "fc_tanh_gh64.json"));
    await agrees({ ...golden, tolerance: 3e-5 });
  });
  if (names.length === 0) {
    test.skip("the other cases need ../shared/golden/neural-tangents beside the repository", () => {});
  }
});
