/**
 * A task that follows its input.
 * @module
 */
import { useEffect } from "preact/hooks";
import type { Task } from "./task.js";

/** Runs the task whenever the input differs from the last one; `null` asks for nothing. */
export function useRequest<I, T>(task: Task<I, T>, input: I | null): void {
  const key = input === null ? null : JSON.stringify(input);
  useEffect(() => {
    if (input !== null) task.run(input);
  }, [task, key]);
}
