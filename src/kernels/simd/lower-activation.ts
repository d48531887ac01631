/**
 * Which operation of the SIMD engine computes an activation, with which features and constants.
 * @module
 */
import type { Activation, PairMap } from "../../activations/index.js";
import { type Feature, halfTangent, inverseRoot, rootHalf } from "./feature-tables.js";
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
}

/** Slopes (a, b) of the activations a min(x, 0) + b max(x, 0) of the catalogue. */
function slopes({ name, parameters: p }: Activation): readonly [number, number] | null {
  switch (name) {
    case "relu":
      return [0, 1];
    case "leakyRelu":
      return [p["slope"] as number, 1];
    case "abs":
      return [-1, 1];
    case "abRelu":
      return [p["a"] as number, p["b"] as number];
    default:
      return null;
  }
}

/** Null where the engine has no form of this activation. */
export function lowerActivation(
  activation: Activation,
  _map: PairMap,
  { weight, tangentK }: Readout,
): LoweredActivation | null {
  if (activation.closedDual === null) return null; // a user's function may have any name
  const sides = slopes(activation);
  if (sides !== null) {
    const [a, b] = sides;
    const even = (a * a + b * b) / 2;
    const odd = (a - b) ** 2 / (2 * Math.PI);
    return {
      operation: "piecewiseLinear",
      features: [rootHalf, inverseRoot, halfTangent],
      constants: [weight * even, 2 * weight * odd, weight * odd, tangentK / weight],
    };
  }
  return null;
}
