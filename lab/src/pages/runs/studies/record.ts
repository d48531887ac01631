/**
 * The files that a study leaves in its folder, read and looked at before anything is shown of them.
 * @module
 */
import { checkCounts, ForetrainError, type StudyFailure, type StudyRecord } from "foretrain";

type Holds = (value: unknown) => boolean;

const isText: Holds = (value) => typeof value === "string";
const isNumber: Holds = (value) => typeof value === "number";
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const orNull =
  (holds: Holds): Holds =>
  (value) =>
    value === null || holds(value);
const list =
  (holds: Holds): Holds =>
  (value) =>
    Array.isArray(value) && value.every(holds);
const like =
  (fields: Readonly<Record<string, Holds>>): Holds =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, holds]) => holds(value[name]));
const oneOf =
  (...words: readonly string[]): Holds =>
  (value) =>
    words.includes(value as string);
/** a number that is none is null in JSON */
const isShown: Holds = (value) => value === null || isText(value) || isNumber(value);

const HEAD: Readonly<Record<string, Holds>> = {
  id: isText,
  title: isText,
  papers: list(isText),
  expected: isText,
  size: isText,
  references: list(isText),
  command: isText,
};

const RECORD: Readonly<Record<string, Holds>> = {
  ...HEAD,
  version: isText,
  parameters: isObject,
  seed: isNumber,
  data: orNull(like({ name: isText, origin: isText })),
  checks: list(
    like({
      ...{ id: isText, quantity: isText, source: isText, computed: isShown, expected: isShown },
      rule: oneOf("absolute", "relative", "at-most", "at-least", "above", "same"),
      difference: orNull(isNumber),
      tolerance: orNull(isNumber),
      agrees: (value) => typeof value === "boolean",
      undecided: (value) => value === undefined || isText(value),
    }),
  ),
  notComputed: list(like({ id: isText, quantity: isText, reason: isText })),
  notes: list(isText),
  figures: list(like({ name: isText, caption: isText })),
  pieces: like({ computed: isNumber, stored: isNumber }),
  seconds: isNumber,
};

const FAILURE: Readonly<Record<string, Holds>> = {
  ...HEAD,
  reason: oneOf("no-data", "failed"),
  message: isText,
};

export const isFailure = (study: StudyRecord | StudyFailure): study is StudyFailure =>
  study.kind === "study-failure";

/**
 * A study or its failure from `results.json` or `failure.json`.
 * @throws ForetrainError `ERR_DATA` that names the file and what is wrong with it
 */
export function readStudy(bytes: Uint8Array, file: string): StudyRecord | StudyFailure {
  const fail = (problem: string): never => {
    throw new ForetrainError(
      "ERR_DATA",
      `${file} ${problem}; expected what foretrain study run wrote there, and the same command writes it again`,
      { argument: file },
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail("is not JSON");
  }
  if (!isObject(value) || value["foretrain"] !== 1) return fail("was not written by foretrain");
  const { kind } = value;
  if (kind !== "study" && kind !== "study-failure") return fail(`holds ${JSON.stringify(kind)}, no study`);
  const table = kind === "study" ? RECORD : FAILURE;
  const wrong = Object.entries(table).find(([name, holds]) => !holds(value[name]));
  if (wrong !== undefined) return fail(`has no "${wrong[0]}" of the form that a study has`);
  const study = value as unknown as StudyRecord | StudyFailure;
  if (isFailure(study)) return study;
  const checks = study.checks.map((check) => ({
    ...check,
    computed: check.computed ?? Number.NaN,
    expected: check.expected ?? Number.NaN,
  }));
  const { disagreeing, undecided } = checkCounts(checks);
  return { ...study, checks, disagreeing, undecided };
}
