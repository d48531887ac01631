/**
 * The lab as a whole: which page is open, the state of each, and the address that says all of it.
 * @module
 */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Engines, Page } from "../pages/page.js";
import type { FieldTable, StateOf } from "../state/field.js";
import { parseHash, readQuery, writeHash } from "../state/hash.js";
import { createStore, type Store } from "../state/store.js";
import { createTheme, readThemeChoice, type Theme } from "./theme.js";

export interface Lab {
  readonly pages: readonly Page[];
  readonly engines: Engines;
  readonly theme: Theme;
  readonly page: ReadonlySignal<Page>;
  /** what could not be read from the address */
  readonly problems: ReadonlySignal<readonly string[]>;
  readonly storeOf: (page: Page) => Store<StateOf<FieldTable>>;
  open(page: Page): void;
  dismissProblems(): void;
  /** reads the address and follows it from now on */
  start(): void;
}

/** Browsers refuse addresses that change too often. */
const ADDRESS_MS = 200;

/** Keys of the address that belong to the lab, not to a page. */
const THEME_KEY = "theme";

export function createLab(pages: readonly Page[], engines: Engines): Lab {
  const stores = new Map<string, Store<StateOf<FieldTable>>>();
  const page = signal(pages[0]!);
  const problems = signal<readonly string[]>([]);
  const theme = createTheme(readThemeChoice(parseHash(location.hash).query.get(THEME_KEY)));

  const storeOf = (of: Page) => {
    let store = stores.get(of.id);
    if (store === undefined) {
      store = createStore(of.fields);
      stores.set(of.id, store);
    }
    return store;
  };

  const addressOf = (of: Page) => {
    const hash = writeHash(of.id, of.fields, storeOf(of).state.value);
    if (theme.choice.value === "auto") return hash;
    return `${hash}${hash.includes("?") ? "&" : "?"}${THEME_KEY}=${theme.choice.value}`;
  };

  /** Takes over what the address says; a page that was visited before keeps its undo. */
  const follow = () => {
    const { page: id, query } = parseHash(location.hash);
    const named = pages.find((candidate) => candidate.id === id);
    const found: string[] = [];
    if (id !== null && named === undefined)
      found.push(`there is no page "${id}"; this is ${pages[0]!.title}`);
    const to = named ?? pages[0]!;
    const chosen = query.get(THEME_KEY);
    query.delete(THEME_KEY);
    if (chosen !== null) theme.choose(readThemeChoice(chosen) ?? "auto");
    const read = readQuery(to.fields, query);
    found.push(...(named === undefined ? [] : read.problems));
    storeOf(to).change(read.state);
    page.value = to;
    problems.value = found;
  };

  return {
    pages,
    engines,
    theme,
    page,
    problems,
    storeOf,
    open(to) {
      if (to === page.value) return;
      history.pushState(null, "", addressOf(to));
      page.value = to;
      problems.value = [];
    },
    dismissProblems() {
      problems.value = [];
    },
    start() {
      const { page: id, query } = parseHash(location.hash);
      const first = pages.find((candidate) => candidate.id === id) ?? pages[0]!;
      query.delete(THEME_KEY);
      // the state of the address is where this visit starts: nothing to undo
      const read = readQuery(first.fields, query);
      stores.set(first.id, createStore(first.fields, read.state));
      page.value = first;
      problems.value = [
        ...(id !== null && id !== first.id
          ? [`there is no page "${id}"; this is ${first.title}`]
          : read.problems),
      ];
      addEventListener("hashchange", follow);
      addEventListener("popstate", follow);
      let timer: ReturnType<typeof setTimeout> | null = null;
      effect(() => {
        const address = addressOf(page.value);
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(() => {
          if (location.hash !== address) history.replaceState(history.state, "", address);
        }, ADDRESS_MS);
      });
    },
  };
}
