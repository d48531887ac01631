import { describe, expect, test } from "vitest";
import { activation, customActivation, permissibilityReport } from "../../src/activations/index.js";

const own = (value: (x: number) => number, more: object = {}) =>
  permissibilityReport(customActivation({ name: "mine", value, ...more }));

describe("permissibilityReport of the catalogue", () => {
  test.each([
    ["identity", {}],
    ["relu", {}],
    ["leakyRelu", { slope: 0.1 }],
    ["abs", {}],
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
    ["polynomial", { coefficients: [1, 0, -2, 0.5] }],
    ["exp", {}],
  ] as const)("%s is permissible", (name, parameters) => {
    const report = permissibilityReport(activation(name, parameters));
    expect(report).toMatchObject({ verdict: "permissible", pole: null, secondMoment: { finite: "always" } });
    expect([report.bounded.holds, report.growth.holds, report.measurable.holds]).toEqual([true, true, true]);
    expect(report.consequence).toMatch(/converge in probability/);
  });

  test("1/x is unbounded at 0, and lengths grow like the width", () => {
    const report = permissibilityReport(activation("reciprocal"));
    expect(report).toMatchObject({
      verdict: "not-permissible",
      bounded: { holds: false, basis: "known" },
      growth: { holds: true },
      pole: { at: 0, power: 1 },
      secondMoment: { finite: "never" },
    });
    expect(report.consequence).toMatch(/grows like N\^1 with the width/);
  });

  test("exp(x^2/4) grows too fast, and has a length map below the variance 1 only", () => {
    const report = permissibilityReport(activation("gaussian", { b: 0.25 }));
    expect(report).toMatchObject({
      verdict: "not-permissible",
      bounded: { holds: true },
      growth: { holds: false },
      secondMoment: { finite: "below", below: 1 },
    });
  });
});

describe("permissibilityReport of a function given as such", () => {
  test.each([
    ["exp(|x|^1.9)", (x: number) => Math.exp(Math.abs(x) ** 1.9)],
    ["exp(|x|^1.5)", (x: number) => Math.exp(Math.abs(x) ** 1.5)],
    ["exp(|x|^1.97)", (x: number) => Math.exp(Math.abs(x) ** 1.97)],
    ["exp(x^2 / log(3 + |x|))", (x: number) => Math.exp((x * x) / Math.log(3 + Math.abs(x)))],
    ["e^x", Math.exp],
    ["tanh", Math.tanh],
    ["x^7 - 2 x", (x: number) => x ** 7 - 2 * x],
    ["a step", (x: number) => (x > 1 ? 5 : -1)],
    ["sin(50 x)", (x: number) => Math.sin(50 * x)],
    ["a narrow bump", (x: number) => Math.exp(-((x - 0.3) ** 2) * 1e4)],
    ["a cusp", (x: number) => 1 - Math.abs(x - 0.7) ** 0.5],
    ["mish", (x: number) => x * Math.tanh(Math.log1p(Math.exp(x)))],
  ])("%s meets all conditions by its values", (_, value) => {
    const report = own(value);
    expect(report.verdict).toBe("permissible");
    expect(report.bounded.basis).toBe("sampled");
  });

  test.each([
    ["1/x", (x: number) => 1 / x, 0, 1, "never"],
    ["1/sqrt|x|", (x: number) => 1 / Math.sqrt(Math.abs(x)), 0, 0.5, "never"],
    ["log|x|", (x: number) => Math.log(Math.abs(x)), 0, 0, "always"],
    ["|x|^(-1/5)", (x: number) => Math.abs(x) ** -0.2, 0, 0.2, "always"],
    ["1/(x - 1.37)", (x: number) => 1 / (x - 1.37), 1.37, 1, "never"],
    ["1/(x + pi)^2 + x", (x: number) => (x + Math.PI) ** -2 + x, -Math.PI, 2, "never"],
    ["tan x", Math.tan, null, 1, "never"],
  ] as const)("%s has a pole: where, and how steep", (_, value, at, power, finite) => {
    const report = own(value);
    expect(report.verdict).toBe("not-permissible");
    expect(report.bounded.holds).toBe(false);
    if (at !== null) expect(report.pole!.at).toBeCloseTo(at, 6);
    expect(report.pole!.power).toBeCloseTo(power, 2);
    expect(report.secondMoment?.finite).toBe(finite);
  });

  test("log|x| and |x|^(-1/5) fail the assumptions, and lengths converge all the same", () => {
    for (const value of [(x: number) => Math.log(Math.abs(x)), (x: number) => Math.abs(x) ** -0.2]) {
      expect(own(value).consequence).toMatch(/assumptions fail, and yet/);
    }
  });

  test.each([
    ["e^{x^2/4}", (x: number) => Math.exp((x * x) / 4)],
    ["x e^{x^2/4}", (x: number) => x * Math.exp((x * x) / 4)],
    ["exp|x|^3", (x: number) => Math.exp(Math.abs(x) ** 3)],
  ])("%s grows too fast", (_, value) => {
    expect(own(value)).toMatchObject({ verdict: "not-permissible", growth: { holds: false } });
  });

  test("says so where values cannot decide", () => {
    // the power of x in log|phi| is still on its way to 2 where phi overflows, and might end elsewhere
    const slow = own((x) => Math.exp(x * x + Math.abs(x) ** 1.5));
    expect(slow).toMatchObject({ verdict: "undecided", growth: { holds: null } });
    expect(slow.growth.reason).toMatch(/cannot decide/);
    // bounded, but so slow to reach its bound at 0.31 that float64 cannot tell it from a weak pole
    const weak = own((x) => 2 - 1 / Math.sqrt(4 + Math.abs(Math.log(Math.abs(x - 0.31)))));
    expect(weak).toMatchObject({ verdict: "undecided", bounded: { holds: null } });
    // unbounded, but as slowly
    const slower = own((x) => Math.log(1 + Math.abs(Math.log(Math.abs(x - 0.31)))));
    expect(slower).toMatchObject({ verdict: "undecided", bounded: { holds: null } });
  });

  test("a declared growth decides what values do not", () => {
    const report = own((x) => Math.exp(x * x + Math.abs(x) ** 1.5), {
      growth: { kind: "gaussian", rate: 1 },
    });
    expect(report).toMatchObject({
      verdict: "not-permissible",
      growth: { holds: false, basis: "declared" },
      secondMoment: { finite: "below", below: 0.25 },
    });
  });

  test("a pole that contradicts a declared growth is reported", () => {
    const report = own((x) => 1 / (x - 2), { growth: { kind: "bounded" } });
    expect(report).toMatchObject({ verdict: "not-permissible", bounded: { holds: false, basis: "sampled" } });
  });

  test("what gives two values for one x is no function", () => {
    let calls = 0;
    const report = own((x) => Math.tanh(x) + 1e-9 * calls++, { growth: { kind: "bounded" } });
    expect(report).toMatchObject({ verdict: "not-permissible", measurable: { holds: false } });
  });
});
