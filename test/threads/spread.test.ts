import { describe, expect, test } from "vitest";
import { ForetrainError, isForetrainError } from "../../src/errors.js";
import type { Session, SessionListener, WorkerPool } from "../../src/threads/pool.js";
import { type SpreadJob, spread, spreadTask } from "../../src/threads/spread.js";

type Behaviour = "works" | "cannot start" | "dies at a piece";

/** Workers that run the task on this thread, a turn of the event loop later. */
function poolOf(behaviour: Behaviour, log: string[] = []): WorkerPool {
  const task = spreadTask((factor: number) => (index: number) => {
    if (index < 0) throw new Error("no such piece");
    return { value: factor * index };
  });
  return {
    idle: 0,
    close() {},
    session(listener: SessionListener): Session {
      let open: ReturnType<typeof task> | null = null;
      let closed = false;
      const later = (run: () => void) => setTimeout(() => !closed && run(), 0);
      if (behaviour === "cannot start") {
        later(() => listener.failure(new ForetrainError("ERR_UNAVAILABLE", "no", { loaded: false })));
      }
      return {
        ready: behaviour === "cannot start" ? new Promise(() => {}) : Promise.resolve(),
        open(name, payload) {
          log.push(`open ${name}`);
          open = task(payload, (value) => later(() => listener.message(value)));
        },
        post(index) {
          log.push(`piece ${String(index)}`);
          if (behaviour === "dies at a piece") {
            later(() => listener.failure(new ForetrainError("ERR_UNAVAILABLE", "died", { loaded: true })));
          } else open?.message(index);
        },
        close() {
          closed = true;
          log.push("closed");
        },
        end() {
          closed = true;
          log.push("ended");
        },
      };
    },
  };
}

function jobOf(options: Partial<SpreadJob<number>> = {}) {
  const got: (number | undefined)[] = new Array(40).fill(undefined);
  const job: SpreadJob<number> = {
    task: "times",
    payload: 3,
    count: 40,
    run: (index) => ({ value: 3 * index }),
    receive: (index, value) => {
      expect(got[index]).toBeUndefined(); // once only
      got[index] = value;
    },
    threads: 1,
    pool: null,
    label: "work",
    unit: "pieces",
    ...options,
  };
  return { job, got };
}

/** Lets the workers' replies through, as real work between breaths would. */
const slow = (index: number) => {
  const end = performance.now() + 3;
  while (performance.now() < end);
  return { value: 3 * index };
};

const expected = Array.from({ length: 40 }, (_, i) => 3 * i);

describe("spread", () => {
  test("gives every piece once, on one thread and on several", async () => {
    const alone = jobOf();
    await spread(alone.job);
    expect(alone.got).toEqual(expected);
    const log: string[] = [];
    const many = jobOf({ threads: 3, pool: poolOf("works", log), run: slow });
    await spread(many.job);
    expect(many.got).toEqual(expected);
    expect(log.filter((line) => line === "open times")).toHaveLength(2);
    expect(log.filter((line) => line.startsWith("piece")).length).toBeGreaterThan(0);
    expect(log.filter((line) => line === "closed")).toHaveLength(2);
  });

  test("does the work of workers that cannot start, unless they were asked for", async () => {
    const { job, got } = jobOf({ threads: 3, pool: poolOf("cannot start"), run: slow });
    await spread(job);
    expect(got).toEqual(expected);
    const strict = jobOf({ threads: 3, pool: poolOf("cannot start"), run: slow, strict: true });
    await expect(spread(strict.job)).rejects.toSatisfy((error) => isForetrainError(error, "ERR_UNAVAILABLE"));
  });

  test("a worker that dies at its work ends the job with its error", async () => {
    const log: string[] = [];
    const { job } = jobOf({ threads: 2, pool: poolOf("dies at a piece", log), run: slow });
    await expect(spread(job)).rejects.toThrow("died");
    expect(log.at(-1)).toBe("closed");
  });

  test("what a piece throws, and what takes it throws, comes out", async () => {
    const failing = jobOf({
      run: (index) => {
        if (index === 5) throw new Error("piece 5");
        return { value: 0 };
      },
    });
    await expect(spread(failing.job)).rejects.toThrow("piece 5");
    const refusing = jobOf({
      threads: 2,
      pool: poolOf("works"),
      run: slow,
      receive: (index) => {
        if (index === 1) throw new Error("not this one");
      },
    });
    await expect(spread(refusing.job)).rejects.toThrow("not this one");
  });

  test("stops when told to, and reports how far it came", async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const { job, got } = jobOf({
      run: slow,
      signal: controller.signal,
      onProgress: (progress) => {
        done.push(progress.done);
        controller.abort();
      },
    });
    await expect(spread(job)).rejects.toSatisfy((error) => isForetrainError(error, "ERR_ABORTED"));
    expect(done).toHaveLength(1);
    expect(got.filter((value) => value !== undefined)).toHaveLength(done[0]!);
  });
});
