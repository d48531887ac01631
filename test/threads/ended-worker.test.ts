import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPool } from "../../src/threads/pool.js";
import type { WorkerPort } from "../../src/threads/port.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a worker that was ended for being busy does not come back by a message that was under way", () => {
  const workers: { say: (message: unknown) => void; ended: boolean }[] = [];
  const spawn = (): WorkerPort => {
    const worker = { say: (_message: unknown) => {}, ended: false };
    workers.push(worker);
    return {
      post() {},
      listen: ({ message }) => {
        worker.say = message;
      },
      hold() {},
      terminate: () => {
        worker.ended = true;
      },
    };
  };
  const pool = createPool({ spawn, closeMs: 10 });
  const listener = { message() {}, failure() {} };
  const session = pool.session(listener);
  workers[0]!.say({ kind: "ready" });
  session.close();
  vi.advanceTimersByTime(20);
  expect(workers[0]!.ended).toBe(true);
  workers[0]!.say({ kind: "closed" });
  expect(pool.idle).toBe(0);
  pool.session(listener);
  expect(workers).toHaveLength(2);
});
