/**
 * What one layer of a finite network is: a map of jets, and its transpose.
 * @module
 */
import type { Rng } from "../numeric/random.js";
import type { Jet } from "./jet.js";
import type { ParameterTensor } from "./parameters.js";
import type { Windows } from "./windows.js";

/** One pass over a batch. */
export interface Run {
  readonly samples: number;
  /** of the jets */
  readonly order: number;
  /** the flat vector of all parameters */
  readonly parameters: Jet;
  /** whether a backward pass follows; without it nothing is kept */
  readonly reverse: boolean;
  /** draws the masks of dropout, in training; null: evaluation, where dropout is the identity and batchNorm takes its running statistics */
  readonly masks: Rng | null;
  /** told the mean and variance of the batch by every batchNorm in training; null: nobody asks */
  readonly statistics: StatisticsVisitor | null;
}

/** A layer with weights: out = multiplier patches W + bias multiplier b, at every position. */
export interface Site {
  /** number of the site in the network */
  readonly index: number;
  /** [fan-in, channels] */
  readonly weight: ParameterTensor;
  /** [channels] */
  readonly bias: ParameterTensor | null;
  /** null: every position by itself */
  readonly windows: Windows | null;
  readonly fanIn: number;
  readonly channelsIn: number;
  readonly channels: number;
  /** of the output */
  readonly positions: number;
}

/** A batchNorm: y = scale (x - mean) / sqrt(variance + epsilon) + shift of every channel. */
export interface Norm {
  readonly scale: ParameterTensor;
  readonly shift: ParameterTensor;
  /** running statistics, behind each other in the vector */
  readonly mean: ParameterTensor;
  readonly variance: ParameterTensor;
  readonly epsilon: number;
  /** running <- (1 - momentum) running + momentum batch */
  readonly momentum: number;
  readonly channels: number;
  /** scale and shift of each channel as a layer of one unit by itself: what multiplies them is the normalized value */
  readonly sites: readonly Site[];
}

/** Gets mean and variance [channels] of a batch; the variance with n - 1, as the running one estimates that of all data. */
export type StatisticsVisitor = (norm: Norm, mean: Float64Array, variance: Float64Array) => void;

/**
 * Told by a backward pass at every site what the parameters multiplied, `patches` [samples positions, fan-in], and the
 * cotangent of the output, [samples positions, channels]. All of parameter space is there: gradients, Jacobians and
 * tangent kernels are contractions of the two.
 */
export type SiteVisitor = (site: Site, patches: Jet, cotangent: Jet) => void;

/** Cotangents of the inputs from that of the output; null for inputs that do not depend on parameters. */
export type Pullback = (cotangent: Jet, visit: SiteVisitor) => readonly (Jet | null)[];

export interface Applied {
  readonly output: Jet;
  /** null in runs without backward pass */
  readonly pullback: Pullback | null;
}

/**
 * A layer. `wanted[i]` tells whether the cotangent of input i is needed. Arrays are [samples, positions, channels].
 */
export type Operation = (inputs: readonly Jet[], run: Run, wanted: readonly boolean[]) => Applied;
