/**
 * The phases of training that paper C finds: first the simple model is learned, then what it explains is kept.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { LEAST_BITS } from "./information.js";

/** Snapshots with less information than so many bits say nothing of their shares: the default `floor` of phases. */
export const LEAST_INFORMATION = 0.02;

/** Informations by snapshot, from which `learningPhases` finds T0 (paper C). */
export interface PhaseInput {
  /** I(F_t; Y) at every snapshot, bits */
  readonly network: ArrayLike<number>;
  /** mu(F_t; L) */
  readonly explained: ArrayLike<number>;
  /** I(L; Y) */
  readonly simple: number;
  /** in [0, 1): T0 is the first snapshot with I(F_t; Y) >= (1 - tolerance) I(L; Y); default 0.05 */
  readonly tolerance?: number | undefined;
  /** index of T0 instead of the first snapshot with as much information */
  readonly end?: number | null | undefined;
  /** snapshots with less information than this many bits say nothing; default 0.02 */
  readonly floor?: number | undefined;
}

/** T0 and the shares before and after it (paper C). */
export interface LearningPhases {
  /** index of T0, the end of the first phase; null when the network never gets there, or the simple model knows nothing, I(L; Y) <= 1e-9 */
  readonly end: number | null;
  /**
   * the least share mu / I(F_t; Y) up to T0, of all snapshots where there is no T0: near 1 when the simple model explains the first phase; null
   * where no snapshot has more than `floor`
   */
  readonly firstPhaseShare: number | null;
  /** index of the snapshot that has it */
  readonly firstPhaseAt: number | null;
  /** the least share mu / I(L; Y) after T0: near 1 when what was learned is retained; null without snapshots after T0 */
  readonly retention: number | null;
  /** index of the snapshot that has it */
  readonly retentionAt: number | null;
}

/** Throws `ERR_DOMAIN` for a share or a number of bits with which no T0, or any, would be one. */
function requirePhaseOptions(tolerance: number, floor: number): void {
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `learningPhases: tolerance is ${tolerance}, expected a share in [0, 1): T0 has all of I(L; Y) but this; 0.05 is usual`,
      { argument: "tolerance", got: tolerance, expected: [0, 1] },
    );
  }
  if (!(floor >= 0 && floor < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `learningPhases: floor is ${floor}, expected bits >= 0: snapshots with less information say nothing; 0.02 is usual`,
      { argument: "floor", got: floor, expected: 0 },
    );
  }
}

/**
 * Finds T0 and the two shares (paper C, conjecture 1 as testable statements). T0 goes by information alone: a network that has as much as the
 * simple model before it is trained is at T0 at once, whatever it says.
 * Theory notes C2.1, C2.2, C2.3, C2.5.
 * @throws ERR_SHAPE for lists of different lengths; ERR_DOMAIN for a tolerance outside [0, 1), a floor that is negative, and NaN
 */
export function learningPhases({
  network,
  explained,
  simple,
  tolerance = 0.05,
  floor = LEAST_INFORMATION,
  end: given = null,
}: PhaseInput): LearningPhases {
  if (network.length !== explained.length) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `learningPhases: explained has ${explained.length} values, expected ${network.length} as network`,
      { argument: "explained", got: explained.length, expected: network.length },
    );
  }
  requirePhaseOptions(tolerance, floor);
  let end = given;
  for (let t = 0; t < network.length && end === null && simple > LEAST_BITS; t++) {
    if (network[t]! >= (1 - tolerance) * simple) end = t;
  }
  /** the least share among the snapshots from `from` to `to`, with where it is */
  const least = (from: number, to: number, share: (t: number) => number | null) => {
    let [value, at]: [number | null, number | null] = [null, null];
    for (let t = from; t < to; t++) {
      const now = share(t);
      if (now !== null && (value === null || now < value)) [value, at] = [now, t];
    }
    return { value, at };
  };
  const after = end === null ? network.length : end + 1;
  const bits = Math.max(floor, LEAST_BITS);
  const first = least(0, after, (t) => (network[t]! > bits ? explained[t]! / network[t]! : null));
  const kept = least(after, network.length, (t) => (simple > LEAST_BITS ? explained[t]! / simple : null));
  return {
    end,
    firstPhaseShare: first.value,
    firstPhaseAt: first.at,
    retention: kept.value,
    retentionAt: kept.at,
  };
}
