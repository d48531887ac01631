/**
 * Progress and cancellation of long work. The library only reports; drawing a bar belongs to the caller.
 * @module
 */
import { ForetrainError } from "./errors.js";

/** A state of long work: `done` of `total` in `unit`, e.g. 12 of 80 tiles. */
export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** of `done`: what was there before this work began, as an earlier run left it; default 0. The time left follows from the rest */
  readonly stored?: number;
}

/** Options that every long-running function takes. */
export interface LongWork {
  /** Cancels the work; the function then rejects with `ERR_ABORTED` and leaves nothing half-written. */
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how far the work is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Throws `ERR_ABORTED` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ForetrainError("ERR_ABORTED", "cancelled", {}, { cause: signal.reason });
}

/**
 * Lets timers, signals and the browser's painting run, then checks for cancellation.
 * Call it between pieces of work of some tens of milliseconds.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}
