/**
 * Fixed points, growth laws and phase of a part that repeats.
 * @module
 */

import { farPart } from "./far-part.js";
import type { LengthStatus } from "./lengths.js";
import { depthScale, generalizationScale, type Phase, phaseOf } from "./phase.js";
import type { ScalarPart } from "./scalar-program.js";
import {
  affineLength,
  atOtherWeights,
  correlationOfIncrements,
  type GrowthLaw,
  growthFarOut,
  isClosed,
  type SlowGain,
  slowGain,
  unitCorrelation,
  unitFixedPoint,
  unitGain,
  unitLength,
} from "./unit-map.js";

/**
 * How fast things happen with depth l: `exponential`, like chi^l; `sub-exponential`, like exp(a l^p), p < 1; `power law`,
 * like l^p.
 */
export type Pace = "exponential" | "sub-exponential" | "power law";

/** What repeating a part for ever leads to. `null`: there is no such number, and `note` says why. */
export interface UnitReading {
  readonly phase: Phase | null;
  /** null at criticality and where there is no phase */
  readonly pace: Pace | null;
  /** the phase in words: "sub-exponentially chaotic", "always critical", "no fixed point", ... */
  readonly status: string;
  readonly growth: GrowthLaw | null;
  /** the exponents where q grows linearly, else null */
  readonly slowGain: SlowGain | null;
  readonly qStar: number | null;
  readonly qStatus: LengthStatus;
  /** Q'(q*) */
  readonly qSlope: number | null;
  readonly qStable: boolean;
  /** where q grows linearly the limit of c */
  readonly cStar: number | null;
  readonly cStarDeficit: number | null;
  /** slope of the correlation map at c = 1; where q grows by a factor, divided by it. Null where q grows linearly */
  readonly chi1: number | null;
  /** factor of squared gradients for one unit: chi_1 where q stands; its limit 1 where q grows linearly */
  readonly gradient: number | null;
  /** slope of the correlation map at c* */
  readonly chiC: number | null;
  readonly xiQ: number | null;
  readonly xi1: number | null;
  readonly xiC: number | null;
  readonly xiStar: number | null;
  readonly note: string | null;
}

/** Every number missing. */
export const NOTHING_READ = {
  phase: null,
  pace: null,
  growth: null,
  slowGain: null,
  qStar: null,
  qSlope: null,
  qStable: false,
  cStar: null,
  cStarDeficit: null,
  chi1: null,
  gradient: null,
  chiC: null,
  xiQ: null,
  xi1: null,
  xiC: null,
  xiStar: null,
} as const;

/** Slopes of q that close to 1 are meant to be 1: a unit rounds once or twice in every layer. */
const UNIT_SLOPE_TOLERANCE = 1e-12;
/** q at which the bias of a map that multiplies q no longer counts. */
const FAR = 1e10;
const short = (x: number) => String(Number(x.toPrecision(6)));

/** From fixed points of q: the numbers of the correlation map at variance `q` that becomes `after`. */
function atVariance(part: ScalarPart, q: number, after: number, tolerance: number) {
  const gradient = unitGain(part, q);
  const chi1 = (gradient * q) / after;
  const noSlope = Number.isNaN(chi1);
  const correlation = unitCorrelation(part, q, after);
  const everyC = correlation.status === "every-c";
  const phase = noSlope ? null : phaseOf(chi1, tolerance);
  const chiC = Number.isNaN(correlation.slope)
    ? null
    : correlation.deficit === 0 && !noSlope
      ? chi1
      : correlation.slope;
  return {
    phase,
    pace: phase === null || phase === "critical" ? null : ("exponential" as const),
    cStar: correlation.value,
    cStarDeficit: correlation.deficit,
    chi1: noSlope ? null : chi1,
    gradient: noSlope ? null : gradient,
    chiC,
    xi1: noSlope ? null : depthScale(chi1),
    xiC: chiC === null ? null : depthScale(chiC),
    xiStar: phase === null || phase === "ordered" || chiC === null ? null : generalizationScale(chi1, chiC),
    notes: [
      ...(noSlope
        ? [
            "an activation jumps: chi_1 is infinite, so any two different inputs are driven apart and there is no NTK",
          ]
        : []),
      ...(everyC ? ["the unit is linear: every correlation is passed on as it is"] : []),
      ...(phase !== null && phase !== "chaotic" && correlation.deficit > 1e-9
        ? [
            `c* = ${short(correlation.value)} < 1 though chi_1 <= 1: dropout keeps any two inputs apart, and there is no critical point`,
          ]
        : []),
    ],
  };
}

