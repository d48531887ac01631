/**
 * Texts of the repository that the site carries beside it: recipes of studies, and the notes on the theory with their numbered formulas.
 * @module
 */

/** Path of the notes on the theory in the repository. */
export const THEORY_NOTES = "docs/theory.md";

/** Where the site has a file of the repository. */
export const sourceAddress = (path: string) => new URL(`sources/${path}.txt`, document.baseURI).href;

const kept = new Map<string, Promise<string>>();

async function read(path: string): Promise<string> {
  const answer = await fetch(sourceAddress(path)).catch(() => null);
  if (answer === null) throw new Error(`${path} could not be had; is the server still there?`);
  if (!answer.ok) throw new Error(`this site does not have ${path}`);
  return answer.text();
}

/** A file of the repository, read once. */
export function sourceText(path: string): Promise<string> {
  const known = kept.get(path) ?? read(path);
  kept.set(path, known);
  // another try may find it
  known.catch(() => kept.delete(path));
  return known;
}

/** A piece of the notes. */
export type Block =
  | { readonly kind: "formula" | "text"; readonly text: string }
  | { readonly kind: "table"; readonly rows: readonly (readonly string[])[] };

export interface Section {
  /** `B2` */
  readonly id: string;
  /** `Phases and depth scales` */
  readonly title: string;
  readonly blocks: readonly Block[];
}

const cellsOf = (line: string) =>
  line
    .replace(/^\||\|\s*$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function blockOf(lines: readonly string[]): Block {
  if (lines.every((line) => line.startsWith("    "))) {
    return { kind: "formula", text: lines.map((line) => line.slice(4)).join("\n") };
  }
  if (lines.every((line) => line.startsWith("|"))) {
    return { kind: "table", rows: lines.filter((line) => !/^[|\s:-]+$/.test(line)).map(cellsOf) };
  }
  return { kind: "text", text: lines.join(" ") };
}

/** A section of the notes by its anchor; null: there is none. */
export function sectionOf(notes: string, id: string): Section | null {
  const start = notes.indexOf(`<a id="${id}"></a>`);
  if (start < 0) return null;
  const lines = notes.slice(start).split("\n").slice(1);
  const end = lines.findIndex((line, i) => i > 0 && /^(<a id=|#)/.test(line));
  const [heading = "", ...body] = end < 0 ? lines : lines.slice(0, end);
  const groups: string[][] = [[]];
  for (const line of body) {
    if (line.trim() === "") groups.push([]);
    else groups.at(-1)!.push(line);
  }
  return {
    id,
    title: heading.replace(/^#+\s*/, "").replace(`${id}. `, ""),
    blocks: groups.filter((group) => group.length > 0).map(blockOf),
  };
}
