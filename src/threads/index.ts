/**
 * Worker threads of Node and browsers behind one interface.
 * @module
 */
import { hardwareThreads, spawnWorker } from "#spawn";
import { setThreadHost } from "./host.js";
import { createPool, type WorkerPool } from "./pool.js";

export { canShareMemory } from "./host.js";
export { MOST_THREADS } from "./limits.js";
export { type LongJob, type LongRunner, longTask, type PieceContext, runLongPieces } from "./long-pieces.js";
export { createPool, type PoolOptions, type Session, type SessionListener, type WorkerPool } from "./pool.js";
export type { HostPort, WorkerPort } from "./port.js";
export { type PieceResult, type PieceRunner, type SpreadJob, spread, spreadTask } from "./spread.js";
export { hardwareThreads };

let shared: WorkerPool | null = null;

/** The pool of this thread, made at first use. */
export function workerPool(): WorkerPool {
  shared ??= createPool({ spawn: () => spawnWorker() });
  return shared;
}

setThreadHost({ hardwareThreads, workerPool });
