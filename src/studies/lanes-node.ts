/**
 * Studies side by side in threads of their own (Node). Each lane takes the next study of the list; when none is left, idle lanes help
 * with the pieces of those still running, so that no core idles while there is work.
 * @module
 */
import { Worker } from "node:worker_threads";
import { type ErrorCode, ForetrainError } from "../errors.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { ClaimBook } from "../runs/shared-executor.js";
import type { DrawnStudy } from "./drawn-study.js";
import type { FromLane, LaneError, LaneJob, LaneSettings, ToLane } from "./lane-messages.js";

/** A study for the lanes. */
export type LaneStudy = Omit<LaneJob, "helps">;

/** What became of a study: its results, or what was thrown. */
export type LaneOutcome = { readonly study: DrawnStudy } | { readonly error: unknown };

interface Lane {
  readonly name: string;
  readonly worker: Worker;
  job: LaneJob | null;
  /** studies that it has helped with: a second time there is nothing left to do */
  readonly helped: Set<string>;
}

/** The compiled lane: TypeScript sources (tests run from them) cannot be loaded by a worker. */
function entry(): URL {
  const here = import.meta.url;
  const compiled = here.endsWith(".ts") ? "../../dist/studies/lane-worker-node.js" : "./lane-worker-node.js";
  return new URL(compiled, here);
}

function thrown({ code, message }: LaneError): Error {
  if (code !== null) return new ForetrainError(code as ErrorCode, message);
  const error = new Error(message.split("\n")[0]);
  error.stack = message;
  return error;
}

/** Memory that runs out is no bug, and has a way out. */
function lossOf(cause: unknown): unknown {
  if ((cause as { readonly code?: unknown } | null)?.code !== "ERR_WORKER_OUT_OF_MEMORY") return cause;
  return new ForetrainError(
    "ERR_MEMORY",
    "a thread of the run ran out of memory; run again with fewer threads (--threads), or the study alone",
    { argument: "threads" },
    { cause },
  );
}

/**
 * Computes studies of the registry on `count` lanes.
 *
 * @param settled called when a study has its outcome, in the order in which they end; awaited before the end
 * @throws ForetrainError `ERR_ABORTED`, after which nothing runs any more; finished pieces stay
 */
export async function runLanes(
  studies: readonly LaneStudy[],
  count: number,
  settings: LaneSettings,
  { signal, onProgress }: LongWork,
  settled: (id: string, outcome: LaneOutcome) => Promise<void> | void = () => {},
): Promise<Map<string, LaneOutcome>> {
  throwIfAborted(signal);
  if (studies.length === 0) return new Map();
  const book = new ClaimBook();
  const waiting = [...studies];
  const outcomes = new Map<string, LaneOutcome>();
  const lanes = new Set<Lane>();
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  let started = 0;
  /** studies of which `settled` has finished, too */
  let told = 0;
  let now = "";

  const send = (lane: Lane, message: ToLane) => lane.worker.postMessage(message);
  const report = () =>
    onProgress?.({
      label: "studies",
      done: outcomes.size,
      total: studies.length,
      unit: now === "" ? "studies" : `studies, ${now}`,
    });

  function assign(lane: Lane): void {
    const next = waiting.shift();
    if (next !== undefined) {
      lane.job = { ...next, helps: false };
    } else {
      const open = [...lanes].flatMap(({ job }) => (job !== null && !job.helps ? [job] : []));
      const help = open.find(({ id }) => !lane.helped.has(id));
      if (help === undefined) return;
      lane.helped.add(help.id);
      lane.job = { ...help, helps: true };
    }
    send(lane, { kind: "job", job: lane.job });
  }

  /** Idle lanes look again: a study that has just begun may need hands. */
  function assignIdle(): void {
    for (const lane of lanes) if (lane.job === null) assign(lane);
  }

  function finish(id: string, outcome: LaneOutcome): void {
    outcomes.set(id, outcome);
    for (const helper of lanes) if (helper.job?.id === id && helper.job.helps) send(helper, { kind: "stop" });
    report();
    Promise.resolve(settled(id, outcome)).then(() => {
      if (++told === studies.length) resolve();
    }, reject);
  }

  function end(lane: Lane, outcome: LaneOutcome | null): void {
    const { job } = lane;
    lane.job = null;
    book.release(lane.name);
    if (job !== null && !job.helps && outcome !== null) finish(job.id, outcome);
    assignIdle();
  }

  function receive(lane: Lane, message: FromLane): void {
    switch (message.kind) {
      case "claim":
        send(lane, {
          kind: "answer",
          request: message.request,
          claim: book.claim(message.key, lane.name),
        });
        break;
      case "settle":
        book.settle(message.key, message.how);
        break;
      case "settled":
        void book
          .settled(message.key)
          .then(() => send(lane, { kind: "answer", request: message.request, claim: null }));
        break;
      case "progress": {
        const { label, done, total, unit } = message.progress;
        if (studies.length === 1) onProgress?.(message.progress);
        else {
          now = `${label} ${Math.floor(done)}/${total} ${unit}`;
          report();
        }
        break;
      }
      case "finished":
        end(lane, message.study === null ? null : { study: message.study });
        break;
      case "failed":
        end(lane, { error: thrown(message.error) });
    }
  }

  function open(helped: Iterable<string> = []): void {
    const worker = new Worker(entry(), { workerData: settings });
    const lane: Lane = { name: `lane-${++started}`, worker, job: null, helped: new Set(helped) };
    lanes.add(lane);
    // a lane that ends by itself (out of memory, a crash) fails its study and is replaced
    const lost = (cause: unknown) => {
      if (!lanes.delete(lane)) return;
      const had = lane.job;
      const error = lossOf(cause);
      end(lane, { error });
      if (had !== null && outcomes.size < studies.length) open(lane.helped);
      else if (lanes.size === 0 && outcomes.size < studies.length) reject(error);
    };
    worker.on("message", (message: FromLane) => receive(lane, message));
    worker.on("error", lost);
    worker.on("exit", (code) =>
      lost(new ForetrainError("ERR_UNAVAILABLE", `a thread of the run ended with code ${code}`)),
    );
    assign(lane);
  }

  const abort = () => {
    try {
      throwIfAborted(signal);
    } catch (error) {
      reject(error);
    }
  };
  signal?.addEventListener("abort", abort, { once: true });
  report();
  try {
    for (let i = 0; i < count; i++) open();
    await promise;
    return outcomes;
  } finally {
    signal?.removeEventListener("abort", abort);
    const all = [...lanes];
    lanes.clear(); // their end is no failure
    await Promise.all(all.map(({ worker }) => worker.terminate()));
  }
}
