/**
 * `foretrain study`: the papers' experiments, listed and run into a folder with figures and a table of checks.
 * @module
 */
import { join } from "node:path";
import { ForetrainError } from "../../errors.js";
import { numberText } from "../../figures/index.js";
import type { Json } from "../../runs/index.js";
import {
  type Check,
  checkCounts,
  checkCountsText,
  checkVerdict,
  findStudies,
  type Study,
  type StudyFailure,
  type StudyParameters,
  type StudyRecord,
  studies,
} from "../../studies/index.js";
import { runStudies } from "../../studies/index-node.js";
import { hardwareThreads } from "../../threads/spawn-node.js";
import { alignedColumns } from "../columns.js";
import type { CommandContext, CommandResult } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { commandLine } from "../shell.js";
import { duration } from "../terminal.js";

export interface StudyCommandOptions {
  readonly full?: boolean;
  /** name=value, the value as JSON */
  readonly set?: readonly string[];
  readonly out?: string;
  readonly data?: string;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly seed?: number;
  readonly threads?: number;
}

const onlyData = ({ id, papers, title, expected, data, parameters, limits, seed, references }: Study) => ({
  id,
  papers,
  title,
  expected,
  data,
  parameters,
  limits,
  seed,
  references,
});

export function studyList(): CommandResult {
  const list = studies();
  const rows = list.map(({ id, papers, data, title }) => [id, papers.join(""), data ?? "-", title]);
  return {
    text: [
      ...alignedColumns([["id", "paper", "data", "what it shows"], ...rows], "left"),
      "",
      "run one: foretrain study run ID    all of a paper: foretrain study run B    all: foretrain study run all",
    ].join("\n"),
    json: { studies: list.map(onlyData) },
  };
}

const shown = (value: number | string | null, digits = 7) =>
  value === null || Number.isNaN(value) ? "" : typeof value === "string" ? value : numberText(value, digits);

const tolerance = ({ rule, tolerance: size }: Check) => {
  if (size === null) return rule === "same" ? "same" : rule.replace("-", " ");
  return `${Number(size.toPrecision(3))}${rule === "relative" ? " rel" : ""}`;
};

/** The table of one study's checks. */
export function checksText(checks: readonly Check[]): string[] {
  return alignedColumns(
    [
      ["row", "quantity", "computed", "expected", "difference", "tolerance", "verdict"],
      ...checks.map((check) => [
        check.id,
        check.quantity,
        shown(check.computed),
        shown(check.expected),
        shown(check.difference, 2),
        tolerance(check),
        checkVerdict(check).replace("disagrees", "DISAGREES"),
      ]),
    ],
    "left",
  );
}

function studyText(record: StudyRecord): string[] {
  const { id, title, checks, notComputed, notes, pieces } = record;
  const verdict = checkCountsText(checkCounts(checks)).replace(/disagrees?/, (word) => word.toUpperCase());
  const reasons = [...new Set(checks.flatMap(({ undecided = [] }) => undecided))];
  const resumed = pieces.stored > 0 ? `, ${pieces.stored} pieces from before` : "";
  return [
    `${id}: ${title} (${record.size}, ${duration(record.seconds)}${resumed}): ${verdict}`,
    ...(checks.length === 0 ? [] : checksText(checks).map((line) => `  ${line}`)),
    ...reasons.map((reason) => `  not decided: ${reason}`),
    ...notComputed.map((row) => `  ${row.id}  ${row.quantity}: not computed here, ${row.reason}`),
    ...notes.map((note) => `  - ${note}`),
    "",
  ];
}

/**
 * Changed parameters from `name=value`; a value that is no JSON is text.
 * @throws ForetrainError `ERR_USAGE` without a name or a value
 */
export function parseChanges(texts: readonly string[]): StudyParameters {
  const changes: Record<string, Json> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        `--set: got "${text}", expected name=value, for example --set samples=12 or --set depths=[1,2,4]`,
        { argument: "--set", got: text },
      );
    }
    try {
      changes[name.trim()] = JSON.parse(value) as Json;
    } catch {
      changes[name.trim()] = value;
    }
  }
  return changes;
}

function failureText({ id, title, message, command }: StudyFailure): string[] {
  return [
    `${id}: ${title}: NOT COMPUTED`,
    ...message.split("\n").map((line) => `  ${line}`),
    `  ${command}`,
    "",
  ];
}

/** The studies of all names, each once, in the order of the registry. */
function studiesOf(names: readonly string[]): readonly Study[] {
  const wanted = new Set(names.flatMap((name) => [...findStudies(name)]));
  return studies().filter((study) => wanted.has(study));
}

export async function studyRun(
  names: readonly string[],
  options: StudyCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const list = studiesOf(names);
  const name = names.join("+");
  const ignored = (["data", "dataDir"] as const).find((option) => options[option] !== undefined);
  if (ignored !== undefined && list.every((study) => study.data === null)) {
    const flag = ignored === "data" ? "--data" : "--data-dir";
    throw new ForetrainError(
      "ERR_USAGE",
      `${flag}: got "${options[ignored]}", but ${names.join(" ")} reads no data set; leave ${flag} out (foretrain study list shows which studies read one)`,
      { argument: flag, got: options[ignored] },
    );
  }
  const out = options.out ?? join("runs", `study-${name}`);
  const { seed, threads, data, dataDir, offline, set = [] } = options;
  const parameters = parseChanges(set);
  const { records, failures, kept } = await runStudies(list, out, {
    size: options.full === true ? "full" : "quick",
    parameters,
    seed,
    threads: threads ?? hardwareThreads(),
    lanes: threads ?? hardwareThreads(),
    data,
    dataDir,
    offline,
    signal,
    onProgress: terminal.progress,
    ...(list.length === 1 ? {} : { title: `Studies: ${names.join(", ")}` }),
    command: commandLine(),
    commandOf: ({ id, data: own, parameters: { quick } }) =>
      commandLine([
        ...["study", "run", id],
        ...(options.full === true ? ["--full"] : []),
        ...set.flatMap((text) => (Object.hasOwn(quick, text.split("=")[0]!.trim()) ? ["--set", text] : [])),
        ...(seed === undefined ? [] : ["--seed", String(seed)]),
        ...(own === null || data === undefined ? [] : ["--data", data]),
        ...(own === null || dataDir === undefined ? [] : ["--data-dir", dataDir]),
      ]),
  });
  const { disagreeing, undecided } = checkCounts(records.flatMap(({ checks }) => checks));
  const page = join(out, "index.html");
  return {
    text: [
      ...records.flatMap(studyText),
      ...failures.flatMap(failureText),
      ...(kept === null ? [] : [`finished parts stay in ${kept}; the same command computes what is missing`]),
      page,
    ].join("\n"),
    json: { out, page, disagreeing, undecided, studies: records, failures },
    exitCode: disagreeing + undecided + failures.length > 0 ? EXIT.disagreed : EXIT.ok,
  };
}
