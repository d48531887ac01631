/**
 * Spectra and mean predictors of deep fully connected networks: rows B4, B5, B8 to B13, B16.
 * @module
 */

import type { CheckWork } from "../check-work.js";
import type { Check } from "../checks.js";
import { dropped, relu, residuals } from "./fcn-blocks.js";
import { chaotic, critical, criticalPair, ordered } from "./fcn-phases.js";

/** The rows by name; each group is a piece of work. */
export const FCN_GROUPS: Readonly<Record<string, (work: CheckWork) => Promise<Check[]>>> = {
  critical,
  "critical pair": criticalPair,
  chaotic,
  ordered,
  relu,
  dropout: dropped,
  residual: residuals,
};
