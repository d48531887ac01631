/**
 * Real networks beside the forecast, in a report: the verdict, where they differ, the kernel that moved, the numbers.
 * @module
 */
import { countText, numberText, percentText } from "../figures/index.js";
import { type Html, html } from "./html.js";
import { mathText, number } from "./inline.js";
import type { ReportFigure } from "./report-figures.js";
import { folded, table, tableRows } from "./tables.js";
import {
  BAND_DEVIATIONS,
  type ComparedQuantity,
  type DifferenceAt,
  type KernelMovement,
  type ReportVerification,
  TELLING_ERRORS,
} from "./verification-data.js";

type Quantities = NonNullable<ReportVerification["quantities"]>;

interface Row {
  readonly title: string;
  readonly quantity: ComparedQuantity;
  readonly isLoss: boolean;
}

const rowsOf = ({ testAccuracy, testLoss, trainAccuracy, trainLoss }: Quantities): readonly Row[] => [
  { title: "test accuracy", quantity: testAccuracy, isLoss: false },
  { title: "test loss", quantity: testLoss, isLoss: true },
  { title: "train accuracy", quantity: trainAccuracy, isLoss: false },
  { title: "train loss", quantity: trainLoss, isLoss: true },
];

/** "7.2 %" of a loss, "3.1 points" of an accuracy, with its sign. */
function signed(size: number, isLoss: boolean): string {
  const sign = size < 0 ? "−" : "+";
  return `${sign}${isLoss ? percentText(Math.abs(size)) : `${numberText(100 * Math.abs(size), 2)} points`}`;
}

/** Where each curve differs from the theory, and where it leaves the band of single networks. */
function differencesTable({ steps, quantities, networks }: ReportVerification): Html {
  if (quantities === null) return html``;
  const rows = rowsOf(quantities);
  const at = (difference: DifferenceAt | undefined, { isLoss }: Row) =>
    difference === undefined
      ? "none"
      : `${signed(difference.difference, isLoss)} at step ${countText(difference.step)}`;
  const last = steps.length - 1;
  const luck = ({ quantity: { matched, predicted }, isLoss }: Row) => {
    if (matched == null) return "not known";
    const difference = matched.mean[last]! - predicted.mean[last]!;
    return signed(isLoss ? difference / predicted.mean[last]! : difference, isLoss);
  };
  const rest = ({ quantity: { matched }, isLoss }: Row) => {
    if (matched == null) return "not known";
    const unit = isLoss ? matched.mean[last]! : 1;
    const error = matched.error[last]! / unit;
    return `${signed(matched.difference[last]! / unit, isLoss)} ± ${isLoss ? percentText(error) : numberText(100 * error, 2)}`;
  };
  return table(
    `Differences of ${countText(networks)} trained networks: luck of their starts (theory from their own initial outputs less theory on average), and the rest, which the widths leave out (measured less theory from the same starts). They count from ${TELLING_ERRORS} standard errors on, at two successive steps, if they are more than half a point of accuracy or 2 % of a loss`,
    [
      { title: "quantity", cell: (i) => rows[i]!.title },
      { title: "first differs", cell: (i) => at(rows[i]!.quantity.differs?.first, rows[i]!) },
      { title: "at most", cell: (i) => at(rows[i]!.quantity.differs?.largest, rows[i]!) },
      { title: "rest at the end", cell: (i) => rest(rows[i]!) },
      { title: "luck of the starts at the end", cell: (i) => luck(rows[i]!) },
      {
        title: "smallest that counts at the end",
        cell: (i) => signed(rows[i]!.quantity.detectable[last]!, rows[i]!.isLoss).slice(1),
      },
      {
        title: "mean first out of the band",
        cell: (i) =>
          rows[i]!.quantity.leavesAt === null ? "never" : `step ${countText(rows[i]!.quantity.leavesAt!)}`,
      },
    ],
    [0, 1, 2, 3],
  );
}

/** At how many steps trained networks lie in the predicted band. */
function insideTable({ steps, quantities, networks }: ReportVerification): Html {
  if (quantities === null) return html``;
  const rows = rowsOf(quantities);
  return table(
    `Steps, of ${countText(steps.length)}, at which trained networks lie in the band of single networks (predicted mean ± ${BAND_DEVIATIONS} standard deviations)`,
    [
      { title: "quantity", cell: (i) => rows[i]!.title },
      { title: "their mean", cell: (i) => countText(rows[i]!.quantity.inside.mean) },
      { title: `all ${countText(networks)}`, cell: (i) => countText(rows[i]!.quantity.inside.all) },
    ],
    [0, 1, 2, 3],
  );
}

