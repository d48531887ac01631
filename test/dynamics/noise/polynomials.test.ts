import { describe, expect, test } from "vitest";
import { addProduct, derivative, monomials } from "../../../src/dynamics/noise/polynomials.js";

const positionOf = (of: ReturnType<typeof monomials>, powers: Readonly<Record<number, number>>) =>
  of.exponents.findIndex((alpha) => alpha.every((power, p) => power === (powers[p] ?? 0)));

describe("polynomials in many variables", () => {
  test.each([
    ["few, with codes in place values", 3],
    ["more than place values in 52 bits hold", 60],
  ])("products and derivatives find their monomials: %s", (_, variables) => {
    const of = monomials(variables, 3, "test");
    expect(of.index.size).toBe(of.exponents.length);
    const axis = (p: number) => {
      const out = new Float64Array(of.exponents.length);
      out[positionOf(of, { [p]: 1 })] = 1;
      return out;
    };
    const last = variables - 1;
    const square = new Float64Array(of.exponents.length);
    addProduct(of, axis(last), axis(last), 2, square);
    expect(square[positionOf(of, { [last]: 2 })]).toBe(2);
    const cubic = new Float64Array(of.exponents.length);
    addProduct(of, square, axis(1), 1, cubic);
    expect(cubic[positionOf(of, { [last]: 2, 1: 1 })]).toBe(2);
    expect(derivative(of, cubic, last)[positionOf(of, { [last]: 1, 1: 1 })]).toBe(4);
    // of degree 4: not among them, and nothing else is taken for it
    const cut = new Float64Array(of.exponents.length);
    addProduct(of, square, square, 1, cut);
    expect(cut.every((value) => value === 0)).toBe(true);
  });

  test("too many products name how many parameters fit", () => {
    expect(() => monomials(30, 3, "here", 1000)).toThrow(
      /^here: 30 parameters have 5456 products of up to 3 of them, at most 1000 are possible; use a network of at most 16 parameters/,
    );
    expect(monomials(16, 3, "here", 1000).exponents.length).toBe(969);
  });
});
