/**
 * Stacks of layers that keep unit scale (paper D).
 * @module
 */
import { activation } from "../../activations/index.js";
import { type LengthLayer, unitScaleWeightVariance } from "../../meanfield/index.js";

/** A stack that keeps unit scale; the first layer reads an input of unit mean square. */
export function unitScaleStack(name: string, depth: number): readonly LengthLayer[] {
  const phi = activation(name);
  const { weightVariance } = unitScaleWeightVariance(phi);
  return Array.from({ length: depth }, (_, l) => ({
    activation: phi,
    weightVariance: l === 0 ? 1 : weightVariance,
    biasVariance: 0,
  }));
}
