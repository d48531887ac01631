/**
 * What a study computed beside what was expected, row by row; rows that disagree come first.
 * @module
 */
import { type Check, numberText, toleranceText } from "foretrain";
import { MathText } from "../../../controls/math-text.js";

const shown = (value: number | string, digits = 7) =>
  typeof value === "string" ? value : Number.isNaN(value) ? "not a number" : numberText(value, digits);

function Row({ check }: { readonly check: Check }) {
  const { id, quantity, source, computed, expected, difference, agrees } = check;
  return (
    <tr class={agrees ? "" : "bad"} data-check={id}>
      <th scope="row">{id}</th>
      <td class="quantity">
        <MathText text={quantity} />
        <span class="source">
          <MathText text={source} />
        </span>
      </td>
      <td data-value={computed}>{shown(computed)}</td>
      <td data-value={expected}>{shown(expected)}</td>
      <td>{difference === null ? "–" : numberText(difference, 2)}</td>
      <td>{toleranceText(check).replace(" %", "\u00a0%")}</td>
      <td class={agrees ? "good" : "bad"}>{agrees ? "agrees" : "disagrees"}</td>
    </tr>
  );
}

export function ChecksTable({ checks }: { readonly checks: readonly Check[] }) {
  const bad = checks.filter(({ agrees }) => !agrees);
  const good = checks.filter(({ agrees }) => agrees);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="checks-scroll" tabIndex={0} aria-label="checks, a table that scrolls">
      <table class="checks">
        <caption class="visually-hidden">
          {checks.length} checks: what was computed, what was expected, and whether they agree
        </caption>
        <thead>
          <tr>
            {["row", "quantity", "computed", "expected", "difference", "allowed", "verdict"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {[bad, good].map(
          (rows, i) =>
            rows.length > 0 && (
              <tbody key={i}>
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
