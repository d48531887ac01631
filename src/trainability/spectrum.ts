/**
 * Spectrum of a train kernel and what it says about training (paper B, section on trainability).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { eigenSymmetric, type Threaded } from "../numeric/linalg/index.js";
import type { Matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";

/** Spectrum and conditioning of the matrix that trains: kernel plus ridge. Plain JSON data. */
export interface SpectrumSummary {
  /** largest first; values below n eps lambdaMax are rounding noise and may be negative */
  readonly eigenvalues: readonly number[];
  readonly lambdaMax: number;
  /** median of the eigenvalues without the largest (of one eigenvalue: itself) */
  readonly lambdaBulk: number;
  readonly lambdaMin: number;
  /** lambdaMax / lambdaMin; the lower bound 1 / (n eps) when effectiveRank < n: float64 then holds no digit of lambdaMin */
  readonly kappa: number;
  /** number of eigenvalues above n eps lambdaMax */
  readonly effectiveRank: number;
  /** ridge included in the eigenvalues, absolute */
  readonly ridge: number;
  /** true when float32 could not have carried the small eigenvalues: kappa > 1e6 */
  readonly float64Needed: boolean;
}

const FLOAT32_KAPPA = 1e6; // float32 eps is 6e-8: at this kappa one or two digits of lambdaMin are left

/** Level below which an eigenvalue of an [n, n] matrix is rounding noise: n eps lambdaMax. */
export function noiseFloor(lambdaMax: number, n: number): number {
  return n * Number.EPSILON * Math.max(0, lambdaMax);
}

/**
 * Summary of known eigenvalues (any order), of a kernel without its ridge; `ridge` is added to each.
 * Theory notes B3.2.
 * @throws ERR_SHAPE for no eigenvalues, ERR_DATA for NaN or infinite ones, ERR_DOMAIN for a negative ridge
 */
export function summarizeSpectrum(values: ArrayLike<number>, ridge = 0): SpectrumSummary {
  const n = values.length;
  if (n === 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      "summarizeSpectrum: there are no eigenvalues, expected at least one",
      {
        argument: "values",
      },
    );
  }
  if (!(ridge >= 0 && ridge < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `summarizeSpectrum: ridge is ${ridge}, expected a finite number >= 0`,
      {
        argument: "ridge",
        got: ridge,
      },
    );
  }
  const sorted = Float64Array.from(values, (x) => x + ridge)
    .sort()
    .reverse();
  if (!sorted.every(Number.isFinite)) {
    throw new ForetrainError("ERR_DATA", "summarizeSpectrum: an eigenvalue is not finite", {
      argument: "values",
    });
  }
  const lambdaMax = sorted[0]!;
  const lambdaMin = sorted[n - 1]!;
  const floor = noiseFloor(lambdaMax, n);
  let effectiveRank = 0;
  while (effectiveRank < n && sorted[effectiveRank]! > floor) effectiveRank++;
  const bulk = n === 1 ? sorted : sorted.subarray(1);
  const lambdaBulk = (bulk[(bulk.length - 1) >> 1]! + bulk[bulk.length >> 1]!) / 2;
  const kappa = effectiveRank === n ? lambdaMax / lambdaMin : 1 / (n * Number.EPSILON);
  return {
    eigenvalues: Array.from(sorted),
    lambdaMax,
    lambdaBulk,
    lambdaMin,
    kappa,
    effectiveRank,
    ridge,
    float64Needed: kappa > FLOAT32_KAPPA,
  };
}

/** Eigenvalues of a train kernel [n, n] and their summary; 4/3 n^3 flops. Errors as `eigenSymmetric`. */
export async function kernelSpectrum(
  kernel: Matrix,
  options: LongWork & Threaded & { readonly ridge?: number | undefined } = {},
): Promise<SpectrumSummary> {
  const { ridge = 0, ...work } = options;
  const { values } = await eigenSymmetric(kernel, { ...work, vectors: false });
  return summarizeSpectrum(values, ridge);
}

/**
 * Largest learning rate for which full-batch gradient descent on the loss 1/(2n) sum (f - y)^2 is stable,
 * `2 (1 + momentum) n / lambdaMax` (paper B: eta_theory = 2 / lambda_max for a loss without the 1/n).
 * Descent converges below it and diverges above it. Infinity for lambdaMax = 0.
 * For a loss that is the mean over samples and k outputs, multiply by k.
 * Theory notes B3.1.
 *
 * @param lambdaMax largest eigenvalue of the train kernel, >= 0
 * @param n         number of train samples
 * @throws ERR_DOMAIN when lambdaMax is negative or NaN, n is not a positive integer, momentum is outside [0, 1)
 */
export function largestLearningRate(
  lambdaMax: number,
  n: number,
  options: { readonly momentum?: number | undefined } = {},
): number {
  const { momentum = 0 } = options;
  if (!(lambdaMax >= 0)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `largestLearningRate: lambdaMax is ${lambdaMax}, expected a number >= 0`,
      {
        argument: "lambdaMax",
        got: lambdaMax,
      },
    );
  }
  if (!(Number.isInteger(n) && n > 0)) {
    throw new ForetrainError("ERR_DOMAIN", `largestLearningRate: n is ${n}, expected an integer > 0`, {
      argument: "n",
      got: n,
    });
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `largestLearningRate: momentum is ${momentum}, expected a number in [0, 1)`,
      {
        argument: "momentum",
        got: momentum,
      },
    );
  }
  return (2 * (1 + momentum) * n) / lambdaMax;
}
