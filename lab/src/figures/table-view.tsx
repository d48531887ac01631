/**
 * The numbers of a figure as a table, for screen readers and for those who want to read them off.
 * @module
 */
import { numberText } from "foretrain";
import type { Table } from "./export.js";

/** Rows that a page can show at once; files have all of them. */
const MOST_ROWS = 400;

const cellText = (value: string | number | null) =>
  value === null ? "–" : typeof value === "number" ? numberText(value, 6) : value;

export function TableView({ table, label }: { readonly table: Table; readonly label: string }) {
  const { columns, note } = table;
  const rows = [...table.rows];
  const shown = rows.slice(0, MOST_ROWS);
  const left = rows.length - shown.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-view" tabIndex={0} aria-label={`${label}, as a table`}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, i) => (
            <tr key={i}>
              {row.map((value, j) => (
                <td key={j} data-value={value ?? ""}>
                  {cellText(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(note !== undefined || left > 0) && (
        <p class="muted">
          {[note, left > 0 ? `${left} more rows in the CSV file` : null].filter(Boolean).join("; ")}
        </p>
      )}
    </section>
  );
}
