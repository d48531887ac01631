/**
 * Text of figures: sub- and superscripts, and widths without a font engine.
 *
 * Markup: `_{...}` lowers, `^{...}` raises; everything else is plain text.
 * @module
 */
import { type Attributes, element, escapeText } from "./svg.js";

/** Advance widths in 1/1000 em of Helvetica for U+0020 to U+007E; the fonts that figures ask for are within a few per cent of it. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
] as const;
const OTHER_WIDTH = 600;

/** Size of sub- and superscripts relative to the text, and how far they move, in em of the text. */
const SCRIPT_SIZE = 0.72;
const RAISE = 0.38;
const LOWER = 0.22;

interface Run {
  readonly text: string;
  readonly place: "line" | "sub" | "sup";
}

function runs(markup: string): Run[] {
  const out: Run[] = [];
  let end = 0;
  for (const match of markup.matchAll(/([_^])\{([^{}]*)\}/g)) {
    if (match.index > end) out.push({ text: markup.slice(end, match.index), place: "line" });
    out.push({ text: match[2]!, place: match[1] === "_" ? "sub" : "sup" });
    end = match.index + match[0].length;
  }
  if (end < markup.length) out.push({ text: markup.slice(end), place: "line" });
  return out;
}

function plainWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDTHS[character.codePointAt(0)! - 32] ?? OTHER_WIDTH;
  return width / 1000;
}

/** Estimated width of marked-up text in px at font size `size`; within about 10 % for the sans-serif fonts of figures. */
export function textWidth(markup: string, size: number): number {
  return runs(markup).reduce(
    (sum, run) => sum + plainWidth(run.text) * size * (run.place === "line" ? 1 : SCRIPT_SIZE),
    0,
  );
}

/** The content of a `<text>` element: plain text, with `<tspan>`s for sub- and superscripts. */
export function richText(markup: string, size: number): string {
  let shift = 0;
  return runs(markup)
    .map((run) => {
      const target = run.place === "sub" ? LOWER * size : run.place === "sup" ? -RAISE * size : 0;
      const dy = target - shift;
      shift = target;
      if (run.place === "line" && dy === 0) return escapeText(run.text);
      const fontSize = run.place === "line" ? undefined : SCRIPT_SIZE * size;
      return element("tspan", { dy, "font-size": fontSize }, escapeText(run.text));
    })
    .join("");
}

/** Any text as markup that shows it as it is. */
export function escapeMarkup(text: string): string {
  return text.replace(/([_^])\{/g, "$1\u2060{");
}

/** A `<text>` element at (x, y), y being the base line unless the attributes say otherwise. */
export function textElement(
  markup: string,
  x: number,
  y: number,
  size: number,
  attributes: Attributes = {},
): string {
  return element("text", { x, y, "font-size": size, ...attributes }, richText(markup, size));
}
