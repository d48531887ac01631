import { describe, expect, test } from "vitest";
import { compileKernel, kernelLayerKinds } from "../../src/kernels/index.js";
import * as n from "../../src/network/index.js";

const { dense, relu, erf, residual, residualWithShortcut, parallel, dropout, layerNorm, identity, flatten } =
  n;
const compile = (shape: number[], layers: n.Layer[], tangent = true) =>
  compileKernel(n.network(n.input(shape), ...layers), { tangent });

describe("compileKernel", () => {
  test.each<[string, number[], n.Layer[], string, RegExp]>([
    [
      "conv",
      [8, 8, 3],
      [n.conv(4, [3, 3])],
      "layers[0]",
      /kernel reading of "conv" is not available in this version; available: dense, activation/,
    ],
    ["pooling", [8, 8, 3], [n.avgPool([2, 2])], "layers[0]", /"avgPool" is not available/],
    ["global pooling", [8, 8, 3], [n.globalAvgPool()], "layers[0]", /"globalAvgPool" is not available/],
    ["dense on images", [8, 8, 3], [dense(4)], "layers[0]", /on positions \[8, 8\].*put flatten before it/],
    ["images at the end", [8, 8, 3], [identity()], "layers", /add flatten/],
    [
      "a product of branches",
      [8],
      [dense(3), parallel("product", [[dense(3)], [dense(3)]])],
      "layers[1]",
      /merge "product".*available: sum/,
    ],
    [
      "a concat of branches",
      [8],
      [parallel("concat", [[dense(3)], [dense(3)]])],
      "layers[0]",
      /merge "concat"/,
    ],
    [
      "an activation of the raw input",
      [8],
      [relu()],
      "layers[0]",
      /Gaussian.*the raw input.*put a dense layer between/,
    ],
    [
      "an activation of an activation",
      [8],
      [dense(3), relu(), erf()],
      "layers[2]",
      /erf.*layers\[1\] \(relu\)/,
    ],
    ["an activation after dropout", [8], [dense(3), dropout(0.5), relu()], "layers[2]", /dropout/],
    [
      "layerNorm after relu",
      [8],
      [dense(3), relu(), layerNorm()],
      "layers[2]",
      /layerNorm needs Gaussian units.*relu/,
    ],
    ["layerNorm of the raw input", [8], [layerNorm()], "layers[0]", /raw input/],
    ["dropout of the raw input", [8], [dropout(0.5), dense(3)], "layers[0]", /put it after a dense layer/],
    ["dropout of the flattened input", [2, 2, 1], [flatten(), dropout(0.5)], "layers[1]", /raw input/],
    ["identity + identity", [8], [dense(3), parallel("sum", [[], []])], "layers[1]", /dependent.*do not add/],
    ["identity + activation", [8], [dense(3), residual(relu())], "layers[1]", /dependent/],
    ["dropout + identity", [8], [dense(3), residual(dropout(0.5))], "layers[1]", /dependent/],
    [
      "nested dependent branches",
      [8],
      [dense(3), parallel("sum", [[residual(relu(), dense(3))], []])],
      "layers[1]",
      /dependent/,
    ],
    [
      "two post-activation branches",
      [8],
      [
        parallel("sum", [
          [dense(3), relu()],
          [dense(3), relu()],
        ]),
      ],
      "layers[0]",
      /nonzero means \(.*\[0\]\[1\] \(relu\).*\[1\]\[1\] \(relu\)/,
    ],
    [
      "a sum with the raw input",
      [3],
      [residual(dense(3))],
      "layers[0]",
      /branch 2 of the sum is the raw input/,
    ],
    ["the ntk of sign", [8], [dense(3), n.sign(), dense(1)], "layers[1]", /get \["nngp"\] only/],
    ["the ntk of heaviside", [8], [dense(3), n.heaviside(), dense(1)], "layers[1]", /jumps/],
  ])("refuses %s, with the place and the reason", (_what, shape, layers, path, message) => {
    expect(() => compile(shape, layers)).toThrow(
      expect.objectContaining({
        code: "ERR_UNAVAILABLE",
        message: expect.stringMatching(message),
        details: expect.objectContaining({ path }),
      }),
    );
  });

  test.each<[string, number[], n.Layer[]]>([
    ["sign without the ntk", [8], [dense(3), n.sign(), dense(1)]],
    [
      "an activation after a sum of independent branches",
      [8],
      [dense(3), residual(relu(), dense(3)), relu()],
    ],
    ["nested residuals", [8], [dense(3), residual(residual(relu(), dense(3)), relu(), dense(3)), relu()]],
    [
      "a shortcut with its own dense",
      [8],
      [residualWithShortcut([dense(3), relu(), dense(3)], [dense(3)]), relu()],
    ],
    ["relu + dense of relu, when a dense follows", [8], [dense(3), relu(), residual(dense(3)), dense(1)]],
    ["dropout between activation and dense", [8], [dense(3), relu(), dropout(0.5), dense(3), relu()]],
    [
      "the activation identity anywhere",
      [8],
      [n.activationLayer("identity"), dense(3), n.activationLayer("identity"), relu()],
    ],
    ["flatten of vectors and of images", [2, 2, 3], [flatten(), flatten(), dense(3), relu()]],
    ["layerNorm after a sum", [8], [dense(3), residual(relu(), dense(3)), layerNorm(), relu()]],
    ["identity before flatten", [2, 2, 3], [identity(), n.serial(flatten()), dense(3)]],
  ])("accepts %s", (_what, shape, layers) => {
    expect(() => compile(shape, layers, _what.includes("without") === false)).not.toThrow();
  });

  test("refuses a post-activation residual that an activation follows", () => {
    expect(() => compile([8], [dense(3), relu(), residual(dense(3)), relu()])).toThrow(/layers\[3\].*relu/);
  });

  test("needs one slot for a chain, one more per open branch, whatever the depth", () => {
    const chain = compile([8], [n.repeat(100, dense(3), relu()), dense(1)]);
    expect(chain.slots).toBe(1);
    expect(chain.steps.length).toBe(1 + 200 + 1);
    const skip = compile([8], [dense(3), n.repeat(100, residual(relu(), dense(3)))]);
    expect(skip.slots).toBe(2);
    const wide = compile([8], [dense(3), parallel("sum", [[relu(), dense(3)], [erf(), dense(3)], []])]);
    expect(wide.slots).toBe(3);
  });

  test("reads standard parameterization with the layer's actual input width", () => {
    const net = n.network(
      n.input([2, 4, 1], { parameterization: "standard" }),
      flatten(),
      dense(5, { biasVariance: 0.3 }),
      relu(),
      dense(7, { weightVariance: 2 }),
      relu(),
      dense(1, { weightVariance: 2, biasVariance: 0.5, parameterization: "ntk" }),
    );
    const denses = compileKernel(net, { tangent: true }).steps.filter((step) => step.op === "dense");
    expect(denses.map(({ tangentK, tangentOne }) => [tangentK, tangentOne])).toEqual([
      [8, 1],
      [5, 0],
      [2, 0.5],
    ]);
  });

  test("refuses more layers than memory could ever hold", () => {
    const net = n.network(n.input([8]), n.repeat(2000, n.repeat(1000, dense(8))));
    expect(() => compileKernel(net, { tangent: true })).toThrow(/has 2000000 layers.*more than 1000000/);
  });

  test("names every kind that the compiler reads, and no other", () => {
    expect(kernelLayerKinds.every((kind) => n.layerKinds.includes(kind))).toBe(true);
    expect(n.layerKinds.filter((kind) => !kernelLayerKinds.includes(kind))).toEqual([
      "conv",
      "globalAvgPool",
      "globalSumPool",
      "avgPool",
      "sumPool",
    ]);
  });

  test("an activation that is unbounded at a point is not said to jump, nor to have an nngp", () => {
    expect(() => compile([2], [dense(2), n.reciprocal(), dense(1)])).toThrow(
      /reciprocal is unbounded near x = 0/,
    );
  });
});
