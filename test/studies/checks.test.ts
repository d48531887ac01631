import { describe, expect, test } from "vitest";
import {
  above,
  absolute,
  atLeast,
  atMost,
  type Check,
  checkCounts,
  checkCountsText,
  checkVerdict,
  relative,
  same,
} from "../../src/studies/index.js";

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

  test("NaN on either side is not decided: neither agreement nor disagreement, and no difference", () => {
    const nan = Number.NaN;
    for (const check of [
      absolute(row, nan, 1, 9),
      relative(row, nan, 1, 9),
      relative(row, 1, nan, 9),
      atMost(row, nan, 9),
      atLeast(row, nan, -9),
      above(row, 1, nan),
      same(row, nan, nan),
    ]) {
      expect(check).toMatchObject({ agrees: false, difference: null });
      expect(check.undecided).toMatch(/^these sizes give no number: take more /);
      expect(checkVerdict(check)).toBe("not decided");
    }
    for (const check of [absolute(row, 1, 1, 0), absolute(row, 2, 1, 0), atMost(row, Infinity, 9)]) {
      expect("undecided" in check).toBe(false);
    }
    // 0 of 0 is no NaN of what was computed
    expect(relative(row, 0, 0, 1)).toMatchObject({ agrees: false, difference: null });
    expect(checkVerdict(relative(row, 0, 0, 1))).toBe("disagrees");
  });

  test("same: equal texts and numbers, no difference for texts", () => {
    expect(same(row, "permissible", "permissible")).toMatchObject({ agrees: true, difference: null });
    expect(same(row, 2, 3)).toMatchObject({ agrees: false, difference: -1 });
  });
});

describe("what checks say together", () => {
  const [good, bad, open] = [absolute(row, 1, 1, 0), absolute(row, 2, 1, 0), absolute(row, Number.NaN, 1, 0)];
  const text = (...checks: Check[]) => checkCountsText(checkCounts(checks));

  test("is counted by verdict", () => {
    expect([good, bad, open].map(checkVerdict)).toEqual(["agrees", "disagrees", "not decided"]);
    expect(checkCounts([good, open, bad, open, good, good])).toEqual({
      ...{ agreeing: 3, disagreeing: 1, undecided: 2 },
    });
  });

  test("is said in words, and claims agreement only where all agree", () => {
    expect(text()).toBe("no checks");
    expect(text(good)).toBe("the only check agrees");
    expect(text(bad)).toBe("the only check disagrees");
    expect(text(open)).toBe("the only check is not decided");
    expect(text(good, good)).toBe("all 2 checks agree");
    expect(text(good, bad)).toBe("1 of 2 checks disagrees");
    expect(text(bad, bad, good)).toBe("2 of 3 checks disagree");
    expect(text(good, open)).toBe("1 of 2 checks is not decided");
    expect(text(good, open, open)).toBe("2 of 3 checks are not decided");
    expect(text(good, open, bad)).toBe("1 of 3 checks disagrees, 1 is not decided");
    expect(text(bad, bad, open, open)).toBe("2 of 4 checks disagree, 2 are not decided");
  });
});
