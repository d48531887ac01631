/**
 * Run folders as the lab sees them: a list, the files of one, a file. Nothing is ever written.
 * @module
 */
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { readManifestOrNull } from "../../runs/manifest-node.js";
import { placeWithin } from "./file-paths.js";

/** Runs lie at most so deep below the folder that was given. */
const DEPTH_MAX = 4;
/** Enough for a list that a person reads; a folder of a million files must not stop the server. */
const FOLDERS_MAX = 20_000;

/** A run folder in the list of runs. */
export interface ListedRun {
  /** path below the folder of runs, with `/`; empty for that folder itself */
  readonly path: string;
  readonly command: string;
  readonly seed: number | null;
  /** ISO 8601, UTC */
  readonly finished: string;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

async function listed(root: string, segments: readonly string[]): Promise<ListedRun | null> {
  const place = await placeWithin(root, segments);
  if (place === null) return null;
  let manifest: Awaited<ReturnType<typeof readManifestOrNull>>;
  try {
    manifest = await readManifestOrNull(place);
  } catch {
    return null; // not readable: the others still are
  }
  if (manifest === null) return null;
  const { command, seed, finished, seconds, versions, files } = manifest;
  return {
    path: segments.join("/"),
    command,
    seed,
    finished,
    seconds,
    versions,
    files: files.map(({ name, bytes }) => ({ name, bytes })),
  };
}

/** Every run folder below `root`, newest first; links are not followed. */
export async function listRuns(root: string): Promise<readonly ListedRun[]> {
  const runs: ListedRun[] = [];
  const waiting: string[][] = [[]];
  for (let seen = 0; waiting.length > 0 && seen < FOLDERS_MAX; seen++) {
    const segments = waiting.shift()!;
    const run = await listed(root, segments);
    if (run !== null) {
      runs.push(run);
      continue; // what is inside a run belongs to it
    }
    if (segments.length >= DEPTH_MAX) continue;
    const entries = await readdir(join(root, ...segments), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules") {
        waiting.push([...segments, entry.name]);
      }
    }
  }
  return runs.sort((a, b) => (a.finished < b.finished ? 1 : a.finished > b.finished ? -1 : 0));
}

/** A file that is open for reading; whoever has it closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** A file below `root`; null when there is none, it is no plain file, or a link leads out of the folder. */
export async function openRunFile(root: string, segments: readonly string[]): Promise<OpenFile | null> {
  const place = await placeWithin(root, segments);
  if (place === null) return null;
  let handle: FileHandle;
  try {
    handle = await open(place, "r");
  } catch {
    return null;
  }
  const stat = await handle.stat().catch(() => null);
  if (stat?.isFile() === true) return { handle, bytes: stat.size };
  await handle.close();
  return null;
}
