import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation, customActivation } from "../../src/activations/index.js";
import {
  chi1,
  criticalLine,
  criticalPointAt,
  criticalWeightVariance,
  lengthTrajectory,
  nearestCritical,
  qStar,
  unitScaleWeightVariance,
} from "../../src/meanfield/index.js";
import { squareMean } from "../kernels/plain-kernel.js";

interface Fixture {
  readonly critical: readonly {
    readonly activation: string;
    readonly biasVariance: number;
    readonly weightVariance: string;
    readonly qStar: string;
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/meanfield.json", import.meta.url), "utf8"),
) as Fixture;

describe("criticalWeightVariance", () => {
  test.each(fixture.critical)(
    "of $activation at sigma_b^2 = $biasVariance agrees with an independent computation",
    ({ activation: name, biasVariance, weightVariance, qStar: q }) => {
      const solved = criticalWeightVariance(activation(name), biasVariance);
      expect(solved.status).toBe("converged");
      expect(solved.value).toBeWithinRelative(Number(weightVariance), 1e-11);
      expect(solved.qStar).toBeWithinRelative(Number(q), 1e-9); // at small q* the bias moves as q*^2
    },
  );

  test.each([
    ["erf", 0.05, 1.375839],
    ["erf", 0.18, 1.747604],
    ["tanh", 0.05, 1.760955],
    ["tanh", 0.18, 2.233929],
  ])("of %s at sigma_b^2 = %s reproduces the tabulated %s to 1e-6", (name, b, expected) => {
    expect(Math.abs(criticalWeightVariance(activation(name), b).value - expected)).toBeLessThan(1e-6);
  });

  test("of erf lies on the closed curve to 1e-8", () => {
    for (const b of [1e-3, 0.01, 0.05, 0.18, 0.7, 2]) {
      const { value: w } = criticalWeightVariance(activation("erf"), b);
      const q = (((4 * w) / Math.PI) ** 2 - 1) / 4;
      const bias = q - ((2 * w) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q));
      expect(Math.abs(bias - b)).toBeLessThan(1e-8 * Math.max(b, 0.1));
    }
  });

  test("starts at 1 / phi'(0)^2 without biases", () => {
    expect(criticalWeightVariance(activation("tanh"), 0)).toMatchObject({ value: 1, qStar: 0 });
    expect(criticalWeightVariance(activation("erf"), 0).value).toBeWithinUlp(Math.PI / 4, 4);
    expect(criticalWeightVariance(activation("arctan"), 0).value).toBeWithinUlp(1, 2);
  });

  test.each([
    ["tanh", 1],
    ["erf", Math.PI / 4],
    ["sin", 1],
    ["arctan", 1],
    ["softsign", 1],
    ["elu", 1],
  ])("of %s without biases has that point only, as nearestCritical finds from any side", (name, expected) => {
    const phi = activation(name);
    const { points } = criticalWeightVariance(phi, 0);
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({ qStar: 0, biasVariance: 0 });
    for (const weightVariance of [0.5, 1, 1.5, 30]) {
      const near = nearestCritical({ activation: phi, weightVariance, biasVariance: 0 });
      expect(near.weightVariance).toBeWithinRelative(expected, 1e-12);
    }
  });

  test("without biases still finds points away from the origin", () => {
    const shifted = customActivation({
      name: "shifted tanh",
      value: (x) => Math.tanh(x) - 0.5,
      derivative: (x) => 1 / Math.cosh(x) ** 2,
    });
    const { points } = criticalWeightVariance(shifted, 0);
    expect(points).toHaveLength(1);
    const { qStar: q, weightVariance } = points[0]!;
    expect(q!).toBeGreaterThan(1);
    // the two conditions by plain sums
    expect(weightVariance * squareMean((x) => 1 / Math.cosh(x) ** 2, q!)).toBeWithinRelative(1, 1e-10);
    expect(weightVariance * squareMean(shifted.value, q!)).toBeWithinRelative(q!, 1e-10);
  });

  test("of homogeneous activations is one over their second moment, with a note where q grows", () => {
    expect(criticalWeightVariance(activation("relu"), 0)).toMatchObject({ value: 2, qStar: null });
    expect(criticalWeightVariance(activation("leakyRelu", { slope: 0.1 }), 0).value).toBeWithinUlp(
      2 / 1.01,
      2,
    );
    expect(criticalWeightVariance(activation("relu"), 0.3).note).toMatch(/grows by sigma_b\^2 = 0.3/);
  });

  test("is not defined where phi jumps and has no solution where no stable point exists", () => {
    expect(criticalWeightVariance(activation("sign"), 0.1)).toMatchObject({
      status: "not-defined",
      value: Number.NaN,
    });
    // Q(q) = w q^2 3: chi_1 = 4 w q = 1 gives b = q / 4, but Q'(q*) = 6 w q = 3 / 2 is unstable
    const square = criticalWeightVariance(activation("monomial", { degree: 2 }), 0.1);
    expect(square.status).toBe("no-solution");
    expect(square.note).toMatch(/no stable fixed point/);
  });

  test("has chi_1 = 1 at the fixed point that trajectories reach", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("erf", "tanh", "sin", "arctan", "softsign"),
        fc.double({ min: 0.005, max: 1, noNaN: true }),
        (name, b) => {
          const phi = activation(name);
          const { value, qStar: q } = criticalWeightVariance(phi, b);
          const layer = { activation: phi, weightVariance: value, biasVariance: b };
          const reached = qStar(layer);
          expect(reached.value).toBeWithinRelative(q!, 1e-8);
          expect(Math.abs(chi1(layer, reached.value) - 1)).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 15, seed: 3 },
    );
  });

  test("refuses a negative or NaN bias variance", () => {
    expect(() => criticalWeightVariance(activation("erf"), -0.1)).toThrow(/biasVariance is -0.1/);
    expect(() => criticalWeightVariance(activation("erf"), Number.NaN)).toThrow(/NaN/);
  });
});

