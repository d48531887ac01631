/**
 * What noise in the weights does to the prediction.
 * @module
 */
import { countText, percentText } from "../figures/index.js";
import { type Html, html } from "./html.js";
import { mathText, number } from "./inline.js";
import type { ReportData, ReportNoise } from "./report-data.js";
import { table } from "./tables.js";

function spreadPart(
  { reason, found }: ReportNoise["spread"],
  { spec, data }: Pick<ReportData, "spec" | "data">,
): Html {
  if (found === null)
    return html`<p>What it adds to the losses is not computed: ${mathText(reason ?? "")}.</p>`;
  const { steps, testSamples, trainVariance, testVariance, floorVariance } = found;
  const end = steps.length;
  const loss = (variance: number) => number((data.classes.length * variance) / 2);
  return html`<p>In the linear model at infinite width noise does not move the expected outputs; it spreads them, and their spread adds half the variance of all ${countText(data.classes.length)} outputs to the expected loss. <b>This is not all that noise adds:</b> in networks it also shifts the expected outputs, which changes the expected loss by as much in order, <i>s</i><sup>2</sup>, at every width and however small <i>s</i> is. With one hidden tanh layer the shift took a quarter to a third of the spread's part away. Both hold while what noise has added to a weight, of size <i>s</i> times the root of learning rate × steps, is small against the weight's unit size at the start. From a size of 0.3 on the variance is more than a tenth too large, at 1 twice (one hidden tanh layer). Wider layers do not change that: noise multiplies the variance of every pre-activation of the first layer by 1 + <i>s</i><sup>2</sup> × learning rate × steps, whatever the number of units. On the train samples the spread ends at a floor; on others it grows with time, because weights diffuse along directions that training does not see.</p>
${table(
  "What the spread by noise adds to the expected loss",
  [
    {
      title: spec.training.optimizer === "gd" ? "steps" : "time",
      cell: (t) => (t === end ? "∞" : number(steps[t]!)),
    },
    { title: "train", cell: (t) => loss(t === end ? floorVariance : trainVariance[t]!) },
    {
      title: `test (${countText(testSamples)} samples)`,
      cell: (t) => (t === end ? "" : loss(testVariance[t]!)),
    },
    {
      title: "standard deviation of a test output",
      cell: (t) => (t === end ? "" : number(Math.sqrt(testVariance[t]!))),
    },
  ],
  [...steps.keys(), end],
)}`;
}

function shiftPart({ reason, found }: ReportNoise["shift"]): Html {
  if (found === null)
    return html`<p>How noise shifts the expected outputs at the declared widths is not computed: ${mathText(reason ?? "")}.</p>`;
  const { networks, parameters, train, test, times, lossShares, size, spread, shiftLoss, addedLoss } = found;
  return html`<p>At the declared widths noise also shifts the expected outputs of a network, by <i>s</i><sup>2</sup> times a term of second order in the weights: here for ${countText(networks)} networks with ${countText(parameters)} random weights, on ${countText(train)} train and ${countText(test)} test samples (gradient flow, without ridge). Sizes are root mean squares over test outputs and networks, ± one standard error. Wider layers do not make it smaller, as there are more weights that noise moves. The shift has either sign: over many random networks it cancels to this order where the readout is as often of one sign as of the other. What it adds to the expected loss does not cancel: the outputs themselves change sign with the readout. Spread and shift together are what noise adds to the loss of these networks, to the order <i>s</i><sup>2</sup> and to the second order in the weights.</p>
${table(
  "What noise does to single networks of the declared widths",
  [
    { title: "train loss at", cell: (t) => percentText(lossShares[t]!) },
    { title: "learning rate × steps", cell: (t) => number(times[t]!) },
    {
      title: "shift of the expected output",
      cell: (t) => html`${number(size[t]!.size)} ± ${number(size[t]!.standardError)}`,
    },
    { title: "standard deviation over noises", cell: (t) => number(spread[t]!) },
    ...(shiftLoss === undefined
      ? []
      : [
          {
            title: "the shift adds to the test loss",
            cell: (t: number) => html`${number(shiftLoss[t]!.size)} ± ${number(shiftLoss[t]!.standardError)}`,
          },
        ]),
    ...(addedLoss === undefined
      ? []
      : [
          {
            title: "spread and shift together add",
            cell: (t: number) => html`${number(addedLoss[t]!.size)} ± ${number(addedLoss[t]!.standardError)}`,
          },
        ]),
  ],
  times.map((_, t) => t),
)}`;
}

/** Losses and single networks under noise s. */
export function noisePart(noise: ReportNoise, data: Pick<ReportData, "spec" | "data">): Html {
  return html`<h3>Noise in the weights</h3>
<p>Training adds noise of variance <i>s</i><sup>2</sup> per unit of learning rate × steps to every weight, <i>s</i> = ${number(noise.noise)}.</p>
${spreadPart(noise.spread, data)}
${shiftPart(noise.shift)}`;
}
