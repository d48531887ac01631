/**
 * Workers that are kept for the next job: a start costs some 40 ms, as much as a kernel of 1000 samples.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { fromPlainError, type ToHost, type ToWorker } from "./messages.js";
import type { WorkerPort } from "./port.js";

/** How long a worker without work stays. */
const IDLE_MS = 10_000;

/** How long a worker may take to close its task before it is ended. */
const CLOSE_MS = 100;

export interface SessionListener {
  readonly message: (value: unknown) => void;
  /** the worker died or its task threw; called once, the session is over */
  readonly failure: (error: Error) => void;
}

/** One worker, for the time of one job. */
export interface Session {
  /** resolves when the worker's code is loaded and a task would start at once; never when it fails before */
  readonly ready: Promise<void>;
  open(task: string, payload: unknown, transfer?: readonly ArrayBuffer[]): void;
  post(value: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Gives the worker back. One that is busy gets some time to finish, and is then ended. */
  close(): void;
  /** Ends the worker: all that it holds goes with it. */
  end(): void;
}

interface Member {
  readonly port: WorkerPort;
  readonly ready: Promise<void>;
  listener: SessionListener | null;
  loaded: boolean;
  /** ended: messages that were under way then must not bring it back */
  gone: boolean;
  /** ends an idle worker, or one that does not close */
  timer: ReturnType<typeof setTimeout> | null;
}

export interface PoolOptions {
  readonly spawn: () => WorkerPort;
  readonly idleMs?: number;
  readonly closeMs?: number;
}

export interface WorkerPool {
  /** A session on an idle worker, or on a new one. */
  session(listener: SessionListener): Session;
  /** Workers that are started and have no work. */
  readonly idle: number;
  /** Ends all idle workers. */
  close(): void;
}

function died(reason: string, loaded: boolean): ForetrainError {
  const memory = /memory/i.test(reason);
  return new ForetrainError(
    memory ? "ERR_MEMORY" : "ERR_UNAVAILABLE",
    `a worker ${loaded ? "died" : "could not start"} (${reason}); ` +
      (memory
        ? "use fewer threads or a smaller tile"
        : "run again with threads: 1 (--threads 1) to stay in one thread"),
    { argument: "threads", reason, loaded },
  );
}

function unref(timer: ReturnType<typeof setTimeout>): void {
  // a number in browsers; in Node, an idle worker must not keep the process alive
  if (typeof timer === "object") timer.unref();
}

export function createPool({ spawn, idleMs = IDLE_MS, closeMs = CLOSE_MS }: PoolOptions): WorkerPool {
  const idle: Member[] = [];

  function end(member: Member): void {
    if (member.timer !== null) clearTimeout(member.timer);
    const at = idle.indexOf(member);
    if (at >= 0) idle.splice(at, 1);
    member.listener = null;
    member.gone = true;
    member.port.terminate();
  }

  function endLater(member: Member, ms: number): void {
    if (member.timer !== null) clearTimeout(member.timer);
    member.timer = setTimeout(() => end(member), ms);
    unref(member.timer);
  }

  function rest(member: Member): void {
    member.port.hold(false);
    idle.push(member);
    endLater(member, idleMs);
  }

  function fail(member: Member, error: Error): void {
    const { listener } = member;
    end(member);
    listener?.failure(error);
  }

  function start(): Member {
    let setReady = () => {};
    const ready = new Promise<void>((resolve) => {
      setReady = resolve;
    });
    const member: Member = { port: spawn(), ready, listener: null, loaded: false, gone: false, timer: null };
    member.port.listen({
      message(data) {
        if (member.gone) return;
        const message = data as ToHost;
        if (message.kind === "ready") {
          member.loaded = true;
          setReady();
        } else if (message.kind === "message") member.listener?.message(message.value);
        else if (message.kind === "failed") fail(member, fromPlainError(message.error));
        else rest(member);
      },
      failure: (reason) => fail(member, died(reason, member.loaded)),
    });
    return member;
  }

  return {
    session(listener) {
      const member = idle.pop() ?? start();
      if (member.timer !== null) clearTimeout(member.timer);
      member.timer = null;
      member.listener = listener;
      member.port.hold(true);
      let live = true;
      const post = (message: ToWorker, transfer?: readonly ArrayBuffer[]) => {
        if (live && member.listener === listener) member.port.post(message, transfer);
      };
      return {
        ready: member.ready,
        open: (task, payload, transfer) => post({ kind: "open", task, payload }, transfer),
        post: (value, transfer) => post({ kind: "message", value }, transfer),
        close() {
          if (!live || member.listener !== listener) return;
          post({ kind: "close" });
          live = false;
          member.listener = null;
          // one that is still starting has nothing to finish and may take longer
          if (member.loaded) endLater(member, closeMs);
        },
        end() {
          if (live && member.listener === listener) end(member);
          live = false;
        },
      };
    },
    get idle() {
      return idle.length;
    },
    close() {
      for (const member of [...idle]) end(member);
    },
  };
}
