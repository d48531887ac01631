/**
 * What the predicted curves must show.
 * @module
 */
import {
  type CountTable,
  estimatesOverNetworks,
  informationOf,
  type Labels,
} from "../../complexity/index.js";
import type { Estimate } from "../../numeric/statistics/index.js";
import { absolute, atLeast, type Check } from "../checks.js";
import {
  atInfiniteWidth,
  type MeanStatements,
  type PredictedCurves,
  type PredictedOutcome,
} from "./predicted-results.js";
import { REPETITIONS, statementNumbers } from "./statements.js";

interface MeanOutput {
  readonly predicted: PredictedCurves;
  readonly simple: Labels;
  readonly labels: Labels;
  readonly seed: number;
}

const pairsOf = ({ predicted, simple }: Pick<MeanOutput, "predicted" | "simple">) =>
  predicted.said.map((text) => ({ network: Uint8Array.from(text, Number), simple }));

/** Of the mean output; every number with its error over test samples. */
export function meanStatements({ predicted, simple, labels, seed }: MeanOutput): MeanStatements {
  const [atEnd, aboveStrangers, beyond, retained, lost] = estimatesOverNetworks({
    ...{ labels, classes: 2, seed, repetitions: REPETITIONS },
    networks: [pairsOf({ predicted, simple })],
    numbers: (tables) => {
      const { values, bits } = statementNumbers(tables, predicted.steps);
      const explained = bits.map((b) => b.explained);
      return [
        values.atEnd,
        values.aboveStrangers,
        Math.max(...bits.map((b) => b.network)) - values.simple,
        values.retained,
        (Math.max(...explained) - explained.at(-1)!) / values.simple,
      ];
    },
  });
  return {
    atEnd: atEnd!,
    aboveStrangers: aboveStrangers!,
    beyond: beyond!,
    retained: retained!,
    lost: lost!,
  };
}

/** mu / I(F_t; Y), mean over the steps, of one phase less that of another, of the same task. */
export function differenceOfShares(
  first: PredictedCurves,
  second: PredictedCurves,
  { simple, labels, seed }: Omit<MeanOutput, "predicted">,
): Estimate {
  const count = first.said.length;
  const share = (tables: readonly CountTable[]) => {
    const bits = tables.map((table) => informationOf(table, { correctBias: true }));
    return bits.reduce((sum, { explained, network }) => sum + explained / network, 0) / count;
  };
  const [difference] = estimatesOverNetworks({
    ...{ labels, classes: 2, seed, repetitions: REPETITIONS },
    networks: [[first, second].flatMap((predicted) => pairsOf({ predicted, simple }))],
    numbers: (tables) => [share(tables.slice(0, count)) - share(tables.slice(count))],
  });
  return difference!;
}

const inErrors = ({ value, error }: Estimate) => value / error;
const QUANTITIES = { network: "I(F; Y)", explained: "mu" } as const;

/** Trained networks against predicted ones. */
function trainedChecks({ task, id, phase, predicted, trained }: PredictedOutcome, compared: number): Check[] {
  const [narrow, wide] = trained;
  if (narrow === undefined || wide === undefined) return [];
  // the last step is early enough where training is short
  const later = wide.steps.findIndex((step) => step >= compared);
  const at = later < 0 ? wide.steps.length - 1 : later;
  const t = predicted.steps.indexOf(wide.steps[at]!);
  return (["network", "explained"] as const).map((name) => {
    const { mean, error } = predicted.single[name];
    const limit = atInfiniteWidth(trained, name, at);
    const gap = (wide[name].mean[at]! - mean[t]!).toFixed(4);
    const known = Math.hypot(limit.error, error[t]!).toFixed(4);
    return absolute(
      {
        id: `trained.${id}.${phase}.${name}`,
        quantity: `${task}, ${phase}: mean ${QUANTITIES[name]} of trained networks at step ${wide.steps[at]}, from widths ${narrow.width} and ${wide.width} to 1/N = 0, known to ${known}, expected that of predicted single networks, bits (width ${wide.width} itself is off by ${gap})`,
        source:
          "wide networks follow their kernel up to O(1/N), papers B and C in one; 4 standard errors of both means",
      },
      limit.value,
      mean[t]!,
      4 * Math.hypot(limit.error, error[t]!),
    );
  });
}

