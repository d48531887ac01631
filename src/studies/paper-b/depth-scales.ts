/**
 * Depth scales over the weight variance, and the lines that they draw over maps.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { MapOverlay } from "../../figures/index.js";
import type { MeanField } from "../../meanfield/index.js";
import { readingOf } from "./deep-network.js";

/** How many depth scales bound the maps (paper B). */
export const SCALES = 8;

/** A depth scale over weight variance, in layers; null where the phase has none. */
export interface ScaleCurve {
  readonly name: "xi1" | "xiStar";
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** Phase, xi_1 (ordered) and xi_* (chaotic) of one weight variance; null where the phase has none. */
export interface DepthScales {
  readonly phase: MeanField["phase"];
  readonly xi1: number | null;
  readonly xiStar: number | null;
}

/**
 * `count` weight variances from `from` to `to`, both included.
 * @throws ForetrainError `ERR_USAGE` for a count that is no whole number of at least 2
 */
export function equalSteps(range: readonly number[]): number[] {
  const [from, to, count] = range;
  if (!Number.isSafeInteger(count) || count! < 2) {
    throw new ForetrainError(
      "ERR_USAGE",
      `weightVariance is [${range.join(", ")}], expected the first, the last and how many: a whole number of at least 2, such as [0.5, 3, 9]`,
      { argument: "weightVariance", got: range },
    );
  }
  return Array.from({ length: count! }, (_, i) => from! + ((to! - from!) * i) / Math.max(1, count! - 1));
}

const finite = (x: number | null) => (x !== null && Number.isFinite(x) ? x : null);

/** Of erf networks. */
export function depthScales(weightVariance: number, biasVariance: number): DepthScales {
  const { phase, xi1, xiStar } = readingOf({ activation: "erf", weightVariance, biasVariance });
  return {
    phase,
    xi1: phase === "ordered" ? finite(xi1) : null,
    xiStar: phase === "chaotic" ? finite(xiStar) : null,
  };
}

/** Points of a curve of depth scales; they bend sharply at criticality. */
const CURVE_POINTS = 401;

/** Both depth scales over the range of weight variances. */
export function scaleCurves(weightVariances: readonly number[], biasVariance: number): ScaleCurve[] {
  const x = equalSteps([weightVariances[0]!, weightVariances.at(-1)!, CURVE_POINTS]);
  const scales = x.map((w) => depthScales(w, biasVariance));
  return [
    { name: "xi1", x, y: scales.map(({ xi1 }) => xi1) },
    { name: "xiStar", x, y: scales.map(({ xiStar }) => xiStar) },
  ];
}

/** `SCALES` times the depth scales as lines over maps down to `deepest` layers. */
export function scaleOverlays(curves: readonly ScaleCurve[], deepest: number): MapOverlay[] {
  return curves.map(({ name, x, y }) => ({
    label: name === "xi1" ? `${SCALES} ξ_{1}, ordered` : `${SCALES} ξ_{*}, chaotic`,
    x,
    // far above the map a curve only has to leave it
    y: y.map((scale) => (scale === null ? null : Math.min(4 * deepest, SCALES * scale))),
    dash: name === "xi1" ? "dashed" : "dotted",
  }));
}
