/**
 * An activation as an operation of the SIMD engine.
 * @module
 */
import type { Feature } from "./feature-tables.js";
import type { Operation } from "./instructions.js";

/** The dense layer that follows: d' = weight D, g' = weight G + tangentK D. */
export interface Readout {
  readonly weight: number;
  readonly tangentK: number;
}

export interface LoweredActivation {
  readonly operation: Operation;
  /** of the state before the activation, both sides */
  readonly features: readonly Feature[];
  readonly constants: readonly number[];
  readonly extra?: readonly [number, number];
  /** factor of the variance in products of up to four variances, which must stay in the range of the numbers */
  readonly unit?: number;
}
