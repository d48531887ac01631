/**
 * The controls of the page Complexity.
 * @module
 */
import { ChoiceControl } from "../../controls/choice-control.js";
import { NumberControl } from "../../controls/number-control.js";
import type { NumberField } from "../../state/field.js";
import type { Store } from "../../state/store.js";
import { type ComplexityState, complexityFields } from "./fields.js";

type NumberName = {
  [K in keyof typeof complexityFields]: (typeof complexityFields)[K] extends NumberField ? K : never;
}[keyof typeof complexityFields];

const TASK_NAMES = { disk: "a wave in a disk", sinusoid: "a wave, normal samples" } as const;
const EXPLAINER_NAMES = { logistic: "logistic regression", leastSquares: "least squares" } as const;

export function Settings({ store }: { readonly store: Store<ComplexityState> }) {
  const state = store.state.value;
  const number = (name: NumberName, range?: readonly [number, number]) => (
    <NumberControl
      field={complexityFields[name]}
      value={state[name]}
      change={(value, gesture) => store.change({ [name]: value }, gesture)}
      {...(range === undefined ? {} : { range })}
    />
  );
  return (
    <section class="settings card" aria-label="settings">
      <ChoiceControl
        field={complexityFields.task}
        value={state.task}
        change={(task) => store.change({ task })}
        name={(option) => TASK_NAMES[option]}
      />
      {number("frequency")}
      {number("train", [50, 2000])}
      {number("noise")}
      <h3>The network</h3>
      {number("depth")}
      {number("width", [1, 256])}
      <ChoiceControl
        field={complexityFields.activation}
        value={state.activation}
        change={(activation) => store.change({ activation })}
      />
      <h3>Its training</h3>
      {number("learningRate", [0.01, 3])}
      {number("epochs", [5, 3000])}
      <NumberControl
        field={complexityFields.seed}
        value={state.seed}
        change={(seed, gesture) => store.change({ seed }, gesture)}
        slider={false}
      />
      <ChoiceControl
        field={complexityFields.explainer}
        value={state.explainer}
        change={(explainer) => store.change({ explainer })}
        name={(option) => EXPLAINER_NAMES[option]}
      />
    </section>
  );
}
