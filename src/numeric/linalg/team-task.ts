/**
 * What a worker does for the linear algebra of its host: products in a memory that both see.
 * @module
 */
import type { Reply, WorkerTask } from "../../threads/serve.js";
import type { LinearAlgebraExports } from "./wasm-memory.js";
import type { GemmArguments } from "./wasm-workspace.js";

/** The module and memory of the host, and the worker's own scratch area. */
export interface TeamOrder {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly scratch: number;
}

/** Runs lists of products; replies when a list is done. */
export const linearAlgebraTask: WorkerTask = (payload: unknown, reply: Reply) => {
  const { module, memory, scratch } = payload as TeamOrder;
  const { exports } = new WebAssembly.Instance(module, teamImports(memory));
  const { dgemm } = exports as unknown as LinearAlgebraExports;
  return {
    message(value) {
      for (const [...args] of value as readonly GemmArguments[]) {
        args[args.length - 1] = scratch;
        dgemm(...args);
      }
      reply(null);
    },
    close() {},
  };
};

/** What the module for shared memory imports. */
export function teamImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  return { env: { memory } };
}