function constantQ(
  part: ScalarPart,
  q: number,
  slope: number,
  qStatus: LengthStatus,
  stable: boolean,
  tolerance: number,
): UnitReading {
  const length = {
    qStar: q,
    qStatus,
    qSlope: slope,
    qStable: stable,
    xiQ: depthScale(slope),
    growth: { law: "constant", rate: 0 } as const,
  };
  if (!(q > 0)) {
    const gain = unitGain(part, 0);
    return {
      ...NOTHING_READ,
      ...length,
      status: "the signal dies out",
      gradient: Number.isNaN(gain) ? null : gain,
      note: "q* = 0: every signal dies out, and with it what a correlation could be of",
    };
  }
  const { notes, ...numbers } = atVariance(part, q, q, tolerance);
  const all = [
    ...(qStatus === "every-q" ? ["every q is a fixed point: the variance of the data is kept"] : []),
    ...(stable ? [] : ["q* is not stable: the variance moves away from it, or ends in a cycle around it"]),
    ...notes,
  ];
  const always =
    numbers.phase === "critical" &&
    atOtherWeights(part, (other) => {
      const reading = readUnit(other, { start: q, criticalTolerance: tolerance, others: false });
      return reading.phase === "critical";
    });
  return {
    ...NOTHING_READ,
    ...length,
    ...numbers,
    status: always
      ? "always critical"
      : numbers.phase !== null && numbers.phase !== "chaotic" && numbers.cStarDeficit > 1e-9
        ? `${numbers.phase}, c* < 1`
        : (numbers.phase ?? "no slope"),
    note: all.length === 0 ? null : all.join("; "),
  };
}

/** Numbers read off at FAR instead of in the limit have errors of its inverse root. */
const LIMIT_TOLERANCE = 1e-5;

/** The numbers of the correlation map in the limit of large q, where it has one. */
function inTheLimit(part: ScalarPart, tolerance: number) {
  const limit = farPart(part) ?? part;
  if (!isClosed(limit)) {
    return {
      phase: null,
      pace: null,
      notes: ["its activations have no limit far out to read a correlation map from"],
    };
  }
  const far = atVariance(limit, FAR, unitLength(limit, FAR).q, Math.max(tolerance, LIMIT_TOLERANCE));
  if (far.chi1 === null && Number.isFinite(unitGain(part, FAR))) {
    const { cStar, cStarDeficit } = far;
    const notes = ["chi_1 grows without bound with q"];
    return { phase: "chaotic" as const, pace: "exponential" as const, cStar, cStarDeficit, notes };
  }
  const before = unitGain(part, FAR / 100) * (FAR / 100 / unitLength(part, FAR / 100).q);
  if (far.chi1 !== null && Math.abs(far.chi1 - before) > 0.01 * far.chi1) {
    return {
      phase: far.phase,
      pace: far.pace,
      notes: ["chi_1 goes on changing as q grows: it has no limit"],
    };
  }
  if (far.phase !== "critical") return far;
  // read off as 1, it is 1
  const infinite = Number.POSITIVE_INFINITY;
  const scales = { xi1: infinite, xiC: infinite, xiStar: infinite };
  return { ...far, ...scales, chi1: 1, chiC: 1, cStar: 1, cStarDeficit: 0 };
}

/** q multiplied by `rate` for each unit: correlations move as those of the signal divided by its size. */
function multiplied(
  part: ScalarPart,
  { rate, sameEverywhere, start }: { rate: number; sameEverywhere: boolean; start: number },
  tolerance: number,
  others: boolean,
): UnitReading {
  const q = start > 0 ? start : 1;
  const { notes, ...numbers } = sameEverywhere
    ? atVariance(part, q, rate * q, tolerance)
    : inTheLimit(part, tolerance);
  const always =
    others &&
    numbers.phase === "critical" &&
    atOtherWeights(
      part,
      (other) => readUnit(other, { start, criticalTolerance: tolerance, others: false }).phase === "critical",
    );
  const how =
    rate > 1
      ? `q has no fixed point: it grows by a factor ${short(rate)} with each unit`
      : `q shrinks by a factor ${short(rate)} with each unit`;
  return {
    ...NOTHING_READ,
    ...numbers,
    status: always ? "always critical" : (numbers.phase ?? "no slope"),
    growth: { law: "exponential", rate },
    qStatus: rate > 1 ? "diverges" : "converged",
    qStar: rate > 1 ? null : 0,
    qSlope: rate,
    qStable: rate < 1,
    xiQ: depthScale(rate),
    note: [`${how}; numbers are those of the signal divided by its size`, ...notes].join("; "),
  };
}

