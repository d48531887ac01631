import { describe, expect, test } from "vitest";
import { logGamma, normalQuantile } from "../../../src/numeric/special/index.js";
import { studentQuantile, studentTail } from "../../../src/numeric/statistics/index.js";

describe("logGamma", () => {
  test("is that of factorials and of halves", () => {
    let factorial = 1;
    for (let n = 1; n <= 30; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
      factorial *= n;
    }
    // Gamma(1/2) = sqrt(pi), Gamma(7/2) = 15 sqrt(pi) / 8
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 14);
    expect(logGamma(3.5)).toBeCloseTo(Math.log((15 * Math.sqrt(Math.PI)) / 8), 14);
    expect(logGamma(0)).toBeNaN();
  });

  test("keeps the reflection Gamma(x) Gamma(1 - x) = pi / sin(pi x)", () => {
    for (const x of [1e-9, 0.01, 0.3, 0.77]) {
      const expected = Math.log(Math.PI / Math.sin(Math.PI * x));
      expect(logGamma(x) + logGamma(1 - x)).toBeWithinRelative(expected, 1e-13);
    }
  });
});

describe("Student's distribution", () => {
  test("has the tails of the closed forms for 1, 2 and 4 degrees of freedom", () => {
    for (const t of [0, 1e-6, 0.3, 1, 2.5, 40, 1e5]) {
      expect(studentTail(t, 1)).toBeWithinRelative(Math.atan2(1, t) / Math.PI, 1e-12);
      // (1 - t / sqrt(2 + t^2)) / 2 without its cancellation
      const root = Math.sqrt(2 + t * t);
      expect(studentTail(t, 2)).toBeWithinRelative(1 / (root * (root + t)), 1e-12);
      const u = t / Math.sqrt(4 + t * t);
      if (t < 10) expect(studentTail(t, 4)).toBeCloseTo(0.5 - 0.75 * (u - u ** 3 / 3), 13);
      expect(studentTail(-t, 2)).toBeCloseTo(1 - studentTail(t, 2), 15);
    }
    expect(studentTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(studentTail(1, 0)).toBeNaN();
  });

  test("has the quantiles that mpmath finds with 30 digits, for degrees that are whole or not", () => {
    for (const [p, degrees, expected] of [
      [0.999, 1, 318.3088389855504],
      [0.999, 2, 22.32712477011988],
      [0.999, 2.5, 13.82219311086596],
      [0.999, 3, 10.21453185240739],
      [0.975, 10, 2.228138851986275],
      [0.6, 7.3, 0.2627568052507193],
      [0.999, 99, 3.174603849755752],
      [0.9999, 1000, 3.732851604575368],
      [0.999, 10000, 3.091047516030612],
    ] as const) {
      expect(studentQuantile(p, degrees)).toBeWithinRelative(expected, 1e-10);
      expect(studentQuantile(1 - p, degrees)).toBeWithinRelative(-expected, 1e-10);
    }
  });

  test("comes to the normal distribution with many degrees", () => {
    const z = normalQuantile(0.99);
    // the next term of its expansion: (z^3 + z) / (4 degrees)
    expect(studentQuantile(0.99, 1e5)).toBeCloseTo(z + (z ** 3 + z) / 4e5, 8);
    expect(studentQuantile(0.5, 3)).toBe(0);
  });

  test("refuses what is no probability and no number of degrees", () => {
    expect(() => studentQuantile(1, 3)).toThrow(/0 < p < 1/);
    expect(() => studentQuantile(0.9, 0)).toThrow(/degrees > 0/);
    expect(() => studentQuantile(Number.NaN, 3)).toThrow(/p = NaN/);
  });
});
