/**
 * The page of a training that simple models explain: one HTML file that needs nothing else.
 * @module
 */
import type { LearningCurve, MeasuredStatements, ShareEstimate } from "../complexity/index.js";
import {
  type ComplexityData,
  complexityFigure,
  countText,
  type DecisionBoundariesData,
  decisionBoundariesFigure,
  numberText,
  percentText,
} from "../figures/index.js";
import { FIGURE_STYLE_BLOCK } from "../figures/style.js";
import { citationParts } from "../references.js";
import { type Html, html, raw } from "./html.js";
import { mathText } from "./inline.js";
import { pageHead } from "./page-head.js";
import { folded, table, tableRows } from "./tables.js";

/** What the page tells: curves of `foretrain complexity`, and from what they come. */
export interface ComplexityPageData {
  readonly version: string;
  readonly title: string;
  /** the network, a line for each layer */
  readonly network: readonly string[];
  /** names and values of what else makes the run */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** answers in plain words, one for each simple model */
  readonly sentences: readonly string[];
  /** the mean over networks */
  readonly curve: LearningCurve;
  /** of each simple model of the curve */
  readonly statements: readonly MeasuredStatements[];
  readonly figure: ComplexityData;
  readonly boundaries: DecisionBoundariesData | null;
  readonly networks: readonly {
    readonly seed: number;
    readonly curve: LearningCurve;
    readonly trainCurve: LearningCurve;
  }[];
  /** those that made the run, one after the other */
  readonly commands: readonly string[];
}

type Draw = (options: { readonly id: string; readonly width: number }) => string;

/** In two widths: the page shows the one that fits. */
function figure(id: string, draw: Draw, caption: Html, numbers: Html | null): Html {
  const bare = (name: string, width: number) =>
    raw(draw({ id: name, width }).replace(FIGURE_STYLE_BLOCK, ""));
  return html`<figure>
<div class="wide">${bare(id, 760)}</div>
<div class="narrow">${bare(`${id}-narrow`, 380)}</div>
<figcaption>${caption}</figcaption>
${numbers}
</figure>`;
}

const bits = ({ value, error }: { readonly value: number; readonly error: number }) =>
  `${value.toFixed(4)} ± ${error.toFixed(4)}`;
const share = (estimate: ShareEstimate | null) =>
  estimate === null ? "none" : `${estimate.value.toFixed(3)} ± ${estimate.error.toFixed(3)}`;
const every = (list: { readonly length: number }) => Array.from({ length: list.length }, (_, i) => i);

function curveNumbers({ steps, accuracy, network, explainers }: LearningCurve): Html {
  return folded(
    table(
      "Information of the test predictions about the labels, bits, ± one standard error",
      [
        { title: "step", cell: (t) => numberText(steps[t]!) },
        { title: "accuracy", cell: (t) => percentText(accuracy[t]!) },
        { title: html`<i>I</i>(<i>F</i>; <i>Y</i>)`, cell: (t) => bits(network[t]!) },
        ...explainers.map(({ name, explained }) => ({
          title: html`<i>μ</i>(<i>F</i>; ${name})`,
          cell: (t: number) => bits(explained[t]!),
        })),
      ],
      tableRows(steps.length),
    ),
  );
}

function statementsTable({ curve, statements }: ComplexityPageData): Html {
  const { steps, explainers } = curve;
  const end = (i: number) => explainers[i]!.phases.end;
  return html`${table(
    "Simple models and the two phases",
    [
      { title: "simple model L", cell: (i) => explainers[i]!.name },
      { title: "accuracy", cell: (i) => percentText(explainers[i]!.accuracy) },
      { title: html`<i>I</i>(<i>L</i>; <i>Y</i>), bits`, cell: (i) => bits(explainers[i]!.information) },
      {
        title: html`<i>T</i><sub>0</sub>`,
        cell: (i) => (end(i) === null ? "never" : numberText(steps[end(i)!]!)),
      },
      {
        title: "networks that get there",
        cell: (i) => `${statements[i]!.reached} of ${statements[i]!.networks}`,
      },
      {
        title: html`<i>ρ</i><sub>1</sub>`,
        cell: (i) => {
          const { explained, networks } = statements[i]!;
          const at = explained === null || networks > 1 ? "" : ` at step ${numberText(explained.step)}`;
          return `${share(explained)}${at}`;
        },
      },
      { title: html`<i>ρ</i><sub>2</sub>`, cell: (i) => share(statements[i]!.learned) },
      { title: html`<i>ρ</i><sub>3</sub>`, cell: (i) => share(statements[i]!.retained) },
    ],
    every(explainers),
  )}
<p><i>T</i><sub>0</sub>: the network has as much information as the simple model, but the tolerance. <i>ρ</i><sub>1</sub> is the least <i>μ</i>/<i>I</i>(<i>F</i>; <i>Y</i>) until then, or in the whole run of a network that never gets there (near 1: until then the network is the simple model), <i>ρ</i><sub>2</sub> is <i>I</i>(<i>F</i>; <i>Y</i>)/<i>I</i>(<i>L</i>; <i>Y</i>) there, <i>ρ</i><sub>3</sub> the least <i>μ</i>/<i>I</i>(<i>L</i>; <i>Y</i>) afterwards (near 1: what was learned is kept); ± one standard error, with the choice of <i>T</i><sub>0</sub> and of the least in it. <i>ρ</i><sub>2</sub> and <i>ρ</i><sub>3</sub> are left out where <i>I</i>(<i>L</i>; <i>Y</i>) is known to no better than a quarter.</p>`;
}

