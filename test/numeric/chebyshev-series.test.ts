import { describe, expect, test } from "vitest";
import { chebyshevCoefficients, chebyshevValue } from "../../src/numeric/chebyshev-series.js";

const sampled = (n: number, f: (x: number) => number) =>
  Float64Array.from({ length: n + 1 }, (_, j) => f(Math.cos((Math.PI * j) / n)));

describe("chebyshevCoefficients", () => {
  test("of T_3 + 2 T_0 are 2, 0, 0, 1", () => {
    const of = chebyshevCoefficients(sampled(5, (x) => 4 * x ** 3 - 3 * x + 2));
    for (const [k, expected] of [2, 0, 0, 1, 0, 0].entries()) expect(of[k]).toBeCloseTo(expected, 14);
  });

  test("of exp are the modified Bessel functions 2 I_k(1), I_0(1) halved", () => {
    // I_k(1) = sum_m (1/2)^(2m + k) / (m! (m + k)!)
    const bessel = (k: number) => {
      let sum = 0;
      let term = 0.5 ** k;
      for (let j = 2; j <= k; j++) term /= j;
      for (let m = 0; m < 30; m++) {
        sum += term;
        term *= 0.25 / ((m + 1) * (m + 1 + k));
      }
      return sum;
    };
    const of = chebyshevCoefficients(sampled(24, Math.exp));
    // rounding of the samples: some 1e-15
    for (let k = 0; k <= 12; k++)
      expect(Math.abs(of[k]! - (k === 0 ? 1 : 2) * bessel(k))).toBeLessThan(2e-15);
  });
});

describe("chebyshevValue", () => {
  test("gives the sampled function back, from anywhere in an array of series", () => {
    const series = new Float64Array(60);
    series.set(chebyshevCoefficients(sampled(24, (x) => 1 / (2 + x))), 30);
    // the coefficients fall like (2 - sqrt 3)^k: 1e-14 at k = 25
    for (let x = -1; x <= 1; x += 0.125) {
      expect(Math.abs(chebyshevValue(series, 30, 25, x) - 1 / (2 + x))).toBeLessThan(1e-13);
    }
  });
});
