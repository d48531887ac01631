/**
 * The page Runs: what there is, one run with its files, and two forecasts beside each other.
 * @module
 */
import { signal, useSignal } from "@preact/signals";
import { numberText } from "foretrain";
import { useEffect } from "preact/hooks";
import type { PageProps } from "../page.js";
import { Compare } from "./compare.js";
import type { runsFields } from "./fields.js";
import { FORECAST_NAME } from "./forecast.js";
import { RunList } from "./run-list.js";
import { hasServer, type RunSource, serverRuns } from "./source.js";
import { sourcesOf } from "./take-files.js";
import { Viewer } from "./viewer.js";
import "./runs.css";

/** What was dropped stays while the lab is open. */
const dropped = signal<readonly RunSource[]>([]);

const size = (bytes: number) =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${numberText(bytes / 1e3, 3)} kB`
      : `${numberText(bytes / 1e6, 3)} MB`;

/** What a run is opened with: its report, else its first file. */
const firstFile = ({ files }: RunSource) =>
  (
    files.find(({ name }) => name === "report.html") ??
    files.find(({ name }) => /\.(html|svg)$/.test(name)) ??
    files[0]
  )?.name ?? "";

function Files({
  run,
  chosen,
  open,
}: {
  readonly run: RunSource;
  readonly chosen: string;
  readonly open: (name: string) => void;
}) {
  const { made } = run;
  return (
    <section class="card run-files" aria-label="files of the run">
      <h2>{run.title}</h2>
      {made !== null && (
        <p class="made">
          <code>{made.command}</code>
          <span class="muted">
            {made.seed === null ? "" : `seed ${made.seed}, `}
            {Number.isFinite(made.seconds) ? `${numberText(made.seconds, 3)} s` : ""}
          </span>
        </p>
      )}
      <ul>
        {run.files.map(({ name, bytes }) => (
          <li key={name}>
            <button type="button" aria-current={name === chosen} onClick={() => open(name)}>
              {name} <span>{size(bytes)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function RunsView({ store, engines }: PageProps<typeof runsFields>) {
  const listed = useSignal<{ readonly folder: string | null; readonly runs: readonly RunSource[] }>({
    folder: null,
    runs: [],
  });
  const problem = useSignal<string | null>(null);
  const say = (error: unknown) => {
    problem.value = error instanceof Error ? error.message : String(error);
  };
  useEffect(() => {
    if (!hasServer()) return;
    serverRuns().then((found) => {
      listed.value = found;
    }, say);
  }, []);
  const state = store.state.value;
  const runs = [...dropped.value, ...listed.value.runs];
  const run = runs.find(({ id }) => id === state.run) ?? null;
  const file =
    run === null ? "" : run.files.some(({ name }) => name === state.file) ? state.file : firstFile(run);
  const open = (next: RunSource) => store.change({ run: next.id, file: "" });
  const hasForecast = ({ files }: RunSource) => files.some(({ name }) => name === FORECAST_NAME);
  const others =
    run !== null && hasForecast(run)
      ? runs.filter((candidate) => candidate !== run && hasForecast(candidate))
      : [];
  const other = others.find(({ id }) => id === state.other) ?? null;
  const take = (files: Promise<readonly { readonly name: string; readonly file: File }[]>) => {
    files.then(sourcesOf).then((made) => {
      problem.value = null;
      const ids = new Set(made.map(({ id }) => id));
      dropped.value = [...made, ...dropped.value.filter(({ id }) => !ids.has(id))];
      if (made[0] !== undefined) open(made[0]);
    }, say);
  };
  return (
    <div class="page runs-page">
      <div class="page-head">
        <h1>Runs</h1>
        <p class="lead">
          What foretrain wrote: reports, figures and arrays, opened here; two forecasts side by side.
        </p>
      </div>
      {problem.value !== null && (
        <p class="error runs-problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="runs-side">
        <RunList
          runs={runs}
          chosen={state.run}
          filter={state.filter}
          folder={listed.value.folder}
          find={(filter, gesture) => store.change({ filter }, gesture)}
          open={open}
          take={take}
        />
        {run !== null && <Files run={run} chosen={file} open={(name) => store.change({ file: name })} />}
        {others.length > 0 && (
          <section class="card control" aria-label="compare">
            <label for="compare-with">compare with</label>
            <select
              id="compare-with"
              data-field="with"
              value={other?.id ?? ""}
              onChange={(event) => store.change({ other: event.currentTarget.value })}
            >
              <option value="">nothing</option>
              {others.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </section>
        )}
      </div>
      <div class="runs-main">
        {run !== null && other !== null && <Compare first={run} second={other} />}
        {run !== null && file !== "" ? (
          <Viewer source={run} name={file} engines={engines} />
        ) : (
          <p class="card muted">{runs.length > 0 ? "Choose a run." : "Nothing is open yet."}</p>
        )}
      </div>
    </div>
  );
}
