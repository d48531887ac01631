import { describe, expect, test } from "vitest";
import {
  activation,
  customActivation,
  derivativeSecondMoment,
  dual,
  dualDerivative,
  prepareDual,
  secondMoment,
} from "../../src/activations/index.js";

describe("permissibility", () => {
  const permissible: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["identity", {}],
    ["relu", {}],
    ["leakyRelu", {}],
    ["elu", {}],
    ["selu", {}],
    ["sigmoid", {}],
    ["tanh", {}],
    ["erf", {}],
    ["softplus", {}],
    ["silu", {}],
    ["gelu", {}],
    ["sin", {}],
    ["heaviside", {}],
    ["sign", {}],
    ["polynomial", { coefficients: [1, 2, 3] }],
    ["exp", {}],
  ];
  test.each(permissible)("%s is permissible", (name, parameters) => {
    const { permissibility } = activation(name, parameters);
    expect(permissibility.permissible).toBe(true);
    expect(permissibility.reason).not.toBe("");
  });

  test("1/x and e^{x^2/4} are not, for different reasons", () => {
    expect(activation("reciprocal").permissibility).toMatchObject({ permissible: false });
    expect(activation("reciprocal").permissibility.reason).toContain("unbounded near x = 0");
    expect(activation("gaussian", { b: 0.25 }).permissibility.permissible).toBe(false);
    expect(activation("gaussian", { b: 0.25 }).permissibility.reason).toContain("variance 1 and above");
    expect(activation("gaussian", { b: -0.25 }).permissibility.permissible).toBe(true);
  });

  const functions: readonly (readonly [string, (x: number) => number, boolean, string])[] = [
    ["exp(|x|^1.9)", (x) => Math.exp(Math.abs(x) ** 1.9), true, "subgaussian"],
    ["exp(|x|^1.5)", (x) => Math.exp(Math.abs(x) ** 1.5), true, "subgaussian"],
    ["e^x", Math.exp, true, "exponential"],
    ["x^3", (x) => x ** 3, true, "polynomial"],
    ["sin", Math.sin, true, "bounded"],
    ["x sin x", (x) => x * Math.sin(x), true, "polynomial"],
    ["step at 1", (x) => (x > 1 ? 1 : 0), true, "bounded"],
    ["log|x|", (x) => Math.log(Math.abs(x)), false, "unbounded-at-point"],
    ["1/sqrt|x|", (x) => 1 / Math.sqrt(Math.abs(x)), false, "unbounded-at-point"],
    ["1/x", (x) => 1 / x, false, "unbounded-at-point"],
    ["e^{x^2/4}", (x) => Math.exp((x * x) / 4), false, "gaussian"],
    ["x e^{x^2/4}", (x) => x * Math.exp((x * x) / 4), false, "gaussian"],
  ];
  test.each(functions)(
    "%s is judged by its values when growth is not declared",
    (name, value, expected, kind) => {
      const a = customActivation({ name, value });
      expect(a.growth.kind).toBe(kind);
      expect(a.permissibility.permissible).toBe(expected);
      expect(a.permissibility.reason).toContain("found by evaluating phi");
    },
  );

  test.each([
    ["log|x|", (x: number) => Math.log(Math.abs(x)), { kind: "unbounded-at-point", at: 0 }, false],
    ["e^{x^2/4}", (x: number) => Math.exp((x * x) / 4), { kind: "gaussian", rate: 0.25 }, false],
    ["exp(|x|^1.9)", (x: number) => Math.exp(Math.abs(x) ** 1.9), { kind: "subgaussian", power: 1.9 }, true],
  ] as const)("%s is judged by its declared growth", (name, value, growth, expected) => {
    const a = customActivation({ name, value, growth });
    expect(a.growth).toEqual(growth);
    expect(a.permissibility.permissible).toBe(expected);
    expect(a.permissibility.reason).not.toContain("found by");
  });

  test("measured rates are close to the true ones", () => {
    const g = customActivation({ name: "g", value: (x) => Math.exp(0.25 * x * x) }).growth;
    expect(g.kind === "gaussian" ? g.rate : Number.NaN).toBeCloseTo(0.25, 6);
    const e = customActivation({ name: "e", value: (x) => Math.exp(0.7 * x) }).growth;
    expect(e.kind === "exponential" ? e.rate : Number.NaN).toBeCloseTo(0.7, 6);
  });

  test("a pole away from 0 is found when it is a declared break point", () => {
    const a = customActivation({
      name: "pole",
      value: (x) => 1 / (x - 2),
      breakPoints: [{ at: 2, order: 0 }],
    });
    expect(a.permissibility.permissible).toBe(false);
    expect(() => dual(a, 1, 1, 0.3)).toThrow(/unbounded near x = 2/);
  });
});

