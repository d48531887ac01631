/**
 * On or off.
 * @module
 */
import type { ComponentChildren } from "preact";
import type { FlagField } from "../state/field.js";

export interface FlagControlProps {
  readonly field: FlagField;
  readonly value: boolean;
  readonly change: (value: boolean) => void;
  readonly label?: ComponentChildren;
}

export function FlagControl({ field, value, change, label }: FlagControlProps) {
  return (
    <label class="control flag-control">
      <input
        type="checkbox"
        data-field={field.key}
        checked={value}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      <span>{label ?? field.label}</span>
    </label>
  );
}
