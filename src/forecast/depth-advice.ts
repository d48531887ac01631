/**
 * What the depth scales of a hidden layer mean for the depth of a network, in words.
 * @module
 */
import { numberText } from "../figures/index.js";
import type { MeanField } from "../meanfield/index.js";
import { countOf } from "./amounts.js";

/** Train accuracy is bounded by about this many depth scales in the ordered phase (paper B, accuracy maps). */
export const TRAINABLE_SCALES = 8;

/**
 * How deep a network of this hidden layer can be: what trains in the ordered phase, what generalizes in the chaotic one.
 *
 * @param depth hidden layers that the network has
 * @returns a sentence or two; null at criticality, and where there is no fixed point that depth scales could belong to
 * @see paper B, accuracy maps
 */
export function depthAdvice(
  { qStar, phase, xi1, xiC, xiStar }: Pick<MeanField, "qStar" | "phase" | "xi1" | "xiC" | "xiStar">,
  depth: number,
): string | null {
  // scales around a fixed point say nothing where the variance has none, or dies out
  if (qStar === null || !(qStar > 0)) return null;
  const layers = (scale: number) =>
    countOf(Math.max(1, Math.floor(TRAINABLE_SCALES * scale)), "hidden layer");
  if (phase === "ordered" && xi1 !== null) {
    return (
      `Ordered phase: inputs become alike within ${numberText(xi1)} layers (xi_1). ` +
      `Networks of these variances train to about ${TRAINABLE_SCALES} xi_1 = ${layers(xi1)}; this one has ${countOf(depth, "hidden layer")}.`
    );
  }
  if (phase === "chaotic" && xiStar !== null) {
    return (
      `Chaotic phase: ${xiC === null ? "" : `correlations are forgotten within ${numberText(xiC)} layers (xi_c*), and `}what generalizes fades with xi_* = ${numberText(xiStar)} layers. ` +
      `Test accuracy is predicted to reach chance beyond about ${TRAINABLE_SCALES} xi_* = ${layers(xiStar)}; this one has ${countOf(depth, "hidden layer")}.`
    );
  }
  return null;
}
