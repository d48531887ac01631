/**
 * Noisy training of a narrow network: outputs at a time, quantities over time, simulated paths.
 * @module
 */
import { useEffect, useMemo } from "preact/hooks";
import { createTask } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import type { PageProps } from "../page.js";
import type { trainingFields } from "./fields.js";
import { TrainingHead } from "./head.js";
import { narrowCopyItems } from "./narrow-copy.js";
import { EvolutionFigure, FunctionFigure } from "./narrow-figure.js";
import type { NarrowOperations } from "./narrow-operations.js";
import { NarrowReadings } from "./narrow-readings.js";
import { Settings } from "./settings.js";
import { useSettled } from "./settled.js";
import { narrowChoice, pairsOf } from "./specification.js";
import { VerifyBar } from "./verify-bar.js";

/** Paths are simulated for settings that have stood still for so long. */
const SETTLE_MS = 300;

export function NarrowView({ store, engines }: PageProps<typeof trainingFields>) {
  const tasks = useMemo(
    () => ({
      evolve: createTask<NarrowOperations, "training.evolve">(
        engines.medium,
        "training evolve",
        "training.evolve",
        "cancel",
      ),
      simulate: createTask<NarrowOperations, "training.simulate">(
        engines.long,
        "training simulate",
        "training.simulate",
        "cancel",
      ),
    }),
    [engines],
  );
  const state = store.state.value;
  const choice = narrowChoice(state);
  useRequest(tasks.evolve, choice);
  const asked = state.verify ? { choice, paths: state.paths } : null;
  const settled = useSettled(asked, SETTLE_MS);
  useRequest(tasks.simulate, settled);
  useEffect(() => {
    if (!state.verify) tasks.simulate.cancel();
  }, [state.verify, tasks]);
  useEffect(
    () => () => {
      tasks.evolve.cancel();
      tasks.simulate.cancel();
    },
    [tasks],
  );
  const evolved = tasks.evolve.state.value;
  const simulated = tasks.simulate.state.value;
  const isCurrent =
    asked !== null &&
    simulated.value !== null &&
    JSON.stringify(simulated.value.choice) === JSON.stringify(choice);
  const reading = isCurrent ? simulated.value : evolved.value;
  const last = (reading?.evolution.at.length ?? 1) - 1;
  const record = Math.min(state.record, last);
  const show = (to: number, gesture?: string) => store.change({ record: to >= last ? 999 : to }, gesture);
  const paths = 2 * pairsOf(state.paths);
  return (
    <div class="page training-page">
      <TrainingHead items={narrowCopyItems(state, () => reading)} />
      <Settings store={store} engines={engines} error={evolved.error?.message ?? null} />
      <div class="training-content">
        <FunctionFigure
          state={evolved}
          cancel={() => tasks.evolve.cancel()}
          reading={reading}
          record={record}
          show={show}
        />
        <div class="training-side">
          <VerifyBar
            verify={state.verify}
            change={(on) => store.change({ verify: on })}
            task={tasks.simulate}
            said={{ message: evolved.error?.message ?? null, where: "the prediction" }}
            name={`train ${paths} times with noise`}
            done={isCurrent && simulated.value?.paths === paths}
          />
          <NarrowReadings reading={reading} record={record} />
        </div>
        <EvolutionFigure reading={reading} record={record} />
      </div>
    </div>
  );
}
