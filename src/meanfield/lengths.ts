/**
 * The length map Q(q) = sigma_w^2 E_q[phi^2] + sigma_b^2, its trajectories and its fixed points (paper B, setup;
 * paper D, length map).
 * @module
 */
import { ForetrainError, isForetrainError } from "../errors.js";
import { findRoot, type Solved } from "../numeric/roots.js";
import {
  checkLayer,
  type HiddenLayer,
  isPositivelyHomogeneous,
  requireNonNegative,
  squaredSlopeAtZero,
} from "./layer.js";
import { isUnsettled, meanSquare, meanSquareSlope, settledOr } from "./moments.js";

/**
 * `Q(q) = sigma_w^2 E_q[phi^2] + sigma_b^2`: the pre-activation variance after one more hidden layer.
 * Theory notes B2.1, D1.1.
 *
 * @param q variance before, >= 0
 * @returns variance after, >= 0; Infinity where the expectation diverges. Relative error <= 1e-12.
 * @throws `ERR_DOMAIN` for a negative or NaN argument, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper B, setup; paper D, length map
 * @example
 * lengthMap({ activation: activation("relu"), weightVariance: 2, biasVariance: 0.1 }, 1) // 1.1
 */
export function lengthMap(layer: HiddenLayer, q: number): number {
  checkLayer("lengthMap", layer);
  requireNonNegative("lengthMap", "q", q);
  return lengthMapUnchecked(layer, q);
}

/** {@link lengthMap} for arguments that were checked before. */
export function lengthMapUnchecked(layer: HiddenLayer, q: number): number {
  // 0 * Infinity would be NaN: without weights the activation does not matter
  if (layer.weightVariance === 0) return layer.biasVariance;
  return layer.weightVariance * meanSquare(layer.activation, q) + layer.biasVariance;
}

/**
 * Variance after the first dense layer, `sigma_w^2 |x|^2 / n_0 + sigma_b^2`: the q that trajectories start from.
 * Inputs of unit mean square (paper D: x in {-1, 1}^N) give sigma_w^2 + sigma_b^2.
 * Theory notes D1.1.
 */
export function firstLength(
  { weightVariance, biasVariance }: Pick<HiddenLayer, "weightVariance" | "biasVariance">,
  meanSquare = 1,
): number {
  requireNonNegative("firstLength", "weightVariance", weightVariance);
  requireNonNegative("firstLength", "biasVariance", biasVariance);
  requireNonNegative("firstLength", "meanSquare", meanSquare);
  return weightVariance * meanSquare + biasVariance;
}

/**
 * The length map iterated: `[q0, Q(q0), Q(Q(q0)), ...]`, `depth` + 1 numbers.
 * With `q0 = firstLength(layer)` entry l is the paper's q_(l+1); a diverging trajectory ends in Infinity.
 * Theory notes D1.1.
 */
export function lengthTrajectory(layer: HiddenLayer, q0: number, depth: number): Float64Array {
  checkLayer("lengthTrajectory", layer);
  requireNonNegative("lengthTrajectory", "q0", q0);
  requireDepth("lengthTrajectory", depth);
  const q = new Float64Array(depth + 1);
  q[0] = q0;
  for (let l = 1; l <= depth; l++) {
    const before = q[l - 1]!;
    q[l] = before < Number.POSITIVE_INFINITY ? lengthMapUnchecked(layer, before) : before;
  }
  return q;
}

