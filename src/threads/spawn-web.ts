/**
 * Workers of browsers (and Deno).
 * @module
 */
import type { WorkerPort } from "./port.js";

/** Threads of the machine, as far as the browser says; 1 where there are no workers. */
export function hardwareThreads(): number {
  if (typeof Worker === "undefined") return 1;
  return typeof navigator === "undefined" ? 1 : (navigator.hardwareConcurrency ?? 1);
}

/** Bundlers find the worker by this very form of call, so that the script cannot be an argument. */
export function spawnWorker(): WorkerPort {
  const worker = new Worker(new URL("../worker-web.js", import.meta.url), { type: "module" });
  let ended = false;
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen({ message, failure }) {
      const fail = (reason: string) => {
        if (!ended) failure(reason);
        ended = true;
      };
      worker.onmessage = (event: MessageEvent<unknown>) => message(event.data);
      worker.onmessageerror = () => fail("a message could not be read");
      worker.onerror = (event) => {
        event.preventDefault();
        fail(event.message || "its script could not be loaded");
      };
    },
    hold() {},
    terminate() {
      ended = true;
      worker.terminate();
    },
  };
}
