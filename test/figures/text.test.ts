import { describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import { countText, numberMarkup, numberText, percentText, sizeText } from "../../src/figures/number-text.js";
import { coordinate, element, escapeText, group } from "../../src/figures/svg.js";
import { richText, textWidth } from "../../src/figures/text.js";
import { parseXml, textOf } from "./xml.js";

describe("numbers for people", () => {
  test.each([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [0.5, "0.5"],
    [1.0007, "1"],
    [0.9996, "1"],
    [0.0012345, "0.00123"],
    [0.00099999, "10^{−3}"],
    [0.000123456, "1.23×10^{−4}"],
    [-0.25, "−0.25"],
    [53_743.6, "53,700"],
    [4096, "4,096"],
    [99_999.9, "100,000"],
    [300_000, "3×10^{5}"],
    [1e6, "10^{6}"],
    [-1e6, "−10^{6}"],
    [2.5e-30, "2.5×10^{−30}"],
    [Number.POSITIVE_INFINITY, "∞"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [Number.NaN, "not a number"],
  ])("%f is written %s", (value, text) => {
    expect(numberMarkup(value)).toBe(text);
  });

  test("digits can be asked for", () => {
    expect(numberMarkup(1.0007, 4)).toBe("1.001");
    expect(numberMarkup(1.747604, 4)).toBe("1.748");
  });

  test("plain text has exponents in superscript characters", () => {
    expect(numberText(1.2e-17)).toBe("1.2×10⁻¹⁷");
  });

  test("sizes below rounding are smaller than that, and 0 is 0", () => {
    expect(sizeText(3.7e-18, 2.4e-16)).toBe("< 10⁻¹⁵");
    expect(sizeText(3.7e-18, 1e-17)).toBe("< 10⁻¹⁷");
    expect(sizeText(3.71e-16, 2.4e-16)).toBe("3.71×10⁻¹⁶");
    expect(sizeText(0, 1e-15)).toBe("0");
    expect(sizeText(0.25, 0)).toBe("0.25");
  });

  test("counts are in full and shares in per cent", () => {
    expect(countText(1_195_530)).toBe("1,195,530");
    expect(countText(7)).toBe("7");
    expect(percentText(0.9134)).toBe("91.3 %");
    expect(percentText(1)).toBe("100.0 %");
    expect(percentText(-0.005)).toBe("−0.5 %");
    expect(percentText(Number.NaN)).toBe("not a number");
  });
});

describe("markup of figure text", () => {
  test("sub- and superscripts move the base line and move it back", () => {
    const svg = parseXml(`<text>${richText("σ_{w}^{2} = 1", 10)}</text>`);
    expect(textOf(svg)).toBe("σw2 = 1");
    const shifts = svg.children.map((child) =>
      typeof child === "string" ? 0 : Number(child.attributes["dy"]),
    );
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeCloseTo(0, 9);
  });

  test("text without marks stays as it is, with braces and underscores", () => {
    expect(richText("a_b {c} ^d", 12)).toBe("a_b {c} ^d");
  });

  test("widths are those of Helvetica and scripts are smaller", () => {
    expect(textWidth("0000", 10)).toBeCloseTo(4 * 5.56, 9);
    expect(textWidth("x^{2}", 10)).toBeCloseTo(5 + 0.72 * 5.56, 9);
    expect(textWidth("", 10)).toBe(0);
  });
});

describe("svg elements", () => {
  test("text is escaped in content and attributes, and forbidden characters are replaced", () => {
    const hostile = `<&"'>\u0000\ud800 ]]>`;
    const parsed = parseXml(element("a", { title: hostile }, escapeText(hostile)));
    expect(parsed.attributes["title"]).toBe(`<&"'>\ufffd\ufffd ]]>`);
    expect(textOf(parsed)).toBe(`<&"'>\ufffd\ufffd ]]>`);
  });

  test("characters beyond the basic plane stay whole", () => {
    expect(escapeText("𝒩 🙂")).toBe("𝒩 🙂");
  });

  test("coordinates have two decimals and no negative zero", () => {
    expect(coordinate(1.005)).toMatch(/^1(\.01)?$/);
    expect(coordinate(-0.001)).toBe("0");
    expect(coordinate(12.5)).toBe("12.5");
  });

  test("a coordinate that is not finite is a fault", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => element("rect", { x: value })).toThrow(/expected a finite number/);
      try {
        coordinate(value);
      } catch (error) {
        expect(isForetrainError(error, "ERR_NUMERICAL")).toBe(true);
      }
    }
  });

  test("undefined attributes and empty groups leave nothing", () => {
    expect(element("line", { x1: 1, class: undefined })).toBe('<line x1="1"/>');
    expect(group({ class: "a" }, ["", ""])).toBe("");
  });
});
