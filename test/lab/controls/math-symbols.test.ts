import { describe, expect, test } from "vitest";
import { plainMath, symbolsIn } from "../../../lab/src/controls/math-symbols.js";

describe("symbols in texts of the package", () => {
  test.each([
    ["dense 512 (sigma_w^2 = 2, sigma_b^2 = 0)", ["σ|w|2", "σ|b|2"]],
    ["within 4 layers (xi_1).", ["ξ|1|"]],
    ["forgotten within 3 layers (xi_c*), and fades with xi_* = 2", ["ξ|c*|", "ξ|*|"]],
    ["q* = 0: every signal dies out", ["q||*"]],
    ["chi_1 is infinite", ["χ|1|"]],
    ["lambda_max goes like chi_1^-l, in steps of 10^-6", ["λ|max|", "χ|1|−l", "10||−6"]],
    ["mu(F_t;L) and I(F_T0;Y) of h^N_t: Q^1 + eps^2 x_2", ["F|t|", "F|T0|", "h|t|N", "Q||1", "ε||2", "x|2|"]],
  ])("%s", (text, expected) => {
    expect(symbolsIn(text).map(({ symbol }) => symbol.join("|"))).toEqual(expected);
  });

  test.each([
    "a question of c and q",
    "sigma of the data",
    "machine",
    "xi_",
    "x*(1 - x)",
    "a table of 10 rows",
  ])("%j has none", (text) => {
    expect(symbolsIn(text)).toEqual([]);
    expect(plainMath(text)).toBe(text);
  });

  test("labels get letters and powers that need no markup", () => {
    expect(plainMath("dense 512 (sigma_w^2 = 2, sigma_b^2 = 0)")).toBe("dense 512 (σw² = 2, σb² = 0)");
  });
});
