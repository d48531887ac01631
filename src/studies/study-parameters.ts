/**
 * Other sizes than the two of a study: its parameters with some of them changed.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { nearestNames } from "../network/index.js";
import type { Json } from "../runs/index.js";
import type { Study, StudyParameters, StudySize } from "./study.js";

const kindOf = (value: Json | undefined): string =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value;

/** Why `value` cannot stand where `own` does; null: it can. */
function mismatch(own: Json, value: Json | undefined): string | null {
  const kind = kindOf(own);
  if (kindOf(value) !== kind) return `expected ${kind === "array" ? "an array" : `a ${kind}`}`;
  if (typeof value === "number" && !Number.isFinite(value)) return "expected a finite number";
  if (Array.isArray(value) && Array.isArray(own)) {
    if (value.length === 0) return "expected at least one element";
    const wrong =
      own.length === 0 ? null : value.map((item) => mismatch(own[0]!, item)).find((w) => w !== null);
    return wrong == null ? null : `${wrong} in each element`;
  }
  return null;
}

/**
 * The parameters of a study at a size, with changes.
 *
 * @param changes new values by name, each of the type of the study's own
 * @throws ForetrainError `ERR_USAGE` for names that the study has not, and for values of another type
 */
export function studyParameters(
  { id, parameters }: Pick<Study, "id" | "parameters">,
  size: StudySize,
  changes: StudyParameters = {},
): StudyParameters {
  const own = parameters[size];
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(own, name)) {
      const names = Object.keys(own);
      const near = nearestNames(name, names);
      throw new ForetrainError(
        "ERR_USAGE",
        `${id} has no parameter "${name}"; ${near.length === 0 ? "" : `did you mean "${near[0]}"? `}expected ${names.length === 0 ? "none" : names.join(", ")}`,
        { argument: name, got: value, expected: names },
      );
    }
    const wrong = mismatch(own[name]!, value);
    if (wrong !== null) {
      throw new ForetrainError(
        "ERR_USAGE",
        `${id}: ${name} is ${JSON.stringify(value)}, ${wrong}, as in ${JSON.stringify(own[name])}`,
        { argument: name, got: value, expected: own[name]! },
      );
    }
  }
  return { ...own, ...changes };
}
