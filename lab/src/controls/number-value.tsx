/**
 * A number of the package for people, its full value kept for programs.
 * @module
 */
import { countText, numberText, percentText } from "foretrain";

export interface NumberValueProps {
  /** null or NaN: there is none */
  readonly value: number | null;
  /** stable name, for tests and scripts */
  readonly name: string;
  readonly digits?: number;
  /** a count has all its digits, a share is in percent; default: neither */
  readonly as?: "count" | "share" | undefined;
  /** instead of a missing number */
  readonly missing?: string;
}

function textOf(value: number, digits: number, as: NumberValueProps["as"]): string {
  if (as === "share") return percentText(value);
  return as === "count" ? countText(value) : numberText(value, digits);
}

export function NumberValue({ value: given, name, digits = 5, as, missing = "–" }: NumberValueProps) {
  const value = given === null || Number.isNaN(given) ? null : given;
  return (
    <data
      class="number"
      data-name={name}
      data-value={value === null ? "" : String(value)}
      value={value ?? ""}
    >
      {value === null ? missing : textOf(value, digits, as)}
    </data>
  );
}
