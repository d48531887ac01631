/**
 * The numbers of each figure as tables: the same information without a picture.
 * @module
 */
import { countText, percentText, shownSteps } from "../figures/index.js";
import { type Html, html } from "./html.js";
import { number } from "./inline.js";
import type { ReportData } from "./report-data.js";

/** Rows of a long series that a table shows: first, last, and in between evenly by index. */
export function tableRows(count: number, most = 16): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return [...new Set(Array.from({ length: most }, (_, k) => Math.round((k * (count - 1)) / (most - 1))))];
}

/** Ranks of a spectrum, evenly by order of magnitude. */
export function spectrumRows(count: number): number[] {
  const out = new Set<number>();
  for (let size = 1; size <= count; size *= 10) {
    for (const factor of [1, 2, 5]) if (factor * size <= count) out.add(factor * size - 1);
  }
  out.add(count - 1);
  return [...out];
}

/** What a table says where float64 holds no digit. */
const BEYOND = "beyond float64";

interface Column {
  readonly title: Html | string;
  readonly cell: (row: number) => Html | string;
}

export function table(caption: string, columns: readonly Column[], rows: readonly number[]): Html {
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column.title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((column) => html`<td>${column.cell(row)}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** Below a fold: nobody needs the numbers first. */
export function folded(content: Html): Html {
  return html`<details><summary>Numbers of this figure</summary>${content}</details>`;
}

export function phaseTable(map: NonNullable<ReportData["phaseDiagram"]>): Html {
  const line = map.criticalLine;
  const rows = tableRows(line.length, 12);
  return folded(
    table(
      "Critical line: pairs of variances with slope 1",
      [
        {
          title: html`weight variance <i>σ</i><sub>w</sub><sup>2</sup>`,
          cell: (i) => number(line[i]!.weightVariance),
        },
        {
          title: html`bias variance <i>σ</i><sub>b</sub><sup>2</sup>`,
          cell: (i) => number(line[i]!.biasVariance),
        },
      ],
      rows,
    ),
  );
}

export function signalTable(signal: NonNullable<ReportData["signal"]>): Html {
  return folded(
    table(
      "Signal by layer",
      [
        { title: html`layer <i>l</i>`, cell: (i) => number(signal.layer[i]!) },
        { title: html`variance <i>q</i>`, cell: (i) => number(signal.q[i]!) },
        { title: html`<i>c</i>, near pair`, cell: (i) => number(signal.correlation.near[i]!) },
        { title: html`<i>c</i>, typical pair`, cell: (i) => number(signal.correlation.typical[i]!) },
        { title: html`<i>c</i>, far pair`, cell: (i) => number(signal.correlation.far[i]!) },
        { title: html`slope <i>χ</i>`, cell: (i) => number(signal.chi[i]!) },
      ],
      tableRows(signal.layer.length, 20),
    ),
  );
}

export function spectrumTable({ ntk, nngp }: ReportData["spectrum"]): Html {
  const rows = spectrumRows(Math.max(ntk.eigenvalues.length, nngp.eigenvalues.length));
  return folded(
    table(
      "Eigenvalues by rank",
      [
        { title: "rank", cell: (i) => number(i + 1) },
        { title: "NTK", cell: (i) => number(ntk.eigenvalues[i] ?? null, "") },
        { title: "NNGP", cell: (i) => number(nngp.eigenvalues[i] ?? null, "") },
      ],
      rows,
    ),
  );
}

export function curvesTable({ curves }: ReportData, unit: string): Html {
  const { train, test, steps } = curves;
  return folded(
    table(
      "Median single network, with the 10 to 90 % range over initializations for the test accuracy",
      [
        { title: unit, cell: (i) => number(steps[i]!) },
        { title: "train loss", cell: (i) => number(train.loss.median[i]!) },
        { title: "test loss", cell: (i) => number(test.loss.median[i]!) },
        { title: "train accuracy", cell: (i) => percentText(train.accuracy.median[i]!) },
        { title: "test accuracy", cell: (i) => percentText(test.accuracy.median[i]!) },
        {
          title: "10 to 90 %",
          cell: (i) => `${percentText(test.accuracy.low[i]!)} to ${percentText(test.accuracy.high[i]!)}`,
        },
        { title: "ensemble", cell: (i) => percentText(test.accuracy.mean[i]!) },
      ],
      tableRows(shownSteps(curves)),
    ),
  );
}

export function depthTable(sweep: NonNullable<ReportData["depthSweep"]>): Html {
  return folded(
    table(
      "By number of hidden layers",
      [
        { title: "hidden layers", cell: (i) => number(sweep.depth[i]!) },
        { title: html`<i>κ</i> of the NTK`, cell: (i) => number(sweep.kappa[i] ?? null, BEYOND) },
        { title: html`<i>κ</i>, theory`, cell: (i) => number(sweep.kappaTheory[i] ?? null, "none") },
        { title: "mean predictor norm", cell: (i) => number(sweep.meanPredictorNorm[i] ?? null, BEYOND) },
        {
          title: "test accuracy",
          cell: (i) =>
            typeof sweep.testAccuracy[i] === "number" ? percentText(sweep.testAccuracy[i]) : BEYOND,
        },
      ],
      tableRows(sweep.depth.length, 20),
    ),
  );
}

/** Conditioning of both kernels side by side. */
export function conditioningTable({ ntk, nngp }: ReportData["spectrum"]): Html {
  const rows: readonly (readonly [Html | string, (s: typeof ntk) => Html | string])[] = [
    [html`largest eigenvalue <i>λ</i><sub>max</sub>`, (s) => number(s.lambdaMax)],
    [html`bulk <i>λ</i><sub>bulk</sub> (median without the largest)`, (s) => number(s.lambdaBulk)],
    [html`smallest eigenvalue <i>λ</i><sub>min</sub>`, (s) => number(s.lambdaMin)],
    [
      html`condition number <i>κ</i> = <i>λ</i><sub>max</sub> / <i>λ</i><sub>min</sub>`,
      (s) => number(s.kappa),
    ],
    [
      html`effective rank (eigenvalues above <i>n ε λ</i><sub>max</sub>)`,
      (s) => html`${countText(s.effectiveRank)} of ${countText(s.eigenvalues.length)}`,
    ],
    ["ridge added to the diagonal", (s) => number(s.ridge)],
    ["float64 needed", (s) => (s.float64Needed ? "yes, float32 would lose the small eigenvalues" : "no")],
  ];
  return html`<div class="scroll"><table>
<caption>Conditioning of the train kernels</caption>
<thead><tr><th scope="col">quantity</th><th scope="col">NTK</th><th scope="col">NNGP</th></tr></thead>
<tbody>${rows.map(([title, cell]) => html`<tr><th scope="row">${title}</th><td>${cell(ntk)}</td><td>${cell(nngp)}</td></tr>\n`)}</tbody>
</table></div>`;
}

/** What infinitely long training leads to. */
export function limitsTable({ limits, data }: ReportData): Html {
  const row = (title: string, limit: typeof limits.ntk) =>
    limit === null
      ? html`<tr><th scope="row">${title}</th><td colspan="3">none: the kernel is singular in float64</td></tr>\n`
      : html`<tr><th scope="row">${title}</th><td>${percentText(limit.trainAccuracy)}</td><td>${percentText(limit.testAccuracy)}</td><td>${number(limit.testLoss)}</td></tr>\n`;
  return html`<div class="scroll"><table>
<caption>Predictions of infinitely wide, infinitely long trained networks on ${countText(data.test)} test samples</caption>
<thead><tr><th scope="col">what trains</th><th scope="col">train accuracy</th><th scope="col">test accuracy</th><th scope="col">test loss</th></tr></thead>
<tbody>${row("all layers (NTK, mean of the ensemble)", limits.ntk)}${row("last layer only (NNGP, Bayesian posterior mean)", limits.nngp)}
<tr><th scope="row">always the commonest label</th><td></td><td>${percentText(data.chance)}</td><td></td></tr></tbody>
</table></div>`;
}
