/**
 * Writing files so that a reader sees the old content or the new, never a part.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, systemCode } from "../data/file-error-node.js";
import { ForetrainError } from "../errors.js";
import { type LongWork, throwIfAborted } from "../progress.js";

/** What a file can be made of: text, bytes, or bytes in pieces (not joined in memory). */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/** Writes the content by itself, at any positions. */
export type FileWriter = (handle: FileHandle) => Promise<void>;

/** Large pieces are written in parts of this size, so that cancellation is heard in between. */
const PART = 16 * 1024 * 1024;

function* partsOf(content: FileContent): Generator<Uint8Array> {
  const whole = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (const piece of whole instanceof Uint8Array ? [whole] : whole) {
    for (let at = 0; at < piece.length; at += PART) yield piece.subarray(at, at + PART);
  }
}

/** Writes all of `content` and calls `onPart` with each part written. */
export async function writeParts(
  handle: FileHandle,
  content: FileContent,
  signal: AbortSignal | undefined,
  onPart: (part: Uint8Array) => void = () => {},
): Promise<void> {
  for (const part of partsOf(content)) {
    throwIfAborted(signal);
    for (let at = 0; at < part.length; ) at += (await handle.write(part, at)).bytesWritten;
    onPart(part);
  }
}

/** What is at `path` (links followed); null when there is nothing. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return null;
    throw error;
  }
}

/** Makes a rename last through a power failure; folders cannot be synced on Windows, and need not be. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // best effort: the files themselves are synced
  }
}

/**
 * Writes a file whole or not at all: to a temporary file in the same folder, synced, then renamed over `path`. Missing
 * parent folders are made. When it fails or is cancelled, the old file is untouched and the temporary one is gone.
 * A link is followed; a device or pipe (`/dev/stdout`) is written directly, since it cannot be replaced.
 *
 * @throws ForetrainError `ERR_FILE` with path and reason; `ERR_ABORTED`
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent | FileWriter,
  { signal }: Pick<LongWork, "signal"> = {},
): Promise<void> {
  throwIfAborted(signal);
  const writeTo = (handle: FileHandle) =>
    typeof content === "function" ? content(handle) : writeParts(handle, content, signal);
  let temporary: string | undefined;
  try {
    const existing = await statOrNull(path);
    if (existing !== null && !existing.isFile() && !existing.isDirectory()) {
      const device = await open(path, "w");
      try {
        await writeTo(device);
      } finally {
        await device.close();
      }
      return;
    }
    const target = existing === null ? resolve(path) : await realpath(path);
    await mkdir(dirname(target), { recursive: true });
    temporary = join(
      dirname(target),
      `.${basename(target)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`,
    );
    const handle = await open(temporary, "wx");
    try {
      if (existing !== null) await handle.chmod(existing.mode);
      await writeTo(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    throwIfAborted(signal);
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => {});
    throw fileError("cannot write", path, cause);
  }
}

/**
 * Refuses early when a file could not be written: finds the nearest folder that exists above `path` and makes and removes
 * a file there (permission bits alone say too little: read-only mounts, quotas, root). Nothing stays.
 *
 * @throws ForetrainError `ERR_FILE` when `path` is a folder, or nothing can be written there
 */
export async function checkWritable(path: string): Promise<void> {
  const existing = await statOrNull(path);
  if (existing?.isDirectory()) {
    throw new ForetrainError("ERR_FILE", `cannot write ${path}: it is a folder, expected a file name`, {
      argument: path,
      got: "folder",
    });
  }
  if (existing === null || existing.isFile()) await probeFolder(dirname(resolve(path)), path);
}

/** Throws `ERR_FILE` about `path` unless files can be made in `folder`, or in what exists of it. */
export async function probeFolder(folder: string, path: string): Promise<void> {
  try {
    let at = folder;
    let found = await statOrNull(at);
    while (found === null && dirname(at) !== at) {
      at = dirname(at);
      found = await statOrNull(at);
    }
    if (found !== null && !found.isDirectory()) {
      throw new ForetrainError(
        "ERR_FILE",
        `cannot write ${path}: ${at} is a file, not a folder; choose another place`,
        { argument: path, got: at },
      );
    }
    const probe = join(at, `.foretrain-probe-${process.pid}-${randomBytes(4).toString("hex")}`);
    const handle = await open(probe, "wx");
    await handle.close();
    await rm(probe);
  } catch (cause) {
    throw fileError("cannot write", path, cause);
  }
}
