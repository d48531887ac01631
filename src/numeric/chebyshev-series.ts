/**
 * Chebyshev series of sampled functions.
 * @module
 */

/**
 * Coefficients of the polynomial through samples at the points cos(pi j / n), j = 0 to n, in Chebyshev polynomials.
 * Cost n^2.
 *
 * @param samples length n + 1, n >= 1
 */
export function chebyshevCoefficients(samples: Float64Array): Float64Array {
  const n = samples.length - 1;
  const cosines = new Float64Array(2 * n);
  for (let j = 0; j < 2 * n; j++) cosines[j] = Math.cos((Math.PI * j) / n);
  const out = new Float64Array(n + 1);
  for (let k = 0; k <= n; k++) {
    let sum = (samples[0]! + (k % 2 === 0 ? 1 : -1) * samples[n]!) / 2;
    for (let j = 1; j < n; j++) sum += samples[j]! * cosines[(j * k) % (2 * n)]!;
    out[k] = ((k === 0 || k === n ? 1 : 2) * sum) / n;
  }
  return out;
}

/** The series `series[from .. from + terms - 1]` at x in [-1, 1] (Clenshaw). */
export function chebyshevValue(series: Float64Array, from: number, terms: number, x: number): number {
  let b1 = 0;
  let b2 = 0;
  const twice = 2 * x;
  for (let k = from + terms - 1; k > from; k--) {
    const b = twice * b1 - b2 + series[k]!;
    b2 = b1;
    b1 = b;
  }
  return x * b1 - b2 + series[from]!;
}
