/**
 * The correlation map of a wide random network, its slope chi and its stable fixed point (paper B, setup and fixed
 * points). Everything is carried as the deficit 1 - c: a difference of two large numbers would lose all digits
 * after some tens of ordered layers.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { findRoot, type Solved } from "../numeric/roots.js";
import { checkLayer, type HiddenLayer, isPositivelyHomogeneous, requireNonNegative } from "./layer.js";
import { lengthMapUnchecked, requireDepth } from "./lengths.js";
import { isUnsettled, jumps, meanSquaredSlope, type PairMoments, pairMoments } from "./moments.js";

/**
 * Correlation of two inputs of variance `q` after one more hidden layer:
 * `C(c) = (sigma_w^2 E[phi(u) phi(v)] + sigma_b^2) / Q(q)`, with u, v of variance q and correlation c.
 * At q = q* this is the paper's correlation map; C(1) = 1 at every q.
 * Theory notes B2.2.
 *
 * @param c correlation before, in [-1, 1]
 * @param q variance of both before, > 0
 * @throws `ERR_DOMAIN` for c outside [-1, 1] or q <= 0, `ERR_NUMERICAL` where Q(q) is 0 or infinite
 * @see paper B, setup
 * @example
 * correlationMap({ activation: activation("relu"), weightVariance: 2, biasVariance: 0 }, 0, 1) // 1 / pi
 */
export function correlationMap(layer: HiddenLayer, c: number, q: number): number {
  checkCorrelation("correlationMap", c);
  return 1 - correlationDeficitMap(layer, 1 - c, q);
}

/**
 * {@link correlationMap} for the deficit: 1 - C(1 - deficit) = sigma_w^2 E[(phi(u) - phi(v))^2] / (2 Q(q)),
 * with the relative accuracy of the expectation however small the deficit is.
 */
export function correlationDeficitMap(layer: HiddenLayer, deficit: number, q: number): number {
  checkLayer("correlationMap", layer);
  checkDeficit("correlationMap", deficit);
  checkVariance("correlationMap", q);
  const after = lengthMapUnchecked(layer, q);
  if (!(after > 0 && after < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `correlationMap: the variance after the layer is ${after} at q = ${q}, so a correlation does not exist; expected a finite number > 0`,
      { argument: "q", got: q },
    );
  }
  if (layer.weightVariance === 0) return 0;
  return (layer.weightVariance * atEqualLengths(pairMoments(layer.activation), q, deficit)[2]!) / after;
}

/**
 * `chi_c(q) = sigma_w^2 E[phi'(u) phi'(v)]`, u, v of variance q and correlation c: the factor by which gradients of
 * two inputs are passed on, and at q = q* the slope C'(c).
 * Theory notes B2.2.
 *
 * @throws `ERR_UNAVAILABLE` where phi' is not a function (sign, heaviside)
 */
export function chi(layer: HiddenLayer, c: number, q: number): number {
  checkLayer("chi", layer);
  checkCorrelation("chi", c);
  requireNonNegative("chi", "q", q);
  requireDerivative("chi", layer);
  if (layer.weightVariance === 0) return 0;
  if (c === 1 || q === 0) return layer.weightVariance * meanSquaredSlope(layer.activation, q);
  return layer.weightVariance * atEqualLengths(pairMoments(layer.activation), q, 1 - c)[1]!;
}

/**
 * `chi_1(q) = sigma_w^2 E_q[phi'^2]`: the slope of the correlation map at c = 1 and the mean squared gain of
 * gradients per layer. At q*: < 1 ordered, 1 critical, > 1 chaotic.
 * Theory notes B2.2.
 *
 * @throws `ERR_UNAVAILABLE` where phi' is not a function (sign, heaviside)
 * @see paper B, setup
 */
export function chi1(layer: HiddenLayer, q: number): number {
  return chi(layer, 1, q);
}

