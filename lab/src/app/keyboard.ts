/**
 * Keys that work on every page.
 * @module
 */
import { isTyping } from "../controls/is-typing.js";
import type { Lab } from "./lab.js";

/** How long `g` waits for the letter of a page. */
const SEQUENCE_MS = 1500;

export interface KeyActions {
  readonly help: () => void;
  readonly theme: () => void;
}

/** Listens until the returned function is called. */
export function listenToKeys(lab: Lab, actions: KeyActions): () => void {
  let pending = 0;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const store = lab.storeOf(lab.page.value);
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z") return;
      event.preventDefault();
      if (event.shiftKey) store.redo();
      else store.undo();
      return;
    }
    const now = performance.now();
    if (now - pending < SEQUENCE_MS) {
      pending = 0;
      const to = lab.pages.find(({ letter }) => letter === key);
      if (to !== undefined) {
        lab.open(to);
        event.preventDefault();
        return;
      }
    }
    if (event.key === "?") actions.help();
    else if (key === "g") pending = now;
    else if (event.key === "z") store.undo();
    else if (event.key === "Z" || key === "y") store.redo();
    else if (key === "d") actions.theme();
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}
