/**
 * What a linear model explains of the predicted network.
 * @module
 */
import { countText, percentText } from "../figures/index.js";
import { type Html, html } from "./html.js";
import { mathText, number } from "./inline.js";
import type { ReportComplexity } from "./report-data.js";
import { folded, table, tableRows } from "./tables.js";

type Found = NonNullable<ReportComplexity["found"]>;

/** Below the figure: what is drawn, and how it is read. */
export function complexityCaption(found: Found): Html {
  const { linear, model, ridge, testSamples, networkSamples, measured, classes } = found;
  return html`<i>F</i> is what the network answers, <i>L</i> what ${model} on the same train samples answers (ridge ${number(ridge)}, test accuracy ${percentText(linear.accuracy)}), <i>Y</i> the label, one of ${countText(classes)}. (a) <i>I</i>(<i>F</i>; <i>Y</i>) is what the answers tell about the labels of test samples; <i>μ</i> = <i>I</i>(<i>F</i>; <i>Y</i>) − <i>I</i>(<i>F</i>; <i>Y</i> | <i>L</i>) is the part that the linear model knows too. Solid: the median of single networks, bands hold 80 % of them (${countText(networkSamples)} samples); dashed: the mean output of infinitely many (${countText(testSamples)} samples). The horizontal line is <i>I</i>(<i>L</i>; <i>Y</i>), <i>T</i><sub>0</sub> where the mean of many networks has 95 % of it. (b) The share <i>μ</i>/<i>I</i>, where there is enough to share. What estimates from few samples are off on average (their bias) is subtracted.${measured !== null && html` Points are the mean of ${countText(measured.networks)} trained networks.`}`;
}

/** The numbers of the figure. */
export function complexityTable(found: Found, unit: string): Html {
  const { steps, mean, single } = found;
  return folded(
    table(
      "Information about the test labels and what the linear model explains of it, bits",
      [
        { title: unit, cell: (t) => number(steps[t]!) },
        {
          title: "mean of many networks",
          cell: (t) => `${number(mean.network.value[t]!)} ± ${number(mean.network.error[t]!)}`,
        },
        {
          title: "of it explained",
          cell: (t) => `${number(mean.explained.value[t]!)} ± ${number(mean.explained.error[t]!)}`,
        },
        { title: "median single network", cell: (t) => number(single.network.median[t]!) },
        { title: "of it explained", cell: (t) => number(single.explained.median[t]!) },
      ],
      tableRows(steps.length),
    ),
  );
}

/** The answer in a sentence, or why there is none. */
export function complexitySentence({ reason, found }: ReportComplexity): Html {
  return found === null
    ? html`<p>What a linear model explains is not measured: ${mathText(reason ?? "")}.</p>`
    : html`<p><b>${mathText(found.sentence)}</b></p>`;
}
