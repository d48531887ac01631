/**
 * What stands first in a report: the verdict with its reasons, and the numbers that most readers look for.
 * @module
 */
import { countText, percentText } from "../figures/index.js";
import { type Html, html } from "./html.js";
import { CHI_1, mathText, number, stepText } from "./inline.js";
import type { ReportData } from "./report-data.js";

const VERDICTS = {
  "trains-and-generalizes": { name: "Trains and generalizes", tone: "good" },
  "memorizes-only": { name: "Memorizes only", tone: "warn" },
  "will-not-train": { name: "Will not train", tone: "bad" },
  diverges: { name: "Diverges", tone: "bad" },
} as const;

/** The verdict with its reasons. */
export function verdictBox({ verdict }: ReportData): Html {
  const { name, tone } = VERDICTS[verdict.kind];
  return html`<section class="verdict tone-${tone}" aria-labelledby="verdict">
<h2 class="kind" id="verdict">Verdict: ${name}</h2>
<p class="sentence">${mathText(verdict.sentence)}</p>
${verdict.because.length > 0 && html`<ul>${verdict.because.map((reason) => html`<li>${mathText(reason)}</li>`)}</ul>`}
</section>`;
}

function tile(title: Html | string, value: Html | string, note: Html | string): Html {
  return html`<div><dt>${title}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>\n`;
}

function phaseNote(meanField: ReportData["meanField"]): Html | string {
  if (meanField === null) return "of the part that repeats";
  if (meanField.chi1 === null) return "the length map has no fixed point";
  return html`${CHI_1} = ${number(meanField.chi1, "not defined", 4)}`;
}

function depthNote(meanField: ReportData["meanField"]): Html | string {
  if (meanField === null) return "no depth scale";
  if (meanField.xi1 === null) return "depth scale infinite or not defined";
  return html`depth scale <i>ξ</i><sub>1</sub> = ${number(meanField.xi1)} layers`;
}

/** The numbers that most readers look for. */
export function keyNumbers(data: ReportData): Html {
  const { curves, learningRate, meanField, spectrum } = data;
  const { train, test, steps, stepsTo } = curves;
  const unit = data.spec.training.optimizer === "gd" ? "steps" : "units of time";
  const last = steps.length - 1;
  const horizon = html`${stepText(steps[last]!)} ${unit}`;
  const gd = data.spec.training.optimizer === "gd";
  const accuracies =
    data.verdict.kind === "diverges"
      ? [
          tile("Accuracy", "none", "training diverges"),
          tile(
            "Largest eigenvalue",
            number(spectrum.ntk.lambdaMax),
            html`<i>λ</i><sub>max</sub> of the train NTK`,
          ),
        ]
      : [
          tile(
            "Test accuracy",
            percentText(test.accuracy.median[last]!),
            html`${percentText(test.accuracy.low[last]!)} to ${percentText(test.accuracy.high[last]!)} over initializations`,
          ),
          tile("Train accuracy", percentText(train.accuracy.median[last]!), html`after ${horizon}`),
        ];
  const rate = gd
    ? tile(
        "Learning rate",
        number(learningRate.used),
        html`${learningRate.stable ? "stable" : "unstable"}, limit ${number(learningRate.limit)}`,
      )
    : tile("Largest stable rate", number(learningRate.limit), "of training in discrete steps");
  return html`<dl class="tiles">
${accuracies}
${tile("90 % of train labels", stepsTo.accuracy90 === null ? "not reached" : stepText(stepsTo.accuracy90), stepsTo.accuracy90 === null ? html`within ${horizon}` : unit)}
${rate}
${tile("Phase", meanField?.phase ?? data.unit?.status ?? "none", phaseNote(meanField))}
${tile("Depth", html`${countText(data.network.depth)} hidden`, depthNote(meanField))}
${tile("Condition number", number(spectrum.ntk.kappa), html`<i>κ</i> of the train NTK`)}
${tile("Chance", percentText(data.data.chance), "commonest label, always")}
</dl>
${
  data.warnings.length > 0 &&
  html`<p class="byline"><a href="#conditioning">${countText(data.warnings.length)} ${data.warnings.length === 1 ? "warning" : "warnings"}</a> on this forecast</p>`
}`;
}
