/**
 * What a page of the lab is: a table of fields, a view of their values, and keys of its own.
 * @module
 */
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Engine } from "../engine/engine.js";
import type { FieldTable, StateOf } from "../state/field.js";
import type { Store } from "../state/store.js";

/** Workers by how long their work takes: what answers a drag is not kept waiting. Each starts with its first request. */
export interface Engines {
  /** milliseconds */
  readonly quick: Engine;
  /** tenths of a second: curves beside the answer */
  readonly medium: Engine;
  /** seconds; requests are cancelled by newer ones */
  readonly long: Engine;
}

export interface PageProps<F extends FieldTable> {
  readonly store: Store<StateOf<F>>;
  readonly engines: Engines;
  readonly theme: ReadonlySignal<"light" | "dark">;
}

/** A key of a page, for people; the view itself listens. */
export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

export interface Page {
  /** in the URL */
  readonly id: string;
  readonly title: string;
  /** `g` and this letter go to the page */
  readonly letter: string;
  /** a sentence for the help and the title of its link */
  readonly summary: string;
  readonly fields: FieldTable;
  readonly shortcuts: readonly Shortcut[];
  /** the code of the page is fetched when it is first visited */
  load(): Promise<ComponentType<PageProps<FieldTable>>>;
}

/** A page with the type of its own fields; outside they are fields like any. */
export function definePage<F extends FieldTable>(
  page: Omit<Page, "fields" | "load"> & {
    readonly fields: F;
    load(): Promise<ComponentType<PageProps<F>>>;
  },
): Page {
  return page as unknown as Page;
}
