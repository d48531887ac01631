/**
 * One study: what is expected to be seen, its figures, its checks, and how it was made.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { StudyFailure, StudyRecord } from "foretrain";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isTyping } from "../../../controls/is-typing.js";
import { MathText } from "../../../controls/math-text.js";
import { type FigureContents, saveBlob } from "../../../figures/export.js";
import { Figure } from "../../../figures/figure.js";
import { useWidth } from "../../../figures/use-width.js";
import type { Store } from "../../../state/store.js";
import type { RunsState } from "../fields.js";
import type { RunSource } from "../source.js";
import { ChecksTable } from "./checks-table.js";
import { fileOf, isWanted, type StudyEntry } from "./entries.js";
import { Origin } from "./origin.js";
import { StudyPicture, useDrawing } from "./picture.js";
import { isFailure } from "./record.js";
import { step, stepLink } from "./steps.js";
import { Verdict } from "./verdict.js";

export interface StudyViewProps {
  readonly run: RunSource;
  readonly entry: StudyEntry;
  /** all of the run */
  readonly entries: readonly StudyEntry[];
  readonly store: Store<RunsState>;
  readonly theme: "light" | "dark";
}

/** Pixels of room below which the letters of a wide figure would be too small. */
const NARROW_BELOW = 560;

function StudyFigure({
  run,
  file,
  name,
  caption,
  theme,
  onSettled,
}: Pick<StudyViewProps, "run" | "theme"> & {
  readonly file: string;
  readonly name: string;
  readonly caption: string;
  /** its room is known: the drawing is here, or cannot be read */
  readonly onSettled: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 900);
  const narrow = file.replace(/[^/]+$/, "narrow/$&");
  const fits = width >= NARROW_BELOW || !run.files.some((other) => other.name === narrow);
  const drawing = useDrawing(run, fits ? file : narrow);
  const drawn = drawing !== null && !(drawing instanceof Error) ? drawing : null;
  useLayoutEffect(() => {
    if (drawing !== null) onSettled();
  }, [drawing]);
  const contents: FigureContents | null = drawn && { name, svg: () => drawn.svg };
  return (
    <Figure
      title={
        <>
          {drawn?.title} <span class="muted">{name}</span>
        </>
      }
      level={3}
      contents={contents}
      caption={<MathText text={caption} />}
      class={`study-figure ${drawing === null ? "pending" : ""}`}
    >
      <div class={`study-picture ${fits ? "wide" : ""}`} ref={box}>
        {drawing instanceof Error ? (
          <p class="error" role="alert">
            {drawing.message}
          </p>
        ) : (
          drawn !== null && (
            <StudyPicture
              drawing={drawn}
              theme={theme}
              alt={[drawn.title, drawn.description].filter(Boolean).join(". ") || name}
            />
          )
        )}
      </div>
    </Figure>
  );
}

function Results({
  run,
  entry,
  record,
  theme,
}: Omit<StudyViewProps, "entries" | "store"> & { record: StudyRecord }) {
  const { figures } = record;
  // what is below a figure comes when its height is known: nothing that is read moves away
  const [settled, setSettled] = useState(0);
  return (
    <>
      {figures.slice(0, settled + 1).map(({ name, caption }, i) => (
        <StudyFigure
          key={`${entry.key}/${name}`}
          run={run}
          file={fileOf(entry.key, `${name}.svg`)}
          name={name}
          caption={caption}
          theme={theme}
          onSettled={() => setSettled((before) => Math.max(before, i + 1))}
        />
      ))}
      {settled >= figures.length && <Rest record={record} />}
    </>
  );
}

