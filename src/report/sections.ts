/**
 * The sections of a report. Each figure says how it is read and defines its quantities.
 * @module
 */
import { countText } from "../figures/index.js";
import { FIGURE_STYLE_BLOCK } from "../figures/style.js";
import { bibtex, citationParts, findReference } from "../references.js";
import { complexityCaption, complexitySentence, complexityTable } from "./complexity-part.js";
import { type Html, html, raw } from "./html.js";
import { CHI_1, durationText, mathText, number, stepText } from "./inline.js";
import { noisePart } from "./noise-part.js";
import type { ReportData } from "./report-data.js";
import { type ReportFigure, type ReportFigures, stepUnit } from "./report-figures.js";
import {
  conditioningTable,
  curvesTable,
  depthTable,
  limitsTable,
  phaseTable,
  signalTable,
  spectrumTable,
} from "./tables.js";
import { verificationPart } from "./verification-part.js";
import { finiteWidthPart, normalizationPart } from "./width-parts.js";

/** One section of the page: `id` is its anchor, `heading` its title in text and navigation. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly content: Html;
}

const SIGMA_W = raw("<i>σ</i><sub>w</sub><sup>2</sup>");
const SIGMA_B = raw("<i>σ</i><sub>b</sub><sup>2</sup>");

/** Changes of accuracy below half a point are not worth a number of their own. */
const TELLING_GAIN = 0.005;

/** Mathematics that must not break over two lines. */
function formula(markup: string): Html {
  return raw(`<span class="formula">${markup}</span>`);
}

/** A figure in both widths with its caption and its numbers. */
function figure(drawn: ReportFigure, name: string, caption: Html, numbers: Html): Html {
  // one style sheet in the head serves all figures of the page
  const bare = (svg: string) => raw(svg.replace(FIGURE_STYLE_BLOCK, ""));
  return html`<figure>
<div class="wide">${bare(drawn.wide)}</div>
<div class="narrow">${bare(drawn.narrow)}</div>
<figcaption><b>${name}.</b> ${caption}</figcaption>
${numbers}
</figure>`;
}

function networkSection(data: ReportData): Section {
  const { network, data: set, spec } = data;
  const { training } = spec;
  const content = html`<pre aria-label="layers" tabindex="0">${mathText(network.lines.join("\n"))}</pre>
<dl class="facts">
<dt>Parameters</dt><dd>${countText(network.parameters)} at the declared widths; predictions are for infinite width</dd>
<dt>Hidden layers</dt><dd>${countText(network.depth)}</dd>
<dt>Data</dt><dd>${set.name}: ${countText(set.train)} train and ${countText(set.test)} test samples of shape ${set.inputShape.join(" × ")}, ${countText(set.classes.length)} classes (${set.classes.join(", ")})</dd>
<dt>Source</dt><dd>${set.origin}; subset seed ${String(spec.data.seed)}, normalization “${spec.data.normalization}”</dd>
<dt>Likeness of inputs</dt><dd>mean correlation of two train inputs ${number(set.meanCorrelation)}</dd>
<dt>Training</dt><dd>${training.optimizer === "gd" ? html`full-batch gradient descent on mean squared error, learning rate ${number(data.learningRate.used)} (largest stable one: ${number(data.learningRate.limit)})` : "gradient flow on mean squared error; time is learning rate × steps"}, ridge ${number(training.diagReg)} relative to the mean diagonal, ${countText(training.ensemble)} networks for the band</dd>
</dl>`;
  return { id: "network", heading: "Network and data", content };
}

function depthScales(m: NonNullable<ReportData["meanField"]>): Html {
  const scales = [
    ["1", m.xi1],
    ["c", m.xiC],
    ["*", m.xiStar],
  ] as const;
  const symbol = (name: string) => raw(`<i>ξ</i><sub>${name}</sub>`);
  const known = scales.flatMap(([name, value]) =>
    value === null ? [] : [html`${symbol(name)} = ${number(value)}`],
  );
  const others = scales.flatMap(([name, value]) => (value === null ? [symbol(name)] : []));
  const joined = (parts: readonly Html[]) => parts.map((part, i) => (i === 0 ? part : html`, ${part}`));
  return html`${joined(known)}${known.length > 0 && " layers"}${known.length > 0 && others.length > 0 && "; "}${joined(others)}${others.length > 0 && " infinite or not defined"}`;
}

