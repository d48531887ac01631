/**
 * The runs that can be opened, and the way to bring others.
 * @module
 */
import { useSignal } from "@preact/signals";
import { FileChoice } from "../../controls/file-choice.js";
import { useFileDrop } from "../../controls/file-drop.js";
import { TextControl } from "../../controls/text-control.js";
import { runsFields } from "./fields.js";
import type { RunSource } from "./source.js";
import { chosenFiles, droppedFiles } from "./take-files.js";

export interface RunListProps {
  readonly runs: readonly RunSource[];
  readonly chosen: string;
  readonly filter: string;
  /** where the runs of the server lie; null: there is no server, or no folder */
  readonly folder: string | null;
  /** false: the server is still asked which runs it has */
  readonly complete: boolean;
  readonly find: (text: string, gesture: string) => void;
  readonly open: (run: RunSource) => void;
  readonly take: (files: Promise<readonly { readonly name: string; readonly file: File }[]>) => void;
}

const day = (finished: string) => finished.slice(0, 16).replace("T", " ");

export function RunList({ runs, chosen, filter, folder, complete, find, open, take }: RunListProps) {
  const over = useSignal(false);
  useFileDrop(
    (dropped) => take(droppedFiles(dropped)),
    (inside) => {
      over.value = inside;
    },
  );
  const choose = (files: FileList) => take(Promise.resolve(chosenFiles(files)));
  const wanted = filter.trim().toLowerCase();
  const shown = runs.filter(({ title, made }) =>
    `${title} ${made?.command ?? ""}`.toLowerCase().includes(wanted),
  );
  // what stands below the list would be pushed down by it
  if (!complete && runs.length === 0)
    return <section class="card run-list" aria-label="runs" aria-busy="true" />;
  return (
    <section class="card run-list" aria-label="runs">
      {runs.length > 6 && (
        <TextControl
          field={runsFields.filter}
          value={filter}
          change={find}
          placeholder="part of a name or command"
        />
      )}
      {shown.length > 0 ? (
        <ul>
          {shown.map((run) => (
            <li key={run.id}>
              <button
                type="button"
                aria-current={run.id === chosen}
                onClick={() => open(run)}
                title={run.made?.command ?? ""}
              >
                <strong>{run.title}</strong>
                <span>{run.made === null ? `${run.files.length} files` : day(run.made.finished)}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p class="muted">
          {runs.length > 0
            ? "no run has that in its name"
            : folder === null
              ? "nothing is open yet"
              : `there are no runs in ${folder}`}
        </p>
      )}
      <div class={`drop-zone ${over.value ? "over" : ""}`}>
        <p>
          Drop a run folder, an npz file, a report or a picture anywhere on this page. It is read here and
          sent nowhere.
        </p>
        <div class="file-choices">
          <FileChoice label="files" multiple take={choose} />
          <FileChoice label="a folder" multiple folder take={choose} />
        </div>
        {folder !== null && <p class="muted">runs are read from {folder}</p>}
      </div>
    </section>
  );
}
