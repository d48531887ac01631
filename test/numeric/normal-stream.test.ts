import { describe, expect, test } from "vitest";
import { normalStream } from "../../src/numeric/normal-stream.js";
import { createRng } from "../../src/numeric/random.js";
import { normalCdf } from "../../src/numeric/special/index.js";
import { correlationOf, kolmogorovTest } from "../../src/numeric/statistics/index.js";

const drawn = (count: number, seed: number) => {
  const out = new Float64Array(count);
  normalStream(createRng(seed).fork("test")).fill(out);
  return out;
};

describe("normalStream", () => {
  test("gives the standard normal distribution", () => {
    const z = drawn(400_000, 1);
    expect(kolmogorovTest(z, normalCdf).pValue).toBeGreaterThan(1e-3);
    const moment = (k: number) => z.reduce((sum, x) => sum + x ** k, 0) / z.length;
    // E z^k and the standard deviation of z^k, 4 standard errors
    for (const [k, mean, deviation] of [
      [1, 0, 1],
      [2, 1, Math.sqrt(2)],
      [3, 0, Math.sqrt(15)],
      [4, 3, Math.sqrt(96)],
      [6, 15, Math.sqrt(10395 - 225)],
    ] as const) {
      expect(Math.abs(moment(k) - mean)).toBeLessThan((4 * deviation) / Math.sqrt(z.length));
    }
  });

  test("has the right tails beyond the base strip, on both sides", () => {
    const z = drawn(4_000_000, 2);
    for (const edge of [3, 3.6541528853610088, 4.2]) {
      const expected = z.length * normalCdf(-edge);
      const counts = [0, 0];
      for (const x of z) if (Math.abs(x) > edge) counts[x > 0 ? 0 : 1]!++;
      for (const count of counts) {
        expect(Math.abs(count - expected)).toBeLessThan(4 * Math.sqrt(expected));
      }
    }
  });

  test("fills strips without gaps: the distribution near every edge of a strip is right", () => {
    // bins much narrower than the strips, chi-squared over all of them
    const z = drawn(2_000_000, 3);
    const [bins, width] = [600, 0.01];
    const counts = new Float64Array(bins);
    for (const x of z) if (Math.abs(x) < 3) counts[Math.floor((x + 3) / width)]!++;
    let chiSquared = 0;
    for (let i = 0; i < bins; i++) {
      const expected = z.length * (normalCdf(-3 + (i + 1) * width) - normalCdf(-3 + i * width));
      chiSquared += (counts[i]! - expected) ** 2 / expected;
    }
    expect(Math.abs(chiSquared - bins)).toBeLessThan(4 * Math.sqrt(2 * bins));
  });

  test("neighbours are independent", () => {
    const z = drawn(200_000, 4);
    const { value, error } = correlationOf(z.subarray(0, z.length - 1), z.subarray(1));
    expect(Math.abs(value)).toBeLessThan(4 * error);
  });

  test("continues where it was, however the numbers are taken", () => {
    const whole = drawn(1000, 5);
    const stream = normalStream(createRng(5).fork("test"));
    const parts = new Float64Array(1000);
    for (const [start, end] of [
      [0, 1],
      [1, 8],
      [8, 600],
      [600, 1000],
    ] as const) {
      stream.fill(parts, start, end);
    }
    expect(parts).toEqual(whole);
  });

  test("has the same bits everywhere", () => {
    // integers, + - * / and sqrt only: these numbers must not depend on the platform
    expect([...drawn(4, 0)]).toMatchInlineSnapshot(`
      [
        -1.2439959309788127,
        2.0832100677814296,
        -0.8823243763795615,
        2.092889672536352,
      ]
    `);
  });
});
