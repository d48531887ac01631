/**
 * What trained networks say about a forecast, in words: whether they agree with it, from where on they do not, and why.
 * @module
 */
import { countText, numberText, percentText } from "../figures/index.js";
import { layerShapes, type Network } from "../network/index.js";
import {
  type ComparedQuantity,
  type DifferenceAt,
  type KernelMovement,
  type ReportVerification,
  TELLING_SIZE,
  type VerifiedQuantity,
} from "../report/index.js";

export const VERIFIED_QUANTITIES: readonly VerifiedQuantity[] = [
  "trainLoss",
  "testLoss",
  "trainAccuracy",
  "testAccuracy",
];
const NAMES: Readonly<Record<VerifiedQuantity, string>> = {
  trainLoss: "train loss",
  testLoss: "test loss",
  trainAccuracy: "train accuracy",
  testAccuracy: "test accuracy",
};

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
const isLoss = (name: VerifiedQuantity) => name.endsWith("Loss");

/** The widths of the hidden layers, as part of a sentence. */
export function widthsText(network: Network): string {
  const widths = layerShapes(network).flatMap(({ layer }) =>
    layer.kind === "dense" ? [layer.units] : layer.kind === "conv" ? [layer.channels] : [],
  );
  const hidden = [...new Set(widths.slice(0, -1))];
  if (hidden.length === 0) return "the declared width";
  return hidden.length === 1
    ? `width ${countText(hidden[0]!)}`
    : `widths ${countText(Math.min(...hidden))} to ${countText(Math.max(...hidden))}`;
}

/** What was measured of the kernel, and which of the two is the larger reason. */
function movementText({ start, moved }: KernelMovement): string {
  const text = `Training moved the tangent kernel of the first network by ${percentText(moved)}, at its start it was ${percentText(start)} from that of infinite width`;
  return moved > start
    ? `${text}: it learns features, which fades like 1 / width.`
    : `${text}: mostly the scatter of random weights, which fades like 1 / sqrt(width).`;
}

/** "8.1 %" of a loss, "6.6 points" of an accuracy. */
const sizeText = (name: VerifiedQuantity, size: number) =>
  isLoss(name) ? percentText(size) : `${numberText(100 * size, 2)} points`;

const signedText = (name: VerifiedQuantity, difference: number) =>
  `${sizeText(name, Math.abs(difference))} ${difference < 0 ? "lower" : "higher"}`;

/** Where a curve begins to differ, where it does most, and whether it still does where it ends. */
function curveText(name: VerifiedQuantity, { differs, detectable }: ComparedQuantity): string {
  const { first, largest, end } = differs!;
  const at = ({ step, difference }: DifferenceAt) =>
    `${signedText(name, difference)} at step ${countText(step)}`;
  const least = Math.max(TELLING_SIZE[isLoss(name) ? "loss" : "accuracy"], detectable.at(-1)!);
  const rest = [
    ...(largest.step === first.step || largest.step === end.step ? [] : [at(largest)]),
    ...(end.step === first.step
      ? []
      : [
          Math.abs(end.difference) >= least
            ? at(end)
            : `no longer more than chance at step ${countText(end.step)}`,
        ]),
  ];
  return `${capital(NAMES[name])} differs from step ${countText(first.step)} on: ${[at(first), ...rest].join(", ")}.`;
}

/** What part of the difference of the test loss at the end is luck: theory from the same starts against theory. */
function luckText({ measured, predicted, matched }: ComparedQuantity, last: number): string | null {
  if (matched === null) return null;
  const [own, mean] = [matched.mean.at(-1)!, predicted.mean.at(-1)!];
  const luck = own / mean - 1;
  const width = matched.difference.at(-1)! / own;
  if (!(Math.abs(luck) >= TELLING_SIZE.loss || Math.abs(width) >= TELLING_SIZE.loss)) return null;
  const start = `the networks start at a test loss of ${numberText(measured.mean[0]!)}, ${numberText(predicted.mean[0]!)} ± ${numberText(predicted.deviation[0]!, 2)} predicted for one`;
  return (
    `Luck of the starts and the rest: ${start}, and from these starts theory gives ${numberText(own)} at step ${countText(last)}, ${signedText("testLoss", luck)} than ${numberText(mean)} on average over starts; ` +
    `measured is ${numberText(measured.mean.at(-1)!)}, ${signedText("testLoss", width)} (± ${percentText(matched.error.at(-1)! / own)}) than from the same starts.`
  );
}