function meanFieldFacts({ meanField: m }: ReportData): Html {
  if (m === null) return html``;
  return html`<dl class="facts">
<dt>Variances</dt><dd>${SIGMA_W} = ${number(m.weightVariance)}, ${SIGMA_B} = ${number(m.biasVariance)} (${m.activation}${m.homogeneous ? "" : "; hidden layers differ, these are of the last one"})</dd>
<dt>Slope</dt><dd>${CHI_1} = ${number(m.chi1, "not defined", 4)}: ${m.phase === null ? "no phase" : m.phase}${m.criticalWeightVariance !== null && html`; critical at ${SIGMA_W} = ${number(m.criticalWeightVariance, "none", 4)} for this bias variance`}</dd>
<dt>Fixed point</dt><dd>variance <i>q</i>* = ${number(m.qStar, "none")}, correlation <i>c</i>* = ${number(m.cStar, "none")}</dd>
<dt>Depth scales</dt><dd>${depthScales(m)}</dd>
${m.note !== null && html`<dt>Note</dt><dd>${mathText(m.note)}</dd>`}
</dl>`;
}

/** Phase and depth scales of the part that a network of any layers repeats. */
function unitFacts({ unit }: ReportData): Html {
  if (unit === null) {
    return html`<p>This network has no reading by one variance and one correlation per layer, so that it has no phase.</p>`;
  }
  if (unit.times === null)
    return html`<p>No part of this network repeats, so that it has no phase. ${unit.note}</p>`;
  const { growth, critical } = unit;
  const known = [
    ["1", unit.xi1],
    ["c", unit.xiC],
    ["*", unit.xiStar],
  ] as const;
  const shown = known.flatMap(([name, value]) =>
    value === null ? [] : [html`${raw(`<i>ξ</i><sub>${name}</sub>`)} = ${number(value)} `],
  );
  const there = {
    found:
      critical.weightVariance === null
        ? html`weight variances ${number(critical.factor, "none", 4)} times as large`
        : html`${SIGMA_W} = ${number(critical.weightVariance, "none", 4)}`,
    critical: html`as it is`,
    always: html`at every weight variance`,
    none: html`none`,
  }[critical.status];
  return html`<p>What repeats in this network, ${countText(unit.times)} times in a row, is read from one pre-activation to the next:</p>
<pre aria-label="part that repeats" tabindex="0">${mathText(unit.layers.join("\n"))}</pre>
<dl class="facts">
<dt>Phase</dt><dd>${unit.status}${unit.chi1 !== null && html`, ${CHI_1} = ${number(unit.chi1, "not defined", 4)}`}</dd>
<dt>Variance</dt><dd>${growth === null ? html`fixed point <i>q</i>* = ${number(unit.qStar, "none")}` : growth.law === "linear" ? html`grows by ${number(growth.rate, "a constant")} per repetition` : html`grows by a factor ${number(growth.rate, "not known")} per repetition`}; correlations go to <i>c</i>* = ${number(unit.cStar, "none")}</dd>
<dt>Depth scales</dt><dd>${shown.length === 0 ? "infinite or not defined" : html`${shown}repetitions`}</dd>
<dt>Critical point</dt><dd>${there}${critical.note !== null && html`; ${mathText(critical.note)}`}</dd>
${unit.note !== null && html`<dt>Note</dt><dd>${mathText(unit.note)}</dd>`}
</dl>`;
}

function phaseSection(data: ReportData, drawn: ReportFigure | null, nth: string): Section {
  const { phaseDiagram: map, meanField } = data;
  const critical = meanField?.criticalWeightVariance ?? null;
  const content =
    drawn !== null && map !== null
      ? html`${figure(
          drawn,
          nth,
          html`Colour is ${CHI_1}, the slope of the correlation map at ${formula("<i>c</i> = 1")}: the factor by which a layer scales a small difference between two inputs. Left of the thick line (${formula("<i>χ</i><sub>1</sub> &lt; 1")}, ordered) inputs grow alike with depth; right of it (${formula("<i>χ</i><sub>1</sub> &gt; 1")}, chaotic) they grow apart; on it signals travel farthest. The depth scale is ${formula("<i>ξ</i><sub>1</sub> = 1 / |log <i>χ</i><sub>1</sub>|")} layers.`,
          phaseTable(map),
        )}${meanFieldFacts(data)}`
      : meanField === null
        ? unitFacts(data)
        : html`<p>This activation has no phase diagram over both variances${critical !== null && html`; it is critical at ${SIGMA_W} = ${number(critical, "none", 4)}`}.</p>${meanFieldFacts(data)}`;
  return { id: "phase", heading: "Phase", content };
}

/** `512`, or `from 64 to 512`. */
function widthsText(widths: readonly number[]): string {
  const [least, most] = [Math.min(...widths), Math.max(...widths)];
  return least === most ? `width ${countText(least)}` : `widths ${countText(least)} to ${countText(most)}`;
}

