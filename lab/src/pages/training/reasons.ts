/**
 * What a verdict rests on, in the order in which it is wanted.
 * @module
 */

/** A list longer than this is folded. */
const MOST_SHOWN = 4;

/** Sentences at the end of a verification's details that are on chance: luck of the starts, and what so many networks can tell. */
const ON_CHANCE = 2;

/** Where the curves differ and why is shown; of a long list the end, on chance, is folded. */
export function splitReasons(details: readonly string[]): {
  readonly shown: readonly string[];
  readonly folded: readonly string[];
} {
  const end = details.length > MOST_SHOWN ? details.length - ON_CHANCE : details.length;
  return { shown: details.slice(0, end), folded: details.slice(end) };
}
