/**
 * How many threads linear algebra takes.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { threadHost } from "../../threads/host.js";
import { MOST_THREADS } from "../../threads/limits.js";

/** More than any machine runs at once; each has a scratch area of some MB. */
const MOST = 64;

/** An option of what may take several threads. */
export interface Threaded {
  /**
   * Upper bound of threads, 1 to stay in this one. Default: that of `setLinearAlgebraThreads`, else all cores, where memory
   * can be shared and the matrices are large. The result has the same bits for any number. A native library takes its own
   * number.
   */
  readonly threads?: number | undefined;
}

let most: number | null = null;

/**
 * Upper bound of threads for linear algebra that does not say how many it takes, in the calling thread from now on; null for
 * all cores. Results have the same bits for any number. A native library takes its own number.
 * @throws ERR_DOMAIN when it is not a whole number from 1 to 1024
 */
export function setLinearAlgebraThreads(threads: number | null): void {
  if (threads !== null) checkThreads(threads, "setLinearAlgebraThreads");
  most = threads;
}

/** Threads that linear algebra takes when nothing else is said; 1 in a worker. */
export function linearAlgebraThreads(): number {
  return Math.min(MOST, most ?? threadHost()?.hardwareThreads() ?? 1);
}

/** The threads of an option: so many, or the default. @throws ERR_DOMAIN when it is not a whole number from 1 to 1024 */
export function threadsOf(threads: number | undefined, caller: string): number {
  if (threads === undefined) return linearAlgebraThreads();
  checkThreads(threads, caller);
  return Math.min(MOST, threads);
}

function checkThreads(threads: number, caller: string): void {
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `${caller}: threads is ${threads}, expected a whole number from 1 to ${MOST_THREADS}`,
    { argument: "threads", got: threads },
  );
}
