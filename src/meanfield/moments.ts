/**
 * Gaussian moments as the maps of this folder need them: numbers for every argument, Infinity where an expectation
 * diverges, so that a trajectory that blows up ends in a status and not in an exception.
 * @module
 */
import {
  type Activation,
  derivativeSecondMoment,
  isBeyondMoments,
  type PairMap,
  prepareDual,
  secondMoment,
  secondMomentSlope,
} from "../activations/index.js";
import { isForetrainError } from "../errors.js";

/** `otherwise` where an expectation diverges; other failures pass. */
function orElse(otherwise: number, compute: () => number): number {
  try {
    return compute();
  } catch (error) {
    // an expectation that is not settled, or anything else, is no divergence
    if (isForetrainError(error, "ERR_NUMERICAL") && error.details["status"] === "diverged") return otherwise;
    throw error;
  }
}

/**
 * True for the failure of an expectation that no method settles to the accuracy that is wanted, because phi oscillates or breaks too
 * often within a standard deviation: it says nothing about the value, neither that there is none nor that it is infinite.
 */
export function isUnsettled(error: unknown): boolean {
  return isForetrainError(error, "ERR_NUMERICAL") && error.details["status"] !== "diverged";
}

/** `otherwise` where an expectation is not settled. */
export function settledOr<T>(otherwise: T, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (isUnsettled(error)) return otherwise;
    throw error;
  }
}

/** True where phi' is not a function: phi jumps somewhere. */
export function jumps({ breakPoints }: Activation): boolean {
  return breakPoints.some(({ order }) => order === 0);
}

/** E_q[phi^2]; Infinity where it diverges. */
export function meanSquare(activation: Activation, q: number): number {
  if (isBeyondMoments(activation.growth, q)) return Number.POSITIVE_INFINITY;
  return orElse(Number.POSITIVE_INFINITY, () => secondMoment(activation, q));
}

/** d/dq E_q[phi^2]; NaN where it diverges or is not known. */
export function meanSquareSlope(activation: Activation, q: number): number {
  if (isBeyondMoments(activation.growth, q)) return Number.NaN;
  return orElse(Number.NaN, () => secondMomentSlope(activation, q));
}

/** E_q[phi'^2]; Infinity where it diverges, NaN where phi jumps. */
export function meanSquaredSlope(activation: Activation, q: number): number {
  if (jumps(activation)) return Number.NaN;
  if (isBeyondMoments(activation.growth, q)) return Number.POSITIVE_INFINITY;
  if (activation.derivative === null && activation.closedDual === null) {
    // a user's function without its derivative: the coefficients of phi know phi' too
    const out = new Float64Array(4);
    pairMoments(activation)(q, q, q, 0, out);
    return out[1]!;
  }
  return orElse(Number.POSITIVE_INFINITY, () => derivativeSecondMoment(activation, q));
}

/**
 * Writes `[T, Td, D]` for one pair: T = E[phi(u) phi(v)], Td = E[phi'(u) phi'(v)] (NaN or a delta's density where
 * phi jumps), D = E[(phi(u) - phi(v))^2] / 2, with E u^2 = q1, E v^2 = q2, E uv = k and d = (q1 + q2) / 2 - k given
 * by itself.
 */
export type PairMoments = (q1: number, q2: number, k: number, d: number, out: Float64Array) => void;

/** Evaluations of phi that the duals of one variance may take: about a second. Those of the catalogue take a tenth of it. */
export const PAIR_EFFORT = 1e7;

const known = new WeakMap<Activation, PairMoments>();

/** The pair moments of an activation; without a closed form the preparation for the last variances is kept. */
export function pairMoments(activation: Activation): PairMoments {
  let moments = known.get(activation);
  if (moments === undefined) {
    moments = makePairMoments(activation);
    known.set(activation, moments);
  }
  return moments;
}

function makePairMoments(activation: Activation): PairMoments {
  const { closedDual } = activation;
  if (closedDual !== null) return (q1, q2, k, d, out) => closedDual.pair(q1, q2, k, d, out);
  const derivative = !jumps(activation);
  let map: PairMap | null = null;
  let [last1, last2] = [Number.NaN, Number.NaN];
  return (q1, q2, k, d, out) => {
    if (map === null || q1 !== last1 || q2 !== last2) {
      const rows = Float64Array.of(q1);
      map = prepareDual(activation, rows, q1 === q2 ? rows : Float64Array.of(q2), {
        derivative,
        effort: PAIR_EFFORT,
      });
      [last1, last2] = [q1, q2];
    }
    map.pair(0, 0, k, d, out);
  };
}
