/**
 * An error taken apart: words, and a formula with carets below it.
 * @module
 */

/** The words, and the lines whose columns matter; null: there are none. */
export function splitError(text: string): { readonly words: string; readonly pointed: string | null } {
  const lines = text.split("\n");
  const first = lines.length - 2;
  if (first < 1 || !/^\s*\^+$/.test(lines.at(-1)!)) return { words: text, pointed: null };
  // all indented alike: the indent says nothing
  const indent = /^ */.exec(lines[first]!)![0].length;
  return {
    words: lines.slice(0, first).join("\n"),
    pointed: lines
      .slice(first)
      .map((line) => line.slice(indent))
      .join("\n"),
  };
}
