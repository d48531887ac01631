/**
 * The second hidden layer of finite networks, where Gaussians end (paper D, surprising behaviours): given the first
 * layer its units are independent N(0, s_2), `s_2 = sigma_w^2 (1/N) sum_j phi(h_(1,j))^2 + sigma_b^2`, so that over
 * initializations they are mixtures of Gaussians that share s_2: with heavier tails, and dependent although uncorrelated.
 * @module
 */
import { gaussianMean } from "../../activations/index.js";
import { ForetrainError, isForetrainError } from "../../errors.js";
import { type LengthLayer, lengthBand, squareVariance } from "../../meanfield/index.js";
import { createRng } from "../../numeric/random.js";
import { normalQuantile } from "../../numeric/special/index.js";
import {
  cauchyCdf,
  correlationOf,
  type Estimate,
  type GoodnessOfFit,
  type KolmogorovTest,
  kolmogorovTest,
  kurtosisOf,
  testFit,
} from "../../numeric/statistics/index.js";
import { type SampleOptions, sampleUnits, type UnitSamples } from "./sample-lengths.js";

/** What theory says of h_(2,1) and h_(2,2) at width N. */
export interface SecondLayerLaw {
  /** E[s_2] = Var(h_(2,1)); Infinity where E phi^2 is */
  readonly variance: number;
  /** k = Var(s_2) / E[s_2]^2; NaN where E[s_2] is infinite, Infinity where E phi^4 is */
  readonly spread: number;
  /** 3 (1 + k), 3 for a Gaussian */
  readonly kurtosis: number;
  /** correlation of h_(2,1)^2 and h_(2,2)^2, k / (2 + 3 k), 0 for independent units */
  readonly squareCorrelation: number;
  /** for phi = 1/x the scale of the Cauchy part of h_(2,1), which is exact; null otherwise */
  readonly cauchyScale: number | null;
}

/**
 * The law of the second layer of a network whose two dense layers have the same variances and width N, exact at every N:
 * `k = sigma_w^4 Var(phi(sqrt(q_1) z)^2) / (N E[s_2]^2)`, kurtosis `3 (1 + k)`, Corr of squares `k / (2 + 3 k)`.
 * For phi = 1/x, h_(2,i) is Cauchy(0, sqrt(N) sigma_w / sqrt(q_1)) plus an independent N(0, sigma_b^2).
 * Theory notes D3.1, D3.2.
 *
 * @param inputMeanSquare |x|^2 / n_0, default 1
 * @see paper D, surprising behaviours
 * @example
 * const relu = { activation: activation("relu"), weightVariance: 2, biasVariance: 0 };
 * secondLayerLaw(relu, 5).squareCorrelation // 5 / (2 N + 15) = 0.2
 */
export function secondLayerLaw(layer: LengthLayer, width: number, inputMeanSquare = 1): SecondLayerLaw {
  if (!(Number.isSafeInteger(width) && width >= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `secondLayerLaw: width is ${width}, expected a whole number >= 1`,
      { argument: "width", got: width },
    );
  }
  const { activation, weightVariance, biasVariance } = layer;
  const first = weightVariance * inputMeanSquare + biasVariance;
  const cauchyScale =
    activation.name === "reciprocal" && first > 0 ? Math.sqrt((width * weightVariance) / first) : null;
  let variance = Number.POSITIVE_INFINITY;
  try {
    variance = lengthBand([layer, layer], [width, width], inputMeanSquare).q[1]!;
  } catch (error) {
    // no length map: an infinite variance
    if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
  }
  if (!(variance < Number.POSITIVE_INFINITY)) {
    const unknown = Number.NaN;
    return { variance, spread: unknown, kurtosis: unknown, squareCorrelation: unknown, cauchyScale };
  }
  const noise = weightVariance === 0 ? 0 : weightVariance ** 2 * squareVariance(activation, first);
  const spread = noise === 0 ? 0 : noise / (width * variance * variance);
  return {
    variance,
    spread,
    kurtosis: 3 * (1 + spread),
    squareCorrelation: spread === Number.POSITIVE_INFINITY ? 1 / 3 : spread / (2 + 3 * spread),
    cauchyScale,
  };
}

/**
 * Distribution function of h_(2,1) for phi = 1/x: of Cauchy(0, `scale`) plus N(0, `biasVariance`).
 * @returns accurate to 1e-12
 */
