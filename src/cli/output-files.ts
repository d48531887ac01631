/**
 * Checks of the files that a command will write, before it computes anything.
 * @module
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ForetrainError } from "../errors.js";
import { checkWritable } from "../runs/index-node.js";

/** Paths by the flag that gave them; flags that were not given are undefined. */
export type FlagPaths = Readonly<Record<string, string | undefined>>;

/** The same text for all paths of one file: links followed as far as the path exists. */
function identity(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const parent = dirname(whole);
    return parent === whole ? whole : join(identity(parent), basename(whole));
  }
}

const given = (paths: FlagPaths) =>
  Object.entries(paths).filter((entry): entry is [string, string] => entry[1] !== undefined);

/**
 * Refuses outputs that would overwrite an input or each other, or that cannot be written.
 * @throws ForetrainError `ERR_USAGE` naming both flags, `ERR_FILE`
 */
export async function checkOutputs(outputs: FlagPaths, inputs: FlagPaths = {}): Promise<void> {
  const taken = new Map<string, string>();
  for (const [flag, path] of given(inputs)) taken.set(identity(path), flag);
  for (const [flag, path] of given(outputs)) {
    if (path === "-") {
      throw new ForetrainError(
        "ERR_USAGE",
        `${flag}: got "-", expected a path; standard output is /dev/stdout`,
        { argument: flag, got: path },
      );
    }
    const other = taken.get(identity(path));
    if (other !== undefined) {
      throw new ForetrainError(
        "ERR_USAGE",
        `${flag}: got "${path}", the same file as ${other}, expected another one`,
        { argument: flag, got: path, other },
      );
    }
    taken.set(identity(path), flag);
  }
  for (const [, path] of given(outputs)) await checkWritable(path);
}

const STDOUT = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** True for the names of standard output: a summary must then go elsewhere. */
export function isStandardOutput(path: string): boolean {
  return STDOUT.includes(path);
}

/** Whether a path means a folder: it is one, or ends like one. */
export function isFolderPath(path: string): boolean {
  if (/[\\/]$/.test(path)) return true;
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // nothing there, or not to be seen: writing will tell
  }
}
