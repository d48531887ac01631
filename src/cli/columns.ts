/**
 * Tables in plain text.
 * @module
 */

/** Rows of cells as lines, each column as wide as its widest cell, two spaces between; no spaces at the end. */
export function alignedColumns(rows: readonly (readonly string[])[], side: "left" | "right"): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (cell: string, width: number) => (side === "left" ? cell.padEnd(width) : cell.padStart(width));
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
