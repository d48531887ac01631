import { describe, expect, test } from "vitest";
import { basisCoordinates } from "../../../src/kernels/simd/coefficient-basis.js";

/** Coefficients s^k / k! of e^{s z}-like functions: analytic in s. */
const vectors = Array.from({ length: 50 }, (_, i) => {
  const s = 0.7 + 0.6 * (i / 49);
  const out = new Float64Array(40);
  out[0] = 1;
  for (let k = 1; k < 40; k++) out[k] = (out[k - 1]! * s) / k;
  return out;
});

const distance = (a: Float64Array, b: Float64Array) =>
  Math.sqrt(a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0));

describe("coordinates of coefficient vectors", () => {
  test("are few and keep distances", () => {
    const coordinates = basisCoordinates(vectors, 1e-13, 30)!;
    expect(coordinates[0]!.length).toBeLessThan(16);
    for (let i = 0; i < 50; i += 7) {
      for (let j = 0; j < 50; j += 3) {
        // what the basis leaves out, 1e-13 of each vector, beside rounding
        const error = Math.abs(
          distance(coordinates[i]!, coordinates[j]!) - distance(vectors[i]!, vectors[j]!),
        );
        expect(error).toBeLessThan(1e-12);
      }
    }
  });

  test("of equal vectors are one and equal, of zero vectors none", () => {
    const same = basisCoordinates([vectors[3]!, vectors[3]!], 1e-13, 30)!;
    expect(same[0]!.length).toBe(1);
    expect(same[0]).toEqual(same[1]);
    expect(basisCoordinates([new Float64Array(3)], 1e-13, 30)![0]!.length).toBe(0);
  });

  test("are refused when the limit does not do", () => {
    expect(basisCoordinates(vectors, 1e-13, 3)).toBe(null);
  });
});
