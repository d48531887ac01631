/**
 * The SIMD elementary functions against 107-bit references, in units of the last place, for both builds.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Bits, openElementary } from "./elementary-module.js";

interface Case {
  readonly function: string;
  readonly bits: Bits;
  readonly interval: string;
  readonly x: readonly number[];
  readonly hi: readonly number[];
  readonly lo: readonly number[];
}
const { cases } = JSON.parse(
  readFileSync(new URL("../fixtures/simd-math.json", import.meta.url), "utf8"),
) as { cases: Case[] };

/** Largest error allowed, in units of the last place of the exact value: what the docstrings promise. */
const BOUNDS: Record<string, number> = {
  acosOfDeficit: 3,
  acosOfWideDeficit: 3,
  sineMinusArcOfDeficit: 3,
  sineMinusArcOfWideDeficit: 3,
  exp: 1.5,
  expNormal: 1,
  expm1: 2,
};

function unitInLastPlace(y: number, bits: Bits): number {
  const [fraction, least] = bits === 64 ? [52, -1022] : [23, -126];
  const exponent = y === 0 ? least : Math.max(Math.floor(Math.log2(Math.abs(y))), least);
  return 2 ** Math.max(exponent - fraction, -1074);
}

/** The largest error and where it is. */
function worst(c: Case, y: Float64Array): { ulp: number; x: number } {
  let ulp = 0;
  let x = Number.NaN;
  for (let i = 0; i < c.x.length; i++) {
    // hi is near y, so the first difference is exact
    const error = Math.abs(y[i]! - c.hi[i]! - c.lo[i]!) / unitInLastPlace(c.hi[i]!, c.bits);
    if (!(error <= ulp)) [ulp, x] = [error, c.x[i]!];
  }
  return { ulp, x };
}

describe.each(["simd", "relaxed"] as const)("elementary functions, %s build", (variant) => {
  const module = openElementary(variant);
  const run = it.skipIf(module === null);
  for (const c of cases) {
    run(`f${c.bits}: ${c.function} is within ${BOUNDS[c.function]} ulp for ${c.interval}`, () => {
      const { ulp, x } = worst(c, module!.map(c.function, c.bits, c.x));
      expect(ulp, `at x = ${x}`).toBeLessThanOrEqual(BOUNDS[c.function]!);
    });
  }

  run.each([64, 32] as const)("f%d: NaN passes through every function", (bits) => {
    for (const name of Object.keys(BOUNDS)) {
      expect(module!.map(name, bits, [0.5, Number.NaN])[1], name).toBeNaN();
    }
  });

  run.each([64, 32] as const)("f%d: exponentials saturate at both ends", (bits) => {
    const ends = [Number.NEGATIVE_INFINITY, -1e30, 1e30, Number.POSITIVE_INFINITY];
    expect([...module!.map("exp", bits, ends)]).toEqual([
      0,
      0,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect([...module!.map("expm1", bits, ends)]).toEqual([
      -1,
      -1,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    const clamped = module!.map("expNormal", bits, ends);
    expect(clamped[0]).toBeGreaterThan(0);
    expect(clamped[3]).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  run.each([64, 32] as const)("f%d: deficits rounded beyond [0, 2] count as its ends", (bits) => {
    const eps = bits === 64 ? 2 ** -52 : 2 ** -23;
    const pi = bits === 64 ? Math.PI : Math.fround(Math.PI);
    for (const name of ["acosOfWideDeficit", "sineMinusArcOfWideDeficit"]) {
      expect([...module!.map(name, bits, [-eps, 0, 2, 2 + 2 * eps])], name).toEqual([0, 0, pi, pi]);
    }
  });
});

describe("fixtures", () => {
  it("have references for each function with a bound", () => {
    expect([...new Set(cases.map((c) => c.function))].sort()).toEqual(Object.keys(BOUNDS).sort());
  });
});
