/**
 * Threads for the linear algebra: a memory that workers share, and the workers.
 *
 * Memory and workers are kept a while for the next job. What is dropped comes back only when every thread has collected its
 * garbage, so the memory is used again rather than made anew, and workers that saw a large one are ended with it.
 * @module
 */
import { canShareMemory, threadHost } from "../../threads/host.js";
import type { Session, WorkerPool } from "../../threads/pool.js";
import * as binary from "../../wasm/generated/linalg-shared.js";
import { type LoadedModule, loadModule, type Variant } from "../../wasm/load.js";
import { type Board, newBoard, runOnBoard, type Unit } from "./board.js";
import { type TeamOrder, teamImports } from "./team-task.js";
import {
  type LinearAlgebraExports,
  type LinearAlgebraMemory,
  MOST_BYTES,
  PAGE,
  roundUp,
  wantedVariant,
} from "./wasm-memory.js";

/** A memory of at least this size can grow to the next power of two, so that jobs of growing size share one. */
const LEAST_BYTES = 2 ** 28;
/** Workers go back to the pool so long after a job: the next may follow at once, or another kind of work wants them. */
const RELEASE_MS = 20;
/** The memory is dropped so long after a job. */
const KEEP_MS = 10_000;
/** Workers of a larger memory are ended, so that it can be collected. */
const SMALL_BYTES = 2 ** 28;

/** A memory with threads that compute in it. */
export interface Team extends LinearAlgebraMemory {
  /** this one included */
  readonly threads: number;
  /** Runs all units and returns when they are done; they must not write what others read or write. */
  run(units: readonly Unit[]): void;
}

interface Shared {
  readonly variant: Variant | undefined;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: LinearAlgebraExports;
  readonly limit: number;
  crew: Crew | null;
}

/** The workers of a memory. */
interface Crew {
  readonly threads: number;
  readonly sessions: readonly Session[];
  readonly board: Board;
}

let loaded: { readonly variant: Variant | undefined; readonly module: LoadedModule | null } | null = null;
let kept: Shared | null = null;
let inUse = false;
let timer: ReturnType<typeof setTimeout> | null = null;

/** Whether workers are at hand, so that sharing pays for smaller jobs too. */
export function teamIsReady(): boolean {
  return kept !== null && kept.crew !== null && !inUse;
}

/**
 * `bytes` of free memory and `threads` threads, this one included; null where memory cannot be shared or is not enough.
 * The contents of the memory are whatever the last job left there.
 */
export function openTeam(bytes: number, threads: number): Team | null {
  const host = threadHost();
  if (threads < 2 || host === null || !canShareMemory()) return null;
  const module = sharedModule();
  if (module === null) return null;
  const mine = !inUse;
  const { heap, scratch } = ownBytes(module);
  const start = heap + threads * scratch; // behind the module's data and a scratch area of each thread
  const needed = start + bytes;
  let shared = mine ? kept : null;
  if (shared !== null && (shared.variant !== wantedVariant() || shared.limit < needed)) {
    dropMemory();
    shared = null;
  }
  shared ??= newMemory(module, needed);
  if (shared === null || !growTo(shared, needed)) return null;
  if (shared.crew !== null && shared.crew.threads !== threads) release(shared);
  shared.crew ??= hire(shared, threads, host.workerPool());
  const { exports, crew } = shared;
  if (mine) {
    kept = shared;
    inUse = true;
    stopTimer();
  }
  const opened = shared;
  let failed = false;
  return {
    exports,
    scratch: heap,
    start,
    threads,
    run(units) {
      try {
        runOnBoard(crew.board, units, exports, heap, threads - 1, (helper) =>
          crew.sessions[helper]!.post(null),
        );
      } catch (error) {
        failed = true;
        throw error;
      }
    },
    close() {
      if (!mine) {
        release(opened);
        return;
      }
      inUse = false;
      if (failed) dropMemory();
      else later(restMemory, RELEASE_MS);
    },
  };
}

function later(act: () => void, ms: number): void {
  stopTimer();
  timer = setTimeout(act, ms);
  // a number in browsers; in Node, a memory that is kept must not keep the process alive
  if (typeof timer === "object") timer.unref();
}

function stopTimer(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
}

/** Gives the workers back; the memory stays for some seconds. */
function restMemory(): void {
  if (kept !== null) release(kept);
  later(dropMemory, KEEP_MS);
}

function dropMemory(): void {
  stopTimer();
  if (kept !== null) release(kept);
  kept = null;
}

function sharedModule(): WebAssembly.Module | null {
  const variant = wantedVariant();
  if (loaded === null || loaded.variant !== variant) {
    loaded = { variant, module: loadModule(binary, variant) };
  }
  return loaded.module?.module ?? null;
}

let own: { readonly module: WebAssembly.Module; readonly heap: number; readonly scratch: number } | null =
  null;

/** Bytes of the module's own data and of one scratch area; an instance in a small memory says it. */
function ownBytes(module: WebAssembly.Module): { readonly heap: number; readonly scratch: number } {
  if (own === null || own.module !== module) {
    const exports = instance(module, sharedMemory(1, 1));
    own = { module, heap: roundUp(exports.heapStart(), 64), scratch: roundUp(exports.gemmScratch(), 64) };
  }
  return own;
}

function instance(module: WebAssembly.Module, memory: WebAssembly.Memory): LinearAlgebraExports {
  const { exports } = new WebAssembly.Instance(module, teamImports(memory));
  return { ...(exports as unknown as LinearAlgebraExports), memory };
}

function newMemory(module: WebAssembly.Module, needed: number): Shared | null {
  if (needed > MOST_BYTES) return null;
  const room = 2 ** Math.ceil(Math.log2(Math.max(LEAST_BYTES, needed)));
  const limit = Math.min(MOST_BYTES, room);
  try {
    const memory = sharedMemory(Math.ceil(needed / PAGE), Math.floor(limit / PAGE));
    return { variant: wantedVariant(), module, memory, exports: instance(module, memory), limit, crew: null };
  } catch {
    return null; // no room for it
  }
}

function growTo({ memory }: Shared, needed: number): boolean {
  const missing = needed - memory.buffer.byteLength;
  if (missing <= 0) return true;
  try {
    memory.grow(Math.ceil(missing / PAGE));
    return true;
  } catch {
    return false;
  }
}

function hire({ module, memory }: Shared, threads: number, pool: WorkerPool): Crew {
  const board = newBoard();
  const { heap, scratch } = ownBytes(module);
  // a worker that cannot start takes no work; one that fails says so on the board
  const listener = { message() {}, failure() {} };
  const sessions = Array.from({ length: threads - 1 }, (_, helper) => {
    const session = pool.session(listener);
    const order: TeamOrder = { module, memory, board, scratch: heap + (helper + 1) * scratch, helper };
    session.open("linalg", order);
    return session;
  });
  return { threads, sessions, board };
}

/** Gives the workers back. */
function release(shared: Shared): void {
  const large = shared.memory.buffer.byteLength > SMALL_BYTES;
  for (const session of shared.crew?.sessions ?? []) {
    if (large) session.end();
    else session.close();
  }
  shared.crew = null;
}

function sharedMemory(initial: number, maximum: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial, maximum, shared: true });
}
