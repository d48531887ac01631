/**
 * A text; what is wrong with it is said below, in the words of the package.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { TextField } from "../state/field.js";

export interface TextControlProps {
  readonly field: TextField;
  readonly value: string;
  readonly change: (value: string, gesture: string) => void;
  readonly label?: ComponentChildren;
  /** null: nothing is wrong */
  readonly error?: string | null;
  readonly placeholder?: string;
  /** more than one: a larger box */
  readonly lines?: number;
  readonly hint?: ComponentChildren;
}

export function TextControl(props: TextControlProps) {
  const { field, value, change, label, error = null, placeholder, lines = 1, hint } = props;
  const id = useId();
  const common = {
    id,
    maxLength: field.maxLength,
    placeholder,
    spellcheck: false,
    autocomplete: "off",
    "aria-invalid": error !== null,
    "aria-describedby": error === null ? undefined : `${id}-error`,
    "data-field": field.key,
    value,
    onInput: (event: Event) =>
      change((event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value, `text:${field.key}`),
  };
  return (
    <div class="control text-control">
      <label for={id}>{label ?? field.label}</label>
      {lines > 1 ? <textarea rows={lines} {...common} /> : <input type="text" {...common} />}
      {error !== null && (
        <p class="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint !== undefined && <p class="hint">{hint}</p>}
    </div>
  );
}
