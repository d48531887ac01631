/**
 * The parameters of a finite network: one flat vector, and where each tensor lies in it.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Parameterization } from "../network/index.js";
import type { Law } from "../numeric/law.js";

/** Numbers of one layer, of one role. The network multiplies them by `multiplier`. */
export interface ParameterTensor {
  /** JSON path of the layer, with `#2`, `#3`, ... for the further copies in a `repeat` */
  readonly name: string;
  /** `scale` and `shift` are those of a batchNorm; `mean` and `variance` its running statistics, which no gradient moves */
  readonly role: "weight" | "bias" | "scale" | "shift" | "mean" | "variance";
  /** weight: [...filter, channels in, channels out], [units in, units out] for dense; all others: [channels] */
  readonly shape: readonly number[];
  /** index of its first element in the vector */
  readonly offset: number;
  readonly size: number;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly parameterization: Parameterization;
  /**
   * Without a scheme, ntk: sqrt(sigma_w^2 / fan-in) of a weight, sqrt(sigma_b^2) of a bias, for parameters ~ N(0, 1);
   * standard: 1, the parameters carry the variance themselves.
   */
  readonly multiplier: number;
  /** of each element at initialization; without a scheme N(0, 1) in `ntk`, N(0, sigma_w^2 / fan-in) or N(0, sigma_b^2) in `standard` */
  readonly law: Law;
  /** factor of the learning rate in training; 1 without a scheme */
  readonly learningRate: number;
}

/** A vector in the arithmetic of training. */
export type FloatArray = Float64Array | Float32Array;

/** What a value is, in a few words: vectors have too many numbers for a message. */
function kindOf(value: unknown): string {
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    return `${value.constructor.name} of ${(value as Float64Array).length} numbers`;
  }
  if (value === null || typeof value !== "object") return `${value}`.slice(0, 40);
  return Array.isArray((value as { readonly shape?: unknown }).shape)
    ? "an array with a shape"
    : `an object with ${Object.keys(value).slice(0, 4).join(", ") || "nothing in it"}`;
}

/**
 * A vector [parameterCount] in float64, as all derivatives of a finite network are computed: itself, or a float32 one, as trained
 * networks have, widened, which changes no number.
 * @throws ERR_SHAPE for anything else, or another length
 */
export function parametersOf(
  model: { readonly parameterCount: number },
  vector: FloatArray,
  where: string,
  argument = "parameters",
): Float64Array {
  const isVector = vector instanceof Float64Array || vector instanceof Float32Array;
  if (isVector && vector.length === model.parameterCount) {
    return vector instanceof Float64Array ? vector : Float64Array.from(vector);
  }
  const got = kindOf(vector);
  const wayOut = !isVector
    ? "give one flat vector, as initialParameters(model, { seed }), trainNetwork, parametersFromArrays and decodeCheckpoint have it"
    : "they are those of another network; take the model that they were made with";
  throw new ForetrainError(
    "ERR_SHAPE",
    `${where}: ${argument} is ${got}, expected a Float64Array or Float32Array of ${model.parameterCount} numbers, one for each parameter of the network; ${wayOut}`,
    { argument, got, expected: model.parameterCount },
  );
}
