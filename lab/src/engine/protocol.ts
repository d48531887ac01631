/**
 * What the page and its worker say to each other, and what an operation of the worker is.
 * @module
 */
import { type ErrorCode, ForetrainError, isForetrainError, type LongWork, type Progress } from "foretrain";

/** How an operation tells what it is at. */
export interface OperationWork extends LongWork {
  /** shows what is known so far, a result like that of the end; its buffers move to the page */
  readonly onPart?: (value: unknown) => void;
}

/** Something that the worker computes: plain data in, plain data over typed arrays out. */
export type Operation = (input: never, work: OperationWork) => unknown;

/** Operations by their names. */
export type Operations = Readonly<Record<string, Operation>>;

export type InputOf<O extends Operation> = Parameters<O>[0];
export type ResultOf<O extends Operation> = Awaited<ReturnType<O>>;

export type ToWorker =
  | { readonly kind: "request"; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: "cancel"; readonly id: number };

export type FromWorker =
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "part"; readonly id: number; readonly value: unknown }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: PlainError };

/** An error as plain data: clones of errors lose their code. */
export interface PlainError {
  readonly message: string;
  readonly code: ErrorCode | null;
}

export function plainError(error: unknown): PlainError {
  if (isForetrainError(error)) return { message: error.message, code: error.code };
  return { message: error instanceof Error ? error.message : String(error), code: null };
}

export function errorOf({ message, code }: PlainError): Error {
  return code === null ? new Error(message) : new ForetrainError(code, message);
}
