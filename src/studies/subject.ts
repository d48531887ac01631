/**
 * What a study says its samples are.
 * @module
 */
import type { Dataset } from "../data/index.js";

/** `own` on the data set `ownData`, which the words are about; on others their name: `samples of fashion-mnist`. */
export function subjectOf({ name }: Pick<Dataset, "name">, ownData: string, own: string): string {
  return name === ownData ? own : `samples of ${name}`;
}
