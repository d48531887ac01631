/**
 * The README and the pages of docs/, and what can be read off them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export interface Page {
  /** path in the repository */
  readonly path: string;
  readonly text: string;
}

export const pages: readonly Page[] = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Text without its code blocks and code spans. */
export const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** What a heading is called in an address: as GitHub makes it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/`/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

/** Fragments that a page has. */
export function anchors({ text }: Page): Set<string> {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    slug(heading!),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}

export interface CommandText {
  readonly page: string;
  /** the words after `foretrain` */
  readonly words: readonly string[];
  readonly text: string;
  /** in running text: arguments may be missing */
  readonly inline: boolean;
}

/** Words as a shell splits them, up to a comment: `# ...`, or text after two blanks or more. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== "" && !rest.startsWith("#")) {
    const word = /^(?:"[^"]*"|'[^']*'|[^\s"'])+/.exec(rest)![0];
    words.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ""));
    rest = rest.slice(word.length);
    if (/^\s{2,}/.test(rest)) break;
    rest = rest.trimStart();
  }
  return words;
}

/** Every command line of foretrain on a page. */
export function commandsOf({ path, text }: Page): CommandText[] {
  const found: CommandText[] = [];
  const add = (line: string, inline: boolean) => {
    const match = /^\s*(?:\$ )?(?:npx )?(?:foretrain|npm start --) (.+)$/.exec(line.replace(/\\\|/g, "|"));
    if (match === null) return;
    const words = shellWords(match[1]!);
    found.push({
      page: path,
      words: /npm start/.test(line) ? ["forecast", ...words] : words,
      text: line.trim(),
      inline,
    });
  };
  // blocks of other languages are read over whole: else their ends would be taken for beginnings
  const blocks = /^```(\w*)\n([\s\S]*?)^```|^((?: {4}.*\n)+)/gm;
  for (const [, language, fenced, indented] of text.matchAll(blocks)) {
    if (!["sh", "bash", "", undefined].includes(language)) continue;
    for (const line of (fenced ?? indented!).replace(/\\\n\s*/g, " ").split("\n")) add(line, false);
  }
  for (const [, span] of text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)) add(span!, true);
  return found;
}
