/**
 * Where in the plane of the two variances the order-to-chaos transition lies, and which weight variance keeps the
 * signal at unit scale.
 *
 * At a critical point chi_1 = 1 fixes sigma_w^2 = 1 / E_q*[phi'^2], and q* = Q(q*) then fixes
 * sigma_b^2 = q* - sigma_w^2 E_q*[phi^2]: the critical line is a curve with q* as its parameter, so that no fixed point
 * has to be followed while the weight variance is searched.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { findRoots, geometricNodes, type Solved } from "../numeric/roots.js";
import {
  type HiddenLayer,
  isPositivelyHomogeneous,
  requireLengthMap,
  requireNonNegative,
  squaredSlopeAtZero,
} from "./layer.js";
import { jumps, meanSquare, meanSquaredSlope, meanSquareSlope, settledOr } from "./moments.js";

/** A point of the critical line. */
export interface CriticalPoint {
  readonly weightVariance: number;
  readonly biasVariance: number;
  /** null for degree-1 homogeneous activations: there q is either every number or grows without bound */
  readonly qStar: number | null;
  /** Q'(q*) */
  readonly slope: number;
}

/**
 * `converged`; `no-solution`: no stable critical point with q* in the searched range; `not-defined`: phi' is not a
 * function, so that chi_1 does not exist.
 */
export type CriticalStatus = "converged" | "no-solution" | "not-defined" | "max-iterations";

/** The critical weight variance; `value` is NaN unless converged. */
export interface CriticalWeightVariance extends Solved<number, CriticalStatus> {
  /** the variance at the critical point, null where every q or none is a fixed point */
  readonly qStar: number | null;
  /** every stable critical point at this bias variance, smallest q* first; the first is `value` */
  readonly points: readonly CriticalPoint[];
  readonly note: string | null;
}

/** The searched q*: seven nodes per decade, far denser than the bends of any moment as a function of log q. */
const LEAST_Q = 1e-9;
const GREATEST_Q = 1e5;
const NODES = 96;
/** Relative error that moments may have: where the line stays this near to 0, relative to q, its signs are rounding. */
const LINE_NOISE = 1e-12;
/** Q' at the end of the critical line (q* -> 0) is 1 up to rounding. */
const SLOPE_TOLERANCE = 1e-9;

/**
 * The weight variance sigma_w^2 at which chi_1 = 1 for a given bias variance.
 *
 * Only stable fixed points count (|Q'(q*)| < 1), since no trajectory settles on others. With several, `value` is the
 * one with the smallest q* and `points` has all.
 * Theory notes B2.2.
 *
 * @returns relative error about 1e-12 without biases and from sigma_b^2 of about 1e-10 on; in between q* is so small that
 *   it is known less well, and the error grows up to 1e-8. Read `status` first
 * @throws `ERR_DOMAIN` for a negative or NaN bias variance, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper B, fixed points; for erf the curve is closed, sigma_b^2 = q* - (2 sigma_w^2 / pi) asin(2 q* / (1 + 2 q*))
 * @example
 * criticalWeightVariance(activation("tanh"), 0.05).value // 1.760955...
 */
export function criticalWeightVariance(activation: Activation, biasVariance: number): CriticalWeightVariance {
  requireLengthMap("criticalWeightVariance", activation);
  requireNonNegative("criticalWeightVariance", "biasVariance", biasVariance);
  if (jumps(activation)) {
    return none(
      "not-defined",
      0,
      `${activation.label} jumps: chi_1 is infinite at every weight variance > 0`,
    );
  }
  if (isPositivelyHomogeneous(activation)) return homogeneousCritical(activation, biasVariance);

  const points: CriticalPoint[] = [];
  let iterations = 0;
  let residual = 0;
  const origin = biasVariance === 0 ? originOfLine(activation) : null;
  if (origin !== null) points.push(origin);
  const { values, end } = scan(activation);
  const roots = findRoots((q) => (values.get(q) ?? settledBiasAt(activation, q)) - biasVariance, scanNodes());
  for (const root of roots) {
    iterations += root.iterations;
    // a jump over the wanted bias variance (a pole of 1 / E[phi'^2]) changes sign as well, but is no solution
    if (root.status !== "converged" || !(root.residual <= 1e-6 * Math.max(biasVariance, root.value)))
      continue;
    if (biasVariance === 0 && !leavesZero(activation, root.value)) continue;
    const point = criticalPointAt(activation, root.value);
    if (Math.abs(point.slope) < 1) {
      points.push({ ...point, biasVariance });
      residual = Math.max(residual, root.residual);
    }
  }
  const first = points[0];
  if (first === undefined) {
    return none(
      "no-solution",
      iterations,
      `no stable fixed point with chi_1 = 1 at sigma_b^2 = ${biasVariance} (q* searched from ${LEAST_Q} to ${end}${end < GREATEST_Q ? ", beyond which the moments are not settled" : ""})`,
    );
  }
  return {
    value: first.weightVariance,
    status: "converged",
    iterations,
    residual,
    qStar: first.qStar,
    points,
    note: null,
  };
}

