/**
 * Studies into a run folder: one subfolder each, one page over all (Node).
 * @module
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, systemCode } from "../data/file-error-node.js";
import { writeNpz } from "../data/index.js";
import { loadDataset } from "../data/index-node.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import { searchNativeLibrary, threadHolds } from "../numeric/linalg/index-node.js";
import { localExecutor } from "../runs/index.js";
import { checkRunFolder, folderStore, withRunFolder } from "../runs/index-node.js";
import { hardwareThreads } from "../threads/index.js";
import { type DrawnStudy, drawStudy } from "./drawn-study.js";
import { galleryPage } from "./gallery.js";
import { type GalleryEntry, isFailure } from "./gallery-overview.js";
import { runLanes } from "./lanes-node.js";
import { THEORY_NOTES } from "./places.js";
import { studies } from "./registry.js";
import { runStudy, type StudyOptions, type StudyRecord } from "./run-study.js";
import type { Study, StudyParameters } from "./study.js";
import { type StudyFailure, studyFailure } from "./study-failure.js";
import { studyParameters } from "./study-parameters.js";

/** What `runStudies` computes, and where it finds data. */
export interface RunStudiesOptions extends Omit<StudyOptions, "executor" | "loadData" | "command"> {
  /** heading of the page; default: that of a single study, else Studies */
  readonly title?: string | undefined;
  /** the command that makes the whole run again */
  readonly command: string;
  /** the command that makes one of the studies again */
  readonly commandOf?: ((study: Study) => string) | undefined;
  /** other values of parameters, for the studies that have them */
  readonly parameters?: StudyParameters | undefined;
  readonly dataDir?: string | undefined;
  readonly offline?: boolean | undefined;
  /**
   * studies of this package computed at once, or parts of a single one, in threads of their own: each lane takes an equal share of `threads`,
   * at least one, and a native linear algebra where there is one; default 1, which computes in this thread
   */
  readonly lanes?: number | undefined;
}

/** Where the finished pieces of an unfinished run are: beside its folder, so that another attempt finds them. */
export function piecesFolder(out: string): string {
  return join(dirname(resolve(out)), `${basename(resolve(out))}.pieces`);
}

async function hasEntries(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return false;
    throw fileError("cannot read", folder, cause);
  }
}

/** What of the changes a study takes: all where it is alone, else those that it knows. */
function changesOf(list: readonly Study[], study: Study, changes: StudyParameters): StudyParameters {
  const known = (name: string) => Object.hasOwn(study.parameters.quick, name);
  const elsewhere = (name: string) => list.some(({ parameters }) => Object.hasOwn(parameters.quick, name));
  return Object.fromEntries(Object.entries(changes).filter(([name]) => known(name) || !elsewhere(name)));
}

/** More lanes than this mostly cost memory: each has the data sets for itself. */
const MOST_LANES = 8;

/** How many lanes there may be: those of this package's own studies only, since threads know studies by their ids. */
function laneCount(list: readonly Study[], { lanes = 1 }: RunStudiesOptions): number {
  const known = studies();
  return list.every((study) => known.includes(study)) ? Math.min(lanes, MOST_LANES) : 1;
}

/** The native library of all lanes is one: each call takes the threads of a lane, not all. */
async function holdLibrary(threads: number): Promise<() => void> {
  const { library } = await searchNativeLibrary();
  return library === null ? () => {} : threadHolds(library)(threads);
}

/** The notes on the theory, which come with the package; empty where they do not. */
async function theoryNotes(): Promise<string> {
  try {
    return await readFile(new URL(`../../${THEORY_NOTES}`, import.meta.url), "utf8");
  } catch {
    return "";
  }
}

/** What a run of studies leaves. */
export interface StudiesRun {
  readonly records: readonly StudyRecord[];
  /** studies without results; never of a run of one study, which throws instead */
  readonly failures: readonly StudyFailure[];
  /** folder of finished pieces that stays because something failed: the same call takes them up; null: none */
  readonly kept: string | null;
}

/** Data sets of the list, each looked for once; what cannot be had fails its studies, or all where there is one study. */
async function missingData(list: readonly Study[], options: RunStudiesOptions, loadData: LoadData) {
  const errors = new Map<Study, unknown>();
  for (const study of list) {
    if (study.data === null) continue;
    try {
      await loadData(options.data ?? study.data);
    } catch (error) {
      if (list.length === 1 || isForetrainError(error, "ERR_ABORTED")) throw error;
      errors.set(study, error);
    }
  }
  return errors;
}

type LoadData = (source: string) => ReturnType<typeof loadDataset>;

function dataLoader({ dataDir, offline, signal, onProgress }: RunStudiesOptions): LoadData {
  const loaded = new Map<string, ReturnType<typeof loadDataset>>();
  return (source) => {
    const known = loaded.get(source) ?? loadDataset(source, { dataDir, offline, signal, onProgress });
    loaded.set(source, known);
    return known;
  };
}

