import { describe, expect, test } from "vitest";
import {
  type Activation,
  activation,
  activationNames,
  curvatureSecondMoment,
  customActivation,
  derivativeSecondMoment,
  gaussianMean,
  secondMoment,
  secondMomentSlope,
} from "../../src/activations/index.js";
import fixture from "../fixtures/moments.json" with { type: "json" };

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
const SPECIAL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  abRelu: { a: -0.5, b: 1.5 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 3 },
  polynomial: { coefficients: [0.5, -1, 0.25, 2] },
  hermite: { degree: 4 },
  expression: { expression: "x*tanh(x)" },
};
const catalogue: readonly Activation[] = activationNames()
  .filter((name) => name !== "reciprocal")
  .map((name) => activation(name, SPECIAL[name] ?? {}));

describe("moments from q = 1e-12 to 1e16", () => {
  test.each(fixture.cases)("of $name at q = $q equal 30-digit values", (c) => {
    const a = activation(c.name);
    expect(secondMoment(a, c.q)).toBeWithinRelative(c.second, 2e-14);
    expect(derivativeSecondMoment(a, c.q)).toBeWithinRelative(c.derivativeSecond, 2e-14);
    expect(secondMomentSlope(a, c.q)).toBeWithinRelative(c.secondSlope, 5e-14);
  });

  test("tanh and sigmoid approach their step limits with corrections of order 1/q", () => {
    const tanh = activation("tanh");
    const sigmoid = activation("sigmoid");
    for (const q of [1e4, 1e6, 1e8, 1e12, 1e16]) {
      const s = Math.sqrt(q);
      // int sech^4 = 4/3, int (s (1 - s))^2 = 1/6, int (2 tanh sech^2)^2 = 16/15; the next terms are below 1/q of these
      const near = 1 / q + 1e-14;
      expect(derivativeSecondMoment(tanh, q)).toBeWithinRelative(4 / 3 / (ROOT_TWO_PI * s), near);
      expect(derivativeSecondMoment(sigmoid, q)).toBeWithinRelative(1 / 6 / (ROOT_TWO_PI * s), near);
      expect(curvatureSecondMoment(tanh, q)).toBeWithinRelative(16 / 15 / (ROOT_TWO_PI * s), near);
      expect(secondMoment(tanh, q)).toBeWithinRelative(1 - 2 / (ROOT_TWO_PI * s), 1 / (q * s) + 1e-15);
      expect(secondMomentSlope(tanh, q)).toBeWithinRelative(1 / (ROOT_TWO_PI * q * s), 2 / q + 1e-14);
    }
  });

  test.each(["softplus", "silu", "gelu", "elu"])("%s becomes a relu", (name) => {
    const a = activation(name);
    for (const q of [1e4, 1e7, 1e10, 1e16]) {
      // phi = relu + something bounded by 1 that is integrable, or 1 on one side: relative 2 / sqrt(q) at most
      expect(secondMoment(a, q)).toBeWithinRelative(q / 2, 2 / Math.sqrt(q) + 1e-14);
      expect(derivativeSecondMoment(a, q)).toBeWithinRelative(0.5, 2 / Math.sqrt(q) + 1e-14);
      expect(secondMomentSlope(a, q)).toBeWithinRelative(0.5, 2 / Math.sqrt(q) + 1e-14);
    }
  });

  test("steep functions of the user are resolved on their own scale", () => {
    for (const b of [1e3, 1e8]) {
      const steep = customActivation({
        name: "steep",
        value: (x) => Math.tanh(b * x),
        derivative: (x) => b / Math.cosh(Math.min(b * Math.abs(x), 350)) ** 2,
      });
      const tanh = activation("tanh");
      for (const q of [1e-12, 1, 1e6]) {
        expect(secondMoment(steep, q)).toBeWithinRelative(secondMoment(tanh, b * b * q), 1e-13);
        expect(derivativeSecondMoment(steep, q) / b / b).toBeWithinRelative(
          derivativeSecondMoment(tanh, b * b * q),
          1e-12,
        );
        expect(secondMomentSlope(steep, q) / b / b).toBeWithinRelative(
          secondMomentSlope(tanh, b * b * q),
          1e-12,
        );
      }
    }
  });

  test("a feature away from 0 is found at a declared point, whatever the variance", () => {
    const shifted = customActivation({
      name: "tanh(x - 1000)",
      value: (x) => Math.tanh(x - 1000),
      derivative: (x) => 1 / Math.cosh(Math.min(Math.abs(x - 1000), 350)) ** 2,
      breakPoints: [{ at: 1000, order: 9 }],
    });
    for (const q of [1e10, 1e16]) {
      const density = Math.exp(-0.5e6 / q) / (ROOT_TWO_PI * Math.sqrt(q));
      expect(derivativeSecondMoment(shifted, q)).toBeWithinRelative((4 / 3) * density, 2 / q + 1e-13);
    }
  });

  test("closed slopes and curvatures are those of quadrature", () => {
    for (const a of catalogue) {
      if (a.closedDual === null || a.kernelOnly) continue;
      const open: Activation = { ...a, closedDual: null };
      for (const q of [1e-3, 0.4, 2, 20]) {
        // gaussian and exp ask for the part of the weight near the end of the range: 1e-12
        const scale = secondMoment(a, q) / q;
        expect(secondMomentSlope(a, q)).toBeWithinRelative(secondMomentSlope(open, q), 1e-12, scale);
        const curvature = curvatureSecondMoment(open, q);
        if (Number.isFinite(curvature))
          expect(curvatureSecondMoment(a, q)).toBeWithinRelative(curvature, 1e-12, 1e-300);
      }
    }
  });

  test("what cannot be had accurately is refused, with the way out", () => {
    // a frequency that grows with x leaves nothing to average over, jumps that recur are not smooth
    const wild = customActivation({ name: "wild", value: (x) => Math.sin(x * x) });
    expect(() => secondMoment(wild, 1e8)).toThrow(/lower the variance, or declare/);
    expect(() => gaussianMean((x) => Math.sign(Math.sin(x)) + 1, 1e12)).toThrow(
      expect.objectContaining({
        code: "ERR_NUMERICAL",
        details: expect.objectContaining({ status: "max-iterations" }),
      }),
    );
  });
});
