import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activation, customActivation, taylorSeries } from "../../src/activations/index.js";

interface Case {
  readonly name: string;
  readonly parameters: Record<string, number | readonly number[]>;
  readonly x: number;
  readonly series: readonly number[];
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/taylor-series.json", import.meta.url), "utf8"),
) as { readonly order: number; readonly cases: readonly Case[] };

function series(name: string, x: number, order: number, parameters: Case["parameters"] = {}): Float64Array {
  const out = new Float64Array(order + 1);
  taylorSeries(activation(name, parameters), order)(x, out);
  return out;
}

describe("the Taylor series of an activation", () => {
  const names = [...new Set(fixture.cases.map(({ name }) => name))];
  test.each(names)("of %s agrees with 50 digits up to order 8", (name) => {
    for (const { parameters, x, series: expected } of fixture.cases.filter((c) => c.name === name)) {
      const got = series(name, x, fixture.order, parameters);
      // recurrences of some ten operations on numbers of the size of the largest coefficient: 50 ulp of it;
      // 1e-16 where the value is the small difference of constants (sigmoidLike far out)
      const size = Math.max(...expected.map(Math.abs));
      expected.forEach((value, k) => {
        expect(Math.abs(got[k]! - value), `${name} at ${x}, order ${k}`).toBeLessThan(1e-14 * size + 1e-16);
      });
    }
  });

  test.each(["relu", "leakyRelu", "abs", "identity", "elu", "selu", "softsign", "rectifiedMonomial"])(
    "of %s is that of its pieces",
    (name) => {
      const phi = activation(name, name === "rectifiedMonomial" ? { degree: 3 } : {});
      const derivatives = [phi.value, phi.derivative!, phi.secondDerivative!, phi.thirdDerivative!];
      for (const x of [-2.5, -0.25, 0.25, 2.5]) {
        const got = series(name, x, 3, phi.parameters as Case["parameters"]);
        derivatives.forEach((f, k) => {
          expect(got[k]).toBeCloseTo(f(x) / [1, 1, 2, 6][k]!, 13);
        });
      }
    },
  );

  test("at a break point is that of the side which the activation's derivative takes", () => {
    for (const name of ["relu", "elu", "selu", "abs"]) {
      expect(series(name, 0, 1)[1]).toBe(activation(name).derivative!(0));
    }
  });

  test("of a function of one's own uses the derivatives that it comes with, whatever its name", () => {
    const mine = customActivation({
      name: "tanh",
      value: (x) => x * x,
      derivative: (x) => 2 * x,
      secondDerivative: () => 2,
    });
    const out = new Float64Array(3);
    taylorSeries(mine, 2)(3, out);
    expect([...out]).toEqual([9, 6, 1]);
    expect(() => taylorSeries(mine, 3)).toThrow(/derivative of order 3 is not known/);
  });

  test("does not exist for sign, and for kernels without a function", () => {
    expect(() => taylorSeries(activation("sign"), 1)).toThrow(/no derivative that is a function/);
    expect(() => taylorSeries(activation("expNormalized"), 0)).toThrow(/kernel without a function/);
  });
});
