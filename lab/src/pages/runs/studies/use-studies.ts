/**
 * Reads the studies of a run, a few at a time; each is shown as soon as it is here.
 * @module
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RunSource } from "../source.js";
import { type StudyEntry, studyFiles } from "./entries.js";
import { readStudy } from "./record.js";

/** As many requests as a browser sends to one server at a time. */
const AT_ONCE = 6;

type Read = Exclude<StudyEntry["study"], null>;

async function readOne(run: RunSource, file: string): Promise<Read> {
  try {
    return readStudy(await run.read(file), file);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The studies of `run` in the order of `studyFiles`; none without a run, or in one without studies. */
export function useStudies(run: RunSource | null): readonly StudyEntry[] {
  const files = useMemo(() => studyFiles(run?.files.map(({ name }) => name) ?? []), [run]);
  const [read, setRead] = useState<{ readonly of: typeof files; readonly done: ReadonlyMap<string, Read> }>({
    of: files,
    done: new Map(),
  });
  useEffect(() => {
    if (run === null || files.size === 0) return;
    let current = true;
    const waiting = [...files];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined && current; next = waiting.shift()) {
        const [key, file] = next;
        const study = await readOne(run, file);
        if (!current) return;
        setRead(({ of, done }) => ({
          of: files,
          done: new Map([...(of === files ? done : []), [key, study]]),
        }));
      }
    };
    for (let i = 0; i < AT_ONCE; i++) void work();
    return () => {
      current = false;
    };
  }, [run, files]);
  return useMemo(
    () =>
      [...files.keys()].map((key) => ({
        key,
        study: read.of === files ? (read.done.get(key) ?? null) : null,
      })),
    [files, read],
  );
}
