import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import {
  hiddenDepth,
  layerDescriptions,
  type Network,
  networkJsonSchema,
  parseNetwork,
} from "../../src/network/index.js";

/** The error of parsing, or a failure when there is none. */
function refusal(json: unknown): { code: string; message: string; path: unknown } {
  try {
    parseNetwork(json);
  } catch (error) {
    if (!isForetrainError(error)) throw error;
    return { code: error.code, message: error.message, path: error.details["path"] };
  }
  throw new Error("parsed, but should have been refused");
}

const fc = (...layers: unknown[]) => ({ foretrain: 1, input: [8], layers });
const image = (...layers: unknown[]) => ({ foretrain: 1, input: [8, 6, 3], layers });

describe("parseNetwork", () => {
  test("returns what was written, field by field, for every kind of layer", () => {
    const everything = {
      foretrain: 1,
      input: [8, 6, 3],
      parameterization: "standard",
      layers: [
        {
          kind: "conv",
          channels: 4,
          filter: [3, 2],
          strides: [1, 2],
          padding: "circular",
          weightVariance: 2,
          biasVariance: 0.1,
          parameterization: "ntk",
        },
        { kind: "layerNorm", axes: [-1, 1] },
        { kind: "activation", name: "leakyRelu", slope: 0.1 },
        { kind: "dropout", keepRate: 0.5 },
        { kind: "avgPool", window: [2, 1], strides: [2, 1], padding: "same", normalizeEdges: true },
        { kind: "sumPool", window: [1, 1] },
        {
          kind: "residual",
          layers: [{ kind: "conv", channels: 4, filter: [3, 3] }],
          shortcut: [{ kind: "identity" }],
        },
        {
          kind: "repeat",
          times: 2,
          layers: [{ kind: "activation", name: "polynomial", coefficients: [1, 2] }],
        },
        {
          kind: "parallel",
          branches: [[], [{ kind: "activation", name: "erf", a: 2 }]],
          merge: "concat",
          axis: 1,
        },
        { kind: "serial", layers: [{ kind: "globalAvgPool" }, { kind: "flatten" }] },
        { kind: "dense", units: 10, weightVariance: 0, biasVariance: 0.5, parameterization: "standard" },
      ],
    };
    const written = JSON.stringify(everything);
    expect(parseNetwork(everything)).toEqual(everything);
    expect(JSON.stringify(parseNetwork(JSON.parse(written)))).toBe(written);
  });

  test("copies, so that later changes of the JSON do not reach the network", () => {
    const json = { foretrain: 1, input: [8], layers: [{ kind: "dense", units: 3 }] };
    const network = parseNetwork(json);
    json.input[0] = 9;
    json.layers[0]!.units = 4;
    expect(network).toEqual({ foretrain: 1, input: [8], layers: [{ kind: "dense", units: 3 }] });
  });

  test("accepts $schema for editors and leaves it out of the network", () => {
    expect(parseNetwork({ $schema: "x", ...fc({ kind: "identity" }) })).not.toHaveProperty("$schema");
  });

  test.each([
    ["an unknown kind", fc({ kind: "dens", units: 1 }), "layers[0].kind", 'did you mean "dense"?'],
    ["a kind far from all", fc({ kind: "attention" }), "layers[0].kind", "there are: dense, conv"],
    ["a kind with more letters", fc({ kind: "conv2d" }), "layers[0].kind", '"conv"'],
    ["a missing field", fc({ kind: "dense" }), "layers[0].units", '"dense" needs "units"'],
    [
      "an unknown field",
      fc({ kind: "dense", units: 1, weigthVariance: 2 }),
      "layers[0].weigthVariance",
      '"weightVariance"',
    ],
    ["a field on a kind without fields", image({ kind: "flatten", axis: 1 }), "layers[0].axis", "remove it"],
    [
      "a negative variance",
      fc({ kind: "dense", units: 1, weightVariance: -1 }),
      "layers[0].weightVariance",
      "got -1",
    ],
    ["NaN", fc({ kind: "dense", units: 1, biasVariance: Number.NaN }), "layers[0].biasVariance", "got NaN"],
    [
      "Infinity",
      fc({ kind: "dense", units: 1, weightVariance: 1 / 0 }),
      "layers[0].weightVariance",
      "got Infinity",
    ],
    ["text for a number", fc({ kind: "dense", units: "10" }), "layers[0].units", 'got "10"'],
    ["half a unit", fc({ kind: "dense", units: 1.5 }), "layers[0].units", "an integer >= 1"],
    ["a keep rate of 0", fc({ kind: "dropout", keepRate: 0 }), "layers[0].keepRate", "(0, 1]"],
    [
      "a filter of three sides",
      image({ kind: "conv", channels: 1, filter: [1, 1, 1] }),
      "layers[0].filter",
      "two (2-D)",
    ],
    [
      "an unknown padding",
      image({ kind: "conv", channels: 1, filter: [1, 1], padding: "SAME" }),
      "layers[0].padding",
      '"same"',
    ],
    [
      "a flag that is no boolean",
      image({ kind: "avgPool", window: [2, 2], normalizeEdges: 1 }),
      "layers[0].normalizeEdges",
      "true or false",
    ],
    ["axes twice", image({ kind: "layerNorm", axes: [1, 1] }), "layers[0].axes", "different"],
    ["an empty serial", fc({ kind: "serial", layers: [] }), "layers[0].layers", "at least one layer"],
    [
      "zero copies",
      fc({ kind: "repeat", times: 0, layers: [{ kind: "identity" }] }),
      "layers[0].times",
      "got 0",
    ],
    [
      "one branch",
      fc({ kind: "parallel", branches: [[]], merge: "sum" }),
      "layers[0].branches",
      "two or more",
    ],
    [
      "a branch that is no list",
      fc({ kind: "parallel", branches: [[], {}], merge: "sum" }),
      "layers[0].branches[1]",
      "a list of layers",
    ],
    [
      "an unknown merge",
      fc({ kind: "parallel", branches: [[], []], merge: "add" }),
      "layers[0].merge",
      "sum, product, concat",
    ],
    ["a layer that is text", fc("relu"), "layers[0]", 'got "relu"'],
    ["a layer without kind", fc({ units: 3 }), "layers[0].kind", "got nothing"],
    ["an unknown activation", fc({ kind: "activation", name: "rulu" }), "layers[0].name", '"relu"'],
    ["an activation without name", fc({ kind: "activation" }), "layers[0].name", "got nothing"],
    [
      "an unknown activation parameter",
      fc({ kind: "activation", name: "erf", slope: 1 }),
      "layers[0].slope",
      "a, b, c",
    ],
    [
      "a bad activation parameter",
      fc({ kind: "activation", name: "monomial", degree: -1 }),
      "layers[0].degree",
      "degree",
    ],
    ["no version", { input: [8], layers: [] }, "foretrain", 'add "foretrain": 1'],
    ["another version", { foretrain: 2, input: [8], layers: [] }, "foretrain", "got 2"],
    ["no input", { foretrain: 1, layers: [{ kind: "identity" }] }, "input", "shape of one sample"],
    [
      "an input of rank 4",
      { foretrain: 1, input: [1, 2, 3, 4], layers: [{ kind: "identity" }] },
      "input",
      "[1,2,3,4]",
    ],
    ["no layers", { foretrain: 1, input: [8] }, "layers", "at least one layer"],
    ["an unknown field at the top", { ...fc({ kind: "identity" }), inputs: [8] }, "inputs", '"input"'],
    [
      "an unknown parameterization",
      { ...fc({ kind: "identity" }), parameterization: "mup" },
      "parameterization",
      'got "mup"',
    ],
  ])("refuses %s with its path and the way out", (_what, json, path, part) => {
    const error = refusal(json);
    expect(error.code).toBe("ERR_SPEC");
    expect(error.path).toBe(path);
    expect(error.message).toContain(part);
    expect(error.message.startsWith(path)).toBe(true);
  });

  test("names the place inside nested layers", () => {
    const bad = { kind: "dense", units: 1, weightVariance: -2 };
    const nested = fc(
      { kind: "identity" },
      { kind: "residual", layers: [{ kind: "repeat", times: 2, layers: [bad] }] },
    );
    expect(refusal(nested).path).toBe("layers[1].layers[0].layers[0].weightVariance");
    expect(refusal(fc({ kind: "parallel", merge: "sum", branches: [[], [bad]] })).path).toBe(
      "layers[0].branches[1][0].weightVariance",
    );
  });

  test.each([[null], [undefined], ["{}"], [[]], [3], [new Map()]])("refuses %s as a network", (json) => {
    expect(refusal(json).message).toContain("expected a network such as");
  });

  test("refuses endless nesting instead of overflowing the stack", () => {
    let layer: unknown = { kind: "identity" };
    for (let i = 0; i < 5000; i++) layer = { kind: "serial", layers: [layer] };
    expect(refusal(fc(layer)).message).toContain("at most 100");
  });
});

