/**
 * An error in the words of the package. Where it ends in a formula and carets that point at a part of it, these keep
 * their columns.
 * @module
 */

import { splitError } from "./split-error.js";

export function ErrorText({ text }: { readonly text: string }) {
  const { words, pointed } = splitError(text);
  return (
    <>
      {words}
      {pointed !== null && <span class="error-pointed">{pointed}</span>}
    </>
  );
}
