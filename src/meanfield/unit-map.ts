/**
 * The maps of a part that repeats, of any layers: fixed points, and growth laws where there are none.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { type CorrelationFixedPoint, solveCorrelation } from "./correlations.js";
import { farPart } from "./far-part.js";
import { type LengthFixedPoint, solveLength } from "./lengths.js";
import { type ScalarPart, withWeights } from "./scalar-program.js";
import { incrementsOf, lonely, pairOf, runPart } from "./scalar-run.js";

/** q after the part, and its slope. */
export function unitLength(part: ScalarPart, q: number): { readonly q: number; readonly slope: number } {
  const sample = runPart(part, lonely(q)).samples[0]!;
  return { q: sample.q, slope: sample.qSlope };
}

/** Slope of the covariance map at c = 1: the factor of squared gradients. */
export function unitGain(part: ScalarPart, q: number): number {
  return runPart(part, lonely(q)).samples[0]!.gain;
}

/** A pair of variance q after the part: its distance, and the slope of its covariance. */
export function unitPair(part: ScalarPart, q: number, deficit: number) {
  const pair = runPart(part, pairOf(q, deficit)).pairs[0]!;
  return { d: pair.d, slope: pair.slope };
}

/**
 * What the variance does far in: `constant` (a fixed point), `linear` (q_l = rate l), `exponential` (q_l = rate^l; below
 * 1: it dies out).
 */
export interface GrowthLaw {
  readonly law: "constant" | "linear" | "exponential";
  /** 0 where constant */
  readonly rate: number;
}

/** Affine to this relative accuracy at four decades counts as affine. */
const AFFINE_TOLERANCE = 1e-13;
const AFFINE_PROBES = [1e-6, 1e-2, 10, 1e5];

/** Q(q) = slope q + offset, for layers of degree 1 (relu and its kin) and normalized ones; null for others. */
export function affineLength(part: ScalarPart): { readonly slope: number; readonly offset: number } | null {
  const offset = unitLength(part, 0).q;
  const slope = unitLength(part, 1).q - offset;
  const fits = AFFINE_PROBES.every((q) => {
    const expected = slope * q + offset;
    return Math.abs(unitLength(part, q).q - expected) <= AFFINE_TOLERANCE * expected;
  });
  return fits && Number.isFinite(slope)
    ? { slope: Math.abs(slope) < AFFINE_TOLERANCE ? 0 : slope, offset }
    : null;
}

/** The fixed point that q runs into from `start`. */
export function unitFixedPoint(part: ScalarPart, start: number): LengthFixedPoint {
  const tiny = 1e-12;
  const ratioAtZero = unitLength(part, 0).q === 0 ? unitLength(part, tiny).q / tiny : null;
  return solveLength(
    {
      value: (q) => unitLength(part, q).q,
      slope: (q) => unitLength(part, q).slope,
      ratioAtZero,
    },
    start,
  );
}

/** q at which laws of growth are read off, as powers of ten. */
const FAR = [6, 8] as const;
/** A ratio Q(q) / q that still moves by more than this between them has no limit yet. */
const SETTLED = 1e-3;

/** How q grows where it has no fixed point; null where no simple law shows. */
export function growthFarOut(part: ScalarPart): GrowthLaw | null {
  const [near, far] = FAR.map((power) => {
    const q = 10 ** power;
    const { q: added } = incrementsOf(part, lonely(q));
    return { q, added, ratio: added / q };
  }) as [{ q: number; added: number; ratio: number }, { q: number; added: number; ratio: number }];
  if (!(near.added > 0 && far.added > 0 && far.added < Number.POSITIVE_INFINITY)) return null;
  if (far.ratio > SETTLED && Math.abs(far.ratio - near.ratio) <= SETTLED * far.ratio) {
    return { law: "exponential", rate: 1 + far.ratio };
  }
  if (Math.abs(far.added - near.added) <= 0.05 * far.added) {
    const limit = farPart(part);
    if (limit !== null) return { law: "linear", rate: incrementsOf(limit, lonely(far.q)).q };
    // up to the limit like 1 / sqrt(q): a tenth of the difference from one to the next
    return { law: "linear", rate: far.added + (far.added - near.added) / 9 };
  }
  return null;
}

