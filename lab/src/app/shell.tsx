/**
 * The frame around every page: name, navigation, undo, theme, help.
 * @module
 */
import { useSignal } from "@preact/signals";
import { VERSION } from "foretrain";
import { type ComponentType, createElement } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ShownTables } from "../figures/shown-as-table.js";
import type { Page, PageProps } from "../pages/page.js";
import type { FieldTable } from "../state/field.js";
import { isTable, TABLES, toggleTable } from "../state/tables-field.js";
import { Help } from "./help.js";
import { listenToKeys } from "./keyboard.js";
import type { Lab } from "./lab.js";
import type { ThemeChoice } from "./theme.js";

const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { auto: "dark", dark: "light", light: "auto" };

type View = ComponentType<PageProps<FieldTable>>;

/** The view of a page once its code is here. */
function useView(page: Page): View | Error | null {
  const [loaded, setLoaded] = useState<{ page: Page; view: View | Error } | null>(null);
  useEffect(() => {
    let current = true;
    page.load().then(
      (view) => current && setLoaded({ page, view }),
      (error: unknown) =>
        current && setLoaded({ page, view: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => {
      current = false;
    };
  }, [page]);
  return loaded?.page === page ? loaded.view : null;
}

/** Which figures of a page are tables, as its fields keep it. */
function tablesOf(lab: Lab, page: Page): ShownTables {
  const field = page.fields[TABLES]!;
  const store = lab.storeOf(page);
  const tables = () => store.state.value[TABLES] as string;
  return {
    has: (figure) => isTable(tables(), figure),
    toggle: (figure) => store.change({ [TABLES]: field.read(toggleTable(tables(), figure)) ?? "" }),
  };
}

function PageBody({ lab, page }: { readonly lab: Lab; readonly page: Page }) {
  const view = useView(page);
  const tables = useMemo(() => tablesOf(lab, page), [lab, page]);
  if (view === null) return <div aria-busy="true" />;
  if (view instanceof Error) {
    return (
      <p class="error" role="alert">
        The page "{page.title}" could not be loaded: {view.message}. Is the server still there? Reload to try
        again.
      </p>
    );
  }
  // a page keeps its own hooks: another page is another element
  const body = createElement(view, {
    key: page.id,
    store: lab.storeOf(page),
    engines: lab.engines,
    theme: lab.theme.shown,
  });
  return <ShownTables.Provider value={tables}>{body}</ShownTables.Provider>;
}

function Problems({ lab }: { readonly lab: Lab }) {
  const list = lab.problems.value;
  if (list.length === 0) return null;
  return (
    <div class="problems" role="alert">
      <ul>
        {list.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={() => lab.dismissProblems()}>
        close
      </button>
    </div>
  );
}

export function Shell({ lab }: { readonly lab: Lab }) {
  const helpOpen = useSignal(false);
  const { theme } = lab;
  useEffect(
    () =>
      listenToKeys(lab, {
        help: () => {
          helpOpen.value = !helpOpen.value;
        },
        theme: () => theme.choose(theme.shown.value === "dark" ? "light" : "dark"),
      }),
    [lab, theme, helpOpen],
  );
  const page = lab.page.value;
  const store = lab.storeOf(page);
  useEffect(() => {
    document.title = `${page.title} · Foretrain lab`;
  }, [page]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        to the page
      </button>
      <header class="top">
        <span class="brand">
          Foretrain <span class="brand-lab">lab</span>
        </span>
        <nav aria-label="pages">
          {lab.pages.map((item) => (
            <a
              key={item.id}
              href={`#/${item.id}`}
              title={item.summary}
              aria-current={item === page ? "page" : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
                event.preventDefault();
                lab.open(item);
              }}
            >
              {item.title}
            </a>
          ))}
        </nav>
        <div class="top-tools">
          <button
            type="button"
            class="quiet"
            disabled={!store.canUndo.value}
            onClick={() => store.undo()}
            title="undo (z)"
          >
            undo
          </button>
          <button
            type="button"
            class="quiet"
            disabled={!store.canRedo.value}
            onClick={() => store.redo()}
            title="redo (Z)"
          >
            redo
          </button>
          <button type="button" class="quiet" onClick={() => store.reset()} title="back to the defaults">
            reset
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => theme.choose(NEXT_THEME[theme.choice.value])}
            title="colours: as the system, dark, light (d)"
          >
            {theme.choice.value}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label="help"
            onClick={() => {
              helpOpen.value = true;
            }}
            title="keys (?)"
          >
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Problems lab={lab} />
        <PageBody lab={lab} page={page} />
      </main>
      <footer class="foot">foretrain {VERSION} · everything is computed in this browser</footer>
      <Help lab={lab} open={helpOpen} />
    </>
  );
}
