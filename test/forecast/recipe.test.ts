import { describe, expect, test } from "vitest";
import { parseForecastRecipe } from "../../src/forecast/index.js";

const network = {
  foretrain: 1,
  input: [4],
  layers: [
    { kind: "dense", units: 8 },
    { kind: "activation", name: "relu" },
    { kind: "dense", units: 2 },
  ],
};

describe("parseForecastRecipe", () => {
  test("takes a bare network, a preset text or a whole recipe", () => {
    expect(parseForecastRecipe(network).network).toEqual(network);
    expect(parseForecastRecipe("preset:fcn?depth=2").network).toBe("preset:fcn?depth=2");
    expect(parseForecastRecipe({ foretrain: 1, title: "mine", network }).title).toBe("mine");
  });

  test("fills in every default", () => {
    const { data, training, seed } = parseForecastRecipe(network);
    expect(data).toEqual({
      source: "mnist",
      train: null,
      test: null,
      seed: 0,
      classes: null,
      normalization: "unit",
    });
    expect(training).toEqual({
      optimizer: "gd",
      learningRate: null,
      steps: null,
      diagReg: 0,
      ensemble: 16,
      corrections: null,
      noise: 0,
    });
    expect(seed).toBe(0);
  });

  test("puts the caller's values above those of the file", () => {
    const recipe = { foretrain: 1, network, data: { source: "digits", train: 50 }, seed: 3 };
    const parsed = parseForecastRecipe(recipe, { train: 70, seed: 4, learningRate: 0.1 });
    expect(parsed.data).toMatchObject({ source: "digits", train: 70, seed: 4 });
    expect(parsed.training.learningRate).toBe(0.1);
    expect(parsed.seed).toBe(4);
  });

  test.each([
    ["a missing network", { foretrain: 1 }, /network: got nothing/],
    ["another version", { foretrain: 2, network }, /foretrain: got 2, expected 1/],
    ["an unknown field", { foretrain: 1, network, dta: {} }, /dta.*no such field.*data/],
    ["an unknown field inside", { foretrain: 1, network, training: { lr: 1 } }, /training\.lr.*learningRate/],
    ["a fraction of samples", { foretrain: 1, network, data: { train: 1.5 } }, /data\.train: got 1\.5/],
    ["one class", { foretrain: 1, network, data: { classes: [3] } }, /data\.classes: got \[3\].*two/],
    ["a class twice", { foretrain: 1, network, data: { classes: [3, 3] } }, /data\.classes/],
    ["a learning rate of 0", { foretrain: 1, network, training: { learningRate: 0 } }, /learningRate: got 0/],
    ["NaN as ridge", { foretrain: 1, network, training: { diagReg: Number.NaN } }, /diagReg/],
    ["an unknown optimizer", { foretrain: 1, network, training: { optimizer: "adam" } }, /"gd", "flow"/],
    ["an ensemble of one", { foretrain: 1, network, training: { ensemble: 1 } }, /ensemble.*>= 2/],
    ["a network text that is no preset", { foretrain: 1, network: "fcn" }, /preset:fcn/],
    ["a number", 5, /expected an object/],
    ["null", null, /expected an object/],
    ["a list", [network], /expected/],
  ])("refuses %s with the field and what was expected", (_, recipe, message) => {
    expect(() => parseForecastRecipe(recipe)).toThrow(message);
  });
});
