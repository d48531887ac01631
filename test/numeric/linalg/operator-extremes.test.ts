import { describe, expect, test } from "vitest";
import { operatorExtremes } from "../../../src/numeric/linalg/index.js";

/** An operator with these eigenvalues: a diagonal matrix between two reflections at the same plane. */
function operator(values: readonly number[]) {
  const n = values.length;
  const u = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  const square = u.reduce((sum, value) => sum + value * value, 0);
  const reflect = (v: Float64Array) => {
    let along = 0;
    for (let i = 0; i < n; i++) along += (2 * u[i]! * v[i]!) / square;
    return v.map((value, i) => value - along * u[i]!);
  };
  return (v: Float64Array) => reflect(reflect(v).map((value, i) => value * values[i]!));
}

describe("operatorExtremes", () => {
  test("finds both ends of a spectrum of 400 values with few products", async () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.cos(i)); // dense in (-1, 1)
    values[17] = 3;
    values[201] = -2;
    const found = await operatorExtremes(operator(values), 400, { tolerance: 1e-9 });
    expect(found.status).toBe("converged");
    expect(found.largest.value).toBeCloseTo(3, 13);
    expect(found.smallest.value).toBeCloseTo(-2, 13);
    expect(found.products).toBeLessThan(60);
  });

  test("stops earlier when one end is enough", async () => {
    const values = Array.from({ length: 400 }, (_, i) => i / 400);
    values[0] = 5;
    const one = await operatorExtremes(operator(values), 400, { ends: ["largest"] });
    const both = await operatorExtremes(operator(values), 400);
    expect(one.largest.value).toBeCloseTo(5, 12);
    expect(one.products).toBeLessThan(both.products);
  });

  test.each([
    ["one number", [4]],
    ["zero", [0, 0, 0]],
    ["a multiple of the identity", [2, 2, 2, 2, 2]],
    ["two values", [1, -1, 1, -1]],
  ])("ends where nothing is left: %s", async (_, values) => {
    const found = await operatorExtremes(operator(values), values.length);
    expect(found.status).toBe("converged");
    expect(found.largest.value).toBeCloseTo(Math.max(...values), 13);
    expect(found.smallest.value).toBeCloseTo(Math.min(...values), 13);
    expect(Math.hypot(...found.largest.vector)).toBeCloseTo(1, 12);
  });

  test("refuses NaN, wrong sizes and tolerances, and stops on a signal", async () => {
    await expect(operatorExtremes((v) => v.map(() => Number.NaN), 3)).rejects.toMatchObject({
      code: "ERR_DATA",
    });
    await expect(operatorExtremes((v) => v, 0)).rejects.toThrow(/n is 0, expected a whole number >= 1/);
    await expect(operatorExtremes((v) => v, 2, { tolerance: 0 })).rejects.toThrow(/tolerance is 0/);
    await expect(operatorExtremes((v) => v, 2, { maxProducts: 0 })).rejects.toThrow(/maxProducts is 0/);
    const signal = AbortSignal.abort();
    await expect(operatorExtremes((v) => v, 2, { signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});
