/**
 * The mean-field reading of a whole network: fixed points, phase and depth scales of the part that repeats, or the law
 * by which the variance grows where it has no fixed point.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/index.js";
import { type HiddenLayer, requireNonNegative } from "./layer.js";
import { type MeanField, meanField } from "./mean-field.js";
import { type RepeatedUnit, repeatedUnit } from "./repeated-unit.js";
import { type ScalarPart, type ScalarProgram, type ScalarStep, scalarProgram } from "./scalar-program.js";
import { runPart } from "./scalar-run.js";
import type { ScalarState } from "./scalar-state.js";
import { type GrowthLaw, growthFarOut } from "./unit-map.js";
import { NOTHING_READ, readUnit, type UnitReading } from "./unit-reading.js";

/** The part of a network that repeats, and what repeating it for ever leads to. */
export interface NetworkMeanField extends UnitReading {
  /** null where no part repeats: then there is no fixed point, and `note` says why */
  readonly unit: {
    /** JSON path of its first layer */
    readonly path: string;
    /** how often the network has it in a row */
    readonly times: number;
    /** its layers in words */
    readonly layers: readonly string[];
    /** the unit as a hidden layer, where it is an activation and a dense or conv layer; else null */
    readonly hidden: HiddenLayer | null;
  } | null;
}

/** Size of the inputs and tolerance of `networkMeanField`. */
export interface NetworkMeanFieldOptions {
  /** mean square of an input, |x|^2 / n_0; default 1. It decides which fixed point the variance runs into */
  readonly meanSquare?: number;
  /** |chi_1 - 1| up to which a unit counts as critical; default 1e-6 */
  readonly criticalTolerance?: number;
}

/** The state of one input of the given mean square; its positions, if pools mix them, are uncorrelated. */
function inputState(q: number, pools: boolean): ScalarState {
  const own = { first: 0, second: 0, k: 0, d: q, t: 0, g: 0, slope: 1 };
  return {
    samples: [{ q, theta: 0, gain: 1, qSlope: 1 }],
    pairs: [],
    apart: pools ? { pairs: [], own: [own] } : null,
  };
}

/** Steps before the first one at `path`, which opens in the first copy of a repeat; null: there is none. */
function before(part: ScalarPart, path: string): ScalarStep[] | null {
  const out: ScalarStep[] = [];
  for (const step of part) {
    if (step.op === "repeat") {
      const inside = before(step.body, path);
      if (inside !== null) return [...out, ...inside];
    } else if (step.path === path) {
      return out;
    }
    out.push(step);
  }
  return null;
}

/** The variance at which the network enters its unit. */
export function varianceAtUnit(program: ScalarProgram, unit: RepeatedUnit, meanSquare: number): number {
  const steps = before(program.steps, unit.path) ?? [];
  return runPart(steps, inputState(meanSquare, program.pools)).samples[0]!.q;
}

function growthOf(field: MeanField, unit: RepeatedUnit): GrowthLaw | null {
  const { growth: factor, qStar, biasVariance } = field;
  if (qStar !== null && qStar > 0) return { law: "constant", rate: 0 };
  if (factor !== null) {
    if (Math.abs(factor - 1) <= 1e-14) return { law: "linear", rate: biasVariance };
    return { law: "exponential", rate: factor };
  }
  return qStar === null ? growthFarOut(unit.steps) : { law: "constant", rate: 0 };
}

/** The reading of one hidden layer as that of a unit. */
function ofHidden(field: MeanField, unit: RepeatedUnit): UnitReading {
  const { phase, qStar } = field;
  const growth = growthOf(field, unit);
  const grows = growth !== null && growth.law !== "constant";
  return {
    phase,
    pace: phase === null || phase === "critical" ? null : "exponential",
    status:
      qStar === 0 && !grows
        ? "the signal dies out"
        : qStar === null
          ? "no fixed point"
          : (phase ?? "no slope"),
    growth,
    slowGain: null,
    qStar,
    qStatus: field.qStatus,
    qSlope: field.qSlope,
    qStable: field.qStable,
    cStar: field.cStar,
    cStarDeficit: field.cStarDeficit,
    chi1: field.chi1,
    gradient: field.chi1,
    chiC: field.chiC,
    xiQ: field.xiQ,
    xi1: field.xi1,
    xiC: field.xiC,
    xiStar: field.xiStar,
    note: field.note,
  };
}

/**
 * Phase, fixed points and depth scales of a network of any layers, counted in units: the part that it repeats
 * (a `repeat`, or the longest row of equal layers; widths do not matter), read from one pre-activation to the next. A
 * network of dense or conv layers and activations without any repetition is read by its last hidden layer.
 *
 * - q* = Q(q*) of the unit, with its slope; where there is none the law by which q grows (linear, exponential) and its rate;
 * - C, the map of correlations, with c* and its slopes chi_1 at c = 1 and chi_c* at c*. Where q grows by a factor, of the
 *   signal divided by its size; where it grows linearly (residual blocks of bounded activations, or of normalized
 *   signals) the limit of c, and the exponents that gradients grow with.
 *
 * Residual blocks of relu come out as critical at every sigma_w^2, those of bounded activations as sub-exponentially
 * chaotic, and units with dropout have c* < 1 at every sigma_w^2.
 * Theory notes B7.2.
 *
 * @throws `ERR_UNAVAILABLE` for networks without an infinite-width reading, `ERR_DOMAIN` for arguments outside their range
 * @see paper B, fixed points, ReLU, dropout, skip connections
 * @example
 * networkMeanField(preset("residual-fcn", { depth: 50 })).status // "always critical"
 */
export function networkMeanField(
  network: Network,
  { meanSquare = 1, criticalTolerance = 1e-6 }: NetworkMeanFieldOptions = {},
): NetworkMeanField {
  requireNonNegative("networkMeanField", "meanSquare", meanSquare);
  if (!(criticalTolerance >= 0 && criticalTolerance < 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `networkMeanField: criticalTolerance is ${criticalTolerance}, expected a number in [0, 1)`,
      { argument: "criticalTolerance", got: criticalTolerance },
    );
  }
  const program = scalarProgram(network);
  const unit = repeatedUnit(program.steps);
  if (typeof unit === "string") {
    return { ...NOTHING_READ, qStatus: "no-fixed-point", status: "no part repeats", note: unit, unit: null };
  }
  const start = varianceAtUnit(program, unit, meanSquare);
  const { path, times, layers, hidden } = unit;
  const reading =
    hidden === null
      ? readUnit(unit.steps, { start, criticalTolerance })
      : ofHidden(meanField(hidden, { start, criticalTolerance }), unit);
  return { ...reading, unit: { path, times, layers, hidden } };
}
