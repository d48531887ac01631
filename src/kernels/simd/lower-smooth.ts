/**
 * Operations, features and constants of the smooth activations and the step functions with a closed-form dual.
 * @module
 */
import type { Activation, ClosedDual, PairMap } from "../../activations/index.js";
import type { LoweredActivation, Readout } from "./activation-form.js";
import { type Feature, halfTangent, inverseRoot, rootHalf, weightedSlope } from "./feature-tables.js";
import { lowerPolynomial } from "./lower-polynomial.js";

/** weight E phi^2 / 2. */
const weightedSecond =
  (map: PairMap, weight: number): Feature =>
  (_, i, side) =>
    0.5 * weight * (side === "rows" ? map.rowSecond : map.colSecond)[i]!;

/** C = cos 2c with 1 + C and 1 - C of a sin(b x + c). */
interface Phase {
  readonly cosine: number;
  readonly onePlus: number;
  readonly oneMinus: number;
}

function wave(a: number, b: number, phase: Phase, map: PairMap, readout: Readout): LoweredActivation {
  const { weight, tangentK } = readout;
  const rate = b * b;
  const height = (weight * a * a) / 2;
  return {
    operation: "trigonometric",
    features: [
      ({ q }, i) => rate * q[i]!,
      ({ q }, i) => Math.SQRT1_2 * Math.expm1(-rate * q[i]!),
      halfTangent,
      weightedSlope(map, weight),
    ],
    constants: [rate, phase.onePlus, phase.oneMinus, phase.cosine, height, height * rate, tangentK / weight],
  };
}

function exponential(a: number, b: number, map: PairMap, { weight, tangentK }: Readout): LoweredActivation {
  const rate = b * b;
  return {
    operation: "exponential",
    features: [
      ({ q }, i) => Math.SQRT1_2 * Math.expm1(rate * q[i]!),
      halfTangent,
      weightedSlope(map, weight),
    ],
    constants: [rate, weight * a * a, tangentK / weight],
  };
}

/** s / sqrt(2), z - 1, 1 / (2 z) with z = sqrt(1 + slope q). */
function rootFeatures(slope: number): readonly Feature[] {
  return [
    rootHalf,
    ({ q }, i) => (slope * q[i]!) / (1 + Math.sqrt(1 + slope * q[i]!)),
    ({ q }, i) => 0.5 / Math.sqrt(1 + slope * q[i]!),
  ];
}

function gaussian(a: number, b: number, map: PairMap, { weight, tangentK }: Readout): LoweredActivation {
  return {
    operation: "gaussian",
    features: [...rootFeatures(-4 * b), halfTangent, weightedSlope(map, weight)],
    constants: [4 * b * b, weight * a * a, 4 * weight * a * a * b * b, tangentK / weight],
    unit: 4 * Math.abs(b),
  };
}

function gabor(map: PairMap, { weight, tangentK }: Readout): LoweredActivation {
  return {
    operation: "gabor",
    features: [...rootFeatures(4), halfTangent, weightedSlope(map, weight)],
    constants: [weight / 2, tangentK / weight],
    unit: 4,
  };
}

function expNormalized(
  gamma: number,
  shift: number,
  map: PairMap,
  { weight, tangentK }: Readout,
): LoweredActivation {
  const top = weight * Math.exp(gamma * (1 + shift));
  return {
    operation: "expNormalized",
    features: [rootHalf, inverseRoot, halfTangent, weightedSlope(map, weight)],
    constants: [gamma, top, gamma * top, tangentK / weight],
  };
}

function step(slope: number, map: PairMap, { weight }: Readout): LoweredActivation {
  return {
    operation: "step",
    features: [rootHalf, inverseRoot, weightedSecond(map, weight)],
    constants: [weight * slope],
  };
}

function rectifiedMonomial(
  n: number,
  { second, derivativeSecond }: ClosedDual,
  map: PairMap,
  { weight, tangentK }: Readout,
): LoweredActivation {
  const a = weightedSlope(map, weight);
  const p = weightedSecond(map, weight);
  return {
    operation: "rectifiedMonomial",
    features: [
      rootHalf,
      inverseRoot,
      (state, i, side) => Math.sqrt(p(state, i, side)),
      halfTangent,
      a,
      (state, i, side) => Math.sqrt(a(state, i, side)),
    ],
    constants: [1 / (Math.PI * second(1)), (n * n) / (Math.PI * derivativeSecond(1)), tangentK / weight],
    extra: [n, 0],
  };
}

/** Null where the activation is none of these. */
export function lowerSmooth(
  activation: Activation,
  map: PairMap,
  readout: Readout,
): LoweredActivation | null {
  const { name, parameters, closedDual } = activation;
  if (closedDual === null) return null; // a user's function may have any name
  const p = (key: string) => parameters[key] as number;
  switch (name) {
    case "sin":
    case "cos": {
      const sine2 = 2 * Math.sin(p("c")) ** 2;
      const cosine2 = 2 * Math.cos(p("c")) ** 2;
      const cosine = Math.cos(2 * p("c"));
      return wave(
        p("a"),
        p("b"),
        name === "sin"
          ? { cosine, onePlus: cosine2, oneMinus: sine2 }
          : { cosine: -cosine, onePlus: sine2, oneMinus: cosine2 },
        map,
        readout,
      );
    }
    case "rbf": {
      const phase = { cosine: 0, onePlus: 1, oneMinus: 1 };
      return wave(Math.SQRT2, Math.sqrt(2 * p("gamma")), phase, map, readout);
    }
    case "exp":
      return exponential(p("a"), p("b"), map, readout);
    case "gaussian":
      return gaussian(p("a"), p("b"), map, readout);
    case "gabor":
      return gabor(map, readout);
    case "expNormalized":
      return expNormalized(p("gamma"), p("shift"), map, readout);
    case "sign":
      return step(2 / Math.PI, map, readout);
    case "heaviside":
      return step(1 / (2 * Math.PI), map, readout);
    case "rectifiedMonomial":
      return p("degree") === 0
        ? step(1 / (2 * Math.PI), map, readout)
        : rectifiedMonomial(p("degree"), closedDual, map, readout);
    default:
      return lowerPolynomial(activation, map, readout);
  }
}
