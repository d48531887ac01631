/**
 * The statements about the phases of training as numbers (paper C, conjecture 1).
 * @module
 */
import { absolute, atLeast, atMost, type Check } from "../checks.js";
import type { FirstPhaseParameters } from "./first-phase.js";
import { over, type PhaseSummary } from "./phase-summary.js";
import { logisticPlane } from "./sinusoid-planes.js";

/** A share of less than so many bits is noise. */
const FLOOR = 0.02;

/** L against logistic regression on infinitely many samples. */
export function planeChecks({ test }: PhaseSummary, { frequency }: FirstPhaseParameters): Check[] {
  const { accuracy } = logisticPlane(frequency);
  return [
    absolute(
      {
        id: "L",
        quantity: "accuracy of logistic regression, mean",
        source: "logistic regression on infinitely many samples, by integrals; 4 standard errors",
      },
      test.simpleAccuracy.value,
      accuracy,
      4 * test.simpleAccuracy.error,
    ),
  ];
}

/** The least mu / I(F_t; Y) of the means up to T0. */
function firstPhaseShare(summary: PhaseSummary): number {
  const { network, explained } = summary.test;
  const until = summary.end ?? network.length - 1;
  const shares = network.flatMap(({ value }, t) =>
    t <= until && value > FLOOR ? [explained[t]!.value / value] : [],
  );
  return shares.length === 0 ? Number.NaN : Math.min(...shares);
}

/** The records from T0 on at which the network knows no more than L, and those at which it does. */
function partsOf({ epochs, end, beyond }: PhaseSummary) {
  const records = epochs.map((_, t) => t);
  const after = beyond ?? epochs.length;
  return {
    plateau: records.filter((t) => end !== null && t >= end && t < after),
    later: records.filter((t) => t >= after),
  };
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** What holds with true labels and with noisy ones. */
function phaseChecks(summary: PhaseSummary, name: string): Check[] {
  const { epochs, end, beyond } = summary;
  const { plateau } = partsOf(summary);
  // the last record before 120 % may be on the way up
  const flat = plateau.slice(0, Math.max(1, plateau.length - 1));
  const peak = Math.max(...summary.test.explained.map((_, t) => over(summary, "explained", t)));
  const subject = (id: string, quantity: string, source: string) => ({
    id: `${name}.${id}`,
    quantity: `${name} labels: ${quantity}`,
    source: `paper C, conjecture 1: ${source}`,
  });
  return [
    atLeast(
      subject(
        "first",
        "least mu / I(F; Y) up to T0",
        "L explains what is learned first; 0.85 where it was seen before",
      ),
      firstPhaseShare(summary),
      0.85,
    ),
    atMost(
      subject(
        "plateau",
        "farthest that I(F; Y) / I(L; Y) is from 1, from T0 to two records before 120 %",
        "all of L, and for a while no more",
      ),
      flat.length === 0
        ? Number.NaN
        : Math.max(...flat.map((t) => Math.abs(over(summary, "network", t) - 1))),
      0.1,
    ),
    atLeast(
      subject("plateau", "epochs until 120 % of I(L; Y) over those until T0", "T0 lies in a plateau"),
      end === null || beyond === null ? 0 : epochs[beyond]! / epochs[end]!,
      4,
    ),
    absolute(subject("peak", "largest mu / I(L; Y)", "all that L knows is learned; 10 %"), peak, 1, 0.1),
  ];
}

export function cleanChecks(summary: PhaseSummary): Check[] {
  const { later } = partsOf(summary);
  const retained = (side: "test" | "train") =>
    // the least of the later means, and the standard error where it is
    later
      .map((t) => summary[side].kept[t]!)
      .reduce((least, one) => (one.value < least.value ? one : least), {
        value: Number.POSITIVE_INFINITY,
        error: 0,
      });
  const rows = (["test", "train"] as const).map((side) => {
    const { value, error } = retained(side);
    return atLeast(
      {
        id: "true.retention",
        quantity: `true labels: least mu / I(L; Y) after the plateau, ${side} samples`,
        source: "paper C, conjecture 1: retention; 0.97 where it was seen before, less 4 standard errors",
      },
      later.length === 0 ? 0 : value,
      0.97 - 4 * error,
    );
  });
  return [
    ...phaseChecks(summary, "true"),
    ...rows,
    atLeast(
      {
        id: "true.more",
        quantity: "true labels: I(F; Y) / I(L; Y) in the end",
        source: "paper C: later the network learns what no linear function knows",
      },
      over(summary, "network", summary.epochs.length - 1),
      2,
    ),
  ];
}

export function noisyChecks(summary: PhaseSummary, noise: number): Check[] {
  const { test, train } = summary;
  const { later } = partsOf(summary);
  const last = summary.epochs.length - 1;
  const best = test.accuracy.reduce(
    (most, { value }, t) => (value > test.accuracy[most]!.value ? t : most),
    0,
  );
  const fall = test.accuracy[best]!.value - test.accuracy[last]!.value;
  const fallError = Math.hypot(test.accuracy[best]!.error, test.accuracy[last]!.error);
  const decay = test.kept[best]!.value - test.kept[last]!.value;
  const decayError = Math.hypot(test.kept[best]!.error, test.kept[last]!.error);
  const source = "paper C, label noise";
  return [
    ...phaseChecks(summary, "noisy"),
    atLeast(
      {
        id: "noisy.fitted",
        quantity: "noisy labels: train accuracy in the end, less 4 standard errors",
        source: `${source}: wrong labels are fitted, the true function has ${percent(1 - noise)}`,
      },
      train.accuracy[last]!.value - 4 * train.accuracy[last]!.error,
      1 - noise,
    ),
    atLeast(
      {
        id: "noisy.fall",
        quantity: "noisy labels: fall of the test accuracy from its peak to the end, less 4 standard errors",
        source: `${source}: the network over-fits`,
      },
      fall - 4 * fallError,
      0,
    ),
    atLeast(
      {
        id: "noisy.decay",
        quantity: "noisy labels: fall of mu / I(L; Y) from that peak to the end, less 4 standard errors",
        source: `${source}: mu decays as over-fitting sets in`,
      },
      decay - 4 * decayError,
      0,
    ),
    atLeast(
      {
        id: "noisy.kept",
        quantity: "noisy labels: mu / I(L; Y) in the end, true labels of test samples",
        source: `${source}: most is kept through over-fitting`,
      },
      test.kept[last]!.value,
      0.6,
    ),
    atLeast(
      {
        id: "noisy.kept",
        quantity: "noisy labels: least mu / I(L; Y) after the plateau, labels that were trained on",
        source: `${source}: of what L knows about them nothing is lost; less 4 standard errors`,
      },
      later.length === 0 ? 0 : Math.min(...later.map((t) => train.kept[t]!.value)),
      0.97 - 4 * Math.max(0, ...later.map((t) => train.kept[t]!.error)),
    ),
  ];
}
