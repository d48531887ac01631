/**
 * The frame of every figure: title, caption, the drawing, progress, a table instead of the drawing, and files to take
 * away.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Menu } from "../controls/menu.js";
import { TaskProgress, type TaskStatusProps, WorkError } from "../controls/task-status.js";
import type { TaskState } from "../engine/task.js";
import { type ExportFormat, exportBlob, type FigureContents, formatsOf, saveBlob } from "./export.js";
import { useShownAsTable } from "./shown-as-table.js";
import { TableView } from "./table-view.js";

export interface FigureProps {
  /** in the address of the page, which says whether it is a table */
  readonly id?: string;
  readonly title: ComponentChildren;
  /** what is seen and how it was drawn, in a sentence or two */
  readonly caption?: ComponentChildren;
  /** null while there is nothing to show */
  readonly contents: FigureContents | null;
  /** what computes it, for progress and errors in place */
  readonly task?: TaskStatusProps;
  /** beside the title: choices that belong to this figure */
  readonly controls?: ComponentChildren;
  readonly class?: string;
  /** of its heading; 3 inside a section with a title of its own */
  readonly level?: 2 | 3;
  readonly children: ComponentChildren;
}

const fileBeingMade = (format: string): TaskState<never> => ({
  value: null,
  running: true,
  progress: { label: `making the ${format} file`, done: 0, total: 0, unit: "file" },
  error: null,
});

export function Figure(props: FigureProps) {
  const { title, caption, contents, task, controls, class: name, level = 2, children } = props;
  const Heading = `h${level}` as const;
  const id = useId();
  const [asTable, toggleTable] = useShownAsTable(props.id);
  const failed = useSignal<string | null>(null);
  // the file that is being made, so that it can be given up
  const making = useSignal<symbol | null>(null);
  const save = async (format: ExportFormat) => {
    if (contents === null) return;
    const own = Symbol(format);
    making.value = own;
    failed.value = null;
    try {
      const blob = await exportBlob(contents, format);
      if (making.value === own) saveBlob(blob, `${contents.name}.${format}`);
    } catch (error) {
      if (making.value === own) failed.value = error instanceof Error ? error.message : String(error);
    } finally {
      if (making.value === own) making.value = null;
    }
  };
  const tableOf = contents === null ? undefined : (contents.table ?? contents.csv);
  const table = asTable ? (tableOf?.call(contents) ?? null) : null;
  return (
    <figure class={`figure ${name ?? ""}`} aria-labelledby={`${id}-title`}>
      <header class="figure-head">
        <Heading id={`${id}-title`}>{title}</Heading>
        <div class="figure-status">
          {task !== undefined && <TaskProgress state={task.state} cancel={task.cancel} />}
          {making.value !== null && (
            <TaskProgress
              state={fileBeingMade(making.value.description!)}
              cancel={() => {
                making.value = null;
              }}
            />
          )}
        </div>
        <div class="figure-tools">
          {controls}
          {(contents === null || tableOf !== undefined) && (
            <button
              type="button"
              class="quiet"
              aria-pressed={asTable}
              disabled={contents === null}
              onClick={toggleTable}
            >
              table
            </button>
          )}
          <Menu
            label="export"
            disabled={contents === null}
            items={formatsOf(contents).map((format) => ({
              label: format === "npz" ? "npz, for NumPy" : format.toUpperCase(),
              id: format,
              run: () => void save(format),
            }))}
          />
        </div>
      </header>
      <div class="figure-body">
        <div hidden={table !== null}>{children}</div>
        {table !== null && <TableView table={table} label={contents!.name} />}
        {task !== undefined && task.state.error !== null && !task.state.running && (
          <WorkError error={task.state.error} said={task.said} />
        )}
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
