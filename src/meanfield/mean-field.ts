/**
 * Everything that mean-field theory says about one hidden layer repeated for ever: fixed points, slopes, phase,
 * depth scales (paper B, setup and fixed points).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type CorrelationFixedPoint, cStar } from "./correlations.js";
import { nearestWeightVariance } from "./criticality.js";
import { checkLayer, type HiddenLayer, isPositivelyHomogeneous } from "./layer.js";
import { type LengthFixedPoint, type LengthStatus, qStar } from "./lengths.js";
import { jumps, meanSquare, meanSquaredSlope, settledOr } from "./moments.js";
import { depthScale, generalizationScale, type Phase, phaseOf } from "./phase.js";

/**
 * The scalar reading of one hidden layer. `null` means that there is no such number (the `note` says why);
 * depth scales are Infinity at criticality, which JSON writes as null too.
 */
export interface MeanField {
  /** for people, with parameters */
  readonly activation: string;
  readonly weightVariance: number;
  readonly biasVariance: number;
  /** null without chi_1, and where the variance multiplies without bound (relu, sigma_w^2 > 2): `note` says which */
  readonly phase: Phase | null;
  /** chi_1 - 1: the signed distance to criticality */
  readonly distance: number | null;
  readonly qStar: number | null;
  readonly qStatus: LengthStatus;
  /** Q'(q*) */
  readonly qSlope: number | null;
  /** false: deviations of q from q* do not die out */
  readonly qStable: boolean;
  readonly cStar: number | null;
  /** 1 - c* with its own relative accuracy */
  readonly cStarDeficit: number | null;
  /** sigma_w^2 E_q*[phi'^2] */
  readonly chi1: number | null;
  /** slope of the correlation map at c* */
  readonly chiC: number | null;
  /** 1 / |log Q'(q*)|: layers in which the variance forgets its start */
  readonly xiQ: number | null;
  /** 1 / |log chi_1|: layers in which gradients and nearly equal inputs change by a factor e */
  readonly xi1: number | null;
  /** -1 / log chi_c*: layers in which the correlation forgets its start (the depth of the signal) */
  readonly xiC: number | null;
  /** 1 / (log chi_1 - log chi_c*) in the chaotic phase: layers that what generalizes survives; null when ordered */
  readonly xiStar: number | null;
  /** sigma_w^2 of the critical line at this sigma_b^2, the nearest one */
  readonly criticalWeightVariance: number | null;
  /** factor by which the variance grows per layer, for degree-1 homogeneous activations; else null */
  readonly growth: number | null;
  /** some number is null because an expectation could not be computed to its accuracy, not because there is none */
  readonly unsettled: boolean;
  /** what a reader must know before using the numbers */
  readonly note: string | null;
}

/** Start and tolerances of `meanField`. */
export interface MeanFieldOptions {
  /** variance that the trajectory of q starts from; default 1 */
  readonly start?: number;
  /**
   * |chi_1 - 1| up to which a layer counts as critical; default 1e-6: a depth scale of a million layers, and a weight
   * variance given to six decimals.
   */
  readonly criticalTolerance?: number;
}

/**
 * Fixed points, slopes, phase and depth scales of one hidden layer.
 *
 * Never throws for lack of a fixed point, nor where a Gaussian expectation cannot be computed to its accuracy (a phi that oscillates
 * or breaks too often within a standard deviation): the fields are then null and `note` says which it is. `qStatus` "unsettled" is
 * the second, and says nothing about a fixed point.
 * Theory notes B2.1, B2.2, B2.3, O4.
 *
 * @throws `ERR_DOMAIN` for negative or NaN variances, `ERR_UNAVAILABLE` for activations without a length map
 * @see paper B, fixed points and convergence rates
 * @example
 * meanField({ activation: activation("erf"), weightVariance: 1.5, biasVariance: 0.05 })
 * // phase "chaotic", qStar 0.601753, chi1 1.034700, cStar 0.820530, chiC 0.969552, xiStar 15.377
 */
