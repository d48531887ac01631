/**
 * The worker's side: opens one task at a time and passes messages to it.
 * @module
 */
import { plainError, type ToHost, type ToWorker } from "./messages.js";
import type { HostPort } from "./port.js";

/** Sends a value to the host. */
export type Reply = (value: unknown, transfer?: readonly ArrayBuffer[]) => void;

/** A task that is open in a worker. */
export interface OpenTask {
  readonly message: (value: unknown) => void;
  readonly close: () => void;
}

/** Opens a task from the data that the host sent. */
export type WorkerTask = (payload: unknown, reply: Reply) => OpenTask;

/** Serves the tasks by name, for the life of the worker. What a task throws is reported to the host and closes it. */
export function serve(port: HostPort, tasks: Readonly<Record<string, WorkerTask>>): void {
  let open: OpenTask | null = null;
  const post = (message: ToHost, transfer?: readonly ArrayBuffer[]) => port.post(message, transfer);
  const reply: Reply = (value, transfer) => post({ kind: "message", value }, transfer);
  const close = () => {
    const closing = open;
    open = null;
    closing?.close();
  };
  port.listen((data) => {
    const message = data as ToWorker;
    try {
      if (message.kind === "open") {
        const task = tasks[message.task];
        if (task === undefined) throw new Error(`no task "${message.task}"`);
        open = task(message.payload, reply);
      } else if (message.kind === "message") open?.message(message.value);
      else {
        close();
        post({ kind: "closed" });
      }
    } catch (error) {
      open = null;
      post({ kind: "failed", error: plainError(error) });
    }
  });
  post({ kind: "ready" });
}
