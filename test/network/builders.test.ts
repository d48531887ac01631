import { describe, expect, test } from "vitest";
import { activationNames } from "../../src/activations/index.js";
import * as n from "../../src/network/index.js";

const { network, input, dense, relu, erf, repeat, serial, residual, parseNetwork, preset, parsePreset } = n;

describe("builders", () => {
  test("give the same data as the JSON", () => {
    const built = network(
      input([784], { parameterization: "standard" }),
      dense(512, { weightVariance: 2 }),
      relu(),
      repeat(3, residual(dense(512), n.leakyRelu({ slope: 0.1 }))),
      n.parallel("concat", [[], [dense(3)]], { axis: -1 }),
      n.layerNorm([-1]),
      n.dropout(0.5),
      dense(10),
    );
    expect(built).toEqual({
      foretrain: 1,
      input: [784],
      parameterization: "standard",
      layers: [
        { kind: "dense", units: 512, weightVariance: 2 },
        { kind: "activation", name: "relu" },
        {
          kind: "repeat",
          times: 3,
          layers: [
            {
              kind: "residual",
              layers: [
                { kind: "dense", units: 512 },
                { kind: "activation", name: "leakyRelu", slope: 0.1 },
              ],
            },
          ],
        },
        { kind: "parallel", branches: [[], [{ kind: "dense", units: 3 }]], merge: "concat", axis: -1 },
        { kind: "layerNorm", axes: [-1] },
        { kind: "dropout", keepRate: 0.5 },
        { kind: "dense", units: 10 },
      ],
    });
    expect(parseNetwork(JSON.parse(JSON.stringify(built)))).toEqual(built);
  });

  test("check the network", () => {
    expect(() => network(input([8]), dense(-1))).toThrow(/layers\[0\]\.units: got -1/);
  });

  test("there is one for every activation of the catalogue", () => {
    const needed: Record<string, unknown[]> = {
      abRelu: [{ a: 1, b: 2 }],
      monomial: [2],
      rectifiedMonomial: [2],
      polynomial: [[1, 2]],
      hermite: [3],
      expression: ["x*tanh(x)"],
    };
    const builders = n as unknown as Record<string, (...args: unknown[]) => n.Layer>;
    for (const name of activationNames()) {
      const layer =
        name === "identity" ? n.activationLayer("identity") : builders[name]!(...(needed[name] ?? []));
      expect(layer).toMatchObject({ kind: "activation", name });
      expect(() => network(input([8]), layer)).not.toThrow();
    }
  });
});

