/**
 * The page Runs: what there is, one run with its files, and two forecasts beside each other.
 * @module
 */
import { signal, useSignal } from "@preact/signals";
import { numberText } from "foretrain";
import { useEffect, useRef } from "preact/hooks";
import type { Store } from "../../state/store.js";
import type { PageProps } from "../page.js";
import { Compare } from "./compare.js";
import type { RunsState, runsFields } from "./fields.js";
import { FORECAST_NAME } from "./forecast.js";
import { NothingOpen } from "./nothing-open.js";
import { RunList } from "./run-list.js";
import { DROPPED, hasServer, type RunSource, serverRuns } from "./source.js";
import { step, stepLink } from "./studies/steps.js";
import { Studies } from "./studies/studies.js";
import { useStudies } from "./studies/use-studies.js";
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
  store,
  studies,
}: {
  readonly run: RunSource;
  /** empty: none, the studies of the run are shown */
  readonly chosen: string;
  readonly store: Store<RunsState>;
  /** how many */
  readonly studies: number;
}) {
  const { made, files } = run;
  const list = (
    <ul>
      {files.map(({ name, bytes }) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === chosen}
            onClick={() => (studies > 0 ? step(store, { file: name }) : store.change({ file: name }))}
          >
            {name} <span>{size(bytes)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
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
      {studies > 0 && (
        <p>
          <a
            {...stepLink(store, { file: "", study: "" })}
            aria-current={chosen === "" ? "true" : undefined}
            class="to-studies"
          >
            {studies === 1 ? "its study" : `gallery of its ${studies} studies`}
          </a>
        </p>
      )}
      {studies === 0 ? (
        list
      ) : (
        <details open={chosen !== ""}>
          <summary>{files.length} files</summary>
          {list}
        </details>
      )}
    </section>
  );
}

export function RunsView({ store, engines, theme }: PageProps<typeof runsFields>) {
  const listed = useSignal<{
    readonly folder: string | null;
    readonly runs: readonly RunSource[];
    /** without a server there is nothing to wait for */
    readonly complete: boolean;
  }>({ folder: null, runs: [], complete: !hasServer() });
  const problem = useSignal<string | null>(null);
  const say = (error: unknown) => {
    problem.value = error instanceof Error ? error.message : String(error);
  };
  useEffect(() => {
    if (!hasServer()) return;
    serverRuns().then(
      (found) => {
        listed.value = { ...found, complete: true };
      },
      (error: unknown) => {
        say(error);
        listed.value = { ...listed.value, complete: true };
      },
    );
  }, []);
  const state = store.state.value;
  const main = useRef<HTMLDivElement>(null);
  const shown = useRef(`${state.run} ${state.file}`);
  useEffect(() => {
    const now = `${state.run} ${state.file}`;
    if (now === shown.current) return;
    shown.current = now;
    // on a phone it stands below the list that it was chosen from
    if (main.current!.getBoundingClientRect().top > 0.7 * innerHeight) main.current!.scrollIntoView();
  }, [state.run, state.file]);
  const runs = [...dropped.value, ...listed.value.runs];
  const run = runs.find(({ id }) => id === state.run) ?? null;
  const studies = useStudies(run);
  const asked = run?.files.some(({ name }) => name === state.file) ? state.file : "";
  const file = asked !== "" || run === null || studies.length > 0 ? asked : firstFile(run);
  const hasForecast = ({ files }: RunSource) => files.some(({ name }) => name === FORECAST_NAME);
  const open = (next: RunSource) => {
    // what it cannot be compared with is not asked for any more
    const keeps = hasForecast(next) && next.id !== state.other;
    store.change({ run: next.id, file: "", study: "", ...(keeps ? {} : { other: "" }) });
  };
  const others =
    run !== null && hasForecast(run)
      ? runs.filter((candidate) => candidate !== run && hasForecast(candidate))
      : [];
  const other = others.find(({ id }) => id === state.other) ?? null;
  // what an address asks for and is not there
  const missing =
    run === null
      ? []
      : [
          ...(state.file !== "" && asked === "" ? [`${run.title} has no file ${state.file}.`] : []),
          ...(state.study !== "" && studies.length === 0
            ? [`${run.title} has no study ${state.study}.`]
            : []),
          ...(state.other !== "" && other === null && listed.value.complete
            ? [
                hasForecast(run)
                  ? `There is no other run ${state.other} with a forecast to compare ${run.title} with.`
                  : `${run.title} has no forecast: nothing can be compared with it.`,
              ]
            : []),
        ];
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
          What foretrain wrote, opened here: the gallery of studies, reports, figures and arrays; two
          forecasts side by side.
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
          complete={listed.value.complete}
          find={(filter, gesture) => store.change({ filter }, gesture)}
          open={open}
          take={take}
        />
        {run !== null && <Files run={run} chosen={file} store={store} studies={studies.length} />}
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
      <div class="runs-main" ref={main}>
        {run === null && state.run !== "" && listed.value.complete && (
          <p class="card error" role="alert">
            {state.run.startsWith(DROPPED)
              ? `${state.run.slice(DROPPED.length)} was opened from this machine in another visit: open it again.`
              : `There is no run ${state.run} ${listed.value.folder === null ? "here" : `in ${listed.value.folder}`}.`}
          </p>
        )}
        {missing.map((text) => (
          <p key={text} class="card error" role="alert">
            {text}
          </p>
        ))}
        {run !== null && other !== null && <Compare first={run} second={other} />}
        {run === null ? (
          listed.value.complete && <NothingOpen folder={listed.value.folder} some={runs.length > 0} />
        ) : file !== "" ? (
          <Viewer source={run} name={file} engines={engines} />
        ) : (
          studies.length > 0 && (
            <Studies key={run.id} run={run} entries={studies} store={store} theme={theme.value} />
          )
        )}
      </div>
    </div>
  );
}
