import { describe, expect, test } from "vitest";
import {
  erf,
  erfc,
  erfcInv,
  erfcx,
  erfInv,
  normalCdf,
  normalPdf,
  normalQuantile,
} from "../../../src/numeric/special/index.js";
import fixture from "../../fixtures/special.json" with { type: "json" };

type Row = [string, number, number];
const rows = fixture.cases as Row[];
const of = (name: string): Row[] => rows.filter(([fn]) => fn === name);

// Each tolerance is the rounding of the evaluation chain: polynomial and one product (erf), two exponentials whose
// arguments are exact (erfc, pdf), a Newton step on those (inverses).
const cases: readonly (readonly [string, (x: number) => number, number])[] = [
  ["erf", erf, 2],
  ["erfc", erfc, 5],
  ["erfcx", erfcx, 6],
  ["normalPdf", normalPdf, 4],
  ["normalCdf", normalCdf, 8],
  ["erfInv", erfInv, 6],
  ["erfcInv", erfcInv, 6],
  ["normalQuantile", normalQuantile, 8],
];

describe("error function family", () => {
  test.each(cases)("%s agrees with 60-digit values at awkward points", (name, f, ulp) => {
    const known = of(name);
    expect(known.length).toBeGreaterThan(8);
    for (const [, x, value] of known) {
      // subnormal results carry fewer digits by nature
      if (Math.abs(value) > 0 && Math.abs(value) < 1e-300 && name !== "erf") {
        expect(Math.abs(f(x) - value)).toBeLessThanOrEqual(1e-310);
      } else {
        expect(f(x), `${name}(${x})`).toBeWithinUlp(value, ulp);
      }
    }
  });

  test("erf and erfc have exact limits and pass NaN on", () => {
    expect(erf(0)).toBe(0);
    expect(Object.is(erf(-0), -0)).toBe(true);
    expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
    expect(erfc(Number.POSITIVE_INFINITY)).toBe(0);
    expect(erfc(Number.NEGATIVE_INFINITY)).toBe(2);
    expect(erf(Number.NaN)).toBeNaN();
    expect(erfc(Number.NaN)).toBeNaN();
    expect(erfcx(Number.NaN)).toBeNaN();
    expect(normalPdf(Number.NaN)).toBeNaN();
    expect(normalCdf(Number.NaN)).toBeNaN();
  });

  test("erf is odd and increasing across the joins of its pieces", () => {
    for (const join of [1, 1.5, 2.5, 5, 6]) {
      let last = -1;
      for (let i = -50; i <= 50; i++) {
        const x = join + i * 1e-9;
        expect(erf(-x)).toBe(-erf(x));
        // a step down of one ulp is allowed where two pieces meet
        expect(erf(x)).toBeGreaterThanOrEqual(last - 2e-16);
        last = erf(x);
      }
    }
  });

  test("inverses end at infinity and are NaN outside their domain", () => {
    expect(erfInv(1)).toBe(Number.POSITIVE_INFINITY);
    expect(erfInv(-1)).toBe(Number.NEGATIVE_INFINITY);
    expect(erfInv(1.1)).toBeNaN();
    expect(erfcInv(0)).toBe(Number.POSITIVE_INFINITY);
    expect(erfcInv(2)).toBe(Number.NEGATIVE_INFINITY);
    expect(erfcInv(-1e-9)).toBeNaN();
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(0.5)).toBe(-0);
    expect(normalQuantile(Number.NaN)).toBeNaN();
  });

  test("inverses return to the argument", () => {
    for (let i = 1; i < 200; i++) {
      const x = i / 200;
      expect(erf(erfInv(x))).toBeWithinRelative(x, 1e-15);
      expect(normalCdf(normalQuantile(x))).toBeWithinRelative(x, 3e-15);
    }
  });
});
