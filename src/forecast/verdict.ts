/**
 * The verdict in one sentence, from predicted numbers only, with the rules that led to it.
 * @module
 */
import { percentText as percent, numberText as short } from "../figures/index.js";
import type { Forecast, VerdictKind } from "./forecast.js";

/** What the rules look at. */
export interface VerdictInput {
  readonly learningRate: { readonly used: number; readonly limit: number };
  readonly optimizer: "gd" | "flow";
  readonly horizon: number;
  /** of the median single network at the horizon */
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** of the mean output of many networks */
  readonly ensembleTestAccuracy: number;
  /** train loss at the horizon over that at step 0, of the median network */
  readonly lossRatio: number;
  readonly chance: number;
  readonly testSamples: number;
  readonly stepsToAccuracy90: number | null;
}

/** A network counts as trained when it has nearly all labels or has removed nearly all of its initial loss. */
const TRAINED_ACCURACY = 0.95;
const TRAINED_LOSS_RATIO = 0.1;
/** A network counts as generalizing when it keeps this share of its lead over chance from train to test. */
const KEPT_SHARE = 0.25;
/** ... and when that lead is no sampling accident of the test set. */
const STANDARD_ERRORS = 3;

/** Applies the rules in order: diverges, will not train, memorizes only, trains and generalizes. */
export function giveVerdict(input: VerdictInput): Forecast["verdict"] {
  const { learningRate, trainAccuracy, testAccuracy, chance } = input;
  const unit = input.optimizer === "gd" ? "steps" : "units of time";
  const because: string[] = [];
  const decide = (kind: VerdictKind, sentence: string) => ({ kind, sentence, because });

  if (input.optimizer === "gd") {
    because.push(
      `learning rate ${short(learningRate.used)} against a stability limit of ${short(learningRate.limit)} (2 n / lambda_max)`,
    );
    if (learningRate.used > learningRate.limit) {
      return decide(
        "diverges",
        `This network diverges: the learning rate ${short(learningRate.used)} is above the largest stable one, ${short(learningRate.limit)}.`,
      );
    }
  }
  because.push(
    `after ${short(input.horizon)} ${unit}: train accuracy ${percent(trainAccuracy)}, train loss ${percent(input.lossRatio)} of its initial value`,
  );
  if (!(trainAccuracy >= TRAINED_ACCURACY || input.lossRatio <= TRAINED_LOSS_RATIO)) {
    return decide(
      "will-not-train",
      `This network will not train within ${short(input.horizon)} ${unit}: it reaches ${percent(trainAccuracy)} train accuracy.`,
    );
  }
  const standardError = Math.sqrt((chance * (1 - chance)) / input.testSamples);
  const lead = testAccuracy - chance;
  const keptShare = lead / Math.max(trainAccuracy - chance, Number.EPSILON);
  because.push(
    `test accuracy ${percent(testAccuracy)} for the median single network, ${percent(input.ensembleTestAccuracy)} for the mean of many, ${percent(chance)} by always answering the commonest label: ` +
      `${percent(Math.max(0, keptShare))} of the single network's lead over chance survives from train to test`,
  );
  if (!(lead > STANDARD_ERRORS * standardError && keptShare >= KEPT_SHARE)) {
    return decide(
      "memorizes-only",
      `This network memorizes: it fits the train set (${percent(trainAccuracy)}) but reaches only ${percent(testAccuracy)} on test, chance is ${percent(chance)}.`,
    );
  }
  const speed =
    input.stepsToAccuracy90 === null
      ? ""
      : `, with 90 % of the train labels right after ${short(input.stepsToAccuracy90)} ${unit}`;
  return decide(
    "trains-and-generalizes",
    `This network trains and generalizes: predicted test accuracy is ${percent(testAccuracy)} for a single network and ${percent(input.ensembleTestAccuracy)} for the mean of many${speed}.`,
  );
}