function signalSection(data: ReportData, drawn: ReportFigure | null, nth: string): Section {
  const content =
    drawn === null || data.signal === null
      ? html`<p>This network has no reading by one variance and one correlation per layer, so that there is no signal to follow.</p>`
      : figure(
          drawn,
          nth,
          html`What the layers do to this data set at initialization. (a) <i>q</i> is the variance of a unit before its activation, for a typical input${data.lengths ? html`; the band holds the mean squared units of about 95 % of networks of the declared widths (${widthsText(data.lengths.width)})` : ""}. (b) <i>c</i> is the correlation of two inputs, for a near (90 % quantile), a typical (median) and a far (10 % quantile) pair of train inputs; where the three lines have met, the network no longer tells inputs apart. (c) <i>χ</i> is the slope of the correlation map at ${formula("<i>c</i> = 1")} at that layer; dashed is the critical value 1${data.meanField === null ? "; the last value is that of the read-out" : ""}.`,
          signalTable(data.signal),
        );
  return { id: "signal", heading: "Signal through depth", content };
}

function spectrumSection(data: ReportData, drawn: ReportFigure, nth: string): Section {
  const { ntk } = data.spectrum;
  const content = html`${figure(
    drawn,
    nth,
    html`Eigenvalues of the two train kernels, largest first. Under gradient descent with rate <i>η</i> on <i>n</i> samples the error along eigenvector <i>i</i> shrinks by ${formula("1 − <i>ηλ<sub>i</sub></i>/<i>n</i>")} in each step: large eigenvalues are learnt first, and training diverges once ${formula("<i>η</i> &gt; 2<i>n</i>/<i>λ</i><sub>max</sub>")}. Dash-dotted lines are the bulk; dotted lines, where shown, are the float64 noise floor, below which an eigenvalue holds no digits.`,
    spectrumTable(data.spectrum),
  )}
<p>The slowest of the ${countText(ntk.eigenvalues.length)} directions needs about <i>κ</i> = ${number(ntk.kappa)} times as many steps as the fastest.${data.spec.training.optimizer === "gd" && html` The learning rate ${number(data.learningRate.used)} is ${data.learningRate.stable ? "below" : "not below"} the stability limit ${number(data.learningRate.limit)}.`}</p>`;
  return { id: "spectrum", heading: "Kernel spectrum", content };
}

function curvesSection(data: ReportData, drawn: ReportFigure, nth: string): Section {
  const { stepsTo, bandSamples, steps } = data.curves;
  const unit = data.spec.training.optimizer === "gd" ? "steps" : "units of time";
  const reached = (value: number | null) =>
    value === null ? html`not within ${stepText(steps.at(-1)!)} ${unit}` : html`${stepText(value)} ${unit}`;
  const content = html`${figure(
    drawn,
    nth,
    html`Loss is 1/(2<i>n</i>) times the sum of squared errors over samples and outputs; accuracy is the share of samples whose largest output is the right one. Solid lines are the median of single networks, bands hold 80 % of them (10 to 90 % quantile over initializations; test band on ${countText(bandSamples)} samples), dashed lines are the mean output of infinitely many networks. ${data.verdict.kind === "diverges" ? "Training diverges: the curves end where the loss is 10,000 times its initial value." : "The open diamond is that ensemble after infinitely long training, on the test set."} The horizontal axis is logarithmic beyond the first step.`,
    curvesTable(data, stepUnit(data)),
  )}
<dl class="facts">
<dt>90 % of train labels right</dt><dd>${reached(stepsTo.accuracy90)}</dd>
<dt>Train loss at a tenth</dt><dd>${reached(stepsTo.loss10)}</dd>
<dt>Train loss at a hundredth</dt><dd>${reached(stepsTo.loss1)}</dd>
</dl>`;
  return { id: "training", heading: "Predicted training", content };
}

function verificationSection(data: ReportData, drawn: ReportFigure | null, nth: string): Section[] {
  const { verification } = data;
  if (!verification) return [];
  const content = verificationPart(verification, drawn, (own, caption, numbers) =>
    figure(own, nth, caption, numbers),
  );
  return [{ id: "verification", heading: "Real networks", content }];
}

function complexitySection(data: ReportData, drawn: ReportFigure | null, nth: string): Section[] {
  const { complexity } = data;
  if (!complexity) return [];
  const { found } = complexity;
  const content = html`${complexitySentence(complexity)}
${
  drawn !== null &&
  found !== null &&
  figure(drawn, nth, complexityCaption(found), complexityTable(found, stepUnit(data)))
}`;
  return [{ id: "complexity", heading: "What a linear model explains", content }];
}

