/**
 * Trained networks against their prediction, one quantity at every step: what is more than chance, and of a size that matters.
 * @module
 */
import { averageOf, meanOf, studentQuantile } from "../numeric/statistics/index.js";
import {
  BAND_DEVIATIONS,
  type ComparedQuantity,
  type CurveDifference,
  type DifferenceAt,
  type MatchedPrediction,
  type PredictedSpread,
  TELLING_ERRORS,
  TELLING_SIZE,
} from "../report/index.js";

/** Of normal values no more are above 3 standard errors. */
const TELLING_PROBABILITY = 0.99865;
/** Losses this far below the largest are what float32 leaves of them. */
const ROUNDING = 1e-6;

/** Mean, deviation and range over the trained networks at each step. */
export type MeasuredSpread = ComparedQuantity["measured"];

/** Of each network, at each step: measured, and what theory says from the network's own initial outputs. */
export interface MatchedNetworks {
  readonly measured: readonly (readonly number[])[];
  readonly theory: readonly (readonly number[])[];
}

function matchedOf({ measured, theory }: MatchedNetworks, steps: number, least: number): MatchedPrediction {
  const at = (i: number) => measured.map((values, network) => values[i]! - theory[network]![i]!);
  const differences = Array.from({ length: steps }, (_, i) => meanOf(at(i)));
  return {
    mean: differences.map((_, i) => averageOf(theory.map((values) => values[i]!))),
    difference: differences.map(({ value }) => value),
    error: differences.map(({ error }) => Math.max(least, error)),
  };
}

/**
 * Compares one quantity at every step.
 *
 * The difference is measured less matched prediction, where there is one, so that the luck of the starts is not in it. At infinite width it
 * is 0 for each network; it counts as more than chance from 3 standard errors of means of single networks on, or where Student's
 * distribution of its own scatter over the networks says as much (5.5 errors with 6 networks, 9.2 with 4), at two successive steps: of
 * many steps some one is that far by chance.
 */
export function compareSpreads(
  steps: readonly number[],
  measured: MeasuredSpread,
  predicted: PredictedSpread,
  counts: {
    readonly networks: number;
    readonly draws: number;
    /** samples that the quantity is a mean over */
    readonly samples: number;
  },
  kind: "loss" | "accuracy",
  networks: MatchedNetworks | null = null,
): ComparedQuantity {
  const isLoss = kind === "loss";
  // few networks may well have an accuracy in common, and none is known better than to one sample
  const sample = isLoss ? 0 : 1 / counts.samples;
  const single = predicted.deviation.map((deviation) => Math.max(deviation, sample));
  const ofMean = Math.sqrt(1 / counts.networks);
  const matched = networks && matchedOf(networks, steps.length, sample * ofMean);
  // the predicted mean of an accuracy is one over draws of networks, too; that of a loss is exact
  const drawn = isLoss ? 0 : 1 / counts.draws;
  const errors = predicted.deviation.map((deviation) => deviation * Math.sqrt(1 / counts.networks + drawn));
  // what rounding leaves of networks that are all equal is no deviation
  const z = steps.map((_, i) =>
    errors[i]! > ROUNDING * Math.abs(predicted.mean[i]!)
      ? (measured.mean[i]! - predicted.mean[i]!) / errors[i]!
      : null,
  );
  const student = studentQuantile(TELLING_PROBABILITY, counts.networks - 1);
  const base = matched?.mean ?? predicted.mean;
  const unit = (i: number) => (isLoss ? base[i]! : 1);
  const rounding = isLoss ? ROUNDING * Math.max(...base) : 0;
  const differences = matched?.difference ?? steps.map((_, i) => measured.mean[i]! - predicted.mean[i]!);
  const least = steps.map((_, i) => {
    const ofSingle = TELLING_ERRORS * single[i]!;
    return matched
      ? Math.min(ofSingle * ofMean, student * matched.error[i]!)
      : ofSingle * Math.sqrt(1 / counts.networks + drawn);
  });
  const matters = (difference: number, i: number) =>
    Math.abs(difference) > Math.max(TELLING_SIZE[kind] * unit(i), rounding);
  const asShown = (i: number): DifferenceAt => ({
    step: steps[i]!,
    difference: differences[i]! / (unit(i) || 1),
  });
  const sides = steps.map((_, i) =>
    matters(differences[i]!, i) && Math.abs(differences[i]!) >= least[i]! ? Math.sign(differences[i]!) : 0,
  );
  const telling = steps
    .map((_, i) => i)
    .filter((i) => sides[i] !== 0 && (sides[i] === sides[i - 1] || sides[i] === sides[i + 1]));
  const differs: CurveDifference | null =
    telling.length === 0
      ? null
      : {
          first: asShown(telling[0]!),
          largest: telling
            .map(asShown)
            .reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a)),
          end: asShown(steps.length - 1),
        };
  const off = (i: number, values: readonly number[]) => Math.abs(values[i]! - predicted.mean[i]!);
  const held = (i: number, values: readonly number[]) =>
    off(i, values) <= BAND_DEVIATIONS * predicted.deviation[i]!;
  const stepsWith = (...lines: (readonly number[])[]) =>
    steps.filter((_, i) => lines.every((values) => held(i, values))).length;
  const leaves = steps.findIndex(
    (_, i) => off(i, measured.mean) > BAND_DEVIATIONS * single[i]! && matters(off(i, measured.mean), i),
  );
  return {
    measured,
    predicted,
    z,
    matched,
    detectable: least.map((size, i) => size / (unit(i) || 1)),
    differs,
    leavesAt: leaves < 0 ? null : steps[leaves]!,
    inside: { mean: stepsWith(measured.mean), all: stepsWith(measured.low, measured.high) },
  };
}
