import { describe, expect, test } from "vitest";
import { solveOde } from "../../src/numeric/ode.js";
import { type Clock, checkClock, isInfinite, modeState } from "../../src/trainability/index.js";

const N = 5;
const clock = (steps: number, learningRate: number, momentum: number) =>
  ({ kind: "momentumFlow", time: learningRate * steps, learningRate, momentum }) as const satisfies Clock;

describe("the clock of descent with momentum in continuous time", () => {
  // x = eta lambda / n against a^2 = (1 - momentum)^2 / 4: overdamped, nearly critical, oscillating, and a mode with lambda = 0
  test.each([
    [0.9, 1e-6],
    [0.9, 0.0024],
    [0.9, 0.0025],
    [0.9, 0.002501],
    [0.9, 0.5],
    [0, 0.24],
    [0.5, 3],
    [0.99, 1e-3],
  ])("momentum %d, eta lambda / n = %d: decay and filter solve the equation of motion", (momentum, x) => {
    const eta = 0.7;
    const lambda = (x * N) / eta;
    const steps = [0.01, 0.4, 1, 6, 30];
    // r'' + (1 - m) r' + x r = 0 in steps, and the dual coordinate A'' + (1 - m) A' = eta / n r
    const exact = solveOde(
      (_, [r, v, , w], out) => {
        out[0] = v!;
        out[1] = -(1 - momentum) * v! - x * r!;
        out[2] = w!;
        out[3] = (eta / N) * r! - (1 - momentum) * w!;
      },
      Float64Array.of(1, 0, 0, 0),
      steps,
      { tolerance: 1e-13 },
    );
    for (const [i, k] of steps.entries()) {
      const { decay, filter } = modeState(clock(k, eta, momentum), lambda, N);
      expect(Math.abs(decay - exact[i]![0]!)).toBeLessThan(1e-10);
      // 1e-13 of r = 1 per step; after a hundredth of a step A is only 7e-6
      expect(Math.abs(filter - exact[i]![2]!)).toBeLessThan(1e-10);
      expect(filter).toBeWithinRelative((1 - decay) / lambda, 1e-9 / Math.min(1, x * k * k));
    }
  });

  test("few steps keep the digits of small changes: decay = 1 - x k^2 / 2, filter = eta k^2 / (2 n)", () => {
    const { decay, filter } = modeState(clock(1e-5, 1, 0.9), 1e-3 * N, N);
    expect(filter).toBeWithinRelative(1e-10 / 2 / N, 1e-6);
    expect(decay).toBe(1 - (1e-3 * 1e-10) / 2);
  });

  test("a mode with lambda = 0 moves as its speed saturates, and is never learned in the limit", () => {
    const [eta, m, k] = [0.3, 0.8, 40];
    const saturating = (k - -Math.expm1(-(1 - m) * k) / (1 - m)) / (1 - m);
    expect(modeState(clock(k, eta, m), 0, N)).toEqual({
      decay: 1,
      filter: expect.closeTo((eta / N) * saturating, 12),
    });
    const forever = { ...clock(1, eta, m), time: Number.POSITIVE_INFINITY };
    expect(isInfinite(forever)).toBe(true);
    expect(modeState(forever, 0, N)).toEqual({ decay: 1, filter: 0 });
    expect(modeState(forever, 2, N)).toEqual({ decay: 0, filter: 1 / 2 });
  });

  test("small learning rates give plain flow at t / (1 - momentum)", () => {
    const [m, t, lambda] = [0.6, 2, 3];
    const plain = modeState({ kind: "flow", time: t / (1 - m) }, lambda, N);
    for (const eta of [1e-4, 1e-6]) {
      const { decay } = modeState(
        { kind: "momentumFlow", time: t, learningRate: eta, momentum: m },
        lambda,
        N,
      );
      // the slow root is -x / (1 - m) (1 + x / (1 - m)^2 + ...)
      expect(Math.abs(decay - plain.decay)).toBeLessThan((5 * (eta * lambda)) / N / (1 - m) ** 2);
    }
  });

  test("refuses what is no momentum", () => {
    expect(() => checkClock({ kind: "momentumFlow", time: 1, learningRate: 1, momentum: 1 }, "f")).toThrow(
      /momentum is 1, expected a number in \[0, 1\)/,
    );
    expect(() => checkClock({ kind: "momentumFlow", time: -1, learningRate: 1, momentum: 0 }, "f")).toThrow(
      /time is -1/,
    );
  });
});
