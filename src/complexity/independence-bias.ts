/**
 * What information the plug-in estimate finds where there is none, at given margins.
 * @module
 */

/** log k! for k = 0..n */
function logFactorials(n: number): Float64Array {
  const out = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) out[k] = out[k - 1]! + Math.log(k);
  return out;
}

/**
 * E I in bits of the plug-in estimate over tables of these margins whose rows and columns are independent: cell (i, j) is hypergeometric,
 *
 *   E I = sum_ij sum_k (k / n) log2(n k / (a_i b_j)) P(k),   P(k) = a_i! b_j! (n-a_i)! (n-b_j)! / (n! k! (a_i-k)! (b_j-k)! (n-a_i-b_j+k)!)
 *
 * Exact, for tables with few samples in a cell too, where the first order (K - 1)^2 / (2 n ln 2) is far off. Cost O(rows n) at most. Counts must be whole
 * numbers of the same sum (the adjusted mutual information of Vinh, Epps and Bailey 2010).
 */
export function expectedInformation(rows: ArrayLike<number>, columns: ArrayLike<number>): number {
  let n = 0;
  for (let i = 0; i < rows.length; i++) n += rows[i]!;
  if (n === 0) return 0;
  const log = logFactorials(n);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i]!;
    if (a === 0) continue;
    for (let j = 0; j < columns.length; j++) {
      const b = columns[j]!;
      if (b === 0) continue;
      const fixed = log[a]! + log[b]! + log[n - a]! + log[n - b]! - log[n]!;
      for (let k = Math.max(1, a + b - n); k <= Math.min(a, b); k++) {
        const p = Math.exp(fixed - log[k]! - log[a - k]! - log[b - k]! - log[n - a - b + k]!);
        sum += (k / n) * Math.log2((n * k) / (a * b)) * p;
      }
    }
  }
  return sum;
}

/**
 * Bias of the plug-in I(F; Y | L) were F and Y independent given L: the mean over l of `expectedInformation` of the samples that have it.
 * counts [F][L][Y].
 *
 * Subtracted as it is it corrects a chain Y - L - F, but far too much where F knows the labels: of 10 classes and F = Y mu is then too high by 4 to 10 standard
 * errors. Scaled as the adjusted mutual information, (I(F; Y | L) - bias) H / (H - bias) with H = H(Y | L), it holds for both.
 */
export function conditionalBias({
  classes: [f, l, y],
  counts,
  total,
}: {
  readonly classes: readonly [number, number, number];
  readonly counts: Float64Array;
  readonly total: number;
}): number {
  let sum = 0;
  for (let at = 0; at < l; at++) {
    const [rows, columns] = [new Float64Array(f), new Float64Array(y)];
    let own = 0;
    for (let i = 0; i < f; i++) {
      for (let k = 0; k < y; k++) {
        const count = counts[(i * l + at) * y + k]!;
        rows[i]! += count;
        columns[k]! += count;
        own += count;
      }
    }
    if (own > 0) sum += (own / total) * expectedInformation(rows, columns);
  }
  return sum;
}
