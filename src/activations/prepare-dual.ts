/**
 * Chooses how the dual of an activation is computed for given samples, and prepares it.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Activation } from "./activation.js";
import { gradedMap, isGradable } from "./expansion/graded-map.js";
import { isKinked, kinkSeriesMap } from "./expansion/kink-series.js";
import {
  closedMap,
  equalVarianceMap,
  longMehlerMap,
  quadratureMap,
  type Samples,
  shortMehlerMap,
  valueSeriesMap,
} from "./expansion/maps.js";
import { varianceTableMap } from "./expansion/table-map.js";
import { featureScale } from "./feature-scale.js";
import { checkVariance } from "./gaussian-mean.js";
import type { PairMap } from "./pair-map.js";
import { isBeyondMoments } from "./permissibility.js";

/** What of a dual activation is prepared, and how accurately. */
export interface PrepareDualOptions {
  /** Also the derivative kernel Td (the tangent kernel needs it). Default true. */
  readonly derivative?: boolean | undefined;
  /** Error of T relative to E phi^2 (Td: to E phi'^2) that a numerical method may leave. Default 1e-12. */
  readonly tolerance?: number | undefined;
  /**
   * Evaluations of phi and its derivatives that a series in the angle of one common variance may take; default any number. Most take
   * below 1e6; functions with dozens of break points, or whose frequency grows, take 1e9 and more.
   */
  readonly effort?: number | undefined;
}

// Variances that differ by less than this count as equal: inputs normalized to one length, up to rounding. The error of
// T is of the same relative size.
const EQUAL = 4e-14;
// Beyond this many terms the coefficients, and the pairs near c = 1, cost more than the table over variances.
const LONG_SERIES = 2048;
// Where phi has kinks the coefficients fall like a power: more terms gain little.
const UNENDING_SERIES = 4096;
// Standard deviations over the scale of phi from which on Hermite series are longer than the graded ones.
const WIDE = 2;
// The same from which on down values of phi - phi(0) have lost digits that those of phi' have.
const NARROW = 1e-3;
// Standard deviations over the scale of phi from which on no numerical method resolves its turn.
const BEYOND = 3e4;
// Error of a series that is taken all the same where the effort is limited.
const ADMITTED = 1e-9;
// Below this many pairs a table costs more than the pairs themselves.
const FEW_PAIRS = 16;

/** Throws ERR_UNAVAILABLE for activations whose dual does not exist. */
export function requireDual(a: Activation, caller: string): void {
  if (a.growth.kind === "supergaussian") {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${caller}: ${a.label} has no length map and no infinite-width kernel: ${a.permissibility.reason}; use a bounded or polynomially growing activation`,
      { argument: "activation", got: a.label, expected: "a permissible activation" },
    );
  }
  if (a.growth.kind === "unbounded-at-point") {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${caller}: ${a.label} has no infinite-width kernel here: it is unbounded near x = ${a.growth.at}, so E phi(u) phi(v) need not be finite; use a bounded or polynomially growing activation`,
      { argument: "activation", got: a.label, expected: "a permissible activation" },
    );
  }
}

/** Throws ERR_UNAVAILABLE for activations whose derivative is a delta. */
export function requireDerivative(a: Activation, caller: string): void {
  const jump = a.breakPoints.find((b) => b.order === 0);
  if (jump !== undefined) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${caller}: ${a.label} has no derivative kernel: it jumps at x = ${jump.at}, so phi' is a delta there and E phi'(u) phi'(v) is not a tangent kernel; ask for the nngp kernel only, or use a continuous activation such as erf with a large slope`,
      { argument: "activation", got: a.label, expected: "a continuous activation" },
    );
  }
}

/**
 * Prepares the dual of `a` for the variances of the rows and columns of a kernel. Pass the same array twice for a
 * symmetric kernel.
 *
 * Closed forms where there are any. Otherwise, for smooth phi at moderate variances, Mehler's formula with the Hermite
 * coefficients of each sample, or a series in the angle where all variances are one. For phi with a break at 0, and at
 * variances at which Hermite series are long, series along a graded axis with coefficients from a table over the range
 * of variances: tenths of a second, whatever the variances, kept for the next call. Break points other than 0 fall back
 * to quadrature of every pair when the variances differ, about a millisecond each.
 *
 * @param qRows  variances of the pre-activations, >= 0
 * @throws ERR_UNAVAILABLE when the dual, or with `derivative` the derivative kernel, does not exist; ERR_DOMAIN for a
 *   variance that is negative or not finite, or outside the domain of a closed form; ERR_NUMERICAL where the standard deviation
 *   is so many times the scale on which phi turns that its dual cannot be had (tanh from about 1e9), and where `effort` does not
 *   suffice (`details.status` "max-iterations")
 */
