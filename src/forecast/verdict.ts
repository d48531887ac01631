/**
 * The verdict in one sentence, from predicted numbers only, with the rules that led to it.
 * @module
 */
import { percentText as percent, numberText as short } from "../figures/index.js";
import type { VerdictKind } from "../report/index.js";
import { countOf, trainingAmount } from "./amounts.js";
import type { Forecast } from "./forecast.js";

/** What the rules look at. */
export interface VerdictInput {
  readonly learningRate: { readonly used: number; readonly limit: number; readonly stable: boolean };
  readonly optimizer: "gd" | "flow";
  readonly horizon: number;
  /** of the median single network at the horizon */
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** of the mean output of many networks */
  readonly ensembleTestAccuracy: number;
  /** train loss of the median network at the horizon over the loss of answering 0 to everything */
  readonly lossRatio: number;
  /** ridge, relative to the mean diagonal */
  readonly diagReg: number;
  readonly chance: number;
  readonly testSamples: number;
  readonly stepsToAccuracy90: number | null;
}

/** A network counts as trained when it has nearly all labels, or a small part of the loss that no answer at all has. */
const TRAINED_ACCURACY = 0.95;
const TRAINED_LOSS_RATIO = 0.1;
/** A network counts as generalizing when it keeps this share of its lead over chance from train to test. */
const KEPT_SHARE = 0.25;
/** ... and when that lead is no sampling accident of the test set. */
const STANDARD_ERRORS = 2;

/** Applies the rules in order: diverges, will not train, memorizes only, trains and generalizes. */
export function giveVerdict(input: VerdictInput): Forecast["verdict"] {
  const { learningRate, trainAccuracy, testAccuracy, chance } = input;
  const amount = (value: number) => trainingAmount(value, input.optimizer);
  const because: string[] = [];
  const decide = (kind: VerdictKind, sentence: string) => ({ kind, sentence, because });

  if (input.optimizer === "gd") {
    because.push(
      `learning rate ${short(learningRate.used)} against a stability limit of ${short(learningRate.limit)} (2 n / lambda_max)`,
    );
    if (!learningRate.stable) {
      return decide(
        "diverges",
        `This network diverges: the learning rate ${short(learningRate.used)} is not below the largest stable one, ${short(learningRate.limit)}.`,
      );
    }
  }
  because.push(
    `after ${amount(input.horizon)}: train accuracy ${percent(trainAccuracy)}, train loss ${percent(input.lossRatio)} of that of answering 0`,
  );
  if (!(trainAccuracy >= TRAINED_ACCURACY || input.lossRatio <= TRAINED_LOSS_RATIO)) {
    const held = input.diagReg > 0 ? `, held back by the ridge ${short(input.diagReg)}` : "";
    return decide(
      "will-not-train",
      `This network does not fit its train set within ${amount(input.horizon)}: it reaches ${percent(trainAccuracy)} train accuracy${held}.`,
    );
  }
  const standardError = Math.sqrt((chance * (1 - chance)) / input.testSamples);
  const lead = testAccuracy - chance;
  const keptShare = Math.max(0, lead) / Math.max(trainAccuracy - chance, Number.EPSILON);
  because.push(
    `test accuracy on ${countOf(input.testSamples, "sample")}: ${percent(testAccuracy)} for the median single network, ` +
      `${percent(input.ensembleTestAccuracy)} for the mean of many, ${percent(chance)} by always answering the commonest label ` +
      `(standard error ${percent(standardError)}); ${percent(keptShare)} of the single network's lead over chance survives from train to test`,
  );
  if (keptShare < KEPT_SHARE) {
    return decide(
      "memorizes-only",
      `This network memorizes: it fits the train set (${percent(trainAccuracy)}) but reaches only ${percent(testAccuracy)} on test, chance is ${percent(chance)}.`,
    );
  }
  const doubt =
    lead > STANDARD_ERRORS * standardError
      ? ""
      : ` But ${countOf(input.testSamples, "test sample")} cannot tell that from chance, ${percent(chance)}.`;
  const speed =
    input.stepsToAccuracy90 === null
      ? ""
      : `, with 90 % of the train labels right after ${amount(input.stepsToAccuracy90)}`;
  return decide(
    "trains-and-generalizes",
    `This network trains and generalizes: predicted test accuracy is ${percent(testAccuracy)} for a single network and ${percent(input.ensembleTestAccuracy)} for the mean of many${speed}.${doubt}`,
  );
}
