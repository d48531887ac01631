/**
 * Work of the main thread in slices: the page answers in between.
 * @module
 */

/** A frame has 16 ms; the browser needs some of them. */
const SLICE_MS = 8;

/** All pieces; each is made in one go, so that none should take long. */
export async function inSlices<T>(pieces: Iterable<T>): Promise<T[]> {
  const made: T[] = [];
  let until = performance.now() + SLICE_MS;
  for (const piece of pieces) {
    made.push(piece);
    if (performance.now() < until) continue;
    await new Promise((go) => setTimeout(go, 0));
    until = performance.now() + SLICE_MS;
  }
  return made;
}
