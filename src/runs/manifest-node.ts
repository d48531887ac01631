/**
 * `run.json`: what a run folder holds and how it was made.
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileError, systemCode } from "../data/file-error-node.js";
import { ForetrainError } from "../errors.js";

export const MANIFEST_NAME = "run.json";

export interface RunFile {
  /** path inside the folder, with `/` */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How a run was made and what it wrote. */
export interface RunManifest {
  readonly foretrain: 1;
  readonly kind: "run";
  /** the command line or call that makes it again */
  readonly command: string;
  readonly seed: number | null;
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC */
  readonly started: string;
  readonly finished: string;
  readonly seconds: number;
  /** every file but `run.json` itself, sorted by name */
  readonly files: readonly RunFile[];
}

function isManifest(value: unknown): value is RunManifest {
  if (typeof value !== "object" || value === null) return false;
  const { foretrain, kind, files } = value as Partial<RunManifest>;
  return (
    foretrain === 1 &&
    kind === "run" &&
    Array.isArray(files) &&
    files.every((file: unknown) => {
      if (typeof file !== "object" || file === null) return false;
      const { name, bytes, sha256 } = file as Partial<RunFile>;
      return typeof name === "string" && typeof bytes === "number" && typeof sha256 === "string";
    })
  );
}

/** The manifest of a run folder; null when the folder is none. */
export async function readManifestOrNull(folder: string): Promise<RunManifest | null> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST_NAME), "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT" || systemCode(cause) === "ENOTDIR") return null;
    throw fileError("cannot read", join(folder, MANIFEST_NAME), cause);
  }
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * The manifest of a run folder.
 * @throws ForetrainError `ERR_FILE` when the folder is no run folder
 */
export async function readRunManifest(folder: string): Promise<RunManifest> {
  const manifest = await readManifestOrNull(folder);
  if (manifest !== null) return manifest;
  throw new ForetrainError(
    "ERR_FILE",
    `${folder} is no run folder: it has no readable ${MANIFEST_NAME}; expected a folder that foretrain wrote`,
    { argument: folder, expected: MANIFEST_NAME },
  );
}

/** A file of a run folder that is not as its manifest says. */
export interface RunDifference {
  readonly name: string;
  readonly problem: "missing" | "changed";
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** The files of a run folder that are missing or changed; empty for a run as it was written. */
export async function verifyRun(folder: string): Promise<readonly RunDifference[]> {
  const { files } = await readRunManifest(folder);
  const differences: RunDifference[] = [];
  for (const { name, sha256 } of files) {
    try {
      if ((await sha256Of(join(folder, name))) !== sha256) differences.push({ name, problem: "changed" });
    } catch (cause) {
      if (systemCode(cause) !== "ENOENT") throw fileError("cannot read", join(folder, name), cause);
      differences.push({ name, problem: "missing" });
    }
  }
  return differences;
}
