/**
 * A number of the package for people, its full value kept for programs.
 * @module
 */
import { numberText } from "foretrain";

export interface NumberValueProps {
  /** null: there is none */
  readonly value: number | null;
  /** stable name, for tests and scripts */
  readonly name: string;
  readonly digits?: number;
  /** instead of a missing number */
  readonly missing?: string;
}

export function NumberValue({ value, name, digits = 5, missing = "–" }: NumberValueProps) {
  return (
    <data
      class="number"
      data-name={name}
      data-value={value === null ? "" : String(value)}
      value={value ?? ""}
    >
      {value === null ? missing : numberText(value, digits)}
    </data>
  );
}
