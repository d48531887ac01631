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
    ["the share (1 - r)^2 of it, (chi_c* / chi_1)^l", [")||2", "χ|c*|", "χ|1|", ")||l"]],
    ["E[phi(z)^2] + |x|^2 + (f(v)^2)^-1", [")||2", "|||2", ")||2", ")||−1"]],
    [
      "N^(gamma - 1), width^(-k/2), e^{-tau}, H0^(2 - gamma), (its width)^-gamma",
      ["N||γ − 1", "width||−k/2", "e||−τ", "H0||2 − γ", ")||−γ"],
    ],
    ["exp(|x|^1.9) and f_t^(1), 9 pi^2 / 2", ["|||1.9", "f|t|(1)", "π||2"]],
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
    "(a bracket) and [another] | more",
    "a caret ^ alone, and (one)^",
  ])("%j has none", (text) => {
    expect(symbolsIn(text)).toEqual([]);
    expect(plainMath(text)).toBe(text);
  });

  test("labels get letters and powers that need no markup", () => {
    expect(plainMath("(1 - r)^2 N^(gamma - 1) 10^-6")).toBe("(1 - r)² N^(γ − 1) 10^−6");
    expect(plainMath("dense 512 (sigma_w^2 = 2, sigma_b^2 = 0)")).toBe("dense 512 (σw² = 2, σb² = 0)");
  });
});
