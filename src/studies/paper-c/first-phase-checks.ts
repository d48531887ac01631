/**
 * The statements about the phases of training as numbers (paper C, conjecture 1).
 * @module
 */
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { above, absolute, atLeast, type Check } from "../checks.js";
import type { FirstPhaseParameters } from "./first-phase.js";
import { over, type PhaseSummary } from "./phase-summary.js";
import { logisticPlane } from "./sinusoid-planes.js";
import type { SinusoidRun } from "./sinusoid-training.js";

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

/** The records after the plateau: the network knows more than L. */
const laterRecords = ({ epochs, beyond }: PhaseSummary) =>
  epochs.map((_, t) => t).filter((t) => beyond !== null && t >= beyond);

/** The least of the means of mu / I(L; Y) after the plateau, with the standard error that it has there; 0 without records. */
function leastKept(summary: PhaseSummary, side: "test" | "train"): Estimate {
  const [first, ...more] = laterRecords(summary).map((t) => summary[side].kept[t]!);
  if (first === undefined) return { value: 0, error: 0 };
  return more.reduce((least, one) => (one.value < least.value ? one : least), first);
}

/** Shares of I(L; Y) between which the network is on the plateau. */
const PLATEAU = [0.95, 1.1] as const;

/** log of the epoch at which a network first has a share of I(L; Y), linear between records in the logarithm; NaN: never. */
function logEpochOf(epochs: readonly number[], { test }: SinusoidRun, share: number): number {
  const level = share * test.simple;
  const at = test.network.findIndex((bits) => bits >= level);
  if (at < 0) return Number.NaN;
  // the logarithm of epoch 0 is none
  if (at < 2) return Math.log(epochs[Math.max(1, at)]!);
  const part = (level - test.network[at - 1]!) / (test.network[at]! - test.network[at - 1]!);
  return (1 - part) * Math.log(epochs[at - 1]!) + part * Math.log(epochs[at]!);
}

/** log of how many times longer than until T0 the plateau lasts, mean of the networks. */
const logPlateau = ({ epochs, runs }: PhaseSummary): Estimate =>
  meanOf(runs.map((run) => logEpochOf(epochs, run, PLATEAU[1]) - logEpochOf(epochs, run, PLATEAU[0])));

/** The least mean I(F; Y) / I(L; Y) from T0 until the network knows more than L. */
function leastOnPlateau(summary: PhaseSummary): number {
  const { epochs, end, beyond } = summary;
  const shares = epochs.flatMap((_, t) =>
    end !== null && t >= end && t < (beyond ?? epochs.length) ? [over(summary, "network", t)] : [],
  );
  return shares.length === 0 ? Number.NaN : Math.min(...shares);
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** What holds with true labels and with noisy ones. */
function phaseChecks(summary: PhaseSummary, name: string): Check[] {
  const lasts = logPlateau(summary);
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
    atLeast(
      subject(
        "plateau",
        "epochs until 110 % of I(L; Y) over those until 95 %, mean of the networks' logarithms less 4 standard errors",
        "all of L, and for long no more; 4 times as long",
      ),
      Math.exp(lasts.value - 4 * lasts.error),
      4,
    ),
    atLeast(
      subject("plateau", "least I(F; Y) / I(L; Y) from T0 until 120 %", "what is learned is not lost; 10 %"),
      leastOnPlateau(summary),
      0.9,
    ),
    absolute(subject("peak", "largest mu / I(L; Y)", "all that L knows is learned; 10 %"), peak, 1, 0.1),
  ];
}

export function cleanChecks(summary: PhaseSummary): Check[] {
  const rows = (["test", "train"] as const).map((side) => {
    const { value, error } = leastKept(summary, side);
    return atLeast(
      {
        id: "true.retention",
        quantity: `true labels: least mu / I(L; Y) after the plateau, ${side} samples`,
        source: "paper C, conjecture 1: retention; 0.97 where it was seen before, less 4 standard errors",
      },
      value,
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
  const last = summary.epochs.length - 1;
  const best = test.accuracy.reduce(
    (most, { value }, t) => (value > test.accuracy[most]!.value ? t : most),
    0,
  );
  // network by network, from the same record: they share test samples and weights
  const falls = (of: (run: SinusoidRun) => readonly number[]) =>
    meanOf(summary.runs.map((run) => of(run)[best]! - of(run)[last]!));
  const fall = falls((run) => run.test.accuracy);
  const decay = falls((run) => run.test.explained.map((mu) => mu / run.test.simple));
  const lost = leastKept(summary, "train");
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
    above(
      {
        id: "noisy.fall",
        quantity: "noisy labels: fall of the test accuracy from its peak to the end, less 4 standard errors",
        source: `${source}: the network over-fits`,
      },
      fall.value - 4 * fall.error,
      0,
    ),
    above(
      {
        id: "noisy.decay",
        quantity: "noisy labels: fall of mu / I(L; Y) from that peak to the end, less 4 standard errors",
        source: `${source}: mu decays as over-fitting sets in`,
      },
      decay.value - 4 * decay.error,
      0,
    ),
    atLeast(
      {
        id: "noisy.kept",
        quantity:
          "noisy labels: mu / I(L; Y) in the end, true labels of test samples, less 4 standard errors",
        source: `${source}: more than half is kept through over-fitting`,
      },
      test.kept[last]!.value - 4 * test.kept[last]!.error,
      0.5,
    ),
    atLeast(
      {
        id: "noisy.kept",
        quantity: "noisy labels: least mu / I(L; Y) after the plateau, labels that were trained on",
        source: `${source}: of what L knows about them nothing is lost; less 4 standard errors`,
      },
      lost.value,
      0.97 - 4 * lost.error,
    ),
  ];
}
