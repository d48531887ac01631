import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activation,
  curvatureSecondMoment,
  derivativeSecondMoment,
  isActivationExpression,
  parseActivationExpression,
  permissibilityReport,
  secondMoment,
  taylorSeries,
} from "../../src/activations/index.js";
import { isForetrainError } from "../../src/errors.js";

/** Formulas of the catalogue's functions, written out. */
const SAME: readonly { text: string; name: string; parameters: Record<string, unknown> }[] = (
  [
    ["x", "identity"],
    ["relu(x)", "relu"],
    ["max(x, 0)", "relu"],
    ["(x + abs(x))/2", "relu"],
    ["x*heaviside(x)", "relu"],
    ["max(x, 0.2*x)", "leakyRelu", { slope: 0.2 }],
    ["abs(x)", "abs"],
    ["sqrt(x^2)", "abs"],
    ["-min(x, -x)", "abs"],
    ["1.3*erf(0.8*x) + 0.2", "erf", { a: 1.3, b: 0.8, c: 0.2 }],
    ["tanh(x)", "tanh"],
    ["1/(1 + exp(-x))", "sigmoid"],
    ["sigmoid(x)", "sigmoid"],
    ["x*(1 + erf(x/sqrt(2)))/2", "gelu"],
    ["x*sigmoid(x)", "silu"],
    ["softplus(x)", "softplus"],
    ["max(x, 0) + min(expm1(x), 0)", "elu"],
    ["x/(1 + abs(x))", "softsign"],
    ["arctan(x)", "arctan"],
    ["1.2*sin(0.7*x + 0.3)", "sin", { a: 1.2, b: 0.7, c: 0.3 }],
    ["cos(x)", "cos"],
    ["2*exp(-x^2/2)", "gaussian", { a: 2, b: -0.5 }],
    ["e^(x/2)", "exp", { b: 0.5 }],
    ["exp(-x**2)*sin(x)", "gabor"],
    ["x^3", "monomial", { degree: 3 }],
    ["pow(relu(x), 2)", "rectifiedMonomial", { degree: 2 }],
    ["0.5 - x + 0.25*x^2 + 2*x^3", "polynomial", { coefficients: [0.5, -1, 0.25, 2] }],
    ["(x^2 - 1)/sqrt(2)", "hermite", { degree: 2 }],
  ] as readonly (readonly [string, string, Record<string, unknown>?])[]
).map(([text, name, parameters = {}]) => ({ text, name, parameters }));
const POINTS = [-30, -6.1, -2.3, -1, -0.4, -1e-3, 1e-3, 0.37, 1, 2.9, 7.7, 25];

function failure(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isForetrainError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseActivationExpression", () => {
  test.each(SAME)(
    "%s is the catalogue's $name: values, three derivatives, break points, growth",
    ({ text, name, parameters }) => {
      const mine = parseActivationExpression(text);
      const known = activation(name, parameters);
      for (const part of ["value", "derivative", "secondDerivative", "thirdDerivative"] as const) {
        for (const x of POINTS) {
          const expected = known[part]!(x);
          // rounding of some ten operations, relative; sums as 1 + erf cancel to an absolute 1e-16 |x|
          expect(Math.abs(mine[part]!(x) - expected), `${part} at ${x}`).toBeLessThan(
            1e-13 * Math.abs(expected) + 3e-15 * Math.max(1, Math.abs(x)),
          );
        }
      }
      expect(mine.breakPoints).toEqual(known.breakPoints);
      expect(mine.growth.kind).toBe(known.growth.kind);
      expect(mine.permissibility.permissible).toBe(known.permissibility.permissible);
      expect(mine.label).toBe(text);
    },
  );

  test.each(SAME)("$text has the Gaussian means of $name", ({ text, name, parameters }) => {
    const mine = parseActivationExpression(text);
    const known = activation(name, parameters);
    for (const q of [0.02, 1, 9]) {
      // the quadrature that serves every function without a closed form
      expect(secondMoment(mine, q)).toBeWithinRelative(secondMoment(known, q), 1e-11);
      expect(derivativeSecondMoment(mine, q)).toBeWithinRelative(derivativeSecondMoment(known, q), 1e-11);
    }
  });
});

