import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import { type ErrorCode, type ForetrainError, isForetrainError } from "../../src/errors.js";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is removed after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "foretrain-test-"));
  made.push(folder);
  return folder;
}

/** The error of a promise, which must be of this package and of this code. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<ForetrainError> {
  const error = await promise.then(
    () => new Error("did not reject"),
    (thrown: unknown) => thrown,
  );
  if (!isForetrainError(error)) throw error;
  expect(error.code).toBe(code);
  return error;
}
