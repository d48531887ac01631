/**
 * The page Normalization: settings, mean and spread with real networks, the terms, and squared bias and variance over gamma.
 * @module
 */
import { gammaNeedsFlow } from "foretrain";
import { useEffect, useMemo } from "preact/hooks";
import { CopyAs } from "../../controls/copy-as.js";
import { isTyping } from "../../controls/is-typing.js";
import { Player } from "../../controls/player.js";
import { TaskStatus } from "../../controls/task-status.js";
import type { Engine, Replacement } from "../../engine/engine.js";
import { createTask } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import { useSettled } from "../../engine/use-settled.js";
import type { PageProps } from "../page.js";
import { copyItems } from "./copy.js";
import { type normalizationFields, problemChoice } from "./fields.js";
import { GammaFigure } from "./gamma-figure.js";
import { GammaTable } from "./gamma-table.js";
import { MeanFigure } from "./mean-figure.js";
import { cutOf, type GammaReading, gammaReadings } from "./model.js";
import type { NormalizationOperations } from "./operations.js";
import { Readings } from "./readings.js";
import { fieldOf, Settings } from "./settings.js";
import { GAMMAS } from "./specification.js";
import { TermsFigure } from "./terms-figure.js";
import "./normalization.css";

/** Training begins when sliders have rested for this long. */
const REST_MS = 350;

/** Moves along the listed gammas with [ and ]. */
function useGammaKeys(move: (direction: 1 | -1) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "[") move(-1);
      else if (event.key === "]") move(1);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

const NO_READINGS: readonly GammaReading[] = [];

