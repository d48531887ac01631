import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  lengthBand,
  lengthStack,
  squareVariance,
  unitScaleNetwork,
  unitScaleWeightVariance,
} from "../../src/meanfield/index.js";
import {
  activationLayer,
  dense,
  hiddenLayers,
  input,
  network,
  preset,
  relu,
  repeat,
  tanh,
} from "../../src/network/index.js";

/** E phi(z)^2, Var phi(z)^2, sigma_w without biases, to the digits printed. */
const TABLE: readonly (readonly [string, Readonly<Record<string, unknown>>, number, number, number])[] = [
  ["identity", {}, 1, 2, 1],
  ["abs", {}, 1, 2, 1],
  ["relu", {}, 0.5, 1.25, Math.SQRT2],
  ["leakyRelu", { slope: 0.01 }, 0.50005, 1.24995001, 1.41414286],
  ["leakyRelu", { slope: 0.2 }, 0.52, 1.232, 1.38675049],
  ["heaviside", {}, 0.5, 0.25, Math.SQRT2],
  ["sign", {}, 1, 0, 1],
  ["tanh", {}, 0.3942944904, 0.09752374, 1.59253742],
  ["sigmoid", {}, 0.2933790359, 0.04552305, 1.84622855],
  ["erf", {}, (2 / Math.PI) * Math.asin(2 / 3), 0.12082162, 1.46716695],
  ["erf", { b: Math.SQRT1_2 }, 1 / 3, 4 / 45, 1.73205081],
  ["elu", {}, 0.6449454175, 1.1546991, 1.2451983],
  ["selu", {}, 1, 1.50314045, 1],
  ["softplus", {}, 0.9212459089, 1.48905813, 1.04186684],
  ["softsign", {}, 0.1830140213, 0.01968741, 2.33753336],
  ["silu", {}, 0.3557755198, 0.79258819, 1.67653247],
  ["gelu", {}, 0.4252214826, 1.12386579, 1.53353044],
  ["sin", {}, (1 - Math.exp(-2)) / 2, 0.12046302, 1.52086662],
  ["cos", {}, (1 + Math.exp(-2)) / 2, 0.12046302, 1.3272506],
  ["arctan", {}, 0.4497009164, 0.1569207, 1.49120762],
  ["exp", { b: 0.5 }, Math.exp(0.5), 4.67077427, 0.77880078],
  ["gaussian", { b: -0.5 }, 1 / Math.sqrt(3), 0.11388026, 1.31607401],
  ["monomial", { degree: 2 }, 3, 96, 0.57735027],
];

describe("unit scale", () => {
  test.each(TABLE)("of %s %o: E phi^2, Var phi^2 and sigma_w", (name, parameters, mean, spread, sigma) => {
    const phi = activation(name, parameters);
    const { weightVariance } = unitScaleWeightVariance(phi);
    expect(Math.abs(1 / weightVariance - mean)).toBeLessThan(1e-9);
    expect(Math.abs(squareVariance(phi, 1) - spread)).toBeLessThan(6e-9);
    expect(Math.abs(Math.sqrt(weightVariance) - sigma)).toBeLessThan(6e-9);
  });

  test("Var phi^2 agrees with moments in closed form at other variances", () => {
    // E x^4 = 3 q^2: relu 3/2 q^2 - q^2 / 4; sin: E sin^4 = 3/8 - e^{-2 q} / 2 + e^{-8 q} / 8
    for (const q of [0.01, 0.7, 40]) {
      expect(squareVariance(activation("relu"), q)).toBeWithinRelative(1.25 * q * q, 1e-11);
      const fourth = 0.375 - 0.5 * Math.exp(-2 * q) + Math.exp(-8 * q) / 8;
      const second = (1 - Math.exp(-2 * q)) / 2;
      expect(squareVariance(activation("sin"), q)).toBeCloseTo(fourth - second ** 2, 12);
    }
    expect(squareVariance(activation("gaussian", { b: 0.2 }), 0.6)).toBeGreaterThan(0);
    expect(squareVariance(activation("gaussian", { b: 0.2 }), 0.63)).toBe(Number.POSITIVE_INFINITY);
    expect(squareVariance(activation("reciprocal"), 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("unitScaleNetwork", () => {
  const lengths = (net: ReturnType<typeof network>, meanSquare = 1) => {
    const { layers, widths } = lengthStack(net);
    return [...lengthBand(layers, widths, meanSquare).q];
  };

  test("keeps every layer at length 1, the first by 1 - sigma_b^2", () => {
    const before = network(
      input([30]),
      dense(100, { weightVariance: 3, biasVariance: 0.2 }),
      tanh(),
      dense(80, { weightVariance: 0.4, biasVariance: 0.1 }),
      activationLayer("sigmoid"),
      dense(60),
      relu(),
      dense(10, { weightVariance: 2 }),
    );
    const { network: after, layers, stable } = unitScaleNetwork(before);
    for (const q of lengths(after)) expect(q).toBeCloseTo(1, 12);
    const stack = hiddenLayers(after);
    expect(stack.layers.map(({ biasVariance }) => biasVariance)).toEqual([0.2, 0.1, 0]);
    expect(stack.layers[0]!.weightVariance).toBeCloseTo(0.8, 15);
    expect(stack.layers[1]!.weightVariance).toBeCloseTo(0.9 / 0.3942944904, 8);
    // outputs too
    expect(stack.readout.weightVariance).toBeCloseTo(2, 12);
    expect(layers.map(({ slope }) => slope < 1)).toEqual([true, true, false]);
    expect(stable).toBe(true); // relu stands before the readout only
    expect(stack.layers.map(({ units }) => units)).toEqual([100, 80, 60]);
  });

  test("says that homogeneous activations do not pull deviations back", () => {
    const net = network(input([8]), repeat(3, dense(50), relu()), dense(2));
    const result = unitScaleNetwork(net, { biasVariance: 0.5 });
    expect(result.layers[0]!.slope).toBeCloseTo(0.5, 12);
    expect(result.stable).toBe(true);
    const without = unitScaleNetwork(net);
    expect(without.layers[0]!.slope).toBeCloseTo(1, 12);
    expect(without.stable).toBe(false);
  });

  test("takes the mean square of the inputs, and leaves the readout alone when asked to", () => {
    const net = preset("fcn", { input: [20], depth: 3, activation: "gelu", weightVariance: 1.7 });
    const { network: after } = unitScaleNetwork(net, { inputMeanSquare: 0.3, readout: false });
    for (const q of lengths(after, 0.3)) expect(q).toBeCloseTo(1, 12);
    expect(hiddenLayers(after).readout).toEqual(hiddenLayers(net).readout);
  });

  test("refuses what has no unit scale, naming it", () => {
    const net = network(input([8]), dense(50, { biasVariance: 2 }), relu(), dense(2));
    expect(() => unitScaleNetwork(net)).toThrow(/bias variance of dense layer 1 is 2/);
    expect(() => unitScaleNetwork(net, { biasVariance: -1 })).toThrow(/the bias variance is -1/);
    expect(() => unitScaleNetwork(net, { inputMeanSquare: 0, biasVariance: 0 })).toThrow(/inputs of zeros/);
    const pole = network(input([8]), dense(50), activationLayer("reciprocal"), dense(2));
    expect(() => unitScaleNetwork(pole)).toThrow(/no length map/);
    expect(() => unitScaleNetwork(preset("wrn"))).toThrow(/not a plain fully connected stack/);
  });
});
