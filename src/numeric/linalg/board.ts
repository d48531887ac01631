/**
 * A list of work in a memory that threads share. One thread publishes units of work, and all of them, it included, take
 * units until none is left. So nobody waits for a thread that has not begun: one that starts late finds less to do, one that
 * never starts costs nothing, and the publisher needs no message to be told that all is done.
 *
 * A unit is a short list of calls of the WebAssembly module, run in their order by one thread. Each number is computed by the
 * same operations in the same order whoever takes its unit, so that results have the same bits for any number of threads.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { LinearAlgebraExports } from "./wasm-memory.js";

const ROUTINES = ["dgemm", "dtrsm", "solveRight"] as const;
type Routine = (typeof ROUTINES)[number];

/** A routine of the module with its arguments, without the scratch area, which each thread has for itself. */
export interface Call {
  readonly routine: Routine;
  readonly args: readonly number[];
}

export type Unit = readonly Call[];

const MOST_UNITS = 256; // published at one time; longer lists are published in parts
const MOST_CALLS = 4; // of a unit
const MOST_THREADS = 64;
const SLOT = 16; // numbers of a call: routine, number of arguments, arguments

// words of the board
const CLAIM = 0; // generation and number of units that nobody has taken yet
const DONE = 1;
const FAILED = 2;
const BUSY = 16; // one of each thread: it runs, or a message that makes it run is under way
const LENGTHS = BUSY + MOST_THREADS; // calls of each unit
const WORDS = LENGTHS + MOST_UNITS;

const COUNT_BITS = 12;
const COUNT_MASK = 2 ** COUNT_BITS - 1;

/** How long a thread that has nothing to do stays awake for the next list; ms. */
const LINGER_MS = 2;
/** A unit takes milliseconds; a thread that does not end one in so many seconds has died. */
const PATIENCE_S = 60;

/** Where work is published. Each crew has its own, so that no thread that has been sent away can take units of the next. */
export interface Board {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly calls: Float64Array<SharedArrayBuffer>;
}

export function newBoard(): Board {
  return {
    words: new Int32Array(new SharedArrayBuffer(4 * WORDS)),
    calls: new Float64Array(new SharedArrayBuffer(8 * MOST_UNITS * MOST_CALLS * SLOT)),
  };
}

/**
 * Runs all units, on this thread and on those that `wake` reaches; units must not write what others read or write.
 * @param wake  makes a thread that sleeps call {@link serveBoard}
 * @param helpers  number of other threads
 */
export function runOnBoard(
  board: Board,
  units: readonly Unit[],
  exports: LinearAlgebraExports,
  scratch: number,
  helpers: number,
  wake: (helper: number) => void,
): void {
  for (let from = 0; from < units.length; from += MOST_UNITS) {
    const { words } = board;
    const count = publish(board, units.slice(from, from + MOST_UNITS));
    for (let helper = 0; helper < Math.min(helpers, count - 1); helper++) {
      if (Atomics.compareExchange(words, BUSY + helper, 0, 1) === 0) wake(helper);
    }
    takeUnits(board, exports, scratch);
    waitForOthers(words, count);
    if (Atomics.load(words, FAILED) !== 0) throw new Error("a thread of the linear algebra failed");
  }
}

/** Puts units on an empty board; returns their number. */
function publish({ words, calls }: Board, units: readonly Unit[]): number {
  units.forEach((unit, i) => {
    if (unit.length > MOST_CALLS) throw new RangeError(`a unit of ${unit.length} calls`);
    words[LENGTHS + i] = unit.length;
    unit.forEach(({ routine, args }, c) => {
      const at = (i * MOST_CALLS + c) * SLOT;
      calls[at] = ROUTINES.indexOf(routine);
      calls[at + 1] = args.length;
      calls.set(args, at + 2);
    });
  });
  Atomics.store(words, DONE, 0);
  const generation = (Atomics.load(words, CLAIM) >>> COUNT_BITS) + 1;
  Atomics.store(words, CLAIM, (generation << COUNT_BITS) | units.length);
  Atomics.notify(words, CLAIM);
  return units.length;
}

/** Takes units and runs them until none is left. */
function takeUnits(board: Board, exports: LinearAlgebraExports, scratch: number): void {
  const { words } = board;
  for (;;) {
    const claim = Atomics.load(words, CLAIM);
    const left = claim & COUNT_MASK;
    if (left === 0) return;
    if (Atomics.compareExchange(words, CLAIM, claim, claim - 1) !== claim) continue;
    try {
      runUnit(board, left - 1, exports, scratch);
    } catch (error) {
      Atomics.store(words, FAILED, 1);
      throw error;
    } finally {
      Atomics.add(words, DONE, 1);
      Atomics.notify(words, DONE);
    }
  }
}

function runUnit(
  { words, calls }: Board,
  unit: number,
  exports: LinearAlgebraExports,
  scratch: number,
): void {
  for (let c = 0; c < words[LENGTHS + unit]!; c++) {
    const at = (unit * MOST_CALLS + c) * SLOT;
    const routine: (...args: number[]) => unknown = exports[ROUTINES[calls[at]!]!];
    routine(...calls.subarray(at + 2, at + 2 + calls[at + 1]!), scratch);
  }
}

/** Waits until the threads that took units are done with them. */
function waitForOthers(words: Int32Array, count: number): void {
  for (let silent = 0; ; ) {
    const done = Atomics.load(words, DONE);
    if (done >= count) return;
    if (sleep(words, DONE, done, 1000) !== "timed-out") {
      silent = 0;
      continue;
    }
    silent++;
    if (silent < PATIENCE_S) continue;
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `a worker of the linear algebra has not answered for ${PATIENCE_S} s; run again with threads: 1 (--threads 1) to stay in one thread`,
      { argument: "threads" },
    );
  }
}

/** Sleeps until the word changes; where the thread must not sleep (pages of browsers), looks at it for a moment. */
function sleep(words: Int32Array, index: number, value: number, ms: number): string {
  try {
    return Atomics.wait(words, index, value, ms);
  } catch {
    const end = performance.now() + ms;
    while (Atomics.load(words, index) === value) if (performance.now() > end) return "timed-out";
    return "ok";
  }
}

/** A helper's part: runs units, stays a moment for the next list, and goes back to sleep. */
export function serveBoard(
  board: Board,
  exports: LinearAlgebraExports,
  scratch: number,
  helper: number,
): void {
  const { words } = board;
  for (;;) {
    takeUnits(board, exports, scratch);
    const claim = Atomics.load(words, CLAIM);
    if ((claim & COUNT_MASK) !== 0) continue;
    if (Atomics.wait(words, CLAIM, claim, LINGER_MS) !== "timed-out") continue;
    Atomics.store(words, BUSY + helper, 0);
    // a list that came between the last look and this word was not announced by a message
    const late = (Atomics.load(words, CLAIM) & COUNT_MASK) !== 0;
    if (!late || Atomics.compareExchange(words, BUSY + helper, 0, 1) !== 0) return;
  }
}
