/**
 * The worker's side: runs operations, reports their progress, cancels them.
 * @module
 */
import { ForetrainError, type Progress } from "foretrain";
import { type FromWorker, type Operations, plainError, type ToWorker } from "./protocol.js";

/** What of a worker's global scope is used. */
export interface Scope {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

/** Progress that comes faster than this is not seen by anybody. */
const PROGRESS_MS = 50;

/** The buffers of typed arrays in a result, each once: they move to the page instead of being copied. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value)) {
    if (typeof value[0] === "object") for (const item of value) buffersOf(item, found);
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) buffersOf(item, found);
  }
  return found;
}

export function serve(scope: Scope, operations: Operations): void {
  const running = new Map<number, AbortController>();
  const run = async (id: number, name: string, input: unknown) => {
    const control = new AbortController();
    running.set(id, control);
    let told = 0;
    const onProgress = (progress: Progress) => {
      const now = performance.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      scope.postMessage({ kind: "progress", id, progress }, []);
    };
    const onPart = (value: unknown) => {
      if (!control.signal.aborted) scope.postMessage({ kind: "part", id, value }, [...buffersOf(value)]);
    };
    try {
      const operation = operations[name];
      if (operation === undefined) throw new Error(`the worker has no operation "${name}"`);
      const value = await operation(input as never, { signal: control.signal, onProgress, onPart });
      if (control.signal.aborted) throw new ForetrainError("ERR_ABORTED", "cancelled");
      scope.postMessage({ kind: "result", id, value }, [...buffersOf(value)]);
    } catch (error) {
      scope.postMessage({ kind: "error", id, error: plainError(error) }, []);
    } finally {
      running.delete(id);
    }
  };
  scope.onmessage = ({ data }) => {
    if (data.kind === "cancel") running.get(data.id)?.abort();
    else void run(data.id, data.name, data.input);
  };
}
