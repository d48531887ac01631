/**
 * The state of the lab in the fragment of its address: `#/phase?w=1.5&b=0.05`. Only what differs from the defaults is
 * written; what cannot be read keeps its default and is reported.
 * @module
 */
import { type FieldTable, initialState, type StateOf } from "./field.js";

/** A fragment taken apart: the page, and its fields as texts. */
export interface HashParts {
  /** null: none is named */
  readonly page: string | null;
  readonly query: URLSearchParams;
}

export function parseHash(hash: string): HashParts {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s, 2);
  return { page: path === "" ? null : path, query: new URLSearchParams(query) };
}

/** The fields that differ from their defaults, in the order of the table. */
export function writeQuery<F extends FieldTable>(table: F, state: StateOf<F>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, field] of Object.entries(table)) {
    const text = field.write(state[name as keyof F]);
    if (text !== field.write(field.initial)) query.set(field.key, text);
  }
  return query;
}

export function writeHash<F extends FieldTable>(page: string, table: F, state: StateOf<F>): string {
  const query = writeQuery(table, state).toString();
  return `#/${page}${query === "" ? "" : `?${query}`}`;
}

/** More of a text would hide the message that it stands in. */
const MOST_QUOTED = 80;

const quoted = (text: string) =>
  text.length <= MOST_QUOTED ? `"${text}"` : `"${text.slice(0, MOST_QUOTED)}..." (${text.length} characters)`;

/** The state that a query means, and a sentence about everything in it that is not valid. */
export function readQuery<F extends FieldTable>(
  table: F,
  query: URLSearchParams,
): { readonly state: StateOf<F>; readonly problems: readonly string[] } {
  const values: Record<string, unknown> = { ...initialState(table) };
  const problems: string[] = [];
  const keys = new Map(Object.entries(table).map(([name, field]) => [field.key, { name, field }]));
  for (const [key, text] of query) {
    const known = keys.get(key);
    if (known === undefined) {
      problems.push(`the address has "${key}", which this page does not know`);
      continue;
    }
    const { name, field } = known;
    const value = field.read(text);
    if (value === null) {
      problems.push(
        `${field.label}: the address has ${quoted(text)}, expected ${field.expected}; ${field.write(field.initial)} is used`,
      );
    } else values[name] = value;
  }
  return { state: values as StateOf<F>, problems };
}
