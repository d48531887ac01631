/**
 * HTML as text with escaping by default: interpolated strings are escaped, markup made by the same function is not.
 * @module
 */
import { escapeText } from "../figures/svg.js";

/** Markup that is ready to stand in a page. */
export interface Html {
  readonly markup: string;
}

type Piece = Html | string | number | readonly (Html | string)[] | null | undefined | false;

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (typeof piece === "string") return escapeText(piece);
  if (typeof piece === "number") return String(piece);
  if ("markup" in piece) return piece.markup;
  return piece.map(render).join("");
}

/** Template tag: `html\`<p>${text}</p>\``. Lists are joined; null, undefined and false leave nothing. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { markup: strings.reduce((text, part, i) => text + render(pieces[i - 1]) + part) };
}

/** Marks trusted markup (a figure, a style sheet) as such. */
export function raw(markup: string): Html {
  return { markup };
}
