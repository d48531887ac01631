/**
 * Whether a figure is shown as a table: a part of the state of its page, which its address keeps.
 * @module
 */
import { useSignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** What a page keeps of its figures. */
export interface ShownTables {
  has(figure: string): boolean;
  toggle(figure: string): void;
}

/** null: nobody keeps it */
export const ShownTables = createContext<ShownTables | null>(null);

/** Whether the figure is a table, and the way to show it the other way; without an id it is kept nowhere. */
export function useShownAsTable(id: string | undefined): readonly [boolean, () => void] {
  const kept = useContext(ShownTables);
  const own = useSignal(false);
  if (kept !== null && id !== undefined) return [kept.has(id), () => kept.toggle(id)];
  return [
    own.value,
    () => {
      own.value = !own.value;
    },
  ];
}
