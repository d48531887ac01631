/**
 * A phase diagram as named arrays, as files and other programs take it.
 * @module
 */
import type { NdArray } from "../numeric/matrix.js";
import type { PhaseDiagram } from "./phase-diagram.js";

/** The maps of a diagram by name. */
const PHASE_MAPS = ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar", "phase", "unsettled"] as const;

/** What of a diagram becomes arrays. */
export type PhaseArraySource = Pick<
  PhaseDiagram,
  "weightVariance" | "biasVariance" | (typeof PHASE_MAPS)[number]
>;

/**
 * The axes `weightVariance` [a] and `biasVariance` [b], and each map [b, a]: NaN where there is no number, with `unsettled` 1 where that
 * is for an expectation that could not be computed to its accuracy, and says nothing about a fixed point.
 */
export function phaseDiagramArrays(diagram: PhaseArraySource): Record<string, NdArray<Float64Array>> {
  const axis = (data: Float64Array) => ({ data, shape: [data.length] });
  return {
    weightVariance: axis(diagram.weightVariance),
    biasVariance: axis(diagram.biasVariance),
    ...Object.fromEntries(PHASE_MAPS.map((name) => [name, diagram[name]])),
  };
}

/** What a point of a diagram is, each point one. */
export type PhasePoint = "ordered" | "critical" | "chaotic" | "no fixed point" | "no slope" | "unsettled";

/**
 * What the point at an index of the maps is: its phase; without one "no fixed point" of the variance, "no slope" where there is a fixed
 * point but no chi_1, and "unsettled" where it is not known.
 */
export function phasePointAt(
  { phase, qStar, unsettled }: Pick<PhaseDiagram, "phase" | "qStar" | "unsettled">,
  at: number,
): PhasePoint {
  const code = phase.data[at]!;
  if (Number.isNaN(code) && unsettled.data[at] === 1) return "unsettled";
  if (Number.isNaN(qStar.data[at]!)) return "no fixed point";
  return Number.isNaN(code)
    ? "no slope"
    : (["ordered", "critical", "chaotic"] as const)[(code + 1) as 0 | 1 | 2];
}
