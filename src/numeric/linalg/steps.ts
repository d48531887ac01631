/**
 * Long work cut in steps.
 * @module
 */

/** Progress of a piece of work: its share done in [0, 1]. Generators yield it at points where the work may stop. */
export type Steps<T> = Generator<number, T, void>;

/** Steps of a part of the work, as steps of the whole: its progress is mapped to [from, to]. */
export function* share<T>(steps: Steps<T>, from: number, to: number): Steps<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield from + (to - from) * step.value;
  }
}
