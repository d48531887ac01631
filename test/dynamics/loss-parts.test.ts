import { describe, expect, test } from "vitest";
import { outputLoss } from "../../src/dynamics/index.js";
import { exponentialFunctions } from "../../src/dynamics/loss-flow.js";

describe("parts of training on a loss", () => {
  test("gradients of the losses are the slopes of their values", () => {
    const f = Float64Array.of(0.3, -1.2, 2);
    for (const [name, y] of [
      ["squared", Float64Array.of(1, 0, -2)],
      ["crossEntropy", Float64Array.of(0, 0.25, 0.75)],
      ["logistic", Float64Array.of(1, -1, 1)],
    ] as const) {
      const { value, gradient } = outputLoss(name);
      const g = new Float64Array(3);
      gradient(f, y, g);
      for (let c = 0; c < 3; c++) {
        const shifted = (by: number) =>
          value(
            f.map((x, i) => (i === c ? x + by : x)),
            y,
          );
        // h^2 / 6 times a third derivative of order 1
        expect(g[c]!).toBeCloseTo((shifted(1e-4) - shifted(-1e-4)) / 2e-4, 7);
      }
    }
    const large = Float64Array.of(1000, -1000);
    expect(outputLoss("crossEntropy").value(large, Float64Array.of(0, 1))).toBe(2000);
    expect(outputLoss("logistic").value(large, Float64Array.of(-1, -1))).toBe(1000);
  });

  test("phi functions satisfy phi_{j+1} = integral of e^{(1 - s) z} s^j / j!", () => {
    const factorial = [1, 1, 2];
    for (const z of [-50, -3, -0.51, -0.49, -1e-3, -1e-9, 0]) {
      const phi = exponentialFunctions(z);
      expect(phi[0]).toBe(Math.exp(z));
      for (let j = 0; j < 3; j++) {
        let sum = 0; // Simpson's rule, h^4 / 180 z^4 / 16
        const steps = 2000;
        for (let i = 0; i <= steps; i++) {
          const s = i / steps;
          sum +=
            ((i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp((1 - s) * z) * s ** j) /
            factorial[j]!;
        }
        expect(phi[j + 1]!).toBeWithinRelative(sum / (3 * steps), 1e-8);
      }
    }
  });
});