/** What so many networks can see where the curves end. */
function detectableText({ testLoss, testAccuracy }: Quantities, count: number): string {
  const least = (name: VerifiedQuantity, { detectable }: ComparedQuantity) =>
    sizeText(name, Math.max(TELLING_SIZE[isLoss(name) ? "loss" : "accuracy"], detectable.at(-1)!));
  return `${countText(count)} networks tell differences from ${least("testLoss", testLoss)} of the test loss and ${least("testAccuracy", testAccuracy)} of the test accuracy on from chance there.`;
}

function noiseText({ noise }: Pick<ReportVerification, "noise">): string | null {
  if (noise === undefined) return null;
  const trained = `They are trained with the noise s = ${numberText(noise.size)}`;
  return noise.missing === null
    ? `${trained}; the prediction has the spread that it gives the outputs of the linear model, and not its shift of the same order s^2, which wider layers do not remove.`
    : `${trained}; the prediction is without noise: ${noise.missing}.`;
}

type Quantities = NonNullable<ReportVerification["quantities"]>;

export interface JudgedVerification {
  readonly network: Network;
  /** trained */
  readonly networks: number;
  readonly steps: readonly number[];
  readonly quantities: Quantities;
  readonly rate: ReportVerification["learningRate"];
  readonly kernel: KernelMovement | null;
  readonly noise: ReportVerification["noise"];
}

/**
 * Kind, one sentence, and what it rests on. Curves differ where measured less matched prediction is more than chance and of a size that
 * matters; widths are too small for the theory where such a mean also leaves the band of single networks; where all stay in it, they differ
 * within the band.
 */
export function judgeVerification({
  network,
  networks,
  steps,
  quantities,
  rate,
  kernel,
  noise,
}: JudgedVerification): Pick<ReportVerification, "kind" | "sentence" | "details"> {
  const last = steps.at(-1)!;
  const { testAccuracy, testLoss } = quantities;
  const [measured, predicted] = [testAccuracy.measured.mean.at(-1)!, testAccuracy.predicted.mean.at(-1)!];
  const end = `test accuracy ${percentText(measured)} measured, ${percentText(predicted)} predicted at step ${countText(last)}`;
  const widths = widthsText(network);
  const subject = `${countText(networks)} trained networks of ${widths}`;
  const differing = VERIFIED_QUANTITIES.filter((name) => quantities[name].differs !== null);
  const leaving = VERIFIED_QUANTITIES.filter((name) => quantities[name].leavesAt !== null);
  const band = leaving
    .map((name) => `${NAMES[name]} first at step ${countText(quantities[name].leavesAt!)}`)
    .join(", ");
  const say = (kind: ReportVerification["kind"], text: string) => ({
    kind,
    sentence: `${subject} ${text}: ${end}.`,
    details: [
      ...differing.map((name) => curveText(name, quantities[name])),
      leaving.length === 0 ? null : `Means leave the band of single networks: ${band}.`,
      kernel === null || differing.length === 0 ? null : movementText(kernel),
      luckText(testLoss, last),
      detectableText(quantities, networks),
      noiseText({ ...(noise && { noise }) }),
    ].filter((detail) => detail !== null),
  });
  if (differing.length === 0) {
    return leaving.length === 0
      ? say("agrees", `agree with the prediction up to step ${countText(last)}, as far as so many can tell`)
      : say(
          "differs",
          "leave the band of single networks, but agree with the theory from their own starts, as far as so many can tell",
        );
  }
  const from = `from step ${countText(Math.min(...differing.map((name) => quantities[name].differs!.first.step)))} on`;
  if (rate.used > rate.networks) {
    return say(
      "rate-too-large",
      `part from the prediction ${from}, since the learning rate ${numberText(rate.used)} is above ${numberText(rate.networks)}, the largest that is stable for these networks at the start`,
    );
  }
  if (leaving.length > 0) {
    return say(
      "width-too-small",
      `part from the prediction ${from}, since ${widths} is too small for the theory of infinite width`,
    );
  }
  return say(
    "differs",
    `differ from the prediction ${from} by more than chance, but stay within the band of single networks, which is what the theory of infinite width leaves out at ${widths}`,
  );
}
