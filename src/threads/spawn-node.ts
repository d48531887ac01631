/**
 * Workers of Node.
 * @module
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { WorkerPort } from "./port.js";

/** The compiled worker: TypeScript sources (tests run from them) cannot be loaded by a worker. */
function entry(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith(".ts") ? "../../dist/worker-node.js" : "../worker-node.js", here);
}

let cores: number | undefined;

/** Threads that this process may use: the cores that it was allowed to run on when they were first counted. */
export function hardwareThreads(): number {
  // asked for each product of matrices, and each answer of the system takes as long as a small product
  cores ??= availableParallelism();
  return cores;
}

export function spawnWorker(script: URL = entry()): WorkerPort {
  // compiled code needs no loader: --input-type, --inspect-brk and what else the process was started with are not for it
  const worker = new Worker(script, { execArgv: [] });
  let ended = false;
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen({ message, failure }) {
      const fail = (reason: string) => {
        if (!ended) failure(reason);
        ended = true;
      };
      worker.on("message", message);
      worker.on("messageerror", (error) => fail(`a message could not be read: ${error.message}`));
      worker.on("error", (error) => fail(error instanceof Error ? error.message : String(error)));
      worker.on("exit", (code) => fail(`it ended with code ${code}`));
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate() {
      ended = true;
      void worker.terminate();
    },
  };
}
