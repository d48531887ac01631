/**
 * The page of a run of studies: figures with what they show, tables of checks, and the commands that make them again.
 * @module
 */
import { countText } from "../figures/index.js";
import { citationParts, findReference } from "../references.js";
import { type Html, html, raw } from "../report/html.js";
import { durationText, mathText, number } from "../report/inline.js";
import { pageHead } from "../report/page-head.js";
import { VERSION } from "../version.js";
import { checkCounts, checkCountsText, checkVerdict } from "./check-verdicts.js";
import { type Check, toleranceText } from "./checks.js";
import { anchorOf, type DrawnFigure, type DrawnStudy, drawStudy } from "./drawn-study.js";
import { formulaAnchor, formulasHtml, knownFormulas } from "./gallery-formulas.js";
import { type GalleryEntry, isFailure, overviewTable } from "./gallery-overview.js";
import { GALLERY_CSS } from "./gallery-style.js";
import { studyPlace, THEORY_NOTES } from "./places.js";
import type { StudyRecord, StudyRun } from "./run-study.js";
import type { StudyFailure } from "./study-failure.js";

/** Where paths of the repository (`src/studies/...`, `docs/...`) are, seen from the page; null: not there. */
export type SourceLinks = (path: string) => string | null;

/** Heading and links of a page of studies. */
export interface GalleryOptions {
  /** heading of the page; default Studies */
  readonly title?: string | undefined;
  /** addresses for files of the repository; default: paths without links */
  readonly linkTo?: SourceLinks | undefined;
  /** text of docs/theory.md: the page then holds the sections that its studies cite, and links to them instead of to the file */
  readonly notes?: string | undefined;
}

const linked = (path: string, text: string, linkTo: SourceLinks, fragment = ""): Html => {
  const href = linkTo(path);
  return href === null ? html`${text}` : html`<a href="${href}${fragment}">${text}</a>`;
};

/** Where what lies behind studies is. */
interface Sources {
  readonly linkTo: SourceLinks;
  /** numbers of the sections of the notes that the page itself holds */
  readonly held: ReadonlySet<string>;
}

