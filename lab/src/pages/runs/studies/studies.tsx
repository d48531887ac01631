/**
 * A run of studies: the gallery of all, or the one that is open.
 * @module
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Store } from "../../../state/store.js";
import type { RunsState } from "../fields.js";
import type { RunSource } from "../source.js";
import type { StudyEntry } from "./entries.js";
import { Gallery } from "./gallery.js";
import { StudyView } from "./study.js";
import "./studies.css";

export interface StudiesProps {
  readonly run: RunSource;
  /** at least one */
  readonly entries: readonly StudyEntry[];
  readonly store: Store<RunsState>;
  readonly theme: "light" | "dark";
}

export function Studies({ run, entries, store, theme }: StudiesProps) {
  const { study } = store.state.value;
  // a gallery of one would only be in the way
  const open = entries.length === 1 ? entries[0] : entries.find(({ key }) => key === study);
  const last = useRef("");
  useLayoutEffect(() => {
    last.current = open?.key ?? "";
  }, [open?.key]);
  if (open !== undefined) {
    return <StudyView run={run} entry={open} entries={entries} store={store} theme={theme} />;
  }
  return (
    <>
      {study !== "" && (
        <p class="card error" role="alert">
          The run has no study {study}; these are the ones that it has.
        </p>
      )}
      <Gallery run={run} entries={entries} store={store} theme={theme} from={last.current} />
    </>
  );
}
