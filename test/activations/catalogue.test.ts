import { describe, expect, test } from "vitest";
import {
  type Activation,
  activation,
  activationCatalogue,
  activationNames,
} from "../../src/activations/index.js";
import { isForetrainError } from "../../src/errors.js";

/** Parameters for the entries that need some. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  abRelu: { a: -0.5, b: 1.5 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 3 },
  polynomial: { coefficients: [0.5, -1, 0.25, 2] },
  hermite: { degree: 4 },
  expression: { expression: "x*tanh(x)" },
};
const all: readonly Activation[] = activationNames().map((name) => activation(name, NEEDED[name] ?? {}));

function failure(run: () => unknown): {
  message: string;
  code: string;
  details: Readonly<Record<string, unknown>>;
} {
  try {
    run();
  } catch (error) {
    if (isForetrainError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("activationCatalogue", () => {
  test("has every name of the network format, once", () => {
    const expected =
      "identity relu leakyRelu abs abRelu erf tanh sigmoid sigmoidLike gelu silu softplus elu selu softsign arctan sin cos rbf gaussian exp gabor sign heaviside monomial rectifiedMonomial polynomial hermite expNormalized reciprocal expression";
    expect([...activationNames()].sort()).toEqual(expected.split(" ").sort());
    expect(new Set(activationNames()).size).toBe(activationNames().length);
  });

  test("describes exactly the parameters that can be given", () => {
    for (const entry of activationCatalogue) {
      const a = activation(entry.name, NEEDED[entry.name] ?? {});
      expect(Object.keys(a.parameters)).toEqual(entry.parameters.map((p) => p.key));
      expect(entry.closedForm).toBe(a.closedDual !== null);
      expect(entry.formula).not.toBe("");
      for (const p of entry.parameters) if (p.default !== null) expect(a.parameters[p.key]).toBeDefined();
    }
  });
});

describe("activation", () => {
  test("binds parameters and defaults", () => {
    expect(activation("leakyRelu", { slope: 0.2 }).value(-2)).toBeCloseTo(-0.4, 15);
    expect(activation("leakyRelu").parameters).toEqual({ slope: 0.01 });
    expect(activation("leakyRelu", { slope: 0.2 }).label).toBe("leakyRelu(slope=0.2)");
    expect(activation("polynomial", { coefficients: [1, 2] }).label).toBe("polynomial(coefficients=[1, 2])");
    expect(activation("relu").label).toBe("relu");
    expect(activation("erf", { a: 2, b: 3, c: -1 }).value(0)).toBe(-1);
    expect(activation("gaussian", { a: 2, b: -0.5 }).value(2)).toBeWithinUlp(2 * Math.exp(-2), 1);
    expect(activation("rbf", { gamma: 2 }).value(0.3)).toBeWithinRelative(
      Math.SQRT2 * Math.sin(2 * 0.3 + Math.PI / 4),
      1e-15,
    );
    expect(activation("cos", { a: 2, b: 0.5, c: 1 }).value(1)).toBeWithinUlp(2 * Math.cos(1.5), 2);
    expect(activation("sigmoidLike").value(0)).toBe(0.5);
  });

  test.each([
    ["rellu", "relu"],
    ["Leaky_ReLU", "leakyRelu"],
    ["swish", "silu"],
    ["tahn", "tanh"],
    ["sine", "sin"],
  ])("an unknown name %s is answered with %s", (given, near) => {
    const error = failure(() => activation(given));
    expect(error.code).toBe("ERR_SPEC");
    expect(error.details["nearest"]).toContain(near);
    expect(error.message).toContain(`"${near}"`);
  });

  test.each([
    ["relu", { slope: 1 }, "slope", "takes none"],
    ["leakyRelu", { alpha: 1 }, "alpha", "slope"],
    ["abRelu", { a: 1 }, "b", "missing"],
    ["monomial", {}, "degree", "missing"],
    ["monomial", { degree: 1.5 }, "degree", "whole number"],
    ["monomial", { degree: -1 }, "degree", "whole number"],
    ["hermite", { degree: 61 }, "degree", "whole number"],
    ["erf", { a: Number.NaN }, "a", "finite"],
    ["erf", { b: "2" }, "b", '"2"'],
    ["leakyRelu", { slope: null }, "slope", "null"],
    ["rbf", { gamma: -1 }, "gamma", ">= 0"],
    ["polynomial", { coefficients: [] }, "coefficients", "array"],
    ["polynomial", { coefficients: [1, Number.POSITIVE_INFINITY] }, "coefficients", "finite"],
  ] as const)("%s with %j names the parameter %s", (name, parameters, argument, text) => {
    const error = failure(() => activation(name, parameters));
    expect(error.code).toBe("ERR_SPEC");
    expect(error.details["argument"]).toBe(argument);
    expect(error.message).toContain(name);
    expect(error.message).toContain(text);
  });

  test("keeps its own copy of array parameters", () => {
    const coefficients = [1, 2];
    const a = activation("polynomial", { coefficients });
    coefficients[0] = 9;
    expect(a.parameters["coefficients"]).toEqual([1, 2]);
  });
});

describe.each(all.filter((a) => !a.kernelOnly).map((a) => [a.label, a] as const))("%s", (_, a) => {
  // away from break points; each interval is smooth
  const points = [-2.3, -0.9, -0.31, 0.27, 0.8, 1.9];

  test("derivatives are those of the value, by central differences", () => {
    const chain = [a.value, a.derivative, a.secondDerivative, a.thirdDerivative];
    for (let order = 1; order <= 3; order++) {
      const f = chain[order - 1]!;
      const df = chain[order];
      if (df === null || df === undefined) {
        expect(a.breakPoints.some((b) => b.order === 0)).toBe(true);
        return;
      }
      const h = 2 ** -10;
      for (const x of points) {
        // fourth-order difference: error h^4 / 30 f^(5), and rounding eps / h
        const d = (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
        expect(df(x)).toBeWithinRelative(d, 1e-8, 1);
      }
    }
  });

  test("break points are where they are declared", () => {
    for (const { at, order } of a.breakPoints) {
      const f = [a.value, a.derivative, a.secondDerivative, a.thirdDerivative][order];
      // the derivative of the declared order differs on both sides, or is itself no function there
      if (f) expect(Math.abs(f(at + 1e-9) - f(at - 1e-9))).toBeGreaterThan(1e-3);
      for (let lower = 0; lower < order; lower++) {
        const g = [a.value, a.derivative, a.secondDerivative][lower]!;
        expect(Math.abs(g(at + 1e-9) - g(at - 1e-9))).toBeLessThan(1e-8);
      }
    }
  });

  test("declared growth bounds the values", () => {
    const size = (x: number) => Math.max(Math.abs(a.value(x)), Math.abs(a.value(-x)));
    switch (a.growth.kind) {
      case "bounded":
        expect(Math.max(size(10), size(100), size(1000))).toBeLessThan(10);
        break;
      case "polynomial":
        expect(size(2e4) / size(1e4)).toBeWithinRelative(2 ** a.growth.degree, 1e-2);
        break;
      case "exponential":
        expect(Math.log(size(20)) / 20).toBeWithinRelative(a.growth.rate, 1e-2);
        break;
      case "unbounded-at-point":
        expect(size(1e-200)).toBeGreaterThan(1e100);
        break;
      default:
        throw new Error(`no check for ${a.growth.kind}`);
    }
  });

  test("passes extreme arguments without NaN, and NaN as NaN", () => {
    for (const x of [-1e3, -40, -1e-300, 0, 1e-300, 40, 1e3]) expect(a.value(x)).not.toBeNaN();
    expect(a.value(Number.NaN)).toBeNaN();
  });
});

test("SELU keeps mean 0 and variance 1 by construction of its constants", () => {
  const selu = activation("selu");
  expect(selu.value(1)).toBe(1.0507009873554805);
  expect(selu.value(-1e3)).toBeCloseTo(-1.7580993408473766, 14);
});
