import { describe, expect, test } from "vitest";
import { type Clock, checkClock, modeState } from "../../src/trainability/index.js";

const gd = (learningRate: number, steps: number, momentum?: number): Clock =>
  momentum === undefined
    ? { kind: "gd", learningRate, steps }
    : { kind: "gd", learningRate, steps, momentum };
const flow = (time: number): Clock => ({ kind: "flow", time });

/** The recurrence of gradient descent with momentum on one mode: residual and dual coefficient, both exact by definition. */
function simulate(learningRate: number, steps: number, momentum: number, lambda: number, n: number) {
  let r = 1;
  let alpha = 0;
  let velocity = 0;
  for (let k = 0; k < steps; k++) {
    velocity = momentum * velocity + (learningRate / n) * r;
    alpha += velocity;
    r = 1 - lambda * alpha;
  }
  return { decay: r, filter: alpha };
}

describe("modeState", () => {
  test("of gradient flow is e^{-lambda t / n} and (1 - decay) / lambda", () => {
    const { decay, filter } = modeState(flow(3), 2, 4);
    expect(decay).toBeWithinUlp(Math.exp(-1.5), 1);
    expect(filter).toBeWithinUlp(-Math.expm1(-1.5) / 2, 1);
  });

  test("keeps all digits of the filter for tiny eigenvalues, and has the limit t / n at 0", () => {
    // (1 - e^{-x}) / lambda = (t / n) (1 - x / 2 + ...), x = lambda t / n = 1e-18
    expect(modeState(flow(10), 1e-18, 10).filter).toBeWithinUlp(1, 1);
    expect(modeState(flow(10), 0, 4)).toEqual({ decay: 1, filter: 2.5 });
    expect(modeState(gd(0.5, 6), 0, 4)).toEqual({ decay: 1, filter: 0.75 });
    expect(modeState(gd(1, 1e6), 1e-26, 1).filter).toBeWithinRelative(1e6, 1e-15);
  });

  test.each([
    [0.1, 7, 0],
    [1, 1, 0],
    [1.9, 50, 0],
    [2.3, 20, 0],
    [0.1, 40, 0.9],
    [3.7, 25, 0.9],
    [0.4, 1, 0.5],
    [0.4, 0, 0.5],
  ])(
    "of descent with eta lambda / n = %f after %i steps with momentum %f is the recurrence",
    (x, steps, momentum) => {
      const lambda = 0.7;
      const n = 5;
      const learningRate = (x * n) / lambda;
      const expected = simulate(learningRate, steps, momentum, lambda, n);
      const state = modeState(gd(learningRate, steps, momentum), lambda, n);
      // the simulation loses digits of small residuals itself, hence the floor
      expect(state.decay).toBeWithinRelative(expected.decay, 1e-12, 1e-2);
      expect(state.filter).toBeWithinRelative(expected.filter, 1e-12, 1e-2);
    },
  );

  test("of descent tends to that of flow, with error proportional to the learning rate", () => {
    const exact = modeState(flow(2), 3, 2).decay;
    const error = (steps: number) => modeState(gd(2 / steps, steps), 3, 2).decay - exact;
    expect(error(1e5) / error(2e5)).toBeWithinRelative(2, 1e-3);
    expect(Math.abs(error(1e7))).toBeLessThan(1e-6);
  });

  test("is finite for a diverging learning rate: the mode is held at 1e100", () => {
    for (const clock of [gd(100, 10_000), gd(100, 10_001), gd(100, 10_000, 0.9)]) {
      const { decay, filter } = modeState(clock, 1, 1);
      expect(Math.abs(decay)).toBe(1e100);
      expect(Number.isFinite(filter)).toBe(true);
    }
  });

  test("of infinite training is 1 / lambda, nothing for lambda = 0, and an error for an unstable learning rate", () => {
    expect(modeState(flow(Number.POSITIVE_INFINITY), 4, 10)).toEqual({ decay: 0, filter: 0.25 });
    expect(modeState(flow(Number.POSITIVE_INFINITY), 0, 10)).toEqual({ decay: 1, filter: 0 });
    expect(modeState(gd(1, Number.POSITIVE_INFINITY), 4, 10).filter).toBe(0.25);
    expect(() => modeState(gd(5, Number.POSITIVE_INFINITY), 4, 10)).toThrow(
      /does not converge, the limit is 5/,
    );
    expect(modeState(gd(5, Number.POSITIVE_INFINITY, 0.5), 4, 10).filter).toBe(0.25);
  });
});

describe("checkClock", () => {
  test.each<readonly [Clock, RegExp]>([
    [flow(-1), /time is -1/],
    [flow(Number.NaN), /time is NaN/],
    [gd(0, 1), /learningRate is 0/],
    [gd(Number.NaN, 1), /learningRate is NaN/],
    [gd(1, 1.5), /steps is 1.5/],
    [gd(1, -1), /steps is -1/],
    [gd(1, 1, 1), /momentum is 1/],
  ])("refuses %o", (clock, message) => {
    expect(() => checkClock(clock, "test")).toThrow(message);
  });
});
