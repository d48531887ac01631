/**
 * The studies of a run: which there are, what became of each, and which of them are looked for.
 * @module
 */
import { checkCounts, checkCountsText, type StudyFailure, type StudyRecord, studyPlace } from "foretrain";
import type { RunsState } from "../fields.js";
import { isFailure } from "./record.js";

/** A study of a run, read or not yet. */
export interface StudyEntry {
  /** its folder inside the run; `.`: the run itself */
  readonly key: string;
  /** null: being read */
  readonly study: StudyRecord | StudyFailure | Error | null;
}

const FILE = /^(?:(.*)\/)?(results|failure)\.json$/;

/** The place of a folder, which has the name of its study, among all studies; those that are not known come last. */
const orderOf = (key: string) => studyPlace(key.split("/").at(-1)!)?.order ?? Number.POSITIVE_INFINITY;

/** Folders with a study, in the order of `foretrain study list` and then by name, and the file that speaks for each. */
export function studyFiles(names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of [...names].sort()) {
    const match = FILE.exec(name);
    // results say more than a failure that is left from before
    if (match !== null) found.set(match[1] ?? ".", name);
  }
  return new Map([...found].sort(([a], [b]) => (orderOf(a) === orderOf(b) ? 0 : orderOf(a) - orderOf(b))));
}

/** The path inside the run of a file in the folder of a study. */
export const fileOf = (key: string, name: string) => (key === "." ? name : `${key}/${name}`);

/** What became of a study. */
export type Outcome =
  | "reading"
  | "agrees"
  | "no-checks"
  | "disagrees"
  | "undecided"
  | "no-data"
  | "failed"
  | "broken";

export function outcomeOf({ study }: StudyEntry): Outcome {
  if (study === null) return "reading";
  if (study instanceof Error) return "broken";
  if (isFailure(study)) return study.reason;
  if (study.checks.length === 0) return "no-checks";
  if (study.disagreeing > 0) return "disagrees";
  return study.undecided > 0 ? "undecided" : "agrees";
}

/** Outcomes that ask for somebody's attention. */
export const isBad = (outcome: Outcome) => !["reading", "agrees", "no-checks"].includes(outcome);

/** What a study without results says. */
const MISSING = {
  failed: "could not be computed",
  "no-data": "not computed, its data set is not here",
  broken: "cannot be read",
} as const;

/** The outcome in words. */
export function outcomeText(entry: StudyEntry): string {
  const outcome = outcomeOf(entry);
  switch (outcome) {
    case "agrees":
    case "disagrees":
    case "undecided":
    case "no-checks":
      return checkCountsText(checkCounts((entry.study as StudyRecord).checks));
    case "reading":
      return "reading";
    default:
      return MISSING[outcome];
  }
}

/** How the whole run went: `36 studies: all 1300 checks agree; 1 could not be computed`. */
export function summaryOf(entries: readonly StudyEntry[]): string {
  const count = (outcome: Outcome) => entries.filter((entry) => outcomeOf(entry) === outcome).length;
  const records = entries.flatMap(({ study }) =>
    study === null || study instanceof Error || isFailure(study) ? [] : [study],
  );
  const checks = records.flatMap((record) => record.checks);
  const parts = [
    ...(checks.length === 0 ? [] : [checkCountsText(checkCounts(checks))]),
    ...(["failed", "no-data", "broken"] as const)
      .filter((outcome) => count(outcome) > 0)
      .map((outcome) => `${count(outcome)} ${MISSING[outcome]}`),
  ];
  const studies = `${entries.length} ${entries.length === 1 ? "study" : "studies"}`;
  return parts.length === 0 ? studies : `${studies}: ${parts.join("; ")}`;
}

/** Whether a study is among those that the page was asked for. */
export function isWanted(
  entry: StudyEntry,
  { paper, failing, text }: Pick<RunsState, "paper" | "failing" | "text">,
): boolean {
  const { study, key } = entry;
  if (failing && !isBad(outcomeOf(entry))) return false;
  const read = study === null || study instanceof Error ? null : study;
  const papers: readonly string[] = read?.papers ?? [key.split(".")[0]!];
  if (paper !== "all" && !papers.includes(paper)) return false;
  const said = read === null ? [] : [read.id, read.title, read.expected, ...captionsOf(read)];
  return [key, ...said].join(" ").toLowerCase().includes(text.trim().toLowerCase());
}

const captionsOf = (study: StudyRecord | StudyFailure) =>
  isFailure(study) ? [] : study.figures.map(({ caption }) => caption);
