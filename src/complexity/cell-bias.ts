/**
 * What one cell of a table adds to the bias of its entropy.
 * @module
 */

/** Terms whose weight is below this share of the largest one are left out. */
const NEGLIGIBLE = 1e-16;
/** log2 k: counts of hundreds of tables, as a bootstrap has them, are the same few thousand numbers */
const LOGARITHMS = Float64Array.from({ length: 8192 }, (_, k) => Math.log2(k));
const log2 = (k: number) => (k < LOGARITHMS.length ? LOGARITHMS[k]! : Math.log2(k));

/**
 * E[k log2 k] - m log2 m of a count k that is binomial, n draws of probability m / n: n times what a cell adds to the bias of an entropy, with the sign
 * turned. (1 - m / n) / (2 ln 2) for large m, as Miller and Madow have it; 0 for a cell that no sample or every sample falls into. To 1e-11,
 * with weights by their ratio w(k + 1) / w(k) = (n - k) odds / (k + 1) from the mode outwards. Cost some 17 sqrt(m).
 */
export function cellBias(n: number, m: number): number {
  if (!(m > 0 && m < n * (1 - 1e-12))) return 0;
  const odds = m / (n - m);
  const shift = Math.log2(m);
  const term = (k: number) => (k > 0 ? k * (log2(k) - shift) : 0);
  const mode = Math.floor(((n + 1) * m) / n);
  let [weights, sum, weight] = [1, term(mode), 1];
  for (let k = mode; k < n; ) {
    weight *= (odds * (n - k)) / (k + 1);
    if (!(weight > NEGLIGIBLE)) break;
    k++;
    weights += weight;
    sum += weight * term(k);
  }
  weight = 1;
  for (let k = mode; k > 0; ) {
    weight *= k / (odds * (n - k + 1));
    if (!(weight > NEGLIGIBLE)) break;
    k--;
    weights += weight;
    sum += weight * term(k);
  }
  return sum / weights;
}
