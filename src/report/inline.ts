/**
 * Numbers and symbols inside running text.
 * @module
 */

import { countText, numberMarkup } from "../figures/number-text.js";
import { escapeText } from "../figures/svg.js";
import { type Html, raw } from "./html.js";

/** A number with powers of ten as superscripts; null as the text given. */
export function number(value: number | null, whenNull = "not defined", digits = 3): Html {
  if (value === null) return raw(escapeText(whenNull));
  return raw(escapeText(numberMarkup(value, digits)).replace(/\^\{([^{}]*)\}/g, "<sup>$1</sup>"));
}

const SYMBOLS: readonly (readonly [RegExp, string])[] = [
  [/\bsigma_([wb])\^2/g, "<i>σ</i><sub>$1</sub><sup>2</sup>"],
  [/\bsigma_([wb])\b/g, "<i>σ</i><sub>$1</sub>"],
  [/\blambda_(max|min|bulk)\b/g, "<i>λ</i><sub>$1</sub>"],
  [/\bchi_1\^-([a-z])\b/g, "<i>χ</i><sub>1</sub><sup>−<i>$1</i></sup>"],
  [/\bchi_1\^([a-z])\b/g, "<i>χ</i><sub>1</sub><sup><i>$1</i></sup>"],
  [/\b([cq])_l\b/g, "<i>$1</i><sub><i>l</i></sub>"],
  [/\bchi_1\b/g, "<i>χ</i><sub>1</sub>"],
  [/\bchi_c\*/g, "<i>χ</i><sub>c*</sub>"],
  [/\bxi_1\b/g, "<i>ξ</i><sub>1</sub>"],
  [/\bxi_c\*/g, "<i>ξ</i><sub>c*</sub>"],
  [/\bxi_c\b/g, "<i>ξ</i><sub>c</sub>"],
  [/\bxi_\*/g, "<i>ξ</i><sub>*</sub>"],
  [/\+-(?= ?\d)/g, "±"],
  [/-&gt;/g, "→"],
  [/\bkappa\b/g, "<i>κ</i>"],
  [/\b10\^(-?\d+)/g, "10<sup>$1</sup>"],
];

/** Text of a forecast with its symbols (`sigma_w^2`, `lambda_max`, `kappa`, ...) set as mathematics. */
export function mathText(text: string): Html {
  return raw(SYMBOLS.reduce((out, [pattern, markup]) => out.replace(pattern, markup), escapeText(text)));
}

/** Seconds for people. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** chi_1 in formulas. */
export const CHI_1 = raw("<i>χ</i><sub>1</sub>");

/** A number of steps in full, a time of gradient flow with three digits. */
export function stepText(value: number): Html | string {
  return Number.isInteger(value) && value < 1e9 ? countText(value) : number(value);
}
