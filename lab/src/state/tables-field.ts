/**
 * Which figures of a page are shown as tables, in its address: `table=kernel,spectrum`.
 * @module
 */
import type { TextField } from "./field.js";

/** Where a page that has figures keeps which of them are tables. */
export const TABLES = "tables";

const namesOf = (text: string): string[] => (text === "" ? [] : text.split(","));

/** Any of the named figures, in their order. */
export function tablesField(figures: readonly string[]): TextField {
  return {
    kind: "text",
    key: "table",
    label: "figures as tables",
    initial: "",
    maxLength: figures.join(",").length,
    expected: `some of ${figures.join(",")}`,
    read(text) {
      const names = namesOf(text);
      if (names.some((name) => !figures.includes(name))) return null;
      return figures.filter((name) => names.includes(name)).join(",");
    },
    write: (value) => value,
  };
}

export const isTable = (tables: string, figure: string): boolean => namesOf(tables).includes(figure);

/** The same with this figure shown the other way. */
export function toggleTable(tables: string, figure: string): string {
  const names = namesOf(tables);
  return (names.includes(figure) ? names.filter((name) => name !== figure) : [...names, figure]).join(",");
}
