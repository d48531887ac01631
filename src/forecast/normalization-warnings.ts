/**
 * What a reader of a forecast over gamma must know before its numbers.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { numberText } from "../figures/index.js";
import { isCentred, lawMoment, type ShallowProblem, shallowStepShare } from "../normalization/index.js";

/** How steps are taken, and how settings are called. */
export interface StepSettings {
  /** N */
  readonly units: number;
  readonly batch: "sgd" | "full";
  /** alpha as it was asked for, default that of the problem */
  readonly alpha?: number | undefined;
  /** before the names of settings: "--" on a command line; default none */
  readonly prefix?: string | undefined;
}

/**
 * Steps that overshoot by more than they correct end in numbers without meaning: to be refused before the flow is solved.
 * @throws ERR_NUMERICAL with the limit of alpha
 */
export function requireStableSteps(
  problem: Omit<ShallowProblem, "times">,
  { units, batch, alpha = problem.alpha ?? 1, prefix = "" }: StepSettings,
): void {
  const step = shallowStepShare(problem, units, batch);
  if (!(step >= 2)) return;
  const limit = (2 * alpha) / step;
  const name = `${prefix}alpha`;
  throw new ForetrainError(
    "ERR_NUMERICAL",
    `${name}: at ${numberText(alpha)} training diverges: a step of alpha / N takes ${numberText(step)} of a residual away, 2 is the limit. Use ${name} below ${numberText(limit)}, or more than ${Math.ceil((units * step) / 2)} units`,
    { argument: name, got: alpha, limit },
  );
}

/** Sentences about laws without a limit, and about steps too large for the theory; empty where all is well. */
export function normalizationWarnings(
  problem: Omit<ShallowProblem, "times">,
  { units, batch, prefix = "" }: StepSettings,
): readonly string[] {
  const out: string[] = [];
  const { network } = problem;
  if (!isCentred(network)) {
    out.push(
      `the outer weights have mean ${numberText(lawMoment(network.outer, 1))}, which the theory excludes: outputs start near N^(1 - gamma) times the mean of C sigma(W . x), and wide networks have no limit for gamma < 1. ` +
        `Means below follow the flow at this N from that start, and there is no predicted variance; ${prefix}center moves the law to mean 0`,
    );
  }
  const step = shallowStepShare(problem, units, batch);
  if (step > 0.5) {
    out.push(
      `a step takes ${numberText(step)} of a residual away: real training is far from the flow that theory follows, and diverges from 2 on; use a smaller ${prefix}alpha or more units`,
    );
  }
  return out;
}
