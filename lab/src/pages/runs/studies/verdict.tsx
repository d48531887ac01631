/**
 * What became of a study, in words and with a sign: colour alone says nothing.
 * @module
 */
import { isBad, outcomeOf, outcomeText, type StudyEntry } from "./entries.js";

export function Verdict({ entry }: { readonly entry: StudyEntry }) {
  const outcome = outcomeOf(entry);
  const tone = outcome === "agrees" ? "good" : isBad(outcome) ? "bad" : "";
  return (
    <p class={`study-verdict ${tone}`} data-outcome={outcome}>
      {tone !== "" && <span aria-hidden="true">{tone === "good" ? "✓" : "✗"}</span>}
      {outcomeText(entry)}
    </p>
  );
}
