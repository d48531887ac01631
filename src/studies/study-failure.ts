/**
 * What stays of a study that could not be computed, where others of the same run could.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { VERSION } from "../version.js";
import type { Paper, Study, StudySize } from "./study.js";

/** A study without results. Plain JSON data. */
export interface StudyFailure {
  readonly foretrain: 1;
  readonly kind: "study-failure";
  readonly version: string;
  readonly id: string;
  readonly title: string;
  readonly papers: readonly Paper[];
  readonly expected: string;
  readonly size: StudySize;
  /** no-data: its data set cannot be had here, so nothing was computed */
  readonly reason: "no-data" | "failed";
  /** what went wrong, and the way out */
  readonly message: string;
  readonly references: readonly string[];
  /** the command that tries it alone; empty: not known */
  readonly command: string;
}

/** Errors of this package say the way out themselves; anything else is a bug. */
function messageOf(error: unknown): string {
  if (isForetrainError(error)) return error.message;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a bug in foretrain, please report it with the text that follows\n${text}`;
}

/** The failure of a study from what was thrown. */
export function studyFailure(
  { id, title, papers, expected, references }: Study,
  reason: StudyFailure["reason"],
  error: unknown,
  { size, command }: Pick<StudyFailure, "size" | "command">,
): StudyFailure {
  return {
    foretrain: 1,
    kind: "study-failure",
    version: VERSION,
    id,
    title,
    papers,
    expected,
    size,
    reason,
    message: messageOf(error),
    references: [...new Set([...papers, ...references])],
    command,
  };
}
