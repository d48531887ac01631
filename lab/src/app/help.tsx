/**
 * The keys of the lab and of the open page.
 * @module
 */
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Shortcut } from "../pages/page.js";
import type { Lab } from "./lab.js";

const EVERYWHERE: readonly Shortcut[] = [
  { keys: "?", does: "this help" },
  { keys: "z / Z", does: "undo / redo" },
  { keys: "d", does: "dark or light" },
  { keys: "Esc", does: "close menus and this help" },
];

function Keys({ list }: { readonly list: readonly Shortcut[] }) {
  return (
    <dl class="keys">
      {list.map(({ keys, does }) => (
        <div key={keys}>
          <dt>
            {keys
              .split(" ")
              .map((key) => (key === "/" || key === "then" ? ` ${key} ` : <kbd key={key}>{key}</kbd>))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Help({ lab, open }: { readonly lab: Lab; readonly open: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = open.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  const page = lab.page.value;
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => {
        open.value = false;
      }}
    >
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
          close
        </button>
      </header>
      <h3>Everywhere</h3>
      <Keys
        list={[
          ...EVERYWHERE,
          ...lab.pages.map(({ letter, title }) => ({ keys: `g then ${letter}`, does: title })),
        ]}
      />
      {page.shortcuts.length > 0 && (
        <>
          <h3>{page.title}</h3>
          <Keys list={page.shortcuts} />
        </>
      )}
      <p class="muted">
        The address of the page holds everything that is set: copy it to come back, or to show somebody else.
      </p>
    </dialog>
  );
}