function none(status: CriticalStatus, iterations: number, note: string): CriticalWeightVariance {
  return {
    value: Number.NaN,
    status,
    iterations,
    residual: Number.NaN,
    qStar: null,
    points: [],
    note,
  };
}

let nodes: Float64Array | null = null;

function scanNodes(): Float64Array {
  nodes ??= geometricNodes(LEAST_Q, GREATEST_Q, NODES);
  return nodes;
}

/** sigma_b^2 of the critical point with fixed point q. */
function biasAt(activation: Activation, q: number): number {
  return q - meanSquare(activation, q) / meanSquaredSlope(activation, q);
}

/** False near q = 0 of a line that starts there like q^3: rounding then changes the sign of {@link biasAt} at will. */
function leavesZero(activation: Activation, q: number): boolean {
  return [0.8 * q, 1.25 * q].some((x) => Math.abs(biasAt(activation, x)) > LINE_NOISE * x);
}

/** {@link biasAt}, NaN where a moment is not settled. */
const settledBiasAt = (activation: Activation, q: number) =>
  settledOr(Number.NaN, () => biasAt(activation, q));

interface Scan {
  readonly values: ReadonlyMap<number, number>;
  /** the last q of the search: from the first moment on that is not settled none is tried */
  readonly end: number;
}

/** {@link biasAt} at the scanned nodes, which every bias variance asks for again. */
const scanned = new WeakMap<Activation, Scan>();

function scan(activation: Activation): Scan {
  let known = scanned.get(activation);
  if (known === undefined) {
    const values = new Map<number, number>();
    let end = GREATEST_Q;
    let last = LEAST_Q;
    for (const q of scanNodes()) {
      const value = end < GREATEST_Q ? null : settledOr(null, () => biasAt(activation, q));
      if (value === null) end = Math.min(end, last);
      else last = q;
      values.set(q, value ?? Number.NaN);
    }
    known = { values, end: Number(end.toPrecision(3)) };
    scanned.set(activation, known);
  }
  return known;
}

/**
 * Whether {@link criticalWeightVariance} could find a critical point of this bias variance whose q* is outside [least, greatest]: true
 * where the line crosses it between scanned nodes there, or is not known at one of them.
 */
export function mayCrossOutside(
  activation: Activation,
  biasVariance: number,
  least: number,
  greatest: number,
): boolean {
  const { values } = scan(activation);
  let before: number | null = null;
  let wasOutside = false;
  for (const q of scanNodes()) {
    const value = values.get(q)! - biasVariance;
    const outside = q < least || q > greatest;
    if (!Number.isFinite(value)) {
      if (outside) return true;
      before = null;
      continue;
    }
    if (before !== null && (outside || wasOutside) && !(value < 0 === before < 0 && value !== 0)) return true;
    before = value;
    wasOutside = outside;
  }
  return false;
}

/**
 * The critical point whose fixed point is `q`: `sigma_w^2 = 1 / E_q[phi'^2]`, `sigma_b^2 = q - sigma_w^2 E_q[phi^2]`.
 * Its bias variance may come out negative: then no network has this q* at criticality.
 */
