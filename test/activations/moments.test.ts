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

const SPECIAL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  abRelu: { a: -0.5, b: 1.5 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 3 },
  polynomial: { coefficients: [0.5, -1, 0.25, 2] },
  hermite: { degree: 4 },
  expression: { expression: "x*tanh(x)" },
};
const real: readonly Activation[] = activationNames()
  .filter((name) => name !== "expNormalized" && name !== "reciprocal")
  .map((name) => activation(name, SPECIAL[name] ?? {}));

function points(a: Activation): number[] {
  return a.breakPoints.map((b) => b.at);
}

describe("unit-scale table", () => {
  // phi, E phi(z)^2, Var phi(z)^2, sigma_w = E^{-1/2}; printed digits are the tolerance
  const table: readonly (readonly [string, Readonly<Record<string, unknown>>, number, number, number])[] = [
    ["identity", {}, 1, 2, 1],
    ["abs", {}, 1, 2, 1],
    ["relu", {}, 0.5, 1.25, Math.SQRT2],
    ["leakyRelu", { slope: 0.01 }, 0.50005, 1.24995001, 1.41414286],
    ["leakyRelu", { slope: 0.2 }, 0.52, 1.232, 1.38675049],
    ["heaviside", {}, 0.5, 0.25, Math.SQRT2],
    ["sign", {}, 1, 0, 1],
    ["tanh", {}, 0.3942944904, 0.09752374, 1.59253742],
    ["sigmoid", {}, 0.2933790359, 0.04552305, 1.84622855],
    ["erf", {}, 0.4645590544, 0.12082162, 1.46716695],
    ["erf", { b: Math.SQRT1_2 }, 1 / 3, 4 / 45, 1.73205081],
    ["elu", {}, 0.6449454175, 1.1546991, 1.2451983],
    ["selu", {}, 1, 1.50314045, 1],
    ["softplus", {}, 0.9212459089, 1.48905813, 1.04186684],
    ["softsign", {}, 0.1830140213, 0.01968741, 2.33753336],
    ["silu", {}, 0.3557755198, 0.79258819, 1.67653247],
    ["gelu", {}, 0.4252214826, 1.12386579, 1.53353044],
    ["sin", {}, 0.4323323584, 0.12046302, 1.52086662],
    ["cos", {}, 0.5676676416, 0.12046302, 1.3272506],
    ["arctan", {}, 0.4497009164, 0.1569207, 1.49120762],
    ["exp", { b: 0.5 }, 1.6487212707, 4.67077427, 0.7788007831],
    ["gaussian", { b: -0.5 }, 0.5773502692, 0.11388026, 1.31607401],
    ["monomial", { degree: 2 }, 3, 96, 0.57735027],
  ];
  test.each(table)("%s %j", (name, parameters, second, variance, sigma) => {
    const a = activation(name, parameters);
    const e2 = secondMoment(a, 1);
    const e4 = gaussianMean((x) => a.value(x) ** 4, 1, { breakPoints: points(a) });
    expect(Math.abs(e2 - second)).toBeLessThan(name === "selu" ? 1e-9 : 6e-11);
    expect(Math.abs(e4 - e2 * e2 - variance)).toBeLessThan(6e-9);
    expect(Math.abs(1 / Math.sqrt(e2) - sigma)).toBeLessThan(6e-9);
  });

  test("exact entries are exact", () => {
    expect(secondMoment(activation("erf"), 1)).toBeWithinUlp((2 / Math.PI) * Math.asin(2 / 3), 3);
    expect(secondMoment(activation("sin"), 1)).toBeWithinUlp((1 - Math.exp(-2)) / 2, 3);
    expect(secondMoment(activation("gaussian", { b: -0.5 }), 1)).toBeWithinUlp(1 / Math.sqrt(3), 3);
  });
});