/**
 * Runs studies and writes `out`: for each study a folder with `results.json`, `data.npz`, its figures (760 px wide) and `narrow` with
 * the same ones 380 px wide, and `index.html` over all.
 * Nothing of `out` changes before all is done. Finished pieces of the work stay in `out`.pieces until then: after a crash or Ctrl-C
 * the same call goes on from there.
 *
 * Of several studies, one that fails or lacks its data set is shown as such, and the others run; the pieces then stay.
 *
 * @throws ForetrainError `ERR_FILE` before any work when `out` holds other files; `ERR_ABORTED` with `kept` in its details;
 *   `ERR_USAGE` for parameters that no study has; of a single study what it throws
 */
export async function runStudies(
  list: readonly Study[],
  out: string,
  options: RunStudiesOptions,
): Promise<StudiesRun> {
  const { signal, seed, command, size = "quick" } = options;
  const pieces = piecesFolder(out);
  const single = list.length === 1;
  const commandOf = (study: Study) => options.commandOf?.(study) ?? command;
  try {
    const changes = new Map(list.map((study) => [study, changesOf(list, study, options.parameters ?? {})]));
    for (const study of list) studyParameters(study, size, changes.get(study));
    await checkRunFolder(out);
    const lanes = laneCount(list, options);
    // a data set that cannot be had is said before anything is computed
    // lanes read data for themselves: what this thread looked at need not stay in memory
    const loadData = dataLoader(options);
    const missing = await missingData(list, options, lanes > 1 ? dataLoader(options) : loadData);
    const able = list.filter((study) => !missing.has(study));
    const { value } = await withRunFolder(
      out,
      { command, ...(seed === undefined ? {} : { seed }), signal },
      async (run) => {
        const entries = new Map<string, GalleryEntry>();
        const fail = async (study: Study, reason: StudyFailure["reason"], error: unknown) => {
          if (single || isForetrainError(error, "ERR_ABORTED")) throw error;
          const failure = studyFailure(study, reason, error, { size, command: commandOf(study) });
          entries.set(study.id, failure);
          await run.write(`${study.id}/failure.json`, `${JSON.stringify(failure, null, 2)}\n`);
        };
        const keep = async (drawn: DrawnStudy) => {
          const { id } = drawn.record;
          await run.write(`${id}/results.json`, `${JSON.stringify(drawn.record, null, 2)}\n`);
          if (drawn.arrays !== null) await run.write(`${id}/data.npz`, writeNpz(drawn.arrays));
          for (const { name, file, narrowFile } of drawn.figures) {
            await run.write(`${id}/${name}.svg`, `${file}\n`);
            await run.write(`${id}/narrow/${name}.svg`, `${narrowFile}\n`);
          }
          entries.set(id, { ...drawn, arrays: null });
        };
        for (const [study, error] of missing) await fail(study, "no-data", error);
        if (lanes > 1) {
          const { threads, data, dataDir, offline } = options;
          const share = Math.max(1, Math.floor((threads ?? hardwareThreads()) / lanes));
          const jobs = able.map((study) => ({
            ...{ id: study.id, parameters: changes.get(study)!, command: commandOf(study) },
          }));
          const settings = { size, seed, threads: share, data, dataDir, offline, pieces };
          const release = await holdLibrary(share);
          await runLanes(jobs, lanes, settings, options, (id, outcome) =>
            "study" in outcome
              ? keep(outcome.study)
              : fail(able.find((study) => study.id === id)!, "failed", outcome.error),
          ).finally(release);
        } else {
          const executor = localExecutor({ store: folderStore(pieces) });
          for (const study of able) {
            const own = { parameters: changes.get(study), executor, loadData, command: commandOf(study) };
            try {
              await keep(drawStudy(await runStudy(study, { ...options, ...own })));
            } catch (error) {
              await fail(study, "failed", error);
            }
          }
        }
        const all = list.map(({ id }) => entries.get(id)!);
        const [first] = all.flatMap((entry) => (isFailure(entry) ? [] : [entry.record]));
        const own = single && first !== undefined ? `${first.id}: ${first.title}` : undefined;
        const title = options.title ?? own;
        await run.write("index.html", galleryPage(all, { title, notes: await theoryNotes() }));
        return all;
      },
    );
    const failures = value.filter(isFailure);
    const kept = failures.length > 0 && (await hasEntries(pieces)) ? pieces : null;
    if (kept === null) await rm(pieces, { recursive: true, force: true });
    return {
      records: value.flatMap((entry) => (isFailure(entry) ? [] : [entry.record])),
      failures,
      kept,
    };
  } catch (error) {
    if (isForetrainError(error, "ERR_ABORTED") && (await hasEntries(pieces))) {
      throw new ForetrainError(
        "ERR_ABORTED",
        error.message,
        { ...error.details, kept: pieces },
        { cause: error },
      );
    }
    throw error;
  }
}
