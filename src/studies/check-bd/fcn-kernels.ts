import { kernelsAtDepths } from "../../kernels/index.js";
import type { Matrix } from "../../numeric/matrix.js";
import { breathe } from "../../progress.js";
import { bulkSpectrum, meanPredictor } from "../../trainability/index.js";
import type { CheckWork } from "../check-work.js";
import {
  block,
  centredTargets,
  criticalLayer,
  deepNetwork,
  largest,
  type PaperLayer,
  sphereInputs,
} from "../paper-b/deep-network.js";

/** Train samples m, test samples and input dimension of all rows. */
export const M = 12;
export const TEST = 3;
export const INPUTS = 30;

export const CRITICAL = criticalLayer("erf", 0.05);
export const CHAOTIC: PaperLayer = { activation: "erf", weightVariance: 1.5, biasVariance: 0.05 };
export const ORDERED: PaperLayer = { activation: "erf", weightVariance: 1.25, biasVariance: 0.05 };
export const RELU: PaperLayer = { activation: "relu", weightVariance: 2, biasVariance: 0 };

export const GET = ["nngp", "ntk", "nngpGap", "ntkGap"] as const;
export type Kernels = Record<(typeof GET)[number], Matrix>;

/** Kernels among train and test samples together, by depth. */
export async function kernelsOf(
  layer: PaperLayer,
  depths: readonly number[],
  meanSquare: number,
  { seed, threads, signal }: CheckWork,
): Promise<Map<number, Kernels>> {
  const x = sphereInputs(seed, M + TEST, INPUTS, meanSquare);
  const found = new Map<number, Kernels>();
  const options = { get: GET, threads, signal };
  for await (const { depth, ...kernels } of kernelsAtDepths(
    deepNetwork(layer, INPUTS),
    depths,
    x,
    null,
    options,
  )) {
    found.set(depth, kernels as unknown as Kernels);
    await breathe(signal);
  }
  return found;
}

export const trainOf = (a: Matrix) => block(a, [0, M], [0, M]);
export const testOf = (a: Matrix) => block(a, [M, M + TEST], [0, M]);
export const spectrumOf = (kernel: Matrix, gap: Matrix) => bulkSpectrum(trainOf(kernel), trainOf(gap));
export const median = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};
export const bulkOf = (eigenvalues: readonly number[]) => median(eigenvalues.slice(1));

/** max |P Y| for fixed Gaussian centred targets. */
export function predicted(kernel: Matrix, { seed }: CheckWork): number {
  return largest(meanPredictor(testOf(kernel), trainOf(kernel), centredTargets(seed, M, 2)).mean);
}

export const meanPair = (kernel: Matrix) => {
  let sum = 0;
  for (let i = 0; i < M; i++) for (let j = 0; j < i; j++) sum += kernel.data[i * kernel.shape[1] + j]!;
  return sum / ((M * (M - 1)) / 2);
};
