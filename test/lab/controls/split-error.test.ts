import { describe, expect, test } from "vitest";
import { splitError } from "../../../lab/src/controls/split-error.js";
import { parseActivationExpression } from "../../../src/activations/index.js";

const messageOf = (formula: string) => {
  try {
    parseActivationExpression(formula);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${formula} is a formula`);
};

describe("splitError", () => {
  test("keeps the formula and the carets below the part that is wrong, without their common indent", () => {
    const { words, pointed } = splitError(messageOf("x * tahn(x)"));
    expect(words).toMatch(/^expression: there is no "tahn"/);
    expect(words).not.toContain("\n");
    expect(pointed).toBe("x * tahn(x)\n    ^^^^");
  });

  test("leaves other errors as they are, of one line or more", () => {
    for (const text of ["got 3", "first\nsecond\nthird", "a\n^", ""])
      expect(splitError(text)).toEqual({ words: text, pointed: null });
  });
});
