/**
 * Gaussian and Cauchy distributions fitted by maximum likelihood, and how well they fit.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { normalStream } from "../normal-stream.js";
import type { Rng } from "../random.js";
import { normalCdf } from "../special/normal.js";
import { kolmogorovPValue, kolmogorovStatistic, sortedSamples } from "./kolmogorov.js";
import { sortedQuantile } from "./summary.js";

/** A family of laws known up to place and scale. */
export type LocationScaleFamily = "gaussian" | "cauchy";

/** A fitted distribution. */
export interface LocationScaleFit {
  readonly family: LocationScaleFamily;
  /** mean of the Gaussian, median of the Cauchy */
  readonly location: number;
  /** standard deviation of the Gaussian, half the interquartile range of the Cauchy */
  readonly scale: number;
  /** natural logarithm of the likelihood at the maximum */
  readonly logLikelihood: number;
}

/** A fit with its Kolmogorov-Smirnov distance. */
export interface GoodnessOfFit extends LocationScaleFit {
  /** sup |F_n - F| of the fitted F */
  readonly statistic: number;
  /** with the fit repeated on samples of the family itself (parametric bootstrap): a proper p-value, at least 1 / (replicas + 1) */
  readonly pValue: number;
  /** p-value as if location and scale had been known: an upper bound, which resolves what no number of replicas does */
  readonly pValueBound: number;
}

/** Distribution function of Cauchy(location, scale). */
export function cauchyCdf(x: number, location = 0, scale = 1): number {
  const z = (x - location) / scale;
  // far out 1/2 + atan / pi would cancel on the left
  return z < -1 ? -Math.atan(1 / z) / Math.PI : 0.5 + Math.atan(z) / Math.PI;
}

/** Density of Cauchy(location, scale). */
export function cauchyPdf(x: number, location = 0, scale = 1): number {
  const z = (x - location) / scale;
  return 1 / (Math.PI * scale * (1 + z * z));
}

function cdfOf({ family, location, scale }: LocationScaleFit): (x: number) => number {
  return family === "cauchy"
    ? (x) => cauchyCdf(x, location, scale)
    : (x) => normalCdf((x - location) / scale);
}

/** The Gaussian of the greatest likelihood: mean and root mean squared deviation. */
export function fitGaussian(samples: ArrayLike<number>): LocationScaleFit {
  const n = samples.length;
  let location = 0;
  for (let i = 0; i < n; i++) location += samples[i]! / n;
  let square = 0;
  for (let i = 0; i < n; i++) square += (samples[i]! - location) ** 2 / n;
  const scale = Math.sqrt(square);
  return {
    family: "gaussian",
    location,
    scale,
    logLikelihood: -n * (Math.log(scale) + 0.5 * Math.log(2 * Math.PI) + 0.5),
  };
}

const MOST_STEPS = 1000;
const STEP_TOLERANCE = 1e-12;

/**
 * The Cauchy distribution of the greatest likelihood, by the parameter-expanded EM iteration of the t distribution
 * (weights 1 / (1 + z^2)), from median and quartiles. The joint maximum is unique (Copas 1975) unless half of the
 * samples or more are one number, where the likelihood has no bound: the scale is then 0.
 */
export function fitCauchy(samples: ArrayLike<number>): LocationScaleFit {
  return fitCauchySorted(sortedSamples("fitCauchy", samples));
}

function fitCauchySorted(sorted: Float64Array): LocationScaleFit {
  const n = sorted.length;
  let location = sortedQuantile(sorted, 0.5);
  let scale = 0.5 * (sortedQuantile(sorted, 0.75) - sortedQuantile(sorted, 0.25));
  if (2 * sorted.reduce((count, x) => count + (x === location ? 1 : 0), 0) >= n) {
    return { family: "cauchy", location, scale: 0, logLikelihood: Number.POSITIVE_INFINITY };
  }
  if (scale === 0) scale = Math.max(location - sorted[0]!, sorted[n - 1]! - location) * 1e-3;
  for (let step = 0; step < MOST_STEPS; step++) {
    let [weights, first, second] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = sorted[i]!;
      const z = (x - location) / scale;
      const weight = 1 / (1 + z * z);
      weights += weight;
      first += weight * (x - location);
      second += weight * (x - location) ** 2;
    }
    const shift = first / weights;
    const next = Math.sqrt(second / weights - shift * shift);
    const change = Math.abs(shift) + Math.abs(next - scale);
    location += shift;
    scale = next;
    if (change <= STEP_TOLERANCE * scale) break;
  }
  let logLikelihood = -n * Math.log(Math.PI * scale);
  for (let i = 0; i < n; i++) logLikelihood -= Math.log1p(((sorted[i]! - location) / scale) ** 2);
  return { family: "cauchy", location, scale, logLikelihood };
}

/** Most samples of one replica: sqrt(n) D has reached its limit law to about 1 / sqrt(n). */
const REPLICA_SIZE = 1000;

export interface GoodnessOptions {
  /** repetitions of the fit on samples of the family, default 199 */
  readonly replicas?: number | undefined;
}

/**
 * Fits a family and tests the fit. Distance and fit do not change under shifts and scalings of the samples, so that the
 * replicas are drawn from the standard member; of more than 1000 samples sqrt(n) D is compared with replicas of 1000.
 *
 * @throws `ERR_DATA` for fewer than 3 samples, NaN, or samples that are infinite
 */
export function testFit(
  samples: ArrayLike<number>,
  family: LocationScaleFamily,
  rng: Rng,
  { replicas = 199 }: GoodnessOptions = {},
): GoodnessOfFit {
  const sorted = sortedSamples("testFit", samples);
  const n = sorted.length;
  if (n < 3 || !(Number.isFinite(sorted[0]!) && Number.isFinite(sorted[n - 1]!))) {
    throw new ForetrainError("ERR_DATA", "testFit: expected 3 samples or more, all finite", {
      argument: "samples",
      got: n,
    });
  }
  const fit = family === "cauchy" ? fitCauchySorted(sorted) : fitGaussian(sorted);
  if (!(fit.scale > 0)) return { ...fit, statistic: 1, pValue: 0, pValueBound: 0 };
  const statistic = kolmogorovStatistic(sorted, cdfOf(fit));
  const size = Math.min(n, REPLICA_SIZE);
  const limit = statistic * Math.sqrt(n / size);
  const stream = normalStream(rng.fork("replicas"));
  const draw = new Float64Array(family === "cauchy" ? 2 * size : size);
  let beyond = 0;
  for (let replica = 0; replica < replicas; replica++) {
    stream.fill(draw);
    // the ratio of two normals is standard Cauchy
    const own =
      family === "cauchy" ? draw.slice(0, size).map((x, i) => x / draw[size + i]!) : draw.slice(0, size);
    own.sort();
    const again = family === "cauchy" ? fitCauchySorted(own) : fitGaussian(own);
    if (kolmogorovStatistic(own, cdfOf(again)) >= limit) beyond++;
  }
  return {
    ...fit,
    statistic,
    pValue: (1 + beyond) / (1 + replicas),
    pValueBound: kolmogorovPValue(n, statistic),
  };
}
