/**
 * Work that falls into numbered pieces, each independent of the others, spread over this thread and workers: whoever is
 * free takes the next number. What a piece gives depends on its number only, so that the result is the same bit for bit
 * for any number of threads.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";
import type { Session, WorkerPool } from "./pool.js";
import type { WorkerTask } from "./serve.js";

/** What one piece gives; its buffers move to the host. */
export interface PieceResult<T> {
  readonly value: T;
  readonly transfer?: readonly ArrayBuffer[];
}

/** Computes piece number `index`. */
export type PieceRunner<T> = (index: number) => PieceResult<T>;

interface PieceReply<T> {
  readonly index: number;
  readonly value: T;
}

/** Pieces that a worker holds: the next lies ready while a result is under way. */
const IN_FLIGHT = 2;
/** Milliseconds of work between two breaths: often enough for a fluent progress bar and a quick Ctrl-C. */
const BREATH = 30;

/** The worker's side: `open` makes the runner from the data of the job. */
export function spreadTask<P, T>(open: (payload: P) => PieceRunner<T>): WorkerTask {
  return (payload, reply) => {
    const run = open(payload as P);
    return {
      message(index) {
        const { value, transfer } = run(index as number);
        reply({ index: index as number, value } satisfies PieceReply<T>, transfer);
      },
      close() {},
    };
  };
}

export interface SpreadJob<T> extends LongWork {
  /** name of the worker's task, made by {@link spreadTask} */
  readonly task: string;
  /** data of the job, cloned to every worker */
  readonly payload: unknown;
  readonly count: number;
  /** the same runner for this thread */
  readonly run: PieceRunner<T>;
  /** called on this thread, once per piece, in any order */
  readonly receive: (index: number, value: T) => void;
  readonly threads: number;
  readonly pool: WorkerPool | null;
  readonly label: string;
  readonly unit: string;
  /** a worker that cannot start is an error; otherwise the others do its work */
  readonly strict?: boolean;
}

/**
 * Runs all pieces.
 * @throws what a piece throws on any thread, ERR_UNAVAILABLE or ERR_MEMORY when a worker dies, ERR_ABORTED
 */
export async function spread<T>(job: SpreadJob<T>): Promise<void> {
  const { count, run, receive, signal, onProgress, label, unit, pool } = job;
  await breathe(signal);
  let next = 0;
  let done = 0;
  let failure: Error | null = null;
  let wake = () => {};
  const sessions: Session[] = [];
  const report = () => onProgress?.({ label, done, total: count, unit });

  const start = (to: WorkerPool): void => {
    let session: Session | null = null;
    const order = () => {
      if (failure === null && next < count) session?.post(next++);
    };
    session = to.session({
      message(value) {
        const reply = value as PieceReply<T>;
        try {
          receive(reply.index, reply.value);
          done++;
          order();
        } catch (error) {
          failure ??= error as Error;
        }
        wake();
      },
      failure(error) {
        // a worker that could not start holds no piece: the others do its work, unless it was asked for
        const harmless = job.strict !== true && isForetrainError(error) && error.details["loaded"] === false;
        if (!harmless) failure ??= error;
        wake();
      },
    });
    sessions.push(session);
    const own = session;
    void session.ready.then(() => {
      if (failure !== null || next >= count) return;
      own.open(job.task, job.payload);
      for (let i = 0; i < IN_FLIGHT; i++) order();
    });
  };

  const onAbort = () => wake();
  signal?.addEventListener("abort", onAbort);
  try {
    if (pool !== null) for (let i = 1; i < Math.min(job.threads, count); i++) start(pool);
    let last = performance.now();
    while (next < count && failure === null) {
      const index = next++;
      receive(index, run(index).value);
      done++;
      if (performance.now() - last > BREATH) {
        report();
        await breathe(signal);
        last = performance.now();
      }
    }
    while (done < count && failure === null) {
      throwIfAborted(signal);
      report();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    throwIfAborted(signal);
    if (failure !== null) throw failure;
    report();
  } finally {
    failure ??= new Error("over");
    signal?.removeEventListener("abort", onAbort);
    for (const session of sessions) session.close();
  }
}
