/**
 * Numbers for people: three significant digits, powers of ten where plain digits would be long.
 * @module
 */
import { format } from "d3-format";

const MINUS = "\u2212";

/** Superscript digits of Unicode, for places that have no markup. */
const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
  [MINUS]: "⁻",
};

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/**
 * A number with `digits` significant digits in figure markup: `0.0123`, `12,300`, `1.2×10^{−7}`.
 * Not finite: `∞`, `−∞`, `not a number`.
 */
export function numberMarkup(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
    const power = exponent.replace("+", "").replace("-", MINUS);
    const factor = trimZeros(mantissa).replace("-", MINUS);
    if (factor === "1" || factor === `${MINUS}1`) return `${factor.slice(0, -1)}10^{${power}}`;
    return `${factor}×10^{${power}}`;
  }
  if (Number.isInteger(value)) return format(",")(value);
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return trimZeros(format(`,.${decimals}f`)(rounded));
}

/** `numberMarkup` as plain text, exponents in Unicode superscripts. */
export function numberText(value: number, digits = 3): string {
  return numberMarkup(value, digits).replace(/\^\{([^{}]*)\}/g, (_, power: string) =>
    [...power].map((character) => SUPERSCRIPTS[character] ?? character).join(""),
  );
}

/**
 * A size of which computing leaves no digit below `rounding`: there it is the next power of ten above, `< 10⁻¹⁵`; else as `numberText`
 * has it. What is exactly 0 stays 0.
 */
export function sizeText(value: number, rounding: number, digits = 3): string {
  if (!(value > 0 && value < rounding)) return numberText(value, digits);
  return `< ${numberText(10 ** Math.ceil(Math.log10(rounding)))}`;
}

/** A whole number in full, with separators: `1,195,530`. */
export function countText(value: number): string {
  return Number.isFinite(value) ? format(",.0f")(value) : numberText(value);
}

/** A share as per cent with one decimal: `91.3 %`. */
export function percentText(share: number): string {
  return Number.isFinite(share) ? `${format(",.1f")(share * 100)} %` : "not a number";
}