function requireDerivative(where: string, { activation }: HiddenLayer): void {
  if (jumps(activation)) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: ${activation.label} jumps, so phi' is not a function and chi is infinite at c = 1. ` +
        "The length map and the correlation map are available",
      { argument: "activation", got: activation.label },
    );
  }
}

function checkCorrelation(where: string, c: number): void {
  if (!(c >= -1 && c <= 1)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: c is ${c}, expected a correlation in [-1, 1]`, {
      argument: "c",
      got: c,
    });
  }
}

function checkDeficit(where: string, deficit: number): void {
  if (!(deficit >= 0 && deficit <= 2)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: deficit is ${deficit}, expected 1 - c in [0, 2]`, {
      argument: "deficit",
      got: deficit,
    });
  }
}

function checkVariance(where: string, q: number): void {
  if (!(q > 0 && q < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: q is ${q}, expected a finite variance > 0`, {
      argument: "q",
      got: q,
    });
  }
}

const scratch = new Float64Array(4);

/** [T, Td, D] of two variables of variance q and correlation 1 - deficit; the array is reused by the next call. */
function atEqualLengths(pair: PairMoments, q: number, deficit: number): Float64Array {
  pair(q, q, q * (1 - deficit), q * deficit, scratch);
  return scratch;
}

/** The starting point of a pair of inputs: variances, and the correlation or its deficit. */
export interface PairStart {
  readonly q1: number;
  /** default q1 */
  readonly q2?: number;
  /** correlation in [-1, 1]; give this or `deficit` */
  readonly c?: number;
  /** 1 - c in [0, 2], for pairs closer than doubles near 1 can tell */
  readonly deficit?: number;
}

/** Variances and correlation of a pair, layer by layer; entry 0 is the start. */
export interface PairTrajectory {
  readonly q1: Float64Array;
  readonly q2: Float64Array;
  readonly c: Float64Array;
  /** 1 - c with its own relative accuracy */
  readonly deficit: Float64Array;
}

/**
 * Both variances and the correlation of a pair of inputs through `layers` in order (pass an array of one layer and
 * `depth` to repeat it). Entries are NaN once a variance is 0 or infinite: then there is no correlation.
 *
 * @see paper B, setup
 */
export function correlationTrajectory(
  layers: HiddenLayer | readonly HiddenLayer[],
  { q1: start1, q2: start2 = start1, c, deficit: startDeficit }: PairStart,
  depth?: number,
): PairTrajectory {
  const list = isList(layers) ? layers : [layers];
  const count = depth ?? list.length;
  requireDepth("correlationTrajectory", count);
  for (const layer of list) checkLayer("correlationTrajectory", layer);
  checkVariance("correlationTrajectory", start1);
  checkVariance("correlationTrajectory", start2);
  if ((c === undefined) === (startDeficit === undefined)) {
    throw new ForetrainError("ERR_DOMAIN", "correlationTrajectory: give one of c and deficit", {
      argument: "c",
    });
  }
  if (c !== undefined) checkCorrelation("correlationTrajectory", c);
  const first = startDeficit ?? 1 - c!;
  checkDeficit("correlationTrajectory", first);
  if (count > 0 && list.length === 0) {
    throw new ForetrainError("ERR_DOMAIN", `correlationTrajectory: no layer for a depth of ${count}`, {
      argument: "layers",
    });
  }

  const q1 = new Float64Array(count + 1);
  const q2 = new Float64Array(count + 1);
  const deficit = new Float64Array(count + 1);
  const moments = list.map(({ activation }) => pairMoments(activation));
  [q1[0], q2[0], deficit[0]] = [start1, start2, first];
  const out = new Float64Array(4);
  // half the mean squared distance of the two pre-activations: no term of it cancels when the inputs are close
  let distance = Math.sqrt(start1 * start2) * first + halfSquaredRootGap(start1, start2);
  for (let l = 1; l <= count; l++) {
    const layer = list[(l - 1) % list.length]!;
    const [a, b] = [q1[l - 1]!, q2[l - 1]!];
    const [nextA, nextB] = [lengthMapUnchecked(layer, a), a === b ? 0 : lengthMapUnchecked(layer, b)];
    q1[l] = nextA;
    q2[l] = a === b ? nextA : nextB;
    if (layer.weightVariance === 0) {
      distance = 0;
    } else {
      moments[(l - 1) % list.length]!(a, b, (a + b) / 2 - distance, distance, out);
      distance = layer.weightVariance * out[2]!;
    }
    const root = Math.sqrt(q1[l]! * q2[l]!);
    const next = (distance - halfSquaredRootGap(q1[l]!, q2[l]!)) / root;
    deficit[l] = root > 0 && root < Number.POSITIVE_INFINITY ? Math.min(2, Math.max(0, next)) : Number.NaN;
    if (Number.isNaN(deficit[l]!)) {
      q1.fill(q1[l]!, l + 1);
      q2.fill(q2[l]!, l + 1);
      deficit.fill(Number.NaN, l + 1);
      break;
    }
  }
  return { q1, q2, c: deficit.map((d) => 1 - d), deficit };
}

function isList(layers: HiddenLayer | readonly HiddenLayer[]): layers is readonly HiddenLayer[] {
  return Array.isArray(layers);
}

/** (sqrt a - sqrt b)^2 / 2 */
function halfSquaredRootGap(a: number, b: number): number {
  if (a === b) return 0;
  const gap = (a - b) / (Math.sqrt(a) + Math.sqrt(b));
  return (gap * gap) / 2;
}

/**
 * How the search for c* ended: `converged`; `every-c` (C(c) = c for all c: linear networks); `undefined` (there is no
 * variance to be correlated, q* = 0 or infinite); `max-iterations`; `unsettled` (an expectation could not be computed to its
 * accuracy: the numbers are NaN, and nothing is said about a fixed point).
 */
export type CorrelationStatus = "converged" | "every-c" | "undefined" | "max-iterations" | "unsettled";

/** The stable fixed point of the correlation map. */
export interface CorrelationFixedPoint extends Solved<number, CorrelationStatus> {
  /** 1 - c* with its own relative accuracy */
  readonly deficit: number;
  /** C'(c*); NaN where it could not be had */
  readonly slope: number;
}

/** Newton converges quadratically off criticality and halves the error at it; 200 halvings exhaust a double. */
const NEWTON_MAX = 200;
/** A slope this close to 1 cannot be told from 1 by moments of relative accuracy 1e-12. */
const SLOPE_TOLERANCE = 1e-12;

/** Left end of the bracket for a deficit; slopes within rounding of 1 put the fixed point no nearer to c = 1. */
const LEAST_DEFICIT = 1e-60;

/**
 * The stable fixed point c* = C(c*) of the correlation map at variance `q` (take q*).
 *
 * C is a power series in c with coefficients >= 0 (paper B's maps are Gaussian expectations of products), so it is
 * convex on [0, 1] and |C(-c)| <= C(c): besides 1 (and -1 for odd phi without biases) there is at most one fixed
 * point, it lies in [0, 1), exists exactly when C'(1) > 1, and then attracts every start. Newton's iteration from
 * c = 0 runs up to it without ever passing it, also for maps that are not monotone on [-1, 0].
 * Theory notes B2.2.
 *
 * @param q variance of both inputs, > 0; the map is normalized by Q(q), which is q at q*
 * @see paper B, fixed points
 */
export function cStar(layer: HiddenLayer, q: number): CorrelationFixedPoint {
  checkLayer("cStar", layer);
  requireNonNegative("cStar", "q", q);
  try {
    return correlationAt(layer, q);
  } catch (error) {
    if (isUnsettled(error)) return nothing("unsettled");
    throw error;
  }
}

const nothing = (status: CorrelationStatus): CorrelationFixedPoint => ({
  value: Number.NaN,
  status,
  iterations: 0,
  residual: Number.NaN,
  deficit: Number.NaN,
  slope: Number.NaN,
});

function correlationAt(layer: HiddenLayer, q: number): CorrelationFixedPoint {
  const { activation, weightVariance } = layer;
  const scale = lengthMapUnchecked(layer, q);
  if (!(q > 0 && scale > 0 && scale < Number.POSITIVE_INFINITY)) return nothing("undefined");
  const one = (slope: number, status: CorrelationStatus = "converged"): CorrelationFixedPoint => ({
    value: 1,
    status,
    iterations: 0,
    residual: 0,
    deficit: 0,
    slope,
  });
  if (weightVariance === 0) return one(0);

  const pair = pairMoments(activation);
  const next = (deficit: number) => (weightVariance * atEqualLengths(pair, q, deficit)[2]!) / scale;
  const slopeAt = (deficit: number) => (weightVariance * q * atEqualLengths(pair, q, deficit)[1]!) / scale;
  const atOne = jumps(activation)
    ? Number.POSITIVE_INFINITY
    : (weightVariance * q * meanSquaredSlope(activation, q)) / scale;
  if (!isPositivelyHomogeneous(activation)) {
    // c* = 1 attracts: that needs no pairs, the most expensive expectations
    if (atOne <= 1 + SLOPE_TOLERANCE) return one(atOne);
  } else if (Math.abs(next(1) - 1) <= SLOPE_TOLERANCE && isLinear(layer)) {
    return one(1, "every-c");
  }
  return solveCorrelation(next, slopeAt, atOne);
}

/**
 * The stable fixed point of a correlation map given by its deficits, next(deficit) = 1 - C(1 - deficit), with
 * slopeAt(deficit) = C'. Every map of correlations is a power series with coefficients >= 0 (products of such series are
 * such series): see {@link cStar}. With dropout 1 is no fixed point: next(0) > 0.
 *
 * @param atOne C'(1)
 */
export function solveCorrelation(
  next: (deficit: number) => number,
  slopeAt: (deficit: number) => number,
  atOne: number,
): CorrelationFixedPoint {
  const one: CorrelationFixedPoint = {
    value: 1,
    status: "converged",
    iterations: 0,
    residual: 0,
    deficit: 0,
    slope: atOne,
  };
  if (atOne <= 1 + SLOPE_TOLERANCE && !(next(0) > SLOPE_TOLERANCE)) return one;

  let deficit = 1;
  let iterations = 0;
  for (; iterations < NEWTON_MAX; iterations++) {
    const gap = next(deficit) - deficit; // <= 0 until c* is reached
    const slope = slopeAt(deficit);
    // c* = 0 of odd activations without biases, also where there is no slope
    if (Math.abs(gap) <= 4 * Number.EPSILON * deficit && !(slope >= 1)) {
      return { value: 1 - deficit, status: "converged", iterations, residual: Math.abs(gap), deficit, slope };
    }
    if (!(slope < 1)) break;
    const step = gap / (1 - slope);
    if (!(step < 0) || -step <= 2 * Number.EPSILON * deficit) {
      return { value: 1 - deficit, status: "converged", iterations, residual: Math.abs(gap), deficit, slope };
    }
    deficit += step;
  }
  // Td may not exist (sign, heaviside) or the last steps round to the wrong side: bracket the sign change instead
  const root = findRoot((d) => next(d) / d - 1, LEAST_DEFICIT, 1);
  if (root.status === "no-bracket") return one;
  const status = root.status === "converged" ? "converged" : "max-iterations";
  return {
    value: 1 - root.value,
    status,
    iterations: iterations + root.iterations,
    residual: root.residual,
    deficit: root.value,
    slope: slopeAt(root.value),
  };
}

/** phi(x) = a x and no bias: the only maps with C(c) = c. */
function isLinear({ activation, biasVariance }: HiddenLayer): boolean {
  return biasVariance === 0 && activation.value(-1) === -activation.value(1);
}