describe("break points of expressions", () => {
  test.each([
    ["relu(2*x - 3) + tanh(x)", [{ at: 1.5, order: 1 }]],
    ["abs(x - 1e6)", [{ at: 1e6, order: 1 }]],
    ["abs(x^2 - 2)", [-Math.SQRT2, Math.SQRT2].map((at) => ({ at, order: 1 }))],
    ["min(max(x, -1), 1)", [-1, 1].map((at) => ({ at, order: 1 }))],
    ["sign(x - 0.5)*x", [{ at: 0.5, order: 0 }]],
    ["relu(x)^3", [{ at: 0, order: 3 }]],
    ["sqrt((x - 2)^2)", [{ at: 2, order: 1 }]],
    ["sqrt(abs(x))", [{ at: 0, order: 1 }]],
    ["x*log(abs(x))", [{ at: 0, order: 1 }]],
    ["abs(x)^1.5", [{ at: 0, order: 2 }]],
    ["max(tanh(x), 0.5)", [{ at: Math.atanh(0.5), order: 1 }]],
    ["relu(relu(x) - 1)", [{ at: 1, order: 1 }]],
    // candidates that break nothing
    ["abs(x)^2", []],
    ["relu(x) - relu(-x)", []],
    ["relu(x^2 + 1)", []],
    ["x/(1 + x^2)", []],
    ["sin(x)/x", []],
    ["relu(cos(x) + 1)", []],
  ])("of %s", (text, expected) => {
    const found = parseActivationExpression(text).breakPoints;
    expect(found.map(({ order }) => order)).toEqual(expected.map(({ order }) => order));
    // bisection to the last bit of a function that is exact to some bits
    for (const [i, { at }] of found.entries()) {
      expect(Math.abs(at - expected[i]!.at)).toBeLessThanOrEqual(4e-15 * Math.max(1, Math.abs(at)));
    }
  });

  test("of a periodic kink are the ones within reach", () => {
    const found = parseActivationExpression("abs(sin(x))").breakPoints;
    expect(found).toHaveLength(41); // k pi within 64: k = -20 .. 20
    found.forEach(({ at, order }, i) => {
      expect(order).toBe(1);
      expect(at).toBeCloseTo((i - 20) * Math.PI, 12);
    });
  });

  test("that jump leave no derivatives, as the catalogue's steps; kinks do", () => {
    for (const text of [
      "sign(x)",
      "heaviside(x - 1)",
      "x + sign(x)",
      "sign(sin(x))",
      "max(sign(x), 0.5*x)",
    ]) {
      expect(parseActivationExpression(text).derivative, text).toBeNull();
    }
    // a product of jumps that is continuous keeps its slope
    expect(parseActivationExpression("x*sign(x)").derivative!(-2)).toBe(-1);
  });

  test("make second moments with kinks away from 0 exact", () => {
    // E relu(x - t)^2 = (1 + t^2) Phi(-t) - t phi(t) at q = 1
    const t = 0.7;
    const tail = 0.24196365222307298; // Phi(-0.7)
    const density = Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
    expect(secondMoment(parseActivationExpression("relu(x - 0.7)"), 1)).toBeWithinRelative(
      (1 + t * t) * tail - t * density,
      1e-13,
    );
    expect(derivativeSecondMoment(parseActivationExpression("relu(x - 0.7)"), 1)).toBeWithinRelative(
      tail,
      1e-13,
    );
    // phi'' = 0 almost everywhere, and the curvature of a kink is no function
    expect(curvatureSecondMoment(activation("tanh"), 1)).toBeWithinRelative(
      curvatureSecondMoment(parseActivationExpression("1 - 2/(exp(2*x) + 1)"), 1),
      1e-11,
    );
  });

  test("where the formula is 0/0 its limit stands", () => {
    expect(parseActivationExpression("sin(x)/x").value(0)).toBe(1);
    expect(parseActivationExpression("(x^2 - 1)/(x - 1)").value(1)).toBeCloseTo(2, 11);
    expect(Math.abs(parseActivationExpression("x*log(abs(x))").value(0))).toBeLessThan(1e-10);
    expect(parseActivationExpression("relu(x)").derivative!(0)).toBe(0);
    expect(parseActivationExpression("abs(x)").derivative!(0)).toBe(0);
  });
});

