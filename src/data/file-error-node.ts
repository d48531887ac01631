/**
 * Errors of the file system in words: what could not be done, why, what to do.
 * @module
 */
import { ForetrainError } from "../errors.js";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied; choose another place or change its permissions",
  EPERM: "not permitted; choose another place or change its permissions",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "the disk is full; free some space or choose another place",
  EDQUOT: "the disk quota is used up; free some space or choose another place",
  ENOENT: "no such file or folder; check the path",
  ENOTDIR: "a part of the path is a file, not a folder; choose another place",
  EISDIR: "it is a folder, expected a file",
  EEXIST: "it exists already",
  EMFILE: "too many open files; close some programs",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  EBUSY: "it is in use by another program",
};

/** The code of a Node error such as `ENOENT`, or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * An `ERR_FILE` for a failed file operation; errors of this package pass through.
 *
 * @param action  for example `cannot write`
 */
export function fileError(action: string, path: string, cause: unknown): ForetrainError {
  if (cause instanceof ForetrainError) return cause;
  const code = systemCode(cause);
  const reason =
    (code === undefined ? undefined : REASONS[code]) ??
    (cause instanceof Error ? cause.message : String(cause));
  return new ForetrainError(
    "ERR_FILE",
    `${action} ${path}: ${reason}`,
    { argument: path, got: code ?? null },
    { cause },
  );
}