describe("a network that nobody parsed", () => {
  const refused = (layers: unknown) => {
    try {
      hiddenDepth({ foretrain: 1, input: [3], layers } as Network);
    } catch (error) {
      if (isForetrainError(error, "ERR_SPEC")) return error.message;
      throw error;
    }
    throw new Error("expected ERR_SPEC");
  };

  test.each([
    ["null layers", null, /network: got .*parseNetwork/],
    ["a null layer", [null], /layers\[0\]: got null/],
    ["an unknown kind", [{ kind: "dens" }], /layers\[0\]: got .*dens/],
    ["a combinator without layers", [{ kind: "repeat", times: 2 }], /layers\[0\]\.layers: got nothing/],
    [
      "null inside a combinator",
      [{ kind: "residual", layers: [null] }],
      /layers\[0\]\.layers\[0\]: got null/,
    ],
    [
      "a shortcut that is no list",
      [{ kind: "residual", layers: [], shortcut: 1 }],
      /layers\[0\]\.shortcut: got 1/,
    ],
    [
      "branches that are no lists",
      [{ kind: "parallel", branches: [null], merge: "sum" }],
      /layers\[0\]\.branches/,
    ],
  ])("%s is refused by its place, not by a TypeError", (_, layers, words) => {
    expect(refused(layers)).toMatch(words);
  });

  test("null instead of a network says how to make one", () => {
    expect(() => hiddenDepth(null as unknown as Network)).toThrow(/network: got null.*preset or network/);
  });
});

describe("networkJsonSchema", () => {
  test("lists every kind of the table with exactly its fields", () => {
    const schema = networkJsonSchema() as {
      $defs: { layer: { oneOf: { properties: Record<string, { const?: string }>; required: string[] }[] } };
    };
    for (const { kind, fields } of layerDescriptions) {
      if (kind === "activation") continue;
      const entry = schema.$defs.layer.oneOf.find(({ properties }) => properties["kind"]?.const === kind);
      expect(Object.keys(entry!.properties)).toEqual(["kind", ...fields.map(({ name }) => name)]);
      expect(entry!.required).toEqual(["kind", ...fields.filter((f) => f.required).map(({ name }) => name)]);
    }
    expect(() => JSON.stringify(schema)).not.toThrow();
  });
});
