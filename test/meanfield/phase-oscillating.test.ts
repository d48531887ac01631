import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { phaseDiagram, qStar } from "../../src/meanfield/index.js";
import { findRoot } from "../../src/numeric/roots.js";

const axis = (start: number, stop: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));
const expression = (text: string) => activation("expression", { expression: text });

/** E[(sin x + x/2)^2] and E[(cos x + 1/2)^2]. */
const second = (q: number) => -Math.expm1(-2 * q) / 2 + q * Math.exp(-q / 2) + q / 4;
const derivative = (q: number) => (1 + Math.exp(-2 * q)) / 2 + Math.exp(-q / 2) + 1 / 4;

const BIAS = axis(0, 0.5, 6);

describe("the phase diagram of a line with an oscillation", () => {
  test("is that of the closed moments up to where the variance grows for ever, and beyond", async () => {
    const weight = Float64Array.from([0.2, 0.4, 1, 2, 3, 3.5, 3.9, 4, 4.2, 6]);
    const diagram = await phaseDiagram(expression("sin(x)+x/2"), {
      weightVariance: weight,
      biasVariance: BIAS,
    });
    let solved = 0;
    for (const [i, b] of BIAS.entries()) {
      for (const [j, w] of weight.entries()) {
        const at = i * weight.length + j;
        if (w >= 4) {
          // Q(q) - q >= sigma_w^2 / 2 for large q: no fixed point
          expect(diagram.qStar.data[at]).toBeNaN();
          expect(diagram.phase.data[at]).toBeNaN();
          continue;
        }
        const q = diagram.qStar.data[at]!;
        if (b === 0 && w * derivative(0) < 1) {
          expect(q).toBe(0);
          continue;
        }
        // the map from 1 ends at the only crossing: for b = 0 the one beside q = 0
        const root = findRoot((x) => w * second(x) + b - x, b === 0 ? 1e-3 : 0, 1e5).value;
        expect(q).toBeWithinRelative(root, 1e-7);
        expect(diagram.chi1.data[at]).toBeWithinRelative(w * derivative(root), 1e-7);
        expect(diagram.phase.data[at]).toBe(w * derivative(root) < 1 ? -1 : 1);
        solved++;
      }
    }
    expect(solved).toBeGreaterThan(35);
  });

  // phi, and the weight variance from which sigma_w^2 E[phi^2] / q >= 1 far out
  test.each([
    ["sin(3*x)+x", 1],
    ["x*sin(x)", 2],
    ["cos(x)+x/2", 4], // E[phi^2] falls before it rises
  ])("of %s has no fixed points from sigma_w^2 = %d on, and fixed points below", async (text, limit) => {
    const phi = expression(text);
    const weight = Float64Array.from([0.5, 0.97, 1.03, 1.97, 2.03, 4]);
    const diagram = await phaseDiagram(phi, {
      weightVariance: weight,
      biasVariance: Float64Array.of(0.1, 0.3),
    });
    for (const [at, q] of diagram.qStar.data.entries()) {
      expect(Number.isNaN(q), `${text} at ${at}`).toBe(weight[at % 6]! >= limit);
    }
  });

  test("exp(x), which outgrows every line, ends with fixed points at small weights only", async () => {
    const diagram = await phaseDiagram(expression("exp(x)"), {
      weightVariance: axis(0.05, 4, 8),
      biasVariance: axis(0, 0.5, 3),
    });
    expect(diagram.qStar.data[0]).toBeGreaterThan(0);
    expect(diagram.qStar.data.at(-1)).toBeNaN();
  });

  test("the solver of one point tells growth without bound from a fixed point far out", () => {
    const layer = { activation: expression("sin(x)+x/2"), biasVariance: 0.1 };
    expect(qStar({ ...layer, weightVariance: 4 }).status).toBe("no-fixed-point");
    for (const w of [3.99, 3.999]) {
      const root = findRoot((x) => w * second(x) + 0.1 - x, 0, 1e5).value;
      expect(qStar({ ...layer, weightVariance: w }).value).toBeWithinRelative(root, 1e-9);
    }
    const far = qStar({ ...layer, weightVariance: 4 - 4e-6 });
    // far out q = sigma_w^2 (1/2 + q / 4) + sigma_b^2
    expect(far.value).toBeWithinRelative((2 + 0.1 - 2e-6) / 1e-6, 1e-7);
  });
});