function linearQ(part: ScalarPart, rate: number, tolerance: number): UnitReading {
  const gain = slowGain(part, rate);
  const correlation = correlationOfIncrements(part);
  const base = {
    ...NOTHING_READ,
    growth: { law: "linear", rate } as const,
    slowGain: gain,
    qStatus: "no-fixed-point" as const,
    cStar: correlation?.value ?? null,
    cStarDeficit: correlation?.deficit ?? null,
    gradient: gain === null ? null : 1,
  };
  const how = `q has no fixed point: it grows by ${short(rate)} with each unit`;
  if (gain === null) {
    return { ...base, status: "no slope", note: `${how}; an activation jumps, so that chi_1 does not exist` };
  }
  if (gain.law === "exponential") {
    return {
      ...base,
      phase: "chaotic",
      pace: "exponential",
      status: "chaotic",
      chi1: gain.coefficient,
      gradient: gain.coefficient,
      xi1: depthScale(gain.coefficient),
      note: `${how}, and squared gradients by a factor ${short(gain.coefficient)}`,
    };
  }
  if (gain.law === "stretched") {
    const { coefficient, exponent } = gain;
    return {
      ...base,
      phase: "chaotic",
      pace: "sub-exponential",
      status: "sub-exponentially chaotic",
      note: `${how}, and chi_1 > 1 comes closer to 1 as it grows: squared gradients grow like exp(${short(coefficient)} l^${short(exponent)}), correlations go to c* by a power of l`,
    };
  }
  // differences grow like l^e, the signal like l
  const relative = gain.exponent - 1;
  const phase: Phase =
    Math.abs(relative) <= Math.max(tolerance, 1e-6) ? "critical" : relative < 0 ? "ordered" : "chaotic";
  const always =
    phase === "critical" &&
    atOtherWeights(part, (other) => {
      const law = growthFarOut(other);
      const again = law?.law === "linear" ? slowGain(other, law.rate) : null;
      return again?.law === "power" && Math.abs(again.exponent - 1) <= 1e-6;
    });
  return {
    ...base,
    phase,
    pace: phase === "critical" ? null : "power law",
    status: always
      ? "always critical"
      : phase === "critical"
        ? "critical"
        : `${phase} by a power of the depth`,
    note: `${how}: squared gradients grow like l^${short(gain.exponent)}, the signal like l`,
  };
}

/**
 * Reads a part: `start` is the variance that it begins with; `others` false leaves out whether a property holds at other
 * weight variances too.
 */
export function readUnit(
  part: ScalarPart,
  { start, criticalTolerance, others = true }: { start: number; criticalTolerance: number; others?: boolean },
): UnitReading {
  const affine = affineLength(part);
  if (affine !== null) {
    const { slope, offset } = affine;
    if (Math.abs(slope - 1) <= UNIT_SLOPE_TOLERANCE) {
      if (offset > 0) return linearQ(part, offset, criticalTolerance);
      return constantQ(part, start, 1, "every-q", true, criticalTolerance);
    }
    if (slope > 1 || offset === 0) {
      const growing = { rate: slope, sameEverywhere: offset === 0, start };
      return multiplied(part, growing, criticalTolerance, others);
    }
    return constantQ(part, offset / (1 - slope), slope, "converged", true, criticalTolerance);
  }
  const fixed = unitFixedPoint(part, start);
  if (fixed.status === "converged") {
    return constantQ(part, fixed.value, fixed.slope, "converged", fixed.stable, criticalTolerance);
  }
  const law = growthFarOut(part);
  if (law?.law === "linear") return linearQ(part, law.rate, criticalTolerance);
  if (law?.law === "exponential") {
    const growing = { rate: law.rate, sameEverywhere: false, start };
    const reading = multiplied(part, growing, criticalTolerance, others);
    return { ...reading, qStatus: fixed.status };
  }
  return {
    ...NOTHING_READ,
    qStatus: fixed.status,
    status: "no fixed point",
    note:
      fixed.status === "max-iterations"
        ? `q* was not found within ${fixed.iterations} steps; the variance moves very slowly near ${short(fixed.value)}`
        : `the variance grows without bound from q = ${short(start)}, by no law that a few decades show`,
  };
}
