/**
 * The SIMD elementary functions against 107-bit references, in units of the last place, for both builds.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng } from "../../src/numeric/random.js";
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
  asin: 2,
  atan: 2,
  erf: 2,
  erfc: 4,
  log: 1,
  log1p: 2,
  sin: 2,
  cos: 2,
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

  run("f64: they follow Math at 2000 random points of each scale", () => {
    const rng = createRng(5);
    const scales: [string, (x: number) => number, number, number][] = [
      ["exp", Math.exp, -700, 700],
      ["expm1", Math.expm1, -2, 2],
      ["expm1", Math.expm1, -60, 700],
      ["log", Math.log, 0, 1e5],
      ["log1p", Math.log1p, -0.9999, 2],
      ["asin", Math.asin, -1, 1],
      ["atan", Math.atan, -5, 5],
      ["atan", Math.atan, -1e6, 1e6],
      ["sin", Math.sin, -1e4, 1e4],
      ["cos", Math.cos, -1e4, 1e4],
    ];
    for (const [name, reference, low, high] of scales) {
      const x = Float64Array.from({ length: 2000 }, () => low + (high - low) * rng.uniform());
      const y = module!.map(name, 64, x);
      // Math is within 1 ulp where V8 takes fdlibm
      const bound = BOUNDS[name]! + 1;
      for (let i = 0; i < x.length; i++) {
        const exact = reference(x[i]!);
        const ulp = Math.abs(y[i]! - exact) / unitInLastPlace(exact, 64);
        if (!(ulp <= bound)) expect.fail(`${name}(${x[i]}) = ${y[i]}, Math has ${exact}`);
      }
    }
  });

  run.each([64, 32] as const)("f%d: odd functions are odd and cos is even, to the bit", (bits) => {
    const rng = createRng(6);
    for (const [name, high] of [
      ["asin", 1],
      ["atan", 100],
      ["erf", 5],
      ["sin", 1e4],
      ["cos", 1e4],
    ] as const) {
      const x = Float64Array.from({ length: 500 }, () => high * rng.uniform());
      const sign = name === "cos" ? 1 : -1;
      const mirrored = module!.map(
        name,
        bits,
        x.map((v) => -v),
      );
      expect(mirrored, name).toEqual(module!.map(name, bits, x).map((v) => sign * v));
    }
  });

  run.each([64, 32] as const)("f%d: angles of close pairs grow with the deficit from 0 on", (bits) => {
    const v = Float64Array.from({ length: 400 }, (_, i) => 2 ** (-80 + i / 5));
    for (const name of ["acosOfDeficit", "sineMinusArcOfDeficit"]) {
      const y = module!.map(name, bits, [0, ...v]);
      expect(y[0]).toBe(0);
      for (let i = 1; i < y.length; i++) expect(y[i], `${name} at ${v[i - 1]}`).toBeGreaterThan(y[i - 1]!);
    }
  });

  run.each([64, 32] as const)("f%d: atan2OfPositive is the angle in the right half plane", (bits) => {
    const rng = createRng(7);
    const round = bits === 64 ? (v: number) => v : Math.fround;
    const y: number[] = [1, -1, 0, 3, -2e-30];
    const x: number[] = [0, 0, 2, 3, 1];
    for (let i = 0; i < 1000; i++) {
      const size = 2 ** (40 * rng.uniform() - 20);
      y.push(round(size * (2 * rng.uniform() - 1)));
      x.push(round(2 ** (40 * rng.uniform() - 20)));
    }
    const got = module!.map("atan2OfPositive", bits, y, x);
    for (let i = 0; i < y.length; i++) {
      const exact = Math.atan2(y[i]!, x[i]!);
      // Math.atan2 is within 1 ulp of f64
      const ulp = Math.abs(got[i]! - exact) / unitInLastPlace(exact, bits);
      expect(ulp, `atan2(${y[i]}, ${x[i]}) = ${got[i]}`).toBeLessThanOrEqual(bits === 64 ? 3 : 2);
    }
  });

  run.each([64, 32] as const)("f%d: values at the ends", (bits) => {
    const infinity = Number.POSITIVE_INFINITY;
    const nan = Number.NaN;
    const half = bits === 64 ? Math.PI / 2 : Math.fround(Math.PI / 2);
    const ends: [string, number[], number[]][] = [
      ["atan", [-infinity, infinity], [-half, half]],
      ["asin", [-1, 1, 1 + 2 ** -20], [-half, half, half]],
      ["erf", [-infinity, 0, infinity], [-1, 0, 1]],
      ["erfc", [-infinity, 0, infinity], [2, 1, 0]],
      ["log", [0, 1, infinity, -1], [-infinity, 0, infinity, nan]],
      ["log1p", [-1, 0, infinity, -2], [-infinity, 0, infinity, nan]],
      ["sin", [0], [0]],
      ["cos", [0], [1]],
    ];
    for (const [name, x, y] of ends) expect([...module!.map(name, bits, x)], name).toEqual(y);
  });
});

describe("fixtures", () => {
  it("have references for each function with a bound", () => {
    expect([...new Set(cases.map((c) => c.function))].sort()).toEqual(Object.keys(BOUNDS).sort());
  });
});