describe.each(real.map((a) => [a.label, a] as const))("moments of %s", (_, a) => {
  const variances = [1e-6, 0.3, 1, 6];

  test("E phi^2 and E phi'^2 agree with quadrature over the value and the derivative", () => {
    for (const q of variances) {
      const reference = gaussianMean((x) => a.value(x) ** 2, q, { breakPoints: points(a) });
      expect(secondMoment(a, q)).toBeWithinRelative(reference, 1e-12);
      const { derivative } = a;
      if (derivative === null) {
        expect(derivativeSecondMoment(a, q)).toBeNaN();
      } else {
        const slope = gaussianMean((x) => derivative(x) ** 2, q, { breakPoints: points(a) });
        expect(derivativeSecondMoment(a, q)).toBeWithinRelative(slope, 1e-12);
      }
    }
  });

  test("the slope of E phi^2 is its derivative in q", () => {
    for (const q of [0.3, 1, 6]) {
      const h = q * 2 ** -9;
      const f = (x: number) => secondMoment(a, x);
      // fourth-order difference: error of order (h/q)^4 = 1e-11, rounding eps / (h/q) = 1e-13
      const d = (8 * (f(q + h) - f(q - h)) - (f(q + 2 * h) - f(q - 2 * h))) / (12 * h);
      expect(secondMomentSlope(a, q)).toBeWithinRelative(d, 1e-7, f(q) / q);
    }
  });

  test("q = 0 is the limit of small variances", () => {
    const zero = secondMoment(a, 0);
    expect(zero).toBeWithinUlp(a.value(0) ** 2, 4);
    const jumpAtZero = a.breakPoints.some((b) => b.order === 0);
    if (jumpAtZero) {
      expect(secondMomentSlope(a, 0)).toBe(Number.POSITIVE_INFINITY);
      return;
    }
    expect(secondMoment(a, 1e-12)).toBeWithinRelative(zero, 1e-5, 1e-5);
    expect(derivativeSecondMoment(a, 0)).toBeWithinRelative(derivativeSecondMoment(a, 1e-14), 1e-6, 1e-6);
    expect(secondMomentSlope(a, 0)).toBeWithinRelative(secondMomentSlope(a, 1e-14), 1e-4, 1e-6);
  });

  test("E phi''^2 exists exactly where phi' does not jump", () => {
    const curvature = curvatureSecondMoment(a, 1);
    const { secondDerivative } = a;
    if (secondDerivative === null) expect(curvature).toBeNaN();
    else if (a.breakPoints.some((b) => b.order === 1)) expect(curvature).toBe(Number.POSITIVE_INFINITY);
    else {
      const reference = gaussianMean((x) => secondDerivative(x) ** 2, 1, { breakPoints: points(a) });
      expect(curvature).toBeWithinRelative(reference, 1e-13, 1e-300);
    }
  });
});

describe("gaussianMean", () => {
  test("is not misled by kinks: relu moments to 1e-14 where 200-point Gauss-Hermite is wrong by 0.5 %", () => {
    expect(gaussianMean((x) => Math.max(x, 0), 1, { breakPoints: [0] })).toBeWithinRelative(
      1 / Math.sqrt(2 * Math.PI),
      1e-14,
    );
    expect(gaussianMean((x) => (x > 0.7 ? 1 : 0), 4, { breakPoints: [0.7] })).toBeWithinRelative(
      0.363169348824381,
      1e-13,
    );
  });

  test("is not misled by large variances: tanh at q = 100 against its step limit", () => {
    // E tanh^2(s z) = 1 - E sech^2(s z) = 1 - sqrt(2 / pi) / s (1 - pi^2 / (24 s^2) + ...)
    const s = 1000;
    const series = 1 - (Math.sqrt(2 / Math.PI) / s) * (1 - Math.PI ** 2 / (24 * s * s));
    expect(gaussianMean((x) => Math.tanh(x) ** 2, s * s)).toBeWithinRelative(series, 1e-14);
  });

  test("q = 0 gives f(0), a growing f within the weight is fine, one beyond it is refused", () => {
    expect(gaussianMean((x) => x + 3, 0)).toBe(3);
    expect(gaussianMean(Math.exp, 100)).toBeWithinRelative(Math.exp(50), 1e-12);
    expect(() => gaussianMean((x) => Math.exp(x * x), 1)).toThrow(/does not converge/);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses variance %s", (q) => {
    expect(() => gaussianMean(Math.cos, q)).toThrow(/finite number >= 0/);
    expect(() => secondMoment(activation("tanh"), q)).toThrow(/finite number >= 0/);
  });
});