function networksTable({ networks }: ComplexityPageData): Html {
  const ends = networks.map(({ curve, trainCurve }) => ({ curve, train: trainCurve.accuracy.at(-1)! }));
  return table(
    "Every network at its end",
    [
      { title: "seed", cell: (i) => String(networks[i]!.seed) },
      { title: "test accuracy", cell: (i) => percentText(ends[i]!.curve.accuracy.at(-1)!) },
      { title: "on train", cell: (i) => percentText(ends[i]!.train) },
      { title: html`<i>I</i>(<i>F</i>; <i>Y</i>), bits`, cell: (i) => bits(ends[i]!.curve.network.at(-1)!) },
      ...networks[0]!.curve.explainers.map(({ name }, k) => ({
        title: html`<i>μ</i>(<i>F</i>; ${name})`,
        cell: (i: number) => bits(ends[i]!.curve.explainers[k]!.explained.at(-1)!),
      })),
    ],
    every(networks),
  );
}

function sectionsOf(data: ComplexityPageData): readonly (readonly [id: string, heading: string, Html])[] {
  const { curve, networks, boundaries } = data;
  const several = networks.length > 1;
  const { text, link } = citationParts("C");
  const caption = html`<i>F</i> is what the network answers, <i>L</i> what a simple model answers, <i>Y</i> the label, for ${countText(curve.samples)} test samples${several && html`; the mean of ${countText(networks.length)} networks, bands with errors of the samples and of the networks`}. (a) <i>I</i>(<i>F</i>; <i>Y</i>) is what the answers tell about the labels, <i>μ</i> = <i>I</i>(<i>F</i>; <i>Y</i>) − <i>I</i>(<i>F</i>; <i>Y</i> | <i>L</i>) the part of it that the simple model knows too. (b) The share <i>μ</i>/<i>I</i>, where there is enough to share.`;
  return [
    [
      "curves",
      "What simple models explain",
      html`${figure("complexity", (options) => complexityFigure(data.figure, options), caption, curveNumbers(curve))}
${statementsTable(data)}${several && networksTable(data)}`,
    ],
    ...(boundaries === null
      ? []
      : [
          [
            "boundaries",
            "What the network says where",
            figure(
              "boundaries",
              (options) => decisionBoundariesFigure(boundaries, options),
              html`The plane in the colours of the classes that the network of seed ${String(networks[0]!.seed)} says, with its accuracy on test samples, and train samples.`,
              null,
            ),
          ] as const,
        ]),
    [
      "network",
      "Network, data and training",
      html`<pre aria-label="layers" tabindex="0">${mathText(data.network.join("\n"))}</pre>
<dl class="facts">${data.facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`,
    ],
    [
      "reproduce",
      "How to reproduce",
      html`${data.commands.length > 0 && html`<pre class="copy" tabindex="0">${data.commands.join("\n")}</pre>`}
<p>The measure is that of ${text}${link !== null && html` <a href="${link.href}">${link.text}</a>.`}</p>`,
    ],
  ];
}

/**
 * A self-contained page: light and dark, printable, no script. Every text of the data is escaped; equal data give equal bytes.
 * @throws ERR_SHAPE from the figures when arrays disagree
 */
export function renderComplexityPage(data: ComplexityPageData): string {
  const parts = sectionsOf(data);
  return html`${pageHead(`${data.title}: what simple models explain`, data.version)}
<body>
<header class="page">
<h1>${data.title}</h1>
<p class="byline">What simple models explain of a network while it trains</p>
</header>
<main>
<section class="verdict tone-good" aria-labelledby="verdict">
<h2 class="kind" id="verdict">In words</h2>
${data.sentences.map((sentence) => html`<p>${sentence}</p>`)}
</section>
<nav aria-label="Sections"><ul>${parts.map(([id, heading]) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
${parts.map(
  ([id, heading, content]) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${content}
</section>
`,
)}</main>
<footer class="page"><p>Made by foretrain ${data.version}. Measured on samples that no network was trained on.</p></footer>
</body>
</html>
`.markup;
}
