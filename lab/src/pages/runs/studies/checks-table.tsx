/**
 * What a study computed beside what was expected, row by row; rows that disagree come first, then those that are not decided.
 * @module
 */
import { type Check, checkVerdict, numberText, toleranceText } from "foretrain";
import { MathText } from "../../../controls/math-text.js";

const shown = (value: number | string, digits = 7) =>
  typeof value === "string" ? value : Number.isNaN(value) ? "–" : numberText(value, digits);

/** Said once more: where rows are laid out as cards, some browsers would forget that it is a table. */
const ROLE = {
  table: { role: "table" },
  rows: { role: "rowgroup" },
  row: { role: "row" },
  column: { role: "columnheader" },
  head: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

const COLUMNS = ["row", "quantity", "computed", "expected", "difference", "allowed", "verdict"] as const;

const TONES = { agrees: "good", disagrees: "bad", "not decided": "" } as const;

function Row({ check }: { readonly check: Check }) {
  const { id, quantity, source, computed, expected, difference, undecided } = check;
  const verdict = checkVerdict(check);
  return (
    <tr class={verdict === "disagrees" ? "bad" : ""} data-check={id} {...ROLE.row}>
      <th scope="row" {...ROLE.head}>
        {id}
      </th>
      <td class="quantity" {...ROLE.cell}>
        <MathText text={quantity} />
        <span class="source">
          <MathText text={source} />
        </span>
        {undecided !== undefined && <span class="source">Not decided: {undecided}.</span>}
      </td>
      <td data-value={computed} data-label="computed" {...ROLE.cell}>
        {shown(computed)}
      </td>
      <td data-value={expected} data-label="expected" {...ROLE.cell}>
        {shown(expected)}
      </td>
      <td data-label="difference" {...ROLE.cell}>
        {difference === null ? "–" : numberText(difference, 2)}
      </td>
      <td data-label="allowed" {...ROLE.cell}>
        {toleranceText(check).replace(" %", "\u00a0%")}
      </td>
      <td class={`verdict ${TONES[verdict]}`} {...ROLE.cell}>
        {verdict}
      </td>
    </tr>
  );
}

export function ChecksTable({ checks }: { readonly checks: readonly Check[] }) {
  const groups = (["disagrees", "not decided", "agrees"] as const).map((verdict) =>
    checks.filter((check) => checkVerdict(check) === verdict),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="checks-scroll" tabIndex={0} aria-label="table of checks">
      <table class="checks" {...ROLE.table}>
        <caption class="visually-hidden">
          {checks.length} checks: what was computed, what was expected, and whether they agree
        </caption>
        <thead {...ROLE.rows}>
          <tr {...ROLE.row}>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" {...ROLE.column}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map(
          (rows, i) =>
            rows.length > 0 && (
              <tbody key={i} {...ROLE.rows}>
                {rows.map((check, j) => (
                  <Row key={j} check={check} />
                ))}
              </tbody>
            ),
        )}
      </table>
    </section>
  );
}
