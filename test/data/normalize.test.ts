import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalizeInputs } from "../../src/data/index.js";
import { message, setOf } from "./support/sets.js";

describe("normalizeInputs", () => {
  const finite = fc
    .double({ min: -1e150, max: 1e150, noNaN: true })
    .filter((v) => v === 0 || Math.abs(v) > 1e-150);

  test("unit: |x|^2 = n_0 for every sample and direction kept, at any magnitude", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(finite, { minLength: 5, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
        (rows) => {
          fc.pre(rows.every((row) => row.some((v) => v !== 0)));
          const x = { data: Float64Array.from(rows.flat()), shape: [rows.length, 5] };
          const { train } = normalizeInputs(setOf(x), "unit");
          rows.forEach((row, i) => {
            const out = Array.from(train.data.subarray(i * 5, i * 5 + 5));
            // 5 squares and their sum: a few roundings
            expect(out.reduce((s, v) => s + v * v, 0)).toBeWithinRelative(5, 8 * 2 ** -52);
            const j = row.map(Math.abs).indexOf(Math.max(...row.map(Math.abs)));
            row.forEach((v, c) => {
              expect(Math.abs(out[c]! - (v / row[j]!) * out[j]!)).toBeLessThanOrEqual(2 ** -50);
            });
          });
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });

  test("unit: bytes, and subnormal and huge values", () => {
    const bytes = { data: Uint8Array.of(3, 4, 0, 255), shape: [2, 2] };
    const { train } = normalizeInputs(setOf(bytes), "unit");
    expect([...train.data]).toEqual([
      expect.closeTo(0.6 * Math.SQRT2, 15),
      expect.closeTo(0.8 * Math.SQRT2, 15),
      0,
      expect.closeTo(Math.SQRT2, 15),
    ]);
    const extreme = { data: Float64Array.of(5e-324, 5e-324, 1e308, 1e308), shape: [2, 2] };
    expect([...normalizeInputs(setOf(extreme), "unit").train.data]).toEqual([1, 1, 1, 1]);
  });

  test("unit: a zero sample has no direction", () => {
    const x = { data: Float64Array.of(1, 2, 0, 0), shape: [2, 2] };
    expect(message(() => normalizeInputs(setOf(x), "unit"))).toMatch(
      /s train: sample 1 is all zeros.*standardize/,
    );
  });

  test("standardize: features have mean 0 and deviation 1 over train; test is moved by the same numbers", () => {
    const data = Float64Array.from({ length: 60 }, (_, i) =>
      i % 3 === 2 ? 7 : 1e6 + Math.sin(i * i) * (1 + (i % 3)),
    );
    const probe = { data: Float64Array.of(1e6, 1e6, 9), shape: [1, 3] };
    const { train, test: held } = normalizeInputs(setOf({ data, shape: [20, 3] }, probe), "standardize");
    for (const j of [0, 1]) {
      const column = Array.from({ length: 20 }, (_, i) => train.data[i * 3 + j]!);
      const raw = Array.from({ length: 20 }, (_, i) => data[i * 3 + j]!);
      const mean = raw.reduce((a, b) => a + b, 0) / 20;
      const deviation = Math.sqrt(raw.reduce((s, v) => s + (v - mean) ** 2, 0) / 20);
      // values near 1e6 lose 6 digits in the difference: 1e6 eps / deviation of about 1
      expect(Math.abs(column.reduce((a, b) => a + b, 0) / 20)).toBeLessThan(1e-9);
      expect(column.reduce((s, v) => s + v * v, 0) / 20).toBeWithinRelative(1, 1e-9);
      expect(held.data[j]).toBeWithinRelative((1e6 - mean) / deviation, 1e-9);
    }
    // a constant feature: centred, not divided
    expect(Array.from({ length: 20 }, (_, i) => train.data[i * 3 + 2])).toEqual(Array(20).fill(0));
    expect(held.data[2]).toBe(2);
  });

  test("standardize: a constant of many digits stays zero, whatever its rounding", () => {
    const data = new Float64Array(3000).fill(0.1);
    const { train } = normalizeInputs(setOf({ data, shape: [1000, 3] }), "standardize");
    expect(Math.max(...train.data.map(Math.abs))).toBeLessThan(1e-12);
  });

  test("standardize: images share mean and deviation per channel", () => {
    const data = Uint8Array.from({ length: 4 * 2 * 2 * 2 }, (_, i) => (i % 2 === 0 ? i * 7 : 255 - i));
    const { train } = normalizeInputs(setOf({ data, shape: [4, 2, 2, 2] }), "standardize");
    for (const channel of [0, 1]) {
      const values = Array.from(train.data).filter((_, i) => i % 2 === channel);
      expect(Math.abs(values.reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
      expect(values.reduce((s, v) => s + v * v, 0) / values.length).toBeWithinRelative(1, 1e-13);
    }
  });

  test("none: raw values over the scale", () => {
    const x = { data: Uint8Array.of(0, 51, 255, 102), shape: [2, 2] };
    expect([...normalizeInputs(setOf(x, x, 255), "none").test.data]).toEqual([0, 0.2, 1, 0.4]);
  });

  test("an unknown kind lists the known ones", () => {
    const x = { data: Float64Array.of(1, 2), shape: [2, 1] };
    expect(message(() => normalizeInputs(setOf(x), "zca" as "none"), "ERR_SPEC")).toMatch(
      /"zca".*"unit", "standardize", "none"/,
    );
  });
});
