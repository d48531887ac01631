import { describe, expect, test } from "vitest";
import { compileKernel, kernelLayerKinds } from "../../src/kernels/index.js";
import { readsOf } from "../../src/kernels/program.js";
import { networkMeanField } from "../../src/meanfield/index.js";
import * as n from "../../src/network/index.js";

const { dense, relu, erf, residual, residualWithShortcut, parallel, dropout, layerNorm, identity, flatten } =
  n;
const compile = (shape: number[], layers: n.Layer[], tangent = true) =>
  compileKernel(n.network(n.input(shape), ...layers), { tangent });

describe("compileKernel", () => {
  test.each<[string, number[], n.Layer[], string, RegExp]>([
    [
      "a product of dependent branches",
      [8],
      [dense(3), parallel("product", [[relu()], []])],
      "layers[1]",
      /dependent.*do not multiply/,
    ],
    [
      "a product with the raw input",
      [8],
      [parallel("product", [[dense(8)], []])],
      "layers[0]",
      /branch 2 of the product is the raw input/,
    ],
    [
      "an activation of a product",
      [8],
      [parallel("product", [[dense(3)], [dense(3)]]), relu()],
      "layers[1]",
      /relu needs Gaussian units.*a product/,
    ],
    [
      "the raw input beside a conv",
      [4, 4, 3],
      [parallel("concat", [[n.conv(3, [3, 3])], []])],
      "layers[0]",
      /branch 2 of the concat is the raw input/,
    ],
    [
      "dependent branches along positions",
      [4, 4, 3],
      [n.conv(3, [3, 3]), parallel("concat", [[], [relu()]], { axis: 1 })],
      "layers[1]",
      /dependent.*do not stand side by side/,
    ],
    [
      "two shifted branches along positions",
      [4, 4, 3],
      [
        parallel(
          "concat",
          [
            [n.conv(3, [3, 3]), relu()],
            [n.conv(3, [3, 3]), relu()],
          ],
          { axis: 2 },
        ),
      ],
      "layers[0]",
      /nonzero means/,
    ],
    [
      "an activation of a pool of relu",
      [4, 4, 3],
      [n.conv(3, [3, 3]), relu(), n.avgPool([2, 2]), relu()],
      "layers[3]",
      /relu needs Gaussian units.*layers\[1\] \(relu\)/,
    ],
    ["an activation of raw pixels", [4, 4, 3], [n.globalAvgPool(), relu()], "layers[1]", /the raw input/],
    [
      "an activation of a sum of flattened units",
      [4, 4, 3],
      [
        parallel("sum", [
          [n.conv(3, [3, 3]), flatten()],
          [n.conv(3, [3, 3]), flatten()],
        ]),
        relu(),
      ],
      "layers[1]",
      /mixes units of different variances/,
    ],
    [
      "an activation of a pool over channels of two convs",
      [4, 4, 3],
      [parallel("concat", [[n.conv(3, [3, 3])], [n.conv(5, [3, 3])]]), n.avgPool([2, 2]), relu()],
      "layers[2]",
      /layers\[1\], which mixes units of different variances/,
    ],
    [
      "layerNorm over positions only",
      [4, 4, 3],
      [n.conv(3, [3, 3]), layerNorm([1, 2])],
      "layers[1]",
      /stays random at any width.*add the axis of the channels, -1/,
    ],
    [
      "layerNorm after avgPool of relu",
      [4, 4, 3],
      [n.conv(3, [3, 3]), relu(), n.avgPool([2, 2]), layerNorm()],
      "layers[3]",
      /layerNorm needs units with mean 0.*relu/,
    ],
    [
      "normalized edges of a sum",
      [4, 4, 3],
      [n.sumPool([2, 2], { padding: "same", normalizeEdges: true })],
      "layers[0]",
      /leave it out, or use avgPool/,
    ],
    [
      "an activation of the raw input",
      [8],
      [relu()],
      "layers[0]",
      /Gaussian.*the raw input.*put a dense or conv layer between/,
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
      /layerNorm needs units with mean 0.*relu/,
    ],
    ["layerNorm of the raw input", [8], [layerNorm()], "layers[0]", /raw input/],
    [
      "dropout of the raw input",
      [8],
      [dropout(0.5), dense(3)],
      "layers[0]",
      /put it after a dense or conv layer/,
    ],
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
    ["dense on positions", [4, 4, 3], [dense(4), relu(), dense(3)]],
    ["an activation of pooled Gaussians", [4, 4, 3], [n.conv(3, [3, 3]), n.avgPool([2, 2]), relu()]],
    [
      "an activation of a global pool of Gaussians",
      [4, 4, 3],
      [n.conv(3, [3, 3]), n.globalAvgPool(), relu()],
    ],
    ["an activation after flatten", [4, 4, 3], [n.conv(3, [3, 3]), flatten(), relu(), dense(1)]],
    [
      "an activation of convs side by side",
      [4, 4, 3],
      [parallel("concat", [[n.conv(3, [3, 3])], [n.conv(5, [1, 1])]]), relu(), n.conv(2, [3, 3])],
    ],
    ["relu beside its own input, along the channels", [8], [dense(3), parallel("concat", [[relu()], []])]],
    [
      "a product of two gates",
      [8],
      [
        parallel("product", [
          [dense(3), relu()],
          [dense(3), n.sigmoid()],
        ]),
        dense(2),
        relu(),
      ],
    ],
    ["layerNorm after dropout", [8], [dense(3), dropout(0.5), layerNorm(), dense(3)]],
    ["layerNorm over everything", [4, 4, 3], [n.conv(3, [3, 3]), layerNorm([1, 2, 3]), relu()]],
    ["images at the end", [8, 8, 3], [identity()]],
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

  test("reads every layer kind of the network format but those of finite networks", () => {
    const finite = ["batchNorm", "maxPool", "zeroPad"];
    expect([...kernelLayerKinds, ...finite].sort()).toEqual([...n.layerKinds].sort());
  });

  test.each([
    [n.batchNorm(), /layers\[1\].layers\[0\]: batchNorm is read by finite networks only.*use layerNorm/],
    [n.maxPool([2, 2]), /layers\[1\].layers\[0\]: maxPool is read by finite networks only.*use avgPool/],
    [
      n.zeroPad([1, 1]),
      /layers\[1\].layers\[0\]: zeroPad is read by finite networks only.*"padding": "same"/,
    ],
  ])("refuses $0.kind with its path, the reason and the way out", (layer, message) => {
    const net = n.network(n.input([6, 6, 3]), n.conv(4, [3, 3]), n.serial(layer), n.flatten(), n.dense(2));
    const refusal = expect.objectContaining({
      code: "ERR_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    expect(() => compileKernel(net, { tangent: true })).toThrow(refusal);
    expect(() => networkMeanField(net)).toThrow(refusal);
  });

  test("the fan-in of a conv in standard parameterization is channels times filter", () => {
    const net = n.network(
      n.input([6, 5, 3], { parameterization: "standard" }),
      n.conv(4, [3, 2], { biasVariance: 0.3 }),
      relu(),
      n.conv(7, [2, 2]),
      flatten(),
      dense(1),
    );
    const { steps } = compileKernel(net, { tangent: true });
    const weighted = steps.filter((step) => step.op === "conv" || step.op === "dense");
    expect(weighted.map(({ tangentK, tangentOne }) => [tangentK, tangentOne])).toEqual([
      [18, 1],
      [16, 0],
      [210, 0],
    ]);
  });

  test("an activation that is unbounded at a point is not said to jump, nor to have an nngp", () => {
    expect(() => compile([2], [dense(2), n.reciprocal(), dense(1)])).toThrow(
      /reciprocal is unbounded near x = 0/,
    );
  });

  const layouts = (layers: n.Layer[], shape = [8, 8, 3]) =>
    compile(shape, layers).steps.map(({ op, layout }) => `${op} ${layout}`);

  test("a network that flattens never holds pairs of different positions", () => {
    expect(layouts([n.conv(3, [3, 3]), relu(), n.conv(3, [3, 3]), relu(), flatten(), dense(1)])).toEqual([
      "input diagonal",
      "conv diagonal",
      "activation diagonal",
      "conv diagonal",
      "activation diagonal",
      "flatten one",
      "dense one",
    ]);
  });

  test("pools need all pairs before them and as much as follows after them", () => {
    expect(layouts([n.conv(3, [3, 3]), relu(), n.avgPool([2, 2]), n.conv(3, [3, 3]), flatten()])).toEqual([
      "input full",
      "conv full",
      "activation full",
      "pool diagonal",
      "conv diagonal",
      "flatten one",
    ]);
    expect(layouts([n.conv(3, [3, 3]), n.globalAvgPool()])).toEqual([
      "input full",
      "conv full",
      "globalPool one",
    ]);
    expect(layouts([n.conv(3, [3, 3]), relu()])).toEqual(["input full", "conv full", "activation full"]);
  });

  test("raw images that are flattened are read as vectors, once for each layout", () => {
    expect(layouts([flatten(), dense(3)])).toEqual(["input one", "dense one"]);
    const two = layouts([
      parallel("sum", [
        [flatten(), dense(3)],
        [n.conv(3, [3, 3]), relu(), flatten(), dense(3)],
      ]),
    ]);
    expect(two.filter((step) => step.startsWith("input")).sort()).toEqual(["input diagonal", "input one"]);
  });

  test("steps that move between positions never write a slot that they read", () => {
    const { steps, slots } = compile(
      [8, 8, 3],
      [
        n.conv(3, [3, 3]),
        n.repeat(3, residual(relu(), n.conv(3, [3, 3]))),
        n.avgPool([2, 2]),
        parallel("concat", [[n.conv(3, [3, 3])], [n.conv(3, [3, 3])]], { axis: 1 }),
        relu(),
        n.globalAvgPool(),
        dense(1),
      ],
    );
    expect(slots).toBe(3);
    for (const step of steps) {
      if (!["conv", "pool", "globalPool", "flatten", "concat"].includes(step.op)) continue;
      expect(readsOf(step)).not.toContain(step.to);
    }
  });

  test("a nonlinear layer after convs side by side or after flatten acts on each kind of unit by itself", () => {
    const ops = (layers: n.Layer[]) => compile([4, 4, 3], layers).steps.map(({ op }) => op);
    expect(
      ops([parallel("concat", [[n.conv(3, [3, 3])], [n.conv(5, [1, 1])]]), relu(), n.conv(2, [3, 3])]),
    ).toEqual(["input", "conv", "conv", "activation", "activation", "concat", "conv"]);
    expect(ops([n.conv(3, [3, 3]), flatten(), relu(), dense(1)])).toEqual([
      "input",
      "conv",
      "activation",
      "flatten",
      "dense",
    ]);
  });
});
