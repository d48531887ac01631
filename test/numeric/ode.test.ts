import { describe, expect, test } from "vitest";
import { solveOde } from "../../src/numeric/ode.js";

describe("the solver of differential equations", () => {
  test("follows decays and oscillations to its tolerance", () => {
    const rates = [0.1, 1, 7];
    const solution = solveOde(
      (_, y, out) => {
        rates.forEach((a, i) => {
          out[i] = -a * y[i]!;
        });
        out[3] = y[4]!;
        out[4] = -y[3]!;
      },
      Float64Array.of(1, 2, 3, 0, 1),
      [0, 0.5, 0.5, 10],
      { tolerance: 1e-12 },
    );
    [0, 0.5, 0.5, 10].forEach((t, k) => {
      rates.forEach((a, i) => {
        // some tens of steps of 3e-12 each
        expect(Math.abs(solution[k]![i]! - (i + 1) * Math.exp(-a * t))).toBeLessThan(1e-10);
      });
      expect(Math.abs(solution[k]![3]! - Math.sin(t))).toBeLessThan(1e-10);
    });
  });

  test("errors fall with the tolerance, and the work rises like its root of order 5", () => {
    const run = (tolerance: number) => {
      let calls = 0;
      const [y] = solveOde(
        (t, v, out) => {
          calls++;
          out[0] = v[0]! * Math.cos(t);
        },
        Float64Array.of(1),
        [10],
        { tolerance },
      );
      return { calls, error: Math.abs(y![0]! - Math.exp(Math.sin(10))) };
    };
    const [rough, fine] = [run(1e-6), run(1e-11)];
    expect(rough.error).toBeLessThan(1e-5);
    expect(fine.error).toBeLessThan(1e-10);
    // 1e5 ^ (1/5) = 10 times the work, within a factor of two
    expect(fine.calls / rough.calls).toBeGreaterThan(4);
    expect(fine.calls / rough.calls).toBeLessThan(20);
  });

  test("starts from rest, and takes one step where nothing moves", () => {
    const [y] = solveOde((t, _, out) => out.fill(t * t), new Float64Array(2), [3]);
    expect(y![0]).toBeCloseTo(9, 9);
    let calls = 0;
    const rest = (_: number, __: Float64Array, out: Float64Array) => {
      calls++;
      out.fill(0);
    };
    solveOde(rest, new Float64Array(2), [3]);
    expect(calls).toBeLessThan(10);
  });

  test("says so when the solution runs away, and when times do not ascend", () => {
    const square = (_: number, y: Float64Array, out: Float64Array) => {
      out[0] = y[0]! ** 2;
    };
    expect(() => solveOde(square, Float64Array.of(1), [2])).toThrow(/the solution/);
    expect(() => solveOde(square, Float64Array.of(1), [0.5, 0.2])).toThrow(/times\[1\] is 0.2/);
    expect(() => solveOde(square, Float64Array.of(1), [Number.NaN])).toThrow(/times\[0\] is NaN/);
  });
});