describe("customActivation", () => {
  test("a value alone is enough for T and the derivative kernel", () => {
    const own = customActivation({ name: "my tanh", value: Math.tanh });
    const known = activation("tanh");
    for (const [q1, q2, k] of [
      [1, 1, 0.6],
      [0.5, 2, -0.7],
      [1.5, 1.5, 1.5],
    ] as const) {
      expect(dual(own, q1, q2, k)).toBeWithinRelative(dual(known, q1, q2, k), 1e-11);
      expect(dualDerivative(own, q1, q2, k)).toBeWithinRelative(dualDerivative(known, q1, q2, k), 1e-10);
    }
    const map = prepareDual(own, Float64Array.of(1, 1), Float64Array.of(1, 1));
    expect(map.rowDerivativeSecond[0]).toBeWithinRelative(derivativeSecondMoment(known, 1), 1e-11);
  });

  test("mish, which the catalogue lacks, agrees with itself given its derivative", () => {
    const value = (x: number) => x * Math.tanh(Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0));
    const derivative = (x: number) => {
      const softplus = Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);
      const t = Math.tanh(softplus);
      return t + (x * (1 - t * t)) / (1 + Math.exp(-x));
    };
    const bare = customActivation({ name: "mish", value });
    const full = customActivation({ name: "mish", value, derivative });
    expect(bare.growth).toEqual({ kind: "polynomial", degree: 1 });
    expect(dualDerivative(bare, 1, 2, 0.8)).toBeWithinRelative(dualDerivative(full, 1, 2, 0.8), 1e-11);
    expect(dual(bare, 1, 2, 0.8)).toBeWithinRelative(dual(full, 1, 2, 0.8), 1e-12);
  });

  test("break points away from 0: hard tanh against its exact moments and independent limits", () => {
    const hard = customActivation({
      name: "hardTanh",
      value: (x) => Math.max(-1, Math.min(1, x)),
      derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
      breakPoints: [
        { at: -1, order: 1 },
        { at: 1, order: 1 },
      ],
    });
    // E clip(z)^2 = 1 - 2 pdf(1) for q = 1: int_{-1}^{1} z^2 + 2 P(z > 1) = (erf(1/sqrt 2) - 2 pdf(1)) + (1 - erf(1/sqrt 2))
    const second = 1 - 2 * (Math.exp(-0.5) / Math.sqrt(2 * Math.PI));
    expect(secondMoment(hard, 1)).toBeWithinRelative(second, 1e-14);
    expect(dual(hard, 1, 1, 1)).toBeWithinRelative(second, 1e-12);
    // E phi'^2 = P(|z| < 1); at c = 0 its square
    const inside = 0.6826894921370859;
    expect(dualDerivative(hard, 1, 1, 1)).toBeWithinRelative(inside, 1e-11);
    expect(dualDerivative(hard, 1, 1, 0)).toBeWithinRelative(inside * inside, 1e-11);
    expect(Math.abs(dual(hard, 1, 1, 0))).toBeLessThan(1e-13);
    // odd: T(-k) = -T(k); different variances take the slow way and must join continuously
    expect(dual(hard, 1, 1, -0.4)).toBeWithinRelative(-dual(hard, 1, 1, 0.4), 1e-11);
    expect(dual(hard, 1, 1 + 1e-9, 0.4)).toBeWithinRelative(dual(hard, 1, 1, 0.4), 1e-8);
    // dT / dk = Td
    const h = 1e-3;
    const T = (k: number) => dual(hard, 1, 1, k);
    const slope = (8 * (T(0.4 + h) - T(0.4 - h)) - (T(0.4 + 2 * h) - T(0.4 - 2 * h))) / (12 * h);
    expect(dualDerivative(hard, 1, 1, 0.4)).toBeWithinRelative(slope, 1e-8);
  });

  test("a jump away from 0: P(u > 1/2, v > 1/2) by quadrature, and no derivative kernel", () => {
    const step = customActivation({
      name: "step",
      value: (x) => (x > 0.5 ? 1 : 0),
      breakPoints: [{ at: 0.5, order: 0 }],
    });
    const tail = 0.3085375387259869;
    const q = Float64Array.of(1, 1);
    const map = prepareDual(step, q, q, { derivative: false });
    const out = new Float64Array(4);
    map.pair(0, 1, 0, 1, out);
    expect(out[0]).toBeWithinRelative(tail * tail, 1e-11);
    map.pair(0, 1, 1, 0, out);
    expect(out[0]).toBeWithinRelative(tail, 1e-11);
    expect(() => dualDerivative(step, 1, 1, 0.2)).toThrow(/jumps at x = 0.5/);
  });

  test.each([
    [{ name: "", value: Math.sin }, "name"],
    [{ name: "x", value: 3 as unknown as (x: number) => number }, "value"],
    [{ name: "x", value: () => Number.NaN }, "value(-1.7)"],
    [
      { name: "x", value: Math.sin, breakPoints: [{ at: Number.NaN, order: 1 as const }] },
      "breakPoints[].at",
    ],
    [{ name: "x", value: Math.sin, breakPoints: [{ at: 0, order: 0.5 }] }, "breakPoints[].order"],
  ])("refuses %j and names %s", (description, argument) => {
    expect(() => customActivation(description)).toThrow(argument);
  });
});
