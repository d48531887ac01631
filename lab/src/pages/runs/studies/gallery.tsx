/**
 * All studies of a run: a card for each, and which of them are shown.
 * @module
 */
import type { StudyRecord } from "foretrain";
import { useLayoutEffect, useRef } from "preact/hooks";
import { SegmentControl } from "../../../controls/choice-control.js";
import { FlagControl } from "../../../controls/flag-control.js";
import { MathText } from "../../../controls/math-text.js";
import { TextControl } from "../../../controls/text-control.js";
import type { Store } from "../../../state/store.js";
import { type RunsState, runsFields } from "../fields.js";
import type { RunSource } from "../source.js";
import { fileOf, isBad, isWanted, outcomeOf, type StudyEntry, summaryOf } from "./entries.js";
import { StudyPicture, useDrawing, useSeen } from "./picture.js";
import { isFailure } from "./record.js";
import { stepLink } from "./steps.js";
import { Verdict } from "./verdict.js";

export interface GalleryProps {
  readonly run: RunSource;
  readonly entries: readonly StudyEntry[];
  readonly store: Store<RunsState>;
  readonly theme: "light" | "dark";
  /** the study that was open before; it gets the focus */
  readonly from: string;
}

const recordOf = ({ study }: StudyEntry): StudyRecord | null =>
  study === null || study instanceof Error || isFailure(study) ? null : study;

/** The first figure, small. */
function Thumbnail({ run, file, theme }: Pick<GalleryProps, "run" | "theme"> & { readonly file: string }) {
  const [box, seen] = useSeen<HTMLDivElement>();
  const drawing = useDrawing(run, file, seen);
  return (
    <div class="study-thumb" ref={box}>
      {drawing instanceof Error ? (
        <p class="error">{drawing.message}</p>
      ) : (
        drawing !== null && <StudyPicture drawing={drawing} theme={theme} alt="" />
      )}
    </div>
  );
}

/** Of a study without figures: what its table says. */
function Tally({ entry }: { readonly entry: StudyEntry }) {
  const record = recordOf(entry);
  return (
    <div class="study-thumb tally" aria-hidden="true">
      {record !== null && record.checks.length > 0 && (
        <>
          <strong>{record.checks.length - record.disagreeing - record.undecided}</strong>
          <span>of {record.checks.length} numbers agree</span>
        </>
      )}
    </div>
  );
}

function Card({ run, entry, store, theme }: Omit<GalleryProps, "entries" | "from"> & { entry: StudyEntry }) {
  const { key, study } = entry;
  const record = recordOf(entry);
  const figure = record?.figures[0];
  const head = study === null || study instanceof Error ? null : study;
  return (
    <li class={`card study-card ${isBad(outcomeOf(entry)) ? "bad" : ""}`} data-study={key}>
      {figure === undefined ? (
        <Tally entry={entry} />
      ) : (
        <Thumbnail run={run} file={fileOf(key, `${figure.name}.svg`)} theme={theme} />
      )}
      <p class="study-name">
        <span>{head?.id ?? key}</span>
        {head !== null && head.papers.length > 0 && (
          <span>
            paper{head.papers.length > 1 ? "s" : ""} {head.papers.join(", ")}
          </span>
        )}
      </p>
      <h3>
        <a {...stepLink(store, { study: key })}>
          <MathText text={head?.title ?? key} />
        </a>
      </h3>
      <Verdict entry={entry} />
    </li>
  );
}

/** The card that an arrow leads to, by where the cards stand. */
function neighbour(links: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (key === "ArrowRight") return links[at + 1];
  if (key === "ArrowLeft") return links[at - 1];
  if (key === "Home") return links[0];
  if (key === "End") return links.at(-1);
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  const boxes = links.map((link) => link.closest("li")!.getBoundingClientRect());
  const here = boxes[at]!;
  const down = key === "ArrowDown";
  const rows = boxes.map(({ top }) => top).filter((top) => (down ? top > here.top : top < here.top));
  if (rows.length === 0) return undefined;
  const row = down ? Math.min(...rows) : Math.max(...rows);
  const inRow = [...links.keys()].filter((i) => boxes[i]!.top === row);
  const off = (i: number) => Math.abs(boxes[i]!.left - here.left);
  return links[inRow.reduce((best, i) => (off(i) < off(best) ? i : best))];
}

export function Gallery({ run, entries, store, theme, from }: GalleryProps) {
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    if (from === "") return;
    const card = [...(list.current?.children ?? [])].find(
      (item) => (item as HTMLElement).dataset["study"] === from,
    );
    card?.querySelector("a")?.focus();
  }, []);
  const state = store.state.value;
  const shown = entries.filter((entry) => isWanted(entry, state));
  const bad = entries.filter((entry) => isBad(outcomeOf(entry))).length;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...list.current!.querySelectorAll<HTMLElement>("h3 a")];
    const to = neighbour(links, links.indexOf(event.target as HTMLElement), event.key);
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  };
  return (
    <section class="gallery" aria-labelledby="gallery-title">
      <header class="card gallery-head">
        <h2 id="gallery-title">Studies</h2>
        <p class="muted" role="status">
          {entries.some(({ study }) => study === null)
            ? `reading ${entries.length} studies`
            : summaryOf(entries)}
          {shown.length < entries.length && ` (${shown.length} shown)`}
        </p>
        <div class="gallery-filter">
          <SegmentControl
            field={runsFields.paper}
            value={state.paper}
            change={(paper) => store.change({ paper })}
          />
          <TextControl
            field={runsFields.text}
            value={state.text}
            change={(text, gesture) => store.change({ text }, gesture)}
            placeholder="part of a name, title or caption"
          />
          <FlagControl
            field={runsFields.failing}
            value={state.failing}
            change={(failing) => store.change({ failing })}
            label={`only those that disagree or are missing (${bad})`}
          />
        </div>
      </header>
      {shown.length === 0 ? (
        <p class="card muted">
          {state.failing && bad === 0
            ? "None disagrees, and none is missing."
            : "No study of this run is like that."}
        </p>
      ) : (
        <ul class="study-cards" ref={list} onKeyDown={onKeyDown}>
          {shown.map((entry) => (
            <Card key={entry.key} run={run} entry={entry} store={store} theme={theme} />
          ))}
        </ul>
      )}
    </section>
  );
}
