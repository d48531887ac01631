/**
 * Progress of work where its result will be, with a way to stop it, and its error in the words of the package.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TaskState } from "../engine/task.js";

/** Work that is done within this time shows nothing: a flash would only disturb. */
const QUIET_MS = 300;

export interface TaskStatusProps {
  readonly state: TaskState<unknown>;
  readonly cancel: () => void;
}

export function TaskStatus({ state, cancel }: TaskStatusProps) {
  const { running, progress, error } = state;
  const late = useSignal(false);
  useEffect(() => {
    late.value = false;
    if (!running) return;
    const timer = setTimeout(() => {
      late.value = true;
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [running, late]);
  if (error !== null && !running) {
    return (
      <p class="error task-error" role="alert">
        {error.message}
      </p>
    );
  }
  if (!running || !late.value) return null;
  const share = progress === null || progress.total === 0 ? null : progress.done / progress.total;
  return (
    <div class="task-status" role="status">
      <span>{progress?.label ?? "computing"}</span>
      {share === null ? (
        <progress aria-label="computing" />
      ) : (
        <progress value={share} max={1} aria-label={progress!.label} />
      )}
      <button type="button" class="quiet" onClick={cancel}>
        cancel
      </button>
    </div>
  );
}
