/**
 * Other sizes than the two of a study: its parameters with some of them changed.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { nearestNames } from "../network/index.js";
import type { Json } from "../runs/index.js";
import { isWithin, limitText, type ParameterLimits } from "./parameter-limits.js";
import type { Study, StudyParameters, StudySize } from "./study.js";

const kindOf = (value: Json | undefined): string =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value;

const isRecord = (value: Json): value is { readonly [name: string]: Json } => kindOf(value) === "object";

/** What of a value cannot stand where the study's own does. */
interface Mismatch {
  /** path of the part: `cases.units` */
  readonly path: string;
  readonly got: Json | undefined;
  readonly expected: string;
}

/** The first part of `value` that cannot stand where `own` does; null: all can. */
function mismatch(
  own: Json,
  value: Json | undefined,
  limits: ParameterLimits,
  path: string,
): Mismatch | null {
  const kind = kindOf(own);
  const wrong = (expected: string): Mismatch => ({ path, got: value, expected });
  if (value === undefined || kindOf(value) !== kind)
    return wrong(kind === "array" ? "an array" : `a ${kind}`);
  if (typeof value === "number" && !Number.isFinite(value)) return wrong("a finite number");
  const limit = limits[path] ?? {};
  if (!isWithin(value, limit)) return wrong(limitText(limit));
  if (Array.isArray(value) && Array.isArray(own)) {
    const { entries = 1 } = limit;
    if (value.length < entries) {
      return wrong(entries === 1 ? "at least one element" : `at least ${entries} elements`);
    }
    if (own.length === 0) return null;
    for (const item of value) {
      const inside = mismatch(own[0]!, item, limits, path);
      if (inside !== null) return inside;
    }
    return null;
  }
  if (!isRecord(own) || !isRecord(value)) return null;
  const names = Object.keys(own);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) return wrong(`only ${names.join(", ")}, there is no "${unknown}"`);
  for (const name of names) {
    const inside = mismatch(own[name]!, value[name], limits, `${path}.${name}`);
    if (inside !== null) return inside;
  }
  return null;
}

/**
 * The parameters of a study at a size, with changes.
 *
 * @param changes new values by name, each of the type of the study's own and within its limits
 * @throws ForetrainError `ERR_USAGE` for names that the study has not, and for values of another type or outside of the limits
 */
export function studyParameters(
  { id, parameters, limits }: Pick<Study, "id" | "parameters" | "limits">,
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
    const wrong = mismatch(own[name]!, value, limits, name);
    if (wrong !== null) {
      const inside = Array.isArray(value) && wrong.got !== value ? ", for each element" : "";
      const got = typeof wrong.got === "number" ? String(wrong.got) : JSON.stringify(wrong.got);
      throw new ForetrainError(
        "ERR_USAGE",
        `${id}: ${wrong.path} is ${got ?? "missing"}, expected ${wrong.expected}${inside}, as in ${JSON.stringify(own[name])}`,
        { argument: name, got: value, expected: own[name]! },
      );
    }
  }
  return { ...own, ...changes };
}
