/**
 * The formulas that the studies of a page rest on, in the page itself: sections of the notes on the theory, so that a page that is moved or
 * mailed has them.
 * @module
 */
import { type Html, html } from "../report/html.js";

/** Where a section is in the page. */
export const formulaAnchor = (id: string): string => `formulas-${id}`;

interface Section {
  readonly id: string;
  readonly title: string;
  /** paragraphs, tables and formulas, as lines */
  readonly blocks: readonly (readonly string[])[];
}

/** Sections by their anchors, `<a id="B2"></a>` above a heading. */
function sectionsOf(notes: string): ReadonlyMap<string, Section> {
  const found = new Map<string, Section>();
  for (const part of notes.split(/^<a id="/m).slice(1)) {
    const [, id, body] = /^(\w+)"><\/a>\n([\s\S]*)$/.exec(part) ?? [];
    const [, title, text] = /^#+ (.*)\n([\s\S]*)$/.exec(body ?? "") ?? [];
    if (id === undefined || title === undefined || text === undefined) continue;
    // the heading of the next paper's part belongs to it, not to this section
    const own = text.split(/^#/m)[0]!.trimEnd();
    const blocks = own
      .split(/\n(?:[ \t]*\n)+/)
      .map((block) => block.split("\n").filter((line) => line !== ""));
    found.set(id, { id, title, blocks: blocks.filter((block) => block.length > 0) });
  }
  return found;
}

/** Words with their code; the other marks of the notes are left out, and links are their texts. */
function words(text: string): Html {
  const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\*\*([^*]+)\*\*/g, "$1");
  return html`${plain.split(/`([^`]*)`/).map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

const cellsOf = (line: string) =>
  line
    .replace(/^\s*\||\|\s*$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function blockHtml(lines: readonly string[]): Html {
  if (lines.every((line) => line.startsWith("    "))) {
    return html`<pre tabindex="0">${lines.map((line) => line.slice(4)).join("\n")}</pre>`;
  }
  if (lines.every((line) => line.startsWith("|"))) {
    const rows = lines.filter((line) => !/^[|\s:-]+$/.test(line)).map(cellsOf);
    return html`<div class="scroll"><table class="formulas">${rows.map((row) => html`<tr>${row.map((cell) => html`<td class="text">${words(cell)}</td>`)}</tr>\n`)}</table></div>`;
  }
  return html`<p>${words(lines.join(" "))}</p>`;
}

/** Numbers of the sections that the notes have. */
export function knownFormulas(notes: string, ids: Iterable<string>): ReadonlySet<string> {
  const sections = sectionsOf(notes);
  return new Set([...ids].filter((id) => sections.has(id)));
}

/** The sections of these numbers, each folded, in the order of the notes; nothing where there is none. */
export function formulasHtml(notes: string, ids: ReadonlySet<string>): Html {
  const sections = [...sectionsOf(notes).values()].filter(({ id }) => ids.has(id));
  if (sections.length === 0) return html``;
  return html`<section aria-labelledby="formulas"><h2 id="formulas">Formulas</h2>
<p class="byline">What the studies of this page compute, in the notation and with the numbers of the notes on the theory of foretrain, which have the places in the papers.</p>
${sections.map(
  ({ id, title, blocks }) =>
    // a link to something inside opens what is folded
    html`<details><summary>${title}</summary><div id="${formulaAnchor(id)}">
${blocks.map((block) => html`${blockHtml(block)}\n`)}</div></details>
`,
)}</section>
`;
}