describe("moments outside the ordinary", () => {
  test("reciprocal has infinite E phi^2", () => {
    expect(secondMoment(activation("reciprocal"), 1)).toBe(Number.POSITIVE_INFINITY);
    expect(derivativeSecondMoment(activation("reciprocal"), 1)).toBe(Number.POSITIVE_INFINITY);
  });

  test("log|x| and |x|^(-1/5) are not permissible but have finite E phi^2", () => {
    const log = customActivation({
      name: "log",
      value: (x) => Math.log(Math.abs(x)),
      growth: { kind: "unbounded-at-point", at: 0 },
    });
    // E log^2|z| = pi^2 / 8 + (gamma + log 2)^2 / 4
    const euler = 0.5772156649015329;
    expect(secondMoment(log, 1)).toBeWithinRelative(Math.PI ** 2 / 8 + (euler + Math.LN2) ** 2 / 4, 1e-11);
    const root = customActivation({
      name: "root",
      value: (x) => Math.abs(x) ** -0.2,
      growth: { kind: "unbounded-at-point", at: 0 },
    });
    // E |z|^{-2/5} = 2^{-1/5} Gamma(3/10) / sqrt(pi)
    expect(secondMoment(root, 1)).toBeWithinRelative(
      (2 ** -0.2 * 2.9915689876875904) / Math.sqrt(Math.PI),
      1e-9,
    );
    const half = customActivation({
      name: "half",
      value: (x) => Math.abs(x) ** -0.5,
      growth: { kind: "unbounded-at-point", at: 0 },
    });
    expect(secondMoment(half, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  test("exp(b x^2) beyond its variance says so", () => {
    const a = activation("gaussian", { b: 0.25 });
    expect(secondMoment(a, 0.5)).toBeWithinRelative(Math.SQRT2, 1e-15);
    expect(() => secondMoment(a, 1)).toThrow(/q < 1 \/ \(4 b\)/);
    const own = customActivation({ name: "own", value: (x) => Math.exp((x * x) / 4) });
    expect(secondMoment(own, 0.5)).toBeWithinRelative(Math.SQRT2, 1e-12);
    expect(() => secondMoment(own, 2)).toThrow(/is infinite at q = 2: grows like exp\(0.25 x\^2\)/);
  });

  test("the slope of the length map without derivatives comes from Stein's identity", () => {
    const own = customActivation({ name: "own", value: Math.tanh });
    expect(secondMomentSlope(own, 2)).toBeWithinRelative(secondMomentSlope(activation("tanh"), 2), 1e-11);
    expect(derivativeSecondMoment(own, 2)).toBeNaN();
  });

  test("sigmoid-like functions with a kink away from 0 have an infinite slope at q = 0 only if phi(0) != 0", () => {
    const shifted = customActivation({
      name: "1 + |x|",
      value: (x) => 1 + Math.abs(x),
      derivative: Math.sign,
      secondDerivative: () => 0,
      breakPoints: [{ at: 0, order: 1 }],
    });
    // E (1 + |x|)^2 = 1 + 2 sqrt(2 q / pi) + q
    expect(secondMomentSlope(shifted, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(secondMomentSlope(shifted, 0.01)).toBeWithinRelative(1 + Math.sqrt(2 / (Math.PI * 0.01)), 1e-11);
  });
});
