/**
 * A text; what is wrong with it is said below, in the words of the package.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { type TextField, tooLong } from "../state/field.js";
import { ErrorText } from "./error-text.js";

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

type TextElement = HTMLInputElement | HTMLTextAreaElement;

export function TextControl(props: TextControlProps) {
  const { field, value, change, label, placeholder, lines = 1, hint } = props;
  const id = useId();
  /** what was too long, while the text is still the one before it */
  const refused = useSignal<{ readonly message: string; readonly kept: string } | null>(null);
  const error = refused.value?.kept === value ? refused.value.message : (props.error ?? null);
  const take = (element: TextElement) => {
    const message = tooLong(field, element.value);
    refused.value = message === null ? null : { message, kept: value };
    if (message === null) {
      change(element.value, `text:${field.key}`);
      return;
    }
    // refused whole: a part of what was pasted would mean something else. The caret goes back to where it was
    const caret = Math.max(0, (element.selectionEnd ?? 0) - (element.value.length - value.length));
    element.value = value;
    element.setSelectionRange(caret, caret);
  };
  const common = {
    id,
    placeholder,
    spellcheck: false,
    autocomplete: "off",
    "aria-invalid": error !== null,
    "aria-describedby": error === null ? undefined : `${id}-error`,
    "data-field": field.key,
    value,
    onInput: (event: Event) => take(event.currentTarget as TextElement),
  };
  return (
    <div class="control text-control">
      <label for={id}>{label ?? field.label}</label>
      {lines > 1 ? <textarea rows={lines} {...common} /> : <input type="text" {...common} />}
      {error !== null && (
        <p class="error" id={`${id}-error`} role="alert">
          <ErrorText text={error} />
        </p>
      )}
      {hint !== undefined && <p class="hint">{hint}</p>}
    </div>
  );
}
