import { describe, expect, test } from "vitest";
import { above, absolute, atLeast, atMost, relative, same } from "../../src/studies/index.js";

const row = { id: "T1", quantity: "a number", source: "this test" };

describe("checks", () => {
  test("absolute: the difference itself is compared, its edge agrees", () => {
    expect(absolute(row, 1.25, 1, 0.25)).toEqual({
      ...row,
      computed: 1.25,
      expected: 1,
      rule: "absolute",
      difference: 0.25,
      tolerance: 0.25,
      agrees: true,
    });
    expect(absolute(row, 0.74, 1, 0.25).agrees).toBe(false);
  });

  test("relative: the difference over the size of the expected number, also of a negative one", () => {
    expect(relative(row, -2.02, -2, 0.011)).toMatchObject({ agrees: true });
    expect(relative(row, -2.02, -2, 0.009)).toMatchObject({ agrees: false });
    expect(relative(row, -2.02, -2, 0.009).difference).toBeCloseTo(-0.01, 12);
  });

  test("bounds: the bound itself agrees", () => {
    expect(atMost(row, 3, 3).agrees).toBe(true);
    expect(atMost(row, 3.1, 3).agrees).toBe(false);
    expect(atLeast(row, 3, 3).agrees).toBe(true);
    expect(atLeast(row, 2.9, 3).agrees).toBe(false);
  });

  test("above: the bound itself does not agree, so that nothing is no gain", () => {
    expect(above(row, 3.1, 3)).toMatchObject({ rule: "above", agrees: true, tolerance: null });
    expect(above(row, 3, 3).agrees).toBe(false);
    expect(above(row, 0, 0).agrees).toBe(false);
  });

  test("NaN never agrees", () => {
    const nan = Number.NaN;
    for (const check of [
      absolute(row, nan, 1, 9),
      relative(row, nan, 1, 9),
      atMost(row, nan, 9),
      atLeast(row, nan, -9),
      above(row, nan, -9),
    ]) {
      expect(check.agrees).toBe(false);
    }
  });

  test("same: equal texts and numbers, no difference for texts", () => {
    expect(same(row, "permissible", "permissible")).toMatchObject({ agrees: true, difference: null });
    expect(same(row, 2, 3)).toMatchObject({ agrees: false, difference: -1 });
  });
});
