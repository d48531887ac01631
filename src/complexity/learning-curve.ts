/**
 * What simple models explain of a network while it trains (paper C): I(F_t; Y) and mu_Y(F_t; L) over snapshots of its
 * predictions.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { countTable, type Labels } from "./count-table.js";
import {
  isSimpleKnown,
  type PerformanceCorrelation,
  performanceCorrelation,
} from "./performance-correlation.js";
import { type LearningPhases, learningPhases } from "./phases.js";

/** An estimate in bits with its standard error (delta method). */
export interface InformationEstimate {
  readonly value: number;
  readonly error: number;
}

/** A simple model: what it predicts for the samples on which the network is looked at. */
export interface Explainer {
  readonly name: string;
  readonly predictions: Labels;
  /** T0 instead of the one that is found: the first snapshot with at least so many steps */
  readonly phaseEnd?: number | undefined;
}

/** A ratio with its standard error (delta method, both parts from the same samples) and the step at which it was measured. */
export interface ShareEstimate extends InformationEstimate {
  readonly step: number;
}

/**
 * The three statements of the paper's first conjecture as ratios, each near 1 where it holds; null where there is nothing to measure: `learned` and
 * `retained` without T0, and where I(L; Y) less its bias is at most 4 of its standard errors.
 */
export interface PhaseStatements {
  /** until T0 the network is the simple model: the least mu / I(F_t; Y), of all snapshots where there is no T0 */
  readonly explained: ShareEstimate | null;
  /** at T0 the network has learned the simple model: I(F_T0; Y) / I(L; Y) */
  readonly learned: ShareEstimate | null;
  /** after T0 that is kept: the least mu / I(L; Y) */
  readonly retained: ShareEstimate | null;
}

/** Labels, simple models, and how informations are estimated. */
export interface LearningCurveOptions {
  /** [n] */
  readonly labels: Labels;
  readonly explainers: readonly Explainer[];
  /** number of classes; default: the largest number among labels and predictions of the simple models plus one, at least 2 */
  readonly classes?: number | undefined;
  /** subtract the bias of the plug-in estimates, see {@link informationOf}; default false */
  readonly correctBias?: boolean | undefined;
  /** of T0, see {@link learningPhases} */
  readonly tolerance?: number | undefined;
  readonly floor?: number | undefined;
}

/** What one simple model explains. */
export interface ExplainedCurve {
  readonly name: string;
  readonly accuracy: number;
  /** I(L; Y) */
  readonly information: InformationEstimate;
  /** mu_Y(F_t; L) at every snapshot */
  readonly explained: readonly InformationEstimate[];
  /** I(F_t; Y | L) at every snapshot: what the simple model does not explain */
  readonly unexplained: readonly InformationEstimate[];
  readonly phases: LearningPhases;
  readonly statements: PhaseStatements;
}

/** Information of a network and of what simple models explain of it, by step (paper C). */
export interface LearningCurve {
  /** n */
  readonly samples: number;
  readonly classes: number;
  /** of the snapshots, ascending */
  readonly steps: readonly number[];
  readonly accuracy: readonly number[];
  /** I(F_t; Y) */
  readonly network: readonly InformationEstimate[];
  /** in the order in which they were given */
  readonly explainers: readonly ExplainedCurve[];
}

/** Takes snapshots one by one and keeps numbers only, so that predictions of a long training need not be held. */
export interface LearningCurveRecorder {
  /**
   * Adds what the network predicts after `step` steps.
   * @throws ERR_DOMAIN for a step that is not above the one before; ERR_SHAPE and ERR_DATA for predictions that are no classes of the samples
   */
  add(step: number, predictions: Labels): void;
  /** The curves so far. */
  result(): LearningCurve;
}

function accuracyOf(predictions: Labels, labels: Labels): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predictions[i] === labels[i]) right++;
  return right / labels.length;
}

function largest(labels: Labels): number {
  let top = 1;
  for (let i = 0; i < labels.length; i++) top = Math.max(top, labels[i]!);
  return top;
}

/** Where an estimate has no error of its own to show, as with F = L, the delta method gives 0. */
function estimate(
  { bias, errors, ...values }: PerformanceCorrelation,
  name: "network" | "simple" | "explained" | "unexplained",
  correct: boolean,
): InformationEstimate {
  const shift = name === "unexplained" ? bias.network - bias.explained : bias[name];
  return { value: values[name] - (correct ? shift : 0), error: errors[name] };
}

