/**
 * Long work that falls into numbered pieces of seconds to hours, each independent of the others, on this thread and workers: a
 * piece reports on its way and can be cancelled. What it gives depends on its number only, so that the result is the same bit
 * for bit for any number of threads.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { breathe, throwIfAborted } from "../progress.js";
import { fromPlainError, type PlainError, plainError } from "./messages.js";
import type { Session, WorkerPool } from "./pool.js";
import type { WorkerTask } from "./serve.js";
import type { PieceResult } from "./spread.js";

export interface PieceContext<Note> {
  readonly signal: AbortSignal;
  /** Tells the host something on the way. */
  readonly report: (note: Note) => void;
}

/** Computes piece number `index`, with what the host had to say about it. */
export type LongRunner<Argument, Note, Value> = (
  index: number,
  argument: Argument,
  context: PieceContext<Note>,
) => Promise<PieceResult<Value>>;

type Order<Argument> =
  | { readonly kind: "run"; readonly index: number; readonly argument: Argument }
  | { readonly kind: "cancel" };

type Answer<Note, Value> =
  | { readonly kind: "note"; readonly note: Note }
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "error"; readonly error: PlainError };

/** The worker's side: `open` makes the runner from the data of the job. One piece runs at a time. */
export function longTask<Payload, Argument, Note, Value>(
  open: (payload: Payload) => LongRunner<Argument, Note, Value>,
): WorkerTask {
  return (payload, reply) => {
    const run = open(payload as Payload);
    let controller = new AbortController();
    const answer = (value: Answer<Note, Value>, transfer?: readonly ArrayBuffer[]) => reply(value, transfer);
    return {
      message(value) {
        const order = value as Order<Argument>;
        if (order.kind === "cancel") {
          controller.abort();
          return;
        }
        controller = new AbortController();
        const report = (note: Note) => answer({ kind: "note", note });
        run(order.index, order.argument, { signal: controller.signal, report }).then(
          (result) => answer({ kind: "value", value: result.value }, result.transfer),
          (error) => answer({ kind: "error", error: plainError(error) }),
        );
      },
      close: () => controller.abort(),
    };
  };
}

export interface LongJob<Argument, Note, Value> {
  /** name of the worker's task, made by {@link longTask} */
  readonly task: string;
  /** data of the job, cloned to every worker */
  readonly payload: unknown;
  readonly count: number;
  /** the same runner for this thread */
  readonly run: LongRunner<Argument, Note, Value>;
  /** asked when a piece begins */
  readonly argument: (index: number) => Promise<Argument>;
  /** told what a piece reports, in its order; awaited before the job ends */
  readonly note: (index: number, note: Note) => void | Promise<void>;
  /** given what a piece makes, in any order; awaited before the job ends */
  readonly receive: (index: number, value: Value) => void | Promise<void>;
  readonly threads: number;
  readonly pool: WorkerPool | null;
  /** a worker that cannot start is an error; otherwise the others do its work */
  readonly strict?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How long a cancelled piece may take to say so. */
const CANCEL_MS = 10_000;

/**
 * Runs all pieces. When one fails those before it still run to their end and those behind it are cancelled, so that the error
 * is that of the first piece that fails, for any number of threads.
 * @throws what a piece throws on any thread, ERR_UNAVAILABLE or ERR_MEMORY when a worker dies, ERR_ABORTED
 */
export async function runLongPieces<Argument, Note, Value>(
  job: LongJob<Argument, Note, Value>,
): Promise<void> {
  const { count, signal, pool } = job;
  await breathe(signal);
  let next = 0;
  let failedAt = count;
  let failure: Error | null = null;
  const running = new Map<number, () => void>();
  let told: Promise<void> = Promise.resolve();

  const fail = (index: number, error: unknown) => {
    if (index < failedAt) {
      failedAt = index;
      failure = error as Error;
    }
    for (const [other, cancel] of running) if (other > failedAt) cancel();
  };
  const take = (): number | null => (next < failedAt && signal?.aborted !== true ? next++ : null);
  const tell = (index: number, act: () => void | Promise<void>) => {
    told = told.then(act).catch((error) => fail(index, error));
  };
  const onAbort = () => {
    for (const cancel of running.values()) cancel();
  };

  const here = async (): Promise<void> => {
    for (let index = take(); index !== null; index = take()) {
      const at = index;
      const controller = new AbortController();
      running.set(at, () => controller.abort());
      try {
        const report = (note: Note) => tell(at, () => job.note(at, note));
        const { value } = await job.run(at, await job.argument(at), { signal: controller.signal, report });
        tell(at, () => job.receive(at, value));
      } catch (error) {
        fail(at, error);
      }
      running.delete(at);
    }
  };

  /** a worker until there is nothing left to do; `stop` gives back one that has not begun */
  const there = (from: WorkerPool): { readonly done: Promise<void>; readonly stop: () => void } => {
    let at: number | null = null;
    let began = false;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let resolve = () => {};
    const done = new Promise<void>((ready) => {
      resolve = ready;
    });
    const end = (act: () => void) => {
      if (over) return;
      over = true;
      if (timer !== null) clearTimeout(timer);
      if (at !== null) running.delete(at);
      act();
      resolve();
    };
    const order = async (): Promise<void> => {
      at = take();
      if (at === null) {
        end(() => session.close());
        return;
      }
      const index = at;
      running.set(index, () => {
        session.post({ kind: "cancel" } satisfies Order<Argument>);
        timer ??= setTimeout(() => {
          fail(index, new Error("a cancelled piece did not end"));
          end(() => session.end());
        }, CANCEL_MS);
      });
      try {
        const argument = await job.argument(index);
        session.post({ kind: "run", index, argument } satisfies Order<Argument>);
        if (signal?.aborted || index > failedAt) running.get(index)?.();
      } catch (error) {
        running.delete(index);
        fail(index, error);
        await order();
      }
    };
    const session: Session = from.session({
      message(value) {
        const answer = value as Answer<Note, Value>;
        if (over || at === null) return;
        const index = at;
        if (answer.kind === "note") {
          tell(index, () => job.note(index, answer.note));
          return;
        }
        running.delete(index);
        if (timer !== null) clearTimeout(timer);
        timer = null;
        if (answer.kind === "value") tell(index, () => job.receive(index, answer.value));
        else fail(index, fromPlainError(answer.error));
        void order();
      },
      failure(error) {
        // a worker that could not start holds no piece: the others do its work, unless it was asked for
        const harmless = job.strict !== true && isForetrainError(error) && error.details["loaded"] === false;
        if (!harmless) fail(at ?? 0, error);
        end(() => {});
      },
    });
    void session.ready.then(() => {
      if (over) return;
      began = true;
      session.open(job.task, job.payload);
      void order();
    });
    return {
      done,
      stop: () => {
        if (!began) end(() => session.close());
      },
    };
  };

  signal?.addEventListener("abort", onAbort);
  const workers = Array.from({ length: pool === null ? 0 : Math.min(job.threads, count) - 1 }, () =>
    there(pool!),
  );
  try {
    await here();
    for (const worker of workers) worker.stop();
    await Promise.all(workers.map(({ done }) => done));
    await told;
    throwIfAborted(signal);
    if (failure !== null) throw failure;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
