import { describe, expect, test } from "vitest";
import { logSize } from "../../src/activations/expression/log-size.js";
import { parseExpression } from "../../src/activations/expression/parse.js";
import { farGrowth } from "../../src/activations/far-growth.js";
import {
  type Activation,
  customActivation,
  dual,
  type Growth,
  parseActivationExpression,
  permissibilityReport,
  secondMoment,
} from "../../src/activations/index.js";

const formula = parseActivationExpression;
const own = (value: (x: number) => number): Activation => customActivation({ name: "mine", value });
const power = (growth: Growth) => ("power" in growth ? growth.power : Number.NaN);

/** At no variance is E phi^2 finite, and every text says so. */
function expectNever(a: Activation) {
  expect(a.growth.kind).toBe("supergaussian");
  const report = permissibilityReport(a);
  expect(report).toMatchObject({
    verdict: "not-permissible",
    growth: { holds: false },
    secondMoment: { finite: "never", below: 0 },
  });
  expect(report.growth.reason).toMatch(/infinite at every variance/);
  expect(report.consequence).toMatch(/infinite at every variance: there is no length map/);
  for (const q of [1e-6, 0.1, 1, 100]) {
    expect(() => secondMoment(a, q)).toThrow(/infinite at q = .*: grows/);
  }
  expect(() => dual(a, 0.1, 0.1, 0.05)).toThrow(
    /no length map and no infinite-width kernel: grows .* infinite at every variance/,
  );
}

/** E_q phi^2 is finite for q < `below` only. */
function expectBelow(a: Activation, below: number, relative = 1e-12) {
  expect(a.growth.kind).toBe("gaussian");
  const report = permissibilityReport(a);
  expect(report).toMatchObject({ verdict: "not-permissible", secondMoment: { finite: "below" } });
  expect(report.secondMoment!.below).toBeWithinRelative(below, relative);
  expect(secondMoment(a, 0.5 * below)).toBeLessThan(Number.POSITIVE_INFINITY);
  expect(() => secondMoment(a, 1.01 * below)).toThrow(/infinite at q/);
}

describe("growth of formulas", () => {
  test.each([
    ["exp(abs(x)^2.05)", 2.05],
    ["exp(abs(x)^2.2)", 2.2],
    ["exp(abs(x)^3)", 3],
    ["exp(abs(x)^3/100)", 3],
    ["exp(abs(x)^3/1e9)", 3],
    ["exp(x^4)", 4],
    ["exp(relu(x)^3)", 3],
    ["cosh(x^3)", 3],
    ["sinh(x^3)", 3],
    ["exp(abs(x)^2.5)*cos(x)", 2.5],
    ["exp(abs(x)^2.1)/(1+x^2)", 2.1],
    ["exp(x^3)/x", 3],
    ["exp(exp(x))", Number.POSITIVE_INFINITY],
    ["exp(exp(exp(-x)))", Number.POSITIVE_INFINITY],
    ["exp(x^2*log(1+x^2))", 2.004],
  ] as const)("%s has a second moment at no variance", (text, expected) => {
    const a = formula(text);
    expectNever(a);
    if (expected === Number.POSITIVE_INFINITY) expect(power(a.growth)).toBe(expected);
    else expect(power(a.growth)).toBeCloseTo(expected, 3);
  });

  test.each([
    ["exp(x^2)", 0.25],
    ["exp(x^2/8)", 2],
    ["x*exp(x^2)", 0.25],
    ["x^10*exp(x^2/4)", 1],
    ["exp(x^2)*cos(x)", 0.25],
    ["exp(x^2+abs(x))", 0.25],
    ["exp(x^2+abs(x)^1.9)", 0.25],
    ["exp(x^2)/(1+x^2)", 0.25],
    ["exp(relu(x)^2)", 0.25],
    ["cosh(x^2/2)", 0.5],
    ["2^(x^2)", 0.25 / Math.LN2],
    ["exp(x^2/1e6)", 2.5e5],
    ["exp(softplus(x)^2/4)", 1],
  ] as const)("%s has one below %f", (text, below) => {
    expectBelow(formula(text), below);
  });

  test("an oscillation of the exponent counts with its largest rate", () => {
    expectBelow(formula("exp(x^2*(1+sin(x))/8)"), 1, 1e-4);
  });

  test.each([
    "exp(-x^2)",
    "exp(-exp(x))",
    "x*exp(-x^2)",
    "log1p(exp(x^2))",
    "sinh(x)",
    "exp(abs(x)^1.9)",
    "exp(abs(x)^1.99)",
    "exp(x^2/log(3+abs(x)))",
    "abs(x)^abs(x)",
  ])("%s has one at every variance", (text) => {
    expect(permissibilityReport(formula(text))).toMatchObject({
      verdict: "permissible",
      secondMoment: { finite: "always" },
    });
  });

  test("powers are told from 2 down to 1e-8, nearer ones count as 2", () => {
    const kind = (p: string) => formula(`exp(abs(x)^(2${p}))`).growth.kind;
    expect([kind("+1e-8"), kind("-1e-8")]).toEqual(["supergaussian", "subgaussian"]);
    expect([kind("+1e-10"), kind("-1e-10")]).toEqual(["gaussian", "gaussian"]);
  });
});

