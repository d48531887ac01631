/**
 * Studies into a run folder: one subfolder each, one page over all (Node).
 * @module
 */
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, systemCode } from "../data/file-error-node.js";
import { writeNpz } from "../data/index.js";
import { loadDataset } from "../data/index-node.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import { localExecutor } from "../runs/index.js";
import { folderStore, withRunFolder } from "../runs/index-node.js";
import { renderGallery } from "./gallery.js";
import { runStudy, type StudyOptions, type StudyRecord, type StudyRun } from "./run-study.js";
import type { Study, StudyParameters } from "./study.js";
import { studyParameters } from "./study-parameters.js";

export interface RunStudiesOptions extends Omit<StudyOptions, "executor" | "loadData" | "command"> {
  /** heading of the page */
  readonly title?: string | undefined;
  /** the command that makes the whole run again */
  readonly command: string;
  /** the command that makes one of the studies again */
  readonly commandOf?: ((study: Study) => string) | undefined;
  /** other values of parameters, for the studies that have them */
  readonly parameters?: StudyParameters | undefined;
  readonly dataDir?: string | undefined;
  readonly offline?: boolean | undefined;
}

/** Where the finished pieces of an unfinished run are: beside its folder, so that another attempt finds them. */
export function piecesFolder(out: string): string {
  return join(dirname(resolve(out)), `${basename(resolve(out))}.pieces`);
}

const FIGURE_WIDTH = 760;

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

/**
 * Runs studies one after another and writes `out`: for each study a folder with `results.json`, `data.npz` and its figures,
 * and `index.html` over all. Nothing of `out` changes before all is done. Finished pieces of the work stay in `out`.pieces
 * until then: after a crash or Ctrl-C the same call goes on from there.
 *
 * @throws ForetrainError `ERR_FILE` before any work when `out` holds other files; `ERR_ABORTED` with `kept` in its details;
 *   what the studies throw
 */
export async function runStudies(
  list: readonly Study[],
  out: string,
  options: RunStudiesOptions,
): Promise<readonly StudyRecord[]> {
  const { signal, onProgress, seed, dataDir, offline, command } = options;
  const pieces = piecesFolder(out);
  const executor = localExecutor({ store: folderStore(pieces) });
  const loaded = new Map<string, ReturnType<typeof loadDataset>>();
  const loadData = (source: string) => {
    const known = loaded.get(source) ?? loadDataset(source, { dataDir, offline, signal, onProgress });
    loaded.set(source, known);
    return known;
  };
  try {
    const changes = new Map(list.map((study) => [study, changesOf(list, study, options.parameters ?? {})]));
    for (const study of list) studyParameters(study, options.size ?? "quick", changes.get(study));
    // a data set that cannot be had is said before anything is computed
    for (const { data } of list) if (data !== null) await loadData(options.data ?? data);
    const { value } = await withRunFolder(
      out,
      { command, ...(seed === undefined ? {} : { seed }), signal },
      async (run) => {
        const runs: StudyRun[] = [];
        for (const study of list) {
          const done = await runStudy(study, {
            ...options,
            parameters: changes.get(study),
            executor,
            loadData,
            command: options.commandOf?.(study) ?? command,
          });
          runs.push(done);
          await run.write(`${study.id}/results.json`, `${JSON.stringify(done.record, null, 2)}\n`);
          if (done.arrays !== null) await run.write(`${study.id}/data.npz`, writeNpz(done.arrays));
          for (const { name, draw } of done.figures) {
            await run.write(`${study.id}/${name}.svg`, `${draw({ id: name, width: FIGURE_WIDTH })}\n`);
          }
        }
        await run.write("index.html", renderGallery(runs, options.title));
        return runs.map(({ record }) => record);
      },
    );
    await rm(pieces, { recursive: true, force: true });
    return value;
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