/**
 * What depth does to gradients and to small differences where q grows linearly: with gain(q) - 1 = A q^-s and
 * q = rate l, the product of the gains is l^(A / rate) for s = 1, exp(A rate^-s l^(1 - s) / (1 - s)) for 0 < s < 1, and
 * (1 + A)^l for s = 0 (sin, whose slope does not die out).
 */
export interface SlowGain {
  readonly law: "power" | "stretched" | "exponential";
  /** the exponent of l: A / rate, 1 - s, or 1 */
  readonly exponent: number;
  /** 1, the factor of l^(1 - s), or the gain of one unit */
  readonly coefficient: number;
}

export function slowGain(part: ScalarPart, rate: number): SlowGain | null {
  const [near, far] = FAR.map((power) => {
    const q = 10 ** power;
    return { q, excess: incrementsOf(part, lonely(q)).gain };
  }) as [{ q: number; excess: number }, { q: number; excess: number }];
  if (Number.isNaN(far.excess)) return null;
  if (Math.abs(far.excess) * far.q < 1e-6) return { law: "power", exponent: 0, coefficient: 1 };
  if (!(far.excess > 0 && near.excess > 0)) return null;
  const s = Math.log(near.excess / far.excess) / Math.log(far.q / near.q);
  if (Math.abs(s - 1) < 0.02) return { law: "power", exponent: (far.excess * far.q) / rate, coefficient: 1 };
  if (Math.abs(s) < 0.02) return { law: "exponential", exponent: 1, coefficient: 1 + far.excess };
  if (!(s > 0 && s < 1)) return null;
  const power = Math.abs(s - 0.5) < 0.02 ? 0.5 : s;
  const amplitude = far.excess * far.q ** power;
  return { law: "stretched", exponent: 1 - power, coefficient: (amplitude * rate ** -power) / (1 - power) };
}

/** c* of a part at a variance that it keeps (or, with `scale`, multiplies). */
export function unitCorrelation(part: ScalarPart, q: number, after: number): CorrelationFixedPoint {
  const next = (deficit: number) => unitPair(part, q, deficit).d / after;
  const slopeAt = (deficit: number) => (unitPair(part, q, deficit).slope * q) / after;
  return solveCorrelation(next, slopeAt, (unitGain(part, q) * q) / after);
}

/** Far enough for the limit of c to about 1e-4, where the part has no simple form there. */
const FAR_CLOSED = 1e8;

/** Every dual of the part has a closed form. */
export const isClosed = (part: ScalarPart): boolean =>
  part.every((step) => {
    if (step.op === "activation") return step.activation.closedDual !== null;
    if (step.op === "repeat") return isClosed(step.body);
    return !("branches" in step) || step.branches.every(isClosed);
  });

/**
 * The correlation that what the blocks add settles at, where q grows linearly: the limit of c. null where the activation
 * has no limit far out and no closed form to go there.
 *
 * @returns 1 - c to 1e-12, to about 1e-4 for activations without limits (sin)
 */
export function correlationOfIncrements(part: ScalarPart): CorrelationFixedPoint | null {
  const far = farPart(part);
  if (far === null && !isClosed(part)) return null;
  const [steps, q] = far === null ? [part, FAR_CLOSED] : [far, 1e4];
  const { q: added, gain } = incrementsOf(steps, lonely(q));
  const next = (deficit: number) => incrementsOf(steps, pairOf(q, deficit)).d / added;
  const atOne = (gain * q) / added;
  return solveCorrelation(next, () => Number.NaN, Number.isNaN(atOne) ? Number.POSITIVE_INFINITY : atOne);
}

/** True when a property holds also at half and at twice the weight variances. */
export function atOtherWeights(part: ScalarPart, holds: (changed: ScalarPart) => boolean): boolean {
  return [0.5, 2].every((factor) => {
    try {
      return holds(withWeights(part, ({ weight, bias }) => ({ weight: factor * weight, bias })));
    } catch (error) {
      if (isForetrainError(error)) return false;
      throw error;
    }
  });
}
