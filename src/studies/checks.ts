/**
 * Rows of the tables in which studies hold what they computed against what is expected.
 * @module
 */

/**
 * How the two numbers are compared: by their difference, by their difference over the expected number, by one being a bound
 * of the other, or exactly (texts, counts, verdicts).
 */
export type CheckRule = "absolute" | "relative" | "at-most" | "at-least" | "above" | "same";

/** What a row is about. */
export interface CheckSubject {
  /** row of the table, for example `B4` */
  readonly id: string;
  readonly quantity: string;
  /** paper and formula that the expected value comes from */
  readonly source: string;
}

/** One row. Plain JSON data. */
export interface Check extends CheckSubject {
  readonly computed: number | string;
  readonly expected: number | string;
  readonly rule: CheckRule;
  /** computed - expected, over |expected| for `relative`; null for texts */
  readonly difference: number | null;
  /** largest |difference| that agrees; null where there is none (`same`, bounds) */
  readonly tolerance: number | null;
  readonly agrees: boolean;
  /** why there is no verdict: a number of it is NaN, which is neither agreement nor disagreement; `agrees` is false then */
  readonly undecided?: string;
}

/** What numbers that are none say of the sizes that they came of. */
const NO_NUMBER = "these sizes give no number: take more samples, networks, steps or entries";

/** A row from the verdict of its comparison, which counts only where both sides are numbers or texts. */
function row(subject: CheckSubject, check: Omit<Check, keyof CheckSubject | "undecided">): Check {
  const { computed, expected, difference } = check;
  const undecided = Number.isNaN(computed) || Number.isNaN(expected);
  return {
    ...subject,
    ...check,
    difference: Number.isNaN(difference) ? null : difference,
    agrees: check.agrees && !undecided,
    ...(undecided ? { undecided: NO_NUMBER } : {}),
  };
}

/** A row that this run could not compute; it counts neither as agreeing nor as disagreeing. */
export interface NotComputed extends Omit<CheckSubject, "source"> {
  readonly reason: string;
}

/**
 * A check by the difference of two numbers: agrees when `|computed - expected| <= tolerance`; NaN is not decided.
 *
 * @param subject the row's id, what it is about, and where the expected number is from
 */
export function absolute(
  subject: CheckSubject,
  computed: number,
  expected: number,
  tolerance: number,
): Check {
  const difference = computed - expected;
  const agrees = Math.abs(difference) <= tolerance;
  return row(subject, { computed, expected, rule: "absolute", difference, tolerance, agrees });
}

/**
 * A check by the relative difference of two numbers: agrees when `|computed - expected| / |expected| <= tolerance`, which nothing does
 * where 0 is expected; NaN is not decided.
 *
 * @param subject the row's id, what it is about, and where the expected number is from
 */
export function relative(
  subject: CheckSubject,
  computed: number,
  expected: number,
  tolerance: number,
): Check {
  const difference = (computed - expected) / Math.abs(expected);
  const agrees = Math.abs(difference) <= tolerance;
  return row(subject, { computed, expected, rule: "relative", difference, tolerance, agrees });
}

/** A check of an upper bound: agrees when `computed <= bound`; NaN is not decided. */
export function atMost(subject: CheckSubject, computed: number, bound: number): Check {
  return bounded(subject, computed, bound, "at-most", computed <= bound);
}

/** A check of a lower bound: agrees when `computed >= bound`; NaN is not decided. */
export function atLeast(subject: CheckSubject, computed: number, bound: number): Check {
  return bounded(subject, computed, bound, "at-least", computed >= bound);
}

/** A check of a strict bound: agrees when `computed > bound`, so where nothing happened and nothing is uncertain, 0 is not above 0; NaN is not decided. */
export function above(subject: CheckSubject, computed: number, bound: number): Check {
  return bounded(subject, computed, bound, "above", computed > bound);
}

function bounded(
  subject: CheckSubject,
  computed: number,
  expected: number,
  rule: CheckRule,
  agrees: boolean,
): Check {
  const difference = computed - expected;
  return row(subject, { computed, expected, rule, difference, tolerance: null, agrees });
}

/** A check of texts, counts or verdicts: agrees when both are the same (`Object.is`). */
export function same<T extends number | string>(subject: CheckSubject, computed: T, expected: T): Check {
  const difference = typeof computed === "number" ? computed - Number(expected) : null;
  const agrees = Object.is(computed, expected);
  return row(subject, { computed, expected, rule: "same", difference, tolerance: null, agrees });
}

const RULES: Readonly<Record<CheckRule, string>> = {
  absolute: "within",
  relative: "within",
  "at-most": "at most",
  "at-least": "at least",
  above: "above",
  same: "the same",
};

/**
 * What the comparison of a check allows, for people: `within 1 %`, `within 1e-6 relative`, `at most`, `the same`. Relative
 * tolerances from 1e-4 are in percent.
 */
export function toleranceText({ rule, tolerance }: Pick<Check, "rule" | "tolerance">): string {
  if (tolerance === null) return RULES[rule];
  const size = rule === "relative" && tolerance >= 1e-4 ? `${+(100 * tolerance).toPrecision(3)} %` : null;
  return `${RULES[rule]} ${size ?? `${Number(tolerance.toPrecision(3))}${rule === "relative" ? " relative" : ""}`}`;
}

/** Rows by id, numbers in ids by their size: A2 before A10. Rows of one id keep their order. */
export function inOrderOfRows(rows: readonly Check[]): Check[] {
  const order = (id: string) => id.replace(/\d+/, (digits) => digits.padStart(3, "0"));
  return rows.toSorted((a, b) => (order(a.id) < order(b.id) ? -1 : order(a.id) > order(b.id) ? 1 : 0));
}
