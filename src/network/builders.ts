/**
 * Networks in code. Every builder returns the same plain data as the JSON format, so that
 * `network(input([784]), dense(512, { weightVariance: 2 }), relu(), dense(10))` and the JSON are interchangeable.
 * @module
 */
import { isActivationExpression, type ParameterValue } from "../activations/index.js";
import { parseNetwork } from "./parse.js";
import type {
  ActivationLayer,
  BatchNormLayer,
  ConvLayer,
  DenseLayer,
  DropoutLayer,
  FlattenLayer,
  GlobalPoolLayer,
  IdentityLayer,
  Layer,
  LayerNormLayer,
  MaxPoolLayer,
  Merge,
  Network,
  ParallelLayer,
  Parameterization,
  PoolLayer,
  RepeatLayer,
  ResidualLayer,
  SerialLayer,
  ZeroPadLayer,
} from "./spec.js";

/** First argument of {@link network}: the shape of one sample and the default parameterization. */
export interface NetworkInput {
  readonly input: readonly number[];
  readonly parameterization?: Parameterization;
}

type Options<L, Positional extends keyof L> = Omit<L, "kind" | Positional>;

/** The input of a network: shape of one sample, channels last; `[d]` for vectors. */
export function input(
  shape: readonly number[],
  options: { readonly parameterization?: Parameterization } = {},
): NetworkInput {
  return { ...options, input: shape };
}

/**
 * A checked network from an input and layers.
 * @throws ERR_SPEC as `parseNetwork`
 */
export function network(from: NetworkInput, ...layers: readonly Layer[]): Network {
  return parseNetwork({ foretrain: 1, ...from, layers });
}

/** Fully connected layer. */
export function dense(units: number, options: Options<DenseLayer, "units"> = {}): DenseLayer {
  return { kind: "dense", units, ...options };
}

/** Convolution; `filter` has one side (1-D) or two (2-D). */
export function conv(
  channels: number,
  filter: readonly number[],
  options: Options<ConvLayer, "channels" | "filter"> = {},
): ConvLayer {
  return { kind: "conv", channels, filter, ...options };
}

/**
 * Activation by its catalogue name or as a formula (`activationLayer("x*tanh(x)")`), for names that come from data;
 * `relu()` and the others are shorter.
 */
export function activationLayer(
  name: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): ActivationLayer {
  if (isActivationExpression(name)) return { kind: "activation", name: "expression", expression: name };
  return { kind: "activation", name, ...parameters };
}

/** All axes of a sample become one. Theory notes B6.1. */
export function flatten(): FlattenLayer {
  return { kind: "flatten" };
}

/** Does nothing. */
export function identity(): IdentityLayer {
  return { kind: "identity" };
}

/** Mean over all positions of each channel. Theory notes B6.1. */
export function globalAvgPool(): GlobalPoolLayer {
  return { kind: "globalAvgPool" };
}

/** Sum over all positions of each channel. */
export function globalSumPool(): GlobalPoolLayer {
  return { kind: "globalSumPool" };
}

/** Mean over windows of each channel. */
export function avgPool(window: readonly number[], options: Options<PoolLayer, "window"> = {}): PoolLayer {
  return { kind: "avgPool", window, ...options };
}

/** Sum over windows of each channel. */
export function sumPool(window: readonly number[], options: Options<PoolLayer, "window"> = {}): PoolLayer {
  return { kind: "sumPool", window, ...options };
}

/** Largest value over windows of each channel. Finite networks only. */
export function maxPool(
  window: readonly number[],
  options: Options<MaxPoolLayer, "window"> = {},
): MaxPoolLayer {
  return { kind: "maxPool", window, ...options };
}

/** So many positions of zeros on both ends of each side. Finite networks only. */
export function zeroPad(margin: readonly number[]): ZeroPadLayer {
  return { kind: "zeroPad", margin };
}

/** Normalizes each sample over its channels, or over the given axes. */
export function layerNorm(axes?: readonly number[]): LayerNormLayer {
  return axes === undefined ? { kind: "layerNorm" } : { kind: "layerNorm", axes };
}

/** Normalizes each channel over the batch and all positions, with a scale and a shift of its own. Finite networks only. */
export function batchNorm(options: Options<BatchNormLayer, never> = {}): BatchNormLayer {
  return { kind: "batchNorm", ...options };
}

/** Keeps each unit with probability `keepRate`. Theory notes B6. */
export function dropout(keepRate: number): DropoutLayer {
  return { kind: "dropout", keepRate };
}

/** Layers one after another. */
export function serial(...layers: readonly Layer[]): SerialLayer {
  return { kind: "serial", layers };
}

/** The layers several times, each time with fresh weights. */
export function repeat(times: number, ...layers: readonly Layer[]): RepeatLayer {
  return { kind: "repeat", times, layers };
}

/** Sum of the layers' output and of the input. */
export function residual(...layers: readonly Layer[]): ResidualLayer {
  return { kind: "residual", layers };
}

/** Sum of the layers' output and of a shortcut with layers of its own. */
export function residualWithShortcut(layers: readonly Layer[], shortcut: readonly Layer[]): ResidualLayer {
  return { kind: "residual", layers, shortcut };
}

/** Branches with one common input; `axis` is for `concat`. */
export function parallel(
  merge: Merge,
  branches: readonly (readonly Layer[])[],
  options: { readonly axis?: number } = {},
): ParallelLayer {
  return { kind: "parallel", branches, merge, ...options };
}
