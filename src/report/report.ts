/**
 * The report: one HTML page that needs nothing else, no network, no script, no font.
 * @module
 */
import { html } from "./html.js";
import { keyNumbers, verdictBox } from "./key-numbers.js";
import { pageHead } from "./page-head.js";
import type { ReportData } from "./report-data.js";
import { type ReportFigures, reportFigures } from "./report-figures.js";
import { sections } from "./sections.js";

/**
 * A self-contained report.html: light and dark (by preference, or `data-theme="light|dark"` on `<html>`), printable,
 * readable at any width. Every text of the data is escaped; equal data give equal bytes.
 *
 * @param data    a forecast, or any object of the same shape
 * @param figures default: drawn from the data by `reportFigures`
 * @throws ERR_SHAPE from the figures when arrays disagree, ERR_DOMAIN on an unknown reference key
 */
export function renderReport(data: ReportData, figures: ReportFigures = reportFigures(data)): string {
  const parts = sections(data, figures);
  const page = html`${pageHead(`${data.spec.title}: forecast`, data.version)}
<body>
<header class="page">
<h1>${data.spec.title}</h1>
<p class="byline">Forecast of training and generalization before training, from architecture, initialization and data</p>
</header>
<main>
${verdictBox(data)}
${keyNumbers(data)}
<nav aria-label="Sections"><ul>${parts.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
${parts.map(
  ({ id, heading, content }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${content}
</section>
`,
)}</main>
<footer class="page"><p>Made by foretrain ${data.version}. Predictions are for infinitely wide networks; a finite network deviates from them, the more the narrower it is.</p></footer>
</body>
</html>
`;
  return page.markup;
}