/** z-scores of trained networks, by step. */
function verificationTable({ steps, quantities }: ReportVerification): Html {
  if (quantities === null) return html``;
  const { trainLoss, testLoss, trainAccuracy, testAccuracy } = quantities;
  const z = (quantity: ComparedQuantity) => (i: number) => number(quantity.z[i] ?? null, "none");
  return folded(
    table(
      "Trained networks, prediction, prediction from the same starts, and the difference from the prediction in standard errors (z)",
      [
        { title: "step", cell: (i) => countText(steps[i]!) },
        { title: "test accuracy", cell: (i) => percentText(testAccuracy.measured.mean[i]!) },
        { title: "predicted", cell: (i) => percentText(testAccuracy.predicted.mean[i]!) },
        {
          title: "same starts",
          cell: (i) => (testAccuracy.matched == null ? "" : percentText(testAccuracy.matched.mean[i]!)),
        },
        { title: html`<i>z</i>`, cell: z(testAccuracy) },
        { title: "test loss", cell: (i) => number(testLoss.measured.mean[i]!) },
        { title: "predicted", cell: (i) => number(testLoss.predicted.mean[i]!) },
        { title: "same starts", cell: (i) => number(testLoss.matched?.mean[i] ?? null, "") },
        { title: html`<i>z</i>`, cell: z(testLoss) },
        { title: html`<i>z</i>, train loss`, cell: z(trainLoss) },
        { title: html`<i>z</i>, train accuracy`, cell: z(trainAccuracy) },
      ],
      tableRows(steps.length),
    ),
  );
}

/** How far the tangent kernel of a trained network is from that of infinite width, and how far training moved it. */
function kernelTable({ samples, start, moved }: KernelMovement): Html {
  const rows = [
    ["before training, from that of infinite width", start],
    ["after training, from its own at the start", moved],
  ] as const;
  return html`${table(
    `Tangent kernel of the first trained network on ${countText(samples)} train samples, relative distance in the Frobenius norm`,
    [
      { title: "kernel", cell: (i) => rows[i]![0] },
      { title: "distance", cell: (i) => percentText(rows[i]![1]) },
    ],
    [0, 1],
  )}
<p>Theory has neither: at infinite width both are 0. The first falls like one over the root of the width, the second like one over the width; single networks scatter around either by factors of 2.</p>`;
}

const WITH_NOISE =
  " Networks are trained with the noise, and the predictions beside them hold the spread that it gives the outputs of the linear model.";

/** How the figure is read. */
function caption({ networks, horizon, of, testSamples, noise }: ReportVerification): Html {
  return html`The predicted curves again, with ${countText(networks)} real networks trained at the declared widths from different seeds on the same samples, over them: points are their mean, whiskers reach from the smallest to the largest (test values on ${countText(testSamples)} samples). ${horizon < of ? html`They were trained to step ${countText(horizon)} of ${countText(of)}.` : ""} Solid and dash-dotted lines are the predicted mean over single networks; bands reach two predicted standard deviations of single networks to either side, so that about 95 % of networks should lie in them; dotted lines are the same theory started at the initial outputs of these networks, which have the luck of their starts in them; dashed lines are the mean output of infinitely many networks. <i>z</i> is the difference of means from the prediction in standard errors: it sees far smaller differences than the band does, and it has the luck of the starts in it (losses at the start are skewed, so that there it is rough). Predicted mean losses are exact, predicted mean accuracies those of drawn networks.${noise === undefined ? "" : noise.missing === null ? WITH_NOISE : html` <b>Networks are trained with the noise; the predictions beside them are without it:</b> ${mathText(noise.missing)}.`}`;
}

/**
 * Verdict, figure and tables of trained networks.
 * @param figure puts a drawn figure with its caption and its numbers on the page
 */
export function verificationPart(
  verification: ReportVerification,
  drawn: ReportFigure | null,
  figure: (drawn: ReportFigure, caption: Html, numbers: Html) => Html,
): Html {
  const { learningRate, sentence, details, kernel, engine } = verification;
  return html`<p><b>${mathText(sentence)}</b></p>
${details.length > 0 && html`<ul>${details.map((detail) => html`<li>${mathText(detail)}</li>`)}</ul>`}
${
  drawn !== null &&
  figure(
    drawn,
    caption(verification),
    html`${differencesTable(verification)}${insideTable(verification)}${verificationTable(verification)}`,
  )
}
${kernel !== null && kernelTable(kernel)}
<dl class="facts">
${engine && html`<dt>Trained in</dt><dd>${engine}</dd>`}
<dt>Largest stable rate</dt><dd>${number(learningRate.theory)} by theory, ${number(learningRate.networks)} for the first trained network at its start; used ${number(learningRate.used)}</dd>
</dl>`;
}