describe("Taylor series of expressions", () => {
  test.each([
    ["tanh(x)", "tanh"],
    ["1/(1 + exp(-x))", "sigmoid"],
    ["exp(-x^2)*sin(x)", "gabor"],
  ])("of %s are those of %s to order 6", (text, name) => {
    const [mine, known] = [parseActivationExpression(text), activation(name)].map((phi) =>
      taylorSeries(phi, 6),
    );
    const [a, b] = [new Float64Array(7), new Float64Array(7)];
    for (const x of [-1.3, -0.2, 0.4, 2.1]) {
      mine!(x, a);
      known!(x, b);
      // terms of some tens cancel in the sixth derivative
      for (const [k, value] of a.entries()) {
        expect(Math.abs(value - b[k]!), `order ${k} at ${x}`).toBeLessThan(1e-13);
      }
    }
  });

  test("end at order 6, and at jumps", () => {
    expect(failure(() => taylorSeries(parseActivationExpression("x*tanh(x)"), 7)).code).toBe(
      "ERR_UNAVAILABLE",
    );
    expect(failure(() => taylorSeries(parseActivationExpression("sign(x)"), 1)).code).toBe("ERR_UNAVAILABLE");
  });
});

describe("permissibility of expressions", () => {
  test.each([
    ["x*tanh(x)", true, "polynomial"],
    ["sin(x)^3", true, "bounded"],
    ["sinh(x)", true, "exponential"],
    ["exp(abs(x)^1.5/4)", true, "subgaussian"],
    ["exp(x^2/8)", false, "gaussian"],
    ["1/(x - 1)", false, "unbounded-at-point"],
    ["1/(x^2 - 2)", false, "unbounded-at-point"],
    ["log(abs(x + 3))", false, "unbounded-at-point"],
    ["abs(x)^(-1/5)", false, "unbounded-at-point"],
  ])("of %s", (text, permissible, growth) => {
    const phi = parseActivationExpression(text);
    expect(phi.growth.kind).toBe(growth);
    expect(phi.permissibility).toMatchObject({ permissible, basis: "sampled" });
    const report = permissibilityReport(phi);
    expect(report.verdict).toBe(permissible ? "permissible" : "not-permissible");
    expect(report.activation).toBe(text);
  });

  test("says where the pole is", () => {
    expect(permissibilityReport(parseActivationExpression("1/(2*x - 3)")).pole!.at).toBeCloseTo(1.5, 12);
  });
});

