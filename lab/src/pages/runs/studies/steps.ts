/**
 * Steps into a study and out of it, which the browser's own "back" undoes.
 * @module
 */
import { writeHash } from "../../../state/hash.js";
import type { Store } from "../../../state/store.js";
import { type RunsState, runsFields } from "../fields.js";

/** The address of the page with another state. */
export const addressOf = (state: RunsState, patch: Partial<RunsState> = {}) =>
  writeHash("runs", runsFields, { ...state, ...patch });

/** Changes the state as a new entry of the browser's history. */
export function step(store: Store<RunsState>, patch: Partial<RunsState>): void {
  const state = store.state.value;
  // the address follows changes a little later: the entry that is left must have all of them
  history.replaceState(history.state, "", addressOf(state));
  history.pushState(null, "", addressOf(state, patch));
  store.change(patch);
}

/** Attributes of a link that makes the step; with ctrl or the middle button it opens in another tab. */
export function stepLink(store: Store<RunsState>, patch: Partial<RunsState>) {
  return {
    href: addressOf(store.state.value, patch),
    onClick: (event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      step(store, patch);
    },
  };
}
