/**
 * What is trained around the largest learning rates, and what is found.
 * @module
 */
import { criticalLayer, type PaperLayer } from "../deep-network.js";
import type { RatesOfNetwork } from "./learning-rate-run.js";
import type { Architecture } from "./paper-networks.js";

const BIAS = 0.05;

/** An architecture in a phase. */
export interface RateCase {
  readonly id: string;
  readonly architecture: Architecture;
  readonly phase: string;
  readonly layer: PaperLayer;
}

export const RATE_CASES: readonly RateCase[] = [
  { id: "fcn", architecture: "FCN", phase: "critical", layer: criticalLayer("erf", BIAS) },
  {
    id: "fcn-chaotic",
    architecture: "FCN",
    phase: "chaotic",
    layer: { activation: "erf", weightVariance: 2.5, biasVariance: BIAS },
  },
  { id: "cnn-f", architecture: "CNN-F", phase: "critical", layer: criticalLayer("erf", BIAS) },
  { id: "cnn-p", architecture: "CNN-P", phase: "critical", layer: criticalLayer("erf", BIAS) },
];

/** Of each case, depth and network. */
export interface RateResults {
  readonly depths: readonly number[];
  readonly factors: readonly number[];
  readonly steps: number;
  /** accuracy of always answering the commonest label */
  readonly chance: number;
  /** [case][depth][network] */
  readonly rates: readonly (readonly (readonly RatesOfNetwork[])[])[];
}
