/**
 * Length maps, permissible activations and unit scale: rows D1, D2 in theory, D7, D8 in theory and the table of unit scale.
 * @module
 */
import {
  activation,
  customActivation,
  type Growth,
  gaussianMean,
  secondMoment,
} from "../../activations/index.js";
import {
  type HiddenLayer,
  lengthMap,
  lengthProcess,
  unitScaleWeightVariance,
} from "../../meanfield/index.js";
import { absolute, type Check, same } from "../checks.js";

const TANH: HiddenLayer = { activation: activation("tanh"), weightVariance: 1.5, biasVariance: 0.1 };
const RELU: HiddenLayer = { activation: activation("relu"), weightVariance: 2, biasVariance: 0 };

function lengthRows(): Check[] {
  const expected = [1.6, 0.819995, 0.637737, 0.571564, 0.543651];
  let q = TANH.weightVariance + TANH.biasVariance; // inputs of unit mean square
  const rows = expected.map((value, l) => {
    if (l > 0) q = lengthMap(TANH, q);
    return absolute(
      { id: "D1", quantity: `tanh (1.5, 0.1): length of layer ${l + 1}`, source: "paper D, length map" },
      q,
      value,
      1e-6,
    );
  });
  const variance = (
    layer: HiddenLayer,
    start: number,
    values: readonly number[],
    tolerance: number,
    name: string,
  ) =>
    values.map((value, l) =>
      absolute(
        {
          id: "D2",
          quantity: `${name}: N Var(q_${l + 1}) in theory`,
          source: "N Var(q_l) -> 2 q_l^2 + v_l, by conditioning on the layer before",
        },
        lengthProcess(layer, start, 4).scaledVariance[l]!,
        value,
        tolerance,
      ),
    );
  return [
    ...rows,
    ...variance(TANH, 1.6, [5.12, 1.6012, 1.0405, 0.8633, 0.7926], 5.1e-5, "tanh (1.5, 0.1)"),
    ...variance(RELU, 2, [8, 28, 48, 68, 88], 1e-9, "relu (2, 0)"),
  ];
}

interface UnitScaleRow {
  readonly label: string;
  readonly name: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly second: number;
  readonly spread: number;
  readonly sigma: number;
}

const unit = (
  label: string,
  name: string,
  second: number,
  spread: number,
  sigma: number,
  parameters?: Readonly<Record<string, number>>,
): UnitScaleRow => ({
  label,
  name,
  second,
  spread,
  sigma,
  ...(parameters === undefined ? {} : { parameters }),
});

const cosSecond = (1 + Math.exp(-2)) / 2;

/** phi, E phi(z)^2, Var phi(z)^2 and the sigma_w that keeps unit scale without biases. */
const UNIT_SCALE: readonly UnitScaleRow[] = [
  unit("identity", "identity", 1, 2, 1),
  unit("abs", "abs", 1, 2, 1),
  unit("relu", "relu", 0.5, 1.25, Math.SQRT2),
  unit("leaky relu 0.01", "leakyRelu", 0.50005, 1.24995001, 1.41414286, { slope: 0.01 }),
  unit("leaky relu 0.2", "leakyRelu", 0.52, 1.232, 1.38675049, { slope: 0.2 }),
  unit("heaviside", "heaviside", 0.5, 0.25, Math.SQRT2),
  unit("sign", "sign", 1, 0, 1),
  unit("tanh", "tanh", 0.3942944904, 0.09752374, 1.59253742),
  unit("sigmoid", "sigmoid", 0.2933790359, 0.04552305, 1.84622855),
  unit("erf(z)", "erf", 0.4645590544, 0.12082162, 1.46716695),
  unit("erf(z / sqrt 2)", "erf", 1 / 3, 4 / 45, 1.73205081, { b: Math.SQRT1_2 }),
  unit("elu", "elu", 0.6449454175, 1.1546991, 1.2451983),
  unit("selu", "selu", 1, 1.50314045, 1),
  unit("softplus", "softplus", 0.9212459089, 1.48905813, 1.04186684),
  unit("softsign", "softsign", 0.1830140213, 0.01968741, 2.33753336),
  unit("silu", "silu", 0.3557755198, 0.79258819, 1.67653247),
  unit("gelu", "gelu", 0.4252214826, 1.12386579, 1.53353044),
  unit("sin", "sin", 0.4323323584, 0.12046302, 1.52086662),
  unit("cos", "cos", cosSecond, 0.12046302, 1.3272506),
  unit("arctan", "arctan", 0.4497009164, 0.1569207, 1.49120762),
  unit("exp(z / 2)", "exp", 1.6487212707, 4.67077427, 0.77880078, { a: 1, b: 0.5 }),
  unit("exp(-z^2 / 2)", "gaussian", 0.5773502692, 0.11388026, 1.31607401, { a: 1, b: -0.5 }),
  unit("z^2", "monomial", 3, 96, 0.57735027, { degree: 2 }),
];

