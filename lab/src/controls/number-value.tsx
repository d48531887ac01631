/**
 * A number of the package for people, its full value kept for programs.
 * @module
 */
import { numberText } from "foretrain";

export interface NumberValueProps {
  /** null or NaN: there is none */
  readonly value: number | null;
  /** stable name, for tests and scripts */
  readonly name: string;
  readonly digits?: number;
  /** instead of a missing number */
  readonly missing?: string;
}

export function NumberValue({ value: given, name, digits = 5, missing = "–" }: NumberValueProps) {
  const value = given === null || Number.isNaN(given) ? null : given;
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
