/**
 * Which operation of the SIMD engine computes an activation, with which features and constants.
 * @module
 */
import type { Activation, PairMap } from "../../activations/index.js";
import type { Precision } from "../kernel.js";
import { slopes } from "../kinks.js";
import type { SampleSides } from "../sample-state.js";
import type { LoweredActivation, Readout } from "./activation-form.js";
import { halfSlope, halfTangent, halfVariance, inverseRoot, rootHalf } from "./feature-tables.js";
import { lowerGraded } from "./lower-graded.js";
import { lowerMehler } from "./lower-mehler.js";
import { lowerSmooth } from "./lower-smooth.js";

function piecewiseLinear(a: number, b: number, { weight, tangentK }: Readout): LoweredActivation {
  const even = (a * a + b * b) / 2;
  const odd = (a - b) ** 2 / (2 * Math.PI);
  return {
    operation: "piecewiseLinear",
    features: [rootHalf, inverseRoot, halfTangent],
    constants: [weight * even, 2 * weight * odd, weight * odd, tangentK / weight],
  };
}

function errorFunction(a: number, b: number, map: PairMap, { weight, tangentK }: Readout): LoweredActivation {
  const scale = 2 * b * b;
  const height = (a * a * 2) / Math.PI;
  return {
    operation: "erf",
    features: [
      ({ q }, i) => Math.sqrt(0.5 * scale * q[i]!),
      ({ q }, i) => Math.sqrt(0.5 + scale * q[i]!),
      halfTangent,
      halfSlope(map),
    ],
    constants: [scale, weight * height, 2 * weight * height * b * b, weight, tangentK / weight],
    unit: scale,
  };
}

function gelu(map: PairMap, { weight, tangentK }: Readout): LoweredActivation {
  return {
    operation: "gelu",
    features: [
      rootHalf,
      ({ q }, i) => Math.sqrt(0.5 + q[i]!),
      ({ q }, i) => 0.5 / Math.sqrt(1 + 2 * q[i]!),
      ({ q }, i) => 0.5 * Math.atan2(q[i]!, Math.sqrt(1 + 2 * q[i]!)),
      ({ q }, i) => 1 / (1 + q[i]!),
      halfVariance,
      halfTangent,
      halfSlope(map),
    ],
    constants: [weight / (2 * Math.PI), weight, tangentK / weight],
    unit: 1,
  };
}

/** Null where the engine has no form of this activation. */
export function lowerActivation(
  activation: Activation,
  map: PairMap,
  states: SampleSides,
  readout: Readout,
  precision: Precision,
): LoweredActivation | null {
  // a user's function may have any name
  if (activation.closedDual === null) {
    return (
      lowerGraded(activation, map, states, readout, precision) ??
      lowerMehler(activation, map, states, readout, precision)
    );
  }
  const sides = slopes(activation);
  if (sides !== null) return piecewiseLinear(...sides, readout);
  const { name, parameters: p } = activation;
  switch (name) {
    case "erf":
      return errorFunction(p["a"] as number, p["b"] as number, map, readout);
    case "sigmoidLike":
      return errorFunction(0.5, 1 / 2.4020563531719796, map, readout);
    case "gelu":
      return gelu(map, readout);
    default:
      return lowerSmooth(activation, map, readout);
  }
}
