/**
 * The network as data: the JSON format as TypeScript types. `parseNetwork` checks unknown JSON
 * against it; the builders of `builders.ts` make the same data in code.
 *
 * Weights: h = sqrt(weightVariance / fanIn) W x + sqrt(biasVariance) b with W, b ~ N(0, 1) in the `ntk`
 * parameterization; W ~ N(0, weightVariance / fanIn), b ~ N(0, biasVariance) directly in `standard`.
 * biasVariance = 0 means that there is no bias parameter.
 * @module
 */

/** Where the scale of weights stands: in the forward pass (`ntk`), or in their law (`standard`). */
export type Parameterization = "ntk" | "standard";
/** What a window sees beyond the border of an image. */
export type Padding = "same" | "valid" | "circular";
/** How branches become one: sum, product or concatenation of channels. */
export type Merge = "sum" | "product" | "concat";

/** A dense layer with its variances. */
export interface DenseLayer {
  readonly kind: "dense";
  readonly units: number;
  /** sigma_w^2 >= 0, default 1 */
  readonly weightVariance?: number;
  /** sigma_b^2 >= 0, default 0 */
  readonly biasVariance?: number;
  readonly parameterization?: Parameterization;
}
/** A convolution with its window, stride, padding and variances. */
export interface ConvLayer {
  readonly kind: "conv";
  readonly channels: number;
  /** one side (1-D) or two (2-D) */
  readonly filter: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: Padding;
  readonly weightVariance?: number;
  readonly biasVariance?: number;
  readonly parameterization?: Parameterization;
}
/** An activation by name, with its parameters. */
export interface ActivationLayer {
  readonly kind: "activation";
  /** a name of the activation catalogue */
  readonly name: string;
  /** parameters of the activation, beside `name`: `slope`, `a`, `b`, `c`, `gamma`, `degree`, `coefficients`, `shift`, `expression` */
  readonly [parameter: string]: unknown;
}
/** Positions and channels as one vector. */
export interface FlattenLayer {
  readonly kind: "flatten";
}
/** Leaves everything as it is. */
export interface IdentityLayer {
  readonly kind: "identity";
}
/** Mean over all positions. */
export interface GlobalPoolLayer {
  readonly kind: "globalAvgPool" | "globalSumPool";
}
/** Mean or sum over windows of positions. */
export interface PoolLayer {
  readonly kind: "avgPool" | "sumPool";
  readonly window: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: Padding;
  readonly normalizeEdges?: boolean;
}
/** Finite networks only: a maximum of Gaussian units has no closed kernel. */
export interface MaxPoolLayer {
  readonly kind: "maxPool";
  readonly window: readonly number[];
  readonly strides?: readonly number[];
  /** added positions never win; default "valid" */
  readonly padding?: Padding;
}
/** Finite networks only. */
export interface ZeroPadLayer {
  readonly kind: "zeroPad";
  /** positions of zeros on both ends of each side */
  readonly margin: readonly number[];
}
/** Normalizes the mean square over the channels to 1. */
export interface LayerNormLayer {
  readonly kind: "layerNorm";
  /** axes counted as in [n, h, w, c]; default [-1], the channels */
  readonly axes?: readonly number[];
}
/**
 * Finite networks only. In training each channel is normalized by its mean and variance over the batch and all positions, in
 * evaluation by running ones; then multiplied by a scale and moved by a shift of its own, both trained.
 */
export interface BatchNormLayer {
  readonly kind: "batchNorm";
  /** added to variances, > 0; default 1e-5 */
  readonly epsilon?: number;
  /** share of a batch in the running mean and variance, in (0, 1]; default 0.1 */
  readonly momentum?: number;
}
/** Keeps each unit with probability `keepRate`, divided by it. */
export interface DropoutLayer {
  readonly kind: "dropout";
  /** probability that a unit is kept, in (0, 1] */
  readonly keepRate: number;
}
/** Layers one after another. */
export interface SerialLayer {
  readonly kind: "serial";
  readonly layers: readonly Layer[];
}
/** The same layers several times, with weights of their own. */
export interface RepeatLayer {
  readonly kind: "repeat";
  readonly times: number;
  readonly layers: readonly Layer[];
}
/** x + branch(x), or with a shortcut of its own. */
export interface ResidualLayer {
  readonly kind: "residual";
  readonly layers: readonly Layer[];
  /** empty or missing: identity */
  readonly shortcut?: readonly Layer[];
}
/** Branches side by side, merged by a sum, a product or along the channels. */
export interface ParallelLayer {
  readonly kind: "parallel";
  readonly branches: readonly (readonly Layer[])[];
  readonly merge: Merge;
  /** for concat, counted as in [n, h, w, c]; default -1 */
  readonly axis?: number;
}

/** Any layer of a network. */
export type Layer =
  | DenseLayer
  | ConvLayer
  | ActivationLayer
  | FlattenLayer
  | IdentityLayer
  | GlobalPoolLayer
  | PoolLayer
  | MaxPoolLayer
  | ZeroPadLayer
  | LayerNormLayer
  | BatchNormLayer
  | DropoutLayer
  | SerialLayer
  | RepeatLayer
  | ResidualLayer
  | ParallelLayer;

/** Names of layers in JSON. */
export type LayerKind = Layer["kind"];

/** A whole network. Plain JSON data: it can be stored, hashed and sent to a worker. */
export interface Network {
  /** version of the format */
  readonly foretrain: 1;
  /** shape of one sample, channels last; [d] for vectors */
  readonly input: readonly number[];
  /** default "ntk"; a layer may override it */
  readonly parameterization?: Parameterization;
  readonly layers: readonly Layer[];
}
