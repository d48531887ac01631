/**
 * Fields of a page: what a value may be, its default, and how it stands in the address of the page. One table of fields
 * drives the controls, the URL and what is copied.
 * @module
 */

/** One value of the state of a page. */
export interface Field<T> {
  readonly kind: "number" | "choice" | "flag" | "text";
  /** name in the URL, short and stable */
  readonly key: string;
  /** for people */
  readonly label: string;
  readonly initial: T;
  /** what is valid, for messages: "a number from 0 to 5" */
  readonly expected: string;
  /** null: the text is no valid value */
  read(text: string): T | null;
  /** the shortest text that `read` gives the same value for */
  write(value: T): string;
}

export interface NumberField extends Field<number> {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  /** of the slider and the arrow keys; typed numbers may be finer */
  readonly step: number;
  readonly integer: boolean;
  /** the slider moves by factors */
  readonly logarithmic: boolean;
}

export interface ChoiceField<V extends string> extends Field<V> {
  readonly kind: "choice";
  readonly options: readonly V[];
}

export interface FlagField extends Field<boolean> {
  readonly kind: "flag";
}

export interface TextField extends Field<string> {
  readonly kind: "text";
  readonly maxLength: number;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** The values of a table of fields. */
export type StateOf<F extends FieldTable> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export interface NumberOptions {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly integer?: boolean;
  readonly logarithmic?: boolean;
  /** what is valid, where there is more to say than the bounds */
  readonly expected?: string;
}

/** A number within bounds, both included. */
export function numberField(
  key: string,
  label: string,
  initial: number,
  options: NumberOptions,
): NumberField {
  const { min, max, step, integer = false, logarithmic = false, expected } = options;
  return {
    kind: "number",
    key,
    label,
    initial,
    min,
    max,
    step,
    integer,
    logarithmic,
    expected: expected ?? `a ${integer ? "whole " : ""}number from ${min} to ${max}`,
    read(text) {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      return value >= min && value <= max && (!integer || Number.isInteger(value)) ? value : null;
    },
    write: (value) => String(value),
  };
}

/** One of several words. */
export function choiceField<V extends string>(
  key: string,
  label: string,
  initial: NoInfer<V>,
  options: readonly V[],
): ChoiceField<V> {
  return {
    kind: "choice",
    key,
    label,
    initial,
    options,
    expected: `one of ${options.join(", ")}`,
    read: (text) => options.find((option) => option === text) ?? null,
    write: (value) => value,
  };
}

/** On or off. */
export function flagField(key: string, label: string, initial: boolean): FlagField {
  return {
    kind: "flag",
    key,
    label,
    initial,
    expected: "1 or 0",
    read: (text) => (text === "1" ? true : text === "0" ? false : null),
    write: (value) => (value ? "1" : "0"),
  };
}

/** Any text up to a length: what it means is judged where it is used. */
export function textField(key: string, label: string, initial: string, maxLength: number): TextField {
  return {
    kind: "text",
    key,
    label,
    initial,
    maxLength,
    expected: `a text of at most ${maxLength} characters`,
    read: (text) => (text.length <= maxLength ? text : null),
    write: (value) => value,
  };
}

/** Why a text is refused whole, and what to do; null: it is no longer than the field takes. */
export function tooLong({ label, maxLength, expected }: TextField, text: string): string | null {
  if (text.length <= maxLength) return null;
  return `${label}: got ${text.length} characters, expected ${expected}; leave out ${text.length - maxLength}`;
}

/** The state that a page starts with. */
export function initialState<F extends FieldTable>(table: F): StateOf<F> {
  return Object.fromEntries(
    Object.entries(table).map(([name, field]) => [name, field.initial]),
  ) as StateOf<F>;
}
