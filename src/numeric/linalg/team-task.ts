/**
 * What a worker does for the linear algebra of its host: units of work in a memory that both see.
 * @module
 */
import type { Reply, WorkerTask } from "../../threads/serve.js";
import { type Board, serveBoard } from "./board.js";
import type { LinearAlgebraExports } from "./wasm-memory.js";

/** The module and memory of the host, its list of work, and the worker's own scratch area. */
export interface TeamOrder {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly board: Board;
  readonly scratch: number;
  /** this worker's number among the helpers */
  readonly helper: number;
}

/** Each message makes it look at the list of work. */
export const linearAlgebraTask: WorkerTask = (payload: unknown, _reply: Reply) => {
  const { module, memory, board, scratch, helper } = payload as TeamOrder;
  const { exports } = new WebAssembly.Instance(module, teamImports(memory));
  return {
    message: () => serveBoard(board, exports as unknown as LinearAlgebraExports, scratch, helper),
    close() {},
  };
};

/** What the module for shared memory imports. */
export function teamImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  return { env: { memory } };
}
