import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import { createPool, type Session, type WorkerPool } from "../../src/threads/pool.js";
import { spawnWorker } from "../../src/threads/spawn-node.js";

const script = pathToFileURL(`${import.meta.dirname}/tasks-worker.mjs`);
const pools: WorkerPool[] = [];

function poolOf({ idleMs = 10_000, closeMs = 100, url = script } = {}): WorkerPool {
  const pool = createPool({ spawn: () => spawnWorker(url), idleMs, closeMs });
  pools.push(pool);
  return pool;
}
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

/** A session with its messages as promises. */
function listenTo(pool: WorkerPool): {
  session: Session;
  next: () => Promise<unknown>;
  failure: Promise<Error>;
} {
  const queue: unknown[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const session = pool.session({
    message: (value) => {
      const take = waiting.shift();
      if (take) take(value);
      else queue.push(value);
    },
    failure: (error) => fail(error),
  });
  const next = () =>
    queue.length > 0
      ? Promise.resolve(queue.shift())
      : new Promise<unknown>((resolve) => {
          waiting.push(resolve);
        });
  return { session, next, failure };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a pool of workers", () => {
  test("opens a task, passes messages and transferred buffers, and keeps the worker for the next", async () => {
    const pool = poolOf();
    const first = listenTo(pool);
    await first.session.ready;
    first.session.open("echo", { a: new Float64Array([1, 2]) });
    expect(await first.next()).toEqual({ opened: { a: new Float64Array([1, 2]) } });
    const buffer = new ArrayBuffer(8);
    first.session.post(buffer, [buffer]);
    expect(buffer.byteLength).toBe(0); // it moved
    expect(await first.next()).toEqual({ echo: new ArrayBuffer(8) });
    expect(pool.idle).toBe(0);
    first.session.close();
    await until(() => pool.idle === 1);

    const second = listenTo(pool);
    expect(pool.idle).toBe(0); // the same worker again
    await second.session.ready;
    second.session.open("echo", 7);
    expect(await second.next()).toEqual({ opened: 7 });
    // the former session is over: what it sends goes nowhere
    first.session.post("late");
    second.session.post("now");
    expect(await second.next()).toEqual({ echo: "now" });
  });

  test("idle workers end after their time", async () => {
    const pool = poolOf({ idleMs: 20 });
    const { session } = listenTo(pool);
    await session.ready;
    session.open("echo", 1);
    session.close();
    await until(() => pool.idle === 1);
    await until(() => pool.idle === 0);
  });

  test("an error of this package comes as it was thrown, a bug with the worker's stack", async () => {
    const pool = poolOf();
    const thrown = listenTo(pool);
    await thrown.session.ready;
    thrown.session.open("throws", null);
    thrown.session.post("go");
    const error = await thrown.failure;
    expect(isForetrainError(error, "ERR_NUMERICAL")).toBe(true);
    expect(error.message).toBe("the variance overflowed");
    expect((error as unknown as { details: unknown }).details).toEqual({ sample: 3 });

    const bug = listenTo(pool);
    await bug.session.ready;
    bug.session.open("bug", null);
    bug.session.post("go");
    const other = await bug.failure;
    expect(other.message).toMatch(/in a worker: .*undefined/);
    expect(other.stack).toContain("tasks-worker.mjs");
    expect(pool.idle).toBe(0); // neither is used again
  });

  test("a worker that dies says so and what to do", async () => {
    const { session, failure } = listenTo(poolOf());
    await session.ready;
    session.open("exit", null);
    session.post("go");
    const error = await failure;
    expect(isForetrainError(error, "ERR_UNAVAILABLE")).toBe(true);
    expect(error.message).toMatch(/a worker died \(it ended with code 3\).*threads: 1/);
  });

  test("a worker that cannot start says so", async () => {
    const { failure } = listenTo(poolOf({ url: new URL("file:///no/such/worker.mjs") }));
    const error = await failure;
    expect(isForetrainError(error, "ERR_UNAVAILABLE")).toBe(true);
    expect(error.message).toMatch(/a worker could not start/);
    expect((error as unknown as { details: unknown }).details).toMatchObject({ loaded: false });
  });

  test("a busy worker that does not close in time is ended", async () => {
    const pool = poolOf({ closeMs: 30 });
    const { session, next } = listenTo(pool);
    await session.ready;
    session.open("spin", null);
    session.post("go");
    await next();
    session.close();
    // its thread never comes back: a new session gets a new worker
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(pool.idle).toBe(0);
    const again = listenTo(pool);
    await again.session.ready;
    again.session.open("echo", 1);
    expect(await again.next()).toEqual({ opened: 1 });
  });

  test("idle workers do not keep the process alive", async () => {
    const program = `
      import { computeKernel, preset } from ${JSON.stringify(pathToFileURL(`${import.meta.dirname}/../../dist/index.js`).href)};
      const n = 64;
      const x = { data: Float64Array.from({ length: n * 4 }, (_, i) => Math.sin(i + 1)), shape: [n, 4] };
      const { plan } = await computeKernel(preset("fcn", { input: [4], depth: 2 }), x, null, { threads: 2, tile: 4 });
      console.log(plan.threads);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    // the pool would keep its workers for 10 s
    const killed = setTimeout(() => child.kill("SIGKILL"), 9000);
    const code = await new Promise((resolve) => child.on("exit", resolve));
    clearTimeout(killed);
    expect([text.trim(), code]).toEqual(["2", 0]);
  });
});
