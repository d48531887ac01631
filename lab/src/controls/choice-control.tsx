/**
 * One of several: a list to choose from, or buttons side by side where there are few.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { ChoiceField } from "../state/field.js";

export interface ChoiceControlProps<V extends string> {
  readonly field: ChoiceField<V>;
  readonly value: V;
  readonly change: (value: V) => void;
  /** what an option is called; default: itself */
  readonly name?: (option: V) => string;
  readonly label?: ComponentChildren;
}

export function ChoiceControl<V extends string>({
  field,
  value,
  change,
  name,
  label,
}: ChoiceControlProps<V>) {
  const id = useId();
  return (
    <div class="control">
      <label for={id}>{label ?? field.label}</label>
      <select
        id={id}
        data-field={field.key}
        value={value}
        onChange={(event) => {
          const chosen = field.read(event.currentTarget.value);
          if (chosen !== null) change(chosen);
        }}
      >
        {field.options.map((option) => (
          <option key={option} value={option}>
            {name?.(option) ?? option}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Few options, all of them visible. */
export function SegmentControl<V extends string>({
  field,
  value,
  change,
  name,
  label,
}: ChoiceControlProps<V>) {
  const id = useId();
  return (
    <fieldset class="control segments">
      <legend>{label ?? field.label}</legend>
      <div class="segment-row">
        {field.options.map((option) => (
          <label key={option} class={option === value ? "segment chosen" : "segment"}>
            <input
              type="radio"
              name={id}
              value={option}
              data-field={field.key}
              checked={option === value}
              onChange={() => change(option)}
            />
            <span>{name?.(option) ?? option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