export function NormalizationView({ store, engines }: PageProps<typeof normalizationFields>) {
  const tasks = useMemo(() => {
    const make = <K extends keyof NormalizationOperations>(
      engine: Engine,
      slot: string,
      name: K,
      replace: Replacement,
    ) => createTask<NormalizationOperations, K>(engine, `normalization ${slot}`, name, replace);
    return {
      check: make(engines.quick, "check", "normalization.check", "wait"),
      solve: make(engines.medium, "solve", "normalization.solve", "cancel"),
      flows: make(engines.medium, "flows", "normalization.flows", "cancel"),
      flow: make(engines.medium, "flow", "normalization.flows", "cancel"),
      train: make(engines.long, "train", "normalization.train", "cancel"),
      trainChosen: make(engines.long, "train chosen", "normalization.train", "cancel"),
    };
  }, [engines]);
  const state = store.state.value;
  const { gamma, units, runs } = state;
  const choice = problemChoice(state);
  useRequest(tasks.check, { choice, units });
  const checked = tasks.check.state.value;
  // a problem that can be trained at one N is solved for all; where it cannot be nothing is shown
  const sound = checked.value !== null && same(checked.value.input.choice, choice);
  useRequest(tasks.solve, sound ? choice : null);
  const solved = tasks.solve.state.value;
  const reading = checked.error === null ? solved.value : null;
  // what follows from the problem waits for it
  const ready = reading?.finished === true && same(reading.choice, choice);
  const needFlow = (list: readonly number[]) =>
    ready ? list.filter((at) => gammaNeedsFlow(reading!.solution, at)) : [];
  const listed = GAMMAS.includes(gamma);
  const ownFlow = listed ? [] : needFlow([gamma]);
  useRequest(tasks.flows, ready ? { choice, units, gammas: needFlow(GAMMAS) } : null);
  useRequest(tasks.flow, ownFlow.length > 0 ? { choice, units, gammas: ownFlow } : null);
  const wanted = useSettled({ choice, units, runs, own: listed ? null : gamma }, REST_MS);
  const trains = wanted.runs > 0 && checked.error === null;
  const mayTrain = trains && ready && same(wanted.choice, choice);
  const training = { choice: wanted.choice, units: wanted.units, runs: wanted.runs };
  useRequest(
    tasks.trainChosen,
    mayTrain && wanted.own !== null ? { ...training, gammas: [wanted.own] } : null,
  );
  useRequest(tasks.train, mayTrain ? { ...training, gammas: GAMMAS } : null);
  useEffect(() => {
    if (!trains) for (const task of [tasks.train, tasks.trainChosen]) task.cancel();
  }, [trains, tasks]);

  const times = reading?.solution.times ?? [];
  const last = Math.max(0, times.length - 1);
  const record = Math.min(state.record, last);
  const flows = [tasks.flows.state.value.value, tasks.flow.state.value.value];
  const trained = trains ? [tasks.train.state.value.value, tasks.trainChosen.state.value.value] : [];
  const readings = useMemo(
    () => (reading === null ? NO_READINGS : gammaReadings(reading, { units, flows, trained }, gamma, record)),
    [reading, units, gamma, record, ...flows, trained[0], trained[1]],
  );
  const shown = readings.find((at) => at.gamma === gamma) ?? null;
  const cut = reading === null ? null : cutOf(reading, { cut: state.cut, point: state.point, record });
  const error = checked.error?.message ?? null;
  const where = error === null ? null : fieldOf(error, state);
  const warnings = sound && checked.value?.input.units === units ? checked.value.warnings : [];
  const choose = (to: number) => store.change({ gamma: to });
  useGammaKeys((direction) => {
    // keys may come faster than the page is drawn
    const from = store.state.peek().gamma;
    const to = direction > 0 ? GAMMAS.find((at) => at > from) : [...GAMMAS].reverse().find((at) => at < from);
    if (to !== undefined) choose(to);
  });
  const time = times[record] ?? null;
  return (
    <div class="page normalization-page">
      <div class="page-head">
        <h1>Normalization</h1>
        <p class="lead">
          What the exponent in N<sup>−γ</sup> Σ C σ(W·x) does to a wide network: from NTK scaling at 1/2 to
          mean field at 1 its spread dies out, and corrections to its mean come up.
        </p>
        <CopyAs items={copyItems(state, () => readings)} />
      </div>
      <Settings store={store} error={error} />
      <div class="normalization-figures">
        <div class="problem-status">
          <div class="status-line">
            <TaskStatus
              state={checked}
              cancel={() => tasks.check.cancel()}
              {...(where === null ? {} : { said: { message: error, where } })}
            />
            <TaskStatus state={tasks.flows.state.value} cancel={() => tasks.flows.cancel()} />
            <TaskStatus state={tasks.flow.state.value} cancel={() => tasks.flow.cancel()} />
          </div>
          <div class="status-line">
            <TaskStatus state={tasks.trainChosen.state.value} cancel={() => tasks.trainChosen.cancel()} />
            <TaskStatus state={tasks.train.state.value} cancel={() => tasks.train.cancel()} />
          </div>
        </div>
        <MeanFigure
          reading={reading}
          shown={shown}
          cut={cut}
          record={record}
          changeCut={(to) => store.change({ cut: to })}
        />
        <div class="card time-card">
          {times.length > 0 && (
            <Player
              unit="time"
              steps={times}
              record={record}
              show={(to, gesture) => store.change({ record: to >= last ? 999 : to }, gesture)}
            />
          )}
        </div>
        <TermsFigure
          reading={reading}
          cut={cut}
          gamma={gamma}
          units={units}
          counted={shown?.point?.counted ?? Number.POSITIVE_INFINITY}
          task={tasks.solve}
        />
      </div>
      <Readings state={state} reading={reading} shown={shown} record={record} warnings={warnings} />
      <div class="normalization-lower">
        <GammaFigure
          readings={readings}
          times={times}
          record={record}
          gamma={gamma}
          units={units}
          side={state.side}
          changeSide={(side) => store.change({ side })}
        />
      </div>
      <GammaTable readings={readings} time={time} record={record} gamma={gamma} choose={choose} />
    </div>
  );
}
