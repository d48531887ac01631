import { ForetrainError, isForetrainError, type LongWork } from "foretrain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createEngine, type Port, type Replacement } from "../../../lab/src/engine/engine.js";
import type { FromWorker, Operations, ToWorker } from "../../../lab/src/engine/protocol.js";
import { buffersOf, type Scope, serve } from "../../../lab/src/engine/serve.js";
import { createTask } from "../../../lab/src/engine/task.js";

/** A worker in this thread: messages take a turn of the queue, as between threads. */
function fakeWorkers(operations: Operations) {
  const log = { spawned: 0, ended: 0, asked: [] as ToWorker[] };
  const spawn = (): Port => {
    log.spawned++;
    let alive = true;
    const scope: Scope = {
      onmessage: null,
      postMessage: (message: FromWorker) =>
        setTimeout(() => alive && port.onmessage?.({ data: message } as MessageEvent<FromWorker>)),
    };
    const port: Port = {
      onmessage: null,
      onerror: null,
      postMessage(message) {
        log.asked.push(message);
        setTimeout(() => alive && scope.onmessage?.({ data: message } as MessageEvent<ToWorker>));
      },
      terminate() {
        alive = false;
        log.ended++;
      },
    };
    serve(scope, operations);
    return port;
  };
  return { engine: createEngine(spawn), log };
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const operations = {
  square: async ({ x }: { x: number }) => {
    await later(10);
    return x * x;
  },
  slow: async ({ x }: { x: number }, { signal, onProgress }: LongWork) => {
    for (let i = 0; i < 20; i++) {
      await later(10);
      if (signal?.aborted) throw new ForetrainError("ERR_ABORTED", "cancelled");
      onProgress?.({ label: "slow", done: i, total: 20, unit: "parts" });
    }
    return x;
  },
  deaf: () => new Promise<number>(() => {}),
  wrong: () => {
    throw new ForetrainError("ERR_DOMAIN", "x is -1, expected a number >= 0");
  },
};

function collect(engine: ReturnType<typeof createEngine>) {
  const results: unknown[] = [];
  const errors: Error[] = [];
  const run = (slot: string, name: string, x: number, replace: Replacement = "wait") =>
    engine.run({
      slot,
      name,
      input: { x },
      replace,
      result: (value) => results.push(value),
      error: (error) => errors.push(error),
    });
  return { results, errors, run };
}

describe("the engine", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("with short work the running request is answered, those between are left out, the latest follows", async () => {
    const { engine, log } = fakeWorkers(operations);
    const { results, run } = collect(engine);
    for (const x of [2, 3, 4, 5]) run("a", "square", x);
    await vi.advanceTimersByTimeAsync(100);
    expect(results).toEqual([4, 25]);
    expect(log.asked.filter(({ kind }) => kind === "request")).toHaveLength(2);
  });

  test("slots do not replace each other", async () => {
    const { engine } = fakeWorkers(operations);
    const { results, run } = collect(engine);
    run("a", "square", 2);
    run("b", "square", 3);
    await vi.advanceTimersByTimeAsync(100);
    expect(results).toEqual([4, 9]);
  });

  test("with long work the older request is cancelled and says nothing any more", async () => {
    const { engine, log } = fakeWorkers(operations);
    const { results, errors, run } = collect(engine);
    run("a", "slow", 1, "cancel");
    await vi.advanceTimersByTimeAsync(50);
    run("a", "slow", 2, "cancel");
    await vi.advanceTimersByTimeAsync(1000);
    expect(results).toEqual([2]);
    expect(errors).toEqual([]);
    expect(log.asked.map(({ kind }) => kind)).toEqual(["request", "cancel", "request"]);
    expect(log.spawned).toBe(1);
  });

  test("work that hears no signal is ended with its worker, and others that it had start again", async () => {
    const { engine, log } = fakeWorkers(operations);
    const { results, run } = collect(engine);
    run("a", "deaf", 0, "cancel");
    run("b", "slow", 7);
    await vi.advanceTimersByTimeAsync(20);
    run("a", "square", 3, "cancel");
    await vi.advanceTimersByTimeAsync(2000);
    expect(results.toSorted()).toEqual([7, 9]);
    expect(log).toMatchObject({ spawned: 2, ended: 1 });
  });

  test("errors of the package arrive with their code and text", async () => {
    const { engine } = fakeWorkers(operations);
    const { errors, run } = collect(engine);
    run("a", "wrong", -1);
    await vi.advanceTimersByTimeAsync(50);
    expect(isForetrainError(errors[0], "ERR_DOMAIN")).toBe(true);
    expect(errors[0]!.message).toBe("x is -1, expected a number >= 0");
  });

  test("an operation that the worker does not have is an error", async () => {
    const { engine } = fakeWorkers(operations);
    const { errors, run } = collect(engine);
    run("a", "nothing", 0);
    await vi.advanceTimersByTimeAsync(50);
    expect(errors.map(({ message }) => message)).toEqual(['the worker has no operation "nothing"']);
  });

  test("when the worker dies its requests fail, and the next one gets a new worker", async () => {
    const ports: Port[] = [];
    const spied = createEngine(() => {
      const port: Port = {
        onmessage: null,
        onerror: null,
        postMessage: () => {},
        terminate: () => {},
      };
      ports.push(port);
      return port;
    });
    const { errors, run } = collect(spied);
    run("a", "square", 2);
    ports[0]!.onerror?.({ message: "out of memory" } as ErrorEvent);
    expect(errors[0]!.message).toContain("out of memory");
    run("a", "square", 3);
    expect(ports).toHaveLength(2);
  });

  test("a task keeps its last result while the next is under way, and is running until the latest is there", async () => {
    const { engine } = fakeWorkers(operations);
    const task = createTask<typeof operations, "square">(engine, "a", "square");
    task.run({ x: 2 });
    await vi.advanceTimersByTimeAsync(50);
    expect(task.state.value).toMatchObject({ value: 4, running: false });
    task.run({ x: 3 });
    task.run({ x: 4 });
    expect(task.state.value).toMatchObject({ value: 4, running: true });
    await vi.advanceTimersByTimeAsync(14);
    expect(task.state.value).toMatchObject({ value: 9, running: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(task.state.value).toMatchObject({ value: 16, running: false });
  });

  test("a cancelled task keeps its result and says nothing later", async () => {
    const { engine } = fakeWorkers(operations);
    const task = createTask<typeof operations, "slow">(engine, "a", "slow", "cancel");
    task.run({ x: 3 });
    await vi.advanceTimersByTimeAsync(80);
    expect(task.state.value.progress).not.toBeNull();
    task.cancel();
    await vi.advanceTimersByTimeAsync(1000);
    expect(task.state.value).toEqual({ value: null, running: false, progress: null, error: null });
  });
});

test("the buffers of a result are found once each, in nested records and lists", () => {
  const shared = new Float64Array(4);
  const found = buffersOf({
    a: shared,
    b: [{ c: shared.subarray(1) }, { c: new Uint8Array(2) }],
    d: "x",
    e: null,
  });
  expect(found.size).toBe(2);
});