export function requireDepth(where: string, depth: number): void {
  if (!(Number.isSafeInteger(depth) && depth >= 0)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: depth is ${depth}, expected a whole number >= 0`, {
      argument: "depth",
      got: depth,
    });
  }
}

/**
 * How the search for q* ended:
 * - `converged`: the trajectory from the start ends at `value` (or, where `stable` is false, oscillates around it);
 * - `every-q`: Q(q) = q for every q (relu at sigma_w^2 = 2, sigma_b^2 = 0); `value` is the start;
 * - `diverges`: the trajectory from the start grows without bound, though a smaller start may not;
 * - `no-fixed-point`: trajectories from every start grow without bound;
 * - `max-iterations`: a bottleneck was not passed within the cap, or Q(q) - q is below the accuracy of the moments far
 *   out (softplus at sigma_w^2 = 2, sigma_b^2 = 0); `value` is where the search was;
 * - `unsettled`: the trajectory came to a variance, `value`, at which E_q[phi^2] could not be computed to its accuracy. Whether there
 *   is a fixed point is not known.
 */
export type LengthStatus =
  | "converged"
  | "every-q"
  | "diverges"
  | "no-fixed-point"
  | "max-iterations"
  | "unsettled";

/** A fixed point of the length map. `value` and `slope` are NaN where there is none. */
export interface LengthFixedPoint extends Solved<number, LengthStatus> {
  /** Q'(q*): deviations of q shrink by this factor per layer; NaN where it could not be computed to its accuracy */
  readonly slope: number;
  /** |Q'(q*)| < 1, or critical and attracting from the start's side */
  readonly stable: boolean;
}

/** Start of the search for q*. */
export interface LengthFixedPointOptions {
  /** q that the trajectory starts from, >= 0; default 1 (inputs of unit mean square, sigma_w^2 + sigma_b^2 near 1). */
  readonly start?: number;
}

/** A length map as the solver needs it; the phase diagram passes tabulated moments. */
export interface LengthFunction {
  readonly value: (q: number) => number;
  readonly slope: (q: number) => number;
  /** lim Q(q) / q for q -> 0 where Q(0+) = 0, else null */
  readonly ratioAtZero: number | null;
}

/** Bottlenecks (a fixed point that has just vanished) are passed in at most about pi / sqrt(gap) steps. */
const MAX_STEPS = 20_000;
/** A trajectory that still grows at this many times its scale (start and first step) is taken to grow for ever. */
const HUGE = 1e10;
/** Beyond this many times its scale a trajectory is followed in steps of at least a factor 2, or 4 where gaps are no longer resolved. */
const ASYMPTOTIC = 100;
/** Moments have this relative accuracy; */
const MOMENT_ACCURACY = 1e-13;
/** this far out a gap below it says nothing: the slope is 1 for all that can be told. */
const UNRESOLVED = 1e5;
/** Below this, with Q(q) < q all the way to 0, the trajectory is taken to end at 0. */
const VANISHING = 1e-10;
/** sigma_w^2 E_1[phi^2] rounds a few times; closer to 1 than this it is meant to be 1. */
const UNIT_SLOPE_TOLERANCE = 1e-14;

/**
 * The fixed point that the trajectory from `start` runs into, for a continuous Q >= 0. Moves by Newton steps where
 * they cannot run past a fixed point, by plain iteration otherwise; the first change of sign of Q(q) - q brackets it.
 *
 * @param divergesFrom trajectories that rise from here or beyond are known to grow without bound
 */
export function solveLength(
  map: LengthFunction,
  start: number,
  divergesFrom = Number.POSITIVE_INFINITY,
): LengthFixedPoint {
  try {
    return followLength(map, start, divergesFrom);
  } catch (error) {
    if (!isUnsettled(error)) throw error;
    const q = isForetrainError(error) ? error.details["q"] : null;
    return { ...none("unsettled", 0), value: typeof q === "number" ? q : Number.NaN };
  }
}

function followLength(map: LengthFunction, start: number, divergesFrom: number): LengthFixedPoint {
  let x = start;
  let iterations = 0;
  const first = map.value(start);
  const scale = Math.max(1, start, first < Number.POSITIVE_INFINITY ? first : 1);
  const huge = HUGE * scale;
  let next = first;
  for (; iterations < MAX_STEPS; iterations++) {
    const gap = next - x;
    if (x >= divergesFrom && gap > 0) return none("diverges", iterations + 1);
    if (!(next < huge) && gap > 0) {
      if (x < huge && next < Number.POSITIVE_INFINITY) {
        x = next;
        next = map.value(x);
        continue;
      }
      return none("diverges", iterations + 1);
    }
    if (Number.isNaN(gap)) return none("diverges", iterations + 1);
    if (x > UNRESOLVED * scale && Math.abs(gap) <= MOMENT_ACCURACY * x) break;
    if (Math.abs(gap) <= 2 * Number.EPSILON * x) return found(map, x, iterations + 1, Math.abs(gap));
    if (gap < 0 && x < VANISHING && map.ratioAtZero !== null && map.ratioAtZero <= 1) {
      return { value: 0, status: "converged", iterations, residual: 0, slope: map.ratioAtZero, stable: true };
    }
    let candidate = next;
    if (x > ASYMPTOTIC * scale) {
      // far out the map is nearly straight, and slopes from quadrature are no longer good enough for Newton
      const leap = x > UNRESOLVED * scale ? 4 : 2;
      candidate = gap > 0 ? Math.max(next, leap * x) : Math.min(next, x / leap);
    } else {
      const slope = settledOr(Number.NaN, () => map.slope(x));
      if (slope < 1) candidate = x + gap / (1 - slope);
      else if (slope >= 1 && gap > 0) candidate = Math.max(next, x * safeLeap(gap / x));
    }
    // long leaps could skip a pair of fixed points
    candidate = Math.min(Math.max(candidate, x / 4), Math.max(4 * x, next));
    if (!(candidate >= 0) || candidate === x) candidate = next;
    const after = map.value(candidate);
    const beyond = after - candidate;
    if (beyond !== 0 && gap > 0 !== beyond > 0) {
      const root = findRoot((q) => map.value(q) - q, Math.min(x, candidate), Math.max(x, candidate));
      return found(map, root.value, iterations + root.iterations, root.residual);
    }
    x = candidate;
    next = after;
  }
  return { ...none("max-iterations", iterations), value: x, residual: Math.abs(next - x) };
}

/** Longest leap in log q. */
const MOST_LEAP = 0.25;

/**
 * The factor of q within which a map that has Q(q) - q = gap q > 0 and Q' >= 1 meets no fixed point: with s = log q and f >= 0,
 * d^2/ds^2 E_q[f] >= -(3/4) E_q[f], because the density of q changes by (u^2 - 4u + 1) / 4 >= -3/4, u = x^2 / q. So
 * Q - q cannot fall below gap q cos(0.87 s) - (7/4) q (e^s - 1 - s), which is positive up to s^2 = 0.8 gap, s <= 1/4.
 */
function safeLeap(gap: number): number {
  return Math.exp(Math.min(MOST_LEAP, Math.sqrt(0.8 * gap)));
}

function found(map: LengthFunction, value: number, iterations: number, residual: number): LengthFixedPoint {
  const slope =
    value === 0 && map.ratioAtZero !== null ? map.ratioAtZero : settledOr(Number.NaN, () => map.slope(value));
  return { value, status: "converged", iterations, residual, slope, stable: Math.abs(slope) < 1 };
}

function none(status: LengthStatus, iterations: number): LengthFixedPoint {
  return {
    value: Number.NaN,
    status,
    iterations,
    residual: Number.NaN,
    slope: Number.NaN,
    stable: false,
  };
}

/**
 * The fixed point q* = Q(q*) that the trajectory from `start` reaches, with Q'(q*).
 *
 * Where several exist (exp has two, monomials have 0 and an unstable one) the start decides. Degree-1 homogeneous
 * activations are solved in closed form: q* = sigma_b^2 / (1 - sigma_w^2 E_1[phi^2]) below the critical line.
 * Theory notes B2.1.
 *
 * @returns `value` to a relative accuracy of about 1e-12 / |1 - Q'(q*)|; read `status` first
 * @throws `ERR_DOMAIN` for negative or NaN arguments, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper B, fixed points of the length map
 * @example
 * qStar({ activation: activation("erf"), weightVariance: 1.25, biasVariance: 0.05 }).value // 0.435166...
 */
export function qStar(layer: HiddenLayer, { start = 1 }: LengthFixedPointOptions = {}): LengthFixedPoint {
  checkLayer("qStar", layer);
  requireNonNegative("qStar", "start", start);
  return starBelow(layer, start, Number.POSITIVE_INFINITY);
}

/** {@link qStar} for checked arguments; moments are known not to be settled from `end` on. */
export function starBelow(layer: HiddenLayer, start: number, end: number): LengthFixedPoint {
  if (layer.weightVariance === 0) {
    return {
      value: layer.biasVariance,
      status: "converged",
      iterations: 0,
      residual: 0,
      slope: 0,
      stable: true,
    };
  }
  if (isPositivelyHomogeneous(layer.activation)) return homogeneousLength(layer, start);
  const map = lengthFunction(layer, end);
  const solution = solveLength(map, start);
  if (solution.status !== "diverges" || start === 0) {
    return solution.status === "diverges" ? { ...solution, status: "no-fixed-point" } : solution;
  }
  // past the start it goes the way that is known by now
  const least = solveLength(map, 0, start);
  return least.status === "diverges"
    ? { ...solution, status: "no-fixed-point", iterations: solution.iterations + least.iterations }
    : solution;
}

/** The length map of a layer as {@link solveLength} takes it. */
function lengthFunction(layer: HiddenLayer, end: number): LengthFunction {
  const { activation, weightVariance, biasVariance } = layer;
  const atZero = biasVariance === 0 ? squaredSlopeAtZero(activation) : null;
  return {
    value: (q) => {
      if (q < end) return lengthMapUnchecked(layer, q);
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `qStar: moments are not settled from q = ${end} on, got ${q}`,
        {
          argument: "q",
          got: q,
          q,
          status: "max-iterations",
        },
      );
    },
    slope: (q) => (weightVariance === 0 ? 0 : weightVariance * meanSquareSlope(activation, q)),
    ratioAtZero: atZero === null ? null : weightVariance === 0 ? 0 : weightVariance * atZero,
  };
}

function homogeneousLength(
  { activation, weightVariance, biasVariance }: HiddenLayer,
  start: number,
): LengthFixedPoint {
  const slope = weightVariance * meanSquare(activation, 1);
  const closed = { iterations: 0, residual: 0, slope };
  if (Math.abs(slope - 1) <= UNIT_SLOPE_TOLERANCE) {
    return biasVariance === 0
      ? { ...closed, value: start, status: "every-q", slope: 1, stable: true }
      : { ...none("no-fixed-point", 0), slope: 1 };
  }
  if (slope < 1) {
    return { ...closed, value: biasVariance / (1 - slope), status: "converged", stable: true };
  }
  if (biasVariance === 0 && start === 0) return { ...closed, value: 0, status: "converged", stable: false };
  return { ...none(biasVariance === 0 ? "diverges" : "no-fixed-point", 0), slope };
}