export function prepareDual(
  a: Activation,
  qRows: Float64Array,
  qCols: Float64Array,
  { derivative = true, tolerance = 1e-12, effort = Number.POSITIVE_INFINITY }: PrepareDualOptions = {},
): PairMap {
  requireDual(a, "prepareDual");
  if (derivative) requireDerivative(a, "prepareDual");
  for (const q of qRows) checkVariance("prepareDual", q, "qRows");
  if (qCols !== qRows) for (const q of qCols) checkVariance("prepareDual", q, "qCols");
  const samples: Samples = { activation: a, qRows, qCols, derivative, tolerance };
  if (a.closedDual !== null) return closedMap(samples);

  const { low, high } = range(qRows, qCols);
  if (isBeyondMoments(a.growth, high)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `prepareDual: E phi(sqrt(q) z)^2 of ${a.label} is infinite at q = ${high}: it ${a.permissibility.reason}; lower the variances`,
      { argument: "qRows", got: high, activation: a.label },
    );
  }
  const equal = high > 0 && high - low <= EQUAL * high;
  const smooth = a.breakPoints.length === 0;
  const jumps = a.breakPoints.some((b) => b.order === 0);
  const brokenAtZero = a.breakPoints.every((b) => b.at === 0);
  const pairs = qRows.length * qCols.length;

  // one pair of a broken phi at moderate variances: quadrature is faster than a table
  if (isGradable(a, high) && (isExtreme(a, high) || (!smooth && pairs > 1))) {
    const map = gradedMap(samples);
    if (map !== null) return map;
    if (Math.sqrt(high) > BEYOND * featureScale(a)) throw beyond(a, high);
  }
  if (smooth) {
    if (equal) return equalVarianceMap(limited(samples, effort), high);
    const mehler = shortMehlerMap(samples, LONG_SERIES);
    if (mehler !== null) return mehler;
    if (pairs > FEW_PAIRS) return varianceTableMap(samples);
    const long = longMehlerMap(samples);
    return long.errorBound <= tolerance || a.derivative === null ? long : quadratureMap(samples);
  }
  if (jumps || a.derivative === null) {
    // phi' is a delta or unknown: T alone can be had by quadrature, Td only from the Hermite coefficients
    if (derivative) return longMehlerMap(samples, UNENDING_SERIES);
    return equal ? valueSeriesMap(samples, high) : quadratureMap(samples);
  }
  if (equal) {
    // quadrature of the angles splits at every break, and takes seconds where there are several or phi also oscillates
    const admitted = effort === Number.POSITIVE_INFINITY ? tolerance : Math.max(tolerance, ADMITTED);
    const split = !brokenAtZero || isExtreme(a, high);
    const series = split && isKinked(samples) ? kinkSeriesMap(samples, high, admitted) : null;
    return series ?? equalVarianceMap(limited(samples, effort), high);
  }
  return brokenAtZero && pairs > FEW_PAIRS ? varianceTableMap(samples) : quadratureMap(samples);
}

/** The samples with an activation that refuses to be evaluated more than `effort` times. */
function limited(samples: Samples, effort: number): Samples {
  if (effort === Number.POSITIVE_INFINITY) return samples;
  const { activation } = samples;
  let left = effort;
  const counted = (f: ((x: number) => number) | null) =>
    f === null
      ? null
      : (x: number) => {
          if (--left < 0) throw tooMuch(activation, samples, effort);
          return f(x);
        };
  const { value, derivative, secondDerivative, thirdDerivative } = activation;
  return {
    ...samples,
    activation: {
      ...activation,
      value: counted(value)!,
      derivative: counted(derivative),
      secondDerivative: counted(secondDerivative),
      thirdDerivative: counted(thirdDerivative),
    },
  };
}

function tooMuch(a: Activation, { qRows }: Samples, effort: number): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `prepareDual: E phi(u) phi(v) of ${a.label} at variance ${qRows[0]!.toPrecision(3)} is not settled after ${effort} evaluations: it oscillates or breaks too often; lower the variance`,
    {
      argument: "activation",
      got: a.label,
      expected: "a function that quadrature settles",
      q: qRows[0]!,
      status: "max-iterations",
    },
  );
}

function beyond(a: Activation, q: number): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `prepareDual: pre-activations have variance ${q.toPrecision(3)}, where the turn of ${a.label} near 0 is too narrow to be resolved; normalize the inputs (to about |x|^2 = number of inputs), or lower weightVariance`,
    { argument: "qRows", got: q, activation: a.label },
  );
}

/** Whether phi's turns are narrow against the largest standard deviation, or so wide that phi - phi(0) loses its digits. */
function isExtreme(a: Activation, high: number): boolean {
  const share = Math.sqrt(high) / featureScale(a);
  return share > WIDE || share < NARROW;
}

function range(qRows: Float64Array, qCols: Float64Array): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const values of [qRows, qCols]) {
    for (const q of values) {
      low = Math.min(low, q);
      high = Math.max(high, q);
    }
  }
  return { low, high };
}
