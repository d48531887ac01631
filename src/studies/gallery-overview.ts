/**
 * The head of a page of studies: all of them in one table, with papers, verdicts and times.
 * @module
 */
import { countText } from "../figures/index.js";
import { type Html, html, raw } from "../report/html.js";
import { durationText, mathText } from "../report/inline.js";
import { anchorOf, type DrawnStudy } from "./drawn-study.js";
import type { StudyFailure } from "./study-failure.js";

/** A study of a page: with its results, or why there are none. */
export type GalleryEntry = DrawnStudy | StudyFailure;

export const isFailure = (entry: GalleryEntry): entry is StudyFailure => "reason" in entry;

/** The first figure of a study, small, drawn again from its place further down. */
function thumbnail({ record, figures }: DrawnStudy): Html {
  const [first] = figures;
  const size = first && /viewBox="([^"]+)"/.exec(first.wide)?.[1];
  if (!first || !size) return html``;
  const id = anchorOf(`${record.id}-${first.name}`);
  return html`<a href="#${id}" aria-label="first figure of ${record.id}"><svg class="ft-figure" viewBox="${size}" aria-hidden="true"><use href="#${id}-wide"/></svg></a>`;
}

const FAILURES: Readonly<Record<StudyFailure["reason"], string>> = {
  "no-data": "no data here",
  failed: "FAILED",
};

/** Words beside the colour: nobody has to see it. */
function verdictCell(entry: GalleryEntry): Html {
  if (isFailure(entry)) {
    return html`<td class="number verdict-disagrees">${FAILURES[entry.reason]}</td>`;
  }
  const { checks, disagreeing, undecided } = entry.record;
  if (checks.length === 0) return html`<td class="number">no checks</td>`;
  const good = checks.length - disagreeing - undecided;
  const agreeing = `${countText(good)} of ${countText(checks.length)} agree`;
  const open = undecided > 0 ? `, ${countText(undecided)} not decided` : "";
  const tone = disagreeing > 0 ? "disagrees" : undecided > 0 ? "not-decided" : "agrees";
  return html`<td class="number verdict-${tone}">${agreeing}${open}${disagreeing > 0 && " (!)"}</td>`;
}

/** One row for each study. */
export function overviewTable(entries: readonly GalleryEntry[]): Html {
  const rows = entries.map((entry) => {
    const about = isFailure(entry) ? entry : entry.record;
    const time = isFailure(entry) ? "" : durationText(entry.record.seconds);
    const resumed = !isFailure(entry) && entry.record.pieces.stored > 0 ? raw("&nbsp;*") : "";
    return html`<tr${raw(isFailure(entry) || entry.record.disagreeing > 0 ? ' class="bad"' : "")}><td class="thumb">${isFailure(entry) ? html`` : thumbnail(entry)}</td><th scope="row"><a class="name" href="#${anchorOf(about.id)}">${about.id}</a>${mathText(about.title)}</th><td>${about.papers.join(", ")}</td>${verdictCell(entry)}<td class="number">${time}${resumed}</td></tr>\n`;
  });
  const anyResumed = entries.some((entry) => !isFailure(entry) && entry.record.pieces.stored > 0);
  return html`<section aria-labelledby="overview"><h2 id="overview">Overview</h2>
<div class="scroll"><table class="overview">
<thead><tr><th scope="col"></th><th scope="col">study</th><th scope="col">paper</th><th scope="col" class="number">checks</th><th scope="col" class="number">time</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
${anyResumed && html`<p class="byline">* without the parts that an earlier, interrupted run had left</p>`}
</section>
`;
}