/** The file of a recipe: in the source, and compiled in the package, which may be all that a reader has. */
function recipeHtml(source: string, linkTo: SourceLinks): Html {
  const compiled = source.replace(/^src\//, "dist/").replace(/\.ts$/, ".js");
  return html`${linked(source, source, linkTo)} in the source of foretrain ${VERSION}${compiled !== source && html`, ${compiled} in its package`}`;
}

function formulaHtml(name: string, { linkTo, held }: Sources): Html {
  return held.has(name)
    ? html`<a href="#${formulaAnchor(name)}">${name}</a>`
    : linked(THEORY_NOTES, name, linkTo, `#${name}`);
}

/** Command, recipe and formulas of a study. */
function originHtml({ id, papers }: Pick<StudyRecord, "id" | "papers">, command: string, sources: Sources) {
  const place = studyPlace(id);
  const { linkTo } = sources;
  return html`<dl class="facts">
${command !== "" && html`<dt>Command</dt><dd><pre class="copy" tabindex="0">${command}</pre></dd>`}
${place && html`<dt>Recipe</dt><dd>${recipeHtml(place.source, linkTo)}</dd>`}
${place && html`<dt>Formulas</dt><dd>${place.formulas.map((name, i) => html`${i > 0 && ", "}${formulaHtml(name, sources)}`)}${place.formulas.length > 0 && " in "}${linked(THEORY_NOTES, THEORY_NOTES, linkTo)}, with the places in the papers</dd>`}
<dt>Paper</dt><dd>${papers.map((key) => {
    const { text, link } = citationParts(key);
    return html`<div>${key}: ${text}${link !== null && html` <a href="${link.href}">${link.text}</a>`}</div>`;
  })}</dd>
</dl>`;
}

/** A figure in two widths; the style sheet in the head serves all. */
function figureHtml({ id: study, command }: StudyRecord, { name, caption, wide, narrow }: DrawnFigure): Html {
  return html`<figure id="${anchorOf(`${study}-${name}`)}">
<div class="wide">${raw(wide)}</div>
<div class="narrow">${raw(narrow)}</div>
<figcaption>${mathText(caption)}<span class="made">${command !== "" && html`<code>${command}</code>: `}<a href="#${anchorOf(study)}-origin">recipe and formulas</a></span></figcaption>
</figure>`;
}

const value = (x: number | string) =>
  typeof x === "number" ? number(Number.isNaN(x) ? null : x, "–", 7) : x;

const VERDICTS = { agrees: "agrees", disagrees: "DISAGREES", "not decided": "not decided" } as const;
const TONES = { agrees: "good", disagrees: "bad", "not decided": "open" } as const;

function checkRow(check: Check): Html {
  const { id, quantity, source, computed, expected, difference, undecided } = check;
  const verdict = checkVerdict(check);
  return html`<tr class="${TONES[verdict]}"><th scope="row">${id}</th><td class="text">${mathText(quantity)}<div class="source">${mathText(source)}</div>${undecided !== undefined && html`<div class="source">Not decided: ${undecided}.</div>`}</td><td>${value(computed)}</td><td>${value(expected)}</td><td>${number(difference, "", 2)}</td><td>${toleranceText(check).replace(" %", "\u00a0%")}</td><td class="verdict-${verdict.replace(" ", "-")}">${VERDICTS[verdict]}</td></tr>\n`;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function checksTable(checks: readonly Check[]): Html {
  if (checks.length === 0) return html``;
  return html`<div class="scroll"><table class="checks">
<caption>${capital(checkCountsText(checkCounts(checks)))}</caption>
<thead><tr><th scope="col">row</th><th scope="col">quantity</th><th scope="col">computed</th><th scope="col">expected</th><th scope="col">difference</th><th scope="col">tolerance</th><th scope="col">verdict</th></tr></thead>
<tbody>${checks.map(checkRow)}</tbody>
</table></div>`;
}

/** Parameters as `name value`, nested ones as JSON. */
function parametersText(parameters: StudyRun["record"]["parameters"]): string {
  return Object.entries(parameters)
    .map(([name, x]) => `${name} ${typeof x === "object" ? JSON.stringify(x) : String(x)}`)
    .join(", ");
}

function failureSection(failure: StudyFailure, sources: Sources): Html {
  const { id, title, expected, reason, message, command } = failure;
  return html`<section aria-labelledby="${anchorOf(id)}">
<h2 id="${anchorOf(id)}">${mathText(title)} <span class="byline">${id}</span></h2>
<p><span class="lead">Expected.</span> ${mathText(expected)}</p>
<p class="verdict-disagrees">${reason === "no-data" ? "Nothing was computed: its data set is not here." : "It could not be computed."}</p>
<div class="trouble">${message}</div>
<p>The same run again computes what is missing; or this study alone:</p>
${originHtml(failure, command, sources)}
</section>
`;
}

function studySection({ record, figures }: DrawnStudy, sources: Sources): Html {
  const { id, title, expected, checks, notComputed, notes, data } = record;
  return html`<section aria-labelledby="${anchorOf(id)}">
<h2 id="${anchorOf(id)}">${mathText(title)} <span class="byline">${id}</span></h2>
<p><span class="lead">Expected.</span> ${mathText(expected)}</p>
${figures.map((figure) => figureHtml(record, figure))}
${checksTable(checks)}
${notComputed.length > 0 && html`<p class="byline">Not computed here, and counted neither way:</p><ul class="byline">${notComputed.map((row) => html`<li>${row.id}: ${mathText(row.quantity)}; ${mathText(row.reason)}</li>\n`)}</ul>`}
${notes.length > 0 && html`<ul>${notes.map((note) => html`<li>${mathText(note)}</li>\n`)}</ul>`}
<h3 id="${anchorOf(id)}-origin">How it was made</h3>
${originHtml(record, record.command, sources)}
<details><summary>Sizes, data, seed and time</summary>
<dl class="facts">
<dt>Size</dt><dd>${record.size}: ${parametersText(record.parameters)}</dd>
<dt>Data</dt><dd>${data === null ? "none" : `${data.name}: ${data.origin}`}</dd>
<dt>Seed</dt><dd>${String(record.seed)}</dd>
<dt>Time</dt><dd>${durationText(record.seconds)}${record.pieces.stored > 0 && `, ${countText(record.pieces.stored)} of ${countText(record.pieces.stored + record.pieces.computed)} parts from an earlier run`}</dd>
</dl>
</details>
</section>
`;
}

/** How the whole run went, in a sentence or two. */
function verdictOf(entries: readonly GalleryEntry[]): { readonly good: boolean; readonly sentence: string } {
  const records = entries.flatMap((entry) => (isFailure(entry) ? [] : [entry.record]));
  const counts = checkCounts(records.flatMap(({ checks }) => checks));
  const missing = entries.length - records.length;
  const said = `${capital(checkCountsText(counts))}.`;
  const lacking =
    missing === 0 ? "" : ` ${countText(missing)} of ${countText(entries.length)} studies could not be run.`;
  return { good: counts.disagreeing + counts.undecided + missing === 0, sentence: said + lacking };
}

/** The page of drawn studies and failures; see `renderGallery`. */
export function galleryPage(
  entries: readonly GalleryEntry[],
  { title = "Studies", linkTo = () => null, notes = "" }: GalleryOptions = {},
): string {
  const cited = entries.flatMap(
    (entry) => studyPlace(isFailure(entry) ? entry.id : entry.record.id)?.formulas ?? [],
  );
  const sources: Sources = { linkTo, held: knownFormulas(notes, cited) };
  const { good, sentence } = verdictOf(entries);
  const keys = [
    ...new Set(
      entries
        .map((entry) => (isFailure(entry) ? entry : entry.record))
        .flatMap(({ references }) => references.map((key) => findReference(key).key)),
    ),
  ];
  return html`${pageHead(title, VERSION, GALLERY_CSS)}
<body>
<header class="page">
<h1>${title}</h1>
<p class="byline">Experiments and figures of the papers, computed again, each with the numbers it was held against</p>
</header>
<main>
<section class="verdict tone-${good ? "good" : "bad"}"><p class="sentence">${sentence}</p></section>
${entries.length > 1 && overviewTable(entries)}
${entries.map((entry) => (isFailure(entry) ? failureSection(entry, sources) : studySection(entry, sources)))}
${formulasHtml(notes, sources.held)}
${
  keys.length > 0 &&
  html`<section aria-labelledby="references"><h2 id="references">References</h2><ol>${keys.map((key) => {
    const { text, link } = citationParts(key);
    return html`<li>${text}${link !== null && html` <a href="${link.href}">${link.text}</a>.`}</li>\n`;
  })}</ol></section>`
}
</main>
<footer class="page"><p>Made by foretrain ${VERSION}.</p></footer>
</body>
</html>
`.markup;
}

/**
 * One self-contained page of studies: light and dark, any width, on paper, from a file; nothing loaded from elsewhere. A table of
 * all comes first; every figure has the command that makes it again, its recipe and its formulas.
 *
 * @param options heading, and where files of the repository are seen from the page; a text is the heading
 */
export function renderGallery(
  runs: readonly (StudyRun | StudyFailure)[],
  options: string | GalleryOptions = {},
): string {
  return galleryPage(
    runs.map((run) => ("reason" in run ? run : drawStudy(run))),
    typeof options === "string" ? { title: options } : options,
  );
}
