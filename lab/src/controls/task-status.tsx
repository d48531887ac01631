/**
 * Progress of work where its result will be, with a way to stop it, and its error in the words of the package.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TaskState } from "../engine/task.js";
import { ErrorText } from "./error-text.js";

/** Work that is done within this time shows nothing: a flash would only disturb. */
const QUIET_MS = 300;

/** An error that stands elsewhere already, at the field that it is about: announced once is enough. */
export interface SaidElsewhere {
  /** null: nothing is wrong there */
  readonly message: string | null;
  /** "the formula" */
  readonly where: string;
}

export interface TaskStatusProps {
  readonly state: TaskState<unknown>;
  readonly cancel: () => void;
  readonly said?: SaidElsewhere;
}

/** The error of some work, or what it waits for where that is said elsewhere. */
export function WorkError({
  error,
  said,
}: {
  readonly error: Error;
  readonly said?: SaidElsewhere | undefined;
}) {
  if (error.message === said?.message) return <p class="muted work-waits">waits for {said.where}</p>;
  return (
    <p class="error task-error" role="alert">
      <ErrorText text={error.message} />
    </p>
  );
}

/** Work under way: what it does, how far it is, and a way to stop it. */
export function TaskProgress({ state, cancel }: Omit<TaskStatusProps, "said">) {
  const { running, progress } = state;
  const late = useSignal(false);
  useEffect(() => {
    late.value = false;
    if (!running) return;
    const timer = setTimeout(() => {
      late.value = true;
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [running, late]);
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

export function TaskStatus({ state, cancel, said }: TaskStatusProps) {
  const { running, error } = state;
  if (error !== null && !running) return <WorkError error={error} said={said} />;
  return <TaskProgress state={state} cancel={cancel} />;
}