/** What stands below the figures. */
function Rest({ record }: { readonly record: StudyRecord }) {
  const { checks, notComputed, notes } = record;
  return (
    <>
      {(checks.length > 0 || notComputed.length > 0) && (
        <section class="card study-checks" aria-labelledby="checks-title">
          <h3 id="checks-title">Checks</h3>
          {checks.length > 0 && <ChecksTable checks={checks} />}
          {notComputed.length > 0 && (
            <>
              <p class="muted">Not computed here, and counted neither way:</p>
              <ul class="study-notes">
                {notComputed.map(({ id, quantity, reason }) => (
                  <li key={id}>
                    {id}: <MathText text={`${quantity}; ${reason}`} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
      {notes.length > 0 && (
        <section class="card" aria-labelledby="notes-title">
          <h3 id="notes-title">Notes</h3>
          <ul class="study-notes">
            {notes.map((note) => (
              <li key={note}>
                <MathText text={note} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Origin study={record} record={record} />
    </>
  );
}

/** Why there are no results, and what to do. */
function Missing({ failure }: { readonly failure: StudyFailure }) {
  return (
    <section class="card study-missing" aria-labelledby="missing-title">
      <h3 id="missing-title">
        {failure.reason === "no-data"
          ? "Nothing was computed: its data set is not here"
          : "It could not be computed"}
      </h3>
      <pre>{failure.message}</pre>
      <p class="muted">The same run again computes what is missing; the command below this study alone.</p>
    </section>
  );
}

/** Files of the study that hold more than is shown: opened, or saved as they are. */
function Files({ run, entry, store }: Pick<StudyViewProps, "run" | "entry" | "store">) {
  const problem = useSignal<string | null>(null);
  const save = (file: string) =>
    run.read(file).then(
      (bytes) => {
        problem.value = null;
        saveBlob(new Blob([bytes]), `${entry.key === "." ? run.title : entry.key}-${nameIn(file)}`);
      },
      (error: unknown) => {
        problem.value = error instanceof Error ? error.message : String(error);
      },
    );
  const files = ["data.npz", "results.json", "failure.json"]
    .map((name) => fileOf(entry.key, name))
    .filter((file) => run.files.some(({ name }) => name === file));
  return (
    <>
      <ul class="study-files" aria-label="files of the study">
        {files.map((file) => (
          <li key={file}>
            <a {...stepLink(store, { file })}>{nameIn(file)}</a>
            <button
              type="button"
              class="quiet"
              aria-label={`save ${nameIn(file)}`}
              onClick={() => void save(file)}
            >
              save
            </button>
          </li>
        ))}
      </ul>
      {problem.value !== null && (
        <p class="error" role="alert">
          {problem.value}
        </p>
      )}
    </>
  );
}

const nameIn = (file: string) => file.split("/").at(-1)!;

/** Keys of an open study; those that scroll something, or belong to a field, are left alone. */
function useKeys(store: Store<RunsState>, before: string | null, after: string | null, alone: boolean): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const { target } = event;
      if (isTyping(target) || document.querySelector("dialog[open]") !== null) return;
      if (event.key === "Escape" && !alone) step(store, { study: "" });
      else if (target instanceof Element && target.closest("[tabindex='0']") !== null) return;
      else if (event.key === "ArrowLeft" && before !== null) step(store, { study: before });
      else if (event.key === "ArrowRight" && after !== null) step(store, { study: after });
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [store, before, after, alone]);
}

export function StudyView({ run, entry, entries, store, theme }: StudyViewProps) {
  const { study, key } = entry;
  const alone = entries.length === 1;
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (alone) return;
    title.current?.focus({ preventScroll: true });
    title.current?.scrollIntoView({ block: "start" });
  }, [key]);
  // the one that is open stays in the row, also when the filter has left it out meanwhile
  const row = entries.filter((other) => other.key === key || isWanted(other, store.state.value));
  const at = row.findIndex((other) => other.key === key);
  const before = row[at - 1]?.key ?? null;
  const after = row[at + 1]?.key ?? null;
  useKeys(store, before, after, alone);
  const read = study === null || study instanceof Error ? null : study;
  const record = read === null || isFailure(read) ? null : read;
  return (
    <article class="study" aria-labelledby="study-title" aria-busy={study === null} data-study={key}>
      <header class="card study-head">
        {!alone && (
          <nav aria-label="studies">
            <a {...stepLink(store, { study: "" })}>all studies</a>
            <span class="study-steps">
              {before !== null && (
                <a {...stepLink(store, { study: before })} title="the one before (left arrow)">
                  <span aria-hidden="true">←</span> {before}
                </a>
              )}
              {after !== null && (
                <a {...stepLink(store, { study: after })} title="the next one (right arrow)">
                  {after} <span aria-hidden="true">→</span>
                </a>
              )}
            </span>
          </nav>
        )}
        <h2 id="study-title" ref={title} tabIndex={-1}>
          <MathText text={read?.title ?? key} />
        </h2>
        {study !== null && (
          <p class="study-name">
            <span>{read?.id ?? key}</span>
            {read !== null && read.papers.length > 0 && (
              <span>
                paper{read.papers.length > 1 ? "s" : ""} {read.papers.join(", ")}
              </span>
            )}
          </p>
        )}
        {read !== null && (
          <p class="study-expected">
            <strong>Expected.</strong> <MathText text={read.expected} />
          </p>
        )}
        {study !== null && (
          <>
            <Verdict entry={entry} />
            <Files run={run} entry={entry} store={store} />
          </>
        )}
      </header>
      {study instanceof Error && (
        <p class="card error" role="alert">
          {study.message}
        </p>
      )}
      {record !== null && <Results key={key} run={run} entry={entry} record={record} theme={theme} />}
      {read !== null && isFailure(read) && (
        <>
          <Missing failure={read} />
          <Origin study={read} record={null} />
        </>
      )}
    </article>
  );
}
