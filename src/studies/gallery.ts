/**
 * The page of a run of studies: figures with what they show, tables of checks, and the commands that make them again.
 * @module
 */
import { countText } from "../figures/index.js";
import { FIGURE_STYLE_BLOCK } from "../figures/style.js";
import { citationParts, findReference } from "../references.js";
import { type Html, html, raw } from "../report/html.js";
import { durationText, mathText, number } from "../report/inline.js";
import { PAGE_POLICY } from "../report/report.js";
import { REPORT_CSS } from "../report/style.js";
import { VERSION } from "../version.js";
import type { Check, CheckRule } from "./checks.js";
import type { StudyRun } from "./run-study.js";
import type { StudyFigure } from "./study.js";

const WIDE = 760;
const NARROW = 380;

/** What the report's style sheet lacks for tables of checks. */
const CSS = `
td.text,.checks th:nth-child(2){text-align:left}
tr.bad td,tr.bad th{background:color-mix(in srgb,var(--bad) 12%,transparent)}
.verdict-agrees{color:var(--good);font-weight:600;white-space:nowrap}
.verdict-disagrees{color:var(--bad);font-weight:700;white-space:nowrap}
.source{color:var(--muted);font-size:.8125rem}
.checks th{font-weight:400}
.checks td.text{min-width:11rem}
.checks thead th{font-weight:600}
`;

const anchor = (id: string) => id.replace(/[^\w-]+/g, "-");

/** A figure in two widths; the style sheet in the head serves all. */
function figureHtml(study: string, { name, caption, draw }: StudyFigure): Html {
  const id = anchor(`${study}-${name}`);
  const bare = (svg: string) => raw(svg.replace(FIGURE_STYLE_BLOCK, ""));
  return html`<figure id="${id}">
<div class="wide">${bare(draw({ id: `${id}-wide`, width: WIDE }))}</div>
<div class="narrow">${bare(draw({ id: `${id}-narrow`, width: NARROW }))}</div>
<figcaption>${mathText(caption)}</figcaption>
</figure>`;
}

const RULES: Readonly<Record<CheckRule, string>> = {
  absolute: "within",
  relative: "within",
  "at-most": "at most",
  "at-least": "at least",
  same: "the same",
};

const value = (x: number | string) => (typeof x === "number" ? number(x, "", 7) : x);

/** What the comparison allows: `within 1 %`, `at most 0.003`. */
export function toleranceText({ rule, tolerance }: Pick<Check, "rule" | "tolerance">): string {
  if (tolerance === null) return RULES[rule];
  const size = rule === "relative" && tolerance >= 1e-4 ? `${+(100 * tolerance).toPrecision(3)} %` : null;
  return `${RULES[rule]} ${size ?? `${Number(tolerance.toPrecision(3))}${rule === "relative" ? " relative" : ""}`}`;
}

function checksTable(checks: readonly Check[]): Html {
  if (checks.length === 0) return html``;
  const bad = checks.filter(({ agrees }) => !agrees).length;
  const caption =
    bad === 0
      ? `All ${countText(checks.length)} checks agree`
      : `${countText(bad)} of ${countText(checks.length)} checks disagree`;
  return html`<div class="scroll"><table class="checks">
<caption>${caption}</caption>
<thead><tr><th scope="col">row</th><th scope="col">quantity</th><th scope="col">computed</th><th scope="col">expected</th><th scope="col">difference</th><th scope="col">tolerance</th><th scope="col">verdict</th></tr></thead>
<tbody>${checks.map(
    (check) =>
      html`<tr class="${check.agrees ? "good" : "bad"}"><th scope="row">${check.id}</th><td class="text">${mathText(check.quantity)}<div class="source">${mathText(check.source)}</div></td><td>${value(check.computed)}</td><td>${value(check.expected)}</td><td>${number(check.difference, "", 2)}</td><td>${toleranceText(check).replace(" %", "\u00a0%")}</td><td class="verdict-${check.agrees ? "agrees" : "disagrees"}">${check.agrees ? "agrees" : "DISAGREES"}</td></tr>\n`,
  )}</tbody>
</table></div>`;
}

/** Parameters as `name value`, nested ones as JSON. */
function parametersText(parameters: StudyRun["record"]["parameters"]): string {
  return Object.entries(parameters)
    .map(([name, x]) => `${name} ${typeof x === "object" ? JSON.stringify(x) : String(x)}`)
    .join(", ");
}

function studySection({ record, figures }: StudyRun): Html {
  const { id, title, expected, checks, notComputed, notes, data } = record;
  return html`<section aria-labelledby="${anchor(id)}">
<h2 id="${anchor(id)}">${title} <span class="byline">${id}</span></h2>
<p><span class="lead">Expected.</span> ${mathText(expected)}</p>
${figures.map((figure) => figureHtml(id, figure))}
${checksTable(checks)}
${notComputed.length > 0 && html`<p class="byline">Not computed here, and counted neither way:</p><ul class="byline">${notComputed.map((row) => html`<li>${row.id}: ${mathText(row.quantity)}; ${mathText(row.reason)}</li>\n`)}</ul>`}
${notes.length > 0 && html`<ul>${notes.map((note) => html`<li>${mathText(note)}</li>\n`)}</ul>`}
<details><summary>How it was made</summary>
<dl class="facts">
<dt>Size</dt><dd>${record.size}: ${parametersText(record.parameters)}</dd>
<dt>Data</dt><dd>${data === null ? "none" : `${data.name}: ${data.origin}`}</dd>
<dt>Seed</dt><dd>${String(record.seed)}</dd>
<dt>Time</dt><dd>${durationText(record.seconds)}</dd>
</dl>
${record.command !== "" && html`<pre class="copy" tabindex="0">${record.command}</pre>`}
</details>
</section>
`;
}

/**
 * One self-contained page of all studies of a run: light and dark, any width, nothing loaded from elsewhere.
 *
 * @param title heading of the page
 */
export function renderGallery(runs: readonly StudyRun[], title = "Studies"): string {
  const records = runs.map(({ record }) => record);
  const disagreeing = records.reduce((sum, { disagreeing: count }) => sum + count, 0);
  const checks = records.reduce((sum, record) => sum + record.checks.length, 0);
  const keys = [
    ...new Set(records.flatMap(({ references }) => references.map((key) => findReference(key).key))),
  ];
  const verdict =
    checks === 0
      ? "No checks."
      : disagreeing === 0
        ? `All ${countText(checks)} checks agree.`
        : `${countText(disagreeing)} of ${countText(checks)} checks disagree.`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="foretrain ${VERSION}">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<title>${title}</title>
<style>${raw(REPORT_CSS + CSS)}</style>
</head>
<body>
<header class="page">
<h1>${title}</h1>
<p class="byline">Experiments and figures of the papers, computed again, each with the numbers it was held against</p>
</header>
<main>
<section class="verdict tone-${disagreeing === 0 ? "good" : "bad"}"><p class="sentence">${verdict}</p></section>
${records.length > 1 && html`<nav aria-label="Studies"><ul>${records.map(({ id, title: name, disagreeing: bad }) => html`<li><a href="#${anchor(id)}">${name}</a>${bad > 0 && html` <span class="verdict-disagrees">${countText(bad)}</span>`}</li>`)}</ul></nav>`}
${runs.map(studySection)}
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