describe("hiddenLayers", () => {
  const stack = network(
    input([4, 4, 1]),
    n.flatten(),
    serial(dense(32, { weightVariance: 1.5, biasVariance: 0.1 }), erf()),
    repeat(2, dense(32, { weightVariance: 1.5, biasVariance: 0.1 }), erf(), n.identity()),
    dense(10, { weightVariance: 3 }),
  );

  test("writes serial and repeat out", () => {
    const hidden = n.hiddenLayers(stack);
    const one = {
      units: 32,
      weightVariance: 1.5,
      biasVariance: 0.1,
      activation: { kind: "activation", name: "erf" },
    };
    expect(hidden).toEqual({
      layers: [one, one, one],
      readout: { units: 10, weightVariance: 3, biasVariance: 0 },
      homogeneous: true,
      readInDiffers: false,
    });
  });

  test("sees differing variances and activations, and allows a read-in of its own", () => {
    const a = network(input([8]), dense(4), relu(), dense(4, { weightVariance: 2 }), relu(), dense(1));
    expect(n.hiddenLayers(a)).toMatchObject({ homogeneous: true, readInDiffers: true });
    const b = network(input([8]), dense(4), relu(), dense(4), erf(), dense(1));
    expect(n.hiddenLayers(b).homogeneous).toBe(false);
    const c = network(input([8]), dense(4), erf(), dense(4), erf({ b: 2 }), dense(1));
    expect(n.hiddenLayers(c).homogeneous).toBe(false);
  });

  test.each([
    ["a residual", network(input([8]), dense(8), residual(relu(), dense(8)), dense(1))],
    ["no readout", network(input([8]), dense(8), relu())],
    ["no hidden layer", network(input([8]), dense(8))],
    ["two activations in a row", network(input([8]), dense(8), relu(), relu(), dense(1))],
    ["activations before dense", network(input([8]), relu(), dense(1))],
    ["dense on images", network(input([8, 8, 3]), dense(8), relu(), dense(1))],
    ["layerNorm", network(input([8]), dense(8), n.layerNorm(), relu(), dense(1))],
  ])("is not available for %s", (_what, net) => {
    expect(() => n.hiddenLayers(net)).toThrow(expect.objectContaining({ code: "ERR_UNAVAILABLE" }));
  });

  test("withDepth repeats the hidden layer", () => {
    for (const depth of [1, 2, 7]) {
      const deep = n.withDepth(stack, depth);
      expect(n.hiddenDepth(deep)).toBe(depth);
      expect(n.hiddenLayers(deep).layers).toEqual(new Array(depth).fill(n.hiddenLayers(stack).layers[0]));
      expect(n.hiddenLayers(deep).readout).toEqual(n.hiddenLayers(stack).readout);
      expect(deep.input).toEqual(stack.input);
    }
    expect(() => n.withDepth(stack, 0)).toThrow(expect.objectContaining({ code: "ERR_DOMAIN" }));
    const differing = network(input([8]), dense(4), relu(), dense(4), erf(), dense(1));
    expect(() => n.withDepth(differing, 3)).toThrow(expect.objectContaining({ code: "ERR_UNAVAILABLE" }));
  });

  test("withDepth keeps a read-in of its own", () => {
    const net = network(input([8]), dense(4), relu(), dense(4, { weightVariance: 2 }), relu(), dense(1));
    expect(n.hiddenLayers(n.withDepth(net, 4)).layers.map((l) => l.weightVariance)).toEqual([1, 2, 2, 2]);
  });

  test("withHiddenVariances changes hidden layers only", () => {
    const changed = n.hiddenLayers(
      n.withHiddenVariances(stack, { weightVariance: 1.76, biasVariance: 0.05 }),
    );
    expect(changed.layers.map((l) => [l.weightVariance, l.biasVariance])).toEqual(
      new Array(3).fill([1.76, 0.05]),
    );
    expect(changed.readout.weightVariance).toBe(3);
    expect(() => n.withHiddenVariances(stack, { weightVariance: Number.NaN, biasVariance: 0 })).toThrow(
      expect.objectContaining({ code: "ERR_SPEC" }),
    );
  });
});

