/**
 * Training on images: prediction, real networks, numbers and differences.
 * @module
 */
import { useEffect, useMemo } from "preact/hooks";
import { createTask } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import { mnistAddress } from "../mnist.js";
import type { PageProps } from "../page.js";
import type { trainingFields } from "./fields.js";
import { TrainingHead } from "./head.js";
import { ScoreFigure } from "./score-figure.js";
import { isOfClasses, Settings } from "./settings.js";
import { useSettled } from "./settled.js";
import { wideChoice, wideText } from "./specification.js";
import { VerifyBar } from "./verify-bar.js";
import { wideCopyItems } from "./wide-copy.js";
import { WideFigure } from "./wide-figure.js";
import type { VerifyInput, WideOperations } from "./wide-operations.js";
import { WideReadings } from "./wide-readings.js";

/** Networks are trained for settings that have stood still for so long. */
const SETTLE_MS = 300;

export function WideView({ store, engines }: PageProps<typeof trainingFields>) {
  const tasks = useMemo(
    () => ({
      predict: createTask<WideOperations, "training.predict">(
        engines.medium,
        "training predict",
        "training.predict",
      ),
      verify: createTask<WideOperations, "training.verify">(
        engines.long,
        "training verify",
        "training.verify",
        "cancel",
      ),
    }),
    [engines],
  );
  const state = store.state.value;
  const address = useMemo(mnistAddress, []);
  const input = { choice: wideChoice(state), address };
  useRequest(tasks.predict, input);
  const asked: VerifyInput | null = state.verify
    ? { ...input, network: wideText(state), networks: state.networks, steps: state.verifySteps }
    : null;
  const settled = useSettled(asked, SETTLE_MS);
  useRequest(tasks.verify, settled);
  useEffect(() => {
    if (!state.verify) tasks.verify.cancel();
  }, [state.verify, tasks]);
  useEffect(
    () => () => {
      tasks.predict.cancel();
      tasks.verify.cancel();
    },
    [tasks],
  );

  const predicted = tasks.predict.state.value;
  const message = predicted.error?.message ?? null;
  const atField = message !== null && isOfClasses(message);
  const verify = tasks.verify.state.value;
  // networks of other settings are no answer to these
  const isCurrent =
    asked !== null && verify.value !== null && JSON.stringify(verify.value.input) === JSON.stringify(asked);
  const measured = isCurrent ? verify.value : null;
  const reading = predicted.value;
  const last = (reading?.curves.steps.length ?? 1) - 1;
  const record = Math.min(state.record, last);
  const show = (to: number, gesture?: string) => store.change({ record: to >= last ? 999 : to }, gesture);
  return (
    <div class="page training-page">
      <TrainingHead
        items={wideCopyItems(
          state,
          () => tasks.predict.state.value.value,
          () => measured,
        )}
      />
      <Settings store={store} engines={engines} error={message} />
      <div class="training-content">
        <WideFigure
          task={tasks.predict}
          said={{ message: atField ? message : null, where: "the classes" }}
          measured={measured}
          record={record}
          show={show}
        />
        <div class="training-side">
          <VerifyBar
            verify={state.verify}
            change={(on) => store.change({ verify: on })}
            task={tasks.verify}
            said={{ message, where: atField ? "the classes" : "the prediction" }}
            name={`train ${state.networks} networks`}
            done={measured?.verification != null}
          />
          <WideReadings reading={reading} measured={measured} record={record} />
        </div>
        <ScoreFigure
          verification={measured?.verification ?? null}
          at={reading?.curves.steps[record] ?? null}
        />
      </div>
    </div>
  );
}
