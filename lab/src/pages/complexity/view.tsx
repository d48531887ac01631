/**
 * The page Complexity: settings, decision boundary over time, numbers, curves, and a run of one's own.
 * @module
 */
import { useMemo, useRef } from "preact/hooks";
import { CopyAs } from "../../controls/copy-as.js";
import { createTask, type TaskState } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import type { PageProps } from "../page.js";
import { BoundaryFigure } from "./boundary-figure.js";
import { copyItems } from "./copy.js";
import { CurveFigure } from "./curve-figure.js";
import { type complexityFields, trainingChoice } from "./fields.js";
import type { ComplexityOperations, TrainingReading } from "./operations.js";
import { OwnRun } from "./own-run.js";
import { Readings } from "./readings.js";
import { Settings } from "./settings.js";
import "./complexity.css";

type Measured = Pick<TrainingReading, "curve" | "trainBits">;

/** What stands where the curves will be. */
function waitingText({ error, running }: TaskState<unknown>, hasBefore: boolean): string {
  if (error !== null) return "There is nothing to measure.";
  if (!running) return "The training was ended before there was anything to measure.";
  return hasBefore
    ? "Curves of the settings before: those of these settings are measured when their training ends."
    : "The network trains. At its end, what it says of the test samples at every record is compared with the labels and with what the simple model says; the curves then stand here.";
}

export function ComplexityView({ store, engines, theme }: PageProps<typeof complexityFields>) {
  const tasks = useMemo(
    () => ({
      train: createTask<ComplexityOperations, "complexity.train">(
        engines.long,
        "complexity train",
        "complexity.train",
        "cancel",
      ),
      own: createTask<ComplexityOperations, "complexity.own">(
        engines.quick,
        "complexity own",
        "complexity.own",
        "cancel",
      ),
    }),
    [engines],
  );
  const state = store.state.value;
  useRequest(tasks.train, trainingChoice(state));
  const training = tasks.train.state.value;
  const reading = training.value;
  const before = useRef<Measured | null>(null);
  if (reading?.curve) before.current = reading;
  const last = (reading?.steps.length ?? 1) - 1;
  // the last record is shown as long as nobody chose another: a training is then seen live
  const record = Math.min(state.record, last);
  const show = (to: number, gesture?: string) => store.change({ record: to >= last ? 999 : to }, gesture);
  return (
    <div class="page complexity-page">
      <div class="page-head">
        <h1>Complexity</h1>
        <p class="lead">
          A network first learns what a simple model can say, and keeps it while it learns the rest. Watch it
          do so, and measure how much.
        </p>
        <CopyAs items={copyItems(state, () => tasks.train.state.value.value)} />
      </div>
      <Settings store={store} />
      <BoundaryFigure
        engine={engines.medium}
        task={tasks.train}
        record={record}
        samples={state.samples}
        theme={theme.value}
        show={show}
        showSamples={(samples) => store.change({ samples })}
      />
      <Readings reading={reading} record={record} toPhaseEnd={show} />
      <div class="complexity-lower">
        <CurveFigure
          title="What the simple model explains"
          name="complexity"
          curve={reading?.curve ?? null}
          trainBits={reading?.trainBits ?? null}
          waiting={waitingText(training, before.current !== null)}
          before={training.error === null ? before.current : null}
        />
        <OwnRun task={tasks.own} />
      </div>
    </div>
  );
}
