import { describe, test } from "vitest";
import * as n from "../../src/network/index.js";
import { type Case, check } from "../support/monte-carlo.js";

const { conv, dense, network, input, relu, erf } = n;

const VARIANCES = { weightVariance: 1.7, biasVariance: 0.2 };

describe("convolutional networks agree with random finite networks", () => {
  const W = 40;
  const first = conv(W, [3, 2], VARIANCES);
  const c3 = (options: object = {}) => conv(W, [3, 2], { ...VARIANCES, ...options });
  const image = (...layers: n.Layer[]) => network(input([5, 4, 2]), ...layers);
  const line = (...layers: n.Layer[]) => network(input([7, 2]), ...layers);
  const c1 = (options: object = {}) => conv(W, [3], { ...VARIANCES, ...options });
  const cases: Case[] = [
    {
      name: "same padding, an even side, all pairs of positions",
      net: image(first, relu(), c3()),
      wrong: [
        image(first, relu(), c3({ padding: "circular" })),
        image(first, relu(), c3({ biasVariance: 0.3 })),
      ],
      draws: 150,
    },
    {
      name: "same padding with strides",
      net: image(first, relu(), conv(W, [3, 3], { strides: [2, 3] })),
      wrong: [image(first, relu(), conv(W, [3, 3], { strides: [2, 3], padding: "circular" }))],
      draws: 200,
    },
    {
      name: "valid padding with strides",
      net: image(first, relu(), conv(W, [2, 2], { strides: [1, 2], padding: "valid" })),
      wrong: [image(first, relu(), conv(W, [2, 1], { strides: [1, 2], padding: "valid" }))],
      draws: 200,
    },
    {
      name: "circular padding with strides that do not divide the side",
      net: image(first, relu(), conv(W, [4, 3], { strides: [2, 3], padding: "circular" })),
      wrong: [image(first, relu(), conv(W, [4, 3], { strides: [2, 3], padding: "same" }))],
      draws: 200,
    },
    {
      name: "one dimension, ntk parameterization",
      net: line(c1(), relu(), c1({ strides: [2] })),
      wrong: [line(c1({ padding: "circular" }), relu(), c1({ strides: [2] }))],
      draws: 200,
      tangent: true,
    },
    {
      name: "one dimension, standard parameterization",
      net: network(input([7, 2], { parameterization: "standard" }), c1(), erf(), c1()),
      wrong: [line(c1(), erf(), c1())],
      draws: 150,
      tangent: true,
    },
    {
      name: "two hidden layers, flattened",
      net: line(c1(), relu(), c1(), relu(), n.flatten(), dense(W, VARIANCES)),
      wrong: [line(c1(), relu(), c1(), relu(), n.globalAvgPool(), dense(W, VARIANCES))],
      draws: 120,
      tangent: true,
      bias: 0.04,
    },
    {
      name: "two hidden layers, averaged over all positions",
      net: line(c1(), relu(), c1(), relu(), n.globalAvgPool(), dense(W, VARIANCES)),
      wrong: [line(c1(), relu(), c1({ padding: "circular" }), relu(), n.globalAvgPool(), dense(W))],
      draws: 120,
      tangent: true,
      bias: 0.04,
    },
    {
      name: "the sum over all positions",
      net: image(first, relu(), n.globalSumPool()),
      wrong: [image(first, relu(), n.globalAvgPool())],
      draws: 200,
    },
    {
      name: "a dense layer at every position",
      net: line(dense(W, VARIANCES), relu(), dense(W, VARIANCES)),
      wrong: [line(dense(W, VARIANCES), relu(), dense(W, { weightVariance: 1.4, biasVariance: 0.2 }))],
      draws: 300,
      tangent: true,
    },
    ...(["avgPool", "sumPool"] as const).flatMap((kind) =>
      (["valid", "same", "circular"] as const).map((padding): Case => {
        const pool = (of: n.Padding, normalizeEdges = false): n.Layer => ({
          kind,
          window: [3, 2],
          strides: [2, 1],
          padding: of,
          normalizeEdges,
        });
        const net = (layer: n.Layer) => image(first, relu(), layer, n.flatten());
        return {
          name: `${kind}, ${padding} padding`,
          net: net(pool(padding)),
          wrong: [net(pool(padding === "same" ? "circular" : "same"))],
          draws: 200,
        };
      }),
    ),
    {
      name: "avgPool over the inputs that exist",
      net: image(first, relu(), n.avgPool([3, 2], { padding: "same", normalizeEdges: true })),
      wrong: [image(first, relu(), n.avgPool([3, 2], { padding: "same" }))],
      draws: 200,
    },
    {
      name: "a pool between two convolutions",
      net: line(c1(), relu(), n.avgPool([2], { strides: [2] }), c1(), erf(), n.globalAvgPool()),
      wrong: [line(c1(), relu(), n.avgPool([1], { strides: [2] }), c1(), erf(), n.globalAvgPool())],
      draws: 200,
      tangent: true,
      bias: 0.04,
    },
    {
      name: "a pool of the raw image",
      net: line(n.avgPool([2]), c1(), relu(), n.globalAvgPool()),
      wrong: [line(c1(), relu(), n.globalAvgPool())],
      draws: 200,
      tangent: true,
    },
    {
      name: "layerNorm over the channels",
      net: image(conv(120, [3, 2], VARIANCES), n.layerNorm(), relu()),
      wrong: [image(conv(120, [3, 2], VARIANCES), n.layerNorm([1, 2, 3]), relu())],
      draws: 60,
      bias: 0.02,
    },
    {
      name: "layerNorm over one spatial axis and the channels",
      net: image(conv(120, [3, 2], VARIANCES), n.layerNorm([1, -1]), relu()),
      wrong: [
        image(conv(120, [3, 2], VARIANCES), n.layerNorm([2, -1]), relu()),
        image(conv(120, [3, 2], VARIANCES), n.layerNorm([-1]), relu()),
      ],
      draws: 60,
      bias: 0.02,
    },
    {
      name: "layerNorm over everything, with the ntk",
      net: line(conv(120, [3], VARIANCES), n.layerNorm([1, 2]), erf(), n.globalAvgPool()),
      wrong: [line(conv(120, [3], VARIANCES), n.layerNorm([2]), erf(), n.globalAvgPool())],
      draws: 100,
      tangent: true,
      bias: 0.02,
    },
    {
      name: "dropout, whose mask every position has for itself",
      net: line(c1(), relu(), n.dropout(0.5), c1(), n.globalAvgPool()),
      wrong: [line(c1(), relu(), c1(), n.globalAvgPool())],
      draws: 300,
      tangent: true,
    },
    {
      name: "a residual around activation and convolution",
      net: line(c1(), n.residual(relu(), c1()), n.globalAvgPool()),
      wrong: [line(c1(), n.residual(relu(), c1({ padding: "circular" })), n.globalAvgPool())],
      draws: 300,
      tangent: true,
    },
    {
      name: "a residual with strides and a convolution as the shortcut",
      net: line(
        c1(),
        n.residualWithShortcut(
          [relu(), c1({ strides: [2] })],
          [conv(W, [1], { strides: [2], weightVariance: 0.8 })],
        ),
      ),
      wrong: [
        line(
          c1(),
          n.residualWithShortcut(
            [relu(), c1({ strides: [2] })],
            [conv(W, [1], { strides: [2], weightVariance: 1 })],
          ),
        ),
      ],
      draws: 300,
      tangent: true,
    },
    {
      name: "a product of branches",
      net: line(c1(), n.parallel("product", [[relu(), c1()], [erf(), c1()], [c1({ padding: "circular" })]])),
      wrong: [line(c1(), n.parallel("product", [[relu(), c1()], [erf(), c1()], [c1()]]))],
      draws: 400,
      tangent: true,
    },
    {
      name: "branches side by side along the channels",
      net: line(
        c1(),
        n.parallel("concat", [
          [relu(), conv(12, [3], VARIANCES)],
          [erf(), c1()],
        ]),
        c1(),
      ),
      wrong: [
        line(
          c1(),
          n.parallel("concat", [
            [relu(), c1()],
            [erf(), c1()],
          ]),
          c1(),
        ),
      ],
      draws: 300,
      tangent: true,
    },
    {
      name: "branches side by side along the positions",
      net: line(
        c1(),
        n.parallel(
          "concat",
          [
            [relu(), c1()],
            [erf(), c1({ strides: [2] })],
          ],
          { axis: 1 },
        ),
        c1(),
      ),
      wrong: [
        line(
          c1(),
          n.parallel(
            "concat",
            [
              [erf(), c1({ strides: [2] })],
              [relu(), c1()],
            ],
            { axis: 1 },
          ),
          c1(),
        ),
      ],
      draws: 200,
      tangent: true,
    },
    {
      name: "a repeated odd number of convolutions",
      net: line(n.repeat(3, c1({ strides: [1], weightVariance: 1.2 }), erf()), n.flatten()),
      wrong: [line(n.repeat(2, c1({ strides: [1], weightVariance: 1.2 }), erf()), n.flatten())],
      draws: 150,
      tangent: true,
      bias: 0.04,
    },
  ];
  test.each(cases)("$name", async ({ name: _name, ...rest }) => check(rest));
});
