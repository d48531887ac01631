/**
 * The eigen-solver's workspace in a memory that workers share: its large products are cut by rows among the threads.
 * Every number is computed by the same operations in the same order whoever computes it, so that results have the same bits
 * for any number of threads.
 * @module
 */

import { canShareMemory, hardwareThreads, type Session, workerPool } from "../../threads/index.js";
import * as binary from "../../wasm/generated/linalg-shared.js";
import { type LoadedModule, loadModule, type Variant } from "../../wasm/load.js";
import { type TeamOrder, teamImports } from "./team-task.js";
import { type LinearAlgebraExports, MOST_BYTES, PAGE, roundUp, wantedVariant } from "./wasm-memory.js";
import { type GemmArguments, workspaceBytes, workspaceIn } from "./wasm-workspace.js";
import type { Workspace } from "./workspace.js";

let most: number | null = null;
let loaded: { readonly variant: Variant | undefined; readonly module: LoadedModule | null } | null = null;

/** Upper bound of threads for linear algebra that does not say how many it takes; null for all cores. */
export function setLinearAlgebraThreads(threads: number | null): void {
  most = threads;
}

/** Threads that linear algebra takes when nothing else is said. */
export function linearAlgebraThreads(): number {
  return most ?? hardwareThreads();
}

/** A workspace with `threads` threads, this one included; null where memory cannot be shared or is not enough. */
export function openTeam(length: number, count: number, threads: number): Workspace | null {
  if (!canShareMemory()) return null;
  const variant = wantedVariant();
  if (loaded === null || loaded.variant !== variant) {
    loaded = { variant, module: loadModule(binary, variant) };
  }
  if (loaded.module === null) return null;
  const { module } = loaded.module;
  // a first instance in a small memory says how much the module needs for itself
  const probe = new WebAssembly.Instance(module, teamImports(sharedMemory(1)))
    .exports as unknown as LinearAlgebraExports;
  const scratch = roundUp(probe.heapStart(), 64);
  const scratchBytes = roundUp(probe.gemmScratch(), 64);
  const start = scratch + threads * scratchBytes;
  const bytes = start + workspaceBytes(length, count);
  if (bytes > MOST_BYTES) return null;
  let memory: WebAssembly.Memory;
  try {
    memory = sharedMemory(Math.ceil(bytes / PAGE));
  } catch {
    return null;
  }
  const instance = new WebAssembly.Instance(module, teamImports(memory));
  const exports = { ...(instance.exports as unknown as LinearAlgebraExports), memory };
  let waiting = 0;
  let wake: { resolve: () => void; reject: (error: Error) => void } | null = null;
  let failed: Error | null = null;
  const listener = {
    message() {
      waiting--;
      if (waiting === 0) wake?.resolve();
    },
    failure(error: Error) {
      failed ??= error;
      wake?.reject(failed);
    },
  };
  const pool = workerPool();
  const sessions: Session[] = [];
  for (let i = 1; i < threads; i++) {
    const session = pool.session(listener);
    const order: TeamOrder = { module, memory, scratch: scratch + i * scratchBytes };
    session.open("linalg", order);
    sessions.push(session);
  }
  const run = (lanes: readonly (readonly GemmArguments[])[]): Promise<void> => {
    if (failed !== null) return Promise.reject(failed);
    lanes.slice(1).forEach((calls, i) => {
      sessions[i]!.post(calls);
      waiting++;
    });
    for (const call of lanes[0]!) exports.dgemm(...call);
    return new Promise<void>((resolve, reject) => {
      wake = { resolve, reject };
    });
  };
  const close = () => {
    for (const session of sessions) session.close();
  };
  return workspaceIn({ exports, scratch, start, close }, threads, run);
}

function sharedMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