describe("presets", () => {
  test.each(n.presetNames())("%s builds with its defaults and with other parameters", (name) => {
    const net = preset(name);
    expect(parseNetwork(JSON.parse(JSON.stringify(net)))).toEqual(net);
    const { defaults } = n.describePresets().find((p) => p.name === name)!;
    const classes = n.layerShapes(preset(name, { classes: 3, activation: "erf" })).at(-1)!.output;
    expect(classes).toEqual([3]);
    expect(Object.keys(defaults)).toContain("input");
  });

  test("fcn has the asked depth, width, variances and flattens images", () => {
    const net = preset("fcn", {
      input: [28, 28, 1],
      depth: 3,
      width: 7,
      activation: "erf",
      weightVariance: 1.5,
      biasVariance: 0.05,
      classes: 2,
    });
    const hidden = n.hiddenLayers(net);
    expect(hidden.layers.length).toBe(3);
    expect(hidden.layers[2]).toEqual({
      units: 7,
      weightVariance: 1.5,
      biasVariance: 0.05,
      activation: { kind: "activation", name: "erf" },
    });
    expect(hidden.readout.units).toBe(2);
  });

  test("binary-cnn pools after each of its first two convolutions", () => {
    const shapes = n.layerShapes(preset("binary-cnn", { input: [16, 16, 3], width: 8, denseWidth: 50 }));
    expect(
      shapes
        .filter(({ layer }) => "kind" in layer && layer.kind !== "activation")
        .map(({ output }) => output),
    ).toEqual([[16, 16, 8], [8, 8, 8], [8, 8, 8], [4, 4, 8], [4, 4, 8], [4, 4, 8], [128], [50], [50], [2]]);
  });

  test("max-pool-cnn halves its image after every second convolution", () => {
    const sides = (depth: number) =>
      n
        .layerShapes(preset("max-pool-cnn", { depth, width: 5 }))
        .find(({ layer }) => layer.kind === "flatten")!.input;
    expect([2, 4, 6].map(sides)).toEqual([
      [16, 16, 5],
      [8, 8, 5],
      [4, 4, 5],
    ]);
  });

  test("resnet of depth 3 has the 20 layers with weights of a ResNet-20, and its parameters", () => {
    const net = preset("resnet");
    const weighted = n
      .layerShapes(net)
      .filter(
        ({ layer, path }) => (layer.kind === "conv" || layer.kind === "dense") && !path.includes("shortcut"),
      );
    expect(weighted.reduce((sum, { copies }) => sum + copies, 0)).toBe(20);
    expect(n.layerShapes(net).find(({ layer }) => layer.kind === "globalAvgPool")!.input).toEqual([8, 8, 64]);
    // convolutions 432 + 6 2304 + 4608 + 5 9216 + 18432 + 5 36864, shortcuts 512 + 2048, readout 650; 2 for each normalized channel
    const norms = 2 * (6 * 16 + 16 + 5 * 32 + 32 + 5 * 64 + 64);
    expect(n.parameterCount(net)).toBe(
      432 + 6 * 2304 + 4608 + 5 * 9216 + 18432 + 5 * 36864 + 2560 + 650 + norms,
    );
  });

  test("depth 1 and 2 work everywhere that takes a depth", () => {
    for (const { name, defaults } of n.describePresets()) {
      if (!("depth" in defaults)) continue;
      expect(n.hiddenDepth(preset(name, { depth: 2 }))).toBeGreaterThan(
        n.hiddenDepth(preset(name, { depth: 1 })),
      );
    }
  });

  test("an activation without variances gets its critical ones at unit variance", () => {
    const of = (activation: string) => n.hiddenLayers(preset("fcn", { activation })).layers[0]!;
    expect(of("relu")).toMatchObject({ weightVariance: 2, biasVariance: 0 });
    // erf at q = 1: E phi'^2 = 4 / (pi sqrt 5), E phi^2 = (2 / pi) asin(2 / 3)
    const w = (Math.PI * Math.sqrt(5)) / 4;
    expect(of("erf").weightVariance).toBeWithinRelative(w, 1e-14);
    expect(of("erf").biasVariance).toBeWithinRelative(1 - ((w * 2) / Math.PI) * Math.asin(2 / 3), 1e-13);
    expect(of("sign")).toMatchObject({ weightVariance: 1, biasVariance: 0 });
    const one = n.hiddenLayers(preset("fcn", { activation: "erf", weightVariance: 1.5 })).layers[0]!;
    expect(one).toMatchObject({ weightVariance: 1.5, biasVariance: 0 });
  });

  test("every activation of the catalogue has a preset", () => {
    for (const activation of activationNames()) {
      // parameters without defaults are beyond a preset, and so is 1 / x
      if (
        ["abRelu", "monomial", "rectifiedMonomial", "polynomial", "hermite", "expression"].includes(
          activation,
        )
      )
        continue;
      expect(() => preset("fcn", { activation })).not.toThrow();
    }
  });

  test("are read from text", () => {
    expect(parsePreset("preset:fcn?depth=4&activation=erf&input=8x8x1&weightVariance=1.5")).toEqual(
      preset("fcn", { depth: 4, activation: "erf", input: [8, 8, 1], weightVariance: 1.5 }),
    );
    expect(parsePreset("preset:shallow")).toEqual(preset("shallow"));
    expect(parsePreset("fcn", { input: [64], filter: [3, 3] })).toEqual(preset("fcn", { input: [64] }));
  });

  test.each([
    ["preset:fnc", /did you mean "fcn"/],
    ["preset:fcn?depht=3", /did you mean "depth"/],
    ["preset:fcn?depth=three", /got "three", expected a number/],
    ["preset:fcn?depth", /depth=4/],
    ["preset:fcn?depth=0", /an integer >= 1/],
    ["preset:fcn?depth=2&depth=3", /depth: got "depth=3", expected each parameter once/],
    ["preset:fcn?activation=rulu", /relu/],
    ["preset:fcn?weightVariance=-1", /expected a finite number >= 0/],
    ["preset:fcn?input=8xy", /numbers such as/],
    ["preset:shallow?depth=3", /no such parameter/],
  ])("%s is refused with the way out", (text, message) => {
    expect(() => parsePreset(text)).toThrow(message);
  });
});
