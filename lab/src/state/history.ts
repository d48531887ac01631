/**
 * Undo and redo. Changes that belong to one gesture (a drag, a slider under the finger, digits typed in a row) are one
 * step.
 * @module
 */

/** Two changes of one gesture are no further apart than this. */
const GESTURE_MS = 800;
/** Steps that are kept. */
const MOST_STEPS = 200;

export interface Timeline<S> {
  /** notes the state that a change replaces */
  record(before: S, gesture: string | null): void;
  /** the state before the last step; null where there is none */
  undo(current: S): S | null;
  redo(current: S): S | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** @param now milliseconds, of any start */
export function timeline<S>(now: () => number = () => performance.now()): Timeline<S> {
  const past: S[] = [];
  let future: S[] = [];
  let last: { readonly gesture: string; readonly at: number } | null = null;
  return {
    record(before, gesture) {
      const at = now();
      const continues = gesture !== null && last?.gesture === gesture && at - last.at <= GESTURE_MS;
      last = gesture === null ? null : { gesture, at };
      future = [];
      if (continues) return;
      past.push(before);
      if (past.length > MOST_STEPS) past.shift();
    },
    undo(current) {
      const before = past.pop();
      if (before === undefined) return null;
      last = null;
      future.push(current);
      return before;
    },
    redo(current) {
      const after = future.pop();
      if (after === undefined) return null;
      last = null;
      past.push(current);
      return after;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
  };
}
