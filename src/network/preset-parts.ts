/**
 * What presets are made of: their parameters, and the layers that most of them have.
 * @module
 */
import { activationLayer, dense, flatten, input, repeat } from "./builders.js";
import type { Layer, Network, Parameterization } from "./spec.js";

/** What a preset can be told; every preset lists those that it takes. */
export interface PresetParameters {
  /** shape of one sample, channels last */
  readonly input: readonly number[];
  /** number of hidden layers, blocks per stage for `wrn` */
  readonly depth: number;
  /** units or channels of the hidden layers (times k for `wrn`) */
  readonly width: number;
  /** a name of the activation catalogue, or a formula of x */
  readonly activation: string;
  readonly weightVariance: number;
  readonly biasVariance: number;
  /** sigma_w^2 and sigma_b^2 of the last layer */
  readonly readoutWeightVariance: number;
  readonly readoutBiasVariance: number;
  readonly classes: number;
  readonly filter: readonly number[];
  /** units of the fully connected layers behind convolutions */
  readonly denseWidth: number;
  readonly parameterization: Parameterization;
}

export type PresetKey = keyof PresetParameters;

/** A preset: from its parameters to a network. */
export interface Preset {
  readonly name: string;
  readonly meaning: string;
  readonly defaults: Partial<PresetParameters>;
  /** variances that are left out are those of {@link criticalVariances} for the activation */
  readonly critical: boolean;
  readonly build: (p: PresetParameters) => Network;
}

export const act = (p: PresetParameters) => activationLayer(p.activation);
export const variances = (p: PresetParameters) => ({
  weightVariance: p.weightVariance,
  biasVariance: p.biasVariance,
});
export const head = (p: PresetParameters) =>
  dense(p.classes, { weightVariance: p.readoutWeightVariance, biasVariance: p.readoutBiasVariance });
export const from = (p: PresetParameters) => input(p.input, { parameterization: p.parameterization });
/** vectors from images; nothing for vectors */
export const vector = (p: PresetParameters): Layer[] => (p.input.length > 1 ? [flatten()] : []);
export const times = (count: number, ...layers: readonly Layer[]): Layer[] =>
  count > 1 ? [repeat(count, ...layers)] : count === 1 ? [...layers] : [];
export const square = (p: PresetParameters, side: number) => p.input.slice(0, -1).map(() => side);

// sigma_w^2 = 2 without bias keeps the variance of relu layers at every depth (chi_1 = 1, He initialization)
const RELU = { activation: "relu", weightVariance: 2, biasVariance: 0 } as const;
const READOUT = { readoutWeightVariance: 1, readoutBiasVariance: 0, classes: 10 } as const;
export const COMMON = { ...RELU, ...READOUT, parameterization: "ntk" } as const;
