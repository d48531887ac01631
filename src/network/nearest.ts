/**
 * Names that a misspelt name may have meant.
 * @module
 */

/** Number of single-letter insertions, deletions, replacements and swaps of neighbours between two words, ignoring case. */
function editDistance(a: string, b: string): number {
  const s = a.toLowerCase();
  const t = b.toLowerCase();
  let before: number[] = [];
  let previous = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const row = [i];
    for (let j = 1; j <= t.length; j++) {
      const same = s[i - 1] === t[j - 1];
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1);
      }
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[t.length]!;
}

/** Up to three of `names` that are close to `name` in spelling, closest first; empty when none is. */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const lower = name.toLowerCase();
  // a third of the letters may be wrong: `conv2d` finds `conv`, `rulu` finds `relu`, `transformer` finds nothing
  const allowed = Math.max(1, Math.floor(name.length / 3));
  return names
    .map((candidate) => {
      const inside =
        lower.length >= 3 &&
        (candidate.toLowerCase().includes(lower) ||
          (candidate.length >= 3 && lower.includes(candidate.toLowerCase())));
      return { candidate, distance: inside ? 0.5 : editDistance(name, candidate) };
    })
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** ` (did you mean "relu"?)`, or the whole list when nothing is near. */
export function suggestion(name: string, names: readonly string[]): string {
  const near = nearestNames(name, names);
  return near.length > 0
    ? `did you mean ${near.map((n) => `"${n}"`).join(" or ")}?`
    : `there are: ${names.join(", ")}`;
}
