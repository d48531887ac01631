/**
 * Run folders. Everything is first written into a hidden folder beside the wanted one, and moved into place at the end:
 * a run that fails, is cancelled or crashes leaves what was there before.
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, posix, resolve } from "node:path";
import { fileError, systemCode } from "../data/file-error-node.js";
import { ForetrainError } from "../errors.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { VERSION } from "../version.js";
import {
  MANIFEST_NAME,
  type RunFile,
  type RunManifest,
  readManifestOrNull,
  verifyRun,
} from "./manifest-node.js";
import { type FileContent, probeFolder, statOrNull, syncFolder, writeParts } from "./write-node.js";

export interface RunOptions extends Pick<LongWork, "signal"> {
  /** the command line or call that makes it again */
  readonly command: string;
  readonly seed?: number | undefined;
}

/** A run folder that is being filled. */
export interface RunFolder {
  /** where it will be */
  readonly path: string;
  /** Writes one file; `name` may have folders (`figures/loss.svg`). A second write of a name replaces the first. */
  readonly write: (name: string, content: FileContent) => Promise<void>;
  /** Writes `run.json` and moves the folder into place, over a former run. */
  readonly finish: () => Promise<RunManifest>;
  /** Removes what was written; does nothing after `finish`. */
  readonly discard: () => Promise<void>;
}

/** What is at the place of a run folder. */
type Place = "free" | "empty" | "run";

async function inspect(path: string): Promise<Place> {
  const found = await statOrNull(path);
  if (found === null) return "free";
  if (!found.isDirectory()) {
    throw new ForetrainError("ERR_FILE", `cannot write the run to ${path}: it is a file, expected a folder`, {
      argument: path,
      got: "file",
    });
  }
  const entries = await readdir(path);
  if (entries.length === 0) return "empty";
  if ((await readManifestOrNull(path)) !== null) return "run";
  throw new ForetrainError(
    "ERR_FILE",
    `cannot write the run to ${path}: it holds files that are no run of foretrain (${entries.length}); choose another folder, or empty it`,
    { argument: path, got: entries.length, expected: `empty, or with ${MANIFEST_NAME}` },
  );
}

/**
 * Refuses early when a run could not be written to `path`: it is a file, a folder with other content, or nothing can be
 * made there. Makes nothing that stays.
 *
 * @throws ForetrainError `ERR_FILE`
 */
export async function checkRunFolder(path: string): Promise<void> {
  try {
    const place = await inspect(path);
    await probeFolder(place === "free" ? resolve(path) : dirname(await realpath(path)), path);
  } catch (cause) {
    throw fileError("cannot write the run to", path, cause);
  }
}

/** Host and process in the name tell a later run whether the writer still lives. */
function hiddenName(target: string, purpose: string): string {
  const host = hostname().replace(/[^A-Za-z0-9]/g, "") || "host";
  return join(
    dirname(target),
    `.${basename(target)}.${purpose}-${host}-${process.pid}-${randomBytes(3).toString("hex")}`,
  );
}

/** Removes what killed runs of this machine left beside `target`. */
async function sweep(target: string): Promise<void> {
  const host = hostname().replace(/[^A-Za-z0-9]/g, "") || "host";
  const prefix = `.${basename(target)}.partial-${host}-`;
  for (const name of await readdir(dirname(target))) {
    const match = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{6}$/.exec(name.slice(prefix.length)) : null;
    if (match === null || Number(match[1]) === process.pid) continue;
    try {
      process.kill(Number(match[1]), 0); // signal 0 only asks whether the process is there
    } catch (error) {
      if (systemCode(error) === "ESRCH") {
        await rm(join(dirname(target), name), { recursive: true, force: true }).catch(() => {});
      }
    }
  }
}

function checkName(name: string): string {
  const clean = posix.normalize(name);
  const good =
    name !== "" && !name.includes("\\") && !clean.startsWith("/") && clean !== "." && !clean.startsWith("..");
  if (!good || clean === MANIFEST_NAME) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `run folder: "${name}" is no name for a file of a run; expected a path inside the folder, other than ${MANIFEST_NAME}`,
      { argument: "name", got: name },
    );
  }
  return clean;
}

/**
 * Begins a run folder at `path`. A folder with other content is refused; a former run is replaced when the new one is
 * finished, and files that someone added to it or edited in it are kept.
 *
 * @throws ForetrainError `ERR_FILE` before any work is done
 * @example
 * const run = await createRunFolder("runs/mnist", { command: "foretrain forecast spec.json", seed: 0 });
 * try {
 *   await run.write("forecast.json", text);
 *   await run.finish();
 * } finally {
 *   await run.discard();
 * }
 */
