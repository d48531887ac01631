/**
 * A number as a slider with a box for typing; what is not valid is said below and changes nothing.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { NumberField } from "../state/field.js";

export interface NumberControlProps {
  readonly field: NumberField;
  readonly value: number;
  readonly change: (value: number, gesture: string) => void;
  /** instead of the field's label, for symbols */
  readonly label?: ComponentChildren;
  /** ends of the slider; default: the bounds of the field, which typed numbers always have */
  readonly range?: readonly [number, number];
  /** default true */
  readonly slider?: boolean;
}

/** Steps of a slider that moves by factors. */
const FACTOR_STEPS = 400;

/** The whole way of a logarithmic slider is [0, 1]. */
const toShare = ([min, max]: readonly [number, number], value: number) =>
  Math.log(value / min) / Math.log(max / min);
const fromShare = ([min, max]: readonly [number, number], share: number) => min * (max / min) ** share;

/** A slider gives round numbers: multiples of the step, or three digits. */
function rounded(field: NumberField, value: number): number {
  const { min, max, step, integer, logarithmic } = field;
  const near = logarithmic
    ? Number(value.toPrecision(3))
    : Number((Math.round(value / step) * step).toPrecision(12));
  return Math.min(max, Math.max(min, integer ? Math.round(near) : near));
}

export function NumberControl(props: NumberControlProps) {
  const { field, value, change, label, range = [props.field.min, props.field.max], slider = true } = props;
  const id = useId();
  // what is in the box while it is not a valid number
  const draft = useSignal<string | null>(null);
  const { step, logarithmic } = field;
  const gesture = `number:${field.key}`;
  const wrong = draft.value !== null && field.read(draft.value) === null;
  return (
    <div class="control number-control">
      <label for={id}>{label ?? field.label}</label>
      <input
        id={id}
        class="number-box"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        spellcheck={false}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-error` : undefined}
        data-field={field.key}
        data-value={String(value)}
        value={draft.value ?? String(Number(value.toPrecision(7)))}
        onInput={(event) => {
          const text = event.currentTarget.value;
          const read = field.read(text);
          draft.value = text;
          if (read !== null) change(read, gesture);
        }}
        onBlur={() => {
          draft.value = null;
        }}
        onKeyDown={(event) => {
          const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
          if (direction === 0) return;
          event.preventDefault();
          draft.value = null;
          change(rounded(field, logarithmic ? value * 1.05 ** direction : value + direction * step), gesture);
        }}
      />
      {slider && (
        <input
          type="range"
          aria-label={field.label}
          aria-valuetext={String(value)}
          min={logarithmic ? 0 : range[0]}
          max={logarithmic ? 1 : range[1]}
          step={logarithmic ? 1 / FACTOR_STEPS : step}
          value={logarithmic ? toShare(range, value) : value}
          onInput={(event) => {
            const at = Number(event.currentTarget.value);
            draft.value = null;
            change(rounded(field, logarithmic ? fromShare(range, at) : at), gesture);
          }}
        />
      )}
      {wrong && (
        <p class="error" id={`${id}-error`}>
          got "{draft.value}", expected {field.expected}
        </p>
      )}
    </div>
  );
}
