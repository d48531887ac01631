/**
 * A number of the package for people, its full value kept for programs.
 * @module
 */
import { countText, percentText, sizeText } from "foretrain";

export interface NumberValueProps {
  /** null or NaN: there is none */
  readonly value: number | null;
  /** stable name, for tests and scripts */
  readonly name: string;
  readonly digits?: number;
  /** a count has all its digits, a share is in percent; default: neither */
  readonly as?: "count" | "share" | undefined;
  /** of a size: what is below it is rounding, and shown as smaller than that; default 0 */
  readonly rounding?: number | undefined;
  /** instead of a missing number */
  readonly missing?: string;
}

function textOf(value: number, { digits = 5, as, rounding = 0 }: NumberValueProps): string {
  if (as === "share") return percentText(value);
  return as === "count" ? countText(value) : sizeText(value, rounding, digits);
}

export function NumberValue(props: NumberValueProps) {
  const { value: given, name, missing = "–" } = props;
  const value = given === null || Number.isNaN(given) ? null : given;
  return (
    <data
      class="number"
      data-name={name}
      data-value={value === null ? "" : String(value)}
      value={value ?? ""}
    >
      {value === null ? missing : textOf(value, props)}
    </data>
  );
}
