/**
 * Means over networks of what logistic regression explains of them, and the phases of these means.
 * @module
 */
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { overRuns, type SinusoidRun } from "./sinusoid-training.js";

/** Against one kind of labels, at every record. */
export interface SideSummary {
  readonly accuracy: readonly Estimate[];
  readonly network: readonly Estimate[];
  readonly explained: readonly Estimate[];
  /** mu(F_t; L) / I(L; Y), network by network */
  readonly kept: readonly Estimate[];
  /** I(L; Y) and the accuracy of L */
  readonly simple: Estimate;
  readonly simpleAccuracy: Estimate;
}

export interface PhaseSummary {
  readonly epochs: readonly number[];
  readonly runs: readonly SinusoidRun[];
  readonly test: SideSummary;
  readonly train: SideSummary;
  /** record of T0, the first with 95 % of I(L; Y); null: never */
  readonly end: number | null;
  /** the first record with 120 % of I(L; Y), where the network knows more than L; null: never */
  readonly beyond: number | null;
}

/** Shares of I(L; Y) that end the first phase and the plateau after it. */
const [REACHED, BEYOND] = [0.95, 1.2];

function sideOf(runs: readonly SinusoidRun[], side: "test" | "train"): SideSummary {
  return {
    accuracy: overRuns(runs, (run) => run[side].accuracy),
    network: overRuns(runs, (run) => run[side].network),
    explained: overRuns(runs, (run) => run[side].explained),
    kept: overRuns(runs, (run) => run[side].explained.map((mu) => mu / run[side].simple)),
    simple: meanOf(runs.map((run) => run[side].simple)),
    simpleAccuracy: meanOf(runs.map((run) => run[side].simpleAccuracy)),
  };
}

export function summaryOf(epochs: readonly number[], runs: readonly SinusoidRun[]): PhaseSummary {
  const test = sideOf(runs, "test");
  const first = (share: number) => {
    const at = test.network.findIndex(({ value }) => value >= share * test.simple.value);
    return at < 0 ? null : at;
  };
  return { epochs, runs, test, train: sideOf(runs, "train"), end: first(REACHED), beyond: first(BEYOND) };
}

/** A mean of test samples over the mean of I(L; Y). */
export function over({ test }: PhaseSummary, of: "network" | "explained", record: number): number {
  return test[of][record]!.value / test.simple.value;
}