/**
 * Opens a recorder of I(F_t; Y) and of mu_Y(F_t; L) = I(F_t; Y) - I(F_t; Y | L) for any number of simple models L, in bits,
 * by the plug-in estimate on the count table of every snapshot. Cost O(n) per snapshot and model; memory O(1) per snapshot.
 *
 * Estimates have errors O(1 / sqrt(n)) and biases O(1 / n): I(F; Y) is biased upwards by (K - 1)^2 / (2 n ln 2) bits for K classes
 * that are all seen; that of I(F; Y | L) is larger, see {@link informationOf}.
 * @throws ERR_SHAPE when there are no labels; ERR_DATA for two simple models of one name, or labels that are no classes
 */
export function recordLearningCurve(options: LearningCurveOptions): LearningCurveRecorder {
  const { labels, explainers, correctBias = false, tolerance, floor } = options;
  const names = explainers.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new ForetrainError(
      "ERR_DATA",
      `recordLearningCurve: two explainers are called "${twice}", expected different names`,
      { argument: "explainers", got: names },
    );
  }
  const classes =
    options.classes ??
    1 + Math.max(largest(labels), ...explainers.map(({ predictions }) => largest(predictions)));
  const sizes = [classes, classes, classes] as const;
  // the labels stand for the simple model where only the network is asked for
  const own = explainers.map(({ predictions }) =>
    performanceCorrelation(countTable(predictions, predictions, labels, sizes)),
  );
  const steps: number[] = [];
  const accuracy: number[] = [];
  const network: InformationEstimate[] = [];
  const explained = explainers.map((): InformationEstimate[] => []);
  const unexplained = explainers.map((): InformationEstimate[] => []);
  const errors = explainers.map((): PerformanceCorrelation["errors"][] => []);
  return {
    add(step, predictions) {
      const before = steps.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (!(Number.isFinite(step) && step > before)) {
        throw new ForetrainError(
          "ERR_DOMAIN",
          `LearningCurveRecorder: step is ${step}, expected a number above ${steps.length === 0 ? "-Infinity" : `${before}, the step before`}`,
          { argument: "step", got: step, expected: before },
        );
      }
      const alone = performanceCorrelation(countTable(predictions, labels, labels, sizes));
      const tables = explainers.map((explainer) =>
        performanceCorrelation(countTable(predictions, explainer.predictions, labels, sizes)),
      );
      steps.push(step);
      accuracy.push(accuracyOf(predictions, labels));
      network.push(estimate(alone, "network", correctBias));
      tables.forEach((table, i) => {
        explained[i]!.push(estimate(table, "explained", correctBias));
        unexplained[i]!.push(estimate(table, "unexplained", correctBias));
        errors[i]!.push(table.errors);
      });
    },
    result: () => ({
      samples: labels.length,
      classes,
      steps: [...steps],
      accuracy: [...accuracy],
      network: [...network],
      explainers: explainers.map(({ name, predictions, phaseEnd }, i) => {
        const information = estimate(own[i]!, "simple", correctBias);
        const end = phaseEnd === undefined ? -1 : steps.findIndex((step) => step >= phaseEnd);
        const phases = learningPhases({
          network: network.map(({ value }) => value),
          explained: explained[i]!.map(({ value }) => value),
          simple: information.value,
          end: end < 0 ? null : end,
          tolerance,
          floor,
        });
        const share = (
          value: number | null,
          at: number | null,
          error: "share" | "learned" | "retained",
        ): ShareEstimate | null =>
          value === null || at === null ? null : { value, error: errors[i]![at]![error], step: steps[at]! };
        const { end: t0 } = phases;
        const known = isSimpleKnown(own[i]!);
        return {
          name,
          accuracy: accuracyOf(predictions, labels),
          information,
          explained: [...explained[i]!],
          unexplained: [...unexplained[i]!],
          phases,
          statements: {
            explained: share(phases.firstPhaseShare, phases.firstPhaseAt, "share"),
            learned: share(
              t0 === null || !known ? null : network[t0]!.value / information.value,
              t0,
              "learned",
            ),
            retained: share(known ? phases.retention : null, phases.retentionAt, "retained"),
          },
        };
      }),
    }),
  };
}
