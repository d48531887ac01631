import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseParameters } from "../../../lab/src/pages/phase/activation.js";
import { codeText, commandText } from "../../../lab/src/pages/phase/copy.js";
import { type PhaseState, phaseFields } from "../../../lab/src/pages/phase/fields.js";
import { shadingOf } from "../../../lab/src/pages/phase/quantities.js";
import { initialState } from "../../../lab/src/state/field.js";
import { foretrain } from "../../cli/foretrain.js";
import { shellWords } from "../../support/lab.js";

const folder = mkdtempSync(join(tmpdir(), "foretrain-copied-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small: PhaseState = { ...initialState(phaseFields), resolution: 20 };

describe("what the page Phase gives to copy", () => {
  test.each<[string, Partial<PhaseState>]>([
    ["the defaults", {}],
    ["an activation with parameters", { activation: "leakyRelu", parameters: "slope = 0.2" }],
    ["a formula", { activation: "expression", expression: "x * sigmoid(1.7 * x)", quantity: "xiC" }],
  ])("is a command that runs: %s", async (_, patch) => {
    const command = commandText({ ...small, ...patch });
    const { code, stdout, stderr } = await foretrain(folder, ...shellWords(command).slice(1));
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("maps [20, 20]");
  });

  test("is code that names the function which the activation is made by", () => {
    expect(codeText(small)).toContain('const phi = activation("tanh");');
    const formula = codeText({ ...small, activation: "expression", expression: 'x*tanh("x")' });
    expect(formula).toContain('parseActivationExpression("x*tanh(\\"x\\")")');
    expect(formula.split("\n")[0]).not.toContain(" activation,");
  });
});

describe("parameters as text", () => {
  test.each([
    ["", {}],
    ["slope=0.1", { slope: 0.1 }],
    ["a=1 & b = -2e-3", { a: 1, b: -2e-3 }],
    ["a=1; b=2", { a: 1, b: 2 }],
    ["coefficients=1", { coefficients: [1] }],
    ["coefficients=0,1,0.5", { coefficients: [0, 1, 0.5] }],
  ])("%j is read", (text, expected) => {
    expect(parseParameters(text)).toEqual(expected);
  });

  test.each(["slope", "slope=", "=2", "slope=big", "a=1,,2"])(
    "%j is refused with what was expected",
    (text) => {
      expect(() => parseParameters(text)).toThrow(/expected key=number/);
    },
  );
});

describe("colours of the diagram", () => {
  test("the critical value 1 is the middle of the scale, a factor below and above equally far from it", () => {
    const { shade } = shadingOf("chi1", Float64Array.of(0.5, 1, 3));
    expect(shade(1)).toBe(0.5);
    expect(shade(2) - 0.5).toBeCloseTo(0.5 - shade(0.5), 14);
    expect(shade(3)).toBeCloseTo(1, 14);
  });

  test("infinite depth scales have the last colour, and values that do not exist none", () => {
    const { shade } = shadingOf("xi1", Float64Array.of(0.5, 20, 4000, Number.POSITIVE_INFINITY, Number.NaN));
    expect(shade(Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(1);
    expect(shade(1000)).toBeCloseTo(1, 14);
    expect(shade(Number.NaN)).toBeNaN();
  });

  test("ticks lie on the scale and say their values", () => {
    for (const quantity of ["chi1", "qStar", "cStar", "xiC"] as const) {
      const { ticks } = shadingOf(quantity, Float64Array.of(0.1, 0.4, 2.5));
      expect(ticks.length, quantity).toBeGreaterThan(1);
      for (const { at } of ticks) expect(at >= -1e-9 && at <= 1 + 1e-9, quantity).toBe(true);
    }
  });
});
