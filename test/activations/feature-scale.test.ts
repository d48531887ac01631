import { expect, test } from "vitest";
import { featureScale } from "../../src/activations/feature-scale.js";
import { activation, customActivation } from "../../src/activations/index.js";

test("the feature scale is about 1 for the catalogue, and follows a rescaled function", () => {
  for (const name of ["tanh", "sigmoid", "silu", "softplus", "elu", "selu", "softsign", "arctan"]) {
    expect(featureScale(activation(name))).toBeGreaterThanOrEqual(0.25);
  }
  for (const b of [1e3, 1e8]) {
    const scale = featureScale(customActivation({ name: "steep", value: (x) => Math.tanh(b * x) }));
    expect(scale * b).toBeGreaterThan(0.1);
    expect(scale * b).toBeLessThan(4);
  }
});

test("rounding next to a break point away from 0 is not taken for a feature", () => {
  const hard = customActivation({
    name: "hardTanh",
    value: (x) => Math.max(-1, Math.min(1, x)),
    derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
    breakPoints: [
      { at: -1, order: 1 },
      { at: 1, order: 1 },
    ],
  });
  expect(featureScale(hard)).toBe(1);
});
