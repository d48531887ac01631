/**
 * Estimates in the notes of studies.
 * @module
 */
import type { Estimate } from "../numeric/statistics/index.js";

/** `0.541 ± 0.030`; without an error where there is none, in words where nothing was there to measure: never NaN. */
export function estimateText({ value, error }: Estimate): string {
  if (Number.isNaN(value)) return "(no number)";
  return `${value.toFixed(3)}${Number.isNaN(error) ? "" : ` ± ${error.toFixed(3)}`}`;
}
