/**
 * One thing that a page has computed, as a signal: what was last known stays visible while the next is under way.
 * @module
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Progress } from "foretrain";
import type { Engine, Replacement } from "./engine.js";
import type { InputOf, Operations, ResultOf } from "./protocol.js";

export interface TaskState<T> {
  /** the latest result, perhaps of an earlier request or one that is not finished; null before the first and after an error */
  readonly value: T | null;
  readonly running: boolean;
  readonly progress: Progress | null;
  /** what the latest request failed with */
  readonly error: Error | null;
}

export interface Task<I, T> {
  readonly state: ReadonlySignal<TaskState<T>>;
  run(input: I): void;
  /** ends what runs; the last result stays */
  cancel(): void;
  /** shows an error that was found before asking */
  fail(error: Error): void;
}

const IDLE: TaskState<never> = { value: null, running: false, progress: null, error: null };

/** @param slot what the task shows: its requests replace each other */
export function createTask<O extends Operations, K extends keyof O & string>(
  engine: Engine,
  slot: string,
  name: K,
  replace: Replacement = "wait",
): Task<InputOf<O[K]>, ResultOf<O[K]>> {
  type T = ResultOf<O[K]>;
  const state = signal<TaskState<T>>(IDLE);
  const update = (patch: Partial<TaskState<T>>) => {
    state.value = { ...state.value, ...patch };
  };
  let latest = 0;
  return {
    state,
    run(input) {
      latest++;
      const own = latest;
      // an older request that was let to its end is not the last word
      const running = () => own !== latest;
      update({ running: true, progress: null });
      engine.run({
        slot,
        name,
        input,
        replace,
        result: (value) => update({ value: value as T, running: running(), progress: null, error: null }),
        error: (error) => update({ value: null, running: running(), progress: null, error }),
        progress: (progress) => update({ progress }),
        part: (value) => update({ value: value as T, error: null }),
      });
    },
    cancel() {
      engine.cancel(slot);
      update({ running: false, progress: null });
    },
    fail(error) {
      engine.cancel(slot);
      update({ value: null, running: false, progress: null, error });
    },
  };
}
