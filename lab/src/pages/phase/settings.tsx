/**
 * The controls of the page Phase.
 * @module
 */
import type { PermissibilityReport } from "foretrain";
import { ChoiceControl } from "../../controls/choice-control.js";
import { NumberControl } from "../../controls/number-control.js";
import { BIAS, Sym, WEIGHT } from "../../controls/symbols.js";
import { TextControl } from "../../controls/text-control.js";
import type { TaskState } from "../../engine/task.js";
import type { Store } from "../../state/store.js";
import { formulaOf, parameterHint } from "./activation.js";
import { CUSTOM, drawnRange, type PhaseState, phaseFields } from "./fields.js";
import { QUANTITY_NAMES } from "./quantities.js";

export interface SettingsProps {
  readonly store: Store<PhaseState>;
  /** what is wrong with the activation; null: nothing */
  readonly activationError: string | null;
  readonly permissibility: TaskState<PermissibilityReport>;
}

const VERDICTS = {
  permissible: "permissible",
  "not-permissible": "not permissible",
  undecided: "cannot be decided",
} as const;

/** Whether lengths of wide networks converge for a formula of the user's (paper D). */
function Verdict({ state: { value } }: { readonly state: TaskState<PermissibilityReport> }) {
  if (value === null) return <div class="verdict" />;
  const { verdict, bounded, growth, measurable, consequence } = value;
  return (
    <div class="verdict" data-name="permissibility" data-value={verdict} aria-live="polite">
      <strong>{VERDICTS[verdict]}</strong>: {consequence}
      <ul>
        {Object.entries({ bounded, growth, measurable }).map(([name, { holds, reason }]) => (
          <li key={name}>
            {holds === null ? "?" : holds ? "✓" : "✗"} {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Settings({ store, activationError, permissibility }: SettingsProps) {
  const state = store.state.value;
  const change = (patch: Partial<PhaseState>) => store.change(patch);
  const number = (name: keyof typeof phaseFields & keyof PhaseState) => (value: number, gesture: string) =>
    store.change({ [name]: value }, gesture);
  const hint = parameterHint(state.activation);
  const formula = formulaOf(state.activation);
  const range = drawnRange(state);
  return (
    <section class="settings card" aria-label="settings">
      <ChoiceControl
        field={phaseFields.activation}
        value={state.activation}
        change={(activation) => change({ activation, parameters: "" })}
        name={(option) => (option === CUSTOM ? "a formula of x …" : option)}
      />
      {formula !== null && <p class="hint formula">{formula}</p>}
      {state.activation === CUSTOM && (
        <>
          <TextControl
            field={phaseFields.expression}
            value={state.expression}
            change={(expression, gesture) => store.change({ expression }, gesture)}
            error={activationError}
            label={
              <>
                <Sym of={["φ", "", ""]} />
                (x) =
              </>
            }
            hint="x, numbers, + - * / ^, tanh erf relu exp log sqrt abs sin cos sigmoid softplus max min …"
          />
          <Verdict state={permissibility} />
        </>
      )}
      {hint !== null && (
        <TextControl
          field={phaseFields.parameters}
          value={state.parameters}
          change={(parameters, gesture) => store.change({ parameters }, gesture)}
          error={activationError}
          hint={hint}
          placeholder="key=number & key=number"
        />
      )}
      <ChoiceControl
        field={phaseFields.quantity}
        value={state.quantity}
        change={(quantity) => change({ quantity })}
        name={(option) => QUANTITY_NAMES[option].brief}
        label="the diagram shows"
      />
      <h3>The point</h3>
      <NumberControl
        field={phaseFields.weightVariance}
        value={state.weightVariance}
        change={number("weightVariance")}
        range={range.weight}
        label={
          <>
            weight variance <Sym of={WEIGHT} />
          </>
        }
      />
      <NumberControl
        field={phaseFields.biasVariance}
        value={state.biasVariance}
        change={number("biasVariance")}
        range={range.bias}
        label={
          <>
            bias variance <Sym of={BIAS} />
          </>
        }
      />
      <h3>The inputs</h3>
      <NumberControl
        field={phaseFields.start}
        value={state.start}
        change={number("start")}
        range={[0.01, 10]}
      />
      <NumberControl
        field={phaseFields.correlation}
        value={state.correlation}
        change={number("correlation")}
      />
      <NumberControl
        field={phaseFields.depth}
        value={state.depth}
        change={number("depth")}
        range={[1, 100]}
      />
      <details>
        <summary>range of the diagram</summary>
        <div class="range-grid">
          <NumberControl
            field={phaseFields.weightFrom}
            value={state.weightFrom}
            change={number("weightFrom")}
            slider={false}
          />
          <NumberControl
            field={phaseFields.weightTo}
            value={state.weightTo}
            change={number("weightTo")}
            slider={false}
          />
          <NumberControl
            field={phaseFields.biasFrom}
            value={state.biasFrom}
            change={number("biasFrom")}
            slider={false}
          />
          <NumberControl
            field={phaseFields.biasTo}
            value={state.biasTo}
            change={number("biasTo")}
            slider={false}
          />
          <NumberControl
            field={phaseFields.resolution}
            value={state.resolution}
            change={number("resolution")}
            slider={false}
          />
        </div>
      </details>
    </section>
  );
}
