/**
 * A file of predictions of one's own: dropped or chosen, measured in the worker, never sent anywhere.
 * @module
 */
import { useSignal } from "@preact/signals";
import { FileChoice } from "../../controls/file-choice.js";
import { useFileDrop } from "../../controls/file-drop.js";
import { TaskStatus } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import { CurveFigure } from "./curve-figure.js";
import type { OwnFile, OwnReading } from "./own-operation.js";

export interface OwnRunProps {
  readonly task: Task<OwnFile, OwnReading>;
}

async function readFile(task: OwnRunProps["task"], file: File): Promise<void> {
  try {
    task.run({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  } catch (error) {
    task.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

export function OwnRun({ task }: OwnRunProps) {
  const over = useSignal(false);
  const take = (file: File) => void readFile(task, file);
  useFileDrop(
    ({ files: [file] }) => {
      if (file !== undefined) take(file);
    },
    (inside) => {
      over.value = inside;
    },
  );
  const state = task.state.value;
  return (
    <section class="own-run" aria-label="a run of your own">
      <div class={`card drop-zone ${over.value ? "over" : ""}`}>
        <h2>Your own run</h2>
        <p>
          Drop a file of predictions here (npz or CSV): labels, what your network said at some steps, and what
          a simple model says. It is measured in this browser and sent nowhere.
        </p>
        <FileChoice label="choose a file" accept=".npz,.csv" take={([file]) => take(file!)} />
        <details>
          <summary>what is in such a file</summary>
          <p>
            npz: <code>labels</code> [n], <code>steps</code> [T], <code>predictions</code> [T, n] classes or
            [T, n, k] scores, <code>explainer_NAME</code> [n] for every simple model, and if wanted{" "}
            <code>train_labels</code> and <code>train_predictions</code>. CSV: columns <code>label</code>,{" "}
            <code>step:NUMBER</code>, <code>explainer:NAME</code>, one sample per line.
          </p>
        </details>
        <TaskStatus state={state} cancel={() => task.cancel()} />
      </div>
      {state.value !== null && (
        <CurveFigure
          title={state.value.name}
          name="own-run"
          curve={state.value.curve}
          trainBits={state.value.trainBits}
          waiting=""
        />
      )}
    </section>
  );
}