export function criticalPointAt(activation: Activation, q: number): CriticalPoint {
  requireLengthMap("criticalPointAt", activation);
  if (!(q > 0 && q < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError("ERR_DOMAIN", `criticalPointAt: q is ${q}, expected a finite number > 0`, {
      argument: "q",
      got: q,
    });
  }
  const weightVariance = 1 / meanSquaredSlope(activation, q);
  return {
    weightVariance,
    biasVariance: q - weightVariance * meanSquare(activation, q),
    qStar: q,
    slope: weightVariance * meanSquareSlope(activation, q),
  };
}

/** The critical point with q* = 0 and no bias: sigma_w^2 phi'(0)^2 = 1, where it attracts. */
export function originOfLine(activation: Activation): CriticalPoint | null {
  const squaredSlope = squaredSlopeAtZero(activation);
  if (squaredSlope === null || !(squaredSlope > 0 && squaredSlope < Number.POSITIVE_INFINITY)) return null;
  const weightVariance = 1 / squaredSlope;
  // the slope of Q is exactly 1 there: the next order decides whether trajectories fall into 0
  const probe = 1e-3;
  const attracts = weightVariance * meanSquare(activation, probe) < probe;
  return attracts ? { weightVariance, biasVariance: 0, qStar: 0, slope: 1 } : null;
}

function homogeneousCritical(activation: Activation, biasVariance: number): CriticalWeightVariance {
  const weightVariance = 1 / meanSquare(activation, 1);
  return {
    value: weightVariance,
    status: "converged",
    iterations: 0,
    residual: 0,
    qStar: null,
    points: [{ weightVariance, biasVariance, qStar: null, slope: 1 }],
    note:
      biasVariance === 0
        ? `${activation.label} is critical there at every q: the variance is kept as it is`
        : `${activation.label} has chi_1 = 1 there, but q grows by sigma_b^2 = ${biasVariance} per layer`,
  };
}

/** Part of the plane, both ends included. */
export interface CriticalLineRange {
  /** bias variances of the points, in any order */
  readonly biasVariance: ArrayLike<number>;
  /** points with a weight variance outside are left out; default: none are */
  readonly weightVariance?: readonly [lower: number, upper: number];
}

/**
 * The critical line as points, one per bias variance where there is one (the stable one with the smallest q*).
 * Empty where chi_1 does not exist.
 */
export function criticalLine(activation: Activation, range: CriticalLineRange): CriticalPoint[] {
  const [lower, upper] = range.weightVariance ?? [0, Number.POSITIVE_INFINITY];
  const line: CriticalPoint[] = [];
  for (let i = 0; i < range.biasVariance.length; i++) {
    const point = criticalWeightVariance(activation, range.biasVariance[i]!).points[0];
    if (point !== undefined && point.weightVariance >= lower && point.weightVariance <= upper)
      line.push(point);
  }
  return line;
}

/** What would make a layer critical. */
export interface NearestCritical {
  /** sigma_w^2 at the same sigma_b^2; null where there is none */
  readonly weightVariance: number | null;
  /** the step to it, `weightVariance` minus the layer's */
  readonly change: number | null;
  /** the nearest sigma_b^2 that is critical at the layer's own sigma_w^2; null where there is none */
  readonly biasVariance: number | null;
  readonly note: string | null;
}

/** The nearest critical weight variance at the layer's own bias variance, and the other way round. */
export function nearestCritical(layer: HiddenLayer): NearestCritical {
  requireNonNegative("nearestCritical", "weightVariance", layer.weightVariance);
  const { value, note } = nearestWeightVariance(layer);
  return {
    weightVariance: value,
    change: value === null ? null : value - layer.weightVariance,
    biasVariance: criticalBiasVariance(layer),
    note,
  };
}

/** {@link nearestCritical} without the bias variance. */
export function nearestWeightVariance(layer: HiddenLayer): { value: number | null; note: string | null } {
  const { points, note } = criticalWeightVariance(layer.activation, layer.biasVariance);
  let best: number | null = null;
  for (const { weightVariance } of points) {
    if (
      best === null ||
      Math.abs(weightVariance - layer.weightVariance) < Math.abs(best - layer.weightVariance)
    ) {
      best = weightVariance;
    }
  }
  return { value: best, note };
}

/** sigma_b^2 >= 0 next to the layer's own at which its sigma_w^2 is critical; null where there is none. */
function criticalBiasVariance({ activation, weightVariance, biasVariance }: HiddenLayer): number | null {
  if (jumps(activation) || isPositivelyHomogeneous(activation) || weightVariance === 0) return null;
  let best: number | null = null;
  const { end } = scan(activation);
  const distance = (q: number) =>
    q > end ? Number.NaN : settledOr(Number.NaN, () => weightVariance * meanSquaredSlope(activation, q) - 1);
  for (const root of findRoots(distance, scanNodes())) {
    if (root.status !== "converged" || !(root.residual <= 1e-9)) continue;
    const { biasVariance: there, slope } = criticalPointAt(activation, root.value);
    if (!(there >= 0 && Math.abs(slope) < 1)) continue;
    if (best === null || Math.abs(there - biasVariance) < Math.abs(best - biasVariance)) best = there;
  }
  return best;
}

/** The weight variance that keeps q = 1. */
export interface UnitScale {
  readonly weightVariance: number;
  /** Q'(1): |slope| < 1 pulls deviations back, 1 keeps them (homogeneous activations), > 1 blows them up */
  readonly slope: number;
  readonly stable: boolean;
}

/**
 * The weight variance of hidden layers that keeps the pre-activation variance at 1:
 * `sigma_w^2 = (1 - sigma_b^2) / E[phi(z)^2]`. The first dense layer, which sees the input itself, then needs
 * sigma_w^2 = 1 - sigma_b^2 for inputs of unit mean square.
 * Theory notes D4.1.
 *
 * @param biasVariance in [0, 1]
 * @throws `ERR_DOMAIN` outside it or where E[phi(z)^2] is 0 or infinite
 * @see paper D, maintaining unit scale
 * @example
 * unitScaleWeightVariance(activation("tanh")).weightVariance // 2.536175... = 1.59253742^2
 */
export function unitScaleWeightVariance(activation: Activation, biasVariance = 0): UnitScale {
  requireLengthMap("unitScaleWeightVariance", activation);
  if (!(biasVariance >= 0 && biasVariance <= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `unitScaleWeightVariance: biasVariance is ${biasVariance}, expected a number in [0, 1]: biases alone must not exceed unit scale`,
      { argument: "biasVariance", got: biasVariance },
    );
  }
  const second = meanSquare(activation, 1);
  if (!(second > 0 && second < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `unitScaleWeightVariance: E[phi(z)^2] of ${activation.label} is ${second}, expected a finite number > 0`,
      { argument: "activation", got: activation.label },
    );
  }
  const weightVariance = (1 - biasVariance) / second;
  const slope = weightVariance === 0 ? 0 : weightVariance * meanSquareSlope(activation, 1);
  return { weightVariance, slope, stable: Math.abs(slope) < 1 - SLOPE_TOLERANCE };
}
