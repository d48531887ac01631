/**
 * What the declared widths, and their normalization, change of the infinite-width prediction.
 * @module
 */
import { countText, numberText, percentText } from "../figures/index.js";
import { type Html, html, raw } from "./html.js";
import { mathText, number } from "./inline.js";
import type { RelativeSize, ReportFiniteWidth, ReportNormalization } from "./report-data.js";
import { table } from "./tables.js";

/** `3.1 ± 0.4 %`, on one line. */
const withError = ({ size, standardError }: RelativeSize) =>
  `${percentText(size).replace(/\s*%$/, "")} ± ${percentText(standardError)}`.replace(/ /g, "\u00a0");

/** Corrections of finite width, or why there are none. */
export function finiteWidthPart({ reason, found }: ReportFiniteWidth): Html {
  if (found === null)
    return html`<p>Corrections of finite width are not computed: ${mathText(reason ?? "")}.</p>`;
  const { networks, parameters, train, test, orders, kernel, total, times, lossShares, caution } = found;
  const rows = times.map((_, t) => t);
  return html`<p>${countText(networks)} networks with ${countText(parameters)} random weights, on ${countText(train)} train and ${countText(test)} test samples, expanded around the linear model of their own tangent kernel (gradient flow, without ridge; sums of three terms, what is beyond is not in them). Sizes are root mean squares over test outputs, relative to the mean at infinite width on the same samples; ± is one standard error over networks, and a size no larger than about two of them is not told from zero. More train samples make the corrections larger, wider layers smaller: like one over the width for the mean.</p>
${table(
  "Corrections of the declared widths",
  [
    { title: "train loss at", cell: (t) => percentText(lossShares[t]!) },
    { title: "learning rate × steps", cell: (t) => number(times[t]!) },
    ...orders.map(({ order, single }) => ({
      title: `order ${order}, one network`,
      cell: (t: number) => percentText(single[t]!),
    })),
    ...orders.map(({ order, mean }) => ({
      title: `order ${order}, mean`,
      cell: (t: number) => withError(mean[t]!),
    })),
    { title: "kernel at finite width, mean", cell: (t) => withError(kernel[t]!) },
    { title: "all together, mean", cell: (t) => withError(total[t]!) },
  ],
  rows,
)}${caution === null ? "" : html`<p><strong>Beyond the expansion:</strong> ${mathText(caution)}.</p>`}`;
}

const GAMMA = raw("<i>γ</i>");

/** Test error against gamma; nothing for networks that have more than one hidden layer. */
export function normalizationPart({ reason, found }: ReportNormalization): Html {
  if (found === null) return html`<p>No other normalization is looked at: ${mathText(reason ?? "")}.</p>`;
  const { units, networks, test, bias, gammas } = found;
  return html`<p>The hidden layer's sum over <i>N</i> = ${countText(units)} units is normalized by <i>N</i><sup>−${GAMMA}</sup>; the declared network has ${GAMMA} = 1/2. With the learning rate that goes with it, the mean over initializations is the same at every step and the spread shrinks like <i>N</i><sup>1/2−${GAMMA}</sup>: no trade-off between bias and variance, to leading order in <i>N</i>. From ${GAMMA} = 3/4 on, corrections of the mean that are not in these numbers are larger than the spread; ${GAMMA} = 1 is the mean-field limit, where features are learned and this order is not enough. At the end of the curves, on ${countText(test)} test samples, spread over ${countText(networks)} networks; squared errors are per sample and output.</p>
${table(
  "What gamma would change",
  [
    { title: GAMMA, cell: (i) => numberText(gammas[i]!.gamma) },
    { title: "outputs times", cell: (i) => number(gammas[i]!.outputScale) },
    { title: "learning rate times", cell: (i) => number(gammas[i]!.outputScale ** -2) },
    { title: "squared bias", cell: () => number(bias) },
    { title: "variance", cell: (i) => number(gammas[i]!.variance) },
    { title: "expected squared error", cell: (i) => number(bias + gammas[i]!.variance) },
    { title: "test accuracy, median", cell: (i) => percentText(gammas[i]!.testAccuracy) },
    {
      title: "corrections not counted",
      cell: (i) => {
        const { corrections, correctionSize } = gammas[i]!;
        if (corrections === null) return "all";
        return corrections === 0
          ? "none"
          : html`${countText(corrections)}, of order ${number(correctionSize)} and on`;
      },
    },
  ],
  gammas.map((_, i) => i),
)}`;
}
