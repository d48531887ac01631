/**
 * What checks say together: how many agree, disagree, and could not be decided.
 * @module
 */
import { countText } from "../figures/index.js";
import type { Check } from "./checks.js";

/** How many rows agree, disagree and are not decided. */
export interface CheckCounts {
  readonly agreeing: number;
  readonly disagreeing: number;
  readonly undecided: number;
}

/** The verdict of a row: a number of it that is NaN is neither agreement nor disagreement. */
export function checkVerdict({
  agrees,
  undecided,
}: Pick<Check, "agrees" | "undecided">): "agrees" | "disagrees" | "not decided" {
  if (undecided !== undefined) return "not decided";
  return agrees ? "agrees" : "disagrees";
}

/** Rows by verdict. */
export function checkCounts(checks: readonly Pick<Check, "agrees" | "undecided">[]): CheckCounts {
  const counts = { agreeing: 0, disagreeing: 0, undecided: 0 };
  for (const check of checks) {
    const verdict = checkVerdict(check);
    counts[verdict === "agrees" ? "agreeing" : verdict === "disagrees" ? "disagreeing" : "undecided"]++;
  }
  return counts;
}

/**
 * Counts in words: `all 8 checks agree`, `2 of 8 checks disagree, 1 is not decided`, `1 of 8 checks is not decided`, `the only check
 * agrees`, `no checks`.
 */
export function checkCountsText({ agreeing, disagreeing, undecided }: CheckCounts): string {
  const all = agreeing + disagreeing + undecided;
  if (all === 0) return "no checks";
  const [of, many] = disagreeing > 0 ? [disagreeing, "disagree"] : [undecided, "are not decided"];
  const one = disagreeing > 0 ? "disagrees" : "is not decided";
  if (all === 1) return `the only check ${of === 0 ? "agrees" : one}`;
  if (of === 0) return `all ${countText(all)} checks agree`;
  const open =
    disagreeing === 0 || undecided === 0
      ? ""
      : `, ${countText(undecided)} ${undecided === 1 ? "is" : "are"} not decided`;
  return `${countText(of)} of ${countText(all)} checks ${of === 1 ? one : many}${open}`;
}
