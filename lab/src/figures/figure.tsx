/**
 * The frame of every figure: title, caption, the drawing, progress, a table instead of the drawing, and files to take
 * away.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Menu } from "../controls/menu.js";
import { TaskStatus } from "../controls/task-status.js";
import type { TaskState } from "../engine/task.js";
import { type ExportFormat, exportBlob, type FigureContents, saveBlob } from "./export.js";
import { TableView } from "./table-view.js";

export interface FigureProps {
  readonly title: ComponentChildren;
  /** what is seen and how it was drawn, in a sentence or two */
  readonly caption?: ComponentChildren;
  /** null while there is nothing to show */
  readonly contents: FigureContents | null;
  /** what computes it, for progress and errors in place */
  readonly task?: { readonly state: TaskState<unknown>; readonly cancel: () => void };
  /** beside the title: choices that belong to this figure */
  readonly controls?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

const FORMATS: readonly ExportFormat[] = ["svg", "png", "csv", "npz"];

export function Figure({ title, caption, contents, task, controls, class: name, children }: FigureProps) {
  const id = useId();
  const asTable = useSignal(false);
  const failed = useSignal<string | null>(null);
  const save = async (format: ExportFormat) => {
    if (contents === null) return;
    try {
      failed.value = null;
      saveBlob(await exportBlob(contents, format), `${contents.name}.${format}`);
    } catch (error) {
      failed.value = error instanceof Error ? error.message : String(error);
    }
  };
  const showsTable = asTable.value && contents !== null;
  return (
    <figure class={`figure ${name ?? ""}`} aria-labelledby={`${id}-title`}>
      <header class="figure-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <div class="figure-tools">
          {controls}
          <button
            type="button"
            class="quiet"
            aria-pressed={asTable.value}
            disabled={contents === null}
            onClick={() => {
              asTable.value = !asTable.value;
            }}
          >
            table
          </button>
          <Menu
            label="export"
            disabled={contents === null}
            items={FORMATS.map((format) => ({
              label: format === "npz" ? "npz, for NumPy" : format.toUpperCase(),
              id: format,
              run: () => void save(format),
            }))}
          />
        </div>
      </header>
      <div class="figure-body">
        <div hidden={showsTable}>{children}</div>
        {showsTable && <TableView table={(contents.table ?? contents.csv)()} label={contents.name} />}
        {task !== undefined && <TaskStatus state={task.state} cancel={task.cancel} />}
      </div>
      {failed.value !== null && (
        <p class="error" role="alert">
          {failed.value}
        </p>
      )}
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
