/**
 * Texts of the package with their symbols set as such.
 * @module
 */
import type { ComponentChildren } from "preact";
import { symbolsIn } from "./math-symbols.js";
import { Sym } from "./symbols.js";

export function MathText({ text }: { readonly text: string }) {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { at, end, symbol } of symbolsIn(text)) {
    parts.push(text.slice(from, at), <Sym key={at} of={symbol} />);
    from = end;
  }
  parts.push(text.slice(from));
  return <>{parts}</>;
}
