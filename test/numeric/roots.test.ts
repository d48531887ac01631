import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findRoot, findRoots, geometricNodes } from "../../src/numeric/roots.js";

describe("findRoot", () => {
  test("finds sqrt 2 to 2 ulp in far fewer steps than bisection", () => {
    const root = findRoot((x) => x * x - 2, 0, 2);
    expect(root.status).toBe("converged");
    expect(root.value).toBeWithinUlp(Math.SQRT2, 2);
    expect(root.iterations).toBeLessThan(20); // bisection needs 53
  });

  test("keeps the relative accuracy of a root near 0", () => {
    const root = findRoot((x) => Math.expm1(x) - 1e-200, 0, 1);
    expect(root.value).toBeWithinUlp(1e-200, 4);
  });

  test("is not thrown by a triple root, a jump or a pole of the sign", () => {
    expect(findRoot((x) => (x - 0.3) ** 3, -1, 2).value).toBeCloseTo(0.3, 5);
    expect(findRoot((x) => (x < 0.7 ? -1 : 2), 0, 1).value).toBeWithinUlp(0.7, 4);
    expect(findRoot((x) => (x > 1.25 ? Number.POSITIVE_INFINITY : x - 1), 0, 3).value).toBeWithinUlp(1, 4);
  });

  test("says so when there is no sign change or f is NaN", () => {
    expect(findRoot((x) => x * x + 1, -1, 1)).toMatchObject({ status: "no-bracket", value: Number.NaN });
    expect(findRoot((x) => (x > 0.4 && x < 0.6 ? Number.NaN : x - 0.5), 0, 1).status).toBe("not-finite");
    expect(findRoot((x) => x - 0.123, 0, 1000, { maxIterations: 3 }).status).toBe("max-iterations");
  });

  test("takes an end that is a root as it is", () => {
    expect(findRoot((x) => x, 0, 1)).toEqual({ value: 0, status: "converged", iterations: 1, residual: 0 });
    expect(findRoot((x) => x - 1, 0, 1).value).toBe(1);
  });

  test("refuses an interval that is empty or not finite", () => {
    expect(() => findRoot((x) => x, 1, 0)).toThrow(/lower <= upper/);
    expect(() => findRoot((x) => x, Number.NaN, 1)).toThrow(/NaN/);
    expect(() => findRoot((x) => x, 0, Number.POSITIVE_INFINITY)).toThrow(/finite/);
  });

  test("finds the root of any increasing cubic, wherever it is", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 1e-3, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (root, linear, cubic) => {
          const f = (x: number) => (x - root) * (linear + cubic * (x - root) ** 2);
          const found = findRoot(f, -60, 70);
          expect(found.status).toBe("converged");
          // f is exact in sign at every double, so the bracket closes to neighbouring doubles
          expect(Math.abs(found.value - root)).toBeLessThanOrEqual(
            4 * Number.EPSILON * Math.abs(root) + 1e-299,
          );
        },
      ),
    );
  });
});

describe("findRoots", () => {
  test("finds each root that the nodes separate, also those on a node", () => {
    const roots = findRoots((x) => (x - 1) * (x - 2) * (x - 3), [0, 1, 1.5, 2.5, 4]);
    expect(roots.map(({ value }) => value)).toEqual([1, expect.closeTo(2, 14), expect.closeTo(3, 14)]);
  });

  test("passes over stretches where f does not exist", () => {
    const roots = findRoots((x) => (x < 1 ? Number.NaN : x - 2), [0, 0.5, 1.5, 3]);
    expect(roots).toHaveLength(1);
  });
});

describe("geometricNodes", () => {
  test("includes both ends exactly and keeps the ratio", () => {
    const nodes = geometricNodes(1e-3, 10, 5);
    expect([...nodes]).toEqual([1e-3, ...[1e-2, 0.1, 1].map((x) => expect.closeTo(x, 14)), 10]);
  });
  test("refuses 0 and NaN", () => {
    expect(() => geometricNodes(0, 1, 3)).toThrow(/> 0/);
    expect(() => geometricNodes(1, Number.NaN, 3)).toThrow(/NaN/);
  });
});
