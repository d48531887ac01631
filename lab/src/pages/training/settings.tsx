/**
 * The controls of the page Training.
 * @module
 */
import { writeNpz } from "foretrain";
import { useEffect, useMemo } from "preact/hooks";
import { ChoiceControl, SegmentControl } from "../../controls/choice-control.js";
import { NumberControl } from "../../controls/number-control.js";
import { BIAS, Sym, WEIGHT } from "../../controls/symbols.js";
import { TextControl } from "../../controls/text-control.js";
import { createTask } from "../../engine/task.js";
import { saveBlob } from "../../figures/export.js";
import type { NumberField } from "../../state/field.js";
import type { Store } from "../../state/store.js";
import { mnistAddress } from "../mnist.js";
import type { Engines } from "../page.js";
import { type TrainingState, trainingFields } from "./fields.js";
import { available, sampleName } from "./specification.js";
import type { WideOperations } from "./wide-operations.js";

const PROBLEM_NAMES = {
  mnist: "MNIST, wide networks",
  sine: "a sine, one network",
  autoregressive: "a time series, one network",
} as const;

type NumberName = {
  [K in keyof typeof trainingFields]: (typeof trainingFields)[K] extends NumberField ? K : never;
}[keyof typeof trainingFields];

export interface SettingsProps {
  readonly store: Store<TrainingState>;
  readonly engines: Engines;
  /** what is wrong with the settings; null: nothing */
  readonly error: string | null;
}

function useNumber(store: Store<TrainingState>) {
  return (name: NumberName, options: Partial<Parameters<typeof NumberControl>[0]> = {}) => (
    <NumberControl
      field={trainingFields[name]}
      value={store.state.value[name]}
      change={(value, gesture) => store.change({ [name]: value }, gesture)}
      {...options}
    />
  );
}

/** The images as a file, for the command that is copied. */
function SampleButton({ engines, side }: { readonly engines: Engines; readonly side: string }) {
  const task = useMemo(
    () => createTask<WideOperations, "training.sample">(engines.medium, "training sample", "training.sample"),
    [engines],
  );
  const { value } = task.state.value;
  useEffect(() => {
    if (value === null) return;
    saveBlob(new Blob([new Uint8Array(writeNpz(value))], { type: "application/zip" }), sampleName(side));
  }, [value]);
  return (
    <button type="button" class="link" onClick={() => task.run({ side, address: mnistAddress() })}>
      these images as {sampleName(side)}
    </button>
  );
}

/** Whether an error is one of the classes that are typed, and stands below them. */
export const isOfClasses = (error: string) => error.startsWith("classes:");

function WideSettings({ store, engines, error }: SettingsProps) {
  const state = store.state.value;
  const number = useNumber(store);
  const most = available(state.classes);
  const wrongClasses = error !== null && isOfClasses(error) ? error : null;
  return (
    <>
      <TextControl
        field={trainingFields.classes}
        value={state.classes}
        change={(classes, gesture) => store.change({ classes }, gesture)}
        placeholder="all, or for example 3,8"
        error={wrongClasses}
      />
      {number("train", { range: [10, most.train] })}
      {number("test", { range: [10, most.test] })}
      <SegmentControl
        field={trainingFields.side}
        value={state.side}
        change={(side) => store.change({ side })}
        name={(side) => `${side} × ${side}`}
      />
      <h3>The network</h3>
      {number("depth")}
      {number("width", { range: [4, 2048] })}
      <ChoiceControl
        field={trainingFields.activation}
        value={state.activation}
        change={(activation) => store.change({ activation })}
      />
      {number("weightVariance", {
        range: [0.05, 4],
        label: (
          <>
            weight variance <Sym of={WEIGHT} />
          </>
        ),
      })}
      {number("biasVariance", {
        range: [0, 1],
        label: (
          <>
            bias variance <Sym of={BIAS} />
          </>
        ),
      })}
      <h3>Its training</h3>
      {number("rate", { range: [0.01, 3] })}
      {number("steps", { slider: false })}
      {number("seed", { slider: false })}
      <h3>Real networks</h3>
      {number("networks")}
      {number("verifySteps", { range: [50, 5000] })}
      <p class="hint">
        For the command line: <SampleButton engines={engines} side={state.side} />
      </p>
    </>
  );
}

function NarrowSettings({ store }: SettingsProps) {
  const state = store.state.value;
  const number = useNumber(store);
  return (
    <>
      {number("points", { range: [2, 24] })}
      {number("testPoints", { range: [0, 40] })}
      <h3>The network</h3>
      {number("narrowDepth", { range: [1, 3] })}
      {number("narrowWidth", { range: [2, 64] })}
      <ChoiceControl
        field={trainingFields.narrowActivation}
        value={state.narrowActivation}
        change={(narrowActivation) => store.change({ narrowActivation })}
      />
      {number("networkSeed", { slider: false })}
      <h3>Its training</h3>
      {number("noise", { range: [0, 0.5] })}
      <SegmentControl
        field={trainingFields.order}
        value={state.order}
        change={(order) => store.change({ order })}
      />
      {number("end", { range: [0.5, 20] })}
      {number("narrowRate", { range: [0.005, 1.2] })}
      {number("seed", { slider: false, label: "seed of data and noise" })}
      <h3>Simulated</h3>
      {number("paths", { range: [16, 1024] })}
    </>
  );
}

export function Settings(props: SettingsProps) {
  const { store } = props;
  const { problem } = store.state.value;
  return (
    <section class="settings card" aria-label="settings">
      <ChoiceControl
        field={trainingFields.problem}
        value={problem}
        change={(next) => store.change({ problem: next, verify: false, record: 999 })}
        name={(option) => PROBLEM_NAMES[option]}
      />
      {problem === "mnist" ? <WideSettings {...props} /> : <NarrowSettings {...props} />}
    </section>
  );
}
