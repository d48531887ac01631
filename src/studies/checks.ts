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
}

/** A row that this run could not compute; it counts neither as agreeing nor as disagreeing. */
export interface NotComputed extends Omit<CheckSubject, "source"> {
  readonly reason: string;
}

/**
 * A check by the difference of two numbers: agrees when `|computed - expected| <= tolerance`; NaN never does.
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
  return {
    ...subject,
    computed,
    expected,
    rule: "absolute",
    difference,
    tolerance,
    agrees: Math.abs(difference) <= tolerance,
  };
}

/**
 * A check by the relative difference of two numbers: agrees when `|computed - expected| / |expected| <= tolerance`; NaN never does,
 * nor does anything where 0 is expected.
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
  return {
    ...subject,
    computed,
    expected,
    rule: "relative",
    difference,
    tolerance,
    agrees: Math.abs(difference) <= tolerance,
  };
}

/** A check of an upper bound: agrees when `computed <= bound`; NaN never does. */
export function atMost(subject: CheckSubject, computed: number, bound: number): Check {
  return bounded(subject, computed, bound, "at-most", computed <= bound);
}

/** A check of a lower bound: agrees when `computed >= bound`; NaN never does. */
export function atLeast(subject: CheckSubject, computed: number, bound: number): Check {
  return bounded(subject, computed, bound, "at-least", computed >= bound);
}

/** A check of a strict bound: agrees when `computed > bound`, so where nothing happened and nothing is uncertain, 0 is not above 0. */
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
  return { ...subject, computed, expected, rule, difference: computed - expected, tolerance: null, agrees };
}

/** A check of texts, counts or verdicts: agrees when both are the same (`Object.is`). */
export function same<T extends number | string>(subject: CheckSubject, computed: T, expected: T): Check {
  return {
    ...subject,
    computed,
    expected,
    rule: "same",
    difference: typeof computed === "number" ? computed - Number(expected) : null,
    tolerance: null,
    agrees: Object.is(computed, expected),
  };
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
