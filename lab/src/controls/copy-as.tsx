/**
 * What is on the page as code, as a command, as JSON, and as an address.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { CopyItem } from "./copy-item.js";
import { Menu } from "./menu.js";

/** How long "copied" stands. */
const SAID_MS = 1600;

export function CopyAs({ items }: { readonly items: readonly CopyItem[] }) {
  const said = useSignal<string | null>(null);
  // where the browser gives no clipboard the text can be copied by hand
  const byHand = useSignal<string | null>(null);
  const copy = async (item: CopyItem) => {
    const text = item.text();
    try {
      await navigator.clipboard.writeText(text);
      byHand.value = null;
      said.value = `${item.label} copied`;
      setTimeout(() => {
        said.value = null;
      }, SAID_MS);
    } catch {
      byHand.value = text;
    }
  };
  return (
    <div class="copy-as">
      <Menu
        label="copy as"
        items={items.map((item) => ({ id: item.id, label: item.label, run: () => void copy(item) }))}
      />
      <span class="said" role="status">
        {said.value}
      </span>
      {byHand.value !== null && (
        <div class="by-hand">
          <textarea readOnly rows={6} aria-label="text to copy" value={byHand.value} />
          <button
            type="button"
            class="quiet"
            onClick={() => {
              byHand.value = null;
            }}
          >
            close
          </button>
        </div>
      )}
    </div>
  );
}
