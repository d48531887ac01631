/**
 * The few lines that every figure writes through: escaped text, rounded coordinates, elements.
 * Figures are strings; no DOM is needed, and equal input gives equal bytes.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** Attributes of an element; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML and HTML, in content and in quoted attributes. Characters that XML 1.0 forbids become U+FFFD. */
export function escapeText(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
      .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
  );
}

/** A number for an attribute: two decimals, no trailing zeros, no negative zero. Marks leave out what is not finite; one that arrives here is a fault. */
export function coordinate(value: number): string {
  if (!Number.isFinite(value)) {
    throw new ForetrainError("ERR_NUMERICAL", `figure coordinate is ${value}, expected a finite number`, {
      argument: "value",
      got: value,
    });
  }
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** One element; `children` is markup that is already escaped. Numbers among the attributes are rounded as coordinates. */
export function element(
  name: string,
  attributes: Attributes = {},
  children: string | readonly string[] = "",
): string {
  const parts = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${typeof value === "number" ? coordinate(value) : escapeText(value)}"`],
  );
  const content = typeof children === "string" ? children : children.join("");
  const open = `<${name}${parts.join("")}`;
  return content === "" ? `${open}/>` : `${open}>${content}</${name}>`;
}

/** A group of elements, nothing when there are none. */
export function group(attributes: Attributes, children: readonly string[]): string {
  const content = children.join("");
  return content === "" ? "" : element("g", attributes, content);
}
