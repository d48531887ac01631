/**
 * Noise of the updates in the outputs of single networks, where theory has it.
 * @module
 */
import { type NoiseClock, type NoiseDraws, noiseDraws, type SpectralModel } from "../dynamics/index.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import type { ForecastInputs } from "./inputs.js";
import { type KernelWork, testKernel } from "./kernels.js";
import type { ForecastRecipe } from "./spec.js";

/** Draws of what noise adds to the outputs at each clock. */
export type NoiseSource = (columns: number, clocks: readonly NoiseClock[]) => Generator<NoiseDraws>;

/** Why noise is not in the prediction; null: it is. */
export function noiseReason(model: SpectralModel, stable: boolean): string | null {
  if (model.ridge > 0) return "the formulas have no ridge; use training.diagReg 0";
  if (!stable) return "training diverges at this learning rate";
  return null;
}

export interface NoiseSourceInput {
  readonly network: Network;
  /** all train samples, and the test samples that single networks are evaluated on */
  readonly inputs: ForecastInputs;
  readonly model: SpectralModel;
  /** NTK between these test samples and the train samples */
  readonly testTrain: Matrix;
  readonly recipe: ForecastRecipe;
  readonly stable: boolean;
}

/** Null without noise, and where theory has none of it. */
export async function noiseSource(
  { network, inputs, model, testTrain, recipe, stable }: NoiseSourceInput,
  work: KernelWork,
): Promise<NoiseSource | null> {
  const { noise } = recipe.training;
  if (noise === 0 || noiseReason(model, stable) !== null) return null;
  const kernel = await testKernel(network, inputs, "ntk", work);
  const rng = createRng(recipe.seed).fork("noise of networks");
  return (columns, clocks) =>
    noiseDraws(model, { noise, columns, rng, test: { train: testTrain, kernel } }, clocks);
}

/** Outputs of several networks side by side [n, networks * k] with noise of the same shape. */
export function withNoise(outputs: Matrix, added: Matrix): Matrix {
  return matrix(
    outputs.shape[0],
    outputs.shape[1],
    outputs.data.map((value, i) => value + added.data[i]!),
  );
}