/**
 * Where the kernel moves most, in the ordered phase, networks learn faster than predicted, the narrower the more: beyond doubt, so that the
 * agreement of this case at 1 / N = 0 says something. Of the others it says as much as the gap at finite width is above the error that `trainedChecks` has beside it.
 */
function widthCheck({ task, phase, predicted, trained }: PredictedOutcome): Check[] {
  const [narrow, wide] = trained;
  if (narrow === undefined || wide === undefined) return [];
  const at = wide.steps.length - 1;
  const t = predicted.steps.indexOf(wide.steps[at]!);
  const gap = (curves: typeof narrow) => curves.network.mean[at]! - predicted.single.network.mean[t]!;
  return [
    atLeast(
      {
        id: "trained.width",
        quantity: `${task}, ${phase}: distance of the mean I(F; Y) of trained networks from that of predicted ones at step ${wide.steps[at]}, at width ${narrow.width} (${gap(narrow).toFixed(4)} bits) minus at ${wide.width} (${gap(wide).toFixed(4)}), in standard errors`,
        source: "what trained networks are off by shrinks with width; 4 standard errors",
      },
      (Math.abs(gap(narrow)) - Math.abs(gap(wide))) /
        Math.hypot(narrow.network.error[at]!, wide.network.error[at]!),
      4,
    ),
  ];
}

/**
 * Checks of all cases; `linear`: mu / I on the sinusoid, mean over the steps, ordered less chaotic; `compared`: the step at which trained networks are
 * held against predicted ones.
 */
export function predictedChecks(
  outcomes: readonly PredictedOutcome[],
  { linear, compared }: { readonly linear: Estimate; readonly compared: number },
): Check[] {
  const conjecture = (text: string) => `paper C, conjecture 1: ${text}; 4 standard errors`;
  const rows = outcomes.flatMap((one) => {
    const { task, id, phase, statements } = one;
    const { atEnd, aboveStrangers, beyond, retained, lost } = statements;
    const subject = (name: string, quantity: string, source: string) => ({
      id: `${name}.${id}.${phase}`,
      quantity: `${task}, ${phase}: ${quantity}`,
      source,
    });
    return [
      atLeast(
        subject(
          "first",
          "mu / I(F; Y) of the mean output at T0 less 4 standard errors",
          conjecture("until T0 the linear model explains the network; more than half of it"),
        ),
        atEnd.value - 4 * atEnd.error,
        0.5,
      ),
      atLeast(
        subject(
          "strangers",
          "mu / I(F; Y) at T0 minus that of models whose errors are independent, in standard errors",
          conjecture("models that only share the labels would explain less of each other"),
        ),
        inErrors(aboveStrangers),
        4,
      ),
      atLeast(
        subject(
          "more",
          "largest I(F; Y) minus I(L; Y), in standard errors",
          conjecture("after T0 the network learns more than the linear model knows"),
        ),
        inErrors(beyond),
        4,
      ),
      id === "images"
        ? atLeast(
            subject(
              "retention",
              "least mu / I(L; Y) after T0, less 4 standard errors",
              conjecture("what was learned first is retained; four fifths at the least"),
            ),
            retained.value - 4 * retained.error,
            0.8,
          )
        : atLeast(
            subject(
              "retention",
              "largest mu / I(L; Y) minus that of the last step, in standard errors",
              "few samples of a wave are over-fitted in the end: part of what was learned is lost, more than chance would take; 4 standard errors",
            ),
            inErrors(lost),
            4,
          ),
      ...trainedChecks(one, compared),
    ];
  });
  return [
    ...rows,
    ...outcomes.filter(({ id, phase }) => id === "sinusoid" && phase === "ordered").flatMap(widthCheck),
    atLeast(
      {
        id: "linear-kernel",
        quantity: "sinusoid: mu / I(F_t; Y), mean over the steps, ordered less chaotic, in standard errors",
        source: "kernels dominated by linear functions give mu = I(F; Y); 4 standard errors",
      },
      inErrors(linear),
      4,
    ),
  ];
}
