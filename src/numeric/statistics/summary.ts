/**
 * Numbers that sum up samples, each with its standard error where theory gives one.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** An estimate with its standard error. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** Their sum in order over their number; NaN of none. */
export function averageOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  return sum / samples.length;
}

/** Mean, standard error s / sqrt(n). */
export function meanOf(samples: ArrayLike<number>): Estimate {
  const { mean, second } = centralMoments(samples);
  return { value: mean, error: Math.sqrt(second / samples.length) };
}

/** Variance (divisor n - 1); error sqrt((m4 - m2^2 (n - 3) / (n - 1)) / n). */
export function varianceOf(samples: ArrayLike<number>): Estimate {
  const n = samples.length;
  const { second, fourth } = centralMoments(samples);
  return {
    value: second,
    error: Math.sqrt(Math.max(0, fourth - (second * second * (n - 3)) / Math.max(1, n - 1)) / n),
  };
}

/** Mean, variance (divisor n - 1) and fourth central moment (divisor n), by two passes. */
export function centralMoments(samples: ArrayLike<number>): {
  readonly mean: number;
  readonly second: number;
  readonly fourth: number;
} {
  const n = samples.length;
  const mean = averageOf(samples);
  let [second, fourth] = [0, 0];
  for (let i = 0; i < n; i++) {
    const square = (samples[i]! - mean) ** 2;
    second += square;
    fourth += square * square;
  }
  return { mean, second: n > 1 ? second / (n - 1) : Number.NaN, fourth: fourth / n };
}

/** The p-quantile of ascending samples, linear between order statistics. */
export function sortedQuantile(sorted: ArrayLike<number>, p: number): number {
  const place = p * (sorted.length - 1);
  const low = Math.floor(place);
  const at = sorted[low]!;
  const next = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return at === next ? at : at + (place - low) * (next - at);
}

/**
 * The p-quantile of ascending samples with its standard error: half the distance of the order statistics one standard
 * deviation of the binomial count away, whatever the distribution.
 */
export function quantileEstimate(sorted: ArrayLike<number>, p: number): Estimate {
  const spread = Math.sqrt((p * (1 - p)) / sorted.length);
  const [low, high] = [p - spread, p + spread].map((at) =>
    sortedQuantile(sorted, Math.min(1, Math.max(0, at))),
  ) as [number, number];
  return { value: sortedQuantile(sorted, p), error: 0.5 * (high - low) };
}

/** A straight line through points with errors, weighted by their inverse squares. */
export interface LineFit {
  readonly slope: number;
  readonly intercept: number;
  /** standard error of the slope, from the errors of the points */
  readonly slopeError: number;
}

/**
 * Power law `y = exp(intercept) x^slope` through estimates by weighted least squares of log y over log x.
 * @returns null with fewer than two usable points (x and y positive and finite)
 */
export function logLogFit(x: readonly number[], y: readonly Estimate[]): LineFit | null {
  if (x.length !== y.length) {
    throw new ForetrainError("ERR_SHAPE", `logLogFit: y has ${y.length} values, expected ${x.length} as x`, {
      argument: "y",
      got: y.length,
      expected: x.length,
    });
  }
  const usable = y.flatMap(({ value, error }, i) => {
    const log = Math.log(value);
    if (!(Number.isFinite(log) && x[i]! > 0)) return [];
    // a point without a usable error weighs as one of 1 %
    const relative = error > 0 && error < Number.POSITIVE_INFINITY ? error / value : 0.01;
    return [{ x: Math.log(x[i]!), y: log, weight: 1 / relative ** 2 }];
  });
  const total = usable.reduce((sum, point) => sum + point.weight, 0);
  const mean = (f: (point: { x: number; y: number }) => number) =>
    usable.reduce((sum, point) => sum + (point.weight / total) * f(point), 0);
  const [mx, my] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = mean((point) => (point.x - mx) ** 2);
  if (!(spread > 0)) return null;
  const slope = mean((point) => (point.x - mx) * (point.y - my)) / spread;
  return { slope, intercept: my - slope * mx, slopeError: 1 / Math.sqrt(total * spread) };
}

/** Correlation of two sets of equal length; error from `batches` parts of equal size, which no moment needs to exist for. */
export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>, batches = 50): Estimate {
  const part = (start: number, end: number): number => {
    const n = end - start;
    let [ma, mb] = [0, 0];
    for (let i = start; i < end; i++) {
      ma += a[i]! / n;
      mb += b[i]! / n;
    }
    let [aa, bb, ab] = [0, 0, 0];
    for (let i = start; i < end; i++) {
      const [u, v] = [a[i]! - ma, b[i]! - mb];
      aa += u * u;
      bb += v * v;
      ab += u * v;
    }
    return ab / Math.sqrt(aa * bb);
  };
  return { value: part(0, a.length), error: batchError(a.length, batches, part) };
}

/** E (x - m)^4 / (E (x - m)^2)^2, 3 for a Gaussian; error from `batches` parts of equal size. */
export function kurtosisOf(samples: ArrayLike<number>, batches = 50): Estimate {
  const part = (start: number, end: number): number => {
    const n = end - start;
    let mean = 0;
    for (let i = start; i < end; i++) mean += samples[i]! / n;
    let [second, fourth] = [0, 0];
    for (let i = start; i < end; i++) {
      const square = (samples[i]! - mean) ** 2;
      second += square / n;
      fourth += (square * square) / n;
    }
    return fourth / (second * second);
  };
  return { value: part(0, samples.length), error: batchError(samples.length, batches, part) };
}

/** Standard error of a statistic of all samples from its spread over parts. */
function batchError(n: number, batches: number, part: (start: number, end: number) => number): number {
  const count = Math.min(batches, Math.floor(n / 4));
  if (count < 2) return Number.NaN;
  const values = Array.from({ length: count }, (_, i) =>
    part(Math.floor((i * n) / count), Math.floor(((i + 1) * n) / count)),
  );
  return Math.sqrt(centralMoments(values).second / count);
}
