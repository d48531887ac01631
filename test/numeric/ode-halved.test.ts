import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import { type Derivative, toEnd } from "../../src/numeric/ode.js";
import { type HalvedOdeOptions, halvedOdeSteps } from "../../src/numeric/ode-halved.js";

const solve = (
  derivative: Derivative,
  start: readonly number[],
  times: readonly number[],
  options: Partial<HalvedOdeOptions> = {},
) =>
  toEnd(
    halvedOdeSteps(derivative, Float64Array.from(start), times, {
      step: 0.5,
      watch: (y) => y,
      tolerance: 1e-6,
      ...options,
    }),
  );

describe("halvedOdeSteps", () => {
  test("solves y' = -y to less than the error it states, which falls as the fourth power of the step", () => {
    const times = [0, 0.3, 1, 3];
    const errors = [1e-3, 1e-8].map((tolerance) => {
      const { states, watched, steps } = solve(
        (_, y, out) => {
          out[0] = -y[0]!;
        },
        [1],
        times,
        { tolerance },
      );
      expect(states.map(([y]) => y)).toEqual(watched.map(([y]) => y));
      const off = Math.max(...times.map((t, i) => Math.abs(states[i]![0]! - Math.exp(-t))));
      expect(off).toBeLessThan(steps.error);
      expect(steps.error).toBeLessThan(tolerance);
      return { off, step: steps.step };
    });
    const order = Math.log(errors[0]!.off / errors[1]!.off) / Math.log(errors[0]!.step / errors[1]!.step);
    expect(Math.abs(order - 4)).toBeLessThan(0.3);
  });

  test("passes a jump of the slope, and states what it costs", () => {
    // y' = 1 up to t = 1 / 3, then -1
    const { states, steps } = solve(
      (t, _, out) => {
        out[0] = t < 1 / 3 ? 1 : -1;
      },
      [0],
      [1],
      { tolerance: 1e-4 },
    );
    expect(Math.abs(states[0]![0]! - (1 / 3 - 2 / 3))).toBeLessThan(2 * steps.error + 1e-12);
    expect(steps.step).toBeLessThan(1e-2);
  });

  test("a first step that is not stable is halved until it is, one that meets no finite numbers as well", () => {
    for (const rate of [30, 3000]) {
      const { states, steps } = solve(
        (_, y, out) => {
          out[0] = -rate * (y[0]! - 1) - (rate > 100 ? (y[0]! - 1) ** 3 : 0);
        },
        [0],
        [0, 2],
      );
      expect(states[1]![0]!).toBeCloseTo(1, 6);
      expect(steps.step).toBeLessThan(2.8 / rate);
    }
  });

  test("what runs away is an error", () => {
    let error: unknown;
    try {
      solve(
        (_, y, out) => {
          out[0] = y[0]! ** 2;
        },
        [1],
        [2],
        { maxSteps: 2000 },
      );
    } catch (reason) {
      error = reason;
    }
    expect(isForetrainError(error, "ERR_NUMERICAL")).toBe(true);
  });

  test("tells where each pass is", () => {
    const told: number[] = [];
    solve(
      (_, y, out) => {
        out[0] = -y[0]!;
      },
      [1],
      [1],
      { tolerance: 1, onStep: (time) => told.push(time) },
    );
    expect(told).toEqual([0.5, 1, 0.25, 0.5, 0.75, 1]);
  });
});
