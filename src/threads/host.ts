/**
 * The threads of this thread, for code that runs in workers too: a worker starts no workers, so that it must not even
 * import what starts them.
 * @module
 */
import type { WorkerPool } from "./pool.js";

export interface ThreadHost {
  readonly hardwareThreads: () => number;
  readonly workerPool: () => WorkerPool;
}

let host: ThreadHost | null = null;

/** Says how workers are had in this thread. */
export function setThreadHost(of: ThreadHost): void {
  host = of;
}

/** How workers are had here; null in a worker. */
export function threadHost(): ThreadHost | null {
  return host;
}

/** Whether memory can be shared with workers: in Node, and on pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated !== false;
}
