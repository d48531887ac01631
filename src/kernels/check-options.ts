/**
 * Checks of the options of kernels, for callers without types.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { showValue } from "../network/check.js";
import { MOST_THREADS } from "../threads/index.js";
import type { KernelOptions } from "./kernel.js";

const whole = (most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;

const flag = (value: unknown) => typeof value === "boolean";

const has = (value: unknown, name: string) =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Record<string, unknown>)[name] === "function";

/** Option, what it must be, and in words; the names of backends and matrices are checked where they are known. */
const CHECKS: readonly [name: keyof KernelOptions, ok: (value: unknown) => boolean, expected: string][] = [
  ["tile", whole(Number.MAX_SAFE_INTEGER), "a whole number >= 1"],
  ["threads", whole(MOST_THREADS), `a whole number from 1 to ${MOST_THREADS}`],
  ["memoryLimit", (value) => typeof value === "number" && value > 0, "a number of bytes > 0"],
  ["sharedMemory", flag, "true or false"],
  ["sameSamples", flag, "true or false"],
  ["onProgress", (value) => typeof value === "function", "a function of { label, done, total, unit }"],
  ["signal", (value) => has(value, "addEventListener"), "an AbortSignal"],
  [
    "backend",
    (value) => typeof value === "string" || has(value, "open"),
    "a name such as auto, or a backend",
  ],
];

/** Flags of the command line that set an option. */
const FLAGS: Partial<Record<keyof KernelOptions, string>> = {
  tile: " (--tile)",
  threads: " (--threads)",
  memoryLimit: " (--memory)",
};

/** @throws ERR_USAGE for options that are no object, and for the first that is of a wrong type or out of its range */
export function checkKernelOptions(options: unknown, caller: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `${caller}: options is ${showValue(options)}, expected an object such as { get: ["ntk"] }; leave it out for the defaults`,
      { argument: "options", got: options },
    );
  }
  for (const [name, ok, expected] of CHECKS) {
    const value = (options as KernelOptions)[name] as unknown;
    if (value === undefined || ok(value)) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `${caller}: ${name}${FLAGS[name] ?? ""} is ${typeof value === "number" ? value : showValue(value)}, expected ${expected}`,
      { argument: name, got: value, expected },
    );
  }
}
