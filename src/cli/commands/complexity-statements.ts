/**
 * Errors of the statements in the tables of `foretrain complexity`: by resampling, with the choice of T0 and of the least share in them.
 * @module
 */
import {
  type Labels,
  type LearningCurve,
  type PhaseStatementsInput,
  phaseStatements,
} from "../../complexity/index.js";

interface Predictions
  extends Pick<
    PhaseStatementsInput,
    "labels" | "classes" | "seed" | "correctBias" | "tolerance" | "phaseEnd"
  > {
  /** [snapshot][sample] */
  readonly snapshots: readonly Labels[];
  /** of the simple models of the curve, in their order; `phaseEnd` is that of the first */
  readonly simple: readonly Labels[];
}

/** Errors are known to 7 % with so many. */
const REPETITIONS = 100;

/** The curve with statements whose errors are resampled. */
export function withResampledErrors(
  curve: LearningCurve,
  { snapshots, simple, phaseEnd, ...options }: Predictions,
): LearningCurve {
  return {
    ...curve,
    explainers: curve.explainers.map((explainer, i) => {
      const { explained, learned, retained } = phaseStatements({
        ...{ ...options, steps: curve.steps, repetitions: REPETITIONS },
        phaseEnd: i === 0 ? phaseEnd : undefined,
        networks: [{ snapshots, simple: simple[i]! }],
      });
      return { ...explainer, statements: { explained, learned, retained } };
    }),
  };
}