describe("the language", () => {
  test.each([
    ["-x^2", -9],
    ["2^3^2", 512],
    ["2^-x", 1 / 8],
    ["-2^2 + x*0", -4],
    ["10 - 4 - x", 3],
    ["24/x/2", 4],
    ["--x", 3],
    ["1e-2*x + .5E1", 5.03],
    ["max(x, 5, 4)", 5],
    ["min(x, 5, 4)", 3],
    ["pow(x, 2) + 2**x", 17],
    ["pi*e*x", Math.PI * Math.E * 3],
    [" ( x ) ", 3],
    ["log1p(expm1(x))", 3],
    ["sinh(1)^2 - cosh(1)^2", -1],
  ])("%s at x = 3 is %s", (text, expected) => {
    expect(parseActivationExpression(text).value(3)).toBeCloseTo(expected, 12);
  });

  test.each([
    ["", 0, "there is no text"],
    ["x*", 2, "the text ends where a number"],
    ["x*tan(x)", 2, 'there is no "tan"'],
    ["2x", 1, "write a product with *, as in 2*x"],
    ["(x", 0, 'this "(" is never closed'],
    ["x)", 1, 'this ")" closes nothing'],
    ["tanh x", 0, "tanh needs its argument in parentheses"],
    ["tanh(x, 2)", 0, "tanh takes one argument, got 2"],
    ["pow(x)", 0, "pow takes two arguments"],
    ["max(x)", 0, "max takes two arguments or more, got 1"],
    ["|x|", 0, "write abs(x) for |x|"],
    ["ln(x)", 0, "did you mean log?"],
    ["Tanh(x)", 0, "did you mean tanh?"],
    ["x + 1e999", 4, "too large"],
    ["constructor(x)", 0, 'there is no "constructor"'],
    ["__proto__", 0, 'there is no "__proto__"'],
    ["sechSquared(x)", 0, 'there is no "sechSquared"'],
    ["x; process.exit()", 1, 'the sign ";" has no meaning'],
    ["x + log(x)", 4, "at x = -4096 log(-4096) is not a real number"],
    // undefined near 0 only: the x that is named is short, and what is said of it exact
    ["sqrt(x^2 - 0.01)", 0, "at x = -0.0991 sqrt(-0.00017919) is not a real number"],
    ["1 + sqrt(x - 4)", 4, "at x = -4096 sqrt(-4100) is not a real number; phi must be a number for every x"],
    ["x^0.5", 0, "sign(x)*abs(x)^p"],
    [
      "exp(x)/(1 + exp(x))",
      0,
      "Infinity / Infinity is not a real number; write it so that it does not overflow",
    ],
    [`${"(".repeat(200)}x${")".repeat(200)}`, 101, "more than 100 levels"],
    [
      Array.from({ length: 190 }, (_, i) => `x^${i}`)
        .join("+")
        .slice(0, 999),
      null,
      "more than 200 operations",
    ],
    ["x+".repeat(600), 1000, "longer than 1000 characters"],
  ])("refuses %s at its place", (text, position, message) => {
    const error = failure(() => parseActivationExpression(text));
    expect(error.code).toBe("ERR_SPEC");
    expect(error.message).toContain(message);
    if (position !== null) expect(error.details["position"]).toBe(position);
    const [, shown, mark] = error.message.split("\n");
    // the mark stands under the character of the position
    const at = error.details["position"] as number;
    if (at < text.length) expect(shown![mark!.indexOf("^")]).toBe(text[at]);
  });

  test("is told apart from names", () => {
    for (const text of ["x", " x ", "x*tanh(x)", "2", "-x", "relu(x)", "(x)"]) {
      expect(isActivationExpression(text), text).toBe(true);
    }
    for (const text of ["relu", "tanh", "swish", "rel", "identity"]) {
      expect(isActivationExpression(text), text).toBe(false);
    }
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    ..."x x x + - * / ^ ** ( ) , . 1 2 0.5 1e3 pi e tanh( relu( log( max( sign( sqrt( exp( abs( pow( foo $ ".split(
      " ",
    ),
  );
  test("gives an activation or a ForetrainError, never anything else", () => {
    let understood = 0;
    const parse = (text: string) => {
      try {
        const phi = parseActivationExpression(text);
        understood++;
        expect(Number.isNaN(phi.value(0.3))).toBe(false);
      } catch (error) {
        if (!isForetrainError(error, "ERR_SPEC")) throw error;
      }
    };
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((p) => p.join("")),
        parse,
      ),
      { numRuns: 1500, seed: 7 },
    );
    fc.assert(fc.property(fc.string({ maxLength: 40 }), parse), { numRuns: 500, seed: 8 });
    // the generator does reach activations
    expect(understood).toBeGreaterThan(20);
  });

  const smooth = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("x", "x", "1", "0.5", "-2"),
      fc
        .tuple(fc.constantFrom("tanh", "erf", "sin", "cos", "sigmoid", "softplus", "arctan"), tie("tree"))
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(tie("tree"), fc.constantFrom("+", "-", "*"), tie("tree"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie("tree").map((a) => `(${a})/(1 + (${a})^2)`),
      tie("tree").map((a) => `exp(-(${a})^2)`),
    ),
  })).tree;
  test("of smooth parts has the derivatives that differences show", () => {
    fc.assert(
      fc.property(smooth, fc.double({ min: -2, max: 2, noNaN: true }), (text, x) => {
        if (text.length > 600) return;
        const phi = parseActivationExpression(text);
        const chain = [phi.value, phi.derivative!, phi.secondDerivative!, phi.thirdDerivative!];
        for (let k = 0; k < 3; k++) {
          const f = chain[k]!;
          const difference = (h: number) => (f(x + h) - f(x - h)) / (2 * h);
          // Richardson: error h^4 f'''''/30; scale by what the function does nearby
          const h = 1e-3;
          const expected = (4 * difference(h / 2) - difference(h)) / 3;
          const size = Math.max(
            ...[-2, -1, 0, 1, 2].map((j) => Math.abs(f(x + j * 0.05))),
            Math.abs(expected),
            1e-3,
          );
          expect(Math.abs(chain[k + 1]!(x) - expected), `${text} order ${k + 1} at ${x}`).toBeLessThan(
            2e-5 * size + 1e-9,
          );
        }
      }),
      { numRuns: 400, seed: 11 },
    );
  });

  test.each([
    ["max(x,tanh(x))", 3],
    ["min(x,sin(x))", 3],
    ["relu(x-arctan(x))", 3],
  ])("%s has one break at 0, though doubles know no difference of both sides around it", (text, order) => {
    expect(activation("expression", { expression: text }).breakPoints).toEqual([{ at: 0, order }]);
  });
});
