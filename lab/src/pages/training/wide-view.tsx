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
import { lastKnown, NOT_CHOSEN, recordField } from "./shown-record.js";
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
  const steps = reading?.curves.steps ?? [0];
  const last = steps.length - 1;
  const reached = measured === null ? [] : measured.records.flatMap((own) => own.slice(-1));
  const resting = lastKnown(
    steps,
    reached.length === 0 ? null : Math.max(...reached.map(({ step }) => step)),
  );
  const record = state.record === NOT_CHOSEN ? resting : Math.min(state.record, last);
  const show = (to: number, gesture?: string) =>
    store.change({ record: recordField(Math.min(to, last), resting) }, gesture);
  // a step that networks are not trained to has nothing to compare
  const verifyOrNot = (on: boolean) =>
    store.change({
      verify: on,
      ...(on && steps[record]! > state.verifySteps ? { record: NOT_CHOSEN } : {}),
    });
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
            change={verifyOrNot}
            task={tasks.verify}
            said={{ message, where: atField ? "the classes" : "the prediction" }}
            name={`train ${state.networks} networks`}
            done={measured?.verification != null}
          />
          <WideReadings
            reading={reading}
            measured={measured}
            record={record}
            toHorizon={() => store.change({ record: NOT_CHOSEN })}
          />
        </div>
        <ScoreFigure
          verification={measured?.verification ?? null}
          at={reading?.curves.steps[record] ?? null}
        />
      </div>
    </div>
  );
}
