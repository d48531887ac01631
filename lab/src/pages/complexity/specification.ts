/**
 * The experiment that the settings mean, in the words of the command line.
 * @module
 */
import type { TrainingChoice } from "./fields.js";

/** Samples on which informations are measured. */
export const TEST_SAMPLES = 4000;
/** Samples of a step. */
export const BATCH = 32;

/** The data as text: `disk?k=6&train=600&test=4000&seed=0`. */
export function dataText({ task, frequency, train, seed }: TrainingChoice): string {
  const dimensions = task === "sinusoid" ? "d=2&" : "";
  return `${task}?${dimensions}k=${frequency}&train=${train}&test=${TEST_SAMPLES}&seed=${seed}`;
}

/** The network as text, without what the data know. */
export function networkText({ depth, width, activation }: TrainingChoice): string {
  return `preset:fcn?depth=${depth}&width=${width}&activation=${activation}`;
}