export async function createRunFolder(path: string, options: RunOptions): Promise<RunFolder> {
  throwIfAborted(options.signal);
  await checkRunFolder(path);
  const started = new Date();
  let target: string;
  let staging: string;
  try {
    target = (await statOrNull(path)) === null ? resolve(path) : await realpath(path);
    await mkdir(dirname(target), { recursive: true });
    await sweep(target);
    staging = hiddenName(target, "partial");
    await mkdir(staging);
  } catch (cause) {
    throw fileError("cannot write the run to", path, cause);
  }
  const files = new Map<string, RunFile>();
  let open_ = true;
  // process.exit skips pending promises, and so would skip discard()
  const onExit = () => rmSync(staging, { recursive: true, force: true });
  process.on("exit", onExit);

  function close(): void {
    open_ = false;
    process.off("exit", onExit);
  }
  function requireOpen(): void {
    if (open_) return;
    throw new ForetrainError("ERR_FILE", `run folder ${path}: it is finished or discarded already`, {
      argument: path,
    });
  }
  async function writeStaged(name: string, content: FileContent): Promise<RunFile> {
    const file = join(staging, name);
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(file, "w");
      try {
        await writeParts(handle, content, options.signal, (part) => {
          hash.update(part);
          bytes += part.length;
        });
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw fileError("cannot write", join(path, name), cause);
    }
    return { name, bytes, sha256: hash.digest("hex") };
  }

  return {
    path,
    async write(name, content) {
      requireOpen();
      throwIfAborted(options.signal);
      const clean = checkName(name);
      files.set(clean, await writeStaged(clean, content));
    },
    async finish() {
      requireOpen();
      throwIfAborted(options.signal);
      const finished = new Date();
      const manifest: RunManifest = {
        foretrain: 1,
        kind: "run",
        command: options.command,
        seed: options.seed ?? null,
        versions: {
          foretrain: VERSION,
          node: process.versions.node,
          v8: process.versions.v8,
          platform: `${process.platform}-${process.arch}`,
        },
        started: started.toISOString(),
        finished: finished.toISOString(),
        seconds: (finished.getTime() - started.getTime()) / 1000,
        files: [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
      await writeStaged(MANIFEST_NAME, `${JSON.stringify(manifest, null, 2)}\n`);
      throwIfAborted(options.signal);
      try {
        await moveIntoPlace(staging, target);
      } catch (cause) {
        throw fileError("cannot write the run to", path, cause);
      }
      close();
      return manifest;
    },
    async discard() {
      if (!open_) return;
      close();
      await rm(staging, { recursive: true, force: true });
    },
  };
}

async function moveIntoPlace(staging: string, target: string): Promise<void> {
  // looked at again: someone may have put something there since the run began
  const place = await inspect(target);
  if (place === "empty") await rmdir(target);
  if (place !== "run") {
    await rename(staging, target);
    await syncFolder(dirname(target));
    return;
  }
  const former = hiddenName(target, "former");
  await rename(target, former);
  try {
    await rename(staging, target);
  } catch (cause) {
    await rename(former, target);
    throw cause;
  }
  await syncFolder(dirname(target));
  await keepAdded(former, target);
}

/**
 * Moves what the former run did not write as it is (files that were added, files of the run that were edited since) into
 * the new folder, as NAME.kept where the name is taken, then removes the former.
 */
async function keepAdded(former: string, target: string): Promise<void> {
  const manifest = await readManifestOrNull(former);
  const written = new Set([MANIFEST_NAME, ...(manifest?.files ?? []).map((file) => file.name)]);
  for (const { name } of manifest === null ? [] : await verifyRun(former)) written.delete(name);
  const entries = await readdir(former, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const parent = entry.parentPath;
    const from = join(parent, entry.name);
    const name = from
      .slice(former.length + 1)
      .split(/[\\/]/)
      .join("/");
    if (written.has(name)) continue;
    let to = join(target, name);
    while ((await statOrNull(to)) !== null) to += ".kept";
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }
  await rm(former, { recursive: true, force: true });
}

/**
 * Runs `body` with a run folder, finishes it when `body` returns and discards it when it throws.
 *
 * @returns what `body` returned, and the manifest
 */
export async function withRunFolder<T>(
  path: string,
  options: RunOptions,
  body: (run: RunFolder) => Promise<T>,
): Promise<{ readonly value: T; readonly manifest: RunManifest }> {
  const run = await createRunFolder(path, options);
  try {
    const value = await body(run);
    return { value, manifest: await run.finish() };
  } finally {
    await run.discard();
  }
}
