import { describe, expect, test } from "vitest";
import { gaussHermite, gaussLegendre, integrate, onInterval } from "../../../src/numeric/quadrature/index.js";

function sum(rule: { nodes: Float64Array; weights: Float64Array }, f: (x: number) => number): number {
  return rule.nodes.reduce((total, x, i) => total + rule.weights[i]! * f(x), 0);
}

describe("gaussLegendre", () => {
  test.each([1, 2, 3, 7, 16, 64, 201])("order %i integrates even powers up to its degree", (order) => {
    const rule = gaussLegendre(order);
    for (let power = 0; power <= Math.min(2 * order - 1, 40); power += 2) {
      // the sum of `order` positive terms rounds to a few ulp
      expect(sum(rule, (x) => x ** power)).toBeWithinRelative(2 / (power + 1), 5e-15);
    }
  });

  test("has the known nodes and weights of orders 2, 3 and 5", () => {
    expect(gaussLegendre(2).nodes[1]).toBeWithinUlp(1 / Math.sqrt(3), 1);
    expect(gaussLegendre(3).nodes[2]).toBeWithinUlp(Math.sqrt(0.6), 1);
    expect(gaussLegendre(3).weights[1]).toBeWithinUlp(8 / 9, 2);
    expect(gaussLegendre(5).nodes[4]).toBeWithinUlp(Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3, 2);
    expect(gaussLegendre(5).weights[0]).toBeWithinUlp((322 - 13 * Math.sqrt(70)) / 900, 4);
  });

  test("keeps its accuracy at order 2000", () => {
    const rule = gaussLegendre(2000);
    expect(sum(rule, () => 1)).toBeWithinRelative(2, 1e-14);
    expect(sum(rule, (x) => Math.cos(1000 * x))).toBeWithinRelative((2 * Math.sin(1000)) / 1000, 1e-11);
  });

  test("moves to an interval", () => {
    expect(sum(onInterval(gaussLegendre(20), 1, 3), (x) => 1 / x)).toBeWithinRelative(Math.log(3), 1e-15);
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses order %s", (order) => {
    expect(() => gaussLegendre(order)).toThrow(/order must be a positive integer/);
  });
});

describe("gaussHermite", () => {
  test.each([1, 2, 3, 10, 64, 150])("order %i reproduces the moments of N(0, 1)", (order) => {
    const rule = gaussHermite(order);
    let moment = 1;
    for (let power = 0; power <= Math.min(2 * order - 1, 20); power += 2) {
      if (power > 0) moment *= power - 1;
      expect(sum(rule, (x) => x ** power)).toBeWithinRelative(moment, 2e-14);
      if (power + 1 <= 2 * order - 1) {
        // odd moments cancel pair by pair
        expect(Math.abs(sum(rule, (x) => x ** (power + 1)))).toBeLessThan(1e-13 * moment * (power + 1));
      }
    }
  });

  test("has the known nodes and weights of orders 2, 3 and 4", () => {
    expect(gaussHermite(2).nodes[1]).toBeWithinUlp(1, 1);
    expect(gaussHermite(3).nodes[2]).toBeWithinUlp(Math.sqrt(3), 1);
    expect(gaussHermite(3).weights[1]).toBeWithinUlp(2 / 3, 2);
    expect(gaussHermite(4).nodes[3]).toBeWithinUlp(Math.sqrt(3 + Math.sqrt(6)), 2);
    expect(gaussHermite(4).weights[3]).toBeWithinUlp((3 - Math.sqrt(6)) / 12, 6);
  });

  test("neither overflows nor underflows at order 1500: moments hold and outer weights fade to 0", () => {
    const rule = gaussHermite(1500);
    expect(sum(rule, () => 1)).toBeWithinRelative(1, 1e-14);
    expect(sum(rule, (x) => x ** 8)).toBeWithinRelative(105, 1e-13);
    expect(sum(rule, (x) => Math.cos(3 * x))).toBeWithinRelative(Math.exp(-4.5), 1e-12);
    expect(rule.weights.every((w) => w >= 0 && w < 1)).toBe(true);
    // asymptotically the largest zero of He_n is 2 sqrt(n) - 1.8557 n^{-1/6}, in this scale
    expect(rule.nodes[1499]).toBeWithinRelative(2 * Math.sqrt(1500) - 2.33811 * 1500 ** (-1 / 6), 1e-3);
  });

  test.each([0, 2.5, Number.NaN])("refuses order %s", (order) => {
    expect(() => gaussHermite(order)).toThrow(/order must be a positive integer/);
  });
});

describe("integrate", () => {
  test("is exact to rounding for smooth, peaked and oscillating functions", () => {
    expect(integrate(Math.exp, 0, 1).value).toBeWithinRelative(Math.E - 1, 1e-15);
    expect(integrate((x) => 1 / (x * x + 1e-6), -1, 1).value).toBeWithinRelative(
      2000 * Math.atan(1000),
      1e-13,
    );
    expect(integrate((x) => Math.sin(50 * x), 0, 1).value).toBeWithinRelative((1 - Math.cos(50)) / 50, 1e-12);
  });

  test("uses break points: a jump costs no accuracy", () => {
    const jump = integrate((x) => (x < 0.3 ? 1 : 5), 0, 1, { breakPoints: [0.3] });
    expect(jump.value).toBeWithinRelative(3.8, 1e-15);
    expect(jump.status).toBe("converged");
  });

  test("says when an undeclared jump keeps it from converging", () => {
    const jump = integrate((x) => (x < 0.3 ? 1 : 5), 0, 1, { maxDepth: 8 });
    expect(jump.status).toBe("max-iterations");
    expect(jump.residual).toBeGreaterThan(0);
    expect(Math.abs(jump.value - 3.8)).toBeLessThan(4 * jump.residual);
  });

  test("changes sign with the limits and reports a diverging integrand", () => {
    expect(integrate((x) => x * x, 2, -1).value).toBeWithinRelative(-3, 1e-15);
    expect(integrate(() => Number.NaN, 0, 1).status).toBe("diverged");
    expect(integrate((x) => 1 / (x - 0.5) ** 2 / 0, 0, 1).status).toBe("diverged");
  });

  test("refuses infinite limits", () => {
    expect(() => integrate(Math.exp, 0, Number.POSITIVE_INFINITY)).toThrow(/finite/);
  });

  test("stops at the limit of evaluations", () => {
    const noise = (x: number) => Math.sin(1e9 * x);
    const result = integrate(noise, 0, 1, { maxEvaluations: 2000 });
    expect(result.status).toBe("max-iterations");
    expect(result.iterations).toBeLessThan(2000 + 3000);
  });
});
