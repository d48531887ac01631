import { describe, test } from "vitest";
import { activation, activationNames } from "../../src/activations/index.js";
import * as n from "../../src/network/index.js";
import { type Case, check } from "../support/monte-carlo.js";

const { dense, network, input, relu, erf } = n;

const VARIANCES = { weightVariance: 1.7, biasVariance: 0.2 };

describe("dense networks agree with random finite networks", () => {
  const W = 96;
  const hidden = (options: object = {}) => dense(W, { ...VARIANCES, ...options });
  const of = (...layers: n.Layer[]) => network(input([3]), ...layers);
  const cases: Case[] = [
    {
      name: "one hidden layer, ntk parameterization",
      net: of(hidden(), relu(), hidden({ biasVariance: 0.4 })),
      wrong: [
        of(hidden(), relu(), hidden({ weightVariance: 1.9 })),
        of(hidden(), relu(), hidden({ biasVariance: 0 })),
      ],
      draws: 200,
      tangent: true,
    },
    {
      name: "one hidden layer, standard parameterization",
      net: network(input([3], { parameterization: "standard" }), hidden(), erf(), dense(W, VARIANCES)),
      wrong: [
        of(hidden(), erf(), dense(W, VARIANCES)),
        network(
          input([3], { parameterization: "standard" }),
          hidden(),
          erf(),
          dense(W, { weightVariance: 1.7 }),
        ),
        network(
          input([3], { parameterization: "standard" }),
          dense(W - 12, VARIANCES),
          erf(),
          dense(W, VARIANCES),
        ),
      ],
      draws: 200,
      tangent: true,
    },
    {
      name: "one layer of its own parameterization",
      net: of(hidden({ parameterization: "standard" }), relu(), hidden()),
      wrong: [of(hidden(), relu(), hidden())],
      draws: 200,
      tangent: true,
    },
    {
      name: "three hidden layers",
      net: of(n.repeat(3, hidden(), erf()), hidden()),
      wrong: [of(n.repeat(2, hidden(), erf()), hidden()), of(n.repeat(4, hidden(), erf()), hidden())],
      draws: 100,
      tangent: true,
      bias: 0.02,
    },
    {
      name: "a residual of a dense branch and the identity, after an activation with a mean",
      net: of(hidden(), relu(), n.residual(hidden()), hidden()),
      wrong: [of(hidden(), relu(), hidden(), hidden())],
      draws: 150,
      tangent: true,
    },
    {
      name: "a residual around an activation and a dense layer, a dense shortcut",
      net: of(hidden(), n.residualWithShortcut([relu(), hidden()], [hidden({ weightVariance: 0.7 })])),
      wrong: [of(hidden(), n.residualWithShortcut([relu(), hidden()], [hidden({ weightVariance: 1 })]))],
      draws: 150,
      tangent: true,
    },
    {
      name: "a sum of three branches, one of them the identity",
      net: of(hidden(), n.parallel("sum", [[relu(), hidden()], [erf(), hidden()], []])),
      wrong: [
        of(
          hidden(),
          n.parallel("sum", [
            [relu(), hidden()],
            [erf(), hidden()],
          ]),
        ),
      ],
      draws: 150,
      tangent: true,
    },
    {
      name: "dropout, whose mask a sample shares with itself only",
      net: of(hidden(), relu(), n.dropout(0.4), hidden()),
      wrong: [of(hidden(), relu(), hidden()), of(hidden(), relu(), n.dropout(0.6), hidden())],
      draws: 200,
      tangent: true,
    },
    {
      name: "layerNorm",
      net: of(hidden(), n.layerNorm(), relu(), hidden()),
      wrong: [of(hidden(), relu(), hidden())],
      draws: 150,
      tangent: true,
      bias: 0.02,
    },
  ];
  test.each(cases)("$name", async ({ name: _name, ...rest }) => check(rest));
});

describe("every activation agrees with random finite networks", () => {
  /** parameters that differ from the defaults, or that have none, at which second moments of products exist */
  const PARAMETERS: Record<string, object> = {
    expression: { expression: "x*tanh(x)" },
    leakyRelu: { slope: 0.3 },
    abRelu: { a: -0.4, b: 1.2 },
    erf: { a: 1.3, b: 0.8, c: 0.2 },
    sin: { a: 1.2, b: 0.7, c: 0.3 },
    cos: { a: 1.2, b: 0.7, c: 0.3 },
    rbf: { gamma: 0.6 },
    gaussian: { a: 1.1, b: -0.5 },
    exp: { a: 0.8, b: 0.5 },
    monomial: { degree: 3 },
    rectifiedMonomial: { degree: 2 },
    polynomial: { coefficients: [0.3, -1, 0.2, 0.4] },
    hermite: { degree: 3 },
    expNormalized: { gamma: 1, shift: 0 },
  };
  const jumps = (name: string) =>
    activation(name, PARAMETERS[name] as never).breakPoints.some(({ order }) => order === 0);
  const usable = activationNames().filter((name) => {
    const { kernelOnly, permissibility } = activation(name, PARAMETERS[name] as never);
    return !kernelOnly && permissibility.permissible;
  });
  test.each(usable)("%s", async (name) => {
    // normalized Hermite polynomials are for pre-activations of variance 1
    const norm = name === "hermite" ? [n.layerNorm()] : [];
    const net = (biasVariance: number) =>
      network(
        input([3]),
        dense(200, { weightVariance: 0.7, biasVariance }),
        ...norm,
        n.activationLayer(name, PARAMETERS[name] as never),
      );
    await check({
      net: net(0.1),
      wrong: [net(0.3)],
      draws: 300,
      tangent: !jumps(name),
      bias: norm.length > 0 ? 0.02 : 0,
    });
  });
});
