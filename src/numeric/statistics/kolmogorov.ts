/**
 * Kolmogorov-Smirnov tests: whether samples follow a distribution, and whether two sets follow the same.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** A test's largest distance between distribution functions, and how probable one at least as large is by chance. */
export interface KolmogorovTest {
  /** sup |F_n - F|, in [0, 1] */
  readonly statistic: number;
  readonly pValue: number;
}

/** Above it the limit law with its next terms is used. */
const EXACT_UP_TO = 100;
/** n D^2 above which the exact algorithm would only compute 1 - (nearly 1). */
const FAR = 7;

/** P(K > x) of the Kolmogorov limit law: 2 sum_k (-1)^(k - 1) exp(-2 k^2 x^2). Relative error about 1e-14. */
export function kolmogorovTail(x: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 1;
  if (x < 1) {
    // the theta function turned round converges fast for small x
    let sum = 0;
    for (let k = 1; k <= 9; k += 2) sum += Math.exp((-k * k * Math.PI * Math.PI) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 6; k >= 1; k--) sum = Math.exp(-2 * k * k * x * x) - sum;
  return Math.min(1, 2 * sum);
}

/**
 * P(D_n >= d) for n samples of the assumed continuous distribution, its parameters known beforehand. Exact to 1e-12
 * (Marsaglia, Tsang and Wang 2003) up to 100 samples and n d^2 <= 7; beyond them the limit law at
 * x + 1 / (6 sqrt n) + (x - 1) / (4 n), x = sqrt(n) d (Vrbik 2018), good to 5e-4 at 100 samples and better with more.
 */
export function kolmogorovPValue(n: number, d: number): number {
  if (!(d > 0)) return Number.isNaN(d) ? Number.NaN : 1;
  if (d >= 1) return 0;
  if (n <= EXACT_UP_TO && n * d * d <= FAR) return 1 - exactCdf(n, d);
  const root = Math.sqrt(n);
  const x = root * d;
  return kolmogorovTail(x + 1 / (6 * root) + (x - 1) / (4 * n));
}

/** P(D_n < d) as n! / n^n times an entry of the n-th power of a (2 k - 1)-square matrix, n d = k - h. */
function exactCdf(n: number, d: number): number {
  const k = Math.floor(n * d) + 1;
  const m = 2 * k - 1;
  const h = k - n * d;
  const base = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) base[i * m + j] = i - j + 1 < 0 ? 0 : 1;
  for (let i = 0; i < m; i++) {
    base[i * m] = base[i * m]! - h ** (i + 1);
    base[(m - 1) * m + i] = base[(m - 1) * m + i]! - h ** (m - i);
  }
  base[(m - 1) * m] = base[(m - 1) * m]! + (2 * h - 1 > 0 ? (2 * h - 1) ** m : 0);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      for (let g = 2; g <= i - j + 1; g++) base[i * m + j] = base[i * m + j]! / g;
    }
  }
  const { matrix, exponent } = power(base, m, n);
  let value = matrix[(k - 1) * m + k - 1]!;
  let scale = exponent;
  for (let i = 1; i <= n; i++) {
    value = (value * i) / n;
    if (value < 1e-140) {
      value *= 1e140;
      scale -= 140;
    }
  }
  return value * 10 ** scale;
}

function product(a: Float64Array, b: Float64Array, m: number): Float64Array {
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) out[i * m + j] = out[i * m + j]! + factor * b[k * m + j]!;
    }
  }
  return out;
}

function power(base: Float64Array, m: number, n: number): { matrix: Float64Array; exponent: number } {
  if (n === 1) return { matrix: base, exponent: 0 };
  const half = power(base, m, Math.floor(n / 2));
  let matrix = product(half.matrix, half.matrix, m);
  let exponent = 2 * half.exponent;
  if (n % 2 === 1) matrix = product(base, matrix, m);
  const middle = ((m - 1) / 2) * (m + 1);
  if (matrix[middle]! > 1e140) {
    matrix = matrix.map((x) => x * 1e-140);
    exponent += 140;
  }
  return { matrix, exponent };
}

/** A sorted copy; NaN is refused, since it would land anywhere. */
export function sortedSamples(where: string, samples: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(samples);
  if (sorted.length === 0 || sorted.some(Number.isNaN)) {
    throw new ForetrainError(
      "ERR_DATA",
      `${where}: ${sorted.length === 0 ? "there are no samples" : "some samples are NaN"}, expected one number or more`,
      { argument: "samples", got: sorted.length },
    );
  }
  return sorted.sort();
}

/** sup |F_n - F| of samples in ascending order. */
export function kolmogorovStatistic(sorted: ArrayLike<number>, cdf: (x: number) => number): number {
  const n = sorted.length;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const expected = cdf(sorted[i]!);
    largest = Math.max(largest, (i + 1) / n - expected, expected - i / n);
  }
  return largest;
}

/**
 * Tests samples against a distribution whose parameters do not come from them. With parameters fitted to the same
 * samples the p-value is too large (an upper bound): see `bootstrapPValue`.
 * @throws `ERR_DATA` for no samples or NaN
 */
export function kolmogorovTest(samples: ArrayLike<number>, cdf: (x: number) => number): KolmogorovTest {
  const statistic = kolmogorovStatistic(sortedSamples("kolmogorovTest", samples), cdf);
  return { statistic, pValue: kolmogorovPValue(samples.length, statistic) };
}

/**
 * Tests whether two sets of samples come from one distribution; the p-value is that of the limit law.
 * @throws `ERR_DATA` for no samples or NaN
 */
export function kolmogorovTwoSampleTest(
  samples: ArrayLike<number>,
  others: ArrayLike<number>,
): KolmogorovTest {
  const a = sortedSamples("kolmogorovTwoSampleTest", samples);
  const b = sortedSamples("kolmogorovTwoSampleTest", others);
  let [i, j, statistic] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! === at) i++;
    while (j < b.length && b[j]! === at) j++;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { statistic, pValue: kolmogorovTail(statistic * (root + 0.12 + 0.11 / root)) };
}
