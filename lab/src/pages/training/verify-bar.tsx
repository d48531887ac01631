/**
 * Real networks beside the prediction: start, progress, stop.
 * @module
 */
import { useEffect } from "preact/hooks";
import { isTyping } from "../../controls/is-typing.js";
import { type SaidElsewhere, WorkError } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";

export interface VerifyBarProps<I, T> {
  readonly verify: boolean;
  readonly change: (verify: boolean) => void;
  readonly task: Task<I, T>;
  readonly said: SaidElsewhere;
  /** what is done, as a command */
  readonly name: string;
  readonly done: boolean;
}

export function VerifyBar<I, T>({ verify, change, task, said, name, done }: VerifyBarProps<I, T>) {
  const { running, progress, error } = task.state.value;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "v" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      change(!verify);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
  const share = progress === null || progress.total === 0 ? null : progress.done / progress.total;
  const stop = () => {
    task.cancel();
    change(false);
  };
  return (
    <section class="verify-bar card" aria-label="verify">
      <button
        type="button"
        class={verify ? "plain" : "plain verify-start"}
        title="v"
        aria-pressed={verify}
        onClick={() => (verify ? stop() : change(true))}
      >
        {verify ? (running ? "cancel" : "hide the networks") : `verify: ${name}`}
      </button>
      <div class="verify-state" role="status">
        {verify && running && (
          <>
            <span>{progress?.label ?? "getting ready"}</span>
            {share === null ? (
              <progress aria-label="training" />
            ) : (
              <progress value={share} max={1} aria-label={progress!.label} />
            )}
          </>
        )}
        {verify && !running && done && <span>Trained; another setting trains again.</span>}
        {!verify && <span class="muted">Real weights, real steps, in this browser.</span>}
      </div>
      {verify && error !== null && !running && <WorkError error={error} said={said} />}
    </section>
  );
}
