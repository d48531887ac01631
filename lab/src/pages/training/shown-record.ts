/**
 * Which step is shown: the one that was chosen, or the last of which all is known.
 * @module
 */
import { trainingFields } from "./fields.js";

/** Of the field: nobody chose a record. */
export const NOT_CHOSEN = trainingFields.record.initial;

/**
 * The record that is shown when nobody chose one: the last, and beside networks in training the last that one of them has come to:
 * numbers to compare stand there.
 * @param steps of the prediction
 * @param reached the last step that a trained network has come to; null: there is none
 */
export function lastKnown(steps: readonly number[], reached: number | null): number {
  const at = reached === null ? -1 : steps.findLastIndex((step) => step <= reached);
  return at < 0 ? Math.max(0, steps.length - 1) : at;
}

/** What the field holds to show this record. */
export function recordField(to: number, resting: number): number {
  return to === resting ? NOT_CHOSEN : to;
}
