/**
 * The logarithm of the gamma function.
 * @module
 */

/** Where Stirling's series below is good to 1e-16. */
const FAR = 12;

/**
 * ln Gamma(x) for x > 0, NaN elsewhere: Stirling's series with seven terms beyond 12, the recurrence Gamma(x + 1) = x Gamma(x) below.
 * Absolute error about 1e-14 up to 20, relative error about 1e-15 beyond.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let product = 1;
  let at = x;
  for (; at < FAR; at++) product *= at;
  const r = 1 / (at * at);
  // B_2k / (2k (2k - 1)) for k = 7 .. 1
  const series = [1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12].reduce(
    (sum, term) => sum * r + term,
    0,
  );
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series / at - Math.log(product);
}
