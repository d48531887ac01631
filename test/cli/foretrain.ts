/**
 * Runs the compiled command line in a scratch folder.
 * @module
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join, resolve } from "node:path";

/** The compiled command line. */
export const BIN = join(resolve(import.meta.dirname, "../.."), "dist", "cli", "bin.js");

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `foretrain ...args` in `cwd` to its end. */
export function foretrain(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, [BIN, ...args], { cwd, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Starts `foretrain ...args` and gives the running process. */
export function startForetrain(cwd: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
}
