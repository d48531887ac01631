import { describe, expect, test } from "vitest";
import { hermiteExpansion } from "../../src/activations/expansion/hermite-expansion.js";
import { mehlerPair } from "../../src/activations/expansion/mehler.js";
import { activation, derivativeSecondMoment, secondMoment } from "../../src/activations/index.js";

const OPTIONS = { maxTerms: 4096, tolerance: 1e-13 };

describe("Hermite coefficients", () => {
  test.each(["tanh", "sigmoid", "silu", "softplus", "arctan", "gelu", "erf", "sin", "gabor"])(
    "of %s have squares that sum to E phi^2, those of phi' to E phi'^2",
    (name) => {
      const phi = activation(name);
      for (const q of [0.01, 0.7, 2.5]) {
        const { centre, values, slopes } = hermiteExpansion(phi, q, OPTIONS);
        const squares = (coefficients: Float64Array, shift: number) =>
          coefficients.reduce((sum, a, k) => sum + (k === 0 ? a + shift : a) ** 2, 0);
        expect(squares(values, centre)).toBeWithinRelative(secondMoment(phi, q), 1e-12);
        expect(squares(slopes, 0)).toBeWithinRelative(derivativeSecondMoment(phi, q), 1e-12);
      }
    },
  );

  test("of erf are those of its closed form: sum a_k^2 c^k = (2 / pi) asin(2 q c / (1 + 2 q))", () => {
    const q = 1.4;
    const expansion = hermiteExpansion(activation("erf"), q, OPTIONS);
    const out = new Float64Array(3);
    for (const c of [-0.9, -0.3, 0, 0.4, 0.999]) {
      mehlerPair(expansion, expansion, c * q, (1 - c) * q, out);
      expect(out[0]!).toBeWithinRelative((2 / Math.PI) * Math.asin((2 * q * c) / (1 + 2 * q)), 1e-12, 0.1);
    }
  });
});
