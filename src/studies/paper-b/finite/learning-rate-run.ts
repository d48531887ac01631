/**
 * One finite network trained with learning rates around the largest stable one.
 * @module
 */
import { isForetrainError } from "../../../errors.js";
import {
  type FloatArray,
  finiteModel,
  initialParameters,
  largestCurvature,
  stableLearningRate,
  type TrainingRecord,
  type TrainingSplit,
  trainNetwork,
} from "../../../finite/index.js";
import type { Network } from "../../../network/index.js";

/** One training with eta = factor times the largest stable rate of the kernel at infinite width. */
export interface RateRun {
  readonly factor: number;
  /** after the last step; null when training diverged */
  readonly accuracy: number | null;
  /** loss at the end over that at the start; null when training diverged */
  readonly loss: number | null;
  /** largest loss after the start over that at the start; Infinity when training diverged */
  readonly peak: number;
  /** whether a step raised the loss */
  readonly rose: boolean;
  /** lambda_max at the end over that at the start, for factors above 1; null when training diverged */
  readonly curvature: number | null;
}

export interface RatesOfNetwork {
  /** largest stable rate by the network's own lambda_max at the start, over that at infinite width */
  readonly own: number;
  /** largest rate at which no step raised the loss, over that at infinite width */
  readonly threshold: number;
  readonly runs: readonly RateRun[];
}

export interface RatesInput {
  readonly network: Network;
  readonly train: TrainingSplit;
  /** 2 n / lambda_max of the kernel at infinite width */
  readonly theory: number;
  readonly factors: readonly number[];
  readonly steps: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** The threshold is looked for between these, in units of the network's own largest stable rate. */
const BRACKET = [0.7, 1.4] as const;
/** Halvings of its logarithm: 2 %. */
const HALVINGS = 5;
/** A step that raises the loss by more than this share: rounding of float32 does not. */
const RISE = 1e-3;
/** lambda_max is known to this; the search stops when two power iterations agree to it. */
const CURVATURE_TOLERANCE = 1e-3;

async function trainWith(
  { network, train, steps, seed, signal }: RatesInput,
  learningRate: number,
): Promise<{ readonly records: readonly TrainingRecord[]; readonly parameters: FloatArray | null }> {
  const records: TrainingRecord[] = [];
  try {
    const { parameters } = await trainNetwork({
      network,
      recipe: { steps, learningRate, seed, dtype: "float32" },
      train,
      records: Array.from({ length: steps + 1 }, (_, step) => step),
      onRecord: (record) => records.push(record),
      signal,
    });
    return { records, parameters };
  } catch (error) {
    if (!isForetrainError(error, "ERR_NUMERICAL")) throw error;
    return { records, parameters: null };
  }
}

/** On a quadratic every step lowers the loss below 2 / lambda_max; above it the largest mode grows until steps raise it. */
const rises = (records: readonly TrainingRecord[]) =>
  records.some(({ trainLoss }, i) => i > 0 && trainLoss > (1 + RISE) * records[i - 1]!.trainLoss);

/** max_{t > 0} L_t / L_0 */
function peakOf(records: readonly TrainingRecord[], diverged: boolean): number {
  if (diverged) return Number.POSITIVE_INFINITY;
  return Math.max(...records.slice(1).map(({ trainLoss }) => trainLoss)) / records[0]!.trainLoss;
}

export async function ratesOfNetwork(input: RatesInput): Promise<RatesOfNetwork> {
  const { network, train, theory, factors, seed, signal } = input;
  const model = finiteModel(network);
  const curvatureAt = async (parameters: FloatArray) => {
    const samples = train.x.shape[0]!;
    return (
      await largestCurvature(model, parameters, train.x, { samples, tolerance: CURVATURE_TOLERANCE, signal })
    ).value;
  };
  const before = await curvatureAt(initialParameters(model, { seed }));
  const ownRate = stableLearningRate(before);
  const runs: RateRun[] = [];
  for (const factor of factors) {
    const { records, parameters } = await trainWith(input, factor * theory);
    runs.push({
      factor,
      accuracy: parameters && records.at(-1)!.trainAccuracy,
      loss: parameters && records.at(-1)!.trainLoss / records[0]!.trainLoss,
      peak: peakOf(records, parameters === null),
      rose: parameters === null || rises(records),
      curvature: factor > 1 && parameters ? (await curvatureAt(parameters)) / before : null,
    });
  }
  let [low, high]: [number, number] = [BRACKET[0] * ownRate, BRACKET[1] * ownRate];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = Math.sqrt(low * high);
    const { records, parameters } = await trainWith(input, middle);
    if (parameters === null || rises(records)) high = middle;
    else low = middle;
  }
  return { own: ownRate / theory, threshold: Math.sqrt(low * high) / theory, runs };
}
