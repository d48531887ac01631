/**
 * The controls of the page Normalization.
 * @module
 */
import { numberText } from "foretrain";
import { ChoiceControl, SegmentControl } from "../../controls/choice-control.js";
import { FlagControl } from "../../controls/flag-control.js";
import { NumberControl } from "../../controls/number-control.js";
import { TextControl } from "../../controls/text-control.js";
import type { NumberField, TextField } from "../../state/field.js";
import type { Store } from "../../state/store.js";
import { CUSTOM, type NormalizationState, normalizationFields } from "./fields.js";

type NamesOf<F> = {
  [K in keyof typeof normalizationFields]: (typeof normalizationFields)[K] extends F ? K : never;
}[keyof typeof normalizationFields];

const DATA_NAMES = { line: "line", plane: "plane" } as const;
const BATCH_NAMES = { sgd: "one sample", full: "all samples" } as const;

export interface SettingsProps {
  readonly store: Store<NormalizationState>;
  /** what the problem cannot be solved for; null: nothing */
  readonly error: string | null;
}

/** Whether an error is one of the formula that is typed. */
const isOfFormula = (error: string) => !/^(law of|alpha:)/.test(error);

/** Where an error stands below the text that it is about; null: nowhere. */
export function fieldOf(error: string, { activation }: NormalizationState): string | null {
  if (/^law of (C|W|the biases)/.test(error)) return "the laws";
  return activation === CUSTOM && isOfFormula(error) ? "the formula" : null;
}

export function Settings({ store, error }: SettingsProps) {
  const state = store.state.value;
  const number = (name: NamesOf<NumberField>, range?: readonly [number, number], slider = true) => (
    <NumberControl
      field={normalizationFields[name]}
      value={state[name]}
      change={(value, gesture) => store.change({ [name]: value }, gesture)}
      slider={slider}
      {...(range === undefined ? {} : { range })}
    />
  );
  // an error stands below the text that it is about
  const wrong = (words: string) => (error?.startsWith(words) ? error : null);
  const ofFormula = error !== null && isOfFormula(error) ? error : null;
  const text = (name: NamesOf<TextField>, said: string | null) => (
    <TextControl
      field={normalizationFields[name]}
      value={state[name]}
      change={(value, gesture) => store.change({ [name]: value }, gesture)}
      error={said}
    />
  );
  const { alpha, units, gamma } = state;
  return (
    <section class="settings card" aria-label="settings">
      {number("gamma")}
      {number("units", [10, 2000])}
      <p class="hint">
        learning rate {numberText(alpha)} / N<sup>2 − 2γ</sup> ={" "}
        {numberText(alpha * units ** (2 * gamma - 2))}
      </p>
      <h3>The data</h3>
      <SegmentControl
        field={normalizationFields.data}
        value={state.data}
        // a line needs biases to have any curve over it; in the plane they would be a third input
        change={(data) => store.change({ data, bias: data === "plane" ? "" : "normal:0:1" })}
        name={(option) => DATA_NAMES[option]}
      />
      {number("train", [1, 40])}
      {state.data === "plane" || state.cut === "time"
        ? number("point", [0, state.data === "plane" ? 39 : 60])
        : null}
      <h3>The network</h3>
      <ChoiceControl
        field={normalizationFields.activation}
        value={state.activation}
        change={(activation) => store.change({ activation })}
        name={(option) => (option === CUSTOM ? "a formula" : option)}
      />
      {state.activation === CUSTOM && text("expression", ofFormula)}
      {text("outer", wrong("law of C"))}
      <FlagControl
        field={normalizationFields.center}
        value={state.center}
        change={(center) => store.change({ center })}
      />
      {text("inner", wrong("law of W"))}
      {text("bias", wrong("law of the biases"))}
      <h3>Its training</h3>
      {number("alpha", [0.05, 50])}
      {number("end", [0.5, 100])}
      <SegmentControl
        field={normalizationFields.batch}
        value={state.batch}
        change={(batch) => store.change({ batch })}
        name={(option) => BATCH_NAMES[option]}
        label="each step sees"
      />
      {number("runs", [0, 64])}
      {number("seed", undefined, false)}
    </section>
  );
}
