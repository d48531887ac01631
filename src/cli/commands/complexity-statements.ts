/**
 * Errors of the statements in the tables of `foretrain complexity`: by resampling, with the choice of T0 and of the least share in them, and over
 * networks where there are several.
 * @module
 */
import {
  type ExplainedCurve,
  type Labels,
  type LearningCurve,
  type MeasuredStatements,
  type PhaseStatementsInput,
  phaseStatements,
} from "../../complexity/index.js";

interface Predictions
  extends Pick<PhaseStatementsInput, "labels" | "classes" | "seed" | "correctBias" | "tolerance"> {
  readonly networks: readonly {
    /** [snapshot][sample] */
    readonly snapshots: readonly Labels[];
    /** of the simple models of the curve, in their order */
    readonly simple: readonly Labels[];
  }[];
  /** T0 of each simple model, undefined: the one that is found */
  readonly phaseEnds: readonly (number | undefined)[];
}

/** A curve with statements over networks. */
export interface MeasuredCurve extends LearningCurve {
  readonly explainers: readonly (ExplainedCurve & { readonly statements: MeasuredStatements })[];
}

/** Errors are known to 7 % with so many. */
const REPETITIONS = 100;

/** The curve, that of one network or the mean of several, with statements whose errors are resampled. */
export function withResampledErrors(
  curve: LearningCurve,
  { networks, phaseEnds, ...options }: Predictions,
): MeasuredCurve {
  return {
    ...curve,
    explainers: curve.explainers.map((explainer, i) => ({
      ...explainer,
      statements: phaseStatements({
        ...{ ...options, steps: curve.steps, repetitions: REPETITIONS },
        phaseEnd: phaseEnds[i],
        networks: networks.map(({ snapshots, simple }) => ({ snapshots, simple: simple[i]! })),
      }),
    })),
  };
}
