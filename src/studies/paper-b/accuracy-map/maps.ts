/**
 * The accuracy maps of paper B as data.
 * @module
 */

import type { ScaleCurve } from "../depth-scales.js";

/** The maps as arrays over [times, depths, weight variances] or [depths, weight variances]. */
export interface AccuracyMaps {
  readonly weightVariance: readonly number[];
  readonly biasVariance: number;
  readonly depths: readonly number[];
  readonly times: readonly number[];
  /** [time][depth][weight variance] */
  readonly train: readonly (readonly (readonly number[])[])[];
  readonly test: readonly (readonly (readonly number[])[])[];
  /** [depth][weight variance]: of single networks at the last time */
  readonly network: readonly (readonly number[])[];
  readonly predictorNorm: readonly (readonly number[])[];
  /** xi_1 and xi_* of each weight variance; null where there is none */
  readonly xi1: readonly (number | null)[];
  readonly xiStar: readonly (number | null)[];
  /** the same over a fine grid */
  readonly curves: readonly ScaleCurve[];
  readonly phase: readonly ("ordered" | "critical" | "chaotic" | null)[];
  readonly chance: number;
  readonly testSamples: number;
  readonly networkSamples: number;
}