describe("criticalLine", () => {
  test("has one point per bias variance inside the range of weight variances", () => {
    const line = criticalLine(activation("erf"), {
      biasVariance: [0.01, 0.05, 0.18],
      weightVariance: [0, 1.5],
    });
    expect(line.map(({ biasVariance }) => biasVariance)).toEqual([0.01, 0.05]);
    expect(line[1]!.weightVariance).toBeWithinRelative(1.375839, 1e-6);
  });

  test("is parametrized by q*", () => {
    const point = criticalPointAt(activation("erf"), 0.517177);
    expect(point.weightVariance).toBeWithinRelative(1.375839, 1e-6);
    expect(point.biasVariance).toBeWithinRelative(0.05, 1e-5);
    expect(() => criticalPointAt(activation("erf"), 0)).toThrow(/q is 0/);
  });
});

describe("nearestCritical", () => {
  test("gives the step at the same bias variance", () => {
    const near = nearestCritical({ activation: activation("tanh"), weightVariance: 1.2, biasVariance: 0.05 });
    expect(near.weightVariance).toBeWithinRelative(1.760955, 1e-6);
    expect(near.change).toBeWithinRelative(0.560955, 1e-6);
    expect(
      nearestCritical({ activation: activation("sign"), weightVariance: 1, biasVariance: 0 }),
    ).toMatchObject({
      weightVariance: null,
      change: null,
    });
  });
});

describe("unitScaleWeightVariance", () => {
  // sigma_w as tabulated with eight decimals
  test.each([
    ["identity", {}, 1],
    ["abs", {}, 1],
    ["relu", {}, Math.SQRT2],
    ["leakyRelu", { slope: 0.01 }, 1.41414286],
    ["leakyRelu", { slope: 0.2 }, 1.38675049],
    ["heaviside", {}, Math.SQRT2],
    ["sign", {}, 1],
    ["tanh", {}, 1.59253742],
    ["sigmoid", {}, 1.84622855],
    ["erf", {}, 1.46716695],
    ["elu", {}, 1.2451983],
    ["selu", {}, 1],
    ["softplus", {}, 1.04186684],
    ["softsign", {}, 2.33753336],
    ["silu", {}, 1.67653247],
    ["gelu", {}, 1.53353044],
    ["sin", {}, 1.52086662],
    ["cos", {}, 1.3272506],
    ["arctan", {}, 1.49120762],
    ["exp", { a: 1, b: 0.5 }, 0.77880078],
    ["gaussian", { a: 1, b: -0.5 }, 1.31607401],
    ["monomial", { degree: 2 }, 0.57735027],
  ])("of %s %o has the tabulated root", (name, parameters, sigma) => {
    const { weightVariance } = unitScaleWeightVariance(activation(name, parameters));
    expect(Math.abs(Math.sqrt(weightVariance) - sigma)).toBeLessThan(1e-8);
  });

  test("keeps q = 1 through depth where it is stable, and says where it is not", () => {
    const phi = activation("tanh");
    const unit = unitScaleWeightVariance(phi, 0.2);
    expect(unit.stable).toBe(true);
    const layer = { activation: phi, weightVariance: unit.weightVariance, biasVariance: 0.2 };
    expect(lengthTrajectory(layer, 1.5, 60).at(-1)).toBeWithinRelative(1, 1e-9);
    expect(unitScaleWeightVariance(activation("relu"))).toMatchObject({ stable: false });
    expect(unitScaleWeightVariance(activation("relu")).slope).toBeWithinRelative(1, 1e-12);
    expect(unitScaleWeightVariance(activation("monomial", { degree: 2 })).slope).toBeWithinRelative(2, 1e-10);
  });

  test("refuses biases above unit scale and activations without a variance", () => {
    expect(() => unitScaleWeightVariance(activation("tanh"), 1.1)).toThrow(/\[0, 1\]/);
    expect(() => unitScaleWeightVariance(activation("reciprocal"))).toThrow(/no length map/);
  });
});