function depthSection(data: ReportData, drawn: ReportFigure | null, nth: string): Section {
  const sweep = data.depthSweep;
  const content =
    drawn === null || sweep === null
      ? html`<p>Nothing repeats in this network that could stand in it more or less often, or a sweep over depths would take longer than the rest of the forecast.</p>`
      : figure(
          drawn,
          nth,
          html`${data.meanField === null ? "The part of the network that repeats" : "The same hidden layer"} repeated to other depths, on ${countText(sweep.samples)} train and ${countText(sweep.testSamples)} test samples (so accuracies are lower than those of the full data${sweep.reduced ? "; fewer samples and depths than usual, so that the sweep costs no more than the kernels of the data" : ""}). Accuracies are of the mean output of many networks. (a) <i>κ</i> = <i>λ</i><sub>max</sub>/<i>λ</i><sub>min</sub> of the NTK: the larger, the slower the last details train${sweep.kappaTheory.some((kappa) => kappa !== null) ? "; dashed is its asymptotic prediction for deep networks" : ""}. (b) Norm of the mean predictor Θ<sub>test,train</sub>Θ<sub>train</sub><sup>−1</sup><i>Y</i> relative to the test targets: towards 0 nothing of the labels reaches the test points, however well training goes.`,
          depthTable(sweep),
        );
  return { id: "depth", heading: "What depth would do", content };
}

function limitsSection(data: ReportData): Section {
  const content = html`${limitsTable(data)}
${data.limits.meanPredictorNorm !== null && html`<p>The norm of the mean predictor on centred labels is ${number(data.limits.meanPredictorNorm)} of the test targets; towards 0 nothing generalizes.</p>`}`;
  return { id: "limits", heading: "Limits of training", content };
}

function widthSection(data: ReportData): Section {
  const { finiteWidth, normalization, network, noise } = data;
  const content = html`${finiteWidthPart(finiteWidth)}
${network.depth === 1 && normalizationPart(normalization)}
${noise && noisePart(noise, data)}`;
  return { id: "width", heading: "What the widths change", content };
}

function adviceSection(data: ReportData): Section {
  const content =
    data.advice.length === 0
      ? html`<p>No change that was tried improves the prediction.</p>`
      : html`<ul>${data.advice.map(
          ({ text, gain }) =>
            html`<li>${mathText(text)}${gain !== null && Math.abs(gain) >= TELLING_GAIN && html` <span class="gain">(${gain >= 0 ? "+" : "−"}${(Math.abs(gain) * 100).toFixed(1)} points)</span>`}</li>\n`,
        )}</ul>`;
  return { id: "advice", heading: "Advice", content };
}

function conditioningSection(data: ReportData): Section {
  const content = html`${conditioningTable(data.spectrum)}
${
  data.warnings.length > 0 &&
  html`<div class="warnings"><h3>Warnings</h3><ul>${data.warnings.map((text) => html`<li>${mathText(text)}</li>\n`)}</ul></div>`
}`;
  return { id: "conditioning", heading: "Numerical conditioning", content };
}

function referencesSection(data: ReportData): Section {
  const item = (key: string) => {
    const { text, link } = citationParts(key);
    return html`<li>${text}${link !== null && html` <a href="${link.href}">${link.text}</a>.`}</li>\n`;
  };
  const keys = [...new Set(data.references.map((key) => findReference(key).key))];
  const content =
    keys.length === 0
      ? html`<p>None.</p>`
      : html`<ol>${keys.map(item)}</ol>
<details><summary>BibTeX (one click selects all)</summary><pre class="copy" tabindex="0">${bibtex(keys)}</pre></details>`;
  return { id: "references", heading: "References", content };
}

function reproduceSection(data: ReportData): Section {
  const { command, node, version, seed } = data.reproduce;
  const content = html`${command !== "" && html`<pre class="copy" tabindex="0">${command}</pre>`}
<dl class="facts">
<dt>Seed</dt><dd>${String(seed)}; the same seed gives the same numbers</dd>
<dt>Versions</dt><dd>foretrain ${version}${node !== "" && html`, Node.js ${node}`}</dd>
${data.seconds !== undefined && html`<dt>Time</dt><dd>${durationText(data.seconds)}</dd>`}
</dl>`;
  return { id: "reproduce", heading: "How to reproduce", content };
}

/** All sections below the key numbers, in the order of the page. */
export function sections(data: ReportData, figures: ReportFigures): Section[] {
  let count = 0;
  const next = (drawn: ReportFigure | null) => (drawn === null ? "" : `Figure ${++count}`);
  return [
    networkSection(data),
    phaseSection(data, figures.phaseDiagram, next(figures.phaseDiagram)),
    signalSection(data, figures.signal, next(figures.signal)),
    spectrumSection(data, figures.spectrum, next(figures.spectrum)),
    curvesSection(data, figures.curves, next(figures.curves)),
    ...verificationSection(data, figures.verification, next(figures.verification)),
    ...complexitySection(data, figures.complexity, next(figures.complexity)),
    depthSection(data, figures.depth, next(figures.depth)),
    limitsSection(data),
    widthSection(data),
    adviceSection(data),
    conditioningSection(data),
    referencesSection(data),
    reproduceSection(data),
  ];
}
