/**
 * A command or another short text with a button that copies it.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

/** How long "copied" stands. */
const SAID_MS = 1600;

export interface CopyTextProps {
  readonly text: string;
  /** what it is, for those who do not see it */
  readonly label: string;
}

export function CopyText({ text, label }: CopyTextProps) {
  const code = useRef<HTMLElement>(null);
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "copied";
    } catch {
      // where the browser gives no clipboard the text is ready to be copied by hand
      getSelection()?.selectAllChildren(code.current!);
      said.value = "selected";
    }
    setTimeout(() => {
      said.value = "";
    }, SAID_MS);
  };
  return (
    <div class="copy-text">
      <code ref={code}>{text}</code>
      <button type="button" class="quiet" aria-label={`copy the ${label}`} onClick={() => void copy()}>
        {said.value || "copy"}
      </button>
      <span class="visually-hidden" role="status">
        {said.value}
      </span>
    </div>
  );
}