export function meanField(
  layer: HiddenLayer,
  { start = 1, criticalTolerance = 1e-6 }: MeanFieldOptions = {},
): MeanField {
  checkLayer("meanField", layer);
  if (!(criticalTolerance >= 0 && criticalTolerance < 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `meanField: criticalTolerance is ${criticalTolerance}, expected a number in [0, 1)`,
      { argument: "criticalTolerance", got: criticalTolerance },
    );
  }
  const { activation, weightVariance, biasVariance } = layer;
  const notes: string[] = [];
  const length = qStar(layer, { start });
  const homogeneous = isPositivelyHomogeneous(activation);
  const growth = homogeneous ? weightVariance * meanSquare(activation, 1) : null;
  const q = fixedPointValue(length);
  if (growth !== null) {
    const said = growthNote(growth, biasVariance);
    if (said !== null) notes.push(said);
  } else {
    notes.push(...lengthNotes(length, layer, start));
  }

  const found = slopeAtOne(layer, q, growth);
  const chiOne = found === "unsettled" ? null : found;
  if (found === "unsettled") {
    notes.push(`chi_1 is not known: E[phi'^2] is not settled at q* = ${q!.toPrecision(6)}, ${TOO_OFTEN}`);
  }
  if (jumps(activation) && weightVariance > 0) {
    notes.push(
      `${activation.label} jumps: chi_1 is infinite, so any two different inputs are driven apart and there is no NTK`,
    );
  }
  const pair = correlationFixedPoint(layer, q, growth);
  const correlation = pair === "unsettled" ? null : pair;
  if (pair === "unsettled" && found !== "unsettled") {
    notes.push(
      `c* is not known: expectations of pairs are not settled at q* = ${q!.toPrecision(6)}, ${TOO_OFTEN}`,
    );
  }
  if (correlation?.status === "every-c") {
    notes.push("the network is linear: every correlation is passed on as it is");
  } else if (q === 0 && pair === null) {
    notes.push("q* = 0: every signal dies out, and with it what a correlation could be of");
  }
  const slopePhase = chiOne === null ? null : phaseOf(chiOne, criticalTolerance);
  // chaos drives inputs apart at a variance that stands; where q multiplies for ever correlations go to 1
  const phase = slopePhase === "chaotic" && growth !== null && q === null ? null : slopePhase;
  const chiC = slopeAtFixedPoint(correlation, q, chiOne);
  const advice = nearestWeightVariance(layer);

  return {
    activation: activation.label,
    weightVariance,
    biasVariance,
    phase,
    distance: chiOne === null ? null : chiOne - 1,
    qStar: q,
    qStatus: length.status,
    qSlope: Number.isNaN(length.slope) ? null : length.slope,
    qStable: length.stable,
    cStar: correlation === null ? null : correlation.value,
    cStarDeficit: correlation === null ? null : correlation.deficit,
    chi1: chiOne,
    chiC,
    xiQ: q === null || Number.isNaN(length.slope) ? null : depthScale(length.slope),
    xi1: chiOne === null ? null : depthScale(chiOne),
    xiC: chiC === null ? null : depthScale(chiC),
    xiStar:
      phase === null || phase === "ordered" || chiC === null || chiOne === null
        ? null
        : generalizationScale(chiOne, chiC),
    criticalWeightVariance: advice.value,
    growth,
    unsettled: length.status === "unsettled" || found === "unsettled" || pair === "unsettled",
    note: notes.length === 0 ? null : notes.join("; "),
  };
}

function fixedPointValue({ status, value }: LengthFixedPoint): number | null {
  return status === "converged" || status === "every-q" ? value : null;
}

/** Why an expectation is not settled. */
const TOO_OFTEN = "since the activation oscillates or breaks too often within a standard deviation";

