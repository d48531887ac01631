/**
 * What pool and worker say to each other.
 * @module
 */
import { type ErrorCode, ForetrainError, isForetrainError } from "../errors.js";

export type ToWorker =
  | { readonly kind: "open"; readonly task: string; readonly payload: unknown }
  | { readonly kind: "message"; readonly value: unknown }
  | { readonly kind: "close" };

export type ToHost =
  /** the worker's code is loaded */
  | { readonly kind: "ready" }
  | { readonly kind: "message"; readonly value: unknown }
  /** the task is closed, the worker is free */
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly error: PlainError };

/** An error as plain data. */
export interface PlainError {
  readonly message: string;
  readonly code: ErrorCode | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | null;
}

/** Details that no clone can carry are left out. */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error), code: null, details: {}, stack: null };
  const known = isForetrainError(error);
  let details: Readonly<Record<string, unknown>> = {};
  if (known) {
    try {
      details = structuredClone(error.details);
    } catch {
      // message and code say enough
    }
  }
  return { message: error.message, code: known ? error.code : null, details, stack: error.stack ?? null };
}

/** The error that the worker had: of this package as it was there, others as bugs with the worker's stack. */
export function fromPlainError({ message, code, details, stack }: PlainError): Error {
  if (code !== null) return new ForetrainError(code, message, details);
  const error = new Error(`in a worker: ${message}`);
  if (stack !== null) error.stack = stack;
  return error;
}
