/**
 * What every group of rows is given.
 * @module
 */
import type { LongWork } from "../progress.js";

export interface CheckWork extends Pick<LongWork, "signal"> {
  readonly seed: number;
  readonly threads?: number | undefined;
}
