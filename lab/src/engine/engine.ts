/**
 * The page's side of the worker. Each slot shows one thing and wants its latest state only: a newer request replaces
 * the older one of its slot.
 * @module
 */
import { ForetrainError, type Progress } from "foretrain";
import { errorOf, type FromWorker, type ToWorker } from "./protocol.js";

/** The part of a Worker that is used. */
export interface Port {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Who hears of a request. */
export interface Listener<T> {
  readonly result: (value: T) => void;
  readonly error: (error: Error) => void;
  readonly progress?: (progress: Progress) => void;
  /** what is known so far */
  readonly part?: (value: T) => void;
}

/**
 * `wait`: the request that runs is finished, then the latest one follows (short work, so that a drag sees results all
 * along); `cancel`: the request that runs is cancelled (long work).
 */
export type Replacement = "wait" | "cancel";

export interface Request extends Listener<unknown> {
  readonly slot: string;
  readonly name: string;
  readonly input: unknown;
  readonly replace: Replacement;
}

export interface Engine {
  run(request: Request): void;
  /** Ends what the slot is doing; its listeners hear nothing more. */
  cancel(slot: string): void;
}

/** A cancelled request that does not answer within this time is ended with its worker. */
const PATIENCE_MS = 400;

interface Running {
  readonly request: Request;
  cancelled: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

/** @param spawn starts a worker that runs `serve` */
export function createEngine(spawn: () => Port): Engine {
  let port: Port | null = null;
  let counter = 0;
  const running = new Map<number, Running>();
  const waiting = new Map<string, Request>();

  const ofSlot = (slot: string) => [...running].filter(([, { request }]) => request.slot === slot);

  function open(): Port {
    if (port !== null) return port;
    const opened = spawn();
    opened.onmessage = ({ data }) => hear(data);
    opened.onerror = (event) => fail(event.message || "its script could not be loaded");
    port = opened;
    return opened;
  }

  function settle(id: number): Running | undefined {
    const entry = running.get(id);
    running.delete(id);
    if (entry !== undefined && entry.timer !== null) clearTimeout(entry.timer);
    return entry;
  }

  function next(slot: string): void {
    const request = waiting.get(slot);
    if (request === undefined || ofSlot(slot).length > 0) return;
    waiting.delete(slot);
    start(request);
  }

  function hear(message: FromWorker): void {
    const entry = running.get(message.id);
    if (entry === undefined) return;
    const { request, cancelled } = entry;
    if (message.kind === "progress") {
      if (!cancelled) request.progress?.(message.progress);
      return;
    }
    if (message.kind === "part") {
      if (!cancelled) request.part?.(message.value);
      return;
    }
    settle(message.id);
    if (!cancelled) {
      if (message.kind === "result") request.result(message.value);
      else request.error(errorOf(message.error));
    }
    next(request.slot);
  }

  /** The worker is gone: what it was asked fails, what waits goes to a new one. */
  function fail(reason: string): void {
    port?.terminate();
    port = null;
    const lost = [...running.keys()].map((id) => settle(id)!);
    for (const { request, cancelled } of lost) {
      if (!cancelled) {
        request.error(
          new ForetrainError("ERR_UNAVAILABLE", `the worker of the page died (${reason}); try again`),
        );
      }
    }
    for (const slot of [...waiting.keys()]) next(slot);
  }

  /** Work that hears no signal blocks its worker: others that it was asked start again on a new one. */
  function restart(): void {
    port?.terminate();
    port = null;
    const lost = [...running.keys()].map((id) => settle(id)!);
    for (const { request, cancelled } of lost) if (!cancelled) start(request);
    for (const slot of [...waiting.keys()]) next(slot);
  }

  function start(request: Request): void {
    counter++;
    running.set(counter, { request, cancelled: false, timer: null });
    open().postMessage({ kind: "request", id: counter, name: request.name, input: request.input });
  }

  function abort(id: number, entry: Running): void {
    if (entry.cancelled) return;
    entry.cancelled = true;
    open().postMessage({ kind: "cancel", id });
    entry.timer = setTimeout(restart, PATIENCE_MS);
  }

  return {
    run(request) {
      const { slot, replace } = request;
      waiting.set(slot, request);
      if (replace === "cancel") for (const [id, entry] of ofSlot(slot)) abort(id, entry);
      next(slot);
    },
    cancel(slot) {
      waiting.delete(slot);
      for (const [id, entry] of ofSlot(slot)) abort(id, entry);
    },
  };
}