function slopeAtOne(
  layer: HiddenLayer,
  q: number | null,
  growth: number | null,
): number | "unsettled" | null {
  if (layer.weightVariance === 0) return 0;
  if (jumps(layer.activation)) return null;
  // E_q[phi'^2] = E_1[phi^2] at every q for degree-1 homogeneous phi
  if (growth !== null) return growth;
  if (q === null) return null;
  const second = settledOr<number | "unsettled">("unsettled", () => meanSquaredSlope(layer.activation, q));
  if (second === "unsettled") return second;
  const chiOne = layer.weightVariance * second;
  return Number.isFinite(chiOne) ? chiOne : null;
}

function slopeAtFixedPoint(
  correlation: CorrelationFixedPoint | null,
  q: number | null,
  chiOne: number | null,
): number | null {
  if (correlation === null || Number.isNaN(correlation.slope)) return null;
  // at q* the slope at c = 1 is chi_1: the same number, not one that rounded differently
  return correlation.deficit === 0 && q !== null && q > 0 && chiOne !== null ? chiOne : correlation.slope;
}

function correlationFixedPoint(
  layer: HiddenLayer,
  q: number | null,
  growth: number | null,
): CorrelationFixedPoint | "unsettled" | null {
  let fixed: CorrelationFixedPoint | null = null;
  if (q !== null && q > 0) fixed = cStar(layer, q);
  // a homogeneous map does not see the scale: after dividing by q the biases vanish in the limit, or there are none
  else if (growth !== null && growth > 0) fixed = cStar({ ...layer, biasVariance: 0 }, 1);
  if (fixed?.status === "unsettled") return "unsettled";
  return fixed === null || fixed.status === "undefined" || Number.isNaN(fixed.value) ? null : fixed;
}

function growthNote(growth: number, biasVariance: number): string | null {
  const factor = growth.toPrecision(6);
  if (Math.abs(growth - 1) <= 1e-14) {
    return biasVariance === 0
      ? "every q is a fixed point: the variance of the data is kept"
      : `q has no fixed point: it grows by ${biasVariance} per layer`;
  }
  if (growth > 1) {
    return `q has no fixed point: it grows by a factor ${factor} per layer, and gradients with it; correlations still go to 1, so this is not genuine chaos`;
  }
  return biasVariance === 0 && growth > 0
    ? `q shrinks by a factor ${factor} per layer; after rescaling, correlations move as at criticality`
    : null;
}

/** How a variance ends that has no fixed point to go to. */
function blowsUp({ activation: { growth } }: HiddenLayer, start: string): string {
  if (growth.kind !== "gaussian") return `the variance grows without bound from ${start}`;
  const end = Number((1 / (4 * growth.rate)).toPrecision(6));
  return `from ${start} the variance comes to ${end} or more, where E[phi^2] is infinite`;
}

function lengthNotes(length: LengthFixedPoint, layer: HiddenLayer, start: number): string[] {
  switch (length.status) {
    case "no-fixed-point":
      return [`q has no fixed point: ${blowsUp(layer, "every start")}`];
    case "diverges": {
      const least = qStar(layer, { start: 0 });
      const where = least.stable
        ? `; from smaller starts it settles at q = ${least.value.toPrecision(6)}`
        : "";
      return [`${blowsUp(layer, `q = ${start}`)}${where}`];
    }
    case "max-iterations":
      return [
        `q* was not found within ${length.iterations} steps; the variance moves very slowly near ${length.value.toPrecision(4)}`,
      ];
    case "unsettled":
      return [
        `q* is not known: E[phi^2] is not settled at q = ${length.value.toPrecision(6)}, where the variance comes through, ${TOO_OFTEN}`,
      ];
    case "converged":
      if (Number.isNaN(length.slope)) {
        return [`Q'(q*) is not known: its expectation is not settled, ${TOO_OFTEN}`];
      }
      if (length.stable || Math.abs(length.slope) <= 1 + 1e-9) return [];
      return length.slope < 0
        ? ["q* is not stable: the variance ends in a cycle around it"]
        : ["q* is not stable: the variance moves away from it at the least deviation"];
    default:
      return [];
  }
}