describe("growth of functions that are given as such", () => {
  test.each([
    ["exp |x|^2.004", (x: number) => Math.exp(Math.abs(x) ** 2.004), 2.004],
    ["exp |x|^2.05", (x: number) => Math.exp(Math.abs(x) ** 2.05), 2.05],
    ["exp |x|^2.2", (x: number) => Math.exp(Math.abs(x) ** 2.2), 2.2],
    ["exp |x|^2.2 cos x", (x: number) => Math.exp(Math.abs(x) ** 2.2) * Math.cos(x), 2.2],
    ["exp |x|^3 / 100", (x: number) => Math.exp(Math.abs(x) ** 3 / 100), 3],
    ["exp x^4", (x: number) => Math.exp(x ** 4), 4],
    ["exp relu^3", (x: number) => Math.exp(Math.max(x, 0) ** 3), 3],
    ["cosh x^3", (x: number) => Math.cosh(x ** 3), 3],
    ["exp exp x", (x: number) => Math.exp(Math.exp(x)), Number.POSITIVE_INFINITY],
  ] as const)("%s has a second moment at no variance", (_, value, expected) => {
    const a = own(value);
    expectNever(a);
    if (expected === Number.POSITIVE_INFINITY) expect(power(a.growth)).toBe(expected);
    else expect(power(a.growth)).toBeCloseTo(expected, 1);
  });

  test.each([
    ["exp x^2", (x: number) => Math.exp(x * x), 0.25, 1e-12],
    ["x exp x^2", (x: number) => x * Math.exp(x * x), 0.25, 1e-12],
    ["x^10 exp x^2/4", (x: number) => x ** 10 * Math.exp(0.25 * x * x), 1, 1e-12],
    ["exp(x^2 + |x|)", (x: number) => Math.exp(x * x + Math.abs(x)), 0.25, 1e-12],
    ["exp(x^2) / (1 + x^2)", (x: number) => Math.exp(x * x) / (1 + x * x), 0.25, 1e-3],
    ["exp relu^2", (x: number) => Math.exp(Math.max(x, 0) ** 2), 0.25, 1e-12],
    ["exp |x|^2.001", (x: number) => Math.exp(Math.abs(x) ** 2.001), 0.25, 0.01],
  ] as const)("%s has one below %f", (_, value, below, relative) => {
    expectBelow(own(value), below, relative);
  });

  test.each([
    ["exp(x^2) cos x", (x: number) => Math.exp(x * x) * Math.cos(x)],
    ["exp(x^2 - |x|^1.5)", (x: number) => Math.exp(x * x - Math.abs(x) ** 1.5)],
    ["exp(x^2 (1 + sin x))", (x: number) => Math.exp(x * x * (1 + Math.sin(x)))],
    ["nothing beyond 1", (x: number) => (Math.abs(x) > 0.9 ? Number.POSITIVE_INFINITY : x)],
  ] as const)("%s: cannot decide", (_, value) => {
    const a = own(value);
    expect(a.growth.kind).toBe("undecided");
    expect(a.permissibility).toMatchObject({ permissible: false });
    const report = permissibilityReport(a);
    expect(report).toMatchObject({ growth: { holds: null }, secondMoment: null });
    expect(report.growth.reason).toMatch(/^cannot decide: .*declare its growth$/);
  });
});

describe("logarithms of formulas", () => {
  const at = (text: string, x: number) => {
    const { graph, root } = parseExpression(text);
    return logSize(graph, root)(x);
  };

  test.each([
    ["exp(x^2)", 1e100, 1e200],
    ["x*exp(x^2)", 1e3, 1e6 + Math.log(1e3)],
    ["exp(x^2)/exp(x)", 1e3, 1e6 - 1e3],
    ["exp(x)+exp(2*x)", 1e4, 2e4],
    ["exp(-x)", 1e5, -1e5],
    ["sigmoid(x)", -1e5, -1e5],
    ["softplus(x)", -1e5, -1e5],
    ["sqrt(exp(x))", 1e4, 5e3],
    ["log(exp(x^2))", 1e4, Math.log(1e8)],
    ["cosh(x)", -1e4, 1e4 - Math.LN2],
    ["abs(sinh(x)-cosh(x)/2)", 1e4, 1e4 - Math.log(4)],
    ["max(exp(x), exp(2*x))", 1e4, 2e4],
    ["min(exp(x), exp(2*x), 1e3)", 1e4, Math.log(1e3)],
    ["tanh(exp(x))*arctan(exp(x))", 1e4, Math.log(Math.PI / 2)],
    ["exp(x)^x", 1e4, 1e8],
    ["expm1(exp(x))", 8, Math.exp(8)],
    ["log1p(exp(x))", 1e4, Math.log(1e4)],
  ])("of %s at %d", (text, x, expected) => {
    expect(at(text, x)).toBeWithinRelative(expected, 1e-13);
  });

  test("say where there is no number", () => {
    expect(at("relu(x)", -1)).toBe(Number.NEGATIVE_INFINITY);
    expect(at("sqrt(0-exp(x))", 1e4)).toBeNaN();
    expect(at("exp(exp(x))", 1e4)).toBe(Number.POSITIVE_INFINITY);
    expect(farGrowth(() => Number.NaN)).toBeNull();
  });
});