function unitScaleRows(): Check[] {
  const source = "paper D, unit scale: sigma_w^2 = 1 / E[phi(z)^2]";
  return UNIT_SCALE.flatMap(({ label, name, parameters, second, spread, sigma }) => {
    const phi = activation(name, parameters ?? {});
    const mean = secondMoment(phi, 1);
    const fourth = gaussianMean((x) => phi.value(x) ** 4, 1, {
      breakPoints: phi.breakPoints.map(({ at }) => at),
    });
    return [
      absolute({ id: "D.5", quantity: `${label}: E[phi(z)^2]`, source }, mean, second, 1e-9),
      absolute(
        { id: "D.5", quantity: `${label}: Var[phi(z)^2]`, source },
        fourth - mean * mean,
        spread,
        1e-8,
      ),
      absolute(
        { id: "D.5", quantity: `${label}: sigma_w`, source },
        Math.sqrt(unitScaleWeightVariance(phi).weightVariance),
        sigma,
        1e-8,
      ),
    ];
  });
}

const PERMISSIBLE: readonly (readonly [string, Readonly<Record<string, number>>?])[] = [
  ["identity"],
  ["relu"],
  ["leakyRelu", { slope: 0.1 }],
  ["elu"],
  ["selu"],
  ["sigmoid"],
  ["tanh"],
  ["erf"],
  ["softplus"],
  ["silu"],
  ["gelu"],
  ["sin"],
  ["heaviside"],
  ["sign"],
  ["monomial", { degree: 3 }],
  ["exp"],
];

const CUSTOM: readonly (readonly [string, (x: number) => number, Growth, boolean])[] = [
  ["exp(|x|^1.9)", (x) => Math.exp(Math.abs(x) ** 1.9), { kind: "subgaussian", power: 1.9 }, true],
  ["log|x|", (x) => Math.log(Math.abs(x)), { kind: "unbounded-at-point", at: 0 }, false],
  ["1 / sqrt|x|", (x) => 1 / Math.sqrt(Math.abs(x)), { kind: "unbounded-at-point", at: 0 }, false],
  ["exp(x^2 / 4)", (x) => Math.exp((x * x) / 4), { kind: "gaussian", rate: 0.25 }, false],
];

function permissibilityRows(): Check[] {
  const row = (label: string, permissible: boolean, expected: boolean) =>
    same(
      {
        id: "D7",
        quantity: `${label}: permissible`,
        source: "paper D: bounded on bounded intervals and |phi(x)| = exp(o(x^2))",
      },
      permissible ? "yes" : "no",
      expected ? "yes" : "no",
    );
  return [
    ...PERMISSIBLE.map(([name, parameters]) => {
      const { label, permissibility } = activation(name, parameters ?? {});
      return row(label, permissibility.permissible, true);
    }),
    row("1 / x", activation("reciprocal").permissibility.permissible, false),
    ...CUSTOM.map(([label, value, growth, expected]) =>
      row(label, customActivation({ name: label, value, growth }).permissibility.permissible, expected),
    ),
  ];
}

export function lengthChecks(): Check[] {
  return [...lengthRows(), ...permissibilityRows(), ...unitScaleRows()];
}
