import { describe, expect, test } from "vitest";
import {
  activation,
  customActivation,
  derivativeSecondMoment,
  gaussianMean,
  secondMoment,
  secondMomentSlope,
} from "../../src/activations/index.js";

const expression = (text: string) => activation("expression", { expression: text });

// q where a rule that follows every period has given up; e^(-q/2) is 0 there
describe.each([4.1458927e7, 1e11])("moments of oscillating activations at q = %s", (q) => {
  test("of sin(x) + x/2 are the closed ones", () => {
    const a = expression("sin(x)+x/2");
    expect(secondMoment(a, q)).toBeWithinRelative(0.5 + q / 4, 1e-14);
    // the rounding of arguments of size sqrt(q) is 1e-16 sqrt(q) of a period
    const noise = 1e-13 + 1e-17 * Math.sqrt(q);
    expect(derivativeSecondMoment(a, q)).toBeWithinRelative(0.75, noise);
    expect(secondMomentSlope(a, q)).toBeWithinRelative(0.25, noise);
  });

  test("keep the features at 0 that the oscillation hides", () => {
    // E[(cos x + |x|/2)^2], E[|x| cos x] = -sqrt(2 q / pi) (1/q + 3/q^2 + ...)
    const cross = -Math.sqrt((2 * q) / Math.PI) * (1 / q + 3 / q ** 2);
    const kinked = gaussianMean((x) => Math.cos(x) ** 2 + Math.abs(x) * Math.cos(x), q, { scale: 1 });
    // of E|f| = sqrt(q) / 2: rounding of the terms that cancel, and of arguments
    expect(Math.abs(kinked - (0.5 + cross))).toBeLessThan((2e-13 + 2e-17 * Math.sqrt(q)) * Math.sqrt(q));
    // int sech^2(x / 3) = 6; the density falls by x^2 / (2 q) within it
    const bump = gaussianMean(
      (x) => Math.sin(x) ** 2 + 1 / Math.cosh(Math.min(Math.abs(x) / 3, 300)) ** 2,
      q,
    );
    expect(bump).toBeWithinRelative(0.5 + 6 / Math.sqrt(2 * Math.PI * q), 1e-12 + 2e-2 / q);
  });

  test("of products of sines do not see which frequencies they are made of", () => {
    const product = customActivation({ name: "product", value: (x) => Math.sin(5 * x) * Math.sin(7.1 * x) });
    expect(secondMoment(product, q)).toBeWithinRelative(0.25, 1e-12 + 1e-16 * Math.sqrt(q));
  });
});