export function cauchyPlusGaussianCdf(scale: number, biasVariance: number): (x: number) => number {
  if (biasVariance === 0) return (x) => cauchyCdf(x, 0, scale);
  return (x) => gaussianMean((b) => cauchyCdf(x - b, 0, scale), biasVariance, { scale, relative: 1e-12 });
}

/**
 * Limit of the p-quantile of q_2 / N for phi = 1/x: that of `sigma_w^2 / q_1` times Levy(0, 1), whose median is 2.19811.
 * The lengths themselves have no limit.
 */
export function reciprocalLengthQuantile(
  { weightVariance, biasVariance }: Pick<LengthLayer, "weightVariance" | "biasVariance">,
  p = 0.5,
  inputMeanSquare = 1,
): number {
  return weightVariance / (weightVariance * inputMeanSquare + biasVariance) / normalQuantile(1 - p / 2) ** 2;
}

/** Samples of the second layer, what was fitted to them, and theory. */
export interface SecondLayerReport {
  readonly samples: UnitSamples;
  readonly law: SecondLayerLaw;
  /** of h_(2,1) */
  readonly gaussian: GoodnessOfFit;
  readonly cauchy: GoodnessOfFit;
  /** h_(2,1) against its exact law, with nothing fitted, where that is known (phi = 1/x) */
  readonly exact: KolmogorovTest | null;
  readonly kurtosis: Estimate;
  /** correlation of h_(2,1) and h_(2,2), 0 in theory */
  readonly correlation: Estimate;
  /** correlation of their squares */
  readonly squareCorrelation: Estimate;
  /** share of initializations with h_(2,1) = 0, and with both 0: 2^-N each for relu and heaviside without bias */
  readonly zero: number;
  readonly bothZero: number;
}

export interface SecondLayerOptions extends SampleOptions {
  readonly width: number;
  /** replicas of the bootstrap behind the p-values of the fits, default 199 */
  readonly replicas?: number | undefined;
}

/** The exact distribution function is an integral where there are biases: so many samples are tested with it. */
const MOST_INTEGRALS = 2000;

/**
 * Draws (h_(2,1), h_(2,2)) over initializations and reports: Gaussian and Cauchy fitted by maximum likelihood to h_(2,1)
 * with Kolmogorov-Smirnov p-values (parametric bootstrap), the exact law where it is known, kurtosis, and the
 * dependence of the two units. Both dense layers have the variances of `layer`.
 *
 * @throws as `sampleUnits`
 * @see paper D, surprising behaviours
 * @example
 * const layer = { activation: activation("reciprocal"), weightVariance: 1, biasVariance: 0 };
 * const { cauchy, gaussian } = await secondLayerReport(layer, { width: 100, repetitions: 20_000 });
 * cauchy.scale // about 10; gaussian.pValueBound // 0
 */
export async function secondLayerReport(
  layer: LengthLayer,
  { width, replicas, ...options }: SecondLayerOptions,
): Promise<SecondLayerReport> {
  const samples = await sampleUnits([layer, layer], { ...options, width, units: 2 });
  const { repetitions, seed, inputMeanSquare, h } = samples;
  const unit = (i: number) => Float64Array.from({ length: repetitions }, (_, draw) => h.data[2 * draw + i]!);
  const [first, second] = [unit(0), unit(1)];
  const law = secondLayerLaw(layer, width, inputMeanSquare);
  const rng = createRng(seed).fork("second layer");
  const { cauchyScale } = law;
  const tested = layer.biasVariance === 0 ? first : first.subarray(0, MOST_INTEGRALS);
  const squares = (values: Float64Array) => values.map((x) => x * x);
  const share = (test: (draw: number) => boolean) =>
    first.reduce((count, _, draw) => count + (test(draw) ? 1 : 0), 0) / repetitions;
  return {
    samples,
    law,
    gaussian: testFit(first, "gaussian", rng.fork("gaussian"), { replicas }),
    cauchy: testFit(first, "cauchy", rng.fork("cauchy"), { replicas }),
    exact:
      cauchyScale === null || cauchyScale === 0
        ? null
        : kolmogorovTest(tested, cauchyPlusGaussianCdf(cauchyScale, layer.biasVariance)),
    kurtosis: kurtosisOf(first),
    correlation: correlationOf(first, second),
    squareCorrelation: correlationOf(squares(first), squares(second)),
    zero: share((draw) => first[draw] === 0),
    bothZero: share((draw) => first[draw] === 0 && second[draw] === 0),
  };
}
