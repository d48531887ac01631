/**
 * The state of a page as signals, with undo.
 * @module
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type FieldTable, initialState, type StateOf } from "./field.js";
import { timeline } from "./history.js";

export interface Store<S> {
  readonly state: ReadonlySignal<S>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  /** `gesture`: changes of one gesture are undone together */
  change(patch: Partial<S>, gesture?: string): void;
  undo(): void;
  redo(): void;
  /** back to the defaults, as a step that can be undone */
  reset(): void;
}

export function createStore<F extends FieldTable>(
  table: F,
  start: StateOf<F> = initialState(table),
  now?: () => number,
): Store<StateOf<F>> {
  type S = StateOf<F>;
  const state = signal<S>(start);
  const canUndo = signal(false);
  const canRedo = signal(false);
  const history = timeline<S>(now);
  const show = (next: S) => {
    state.value = next;
    canUndo.value = history.canUndo;
    canRedo.value = history.canRedo;
  };
  const change = (patch: Partial<S>, gesture: string | null) => {
    const before = state.value;
    const differs = Object.entries(patch).some(([name, value]) => !Object.is(before[name as keyof S], value));
    if (!differs) return;
    history.record(before, gesture);
    show({ ...before, ...patch });
  };
  return {
    state,
    canUndo,
    canRedo,
    change: (patch, gesture) => change(patch, gesture ?? null),
    undo() {
      const before = history.undo(state.value);
      if (before !== null) show(before);
    },
    redo() {
      const after = history.redo(state.value);
      if (after !== null) show(after);
    },
    reset: () => change(initialState(table), null),
  };
}
